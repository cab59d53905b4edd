// Global variables that a script writes before a run and reads after it.
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "libnux/vx/location.h"
#include <array>

using namespace grenade::vx::ppu;
using namespace libnux::vx;

volatile PPUOnDLS extern ppu;

volatile uint32_t increment;
volatile uint32_t result;
volatile uint32_t num_calls;
volatile uint64_t last_call;
volatile int16_t table[6] = {3, -1, 4, -1, 5, -9};

void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, 1>& synapses, std::array<NeuronViewHandle, 0>& /* neurons */)
{
	result = result + increment;
	num_calls = num_calls + 1;
	last_call = now();
	for (auto& value : table) {
		value = value * 2;
	}
	if (synapses[0].hemisphere == ppu) {
		synapses[0].set_weights(VectorRowMod8(result % 64), 0);
	}
}
