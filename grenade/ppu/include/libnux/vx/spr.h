// Special purpose registers: time, timers, interrupts, pins.
#pragma once

#include <cstdint>

// Timer control: interrupts of decrementer and fixed interval timer, reload of the decrementer.
#define TCR_DIE (0x04000000)
#define TCR_FIE (0x00800000)
#define TCR_ARE (0x00400000)

// Timer status.
#define TSR_DIS (0x08000000)
#define TSR_FIS (0x04000000)

// Machine state: interrupts enabled.
#define MSR_EE (0x00008000)

#define ICCR_DOORBELL_EN (0x00000001)

// Period of the fixed interval timer: place in TCR, and values by period or by bit of the time base.
#define TCR_FP_MASK (0x3)
#define TCR_FP_OFF (24)
#define TCR_FP_BY_256 (0x0)
#define TCR_FP_BY_4096 (0x1)
#define TCR_FP_BY_65536 (0x2)
#define TCR_FP_BY_1048576 (0x3)
#define TCR_FP_BIT_8 (0x0)
#define TCR_FP_BIT_12 (0x1)
#define TCR_FP_BIT_16 (0x2)
#define TCR_FP_BIT_20 (0x3)

namespace libnux::vx {

#define LIBNUX_SPR_READ(NAME, INSTRUCTION)                                                         \
	static inline uint32_t NAME()                                                                  \
	{                                                                                              \
		uint32_t value;                                                                            \
		asm volatile(INSTRUCTION : "=r"(value));                                                   \
		return value;                                                                              \
	}
#define LIBNUX_SPR_WRITE(NAME, INSTRUCTION)                                                        \
	static inline void NAME(uint32_t value)                                                        \
	{                                                                                              \
		asm volatile(INSTRUCTION : : "r"(value) : "memory");                                       \
	}

LIBNUX_SPR_READ(get_tbl, "mfspr %0, 284")
LIBNUX_SPR_READ(get_tbu, "mfspr %0, 285")
LIBNUX_SPR_READ(get_dec, "mfspr %0, 22")
LIBNUX_SPR_WRITE(set_dec, "mtspr 22, %0")
LIBNUX_SPR_READ(get_srr0, "mfspr %0, 26")
LIBNUX_SPR_WRITE(set_srr0, "mtspr 26, %0")
LIBNUX_SPR_READ(get_srr1, "mfspr %0, 27")
LIBNUX_SPR_WRITE(set_srr1, "mtspr 27, %0")
LIBNUX_SPR_READ(get_decar, "mfspr %0, 54")
LIBNUX_SPR_WRITE(set_decar, "mtspr 54, %0")
LIBNUX_SPR_READ(get_esr, "mfspr %0, 62")
LIBNUX_SPR_READ(get_gin, "mfspr %0, 65")
LIBNUX_SPR_WRITE(set_gout, "mtspr 66, %0")
LIBNUX_SPR_READ(get_goe, "mfspr %0, 67")
LIBNUX_SPR_WRITE(set_goe, "mtspr 67, %0")
LIBNUX_SPR_READ(get_iccr, "mfspr %0, 68")
LIBNUX_SPR_WRITE(set_iccr, "mtspr 68, %0")
LIBNUX_SPR_READ(get_tsr, "mfspr %0, 336")
LIBNUX_SPR_WRITE(clear_tsr, "mtspr 336, %0") ///< bits that are 1 become 0
LIBNUX_SPR_READ(get_tcr, "mfspr %0, 340")
LIBNUX_SPR_WRITE(set_tcr, "mtspr 340, %0")
LIBNUX_SPR_READ(get_msr, "mfmsr %0")
LIBNUX_SPR_WRITE(set_msr, "mtmsr %0")

#undef LIBNUX_SPR_READ
#undef LIBNUX_SPR_WRITE

/// Time in clock cycles of the processor.
typedef uint64_t time_base_t;

/// Cycles since the reset.
static inline time_base_t get_time_base()
{
	// The upper word is read again, since the lower one may carry in between.
	uint32_t upper, lower, again;
	do {
		upper = get_tbu();
		lower = get_tbl();
		again = get_tbu();
	} while (upper != again);
	return static_cast<time_base_t>(upper) << 32 | lower;
}

/// Set the period of the fixed interval timer, one of TCR_FP_BY_256 and so on.
static inline void set_fit_period(uint8_t period)
{
	set_tcr((get_tcr() & ~(TCR_FP_MASK << TCR_FP_OFF)) | (period & TCR_FP_MASK) << TCR_FP_OFF);
}

static inline uint8_t get_fit_period()
{
	return get_tcr() >> TCR_FP_OFF & TCR_FP_MASK;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::clear_tsr;
using libnux::vx::get_dec;
using libnux::vx::get_decar;
using libnux::vx::get_esr;
using libnux::vx::get_fit_period;
using libnux::vx::get_gin;
using libnux::vx::get_goe;
using libnux::vx::get_iccr;
using libnux::vx::get_msr;
using libnux::vx::get_srr0;
using libnux::vx::get_srr1;
using libnux::vx::get_tbl;
using libnux::vx::get_tbu;
using libnux::vx::get_tcr;
using libnux::vx::get_time_base;
using libnux::vx::get_tsr;
using libnux::vx::set_dec;
using libnux::vx::set_decar;
using libnux::vx::set_fit_period;
using libnux::vx::set_goe;
using libnux::vx::set_gout;
using libnux::vx::set_iccr;
using libnux::vx::set_msr;
using libnux::vx::set_srr0;
using libnux::vx::set_srr1;
using libnux::vx::set_tcr;
using libnux::vx::time_base_t;

} // namespace libnux::vx::v3
