#pragma once
#include "halco/common/geometry.h"

namespace halco::common {

namespace detail {

template <typename Coordinate>
class AllValues
{
public:
	class iterator
	{
	public:
		constexpr explicit iterator(uint32_t number) : m_number(number) {}

		constexpr Coordinate operator*() const { return Coordinate(Enum(m_number)); }
		constexpr iterator& operator++()
		{
			++m_number;
			return *this;
		}
		constexpr bool operator==(iterator const& other) const { return m_number == other.m_number; }
		constexpr bool operator!=(iterator const& other) const { return m_number != other.m_number; }

	private:
		uint32_t m_number;
	};

	constexpr iterator begin() const { return iterator(0); }
	constexpr iterator end() const { return iterator(Coordinate::size); }
};

} // namespace detail

/**
 * All values of a coordinate type in the order of their enumeration, for a range-based for loop.
 */
template <typename Coordinate>
constexpr detail::AllValues<Coordinate> iter_all()
{
	return {};
}

} // namespace halco::common
