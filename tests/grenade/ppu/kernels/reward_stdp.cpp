// Reward-modulated STDP: the causal correlation, weighted with how much better than usual the winner was, moves the
// weights; random steps explore.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "halco/hicann-dls/vx/v3/neuron.h"
#include "halco/hicann-dls/vx/v3/synapse.h"
#include "haldls/vx/v3/neuron.h"
#include "libnux/vx/correlation.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/mailbox.h"
#include "libnux/vx/parallel_rng.h"
#include "libnux/vx/reset_neurons.h"
#include "libnux/vx/time.h"
#include "libnux/vx/vector_if.h"
#include "libnux/vx/vector_row.h"
#include "stadls/vx/v3/ppu/read.h"
#include "stadls/vx/v3/ppu/write.h"
#include <algorithm>

using namespace grenade::vx::ppu;
using namespace libnux::vx;

extern volatile PPUOnDLS ppu;

/** Usual reward of each input. */
float mean_rewards[4] = {0.5f, 0.5f, 0.5f, 0.5f};

/** Input whose turn it is, written by the host. */
volatile uint32_t current_input;

/** Neuron that fired most. */
volatile uint32_t winner;

namespace {

/** Samples of correlation sensors without events. */
VectorRowMod8 read_baselines()
{
	reset_all_correlations();
	VectorRowMod8 baselines;
	get_causal_correlation(&baselines.even.data, &baselines.odd.data, 0);
	asm volatile("sync" ::: "memory");
	return baselines;
}

struct Seeded
{
	Seeded()
	{
		VectorRowMod8 seeds;
		for (size_t i = 0; i < VectorRowMod8::size; ++i) {
			seeds[i] = static_cast<uint8_t>(17 * i + 1);
		}
		parallel_rng_seed(seeds);
	}
};

Seeded const seeded;
VectorRowMod8 const baselines = read_baselines();

uint32_t count_spikes(halco::common::Enum neuron)
{
	using namespace halco::hicann_dls::vx::v3;
	using namespace haldls::vx::v3;
	AtomicNeuronOnDLS const place(neuron);
	SpikeCounterRead const counter =
	    stadls::vx::v3::ppu::read<SpikeCounterRead>(place.toSpikeCounterReadOnDLS());
	stadls::vx::v3::ppu::write(place.toSpikeCounterResetOnDLS(), SpikeCounterReset());
	return counter.get_overflow() ? 256 + counter.get_count() : uint32_t(counter.get_count());
}

} // namespace

template <size_t N>
void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, N>& synapses,
    std::array<NeuronViewHandle, 0>& /* neurons */,
    Recording& recording)
{
	// One processor counts: the counters belong to both.
	if (synapses[0].hemisphere != ppu) {
		return;
	}
	size_t counts[4];
	for (size_t i = 0; i < 4; ++i) {
		counts[i] = count_spikes(halco::common::Enum(i));
		recording.counts[i] = counts[i];
	}
	winner = std::max_element(counts, counts + 4) - counts;
	recording.winner[0] = winner;

	size_t const input = current_input % 4;
	float const reward = winner == input ? 1.f : 0.f;
	float const surprise = reward - mean_rewards[input];
	mean_rewards[input] += surprise / 2.f;
	int16_t const modulation = static_cast<int16_t>(surprise * 16384.f);

	for (auto const& synapse : synapses) {
		for (size_t i = 0; i < synapse.rows.size(); ++i) {
			VectorRowMod8 correlation;
			get_causal_correlation(&correlation.even.data, &correlation.odd.data, synapse.rows[i]);
			asm volatile("sync" ::: "memory");
			reset_correlation(synapse.rows[i]);

			// Traces lower the sample: what is below the baseline is correlation.
			VectorRowFracSat8 trace =
			    baselines.convert_contiguous() - correlation.convert_contiguous();
			trace = vector_if(
			    trace, VectorIfCondition::greater_equal, trace, VectorRowFracSat8(0));

			VectorRowFracSat16 change = static_cast<VectorRowFracSat16>(trace);
			change *= modulation;
			VectorRowFracSat16 const noise =
			    static_cast<VectorRowFracSat16>(parallel_rng_rand<VectorRowFracSat8>()) >> 7;
			change += noise;

			VectorRowFracSat16 weight =
			    static_cast<VectorRowFracSat16>(static_cast<VectorRowFracSat8>(synapse.get_weights(i)));
			weight += change;
			VectorRowFracSat8 rounded = static_cast<VectorRowFracSat8>(weight);
			rounded = vector_if(
			    rounded, VectorIfCondition::lesser, VectorRowFracSat8(0), rounded);
			VectorRowFracSat8 const excess = rounded - 63;
			rounded = vector_if(
			    excess, VectorIfCondition::greater, VectorRowFracSat8(63), rounded);
			// Input rows never lose their synapse to the winner of the previous trial.
			rounded = vector_if(
			    rounded, VectorIfCondition::equal, VectorRowFracSat8(1), rounded);
			synapse.set_weights(static_cast<VectorRowMod8>(rounded), i);
		}
	}
	reset_neurons();
}
