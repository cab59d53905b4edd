// Signed fractions that saturate.
#pragma once

#include <cstdint>

#include "libnux/vx/mailbox.h"

namespace libnux::vx {

namespace detail {

struct frac8_t_attributes
{
	typedef int8_t data_type;
	typedef int16_t double_precision_type;
	constexpr static int width = 8;
};

struct frac16_t_attributes
{
	typedef int16_t data_type;
	typedef int32_t double_precision_type;
	constexpr static int width = 16;
};

} // namespace detail

/// Number from -1 to almost 1 in steps of 1 / scale().
/// @tparam Attr Types of the number and of one with twice its bits
template <class Attr>
struct frac
{
	typedef typename Attr::data_type data_type;
	typedef typename Attr::double_precision_type double_precision_type;

	constexpr static double_precision_type scale() { return double_precision_type(1) << (Attr::width - 1); }

	constexpr frac() : m_data(0) {}
	constexpr explicit frac(data_type const& data) : m_data(data) {}

	/// Set to the number, rounded towards zero.
	void from_float(float number) { m_data = static_cast<data_type>(number * static_cast<float>(scale())); }

	constexpr float to_float() const { return static_cast<float>(m_data) / static_cast<float>(scale()); }

	frac& operator+=(frac const& other) { return set(int32_t(m_data) + other.m_data); }
	frac& operator-=(frac const& other) { return set(int32_t(m_data) - other.m_data); }

	/// Product rounded towards minus infinity; -1 times -1 is the largest number.
	frac& operator*=(frac const& other) { return set(int32_t(m_data) * other.m_data >> (Attr::width - 1)); }

	frac& operator<<=(int num_bits) { return set(static_cast<int64_t>(m_data) << num_bits); }
	frac& operator>>=(int num_bits) { return set(m_data >> num_bits); }

	frac operator+(frac const& other) const { return frac(*this) += other; }
	frac operator-(frac const& other) const { return frac(*this) -= other; }
	frac operator*(frac const& other) const { return frac(*this) *= other; }
	frac operator<<(int num_bits) const { return frac(*this) <<= num_bits; }
	frac operator>>(int num_bits) const { return frac(*this) >>= num_bits; }

	/// The number times scale().
	data_type const& data() const { return m_data; }
	data_type& data() { return m_data; }

private:
	frac& set(int64_t value)
	{
		int64_t const largest = scale() - 1;
		int64_t const smallest = -largest - 1;
		m_data = static_cast<data_type>(value > largest ? largest : value < smallest ? smallest : value);
		return *this;
	}

	data_type m_data;
};

typedef frac<detail::frac8_t_attributes> frac8_t;
typedef frac<detail::frac16_t_attributes> frac16_t;

/// Print a fraction as, for example, -3/128.
template <class Attr>
void mailbox_write_frac(frac<Attr> const& value)
{
	mailbox_write_signed_int(value.data());
	mailbox_write_string("/");
	mailbox_write_int(value.scale());
}

} // namespace libnux::vx
