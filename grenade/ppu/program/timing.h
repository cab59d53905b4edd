#pragma once
#include <cstdint>

// The library's functions could end up in external memory; these are for functions in internal memory.

/** PPU cycles since the reset of the processor. */
__attribute__((always_inline)) inline uint64_t cycles()
{
	uint32_t high;
	uint32_t low;
	uint32_t high_after;
	do {
		asm volatile("mfspr %0, 285\n"
		             "mfspr %1, 284\n"
		             "mfspr %2, 285\n"
		             : "=r"(high), "=r"(low), "=r"(high_after));
	} while (high != high_after);
	return uint64_t(high) << 32 | low;
}

/** Low word of `cycles()`, for short spans. */
__attribute__((always_inline)) inline uint32_t low_cycles()
{
	uint32_t low;
	asm volatile("mfspr %0, 284\n" : "=r"(low));
	return low;
}

/** Wait until some PPU cycles after a time of `low_cycles()`. */
__attribute__((always_inline)) inline void wait_until(uint32_t begin, uint32_t duration)
{
	while (low_cycles() - begin < duration) {
	}
}
