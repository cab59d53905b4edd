// Records the same values by whole rows and packed, per synapse and per neuron, in all four types.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "hate/tuple.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

using namespace grenade::vx::ppu;
using namespace libnux::vx;
extern volatile PPUOnDLS ppu;

template <size_t N, size_t M>
void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, N>& synapses,
    std::array<NeuronViewHandle, M>& neurons,
    Recording& recording)
{
	recording.time = now();
	for (size_t i = 0; i < recording.array.size(); ++i) {
		recording.array[i] = static_cast<int16_t>(1000 * i - 1500);
	}

	hate::for_each(
	    [&ppu](
	        SynapseArrayViewHandle const& synapse, auto& packed_i8, auto& rows_u8, auto& packed_u16, auto& rows_i16) {
		    if (synapse.hemisphere != ppu) {
			    return;
		    }
		    for (size_t i = 0; i < synapse.rows.size(); ++i) {
			    VectorRowMod8 const weights = synapse.get_weights(i);
			    rows_u8[i] = weights;
			    rows_i16[i] = static_cast<VectorRowFracSat16>(static_cast<VectorRowFracSat8>(weights));
			    for (size_t j = 0; j < synapse.columns.size(); ++j) {
				    packed_i8[i][j] = -static_cast<int8_t>(weights[synapse.columns[j]]);
				    packed_u16[i][j] = 1000 * weights[synapse.columns[j]];
			    }
		    }
	    },
	    synapses, recording.synapse_packed_i8, recording.synapse_rows_u8,
	    recording.synapse_packed_u16, recording.synapse_rows_i16);

	hate::for_each(
	    [&](NeuronViewHandle const& neuron, auto& packed, auto& row) {
		    if (neuron.hemisphere != ppu) {
			    return;
		    }
		    VectorRowMod8 const counts = neuron.get_rate_counters(false);
		    row = counts;
		    for (size_t i = 0; i < neuron.columns.size(); ++i) {
			    packed[i] = counts[neuron.columns[i]];
		    }
	    },
	    neurons, recording.neuron_packed_u8, recording.neuron_row_u8);
}
