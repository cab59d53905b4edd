// Draws a picture into the synapse matrix: rows in its foreground get strong synapses, the others weak ones.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

using namespace grenade::vx::ppu;
using namespace libnux::vx;

extern volatile PPUOnDLS ppu;

namespace {

constexpr uint8_t background = 3;
constexpr uint8_t foreground = 60;

/** One word for each four rows, one bit for each column modulo 8. */
constexpr uint8_t picture[] = {0b00111100, 0b01000010, 0b10100101, 0b10000001};

} // namespace

template <size_t N, size_t M>
void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, N>& synapses, std::array<NeuronViewHandle, M>& /* neurons */)
{
	for (auto const& synapse : synapses) {
		if (synapse.hemisphere != ppu) {
			continue;
		}
		for (size_t i = 0; i < synapse.rows.size(); ++i) {
			uint8_t const line = picture[(synapse.rows[i] / 4) % sizeof(picture)];
			VectorRowMod8 weights = background;
			for (size_t const column : synapse.columns) {
				if (line & (1 << (column % 8))) {
					weights[column] = foreground;
				}
			}
			synapse.set_weights(weights, i);
		}
	}
}
