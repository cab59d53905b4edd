// Everything that a kernel can convert: neurons, and correlation with one or two conversions.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "hate/tuple.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

using namespace grenade::vx::ppu;
extern volatile libnux::vx::PPUOnDLS ppu;

template <size_t N, size_t M>
void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, N>& synapses,
    std::array<NeuronViewHandle, M>& neurons,
    Recording& recording)
{
	recording.time = now();
	hate::for_each(
	    [](auto const& neuron, auto& samples) {
		    if (neuron.hemisphere == ppu) {
			    samples = neuron.get_analog_readouts();
		    }
	    },
	    neurons, recording.neurons);
	hate::for_each(
	    [](auto const& synapse, auto& causal, auto& acausal, auto& both_causal, auto& both_acausal) {
		    if (synapse.hemisphere != ppu) {
			    return;
		    }
		    for (size_t i = 0; i < synapse.rows.size(); ++i) {
			    causal[i] = synapse.get_causal_correlation(i);
			    acausal[i] = synapse.get_acausal_correlation(i);
			    auto const both = synapse.get_correlation(i, true);
			    both_causal[i] = both.causal;
			    both_acausal[i] = both.acausal;
		    }
	    },
	    synapses, recording.causal, recording.acausal, recording.both_causal, recording.both_acausal);
}
