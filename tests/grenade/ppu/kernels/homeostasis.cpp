// Moves the weights of each neuron up or down until it fires at a target rate, and records rates and weights.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "hate/tuple.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/parallel_rng.h"
#include "libnux/vx/vector_if.h"
#include "libnux/vx/vector_row.h"
#include <algorithm>

using namespace grenade::vx::ppu;
using namespace libnux::vx;

extern volatile PPUOnDLS ppu;

namespace {

constexpr int8_t target = 10;
constexpr int8_t largest_weight = 63;

} // namespace

template <size_t N>
void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, N>& synapses,
    std::array<NeuronViewHandle, N>& neurons,
    Recording& recording)
{
	recording.time = now();

	hate::for_each(
	    [](auto const& synapse, auto const& neuron, auto& rates, auto& weights) {
		    if (synapse.hemisphere != ppu) {
			    return;
		    }
		    VectorRowMod8 const counted = neuron.get_rate_counters(true);
		    for (size_t i = 0; i < neuron.columns.size(); ++i) {
			    rates[i] = counted[neuron.columns[i]];
		    }

		    // The step is the sign of the error; a rate beyond the range of signed bytes is far too high anyway.
		    VectorRowFracSat8 const rate = counted.convert_contiguous();
		    VectorRowFracSat8 const error = VectorRowFracSat8(target - 128) - rate;
		    VectorRowFracSat8 step = vector_if(
		        error, VectorIfCondition::greater, VectorRowFracSat8(1), VectorRowFracSat8(0));
		    step = vector_if(error, VectorIfCondition::lesser, VectorRowFracSat8(-1), step);

		    for (size_t i = 0; i < synapse.rows.size(); ++i) {
			    auto weight = static_cast<VectorRowFracSat8>(synapse.get_weights(i));
			    weight += step;
			    weight = vector_if(
			        weight, VectorIfCondition::greater_equal, weight, VectorRowFracSat8(0));
			    weight = vector_if(
			        weight - VectorRowFracSat8(largest_weight), VectorIfCondition::greater,
			        VectorRowFracSat8(largest_weight), weight);
			    synapse.set_weights(static_cast<VectorRowMod8>(weight), i);
			    for (size_t j = 0; j < synapse.columns.size(); ++j) {
				    weights[i][j] = weight[synapse.columns[j]];
			    }
		    }
	    },
	    synapses, neurons, recording.rates, recording.weights);
}
