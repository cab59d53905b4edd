// Rows of 256 elements, one for each column of a hemisphere.
#pragma once

#include "libnux/vx/detail/elementwise.h"
#include "libnux/vx/vector_half_row_frac_sat_16.h"
#include "libnux/vx/vector_half_row_frac_sat_8.h"
#include "libnux/vx/vector_half_row_mod_16.h"
#include "libnux/vx/vector_half_row_mod_8.h"

namespace libnux::vx {

namespace detail {

// Conversions of half rows. Bits stay for the same width; unsigned numbers keep their value (or its low byte), signed
// ones are fractions: a byte is the high byte of a halfword.
template <typename Arithmetic>
LIBNUX_INLINE void convert(Vector<Arithmetic>& to, typename Vector<Arithmetic>::Counterpart const& from)
{
	copy(&to, &from);
}

template <typename Part>
LIBNUX_INLINE void convert(VectorPair<Part>& to, typename VectorPair<Part>::Counterpart const& from)
{
	copy(&to.left, &from.left);
	copy(&to.right, &from.right);
}

LIBNUX_INLINE void convert(VectorHalfRowMod16& to, VectorHalfRowMod8 const& from)
{
	widen_low(&to.left, &to.right, &from);
}

LIBNUX_INLINE void convert(VectorHalfRowMod8& to, VectorHalfRowMod16 const& from)
{
	narrow_low(&to, &from.left, &from.right);
}

LIBNUX_INLINE void convert(VectorHalfRowFracSat16& to, VectorHalfRowFracSat8 const& from)
{
	widen_high(&to.left, &to.right, &from);
}

LIBNUX_INLINE void convert(VectorHalfRowFracSat8& to, VectorHalfRowFracSat16 const& from)
{
	narrow_high(&to, &from.left, &from.right);
}

} // namespace detail

/// Values of all columns: those of even and those of odd columns are one half each.
/// @tparam HalfRow_ Type of the halves
template <typename HalfRow_>
struct VectorRow : public detail::Partwise<VectorRow<HalfRow_>, HalfRow_>
{
	typedef HalfRow_ HalfRow;
	typedef typename HalfRow::Element Element;

	HalfRow even;
	HalfRow odd;

	/// All elements zero.
	LIBNUX_INLINE constexpr VectorRow() : even(), odd() {}

	/// All elements equal.
	LIBNUX_INLINE VectorRow(Element value) : even(value), odd(value) {}

	LIBNUX_INLINE VectorRow(HalfRow const& even, HalfRow const& odd) : even(even), odd(odd) {}

	LIBNUX_INLINE explicit VectorRow(detail::Unset unset) : even(unset), odd(unset) {}

	/// Element of a column.
	LIBNUX_INLINE Element& operator[](size_t column)
	{
		return reinterpret_cast<Element*>(this)[column % 2 * HalfRow::size + column / 2];
	}

	LIBNUX_INLINE Element const& operator[](size_t column) const
	{
		return reinterpret_cast<Element const*>(this)[column % 2 * HalfRow::size + column / 2];
	}

	/// Signed numbers of unsigned ones by subtraction of half the range, or the other way round by addition.
	LIBNUX_INLINE VectorRow<typename HalfRow::Counterpart> convert_contiguous() const
	{
		VectorRow<typename HalfRow::Counterpart> result{detail::Unset{}};
		result.even.set_contiguous(even);
		result.odd.set_contiguous(odd);
		return result;
	}

	/// Row of another kind or width, for instance `static_cast<VectorRowMod16>(row)`.
	///
	/// 16-bit elements of an 8-bit row are in the order in which the vector unit unpacks bytes: inside a half row they
	/// belong to columns in another order. Converting back restores it.
	template <typename Other>
	    requires requires(Other& to, HalfRow const& from) { detail::convert(to, from); }
	LIBNUX_INLINE explicit operator VectorRow<Other>() const
	{
		VectorRow<Other> result{detail::Unset{}};
		detail::convert(result.even, even);
		detail::convert(result.odd, odd);
		return result;
	}

	LIBNUX_INLINE HalfRow& first_part() { return even; }
	LIBNUX_INLINE HalfRow const& first_part() const { return even; }
	LIBNUX_INLINE HalfRow& second_part() { return odd; }
	LIBNUX_INLINE HalfRow const& second_part() const { return odd; }
};

typedef VectorRow<VectorHalfRowMod8> VectorRowMod8;
typedef VectorRow<VectorHalfRowFracSat8> VectorRowFracSat8;
typedef VectorRow<VectorHalfRowMod16> VectorRowMod16;
typedef VectorRow<VectorHalfRowFracSat16> VectorRowFracSat16;

static_assert(sizeof(VectorRowMod8) == 256 && alignof(VectorRowMod8) == 128);
static_assert(sizeof(VectorRowFracSat16) == 512 && alignof(VectorRowFracSat16) == 128);

} // namespace libnux::vx
