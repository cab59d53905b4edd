// Views of a vector, codes of instructions, and the register file of the vector unit.
#pragma once

#include <cstdint>

#include <s2pp_instructions.h>

#include "libnux/vx/dls.h"

namespace libnux::vx {

/// Contents of a vector register by words, halfwords or bytes.
union fxv_array_t
{
	uint32_t words[dls_words_per_vector];
	uint16_t halfwords[dls_halfwords_per_vector];
	uint8_t bytes[dls_bytes_per_vector];
};

/// COND of an instruction.
enum fxv_cond_t
{
	COND_ALWAYS = 0,
	COND_GT = 1,
	COND_LT = 2,
	COND_EQ = 3
};

/// Width of elements that are put into another order.
enum fxv_reorder_t
{
	REORDER_TYPE_HALFWORD = 1,
	REORDER_TYPE_BYTE = 0
};

/// Set all 32 vector registers to zero.
inline void fxv_zero_vrf()
{
#define LIBNUX_ZERO(REGISTER) S2PP_FXVSPLATB(REGISTER, %[zero])
#define LIBNUX_ZERO_FOUR(A, B, C, D) LIBNUX_ZERO(A) LIBNUX_ZERO(B) LIBNUX_ZERO(C) LIBNUX_ZERO(D)
	asm volatile(LIBNUX_ZERO_FOUR(0, 1, 2, 3) LIBNUX_ZERO_FOUR(4, 5, 6, 7) LIBNUX_ZERO_FOUR(8, 9, 10, 11)
	                 LIBNUX_ZERO_FOUR(12, 13, 14, 15) LIBNUX_ZERO_FOUR(16, 17, 18, 19)
	                     LIBNUX_ZERO_FOUR(20, 21, 22, 23) LIBNUX_ZERO_FOUR(24, 25, 26, 27)
	                         LIBNUX_ZERO_FOUR(28, 29, 30, 31) "sync"
	             :
	             : [zero] "r"(0));
#undef LIBNUX_ZERO_FOUR
#undef LIBNUX_ZERO
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::fxv_zero_vrf;
using libnux::vx::fxv_array_t;
using libnux::vx::fxv_cond_t;
using enum libnux::vx::fxv_cond_t;
using libnux::vx::fxv_reorder_t;
using enum libnux::vx::fxv_reorder_t;

} // namespace libnux::vx::v3
