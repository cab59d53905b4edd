// Signed weights in pairs of rows, and raw memory for what the kernel wants to tell.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle_range.h"
#include "grenade/vx/ppu/translate_columns.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

using namespace grenade::vx::ppu;
using namespace libnux::vx;
extern volatile PPUOnDLS ppu;

void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, 2>& synapses,
    std::array<NeuronViewHandle, 0>& /* neurons */,
    Recording& recording)
{
	if (synapses[0].hemisphere != ppu) {
		return;
	}
	size_t position = 0;
	for (auto const row : make_synapse_row_view_handle_range(synapses)) {
		VectorRowFracSat8 weights = row.get_weights();
		weights -= 40;
		row.set_weights(weights);
		recording.memory[position++] = static_cast<char>(row.get_weights()[synapses[0].columns[0]]);
	}

	std::array<SynapseArrayViewHandle, 1> const excitatory{synapses[0]};
	auto const rows = make_synapse_row_view_handle_range(excitatory);
	for (auto it = rows.begin(); it != rows.end(); ++it) {
		auto const weights = it->get_weights<SynapseRowViewHandle::UnsignedRow>();
		recording.memory[position++] = static_cast<char>(weights[synapses[0].columns[0]]);
		it->set_weights(static_cast<VectorRowMod8>(weights + 200));
	}

	VectorRowMod8 const moved =
	    translate_columns(synapses[1].get_weights(0), synapses[1], synapses[0]);
	recording.memory[position++] = static_cast<char>(moved[synapses[0].columns[0]]);
}
