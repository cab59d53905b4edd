// Random numbers of the vector unit: a generator of 16 bits for each column, of which a draw gives 8.
//
// A draw brings about one new bit: numbers from draws that follow each other are not independent.
#pragma once

#include <cstddef>

#include "libnux/vx/detail/vector_traits.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

namespace libnux::vx {

namespace detail {

/// Draw for a vector from the generators of an index; rows of bytes take both indices, others see below.
template <typename T>
LIBNUX_INLINE void draw(T& result, size_t index)
{
	if constexpr (IsVector<T>::value) {
		in(&result, dls_randgen_base + index);
	} else if constexpr (sizeof(T) == 2 * dls_bytes_per_vector) {
		in_two(&result.first_part(), &result.second_part(), dls_randgen_base, dls_randgen_base + 1);
	} else {
		draw(result.even, 0);
		draw(result.odd, 0);
	}
}

} // namespace detail

/// Seed the generators with the bytes of a vector or, both indices, of two: a row of bytes or a half row.
/// @param value Low bytes of the states; the high bytes become 0
/// @param index For a single vector: 0 for even, 1 for odd columns
template <typename T>
LIBNUX_INLINE void parallel_rng_seed(T const& value, size_t index = 0)
{
	static_assert(
	    sizeof(T) <= 2 * dls_bytes_per_vector, "there are generators for two vectors: a half row or a row of bytes");
	if constexpr (detail::IsVector<T>::value) {
		detail::out(&value, dls_randgen_base + index);
	} else {
		detail::out(&value.first_part(), dls_randgen_base);
		detail::out(&value.second_part(), dls_randgen_base + 1);
	}
}

/// Random vector from the generators of even (index 0) or odd (1) columns.
template <typename Vector>
LIBNUX_INLINE Vector parallel_rng_rand(size_t index)
{
	static_assert(detail::IsVector<Vector>::value, "only vectors are drawn from an index");
	Vector result{detail::Unset{}};
	detail::draw(result, index);
	return result;
}

/// Random vector, half row or row. A vector is drawn from index 0, the two vectors of a half row of halfwords or of a
/// row of bytes from 0 and 1, and each half of a row of halfwords like a half row.
template <typename T>
LIBNUX_INLINE T parallel_rng_rand()
{
	T result{detail::Unset{}};
	detail::draw(result, 0);
	return result;
}

} // namespace libnux::vx
