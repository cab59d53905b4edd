// Rounding up or down with the probability that keeps the mean.
#pragma once

#include <cstddef>

#include "libnux/vx/detail/vector_traits.h"
#include "libnux/vx/parallel_rng.h"

namespace libnux::vx {

namespace detail {

template <typename T>
LIBNUX_INLINE void round_stochastic(T& result, T const& value, size_t num_lsb)
{
	if constexpr (IsVector<T>::value) {
		typedef typename T::Arithmetic Arithmetic;
		int const bits = static_cast<int>(num_lsb);
		draw(result, 0);
		Arithmetic::shift_right_logical(&result, &result, Arithmetic::width - bits);
		result += value;
		Arithmetic::shift_right_logical(&result, &result, bits);
		if constexpr (Arithmetic::is_signed) {
			T::Counterpart::Arithmetic::shift_left(&result, &result, bits);
		} else {
			Arithmetic::shift_left(&result, &result, bits);
		}
	} else {
		round_stochastic(result.first_part(), value.first_part(), num_lsb);
		round_stochastic(result.second_part(), value.second_part(), num_lsb);
	}
}

} // namespace detail

/// Round the low bits of all elements away: up with a probability of their part of the whole.
///
/// The sum with the random bits is that of the type. Each vector draws random numbers of index 0.
/// @param value Vector, half row or row
/// @param num_lsb Number of bits to be rounded away; 0 gives the value, the width or more gives 0
template <typename Vector>
LIBNUX_INLINE Vector vector_round_stochastic(Vector const& value, size_t num_lsb)
{
	if (num_lsb == 0) {
		return value;
	}
	if (num_lsb >= 8 * sizeof(typename Vector::Element)) {
		return Vector(0);
	}
	Vector result{detail::Unset{}};
	detail::round_stochastic(result, value, num_lsb);
	return result;
}

} // namespace libnux::vx
