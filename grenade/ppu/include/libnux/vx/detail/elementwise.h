// Operators on elements that vectors, half rows and rows have in common.
#pragma once

#include <cstddef>

#include "libnux/vx/detail/vector_operations.h"

namespace libnux::vx::detail {

/// Marks an object that an operation sets right away.
struct Unset
{};

/// Base of a class of elements. The class sets itself to the result of an operation, without an object in between:
/// `set_sum(a, b)`, `set_difference(a, b)`, `set_product(a, b)` with an object or an element on either side, and
/// `set_shift(a, num_bits)`.
/// @tparam Whole The class
/// @tparam Element Type of its elements
template <typename Whole, typename Element>
struct Elementwise
{
#define LIBNUX_OPERATOR(OPERATOR, SET)                                                             \
	LIBNUX_INLINE Whole& operator OPERATOR##=(Whole const& other)                                 \
	{                                                                                              \
		whole().SET(whole(), other);                                                               \
		return whole();                                                                            \
	}                                                                                              \
	LIBNUX_INLINE Whole& operator OPERATOR##=(Element value)                                      \
	{                                                                                              \
		whole().SET(whole(), value);                                                               \
		return whole();                                                                            \
	}                                                                                              \
	LIBNUX_INLINE Whole operator OPERATOR(Whole const& other) const                               \
	{                                                                                              \
		Whole result{Unset{}};                                                                     \
		result.SET(whole(), other);                                                                \
		return result;                                                                             \
	}                                                                                              \
	LIBNUX_INLINE Whole operator OPERATOR(Element value) const                                    \
	{                                                                                              \
		Whole result{Unset{}};                                                                     \
		result.SET(whole(), value);                                                                \
		return result;                                                                             \
	}                                                                                              \
	friend LIBNUX_INLINE Whole operator OPERATOR(Element value, Whole const& other)               \
	{                                                                                              \
		Whole result{Unset{}};                                                                     \
		result.SET(value, other);                                                                  \
		return result;                                                                             \
	}

	LIBNUX_OPERATOR(+, set_sum)
	LIBNUX_OPERATOR(-, set_difference)
	LIBNUX_OPERATOR(*, set_product)
#undef LIBNUX_OPERATOR

	/// 0 - x, so that the smallest fractional number becomes the largest one.
	LIBNUX_INLINE Whole operator-() const { return Element(0) - whole(); }

	/// Shift to the left, by a negative number to the right. Nothing is left of a shift by the width or more.
	LIBNUX_INLINE Whole operator<<(int num_bits) const
	{
		Whole result{Unset{}};
		result.set_shift(whole(), num_bits);
		return result;
	}

	/// Shift to the right: fractional numbers are divided towards minus infinity.
	LIBNUX_INLINE Whole operator>>(int num_bits) const { return whole() << -num_bits; }

	LIBNUX_INLINE Whole& operator<<=(int num_bits)
	{
		if (num_bits != 0) {
			whole().set_shift(whole(), num_bits);
		}
		return whole();
	}

	LIBNUX_INLINE Whole& operator>>=(int num_bits) { return whole() <<= -num_bits; }

	LIBNUX_INLINE bool operator!=(Whole const& other) const { return !(whole() == other); }

private:
	LIBNUX_INLINE Whole& whole() { return static_cast<Whole&>(*this); }
	LIBNUX_INLINE Whole const& whole() const { return static_cast<Whole const&>(*this); }
};

/// Operations of a class of two parts from those of the parts, which it gives by `first_part()` and `second_part()`.
template <typename Whole, typename Part>
struct Partwise : public Elementwise<Whole, typename Part::Element>
{
	typedef typename Part::Element Element;

	/// Number of elements.
	constexpr static size_t size = 2 * Part::size;

	LIBNUX_INLINE bool operator==(Whole const& other) const
	{
		return whole().first_part() == other.first_part() && whole().second_part() == other.second_part();
	}

#define LIBNUX_SET(SET)                                                                            \
	template <typename A, typename B>                                                              \
	LIBNUX_INLINE void SET(A const& a, B const& b)                                                \
	{                                                                                              \
		whole().first_part().SET(first(a), first(b));                                              \
		whole().second_part().SET(second(a), second(b));                                           \
	}
	LIBNUX_SET(set_sum)
	LIBNUX_SET(set_difference)
	LIBNUX_SET(set_product)
#undef LIBNUX_SET

	LIBNUX_INLINE void set_shift(Whole const& a, int num_bits)
	{
		whole().first_part().set_shift(a.first_part(), num_bits);
		whole().second_part().set_shift(a.second_part(), num_bits);
	}

private:
	static LIBNUX_INLINE Part const& first(Whole const& a) { return a.first_part(); }
	static LIBNUX_INLINE Part const& second(Whole const& a) { return a.second_part(); }
	static LIBNUX_INLINE Element first(Element a) { return a; }
	static LIBNUX_INLINE Element second(Element a) { return a; }

	LIBNUX_INLINE Whole& whole() { return static_cast<Whole&>(*this); }
	LIBNUX_INLINE Whole const& whole() const { return static_cast<Whole const&>(*this); }
};

} // namespace libnux::vx::detail
