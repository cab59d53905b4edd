// Unsigned to signed numbers by subtracting half the range, and back.
#pragma once

#include <s2pp.h>

#include "libnux/vx/detail/vector_operations.h"

namespace libnux::vx {

LIBNUX_INLINE __vector int8_t uint8_to_int8(__vector uint8_t const& value)
{
	__vector int8_t result;
	detail::subtract_byte_modulo_value(&result, &value, 0x80);
	return result;
}

LIBNUX_INLINE __vector uint8_t int8_to_uint8(__vector int8_t const& value)
{
	__vector uint8_t result;
	detail::add_byte_modulo_value(&result, &value, 0x80);
	return result;
}

LIBNUX_INLINE __vector int16_t uint16_to_int16(__vector uint16_t const& value)
{
	__vector int16_t result;
	detail::subtract_halfword_modulo_value(&result, &value, 0x8000);
	return result;
}

LIBNUX_INLINE __vector uint16_t int16_to_uint16(__vector int16_t const& value)
{
	__vector uint16_t result;
	detail::add_halfword_modulo_value(&result, &value, 0x8000);
	return result;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::int16_to_uint16;
using libnux::vx::int8_to_uint8;
using libnux::vx::uint16_to_int16;
using libnux::vx::uint8_to_int8;

} // namespace libnux::vx::v3
