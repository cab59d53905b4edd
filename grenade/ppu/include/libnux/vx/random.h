// Random numbers of the scalar processor.
#pragma once

#include <cstdint>

namespace libnux::vx {

/// Next number of Marsaglia's generator with shifts by 13, 17 and 5.
/// @param[in,out] seed State, not 0
inline uint32_t xorshift32(uint32_t* seed)
{
	uint32_t state = *seed;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return *seed = state;
}

/// Time to the next event of a Poisson process in steps of dt.
/// @param[in,out] seed State of `xorshift32`
/// @param cutoff Probability of an event in a step, as part of 2^32
/// @param dt Duration of a step
inline uint32_t draw_poisson(uint32_t* seed, uint32_t cutoff, uint32_t dt)
{
	uint32_t time = 0;
	while (xorshift32(seed) > cutoff) {
		time += dt;
	}
	return time;
}

/// Next number of a linear congruential generator.
/// @param[in,out] seed State
inline uint32_t random_lcg(uint32_t* seed)
{
	return *seed = 1664525u * *seed + 1013904223u;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::draw_poisson;
using libnux::vx::random_lcg;
using libnux::vx::xorshift32;

} // namespace libnux::vx::v3
