// A serial line at the output pins, timed by the program.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "libnux/system.h"
#include "libnux/vx/detail/format.h"
#include "libnux/vx/mailbox.h"
#include "libnux/vx/spr.h"
#include "libnux/vx/time.h"

namespace libnux::vx {

using uart_data_rate_t = unsigned long;
using uart_word_t = uint16_t;

enum class Parity : uint8_t
{
	NONE,
	EVEN,
	ODD,
};

/// Shape of a transmitted word.
struct UartConfiguration
{
	/// @param width Number of data bits, at most 16; the program ends with 1 otherwise
	/// @param parity Parity bit behind the data
	/// @param stop_bits Number of stop bits
	constexpr UartConfiguration(size_t width, Parity parity, size_t stop_bits) :
	    width(width), parity(parity), stop_bits(stop_bits)
	{
		if (width > std::numeric_limits<uart_word_t>::digits) {
			mailbox_write_string("UART: a word has at most 16 bits\n");
			exit(1);
		}
	}

	size_t width;
	Parity parity;
	size_t stop_bits;
};

constexpr inline UartConfiguration UART_8N1{8, Parity::NONE, 1};

/// Transmitter: all output pins carry the signal, which is high between words.
class SoftUartTx
{
public:
	/// @param data_rate Bits per second
	/// @param config Shape of words
	/// @param invert_physical The line is low between words
	/// @param buffer_size Bytes for the text that `printf` makes
	explicit SoftUartTx(
	    uart_data_rate_t data_rate,
	    UartConfiguration const& config = UART_8N1,
	    bool invert_physical = false,
	    size_t buffer_size = 128) :
	    m_cycles_per_bit(default_ppu_cycles_per_us * 1000000 / data_rate),
	    m_config(config),
	    m_invert(invert_physical),
	    m_buffer_size(buffer_size),
	    m_buffer(new char[buffer_size])
	{
		set(true);
		set_goe(0); // the pins are driven where the bit is zero
	}

	/// The pins are not driven any more.
	~SoftUartTx() { set_goe(0xffffffff); }

	SoftUartTx(SoftUartTx const&) = delete;
	SoftUartTx& operator=(SoftUartTx const&) = delete;

	/// Transmit a word, lowest bit first; returns when it is done.
	void write(uart_word_t data) const
	{
		uint32_t edge = get_tbl();
		bool parity = m_config.parity == Parity::ODD;
		send(false, edge);
		for (size_t bit = 0; bit < m_config.width; ++bit) {
			bool const value = data >> bit & 1;
			parity ^= value;
			send(value, edge);
		}
		if (m_config.parity != Parity::NONE) {
			send(parity, edge);
		}
		for (size_t bit = 0; bit < m_config.stop_bits; ++bit) {
			send(true, edge);
		}
	}

	/// Transmit a text, made as by the C library of %d %i %u %x %X %c %s %p %% with width, `-` and `0`.
	/// @return Number of characters of the whole text; those that do not fit the buffer are not transmitted
	int printf(char const* format, ...) const __attribute__((format(printf, 2, 3)))
	{
		va_list arguments;
		va_start(arguments, format);
		size_t const size = detail::format(m_buffer.get(), m_buffer_size, format, arguments);
		va_end(arguments);
		for (char const* character = m_buffer.get(); *character != '\0'; ++character) {
			write(static_cast<uint8_t>(*character));
		}
		return static_cast<int>(size);
	}

private:
	void set(bool level) const { set_gout(level != m_invert ? 0xffffffff : 0); }

	/// Hold a level for a bit; the next one begins at the new `edge`.
	void send(bool level, uint32_t& edge) const
	{
		set(level);
		edge += m_cycles_per_bit;
		while (static_cast<int32_t>(get_tbl() - edge) < 0) {
		}
	}

	uint32_t m_cycles_per_bit;
	UartConfiguration m_config;
	bool m_invert;
	size_t m_buffer_size;
	std::unique_ptr<char[]> m_buffer;
};

} // namespace libnux::vx
