#pragma once
#include "libnux/system.h"
#include "libnux/vx/correlation.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector.h"
#include "libnux/vx/vector_row.h"
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/** Hemisphere of the processor that runs the program, written by the host. */
extern volatile libnux::vx::PPUOnDLS ppu;

namespace grenade::vx::ppu {

namespace detail {

/** Row behind the synapses that connects correlation sensors or neurons to the CADC. */
constexpr size_t switch_row = 256;

/** Bit of the switch row that connects the neurons. */
constexpr uint8_t switch_neuron_readout = 0b00100000;

/** Let the causal channels convert the correlation sensors. */
inline void disconnect_neurons_causal()
{
	libnux::vx::set_row_via_vector(
	    libnux::vx::vector_row_t(0), switch_row, libnux::vx::dls_weight_base);
}

/** Let the acausal channels convert the correlation sensors. */
inline void disconnect_neurons_acausal()
{
	libnux::vx::set_row_via_vector(
	    libnux::vx::vector_row_t(0), switch_row, libnux::vx::dls_decoder_base);
}

/** Wait for vector instructions whose results are to be read. */
inline void wait_for_vectors()
{
	asm volatile("sync" ::: "memory");
}

} // namespace detail

/**
 * Some rows and columns of the synapses of a hemisphere.
 *
 * Accesses from the other hemisphere's processor, and to rows that are not there, end the program with exit code 1.
 */
struct SynapseArrayViewHandle
{
	typedef libnux::vx::vector_row_t Row;

	struct CorrelationRow
	{
		Row causal;
		Row acausal;
	};

	/** Synapse columns, 0..255. */
	std::vector<uint8_t> columns;
	/** Synapse rows, 0..255. */
	std::vector<uint8_t> rows;
	/** Where the synapses are. */
	libnux::vx::PPUOnDLS hemisphere = libnux::vx::PPUOnDLS::top;
	/** 1 for each column of the view, else 0. */
	Row column_mask = Row(0);

	/**
	 * Weights of all 256 columns of a row.
	 *
	 * @param index_row Index into `rows`
	 * @return Weights 0..63
	 */
	Row get_weights(size_t index_row) const
	{
		check(index_row);
		return libnux::vx::get_row_via_vector(rows[index_row], libnux::vx::dls_weight_base);
	}

	/**
	 * Set the weights of the columns of the view in a row.
	 *
	 * @param value Weights 0..63
	 * @param index_row Index into `rows`
	 */
	void set_weights(Row const& value, size_t index_row) const
	{
		check(index_row);
		libnux::vx::set_row_via_vector_masked(
		    value, column_mask, rows[index_row], libnux::vx::dls_weight_base);
	}

	/**
	 * Convert the causal correlation of all 256 columns of a row.
	 *
	 * @param index_row Index into `rows`
	 */
	Row get_causal_correlation(size_t index_row) const
	{
		check(index_row);
		detail::disconnect_neurons_causal();
		Row causal;
		libnux::vx::get_causal_correlation(&causal.even.data, &causal.odd.data, rows[index_row]);
		detail::wait_for_vectors();
		return causal;
	}

	/**
	 * Convert the acausal correlation of all 256 columns of a row.
	 *
	 * @param index_row Index into `rows`
	 */
	Row get_acausal_correlation(size_t index_row) const
	{
		check(index_row);
		detail::disconnect_neurons_acausal();
		Row acausal;
		libnux::vx::get_acausal_correlation(&acausal.even.data, &acausal.odd.data, rows[index_row]);
		detail::wait_for_vectors();
		return acausal;
	}

	/**
	 * Convert both correlations of all 256 columns of a row at one moment.
	 *
	 * @param index_row Index into `rows`
	 * @param reset Whether to reset the sensors of the columns of the view afterwards
	 */
	CorrelationRow get_correlation(size_t index_row, bool reset) const
	{
		check(index_row);
		detail::disconnect_neurons_causal();
		detail::disconnect_neurons_acausal();
		CorrelationRow correlation;
		libnux::vx::get_correlation(
		    &correlation.causal.even.data, &correlation.causal.odd.data, &correlation.acausal.even.data,
		    &correlation.acausal.odd.data, rows[index_row]);
		detail::wait_for_vectors();
		if (reset) {
			reset_correlation(index_row);
		}
		return correlation;
	}

	/**
	 * Reset the sensors of the columns of the view in a row.
	 *
	 * @param index_row Index into `rows`
	 */
	void reset_correlation(size_t index_row) const
	{
		check(index_row);
		libnux::vx::set_row_via_vector_masked(
		    Row(libnux::vx::dls_correlation_reset), column_mask, rows[index_row],
		    libnux::vx::dls_causal_base);
	}

private:
	void check(size_t index_row) const
	{
		if (::ppu != hemisphere || index_row >= rows.size()) {
			exit(1);
		}
	}
};

} // namespace grenade::vx::ppu
