#pragma once
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "halco/hicann-dls/vx/v3/neuron.h"
#include "halco/hicann-dls/vx/v3/synapse.h"
#include "haldls/vx/v3/neuron.h"
#include "libnux/system.h"
#include "libnux/vx/correlation.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector.h"
#include "stadls/vx/v3/ppu/read.h"
#include "stadls/vx/v3/ppu/write.h"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace grenade::vx::ppu {

/**
 * Some neurons of a row of neurons.
 */
struct NeuronViewHandle
{
	typedef libnux::vx::vector_row_t Row;

	/** Neuron columns, 0..255. */
	std::vector<uint8_t> columns;
	/** Hemisphere of the row of neurons. */
	libnux::vx::PPUOnDLS hemisphere = libnux::vx::PPUOnDLS::top;

	/**
	 * Spikes of a neuron since the last reset of its counter, 255 if the counter has overflown.
	 *
	 * Both processors can read all counters. An index without neuron ends the program with exit code 1.
	 *
	 * @param column_index Index into `columns`
	 * @param reset Whether to reset the counter afterwards
	 */
	uint8_t get_rate_counter(size_t column_index, bool reset) const
	{
		using namespace halco::hicann_dls::vx::v3;
		using namespace haldls::vx::v3;
		if (column_index >= columns.size()) {
			exit(1);
		}
		AtomicNeuronOnDLS const neuron(
		    NeuronColumnOnDLS(columns[column_index]),
		    NeuronRowOnDLS(static_cast<uint32_t>(hemisphere)));
		auto const counter =
		    stadls::vx::v3::ppu::read<SpikeCounterRead>(neuron.toSpikeCounterReadOnDLS());
		if (reset) {
			stadls::vx::v3::ppu::write(neuron.toSpikeCounterResetOnDLS(), SpikeCounterReset());
		}
		return counter.get_overflow() ? SpikeCounterRead::Count::max : counter.get_count().value();
	}

	/**
	 * Spikes of all neurons of the view, see `get_rate_counter`. Columns without neuron of the view are 0.
	 *
	 * @param reset Whether to reset the counters afterwards
	 */
	Row get_rate_counters(bool reset) const
	{
		Row counters(0);
		for (size_t i = 0; i < columns.size(); ++i) {
			counters[columns[i]] = get_rate_counter(i, reset);
		}
		return counters;
	}

	/**
	 * Convert the analog output of all 256 neurons of the row.
	 *
	 * The other hemisphere's processor ends with exit code 1.
	 */
	Row get_analog_readouts() const
	{
		using namespace libnux::vx;
		if (::ppu != hemisphere) {
			exit(1);
		}
		set_row_via_vector(
		    Row(detail::switch_neuron_readout), detail::switch_row, dls_weight_base);
		Row samples;
		get_causal_correlation(&samples.even.data, &samples.odd.data, 0);
		detail::wait_for_vectors();
		return samples;
	}
};

} // namespace grenade::vx::ppu
