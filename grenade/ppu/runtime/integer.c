/* Integer operations of 64 bit that compilers leave to a library, and counts of bits. */
#include <stdint.h>

/* A 64-bit value as the two registers that hold it. */
union Halves
{
	uint64_t value;
	struct
	{
		uint32_t high, low;
	};
};

/* Shifts of 64-bit values by 0 to 63, from 32-bit shifts by less than 32. What compilers make of `<<` shifts 32-bit
 * registers by up to 63, and the logic of the processor may look at five bits of a count only. */
uint64_t __ashldi3(uint64_t value, int count)
{
	union Halves v = {value};
	if (count & 32) {
		v.high = v.low << (count & 31);
		v.low = 0;
	} else if (count) {
		v.high = v.high << count | v.low >> (32 - count);
		v.low <<= count;
	}
	return v.value;
}

uint64_t __lshrdi3(uint64_t value, int count)
{
	union Halves v = {value};
	if (count & 32) {
		v.low = v.high >> (count & 31);
		v.high = 0;
	} else if (count) {
		v.low = v.low >> count | v.high << (32 - count);
		v.high >>= count;
	}
	return v.value;
}

int64_t __ashrdi3(int64_t value, int count)
{
	union Halves v = {(uint64_t) value};
	int32_t const high = (int32_t) v.high;
	if (count & 32) {
		v.low = (uint32_t) (high >> (count & 31));
		v.high = (uint32_t) (high >> 31);
	} else if (count) {
		v.low = v.low >> count | v.high << (32 - count);
		v.high = (uint32_t) (high >> count);
	}
	return (int64_t) v.value;
}

int __clzdi2(uint64_t value)
{
	union Halves const v = {value};
	return v.high ? __builtin_clz(v.high) : 32 + __builtin_clz(v.low);
}

int __ctzsi2(uint32_t value)
{
	return 31 - __builtin_clz(value & -value);
}

int __ctzdi2(uint64_t value)
{
	union Halves const v = {value};
	return v.low ? __ctzsi2(v.low) : 32 + __ctzsi2(v.high);
}

int __ffsdi2(uint64_t value)
{
	return value ? 1 + __ctzdi2(value) : 0;
}

int __popcountsi2(uint32_t value)
{
	value -= value >> 1 & 0x55555555;
	value = (value & 0x33333333) + (value >> 2 & 0x33333333);
	value = (value + (value >> 4)) & 0x0f0f0f0f;
	return value * 0x01010101u >> 24;
}

int __popcountdi2(uint64_t value)
{
	union Halves const v = {value};
	return __popcountsi2(v.high) + __popcountsi2(v.low);
}

int __paritysi2(uint32_t value)
{
	return __popcountsi2(value) & 1;
}

int __paritydi2(uint64_t value)
{
	return __popcountdi2(value) & 1;
}

uint32_t __bswapsi2(uint32_t value)
{
	return value << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24;
}

uint64_t __bswapdi2(uint64_t value)
{
	union Halves const v = {value};
	union Halves const swapped = {.high = __bswapsi2(v.low), .low = __bswapsi2(v.high)};
	return swapped.value;
}

uint64_t __muldi3(uint64_t left, uint64_t right)
{
	union Halves const a = {left}, b = {right};
	union Halves product = {(uint64_t) a.low * b.low};
	product.high += a.high * b.low + a.low * b.high;
	return product.value;
}

/* Comparisons give 0 for less, 1 for equal, 2 for greater. */
int __cmpdi2(int64_t left, int64_t right)
{
	return (left > right) - (left < right) + 1;
}

int __ucmpdi2(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right) + 1;
}
