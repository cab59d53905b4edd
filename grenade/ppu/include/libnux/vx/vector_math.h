// Arithmetic on plain vectors.
#pragma once

#include <s2pp.h>

#include "libnux/vx/detail/vector_operations.h"

namespace libnux::vx {

/// a - b between -128 and 127.
LIBNUX_INLINE __vector int8_t saturating_subtract(__vector int8_t const& a, __vector int8_t const& b)
{
	__vector int8_t result;
	detail::subtract_byte_saturating(&result, &a, &b);
	return result;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::saturating_subtract;

} // namespace libnux::vx::v3
