/* Arithmetic of double. */
#include <stdint.h>

int __clzdi2(uint64_t value);
uint64_t __ashldi3(uint64_t value, int count);
uint64_t __lshrdi3(uint64_t value, int count);

typedef double Value;
typedef uint64_t Bits;

#define WIDTH 64
#define FRACTION 52
#define BIAS 1023
#define COUNT_ZEROS __clzdi2
#define SHIFT_LEFT __ashldi3
#define SHIFT_RIGHT __lshrdi3
#define NAMED(before, after) before##df##after

/* From products of halves. */
static Bits multiply_high(Bits a, Bits b, Bits* low)
{
	uint32_t const a_high = (uint32_t) (a >> 32), a_low = (uint32_t) a;
	uint32_t const b_high = (uint32_t) (b >> 32), b_low = (uint32_t) b;
	uint64_t const lowest = (uint64_t) a_low * b_low;
	uint64_t const first = (uint64_t) a_high * b_low + (lowest >> 32);
	uint64_t const second = (uint64_t) a_low * b_high + (uint32_t) first;
	*low = second << 32 | (uint32_t) lowest;
	return (uint64_t) a_high * b_high + (first >> 32) + (second >> 32);
}

#include "soft_float.h"

#include "float_functions.h"

double __extendsfdf2(float value)
{
	union
	{
		float value;
		uint32_t bits;
	} const from = {value};
	Bits const sign = (Bits) (from.bits >> 31) << 63;
	int exponent = (int) (from.bits >> 23) & 0xff;
	uint32_t fraction = from.bits & 0x7fffff;
	if (exponent == 0xff)
		return value_of(sign | INFINITE | (fraction ? QUIET : 0) | (Bits) fraction << 29);
	if (exponent == 0) {
		if (fraction == 0)
			return value_of(sign);
		/* Every float has a leading one as a double. */
		int const shift = __builtin_clz(fraction) - 8;
		fraction = fraction << shift & 0x7fffff;
		exponent = 1 - shift;
	}
	return value_of(sign | (Bits) (exponent - 127 + BIAS) << FRACTION | (Bits) fraction << 29);
}
