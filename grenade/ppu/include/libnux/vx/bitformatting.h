// Bytes with their bits in reversed order.
#pragma once

#include <cstdint>

#include <s2pp.h>

namespace libnux::vx {

/// Byte with the first bit last.
constexpr uint8_t reverse_byte(uint8_t byte)
{
	byte = static_cast<uint8_t>(byte >> 4 | byte << 4);
	byte = static_cast<uint8_t>((byte & 0xcc) >> 2 | (byte & 0x33) << 2);
	return static_cast<uint8_t>((byte & 0xaa) >> 1 | (byte & 0x55) << 1);
}

/// Reverse the bits of each byte of a vector.
inline void vector_reverse_bytes(__vector uint8_t* vector)
{
	uint8_t* const bytes = reinterpret_cast<uint8_t*>(vector);
	for (uint32_t index = 0; index < sizeof(*vector); ++index) {
		bytes[index] = reverse_byte(bytes[index]);
	}
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::reverse_byte;
using libnux::vx::vector_reverse_bytes;

} // namespace libnux::vx::v3
