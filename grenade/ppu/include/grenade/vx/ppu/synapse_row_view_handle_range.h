#pragma once
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle.h"
#include "libnux/system.h"
#include <array>
#include <cstddef>
#include <iterator>

namespace grenade::vx::ppu {

namespace detail {

/** Forward iterator over the rows of a range, by value. */
template <typename Range>
class RowIterator
{
public:
	typedef typename Range::value_type value_type;
	typedef value_type reference;
	typedef std::ptrdiff_t difference_type;
	typedef std::forward_iterator_tag iterator_category;

	/** Result of `->`: keeps the row alive for the access. */
	class pointer
	{
	public:
		explicit pointer(value_type const& value) : m_value(value) {}
		value_type const* operator->() const { return &m_value; }

	private:
		value_type m_value;
	};

	RowIterator() = default;
	RowIterator(Range const& range, size_t row) : m_range(&range), m_row(row) {}

	value_type operator*() const { return (*m_range)[m_row]; }
	pointer operator->() const { return pointer(**this); }
	RowIterator& operator++()
	{
		++m_row;
		return *this;
	}
	RowIterator operator++(int)
	{
		RowIterator const before = *this;
		++m_row;
		return before;
	}
	bool operator==(RowIterator const& other) const { return m_row == other.m_row; }
	bool operator!=(RowIterator const& other) const { return m_row != other.m_row; }

private:
	Range const* m_range = nullptr;
	size_t m_row = 0;
};

} // namespace detail

/**
 * All rows of a view of synapses, which has to live longer than this.
 */
class SynapseRowViewHandleRange
{
public:
	typedef SynapseRowViewHandle value_type;
	typedef detail::RowIterator<SynapseRowViewHandleRange> iterator;
	typedef iterator const_iterator;

	explicit SynapseRowViewHandleRange(SynapseArrayViewHandle const& synapses) : m_synapses(&synapses) {}

	size_t size() const { return m_synapses->rows.size(); }
	value_type operator[](size_t row) const { return value_type(*m_synapses, row); }
	iterator begin() const { return iterator(*this, 0); }
	iterator end() const { return iterator(*this, size()); }

private:
	SynapseArrayViewHandle const* m_synapses;
};

/**
 * All pairs of rows of an excitatory and an inhibitory view of synapses, which have to live longer than this.
 *
 * Different numbers of rows end the program with exit code 1.
 */
class SynapseRowViewHandleSignedRange
{
public:
	typedef SynapseRowViewHandleSigned value_type;
	typedef detail::RowIterator<SynapseRowViewHandleSignedRange> iterator;
	typedef iterator const_iterator;

	SynapseRowViewHandleSignedRange(
	    SynapseArrayViewHandle const& exc, SynapseArrayViewHandle const& inh) :
	    m_exc(&exc), m_inh(&inh)
	{
		if (exc.rows.size() != inh.rows.size()) {
			exit(1);
		}
	}

	size_t size() const { return m_exc->rows.size(); }
	value_type operator[](size_t row) const
	{
		return value_type(SynapseRowViewHandle(*m_exc, row), SynapseRowViewHandle(*m_inh, row));
	}
	iterator begin() const { return iterator(*this, 0); }
	iterator end() const { return iterator(*this, size()); }

private:
	SynapseArrayViewHandle const* m_exc;
	SynapseArrayViewHandle const* m_inh;
};

/** Rows of a projection with unsigned weights. */
inline SynapseRowViewHandleRange make_synapse_row_view_handle_range(
    std::array<SynapseArrayViewHandle, 1> const& synapses)
{
	return SynapseRowViewHandleRange(synapses[0]);
}

/** Rows of a projection with signed weights, of which the excitatory view comes first. */
inline SynapseRowViewHandleSignedRange make_synapse_row_view_handle_range(
    std::array<SynapseArrayViewHandle, 2> const& synapses)
{
	return SynapseRowViewHandleSignedRange(synapses[0], synapses[1]);
}

} // namespace grenade::vx::ppu
