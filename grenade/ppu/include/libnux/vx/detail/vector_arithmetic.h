// The four kinds of arithmetic on vector elements, as tables of operations on memory.
#pragma once

#include <s2pp.h>

#include "libnux/vx/detail/vector_operations.h"

namespace libnux::vx::detail {

struct FractionalByte;
struct FractionalHalfword;

/// A shift by a number that the compiler knows becomes one instruction: `switch` folds to its case.
#define LIBNUX_CONSTANT_SHIFT(WIDTH, SIGN)                                                         \
	case 1: return shift_##WIDTH<SIGN 1>(result, a);                                               \
	case 2: return shift_##WIDTH<SIGN 2>(result, a);                                               \
	case 3: return shift_##WIDTH<SIGN 3>(result, a);                                               \
	case 4: return shift_##WIDTH<SIGN 4>(result, a);                                               \
	case 5: return shift_##WIDTH<SIGN 5>(result, a);                                               \
	case 6: return shift_##WIDTH<SIGN 6>(result, a);                                               \
	case 7: return shift_##WIDTH<SIGN 7>(result, a);

/// Bytes modulo 2^8.
struct ModuloByte
{
	typedef uint8_t Element;
	typedef __vector uint8_t Data;
	typedef FractionalByte Counterpart; ///< of the same width
	constexpr static int width = 8;
	constexpr static bool is_signed = false;

	static LIBNUX_INLINE void splat(void* result, Element value) { splat_byte(result, value); }

#define LIBNUX_OPERATION(NAME, OPERATION)                                                          \
	static LIBNUX_INLINE void NAME(void* result, void const* a, void const* b)                    \
	{                                                                                              \
		OPERATION(result, a, b);                                                                   \
	}                                                                                              \
	static LIBNUX_INLINE void NAME(void* result, void const* a, Element b)                        \
	{                                                                                              \
		OPERATION##_value(result, a, b);                                                           \
	}                                                                                              \
	static LIBNUX_INLINE void NAME(void* result, Element a, void const* b)                        \
	{                                                                                              \
		value_##OPERATION(result, a, b);                                                           \
	}

	LIBNUX_OPERATION(add, add_byte_modulo)
	LIBNUX_OPERATION(subtract, subtract_byte_modulo)
	LIBNUX_OPERATION(multiply, multiply_byte_modulo)

	/// To the left by 1 to 7 bits.
	static LIBNUX_INLINE void shift_left(void* result, void const* a, int num_bits)
	{
		if (__builtin_constant_p(num_bits)) {
			switch (num_bits) {
				LIBNUX_CONSTANT_SHIFT(byte, )
			}
		}
		multiply_byte_modulo_value(result, a, 1u << num_bits);
	}

	/// To the right by 1 to 7 bits, without regard to the sign.
	static LIBNUX_INLINE void shift_right_logical(void* result, void const* a, int num_bits)
	{
		if (__builtin_constant_p(num_bits)) {
			switch (num_bits) {
				LIBNUX_CONSTANT_SHIFT(byte, -)
			}
		}
		shift_right_byte(result, a, num_bits);
	}

	static LIBNUX_INLINE void shift_right(void* result, void const* a, int num_bits)
	{
		shift_right_logical(result, a, num_bits);
	}

	template <Condition condition>
	static LIBNUX_INLINE void select(void* result, void const* mask, void const* met, void const* unmet)
	{
		select_byte<condition>(result, mask, met, unmet);
	}
};

/// Signed bytes that saturate and are taken for fractions of 128.
struct FractionalByte
{
	typedef int8_t Element;
	typedef __vector int8_t Data;
	typedef ModuloByte Counterpart;
	constexpr static int width = 8;
	constexpr static bool is_signed = true;

	static LIBNUX_INLINE void splat(void* result, Element value) { splat_byte(result, value); }

	LIBNUX_OPERATION(add, add_byte_saturating)
	LIBNUX_OPERATION(subtract, subtract_byte_saturating)
	LIBNUX_OPERATION(multiply, multiply_byte_fractional)

	/// To the left by 1 to 7 bits: the sign stays, what reaches it is lost.
	static LIBNUX_INLINE void shift_left(void* result, void const* a, int num_bits)
	{
		shift_left_below_sign_byte(result, a, 2u << num_bits);
	}

	/// To the right by 1 to 7 bits, towards minus infinity, as product with a fraction.
	static LIBNUX_INLINE void shift_right(void* result, void const* a, int num_bits)
	{
		multiply_byte_fractional_value(result, a, 1u << (7 - num_bits));
	}

	static LIBNUX_INLINE void shift_right_logical(void* result, void const* a, int num_bits)
	{
		ModuloByte::shift_right_logical(result, a, num_bits);
	}

	template <Condition condition>
	static LIBNUX_INLINE void select(void* result, void const* mask, void const* met, void const* unmet)
	{
		select_byte<condition>(result, mask, met, unmet);
	}
};

/// Halfwords modulo 2^16.
struct ModuloHalfword
{
	typedef uint16_t Element;
	typedef __vector uint16_t Data;
	typedef FractionalHalfword Counterpart;
	constexpr static int width = 16;
	constexpr static bool is_signed = false;

	static LIBNUX_INLINE void splat(void* result, Element value) { splat_halfword(result, value); }

	LIBNUX_OPERATION(add, add_halfword_modulo)
	LIBNUX_OPERATION(subtract, subtract_halfword_modulo)
	LIBNUX_OPERATION(multiply, multiply_halfword_modulo)

#define LIBNUX_CONSTANT_SHIFT_HIGH(SIGN)                                                           \
	case 8: return shift_halfword<SIGN 8>(result, a);                                              \
	case 9: return shift_halfword<SIGN 9>(result, a);                                              \
	case 10: return shift_halfword<SIGN 10>(result, a);                                            \
	case 11: return shift_halfword<SIGN 11>(result, a);                                            \
	case 12: return shift_halfword<SIGN 12>(result, a);                                            \
	case 13: return shift_halfword<SIGN 13>(result, a);                                            \
	case 14: return shift_halfword<SIGN 14>(result, a);                                            \
	case 15: return shift_halfword<SIGN 15>(result, a);

	/// To the left by 1 to 15 bits.
	static LIBNUX_INLINE void shift_left(void* result, void const* a, int num_bits)
	{
		if (__builtin_constant_p(num_bits)) {
			switch (num_bits) {
				LIBNUX_CONSTANT_SHIFT(halfword, )
				LIBNUX_CONSTANT_SHIFT_HIGH()
			}
		}
		multiply_halfword_modulo_value(result, a, 1u << num_bits);
	}

	/// To the right by 1 to 15 bits, without regard to the sign.
	static LIBNUX_INLINE void shift_right_logical(void* result, void const* a, int num_bits)
	{
		if (__builtin_constant_p(num_bits)) {
			switch (num_bits) {
				LIBNUX_CONSTANT_SHIFT(halfword, -)
				LIBNUX_CONSTANT_SHIFT_HIGH(-)
			}
		}
		shift_right_halfword(result, a, num_bits);
	}

	static LIBNUX_INLINE void shift_right(void* result, void const* a, int num_bits)
	{
		shift_right_logical(result, a, num_bits);
	}

	template <Condition condition>
	static LIBNUX_INLINE void select(void* result, void const* mask, void const* met, void const* unmet)
	{
		select_halfword<condition>(result, mask, met, unmet);
	}
};

/// Signed halfwords that saturate and are taken for fractions of 32768.
struct FractionalHalfword
{
	typedef int16_t Element;
	typedef __vector int16_t Data;
	typedef ModuloHalfword Counterpart;
	constexpr static int width = 16;
	constexpr static bool is_signed = true;

	static LIBNUX_INLINE void splat(void* result, Element value) { splat_halfword(result, value); }

	LIBNUX_OPERATION(add, add_halfword_saturating)
	LIBNUX_OPERATION(subtract, subtract_halfword_saturating)
	LIBNUX_OPERATION(multiply, multiply_halfword_fractional)

	/// To the left by 1 to 15 bits: the sign stays, what reaches it is lost.
	static LIBNUX_INLINE void shift_left(void* result, void const* a, int num_bits)
	{
		shift_left_below_sign_halfword(result, a, 2u << num_bits);
	}

	/// To the right by 1 to 15 bits, towards minus infinity, as product with a fraction.
	static LIBNUX_INLINE void shift_right(void* result, void const* a, int num_bits)
	{
		multiply_halfword_fractional_value(result, a, 1u << (15 - num_bits));
	}

	static LIBNUX_INLINE void shift_right_logical(void* result, void const* a, int num_bits)
	{
		ModuloHalfword::shift_right_logical(result, a, num_bits);
	}

	template <Condition condition>
	static LIBNUX_INLINE void select(void* result, void const* mask, void const* met, void const* unmet)
	{
		select_halfword<condition>(result, mask, met, unmet);
	}
};

#undef LIBNUX_OPERATION
#undef LIBNUX_CONSTANT_SHIFT
#undef LIBNUX_CONSTANT_SHIFT_HIGH

} // namespace libnux::vx::detail
