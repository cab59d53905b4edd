// Vector types and functions of s2pp.h in every place where programs use them.
#include <cstdint>

#include <s2pp.h>

#include "libnux/vx/fxv.h"
#include "libnux/vx/testing.h"

typedef __vector uint8_t bytes_type;
using halfwords_type = __vector int16_t;

struct Members
{
	__vector int8_t member;
	__vector uint8_t pair[2];
};

__vector uint8_t global = {9, 8, 7};
static __vector uint16_t const constant = {1, 2, 3, 0xffff};
__vector uint8_t results[2];

namespace {

__vector uint8_t by_value(__vector uint8_t value)
{
	value[0] += 1;
	return value;
}

void by_pointer(__vector uint8_t const* from, __vector uint8_t* to)
{
	*to = *from;
	(*to)[1] = (*from)[2];
}

uint8_t by_reference(__vector uint8_t const& value, size_t index)
{
	return value[index];
}

} // namespace

TEST(Types, Places)
{
	static_assert(sizeof(bytes_type) == 128 && sizeof(halfwords_type) == 128);
	static_assert(sizeof(Members) == 3 * 128);
	EXPECT_EQ(by_value(global)[0], 10);
	EXPECT_EQ(global[0], 9);
	EXPECT_EQ(constant[3], 0xffff);
	by_pointer(&global, results);
	EXPECT_EQ(results[0][1], 7);
	EXPECT_EQ(by_reference(results[0], 2), 7);
	EXPECT_EQ(by_reference(results[0], 127), 0);
	__vector int8_t const cast = (__vector int8_t) vec_splat_u8(255);
	EXPECT_EQ(cast[77], -1);
	Members members = {cast, {global, global}};
	members.pair[1][5] = 3;
	EXPECT_EQ(members.pair[1][5], 3);
	__vector uint8_t* const allocated = new __vector uint8_t[2];
	allocated[1] = members.pair[1];
	EXPECT_EQ(allocated[1][5], 3);
	auto const lambda = [](__vector uint8_t value) { return value[2]; };
	EXPECT_EQ(lambda(global), 7);
	// Halfwords have their high byte first.
	EXPECT_EQ(((__vector uint8_t) constant)[3], 2);
}

TEST(Functions, Splats)
{
	EXPECT_EQ(vec_splat_u8(200)[127], 200);
	EXPECT_EQ(vec_splat_s8(-3)[0], -3);
	EXPECT_EQ(vec_splat_u16(0x1234)[63], 0x1234);
	EXPECT_EQ(vec_splat_s16(-300)[1], -300);
	EXPECT_EQ(fxv_splatb(5)[9], 5);
	EXPECT_EQ(fxv_splath(-5)[9], -5);
	EXPECT_EQ(vec_splats(uint16_t(7))[3], 7);
	EXPECT_EQ(vec_promote(uint8_t(6), 2)[2], 6);
	EXPECT_EQ(vec_insert(4, global, 5)[5], 4);
	EXPECT_EQ(vec_extract(global, 1), 8);
	EXPECT_EQ(vec_step(constant), 64u);
}

TEST(Functions, Arithmetic)
{
	__vector int8_t const a = vec_splat_s8(100);
	__vector int8_t const b = vec_splat_s8(50);
	EXPECT_EQ(vec_add(a, b)[3], int8_t(150));
	EXPECT_EQ(fxv_addfs(a, b)[3], 127);
	EXPECT_EQ(vec_sub(b, a)[3], -50);
	EXPECT_EQ(fxv_subfs(vec_splat_s8(-100), a)[3], -128);
	EXPECT_EQ(vec_mul(b, b)[3], int8_t(2500));
	EXPECT_EQ(fxv_mulfs(a, b)[3], 100 * 50 / 128);
	__vector int16_t const c = vec_splat_s16(20000);
	EXPECT_EQ(fxv_add(c, c)[3], int16_t(40000));
	EXPECT_EQ(fxv_addhfs(c, c)[3], 32767);
	EXPECT_EQ(fxv_mulfs(c, c)[3], 20000 * 20000 / 32768);
	EXPECT_EQ(fxv_addbm_c(c, c, 0)[3], int16_t(0x9c40));
	EXPECT_EQ(fxv_subhm_c(c, c, 0)[3], 0);
}

TEST(Functions, Conditions)
{
	__vector int8_t values = {5, -5, 0};
	__vector int8_t const ones = vec_splat_s8(1);
	fxv_cmp(values);
	EXPECT_EQ(fxv_sel_gt(values, ones)[0], 1);
	EXPECT_EQ(fxv_sel_gt(values, ones)[1], -5);
	EXPECT_EQ(fxv_sel_lt(values, ones)[1], 1);
	EXPECT_EQ(fxv_sel_eq(values, ones)[2], 1);
	EXPECT_EQ(fxv_sel(values, ones, 0)[1], 1);
	// Bytes that do not meet the condition keep the first operand.
	__vector int8_t const sum = fxv_addm_c(values, ones, __C_LT);
	EXPECT_EQ(sum[0], 5);
	EXPECT_EQ(sum[1], -4);
	EXPECT_EQ(sum[2], 0);
	__vector int16_t const wide = {-300, 300};
	fxv_cmp(wide);
	EXPECT_EQ(fxv_mulhfs_c(wide, wide, __C_GT)[0], -300);
	EXPECT_EQ(fxv_mulhfs_c(wide, wide, __C_GT)[1], 300 * 300 / 32768);
	fxv_cmpb(wide);
	EXPECT_EQ(fxv_sel_lt(vec_splat_u8(0), vec_splat_u8(1))[0], 1);
	EXPECT_EQ(fxv_sel_lt(vec_splat_u8(0), vec_splat_u8(1))[3], 0);
	fxv_cmph(wide);
	EXPECT_EQ(fxv_sel_lt(vec_splat_u8(0), vec_splat_u8(1))[1], 1);
}

TEST(Functions, Shifts)
{
	__vector uint8_t const a = vec_splat_u8(0x81);
	EXPECT_EQ(vec_shl(a)[0], 0x02);
	EXPECT_EQ(vec_shr(a)[0], 0x40);
	EXPECT_EQ(fxv_sh(a, 4)[0], 0x10);
	EXPECT_EQ(fxv_shb(a, -7)[0], 0x01);
	__vector uint16_t const b = vec_splat_u16(0x8001);
	EXPECT_EQ(vec_shl(b)[0], 0x0002);
	EXPECT_EQ(fxv_shh(b, -15)[0], 1);
	EXPECT_EQ(fxv_shrh(b)[0], 0x4000);
	EXPECT_EQ(fxv_shlb(b)[0], 0x0002);
}

TEST(Functions, Packing)
{
	__vector uint16_t const left = vec_splat_u16(0x1234);
	__vector uint16_t const right = vec_splat_u16(0xabcd);
	__vector uint8_t const upper = (__vector uint8_t) fxv_pckbu(left, right);
	EXPECT_EQ(upper[7], 0x12);
	EXPECT_EQ(upper[8], 0xab);
	__vector uint8_t const lower = (__vector uint8_t) fxv_pckbl(left, right);
	EXPECT_EQ(lower[16], 0x34);
	EXPECT_EQ(lower[31], 0xcd);
	// With a size of 1 the parts have 7 bits.
	EXPECT_EQ(((__vector uint8_t) fxv_pckbu_c(left, right, 1))[8], 0xab >> 1);
	EXPECT_EQ(((__vector uint16_t) fxv_upckbl(upper, lower))[0], 0x1234);
	EXPECT_EQ(((__vector uint16_t) fxv_upckbr(upper, lower))[63], 0xabcd);
}

TEST(Functions, Accumulator)
{
	__vector int16_t const zero = vec_splat_s16(0);
	__vector int16_t const a = vec_splat_s16(300);
	__vector int16_t const b = vec_splat_s16(-7);
	fxv_mtac(a);
	EXPECT_EQ(fxv_addacm(zero)[0], 300);
	EXPECT_EQ(fxv_mam(a, b)[5], -1800);
	fxv_matacm(a, b);
	EXPECT_EQ(fxv_addacm(zero)[63], -1800);
	fxv_addactacm(a);
	EXPECT_EQ(fxv_addachm(a)[1], -1200);
	fxv_multacfs(vec_splat_s16(16384), vec_splat_s16(16384));
	EXPECT_EQ(fxv_addacfs(zero)[2], 8192);
	fxv_addactacf(a);
	EXPECT_EQ(fxv_mafs(vec_splat_s16(16384), a)[2], 8492 + 150);
	fxv_matacfs(vec_splat_s16(32767), vec_splat_s16(32767));
	EXPECT_EQ(fxv_addacfs(zero)[2], 32767);
	fxv_mtacf(a);
	EXPECT_EQ(fxv_addacfs(b)[2], 293);
	fxv_addtac(a, b);
	EXPECT_EQ(fxv_addacm(zero)[2], 293);
	fxv_multacm(a, b);
	EXPECT_EQ(fxv_addacm(zero)[2], -2100);
	__vector int8_t const byte = vec_splat_s8(10);
	fxv_multacm(byte, byte);
	EXPECT_EQ(fxv_addacbm(byte)[127], 110);
	fxv_mtacbf(byte);
	EXPECT_EQ(fxv_addacfs(byte)[127], 20);
}

TEST(Functions, Memory)
{
	__vector uint8_t vectors[2] = {global, vec_splat_u8(5)};
	EXPECT_EQ(vec_ld(128, vectors)[3], 5);
	EXPECT_EQ(fxv_lax(0, vectors)[0], 9);
	vec_st(vectors[0], 128, vectors);
	EXPECT_EQ(vectors[1][1], 8);
	// Loads and stores need the alignment of words only.
	fxv_stax(vec_splat_u8(6), 4, vectors);
	EXPECT_EQ(vectors[0][3], 0);
	EXPECT_EQ(vectors[0][4], 6);
	EXPECT_EQ(vectors[1][3], 6);
}

TEST(Functions, ExternalMemory)
{
	constexpr uint32_t base = 0x80000000 + 0x1f000 / 16;
	__vector uint8_t counting;
	for (size_t index = 0; index < 128; ++index) {
		counting[index] = index;
	}
	fxv_out(counting, base, 8);
	// The words of a vector are stored in reversed order.
	uint8_t const volatile* const stored = reinterpret_cast<uint8_t*>(0x40000000 + 0x1f000 + 128);
	EXPECT_EQ(stored[0], 124);
	EXPECT_EQ(stored[3], 127);
	EXPECT_EQ(stored[127], 3);
	EXPECT_EQ(fxv_in(base, 8)[77], 77);
	fxv_cmpb(vec_add((__vector int8_t) counting, vec_splat_s8(-100)));
	fxv_out_gt(vec_splat_u8(200), base, 8);
	EXPECT_EQ(fxv_in(base, 8)[100], 100);
	EXPECT_EQ(fxv_in(base, 8)[101], 200);
}

TEST(Registers, Zero)
{
	asm volatile(S2PP_FXVSPLATB(31, %0) S2PP_FXVSPLATB(0, %0) : : "r"(77));
	fxv_zero_vrf();
	__vector uint8_t first = vec_splat_u8(1);
	asm volatile(S2PP_FXVSTAX(31, 0, %1, 0) "sync" : "=m"(first) : "r"(&first));
	EXPECT_EQ(first[5], 0);
	libnux::vx::fxv_array_t view;
	view.words[1] = 0x01020304;
	EXPECT_EQ(view.halfwords[3], 0x0304);
	EXPECT_EQ(view.bytes[4], 1);
	EXPECT_EQ(sizeof(view), 128u);
	EXPECT_EQ(libnux::vx::COND_LT, __C_LT);
}

int start()
{
	return RUN_ALL_TESTS();
}
