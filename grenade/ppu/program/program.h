#pragma once
#include "grenade/vx/ppu/detail/status.h"
#include "grenade/vx/ppu/detail/stopped.h"
#include "libnux/vx/attrib.h"
#include "libnux/vx/dls.h"
#include "s2pp.h"
#include "s2pp_instructions.h"
#include <cstdint>

/**
 * Function in internal memory with everything it calls: instructions from external memory come over the chip link, too
 * slowly for what the host times in microseconds.
 */
#define GRENADE_HOT ATTRIB_LINK_TO_INTERNAL ATTRIB_NOINLINE __attribute__((flatten))

// What the host reads and writes by name. No constructor may touch it: the host writes some of it into the image.
extern volatile grenade::vx::ppu::detail::Status status;
extern volatile grenade::vx::ppu::detail::Stopped stopped;
extern volatile libnux::vx::PPUOnDLS ppu;
extern __vector uint8_t neuron_reset_mask[2];
extern __vector int8_t cadc_result[2];
extern volatile uint64_t runtime;
extern volatile uint32_t scheduler_event_drop_count;
extern volatile uint32_t periodic_cadc_readout_memory_offset;

/** Record CADC samples until the host says stop. */
void perform_periodic_read();

/** Execute plasticity rules for the time `runtime`. */
void scheduling();

/** Baseline of the neurons' analog output, -128..127. */
extern __vector int8_t cadc_baseline[2];

/** Reset the neurons of the mask. */
void reset_selected_neurons();

/** Reset the neurons of the mask and record their analog output 5 us later as baseline. */
void read_baseline();

/** Record the difference of the neurons' analog output to the baseline. */
void read_result();
