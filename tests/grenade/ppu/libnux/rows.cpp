// Half rows and rows: order of elements, operators, conversions, conditions and functions.
#include <cstdint>

#include "libnux/vx/testing.h"
#include "libnux/vx/vector_convert.h"
#include "libnux/vx/vector_if.h"
#include "libnux/vx/vector_math.h"
#include "libnux/vx/vector_row_math.h"

namespace {

/// A row with numbers that go up from column to column.
template <typename Row>
Row counting(int start, int step)
{
	Row row;
	for (size_t column = 0; column < Row::size; ++column) {
		row[column] = static_cast<typename Row::Element>(start + step * static_cast<int>(column));
	}
	return row;
}

/// Number of columns whose element is not what a function says.
template <typename Row, typename Function>
uint32_t differences(Row const& row, Function expected)
{
	uint32_t count = 0;
	for (size_t column = 0; column < Row::size; ++column) {
		count += row[column] != static_cast<typename Row::Element>(expected(static_cast<int>(column)));
	}
	return count;
}

int clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

} // namespace

TEST(Rows, Sizes)
{
	EXPECT_EQ(VectorMod8::size, 128u);
	EXPECT_EQ(VectorFracSat16::size, 64u);
	EXPECT_EQ(VectorHalfRowMod8::size, 128u);
	EXPECT_EQ(VectorHalfRowMod16::size, 128u);
	EXPECT_EQ(VectorRowMod8::size, 256u);
	EXPECT_EQ(VectorRowFracSat16::size, 256u);
	EXPECT_EQ(sizeof(VectorRowFracSat8), 256u);
	EXPECT_EQ(sizeof(VectorRowMod16), 512u);
	VectorRowMod8 local[2];
	EXPECT_EQ(reinterpret_cast<uintptr_t>(&local[1].odd) % 128, 0u);
}

TEST(Rows, OrderOfElements)
{
	VectorRowMod8 const bytes = counting<VectorRowMod8>(0, 1);
	EXPECT_EQ(bytes.even[1], 2);
	EXPECT_EQ(bytes.odd[127], 255);
	EXPECT_EQ(reinterpret_cast<uint8_t const*>(&bytes)[129], 3);
	VectorRowMod16 const halfwords = counting<VectorRowMod16>(0, 1);
	EXPECT_EQ(halfwords.even.left[63], 126);
	EXPECT_EQ(halfwords.even.right[0], 128);
	EXPECT_EQ(halfwords.odd.right[63], 255);
	EXPECT_EQ(halfwords.odd[64], 129);
}

TEST(Rows, Construction)
{
	VectorRowMod8 const zero;
	EXPECT_EQ(differences(zero, [](int) { return 0; }), 0u);
	VectorRowMod8 const implicit = 7;
	EXPECT_EQ(implicit, VectorRowMod8(VectorHalfRowMod8(7), VectorHalfRowMod8(7)));
	VectorHalfRowMod16 const half(VectorMod16(1), VectorMod16(2));
	EXPECT_EQ(half[63], 1);
	EXPECT_EQ(half[64], 2);
	VectorRowMod16 row(half, VectorHalfRowMod16(3));
	VectorRowMod16 const copy(row);
	row[255] = 9;
	EXPECT_NE(copy, row);
	row = copy;
	EXPECT_EQ(copy, row);
}

TEST(Rows, EqualityLooksAtEveryColumn)
{
	VectorRowMod16 const row = counting<VectorRowMod16>(100, 3);
	uint32_t unequal = 0;
	for (size_t column = 0; column < row.size; ++column) {
		VectorRowMod16 other(row);
		other[column] ^= 0x100;
		unequal += other != row && !(other == row);
	}
	EXPECT_EQ(unequal, 256u);
}

TEST(Rows, Operators)
{
	VectorRowMod8 const a = counting<VectorRowMod8>(0, 1);
	VectorRowMod8 const b = counting<VectorRowMod8>(7, 5);
	EXPECT_EQ(differences(a + b, [](int c) { return c + 7 + 5 * c; }), 0u);
	EXPECT_EQ(differences(a - b, [](int c) { return c - 7 - 5 * c; }), 0u);
	EXPECT_EQ(differences(a * b, [](int c) { return c * (7 + 5 * c); }), 0u);
	EXPECT_EQ(differences(-a, [](int c) { return -c; }), 0u);
	EXPECT_EQ(differences(a << 2, [](int c) { return c << 2; }), 0u);
	EXPECT_EQ(differences(a >> 2, [](int c) { return c >> 2; }), 0u);
	EXPECT_EQ(differences(3 - a, [](int c) { return 3 - c; }), 0u);
	EXPECT_EQ(differences(2 * a + 1, [](int c) { return 2 * c + 1; }), 0u);

	VectorRowFracSat16 const f = counting<VectorRowFracSat16>(-32768, 257);
	EXPECT_EQ(differences(f + f, [](int c) { return clamp(2 * (257 * c - 32768), -32768, 32767); }), 0u);
	EXPECT_EQ(differences(-f, [](int c) { return clamp(32768 - 257 * c, -32768, 32767); }), 0u);
	EXPECT_EQ(differences(f >> 3, [](int c) { return (257 * c - 32768) >> 3; }), 0u);
	EXPECT_EQ(
	    differences(f * f, [](int c) { return clamp((257 * c - 32768) * (257 * c - 32768) >> 15, 0, 32767); }), 0u);
	VectorRowFracSat16 g(f);
	g -= 1000;
	g *= f;
	g += f;
	g >>= 1;
	g <<= 1;
	EXPECT_EQ(differences(g,
	                      [](int c) {
		                      int const x = 257 * c - 32768;
		                      int y = clamp(x - 1000, -32768, 32767);
		                      y = clamp(y * x >> 15, -32768, 32767);
		                      return clamp(x + y, -32768, 32767) >> 1 << 1;
	                      }),
	          0u);
}

TEST(Rows, ConversionsOfTheSameWidth)
{
	VectorRowMod8 const a = counting<VectorRowMod8>(0, 1);
	VectorRowFracSat8 const f(a);
	EXPECT_EQ(differences(f, [](int c) { return c; }), 0u);
	EXPECT_EQ(static_cast<VectorRowMod8>(f), a);
	EXPECT_EQ(differences(a.convert_contiguous(), [](int c) { return c - 128; }), 0u);
	EXPECT_EQ(a.convert_contiguous().convert_contiguous(), a);
	VectorRowMod16 const b = counting<VectorRowMod16>(1, 257);
	EXPECT_EQ(differences(static_cast<VectorRowFracSat16>(b), [](int c) { return 1 + 257 * c; }), 0u);
	EXPECT_EQ(differences(b.convert_contiguous(), [](int c) { return 1 + 257 * c - 32768; }), 0u);
	EXPECT_EQ(b.convert_contiguous().convert_contiguous(), b);
	VectorHalfRowFracSat16 const half(b.odd);
	EXPECT_EQ(static_cast<VectorHalfRowMod16>(half), b.odd);
	EXPECT_EQ(half.convert_contiguous().convert_contiguous(), half);
}

TEST(Rows, ConversionsOfWidth)
{
	VectorRowMod8 const a = counting<VectorRowMod8>(0, 1);
	VectorRowMod16 const wide(a);
	// Slices of 16 bytes are unpacked: the first eight to the left, the others to the right.
	uint32_t misplaced = 0;
	for (size_t k = 0; k < 64; ++k) {
		size_t const byte = k / 8 * 16 + k % 8;
		misplaced += wide.even.left[k] != a.even[byte];
		misplaced += wide.even.right[k] != a.even[byte + 8];
		misplaced += wide.odd.left[k] != a.odd[byte];
		misplaced += wide.odd.right[k] != a.odd[byte + 8];
	}
	EXPECT_EQ(misplaced, 0u);
	EXPECT_EQ(static_cast<VectorRowMod8>(wide), a);
	EXPECT_EQ(static_cast<VectorRowMod8>(wide + 0x300), a);
	VectorRowFracSat8 const f(a);
	VectorRowFracSat16 const wide_f(f);
	EXPECT_EQ(wide_f.odd.right[3], f.odd[11] * 256);
	EXPECT_EQ(static_cast<VectorRowFracSat8>(wide_f), f);
	EXPECT_EQ(static_cast<VectorRowFracSat8>(wide_f + 255), f);
	EXPECT_EQ(static_cast<VectorRowFracSat8>(wide_f - 1), f - 1);
}

template <typename Mask, typename Value>
uint32_t wrong_choices(Mask const& mask, Value const& met, Value const& unmet)
{
	uint32_t wrong = 0;
	for (int condition = 0; condition < 6; ++condition) {
		Value const result = vector_if(mask, static_cast<VectorIfCondition>(condition), met, unmet);
		for (size_t index = 0; index < Mask::size; ++index) {
			auto const x = mask[index];
			bool const conditions[] = {x > 0, x < 0, x == 0, x >= 0, x <= 0, x != 0};
			wrong += result[index] != (conditions[condition] ? met[index] : unmet[index]);
		}
	}
	return wrong;
}

/// All conditions for a mask and values of all classes of its width.
template <template <typename> typename Shape, typename A, typename B>
void check_vector_if()
{
	Shape<A> mask;
	Shape<A> a;
	Shape<B> b;
	for (size_t index = 0; index < mask.size; ++index) {
		size_t const bits = 8 * sizeof(mask[0]);
		uint32_t const corners[] = {0, 1, 0x7fffffffu >> (32 - bits), 1u << (bits - 1), ~0u};
		mask[index] = static_cast<decltype(mask[index] + 0)>(index % 5 ? corners[index % 5] : index % 3);
		a[index] = static_cast<decltype(a[index] + 0)>(index);
		b[index] = static_cast<decltype(b[index] + 0)>(3 * index + 1);
	}
	EXPECT_EQ(wrong_choices(mask, a, a + 100), 0u);
	EXPECT_EQ(wrong_choices(mask, b, b + 100), 0u);
}

template <typename V>
using Itself = V;

TEST(VectorIf, Vectors)
{
	check_vector_if<Itself, VectorMod8, VectorFracSat8>();
	check_vector_if<Itself, VectorFracSat8, VectorMod8>();
	check_vector_if<Itself, VectorMod16, VectorFracSat16>();
	check_vector_if<Itself, VectorFracSat16, VectorMod16>();
}

TEST(VectorIf, HalfRows)
{
	check_vector_if<Itself, VectorHalfRowMod16, VectorHalfRowFracSat16>();
	check_vector_if<Itself, VectorHalfRowFracSat16, VectorHalfRowMod16>();
}

TEST(VectorIf, Rows)
{
	check_vector_if<VectorRow, VectorHalfRowMod8, VectorHalfRowFracSat8>();
	check_vector_if<VectorRow, VectorHalfRowFracSat8, VectorHalfRowMod8>();
	check_vector_if<VectorRow, VectorHalfRowMod16, VectorHalfRowFracSat16>();
	check_vector_if<VectorRow, VectorHalfRowFracSat16, VectorHalfRowMod16>();
}

TEST(Functions, Power)
{
	VectorRowMod16 const base = counting<VectorRowMod16>(0, 1);
	EXPECT_EQ(pow(base, 0), VectorRowMod16(1));
	EXPECT_EQ(pow(base, 1), base);
	EXPECT_EQ(differences(pow(base, 3), [](int c) { return c * c * c; }), 0u);
	EXPECT_EQ(pow(VectorRowFracSat8(64), 2), VectorRowFracSat8(32));
}

TEST(Functions, SaturateWeight)
{
	VectorRowFracSat8 const values = counting<VectorRowFracSat8>(-128, 1);
	EXPECT_EQ(differences(saturate_weight(values), [](int c) { return clamp(c - 128, 0, 63); }), 0u);
	VectorRowMod8 const positive = counting<VectorRowMod8>(0, 1);
	EXPECT_EQ(differences(saturate_weight(positive), [](int c) { return c >= 128 ? 0 : clamp(c, 0, 63); }), 0u);
}

TEST(Functions, PlainVectors)
{
	__vector uint8_t bytes = {0, 1, 127, 128, 255};
	__vector int8_t const signed_bytes = uint8_to_int8(bytes);
	EXPECT_EQ(signed_bytes[0], -128);
	EXPECT_EQ(signed_bytes[2], -1);
	EXPECT_EQ(signed_bytes[4], 127);
	EXPECT_EQ(int8_to_uint8(signed_bytes)[3], 128);
	__vector uint16_t halfwords = {0, 0x8000, 0xffff};
	EXPECT_EQ(uint16_to_int16(halfwords)[0], -32768);
	EXPECT_EQ(uint16_to_int16(halfwords)[2], 32767);
	EXPECT_EQ(int16_to_uint16(uint16_to_int16(halfwords))[1], 0x8000);
	__vector int8_t const a = {-100, 100, 5};
	__vector int8_t const b = {100, -100, 7};
	EXPECT_EQ(saturating_subtract(a, b)[0], -128);
	EXPECT_EQ(saturating_subtract(a, b)[1], 127);
	EXPECT_EQ(saturating_subtract(a, b)[2], -2);
}

int start()
{
	return RUN_ALL_TESTS();
}
