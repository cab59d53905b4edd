// A vector of 128 bytes with the arithmetic of its elements.
#pragma once

#include <cstddef>

#include "libnux/vx/detail/elementwise.h"
#include "libnux/vx/detail/vector_arithmetic.h"

namespace libnux::vx::detail {

/// What fits a vector register: 128 bytes or 64 halfwords.
/// @tparam Arithmetic Kind of elements and their operations
template <typename Arithmetic_>
struct Vector : public Elementwise<Vector<Arithmetic_>, typename Arithmetic_::Element>
{
	typedef Arithmetic_ Arithmetic;
	typedef typename Arithmetic::Element Element;
	typedef typename Arithmetic::Data Data;
	typedef Vector<typename Arithmetic::Counterpart> Counterpart; ///< signed or unsigned, of the same width

	/// Number of elements.
	constexpr static size_t size = sizeof(Data) / sizeof(Element);

	// GCC aligns its vectors to 16 bytes; the host expects rows in recordings at multiples of their vectors.
	alignas(sizeof(Data)) Data data;

	/// All elements zero; an object of static storage needs no code for that.
	LIBNUX_INLINE constexpr Vector() : data() {}

	/// All elements equal.
	LIBNUX_INLINE Vector(Element value) { Arithmetic::splat(&data, value); }

	LIBNUX_INLINE Vector(Data const& other) { copy(&data, &other); }

	LIBNUX_INLINE explicit Vector(Unset) {}

	LIBNUX_INLINE Vector(Vector const& other) { copy(&data, &other.data); }

	LIBNUX_INLINE Vector& operator=(Vector const& other)
	{
		copy(&data, &other.data);
		return *this;
	}

	LIBNUX_INLINE Element& operator[](size_t index) { return reinterpret_cast<Element*>(&data)[index]; }

	LIBNUX_INLINE Element const& operator[](size_t index) const
	{
		return reinterpret_cast<Element const*>(&data)[index];
	}

	LIBNUX_INLINE bool operator==(Vector const& other) const { return equal(&data, &other.data); }

#define LIBNUX_SET(SET, OPERATION)                                                                 \
	LIBNUX_INLINE void SET(Vector const& a, Vector const& b)                                      \
	{                                                                                              \
		Arithmetic::OPERATION(&data, &a.data, &b.data);                                            \
	}                                                                                              \
	LIBNUX_INLINE void SET(Vector const& a, Element b) { Arithmetic::OPERATION(&data, &a.data, b); } \
	LIBNUX_INLINE void SET(Element a, Vector const& b) { Arithmetic::OPERATION(&data, a, &b.data); }

	LIBNUX_SET(set_sum, add)
	LIBNUX_SET(set_difference, subtract)
	LIBNUX_SET(set_product, multiply)
#undef LIBNUX_SET

	LIBNUX_INLINE void set_shift(Vector const& a, int num_bits)
	{
		if (num_bits == 0) {
			copy(&data, &a.data);
		} else if (num_bits > 0 && num_bits < Arithmetic::width) {
			Arithmetic::shift_left(&data, &a.data, num_bits);
		} else if (num_bits < 0 && num_bits > -Arithmetic::width) {
			Arithmetic::shift_right(&data, &a.data, -num_bits);
		} else {
			Arithmetic::splat(&data, 0);
		}
	}

	/// Set to signed numbers from unsigned ones by subtracting half the range, or the other way round by adding it.
	LIBNUX_INLINE void set_contiguous(Counterpart const& other)
	{
		constexpr unsigned half_range = 1u << (Arithmetic::width - 1);
		if constexpr (Arithmetic::is_signed) {
			Counterpart::Arithmetic::subtract(&data, &other.data, typename Counterpart::Element(half_range));
		} else {
			Arithmetic::add(&data, &other.data, Element(half_range));
		}
	}

	LIBNUX_INLINE Counterpart convert_contiguous() const
	{
		Counterpart result{Unset{}};
		result.set_contiguous(*this);
		return result;
	}

	/// The same bits as elements of the other kind of the same width.
	LIBNUX_INLINE explicit operator Counterpart() const
	{
		return Counterpart(reinterpret_cast<typename Counterpart::Data const&>(data));
	}
};

} // namespace libnux::vx::detail
