// Small functions for programs and measurements.
#pragma once

#include <array>
#include <cstddef>

namespace libnux::vx {

/// Difference without its sign.
template <typename T>
constexpr T abs_diff(T a, T b)
{
	return a > b ? a - b : b - a;
}

/// The element that occurs most often, of several the first one.
template <typename T, size_t N>
constexpr T find_max_amount(std::array<T, N> const& elements)
{
	size_t best = 0;
	size_t best_amount = 0;
	for (size_t candidate = 0; candidate < N; ++candidate) {
		size_t amount = 0;
		for (T const& element : elements) {
			amount += element == elements[candidate];
		}
		if (amount > best_amount) {
			best = candidate;
			best_amount = amount;
		}
	}
	return elements[best];
}

/// Make the compiler compute a value that nothing uses.
template <typename T>
inline __attribute__((always_inline)) void do_not_optimize_away(T const& value)
{
	asm volatile("" : : "m"(value) : "memory");
}

/// Make the compiler write everything to memory and read it again.
inline __attribute__((always_inline)) void clobber()
{
	asm volatile("" : : : "memory");
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::do_not_optimize_away;

} // namespace libnux::vx::v3
