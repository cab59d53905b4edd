// Choice between elements of two vectors or rows.
#pragma once

#include "libnux/system.h"
#include "libnux/vx/detail/vector_traits.h"
#include "libnux/vx/vector_row.h"

namespace libnux::vx {

/// How an element of the mask compares with zero.
enum class VectorIfCondition
{
	greater,
	lesser,
	equal,
	greater_equal,
	lesser_equal,
	unequal
};

namespace detail {

// The instruction knows three conditions, and compares signed numbers. The others are their opposites; an unsigned
// number is greater if it is not equal.
template <typename Mask, typename Value>
LIBNUX_INLINE void set_if(
    Value& result, Mask const& mask, VectorIfCondition condition, Value const& met, Value const& unmet)
{
	if constexpr (IsVectorRow<Mask>::value || IsVectorHalfRow<Mask>::value) {
		set_if(result.first_part(), mask.first_part(), condition, met.first_part(), unmet.first_part());
		set_if(result.second_part(), mask.second_part(), condition, met.second_part(), unmet.second_part());
	} else {
		typedef typename Mask::Arithmetic Arithmetic;
		constexpr bool is_signed = Arithmetic::is_signed;
		switch (condition) {
			case VectorIfCondition::greater:
				if constexpr (is_signed) {
					return Arithmetic::template select<condition_greater>(&result, &mask, &met, &unmet);
				} else {
					return Arithmetic::template select<condition_equal>(&result, &mask, &unmet, &met);
				}
			case VectorIfCondition::lesser:
				if constexpr (is_signed) {
					return Arithmetic::template select<condition_lesser>(&result, &mask, &met, &unmet);
				} else {
					return copy(&result, &unmet);
				}
			case VectorIfCondition::equal:
				return Arithmetic::template select<condition_equal>(&result, &mask, &met, &unmet);
			case VectorIfCondition::greater_equal:
				if constexpr (is_signed) {
					return Arithmetic::template select<condition_lesser>(&result, &mask, &unmet, &met);
				} else {
					return copy(&result, &met);
				}
			case VectorIfCondition::lesser_equal:
				if constexpr (is_signed) {
					return Arithmetic::template select<condition_greater>(&result, &mask, &unmet, &met);
				} else {
					return Arithmetic::template select<condition_equal>(&result, &mask, &met, &unmet);
				}
			case VectorIfCondition::unequal:
				return Arithmetic::template select<condition_equal>(&result, &mask, &unmet, &met);
		}
		exit(1);
	}
}

} // namespace detail

/// Elements of the first value where the element of the mask meets a condition against zero, else of the second one.
/// @param mask Vector, half row or row
/// @param condition The condition; ends the program with 1 if it is none
/// @param value_true, value_false Of the shape of the mask, with elements of its width
template <typename VectorMask, typename VectorValue>
LIBNUX_INLINE VectorValue vector_if(
    VectorMask const& mask,
    VectorIfCondition condition,
    VectorValue const& value_true,
    VectorValue const& value_false)
{
	static_assert(
	    sizeof(typename VectorMask::Element) == sizeof(typename VectorValue::Element),
	    "elements of mask and values have to have the same width");
	static_assert(VectorMask::size == VectorValue::size, "mask and values have to have the same number of elements");
	VectorValue result{detail::Unset{}};
	detail::set_if(result, mask, condition, value_true, value_false);
	return result;
}

} // namespace libnux::vx
