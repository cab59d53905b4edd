// The mailbox: memory at the end of the internal SRAM in which a program leaves bytes and text for the host.
//
// Text goes to a write head that starts at the beginning and only moves on; what does not fit is dropped.
#pragma once

#include <cstddef>
#include <cstdint>

#include <s2pp.h>

/// Begin and end of the mailbox.
extern "C" uint8_t mailbox_base[];
extern "C" uint8_t mailbox_end[];

namespace libnux::vx {

namespace detail {

/// Number of characters written so far.
inline uint32_t mailbox_head = 0;

inline uint32_t mailbox_size()
{
	return static_cast<uint32_t>(mailbox_end - mailbox_base);
}

/// Append a character; whether it fitted.
inline bool mailbox_append(char character)
{
	if (mailbox_head >= mailbox_size()) {
		return false;
	}
	mailbox_base[mailbox_head++] = static_cast<uint8_t>(character);
	return true;
}

/// Append numbers as {1,2,3}.
template <typename Element>
uint32_t mailbox_append_elements(Element const* elements, size_t count);

} // namespace detail

/// Copy bytes to the mailbox.
/// @param offset Of the first byte in the mailbox
/// @param source Bytes
/// @param size Number of bytes; those beyond the end of the mailbox are dropped
/// @return Offset behind the last byte written. Upstream adds the offset once more.
inline uint32_t mailbox_write(uint32_t offset, void const* source, uint32_t size)
{
	uint8_t const* const bytes = static_cast<uint8_t const*>(source);
	for (uint32_t index = 0; index < size && offset < detail::mailbox_size(); ++index) {
		mailbox_base[offset++] = bytes[index];
	}
	return offset;
}

/// Copy bytes from the mailbox.
/// @param destination Where to
/// @param offset Of the first byte in the mailbox
/// @param size Number of bytes; there are none beyond the end of the mailbox
/// @return Offset behind the last byte read. Upstream adds the offset once more, and looks for the end of the mailbox
/// at the destination.
inline uint32_t mailbox_read(void* destination, uint32_t offset, uint32_t size)
{
	uint8_t* const bytes = static_cast<uint8_t*>(destination);
	for (uint32_t index = 0; index < size && offset < detail::mailbox_size(); ++index) {
		bytes[index] = mailbox_base[offset++];
	}
	return offset;
}

/// Byte at an offset.
inline uint8_t mailbox_read_u8(uint32_t offset)
{
	return mailbox_base[offset];
}

/// Set the byte at an offset.
inline void mailbox_write_u8(uint32_t offset, uint8_t byte)
{
	mailbox_base[offset] = byte;
}

/// End the text: the host reads up to the first zero.
inline void mailbox_string_terminate()
{
	detail::mailbox_append('\0');
}

// The functions below append text and return the number of characters that fitted.

inline uint32_t mailbox_write_string(char const* text)
{
	uint32_t written = 0;
	while (*text != '\0' && detail::mailbox_append(*text++)) {
		++written;
	}
	return written;
}

/// Append a number in decimal digits.
inline uint32_t mailbox_write_int(uint32_t number)
{
	char digits[11];
	char* first = digits + sizeof(digits) - 1;
	*first = '\0';
	do {
		*--first = static_cast<char>('0' + number % 10);
		number /= 10;
	} while (number != 0);
	return mailbox_write_string(first);
}

inline uint32_t mailbox_write_signed_int(int32_t number)
{
	if (number >= 0) {
		return mailbox_write_int(static_cast<uint32_t>(number));
	}
	uint32_t const sign = mailbox_write_string("-");
	return sign + mailbox_write_int(0u - static_cast<uint32_t>(number));
}

/// Append the elements of a vector as {1,2,3}.
inline uint32_t mailbox_write_vector(__vector uint8_t const& vector)
{
	return detail::mailbox_append_elements(reinterpret_cast<uint8_t const*>(&vector), sizeof(vector));
}

inline uint32_t mailbox_write_vector(__vector uint16_t const& vector)
{
	return detail::mailbox_append_elements(reinterpret_cast<uint16_t const*>(&vector), sizeof(vector) / 2);
}

inline uint32_t mailbox_write_signed_vector(__vector int8_t const& vector)
{
	return detail::mailbox_append_elements(reinterpret_cast<int8_t const*>(&vector), sizeof(vector));
}

inline uint32_t mailbox_write_signed_vector(__vector int16_t const& vector)
{
	return detail::mailbox_append_elements(reinterpret_cast<int16_t const*>(&vector), sizeof(vector) / 2);
}

template <typename Element>
uint32_t detail::mailbox_append_elements(Element const* elements, size_t count)
{
	uint32_t written = mailbox_write_string("{");
	for (size_t index = 0; index < count; ++index) {
		if (index != 0) {
			written += mailbox_write_string(",");
		}
		written += mailbox_write_signed_int(elements[index]);
	}
	return written + mailbox_write_string("}");
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::mailbox_read;
using libnux::vx::mailbox_read_u8;
using libnux::vx::mailbox_string_terminate;
using libnux::vx::mailbox_write;
using libnux::vx::mailbox_write_int;
using libnux::vx::mailbox_write_signed_vector;
using libnux::vx::mailbox_write_string;
using libnux::vx::mailbox_write_u8;
using libnux::vx::mailbox_write_vector;

} // namespace libnux::vx::v3
