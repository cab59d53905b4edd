// Time, waiting, and measurements of time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libnux/vx/mailbox.h"
#include "libnux/vx/spr.h"

namespace libnux::vx {

/// Clock cycles per us at the usual 250 MHz.
constexpr static uint32_t default_ppu_cycles_per_us = 250;

/// Cycles since the reset. Not inlined, so that two calls are apart, and in internal memory, so that the time of a
/// call does not depend on the instruction cache.
__attribute__((noinline, section("int.text.libnux_now"))) inline time_base_t now()
{
	return get_time_base();
}

/// Wait at least a number of cycles, which is taken for a signed number.
__attribute__((noinline, section("int.text.libnux_sleep_cycles"))) inline void sleep_cycles(uint32_t cycles)
{
	// Call and return take this number of cycles themselves.
	constexpr uint32_t overhead = 9;
	uint32_t const start = get_tbl() - overhead;
	while (static_cast<int32_t>(get_tbl() - start) <= static_cast<int32_t>(cycles)) {
	}
}

/// Begin and end of something measured.
struct time_pair
{
	time_base_t first;
	time_base_t second;
};

/// Measurements.
/// @tparam N Number of them
template <size_t N>
class times
{
public:
	time_pair& operator[](size_t index) { return m_values[index]; }
	time_pair const& operator[](size_t index) const { return m_values[index]; }

	time_pair* begin() { return m_values; }
	time_pair* end() { return m_values + N; }
	time_pair const* begin() const { return m_values; }
	time_pair const* end() const { return m_values + N; }

private:
	time_pair m_values[N];
};

/// Mean duration.
template <size_t N>
time_base_t average(times<N> const& measured)
{
	time_base_t sum = 0;
	for (time_pair const& pair : measured) {
		sum += pair.second - pair.first;
	}
	return sum / N;
}

/// Longest duration.
template <size_t N>
time_base_t max(times<N> const& measured)
{
	time_base_t longest = 0;
	for (time_pair const& pair : measured) {
		longest = pair.second - pair.first > longest ? pair.second - pair.first : longest;
	}
	return longest;
}

/// Shortest duration.
template <size_t N>
time_base_t min(times<N> const& measured)
{
	time_base_t shortest = measured[0].second - measured[0].first;
	for (time_pair const& pair : measured) {
		shortest = pair.second - pair.first < shortest ? pair.second - pair.first : shortest;
	}
	return shortest;
}

/// Print mean, longest and shortest duration.
template <size_t N>
void print_measurement(char const* name, times<N> const& measured)
{
	mailbox_write_string(name);
	mailbox_write_string(": ");
	mailbox_write_int(static_cast<uint32_t>(average(measured)));
	mailbox_write_string(" (max: ");
	mailbox_write_int(static_cast<uint32_t>(max(measured)));
	mailbox_write_string(", min: ");
	mailbox_write_int(static_cast<uint32_t>(min(measured)));
	mailbox_write_string(")\n");
}

/// Print a duration.
inline void print_measurement(char const* name, time_pair const& measured)
{
	mailbox_write_string(name);
	mailbox_write_string(": ");
	mailbox_write_int(static_cast<uint32_t>(measured.second - measured.first));
	mailbox_write_string("\n");
}

/// Line before measurements.
inline void print_measurements_header()
{
	mailbox_write_string("Cycles of the processor:\n");
}

/// Line behind measurements.
inline void print_measurements_footer()
{
	mailbox_write_string("End of the measurements.\n");
}

/// Measure nothing, for the cycles that a measurement itself takes, and print it.
template <size_t N>
void measure_empty(times<N>& measured)
{
	for (time_pair& pair : measured) {
		pair.first = now();
		pair.second = now();
	}
	print_measurement("empty", measured);
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::average;
using libnux::vx::default_ppu_cycles_per_us;
using libnux::vx::max;
using libnux::vx::measure_empty;
using libnux::vx::min;
using libnux::vx::now;
using libnux::vx::print_measurement;
using libnux::vx::print_measurements_footer;
using libnux::vx::print_measurements_header;
using libnux::vx::sleep_cycles;
using libnux::vx::time_pair;
using libnux::vx::times;

} // namespace libnux::vx::v3
