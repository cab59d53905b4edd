// Fixed point numbers with 16 bits before and 16 bits behind the point, and fractions.
#pragma once

#include <cstdint>

#define INV_SCALE 0x10000
#define INV_SCALE_16 0x10
#define SCALE (1.0 / (double) INV_SCALE)
#define SCALE_16 (1.0 / (double) INV_SCALE_16)

// Fixed point of a floating point number, and back.
#define FP(x) ((int32_t) (INV_SCALE * (x)))
#define FP16(x) ((int16_t) (INV_SCALE_16 * (x)))
#define INV_FP(x) ((double) (x) *SCALE)

// Product; the numbers as integers have to have one that fits 32 bits.
#define FP_MUL(x, y) ((x) * (y) / INV_SCALE)

// Fractions of 16 and of 8 bits.
#define F16_MAX (0x7fff)
#define F16_MIN (0x8000)
#define F16(x) ((int16_t) (0x8000 * (x)))
#define F8_MAX (0x7f)
#define F8_MIN (0x80)
#define F8(x) ((int8_t) (0x80 * (x)))

namespace libnux::vx {

/// The same number with 4 bits behind the point.
static inline int16_t fxdpt_32_to_16_bits(int32_t x)
{
	return static_cast<int16_t>(x / (INV_SCALE / INV_SCALE_16));
}

} // namespace libnux::vx
