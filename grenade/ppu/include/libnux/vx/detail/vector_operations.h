// Operations on vectors of 128 bytes in memory, each in one assembly statement.
//
// A stock compiler knows nothing of the vector registers. So an operation loads its operands into registers 0 to 2,
// works there, stores the result and waits for it (`sync`: vector accesses run beside the scalar instructions). The
// memory operands tell the compiler what is read and written; no register of the vector unit keeps a value between two
// statements. Pointers need the alignment of a word only.
#pragma once

#include <s2pp_instructions.h>

#include <cstddef>
#include <cstdint>

#define LIBNUX_INLINE inline __attribute__((always_inline))

namespace libnux::vx::detail {

/// Contents of a vector register, for the memory operands of assembly statements.
struct __attribute__((may_alias)) Block
{
	uint32_t words[32];
};

LIBNUX_INLINE Block& block(void* vector)
{
	return *static_cast<Block*>(vector);
}

LIBNUX_INLINE Block const& block(void const* vector)
{
	return *static_cast<Block const*>(vector);
}

#define LIBNUX_RESULT_OPERAND [result_block] "=m"(block(result))
#define LIBNUX_LOAD(REGISTER, NAME) S2PP_FXVLAX(REGISTER, 0, %[NAME], 0)
#define LIBNUX_STORE(REGISTER, NAME) S2PP_FXVSTAX(REGISTER, 0, %[NAME], 0)
#define LIBNUX_SYNC "sync\n"

/// result = a
LIBNUX_INLINE void copy(void* result, void const* a)
{
	asm(LIBNUX_LOAD(0, a) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a));
}

/// Every byte of the result is the low byte of a value.
LIBNUX_INLINE void splat_byte(void* result, uint32_t value)
{
	asm(S2PP_FXVSPLATB(0, %[value]) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : [result] "r"(result), [value] "r"(value));
}

/// Every halfword of the result is the low halfword of a value.
LIBNUX_INLINE void splat_halfword(void* result, uint32_t value)
{
	asm(S2PP_FXVSPLATH(0, %[value]) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : [result] "r"(result), [value] "r"(value));
}

// Three spellings of an instruction with two operands: of vectors, with the same value in all elements of the second
// operand, and with the same value in all elements of the first one.
#define LIBNUX_BINARY(NAME, INSTRUCTION, SPLAT)                                                    \
	LIBNUX_INLINE void NAME(void* result, void const* a, void const* b)                           \
	{                                                                                              \
		asm(LIBNUX_LOAD(0, a) LIBNUX_LOAD(1, b) INSTRUCTION(2, 0, 1, 0) LIBNUX_STORE(2, result)    \
		        LIBNUX_SYNC                                                                        \
		    : LIBNUX_RESULT_OPERAND                                                                \
		    : "m"(block(a)), "m"(block(b)), [result] "r"(result), [a] "r"(a), [b] "r"(b));         \
	}                                                                                              \
	LIBNUX_INLINE void NAME##_value(void* result, void const* a, uint32_t value)                  \
	{                                                                                              \
		asm(LIBNUX_LOAD(0, a) SPLAT(1, %[value]) INSTRUCTION(2, 0, 1, 0) LIBNUX_STORE(2, result)   \
		        LIBNUX_SYNC                                                                        \
		    : LIBNUX_RESULT_OPERAND                                                                \
		    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [value] "r"(value));                \
	}                                                                                              \
	LIBNUX_INLINE void value_##NAME(void* result, uint32_t value, void const* b)                  \
	{                                                                                              \
		asm(SPLAT(0, %[value]) LIBNUX_LOAD(1, b) INSTRUCTION(2, 0, 1, 0) LIBNUX_STORE(2, result)   \
		        LIBNUX_SYNC                                                                        \
		    : LIBNUX_RESULT_OPERAND                                                                \
		    : "m"(block(b)), [result] "r"(result), [b] "r"(b), [value] "r"(value));                \
	}

LIBNUX_BINARY(add_byte_modulo, S2PP_FXVADDBM, S2PP_FXVSPLATB)
LIBNUX_BINARY(subtract_byte_modulo, S2PP_FXVSUBBM, S2PP_FXVSPLATB)
LIBNUX_BINARY(multiply_byte_modulo, S2PP_FXVMULBM, S2PP_FXVSPLATB)
LIBNUX_BINARY(add_byte_saturating, S2PP_FXVADDBFS, S2PP_FXVSPLATB)
LIBNUX_BINARY(subtract_byte_saturating, S2PP_FXVSUBBFS, S2PP_FXVSPLATB)
LIBNUX_BINARY(multiply_byte_fractional, S2PP_FXVMULBFS, S2PP_FXVSPLATB)
LIBNUX_BINARY(add_halfword_modulo, S2PP_FXVADDHM, S2PP_FXVSPLATH)
LIBNUX_BINARY(subtract_halfword_modulo, S2PP_FXVSUBHM, S2PP_FXVSPLATH)
LIBNUX_BINARY(multiply_halfword_modulo, S2PP_FXVMULHM, S2PP_FXVSPLATH)
LIBNUX_BINARY(add_halfword_saturating, S2PP_FXVADDHFS, S2PP_FXVSPLATH)
LIBNUX_BINARY(subtract_halfword_saturating, S2PP_FXVSUBHFS, S2PP_FXVSPLATH)
LIBNUX_BINARY(multiply_halfword_fractional, S2PP_FXVMULHFS, S2PP_FXVSPLATH)

#undef LIBNUX_BINARY

/// Shift bytes to the left by a constant, or logically to the right if it is negative: -15 to 15.
template <int num_bits>
LIBNUX_INLINE void shift_byte(void* result, void const* a)
{
	asm(LIBNUX_LOAD(0, a) S2PP_FXVSHB(1, 0, %[bits]) LIBNUX_STORE(1, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [bits] "i"(num_bits));
}

/// Shift halfwords to the left by a constant, or logically to the right if it is negative: -15 to 15.
template <int num_bits>
LIBNUX_INLINE void shift_halfword(void* result, void const* a)
{
	asm(LIBNUX_LOAD(0, a) S2PP_FXVSHH(1, 0, %[bits]) LIBNUX_STORE(1, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [bits] "i"(num_bits));
}

// The number of bits is part of a shift instruction. For one that is known only when the program runs, shifts by
// powers of two are done or skipped.
#define LIBNUX_SHIFT_STEP(MASK, INSTRUCTION, BITS)                                                 \
	"andi. 0, %[bits], " #MASK "\n"                                                                \
	"beq 1f\n" INSTRUCTION(0, 0, BITS) "1:\n"

/// Shift bytes logically to the right by 0 to 7 bits.
LIBNUX_INLINE void shift_right_byte(void* result, void const* a, uint32_t num_bits)
{
	asm(LIBNUX_LOAD(0, a) LIBNUX_SHIFT_STEP(1, S2PP_FXVSHB, -1) LIBNUX_SHIFT_STEP(2, S2PP_FXVSHB, -2)
	        LIBNUX_SHIFT_STEP(4, S2PP_FXVSHB, -4) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [bits] "r"(num_bits)
	    : "r0", "cr0");
}

/// Shift halfwords logically to the right by 0 to 15 bits.
LIBNUX_INLINE void shift_right_halfword(void* result, void const* a, uint32_t num_bits)
{
	asm(LIBNUX_LOAD(0, a) LIBNUX_SHIFT_STEP(1, S2PP_FXVSHH, -1) LIBNUX_SHIFT_STEP(2, S2PP_FXVSHH, -2)
	        LIBNUX_SHIFT_STEP(4, S2PP_FXVSHH, -4) LIBNUX_SHIFT_STEP(8, S2PP_FXVSHH, -8)
	            LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [bits] "r"(num_bits)
	    : "r0", "cr0");
}

#undef LIBNUX_SHIFT_STEP

// Left shift that keeps the sign bit: the low bits are moved by a product with a power of two and lose what would reach
// the sign bit, then the sign comes back by a sum. Takes 2 * 2^num_bits, which may be 0 for the largest shift.
#define LIBNUX_SHIFT_BELOW_SIGN(NAME, MULTIPLY, SHIFT, ADD, SPLAT, SIGN_BIT)                       \
	LIBNUX_INLINE void NAME(void* result, void const* a, uint32_t double_factor)                  \
	{                                                                                              \
		asm(LIBNUX_LOAD(0, a) SPLAT(1, %[factor]) MULTIPLY(1, 0, 1, 0) SHIFT(1, 1, -1)             \
		        SHIFT(0, 0, -SIGN_BIT) SHIFT(0, 0, SIGN_BIT) ADD(0, 0, 1, 0)                       \
		            LIBNUX_STORE(0, result) LIBNUX_SYNC                                            \
		    : LIBNUX_RESULT_OPERAND                                                                \
		    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [factor] "r"(double_factor));       \
	}

LIBNUX_SHIFT_BELOW_SIGN(
    shift_left_below_sign_byte, S2PP_FXVMULBM, S2PP_FXVSHB, S2PP_FXVADDBM, S2PP_FXVSPLATB, 7)
LIBNUX_SHIFT_BELOW_SIGN(
    shift_left_below_sign_halfword, S2PP_FXVMULHM, S2PP_FXVSHH, S2PP_FXVADDHM, S2PP_FXVSPLATH, 15)

#undef LIBNUX_SHIFT_BELOW_SIGN

/// Conditions of elements against zero, as instructions encode them.
enum Condition
{
	condition_always = 0,
	condition_greater = 1,
	condition_lesser = 2,
	condition_equal = 3
};

/// Bytes of `met` where the byte of the mask, compared with zero as a signed number, meets the condition; else `unmet`.
template <Condition condition>
LIBNUX_INLINE void select_byte(void* result, void const* mask, void const* met, void const* unmet)
{
	asm(LIBNUX_LOAD(0, mask) S2PP_FXVCMPB(0) LIBNUX_LOAD(1, unmet) LIBNUX_LOAD(2, met)
	        S2PP_FXVSEL(0, 1, 2, %[condition]) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(mask)), "m"(block(met)), "m"(block(unmet)), [result] "r"(result), [mask] "r"(mask),
	      [met] "r"(met), [unmet] "r"(unmet), [condition] "i"(condition));
}

/// Halfwords of `met` where the halfword of the mask meets the condition, else those of `unmet`.
template <Condition condition>
LIBNUX_INLINE void select_halfword(void* result, void const* mask, void const* met, void const* unmet)
{
	asm(LIBNUX_LOAD(0, mask) S2PP_FXVCMPH(0) LIBNUX_LOAD(1, unmet) LIBNUX_LOAD(2, met)
	        S2PP_FXVSEL(0, 1, 2, %[condition]) LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(mask)), "m"(block(met)), "m"(block(unmet)), [result] "r"(result), [mask] "r"(mask),
	      [met] "r"(met), [unmet] "r"(unmet), [condition] "i"(condition));
}

/// Signed bytes between 0 and a maximum: smaller ones become 0, larger ones the maximum, which is below 128.
LIBNUX_INLINE void clamp_byte(void* result, void const* a, uint32_t maximum)
{
	asm(LIBNUX_LOAD(0, a) S2PP_FXVSPLATB(1, %[zero]) S2PP_FXVSPLATB(2, %[maximum]) S2PP_FXVCMPB(0)
	        S2PP_FXVSEL(0, 0, 1, 2) S2PP_FXVSUBBM(1, 2, 0, 0) S2PP_FXVCMPB(1) S2PP_FXVSEL(0, 0, 2, 2)
	            LIBNUX_STORE(0, result) LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(a)), [result] "r"(result), [a] "r"(a), [zero] "r"(0), [maximum] "r"(maximum));
}

// Bytes to halfwords. Both instructions put the bytes of VRA into the high and those of VRB into the low half of
// halfwords; the left one takes the first eight bytes of a slice of 16, the right one the others.
LIBNUX_INLINE void widen_low(void* left, void* right, void const* a)
{
	asm(LIBNUX_LOAD(0, a) S2PP_FXVSPLATB(1, %[zero]) S2PP_FXVUPCKBL(2, 1, 0, 0) S2PP_FXVUPCKBR(0, 1, 0, 0)
	        LIBNUX_STORE(2, left) LIBNUX_STORE(0, right) LIBNUX_SYNC
	    : "=m"(block(left)), "=m"(block(right))
	    : "m"(block(a)), [left] "r"(left), [right] "r"(right), [a] "r"(a), [zero] "r"(0));
}

LIBNUX_INLINE void widen_high(void* left, void* right, void const* a)
{
	asm(LIBNUX_LOAD(0, a) S2PP_FXVSPLATB(1, %[zero]) S2PP_FXVUPCKBL(2, 0, 1, 0) S2PP_FXVUPCKBR(0, 0, 1, 0)
	        LIBNUX_STORE(2, left) LIBNUX_STORE(0, right) LIBNUX_SYNC
	    : "=m"(block(left)), "=m"(block(right))
	    : "m"(block(a)), [left] "r"(left), [right] "r"(right), [a] "r"(a), [zero] "r"(0));
}

/// Low bytes of the halfwords.
LIBNUX_INLINE void narrow_low(void* result, void const* left, void const* right)
{
	asm(LIBNUX_LOAD(0, left) LIBNUX_LOAD(1, right) S2PP_FXVPCKBL(2, 0, 1, 0) LIBNUX_STORE(2, result)
	        LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(left)), "m"(block(right)), [result] "r"(result), [left] "r"(left), [right] "r"(right));
}

/// High bytes of the halfwords.
LIBNUX_INLINE void narrow_high(void* result, void const* left, void const* right)
{
	asm(LIBNUX_LOAD(0, left) LIBNUX_LOAD(1, right) S2PP_FXVPCKBU(2, 0, 1, 0) LIBNUX_STORE(2, result)
	        LIBNUX_SYNC
	    : LIBNUX_RESULT_OPERAND
	    : "m"(block(left)), "m"(block(right)), [result] "r"(result), [left] "r"(left), [right] "r"(right));
}

/// Whether two vectors have the same bytes.
LIBNUX_INLINE bool equal(void const* a, void const* b)
{
	for (size_t word = 0; word < 32; ++word) {
		if (block(a).words[word] != block(b).words[word]) {
			return false;
		}
	}
	return true;
}

// Vector IO. These statements are volatile, and nothing in memory is taken for unchanged across them: the external
// memory is reached this way, too.

/// Read a vector from an address of the vector IO.
LIBNUX_INLINE void in(void* result, uint32_t address)
{
	asm volatile(S2PP_FXVINX(0, 0, %[address], 0) LIBNUX_STORE(0, result) LIBNUX_SYNC
	             : LIBNUX_RESULT_OPERAND
	             : [result] "r"(result), [address] "r"(address)
	             : "memory");
}

/// Read two vectors from two addresses, the first one first.
LIBNUX_INLINE void in_two(void* first, void* second, uint32_t first_address, uint32_t second_address)
{
	asm volatile(S2PP_FXVINX(0, 0, %[first_address], 0) S2PP_FXVINX(1, 0, %[second_address], 0)
	                 LIBNUX_STORE(0, first) LIBNUX_STORE(1, second) LIBNUX_SYNC
	             : "=m"(block(first)), "=m"(block(second))
	             : [first] "r"(first), [second] "r"(second), [first_address] "r"(first_address),
	               [second_address] "r"(second_address)
	             : "memory");
}

/// Write a vector to an address of the vector IO.
LIBNUX_INLINE void out(void const* a, uint32_t address)
{
	asm volatile(LIBNUX_LOAD(0, a) S2PP_FXVOUTX(0, 0, %[address], 0) LIBNUX_SYNC
	             :
	             : "m"(block(a)), [a] "r"(a), [address] "r"(address)
	             : "memory");
}

/// Write the bytes of a vector for which the signed byte of a mask is greater than zero.
LIBNUX_INLINE void out_masked(void const* a, void const* mask, uint32_t address)
{
	asm volatile(LIBNUX_LOAD(0, mask) S2PP_FXVCMPB(0) LIBNUX_LOAD(1, a) S2PP_FXVOUTX(1, 0, %[address], 1)
	                 LIBNUX_SYNC
	             :
	             : "m"(block(a)), "m"(block(mask)), [a] "r"(a), [mask] "r"(mask), [address] "r"(address)
	             : "memory");
}

/// Write the same byte everywhere.
LIBNUX_INLINE void out_value(uint32_t value, uint32_t address)
{
	asm volatile(S2PP_FXVSPLATB(0, %[value]) S2PP_FXVOUTX(0, 0, %[address], 0) LIBNUX_SYNC
	             :
	             : [value] "r"(value), [address] "r"(address)
	             : "memory");
}

} // namespace libnux::vx::detail
