#include "program.h"
#include "timing.h"

__vector uint8_t neuron_reset_mask[2];
__vector int8_t cadc_result[2];
__vector int8_t cadc_baseline[2];

namespace {

/** 5 us, in which neurons settle after their reset. */
constexpr uint32_t settling_cycles = 1250;

/** Convert the neurons' analog output and keep both halves in vector registers 0 and 1 as signed values. */
__attribute__((always_inline)) inline void convert_neurons()
{
	asm volatile(
	    // The first half triggers the conversion, the second one is latched by it.
	    S2PP_FXVINX(0, 0, %0, 0)
	    S2PP_FXVINX(1, 0, %1, 0)
	    S2PP_FXVSPLATB(2, %2)
	    S2PP_FXVSUBBM(0, 0, 2, 0)
	    S2PP_FXVSUBBM(1, 1, 2, 0)
	    :
	    : "r"(libnux::vx::dls_causal_base),
	      "r"((libnux::vx::dls_causal_base | libnux::vx::dls_buffer_enable_mask) + 1), "b"(128));
}

__attribute__((always_inline)) inline void reset_neurons_of_mask()
{
	asm volatile(
	    S2PP_FXVLAX(0, 0, %0, 0)
	    S2PP_FXVCMPB(0)
	    S2PP_FXVOUTX(0, 0, %2, 1)
	    S2PP_FXVLAX(0, 0, %1, 0)
	    S2PP_FXVCMPB(0)
	    S2PP_FXVOUTX(0, 0, %3, 1)
	    "sync\n"
	    :
	    : "r"(&neuron_reset_mask[0]), "r"(&neuron_reset_mask[1]),
	      "r"(libnux::vx::dls_neuron_reset_base), "r"(libnux::vx::dls_neuron_reset_base + 1)
	    : "memory");
}

} // namespace

GRENADE_HOT void reset_selected_neurons()
{
	reset_neurons_of_mask();
}

GRENADE_HOT void read_baseline()
{
	reset_neurons_of_mask();
	wait_until(low_cycles(), settling_cycles);
	convert_neurons();
	asm volatile(
	    S2PP_FXVSTAX(0, 0, %0, 0)
	    S2PP_FXVSTAX(1, 0, %1, 0)
	    "sync\n"
	    :
	    : "r"(&cadc_baseline[0]), "r"(&cadc_baseline[1])
	    : "memory");
}

GRENADE_HOT void read_result()
{
	convert_neurons();
	asm volatile(
	    S2PP_FXVLAX(2, 0, %0, 0)
	    S2PP_FXVLAX(3, 0, %1, 0)
	    S2PP_FXVSUBBFS(0, 0, 2, 0)
	    S2PP_FXVSUBBFS(1, 1, 3, 0)
	    S2PP_FXVSTAX(0, 0, %2, 0)
	    S2PP_FXVSTAX(1, 0, %3, 0)
	    "sync\n"
	    :
	    : "r"(&cadc_baseline[0]), "r"(&cadc_baseline[1]), "r"(&cadc_result[0]), "r"(&cadc_result[1])
	    : "memory");
}
