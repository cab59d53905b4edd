// Functions of rows.
#pragma once

#include <cstddef>

#include "libnux/vx/dls.h"
#include "libnux/vx/vector_row.h"

namespace libnux::vx {

/// Power of all elements by repeated multiplication, with the type's product; exponent 0 gives 1.
template <typename T>
VectorRow<T> pow(VectorRow<T> const& base, size_t exponent)
{
	if (exponent == 0) {
		return VectorRow<T>(1);
	}
	VectorRow<T> result(base);
	for (size_t factors = 1; factors < exponent; ++factors) {
		result *= base;
	}
	return result;
}

/// Weights between 0 and 63 of the elements of a row of bytes, which are taken for signed numbers.
template <typename T>
LIBNUX_INLINE VectorRow<T> saturate_weight(VectorRow<T> const& input)
{
	static_assert(sizeof(typename VectorRow<T>::Element) == 1, "weights are rows of bytes");
	VectorRow<T> result{detail::Unset{}};
	detail::clamp_byte(&result.even, &input.even, dls_weight_mask);
	detail::clamp_byte(&result.odd, &input.odd, dls_weight_mask);
	return result;
}

} // namespace libnux::vx
