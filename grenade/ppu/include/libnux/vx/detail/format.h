// Text with numbers in it, as printf makes it.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

namespace libnux::vx::detail {

/// Text that is cut to a buffer but counted as a whole.
class TextBuffer
{
public:
	TextBuffer(char* buffer, size_t size) : m_buffer(buffer), m_size(size) {}

	void append(char character)
	{
		if (m_count + 1 < m_size) {
			m_buffer[m_count] = character;
		}
		++m_count;
	}

	/// Append characters in a field of at least a width.
	void append(char const* text, size_t length, size_t width, bool left)
	{
		for (size_t column = length; !left && column < width; ++column) {
			append(' ');
		}
		for (size_t index = 0; index < length; ++index) {
			append(text[index]);
		}
		for (size_t column = length; left && column < width; ++column) {
			append(' ');
		}
	}

	/// Number of characters, of which those that fit are in the buffer, terminated.
	size_t finish()
	{
		if (m_size != 0) {
			m_buffer[m_count < m_size ? m_count : m_size - 1] = '\0';
		}
		return m_count;
	}

private:
	char* m_buffer;
	size_t m_size;
	size_t m_count = 0;
};

/// Digits of a number, to the end of a buffer of 16 characters; how many there are, at least `minimum`.
inline size_t write_digits(char (&digits)[16], uint32_t number, uint32_t base, bool upper, size_t minimum)
{
	size_t length = 0;
	while (number != 0 || length < minimum) {
		uint32_t const digit = number % base;
		number /= base;
		digits[15 - length++] = static_cast<char>(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
	}
	return length;
}

/// Make a text: %d %i %u %x %X %c %s %p %% with width, `-` and `0`; sizes `h` and `l` make no difference.
/// @return Number of characters without the termination, of the whole text
inline size_t format(char* buffer, size_t size, char const* format, va_list arguments)
{
	TextBuffer text(buffer, size);
	for (; *format != '\0'; ++format) {
		if (*format != '%') {
			text.append(*format);
			continue;
		}
		bool left = false;
		bool zeros = false;
		size_t width = 0;
		for (++format; *format == '-' || *format == '0'; ++format) {
			left = left || *format == '-';
			zeros = zeros || *format == '0';
		}
		for (; *format >= '0' && *format <= '9'; ++format) {
			width = 10 * width + (*format - '0');
		}
		while (*format == 'h' || *format == 'l') {
			++format;
		}
		size_t const minimum = zeros && !left ? (width < 15 ? width : 15) : 1;
		char digits[16];
		size_t length;
		switch (*format) {
			case 'd':
			case 'i': {
				int32_t const number = va_arg(arguments, int32_t);
				bool const negative = number < 0;
				uint32_t const amount = negative ? 0u - static_cast<uint32_t>(number) : number;
				length = write_digits(digits, amount, 10, false, minimum - (negative && minimum > 1));
				if (negative) {
					digits[15 - length++] = '-';
				}
				text.append(digits + 16 - length, length, width, left);
				break;
			}
			case 'u':
				length = write_digits(digits, va_arg(arguments, uint32_t), 10, false, minimum);
				text.append(digits + 16 - length, length, width, left);
				break;
			case 'x':
			case 'X':
			case 'p':
				length = write_digits(digits, va_arg(arguments, uint32_t), 16, *format == 'X', minimum);
				text.append(digits + 16 - length, length, width, left);
				break;
			case 'c':
				digits[0] = static_cast<char>(va_arg(arguments, int));
				text.append(digits, 1, width, left);
				break;
			case 's': {
				char const* const string = va_arg(arguments, char const*);
				for (length = 0; string[length] != '\0'; ++length) {
				}
				text.append(string, length, width, left);
				break;
			}
			case '\0':
				return text.finish();
			default:
				text.append(*format);
		}
	}
	return text.finish();
}

} // namespace libnux::vx::detail
