// Functions named after the vector instructions, as s2pp.h has them.
//
// Values are `__vector` types in memory; the accumulator and the condition flags stay in the vector unit from one
// statement to the next, so these statements are volatile. Names without b or h choose by the element of the first
// operand. In the forms with `_c` the last argument is COND, a constant; for bytes that do not meet it the result has
// those of the first operand.
#pragma once

#include <utility>

#include "libnux/vx/detail/vector_operations.h"

namespace libnux::vx::detail::builtins {

template <typename V>
constexpr bool has_bytes = sizeof(std::declval<V&>()[0]) == 1;

/// Vector with all elements equal.
template <typename V>
LIBNUX_INLINE V splat(uint32_t value)
{
	V result;
	if constexpr (has_bytes<V>) {
		splat_byte(&result, value);
	} else {
		splat_halfword(&result, value);
	}
	return result;
}

template <typename V>
LIBNUX_INLINE V load(uintptr_t address)
{
	V result;
	copy(&result, reinterpret_cast<void const*>(address));
	return result;
}

template <typename V>
LIBNUX_INLINE void store(V const& value, uintptr_t address)
{
	copy(reinterpret_cast<void*>(address), &value);
}

template <int cond, typename V>
LIBNUX_INLINE V in_conditional(uint32_t address)
{
	V result;
	asm volatile(S2PP_FXVINX(0, 0, %[address], %[cond]) LIBNUX_STORE(0, result) LIBNUX_SYNC
	             : "=m"(block(&result))
	             : [result] "r"(&result), [address] "r"(address), [cond] "i"(cond)
	             : "memory");
	return result;
}

template <int cond, typename V>
LIBNUX_INLINE void out_conditional(V const& a, uint32_t address)
{
	asm volatile(LIBNUX_LOAD(0, a) S2PP_FXVOUTX(0, 0, %[address], %[cond]) LIBNUX_SYNC
	             :
	             : "m"(block(&a)), [a] "r"(&a), [address] "r"(address), [cond] "i"(cond)
	             : "memory");
}

// Result of two vectors; with `accumulator` in the instruction's meaning also of that.
#define LIBNUX_RESULT_OF_TWO(NAME, INSTRUCTION)                                                    \
	template <int cond, typename V, typename W>                                                    \
	LIBNUX_INLINE V NAME(V const& a, W const& b)                                                  \
	{                                                                                              \
		V result;                                                                                  \
		asm volatile(LIBNUX_LOAD(0, a) LIBNUX_LOAD(1, b) INSTRUCTION(0, 0, 1, %[cond])             \
		                 LIBNUX_STORE(0, result) LIBNUX_SYNC                                       \
		             : "=m"(block(&result))                                                        \
		             : "m"(block(&a)), "m"(block(&b)), [result] "r"(&result), [a] "r"(&a),         \
		               [b] "r"(&b), [cond] "i"(cond));                                             \
		return result;                                                                             \
	}

// Result of a vector and the accumulator.
#define LIBNUX_RESULT_OF_ONE(NAME, INSTRUCTION)                                                    \
	template <int cond, typename V>                                                                \
	LIBNUX_INLINE V NAME(V const& a)                                                              \
	{                                                                                              \
		V result;                                                                                  \
		asm volatile(LIBNUX_LOAD(0, a) INSTRUCTION(0, 0, %[cond]) LIBNUX_STORE(0, result)          \
		                 LIBNUX_SYNC                                                               \
		             : "=m"(block(&result))                                                        \
		             : "m"(block(&a)), [result] "r"(&result), [a] "r"(&a), [cond] "i"(cond));      \
		return result;                                                                             \
	}

// Two vectors to the accumulator.
#define LIBNUX_ACCUMULATOR_OF_TWO(NAME, INSTRUCTION)                                               \
	template <int cond, typename V, typename W>                                                    \
	LIBNUX_INLINE void NAME(V const& a, W const& b)                                               \
	{                                                                                              \
		asm volatile(LIBNUX_LOAD(0, a) LIBNUX_LOAD(1, b) INSTRUCTION(0, 1, %[cond]) LIBNUX_SYNC    \
		             :                                                                             \
		             : "m"(block(&a)), "m"(block(&b)), [a] "r"(&a), [b] "r"(&b), [cond] "i"(cond)); \
	}

// A vector to the accumulator.
#define LIBNUX_ACCUMULATOR_OF_ONE(NAME, INSTRUCTION)                                               \
	template <int cond, typename V>                                                                \
	LIBNUX_INLINE void NAME(V const& a)                                                           \
	{                                                                                              \
		asm volatile(LIBNUX_LOAD(0, a) INSTRUCTION(0, %[cond]) LIBNUX_SYNC                         \
		             :                                                                             \
		             : "m"(block(&a)), [a] "r"(&a), [cond] "i"(cond));                             \
	}

// The name without b or h.
#define LIBNUX_BY_ELEMENT_OF_TWO(NAME, BYTE, HALFWORD)                                             \
	template <int cond, typename V, typename W>                                                    \
	LIBNUX_INLINE auto NAME(V const& a, W const& b)                                               \
	{                                                                                              \
		if constexpr (has_bytes<V>) {                                                              \
			return BYTE<cond>(a, b);                                                               \
		} else {                                                                                   \
			return HALFWORD<cond>(a, b);                                                           \
		}                                                                                          \
	}
#define LIBNUX_BY_ELEMENT_OF_ONE(NAME, BYTE, HALFWORD)                                             \
	template <int cond, typename V>                                                                \
	LIBNUX_INLINE auto NAME(V const& a)                                                           \
	{                                                                                              \
		if constexpr (has_bytes<V>) {                                                              \
			return BYTE<cond>(a);                                                                  \
		} else {                                                                                   \
			return HALFWORD<cond>(a);                                                              \
		}                                                                                          \
	}

#define LIBNUX_FAMILY(SHAPE, ARITY, NAME, BYTE, BYTE_INSTRUCTION, HALFWORD, HALFWORD_INSTRUCTION)  \
	LIBNUX_##SHAPE(BYTE, BYTE_INSTRUCTION) LIBNUX_##SHAPE(HALFWORD, HALFWORD_INSTRUCTION)          \
	    LIBNUX_BY_ELEMENT_OF_##ARITY(NAME, BYTE, HALFWORD)

LIBNUX_FAMILY(RESULT_OF_TWO, TWO, addm, addbm, S2PP_FXVADDBM, addhm, S2PP_FXVADDHM)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, addfs, addbfs, S2PP_FXVADDBFS, addhfs, S2PP_FXVADDHFS)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, subm, subbm, S2PP_FXVSUBBM, subhm, S2PP_FXVSUBHM)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, subfs, subbfs, S2PP_FXVSUBBFS, subhfs, S2PP_FXVSUBHFS)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, mulm, mulbm, S2PP_FXVMULBM, mulhm, S2PP_FXVMULHM)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, mulfs, mulbfs, S2PP_FXVMULBFS, mulhfs, S2PP_FXVMULHFS)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, mam, mabm, S2PP_FXVMABM, mahm, S2PP_FXVMAHM)
LIBNUX_FAMILY(RESULT_OF_TWO, TWO, mafs, mabfs, S2PP_FXVMABFS, mahfs, S2PP_FXVMAHFS)
LIBNUX_FAMILY(RESULT_OF_ONE, ONE, addacm, addacbm, S2PP_FXVADDACBM, addachm, S2PP_FXVADDACHM)
LIBNUX_FAMILY(RESULT_OF_ONE, ONE, addacfs, addacbfs, S2PP_FXVADDACBFS, addachfs, S2PP_FXVADDACHFS)
LIBNUX_FAMILY(ACCUMULATOR_OF_TWO, TWO, matacm, matacbm, S2PP_FXVMATACBM, matachm, S2PP_FXVMATACHM)
LIBNUX_FAMILY(ACCUMULATOR_OF_TWO, TWO, matacfs, matacbfs, S2PP_FXVMATACBFS, matachfs, S2PP_FXVMATACHFS)
LIBNUX_FAMILY(ACCUMULATOR_OF_TWO, TWO, multacm, multacbm, S2PP_FXVMULTACBM, multachm, S2PP_FXVMULTACHM)
LIBNUX_FAMILY(
    ACCUMULATOR_OF_TWO, TWO, multacfs, multacbfs, S2PP_FXVMULTACBFS, multachfs, S2PP_FXVMULTACHFS)
LIBNUX_FAMILY(ACCUMULATOR_OF_TWO, TWO, addtac, addtacb, S2PP_FXVADDTACB, addtach, S2PP_FXVADDTACH)
LIBNUX_FAMILY(ACCUMULATOR_OF_ONE, ONE, mtac, mtacb, S2PP_FXVMTACB, mtach, S2PP_FXVMTACH)
LIBNUX_FAMILY(ACCUMULATOR_OF_ONE, ONE, mtacf, mtacbf, S2PP_FXVMTACBF, mtachf, S2PP_FXVMTACHF)
LIBNUX_FAMILY(
    ACCUMULATOR_OF_ONE, ONE, addactacm, addactacbm, S2PP_FXVADDACTACBM, addactachm, S2PP_FXVADDACTACHM)
LIBNUX_FAMILY(
    ACCUMULATOR_OF_ONE, ONE, addactacf, addactacbf, S2PP_FXVADDACTACBF, addactachf, S2PP_FXVADDACTACHF)
LIBNUX_RESULT_OF_TWO(sel, S2PP_FXVSEL)
LIBNUX_RESULT_OF_TWO(pckbu, S2PP_FXVPCKBU)
LIBNUX_RESULT_OF_TWO(pckbl, S2PP_FXVPCKBL)
LIBNUX_RESULT_OF_TWO(upckbl, S2PP_FXVUPCKBL)
LIBNUX_RESULT_OF_TWO(upckbr, S2PP_FXVUPCKBR)

#undef LIBNUX_RESULT_OF_TWO
#undef LIBNUX_RESULT_OF_ONE
#undef LIBNUX_ACCUMULATOR_OF_TWO
#undef LIBNUX_ACCUMULATOR_OF_ONE
#undef LIBNUX_BY_ELEMENT_OF_TWO
#undef LIBNUX_BY_ELEMENT_OF_ONE
#undef LIBNUX_FAMILY

/// Set the condition flags by comparing the elements with zero.
template <bool bytes, typename V>
LIBNUX_INLINE void compare(V const& a)
{
	if constexpr (bytes) {
		asm volatile(LIBNUX_LOAD(0, a) S2PP_FXVCMPB(0) LIBNUX_SYNC : : "m"(block(&a)), [a] "r"(&a));
	} else {
		asm volatile(LIBNUX_LOAD(0, a) S2PP_FXVCMPH(0) LIBNUX_SYNC : : "m"(block(&a)), [a] "r"(&a));
	}
}

template <typename V>
LIBNUX_INLINE void compare(V const& a)
{
	compare<has_bytes<V>>(a);
}

/// Shift elements by a constant, to the right if it is negative.
template <int num_bits, bool bytes, typename V>
LIBNUX_INLINE V shift(V const& a)
{
	V result;
	if constexpr (bytes) {
		shift_byte<num_bits>(&result, &a);
	} else {
		shift_halfword<num_bits>(&result, &a);
	}
	return result;
}

} // namespace libnux::vx::detail::builtins

#define LIBNUX_BUILTIN(NAME) ::libnux::vx::detail::builtins::NAME

#define vec_splat_u8(x) LIBNUX_BUILTIN(splat)<__vector uint8_t>(x)
#define vec_splat_s8(x) LIBNUX_BUILTIN(splat)<__vector int8_t>(x)
#define vec_splat_u16(x) LIBNUX_BUILTIN(splat)<__vector uint16_t>(x)
#define vec_splat_s16(x) LIBNUX_BUILTIN(splat)<__vector int16_t>(x)
#define fxv_splatb(x) vec_splat_s8(x)
#define fxv_splath(x) vec_splat_s16(x)

#include "libnux/vx/detail/vector_builtin_names.h"
