#pragma once
#include "libnux/system.h"
#include <cstddef>
#include <cstdint>

namespace halco::common {

/**
 * Number of a coordinate in the order of its type, in contrast to its value.
 */
class Enum
{
public:
	constexpr explicit Enum(uint32_t value = 0) : m_value(value) {}

	constexpr uint32_t value() const { return m_value; }
	constexpr operator uint32_t() const { return m_value; }

private:
	uint32_t m_value;
};

/**
 * Integer of a type of its own with bounds.
 *
 * A value out of bounds ends the program with exit code 1: there are no exceptions on the processor.
 */
template <typename Derived, uint32_t Max, uint32_t Min = 0>
class Ranged
{
public:
	typedef uint32_t value_type;
	constexpr static uint32_t min = Min;
	constexpr static uint32_t max = Max;
	constexpr static uint32_t end = Max + 1;
	constexpr static uint32_t size = Max - Min + 1;

	constexpr explicit Ranged(uint32_t value = Min) : m_value(static_cast<value_type>(value))
	{
		if (value > Max || value < Min) {
			exit(1);
		}
	}

	constexpr Ranged(Enum const& number) : Ranged(number.value() + Min) {}

	constexpr value_type value() const { return m_value; }
	constexpr operator value_type() const { return m_value; }
	constexpr Enum toEnum() const { return Enum(m_value - Min); }

private:
	value_type m_value;
};

} // namespace halco::common
