#pragma once
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "libnux/vx/vector_row.h"
#include "libnux/vx/vector_row_math.h"
#include <cstddef>
#include <cstdint>

namespace grenade::vx::ppu {

/**
 * One row of a view of synapses, which has to live longer than this.
 */
struct SynapseRowViewHandle
{
	typedef libnux::vx::VectorRowFracSat8 SignedRow;
	typedef libnux::vx::VectorRowMod8 UnsignedRow;
	typedef SynapseArrayViewHandle::CorrelationRow CorrelationRow;

	/**
	 * @param synapses View of synapses
	 * @param row Index into its rows
	 */
	SynapseRowViewHandle(SynapseArrayViewHandle const& synapses, size_t row) :
	    m_synapses(&synapses), m_row(row)
	{}

	/**
	 * Weights of all 256 columns.
	 *
	 * @tparam Row Type of the result, a row of 8-bit values
	 */
	template <typename Row = SignedRow>
	Row get_weights() const
	{
		return static_cast<Row>(m_synapses->get_weights(m_row));
	}

	/**
	 * Set the weights of the columns of the view.
	 *
	 * @param value Weights
	 * @param saturate Whether to clamp them to 0..63
	 */
	template <typename Row>
	void set_weights(Row const& value, bool saturate = true) const
	{
		if (saturate) {
			m_synapses->set_weights(
			    static_cast<UnsignedRow>(libnux::vx::saturate_weight(value)), m_row);
		} else {
			m_synapses->set_weights(static_cast<UnsignedRow>(value), m_row);
		}
	}

	UnsignedRow get_causal_correlation() const { return m_synapses->get_causal_correlation(m_row); }
	UnsignedRow get_acausal_correlation() const { return m_synapses->get_acausal_correlation(m_row); }
	CorrelationRow get_correlation(bool reset) const
	{
		return m_synapses->get_correlation(m_row, reset);
	}
	void reset_correlation() const { m_synapses->reset_correlation(m_row); }

private:
	SynapseArrayViewHandle const* m_synapses;
	size_t m_row;
};

/**
 * An excitatory and an inhibitory row that together hold signed weights.
 */
struct SynapseRowViewHandleSigned
{
	typedef SynapseRowViewHandle::SignedRow SignedRow;
	typedef SynapseRowViewHandle::UnsignedRow UnsignedRow;
	typedef SynapseRowViewHandle::CorrelationRow CorrelationRow;

	/** Which row's sensors are meant. */
	enum class CorrelationSource : uint32_t
	{
		exc,
		inh
	};

	SynapseRowViewHandleSigned(SynapseRowViewHandle const& exc, SynapseRowViewHandle const& inh) :
	    m_exc(exc), m_inh(inh)
	{}

	/** Excitatory minus inhibitory weights. */
	SignedRow get_weights() const
	{
		return m_exc.get_weights<SignedRow>() - m_inh.get_weights<SignedRow>();
	}

	/**
	 * Set signed weights: the positive ones in the excitatory row, the negative ones in the inhibitory row.
	 *
	 * @param value Weights, which saturate at -63 and 63
	 */
	void set_weights(SignedRow const& value) const
	{
		m_exc.set_weights(value);
		m_inh.set_weights(-value);
	}

	UnsignedRow get_causal_correlation(CorrelationSource source = CorrelationSource::exc) const
	{
		return select(source).get_causal_correlation();
	}
	UnsignedRow get_acausal_correlation(CorrelationSource source = CorrelationSource::exc) const
	{
		return select(source).get_acausal_correlation();
	}
	CorrelationRow get_correlation(
	    bool reset, CorrelationSource source = CorrelationSource::exc) const
	{
		return select(source).get_correlation(reset);
	}
	void reset_correlation(CorrelationSource source = CorrelationSource::exc) const
	{
		select(source).reset_correlation();
	}

private:
	SynapseRowViewHandle m_exc;
	SynapseRowViewHandle m_inh;

	SynapseRowViewHandle const& select(CorrelationSource source) const
	{
		return source == CorrelationSource::exc ? m_exc : m_inh;
	}
};

} // namespace grenade::vx::ppu
