/* Arithmetic of float. */
#include <stdint.h>

typedef float Value;
typedef uint32_t Bits;

#define WIDTH 32
#define FRACTION 23
#define BIAS 127
#define COUNT_ZEROS __builtin_clz
#define SHIFT_LEFT(value, count) ((value) << (count))
#define SHIFT_RIGHT(value, count) ((value) >> (count))
#define NAMED(before, after) before##sf##after

int __clzdi2(uint64_t value);
uint64_t __ashldi3(uint64_t value, int count);
uint64_t __lshrdi3(uint64_t value, int count);

static Bits multiply_high(Bits a, Bits b, Bits* low)
{
	uint64_t const product = (uint64_t) a * b;
	*low = (Bits) product;
	return (Bits) (product >> 32);
}

#include "soft_float.h"

#include "float_functions.h"

float __truncdfsf2(double value)
{
	union
	{
		double value;
		uint64_t bits;
	} const from = {value};
	Bits const sign = (Bits) (from.bits >> 32) & SIGN;
	int const exponent = (int) (from.bits >> 52) & 0x7ff;
	uint64_t const fraction = from.bits & (((uint64_t) 1 << 52) - 1);
	if (exponent == 0x7ff)
		return value_of(sign | INFINITE | (fraction ? QUIET | (Bits) (fraction >> 29) : 0));
	/* Numbers without a leading one are far below the smallest float: all that counts is that they are not zero. */
	Bits const leading = exponent ? (Bits) 1 << TOP : 0;
	Bits const rest = (fraction & 0x3fffff) != 0;
	return value_of(finish(sign, exponent - 1023 + BIAS, leading | (Bits) (fraction >> 22) | rest));
}
