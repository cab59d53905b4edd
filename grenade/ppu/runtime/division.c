/* Division of 64-bit integers. Division by zero gives all ones, like the divider of the processor. */
#include <stddef.h>
#include <stdint.h>

uint64_t __ashldi3(uint64_t value, int count);
int __clzdi2(uint64_t value);

uint64_t __udivmoddi4(uint64_t numerator, uint64_t denominator, uint64_t* remainder)
{
	uint64_t quotient = 0;
	if (denominator == 0) {
		quotient = UINT64_MAX;
	} else if ((numerator | denominator) >> 32 == 0) {
		quotient = (uint32_t) numerator / (uint32_t) denominator;
		numerator = (uint32_t) numerator % (uint32_t) denominator;
	} else if (numerator >= denominator) {
		int const count = __clzdi2(denominator) - __clzdi2(numerator);
		denominator = __ashldi3(denominator, count);
		for (int i = 0; i <= count; ++i) {
			quotient <<= 1;
			if (numerator >= denominator) {
				numerator -= denominator;
				quotient |= 1;
			}
			denominator >>= 1;
		}
	}
	if (remainder)
		*remainder = numerator;
	return quotient;
}

uint64_t __udivdi3(uint64_t numerator, uint64_t denominator)
{
	return __udivmoddi4(numerator, denominator, NULL);
}

uint64_t __umoddi3(uint64_t numerator, uint64_t denominator)
{
	uint64_t remainder;
	__udivmoddi4(numerator, denominator, &remainder);
	return remainder;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t) value : (uint64_t) value;
}

/* The remainder has the sign of the numerator. */
int64_t __divmoddi4(int64_t numerator, int64_t denominator, int64_t* remainder)
{
	uint64_t rest;
	uint64_t const quotient = __udivmoddi4(magnitude(numerator), magnitude(denominator), &rest);
	if (remainder)
		*remainder = (int64_t) (numerator < 0 ? -rest : rest);
	return (int64_t) ((numerator ^ denominator) < 0 ? -quotient : quotient);
}

int64_t __divdi3(int64_t numerator, int64_t denominator)
{
	return __divmoddi4(numerator, denominator, NULL);
}

int64_t __moddi3(int64_t numerator, int64_t denominator)
{
	int64_t remainder;
	__divmoddi4(numerator, denominator, &remainder);
	return remainder;
}
