// Exponential function of fixed point numbers with 16 bits behind the point.
#pragma once

#include <cstdint>

#include "libnux/vx/fxdpt.h"

namespace libnux::vx {

namespace detail {

/// Product with 16 bits behind the point, rounded towards minus infinity.
inline int32_t fixed_product(int32_t a, int32_t b)
{
	return static_cast<int32_t>(static_cast<int64_t>(a) * b >> 16);
}

} // namespace detail

/// Taylor polynomial of a number of terms: good for small numbers.
/// @param x Exponent
/// @param n Number of terms, at least 1
inline int32_t exp_n(int32_t x, uint32_t n)
{
	int32_t result = INV_SCALE;
	for (uint32_t term = n; term > 1; --term) {
		result = INV_SCALE + detail::fixed_product(x, result) / static_cast<int32_t>(term - 1);
	}
	return result;
}

/// Taylor polynomial of six terms.
inline int32_t exp_6(int32_t x)
{
	return exp_n(x, 6);
}

/// Six terms for the part behind the point, and a table for the integer part: below -11 the result is 0, and from 10.4
/// on, where it does not fit the format, the largest number.
inline int32_t exp_6b(int32_t x)
{
	constexpr int32_t first = -11;
	constexpr int32_t powers[] = {
	    1,      3,       8,       22,      60,       162,      442,       1200,      3263,      8869,      24109,
	    65536, 178145, 484249, 1316326, 3578144, 9726405, 26439109, 71868951, 195360063, 531043708, 1443526462};
	int32_t const integer = x >> 16;
	if (integer < first) {
		return 0;
	}
	if (integer > 10) {
		return INT32_MAX;
	}
	int64_t const result = static_cast<int64_t>(powers[integer - first]) * exp_6(x & 0xffff) >> 16;
	return result > INT32_MAX ? INT32_MAX : static_cast<int32_t>(result);
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::exp_6;
using libnux::vx::exp_6b;
using libnux::vx::exp_n;

} // namespace libnux::vx::v3
