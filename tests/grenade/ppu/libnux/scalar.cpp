// Functions and classes without vectors.
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdint>

#include "libnux/vx/barrier.h"
#include "libnux/vx/bitformatting.h"
#include "libnux/vx/detail/format.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/exp.h"
#include "libnux/vx/frac.h"
#include "libnux/vx/fxdpt.h"
#include "libnux/vx/globaladdress.h"
#include "libnux/vx/helper.h"
#include "libnux/vx/malloc.h"
#include "libnux/vx/new.h"
#include "libnux/vx/random.h"
#include "libnux/vx/spr.h"
#include "libnux/vx/testing.h"
#include "libnux/vx/time.h"
#include "libnux/vx/uart.h"

// Numbers for the host.
__attribute__((used)) uint32_t xorshift_numbers[64];
__attribute__((used)) uint32_t lcg_numbers[64];
__attribute__((used)) uint32_t poisson_numbers[64];
__attribute__((used)) int32_t exp_6_numbers[64];
__attribute__((used)) int32_t exp_6b_numbers[64];

TEST(Random, Generators)
{
	uint32_t seed = 0x12345678;
	for (uint32_t& number : xorshift_numbers) {
		number = xorshift32(&seed);
		EXPECT_EQ(number, seed);
	}
	seed = 99;
	for (uint32_t& number : lcg_numbers) {
		number = random_lcg(&seed);
	}
	seed = 2463534242;
	for (uint32_t& number : poisson_numbers) {
		number = draw_poisson(&seed, 0x20000000, 5);
	}
}

TEST(Fixed, Exponential)
{
	for (int32_t index = 0; index < 64; ++index) {
		exp_6_numbers[index] = exp_6((index - 32) << 11);
		exp_6b_numbers[index] = exp_6b((index - 40) << 15);
	}
	EXPECT_EQ(exp_n(FP(0.5), 1), FP(1));
	EXPECT_EQ(exp_n(FP(0.5), 2), FP(1.5));
	EXPECT_EQ(exp_n(FP(0.5), 3), FP(1.625));
	EXPECT_EQ(exp_6b(FP(-11.5)), 0);
	EXPECT_EQ(exp_6b(FP(11)), INT32_MAX);
	EXPECT_EQ(exp_6b(FP(10.5)), INT32_MAX);
}

TEST(Fixed, Formats)
{
	EXPECT_EQ(FP(-1.5), -98304);
	EXPECT_EQ(FP16(2.5), 40);
	EXPECT_EQ(INV_FP(FP(0.25)), 0.25);
	EXPECT_EQ(FP_MUL(FP(1.5), 4), 6);
	EXPECT_EQ(F16(-0.5), -16384);
	EXPECT_EQ(F8(0.5), 64);
	EXPECT_EQ(fxdpt_32_to_16_bits(FP(3.25)), FP16(3.25));
}

TEST(Fractions, Bytes)
{
	EXPECT_EQ(frac8_t::scale(), 128);
	EXPECT_EQ(frac8_t().data(), 0);
	frac8_t number;
	number.from_float(-0.75f);
	EXPECT_EQ(number.data(), -96);
	EXPECT_EQ(number.to_float(), -0.75f);
	EXPECT_EQ((number + number).data(), -128);
	EXPECT_EQ((frac8_t(100) + frac8_t(100)).data(), 127);
	EXPECT_EQ((frac8_t(-100) - frac8_t(100)).data(), -128);
	EXPECT_EQ((frac8_t(100) - frac8_t(-28)).data(), 127);
	EXPECT_EQ((frac8_t(64) * frac8_t(64)).data(), 32);
	EXPECT_EQ((frac8_t(-1) * frac8_t(1)).data(), -1);
	EXPECT_EQ((frac8_t(-128) * frac8_t(-128)).data(), 127);
	EXPECT_EQ((frac8_t(20) << 3).data(), 127);
	EXPECT_EQ((frac8_t(-20) << 3).data(), -128);
	EXPECT_EQ((frac8_t(-20) << 2).data(), -80);
	EXPECT_EQ((frac8_t(-21) >> 2).data(), -6);
	number.data() = 5;
	number *= frac8_t(64);
	EXPECT_EQ(number.data(), 2);
}

TEST(Fractions, Halfwords)
{
	EXPECT_EQ(frac16_t::scale(), 32768);
	frac16_t number;
	number.from_float(0.5f);
	EXPECT_EQ(number.data(), 16384);
	EXPECT_EQ((number * number).to_float(), 0.25f);
	EXPECT_EQ((number + number).data(), 32767);
	EXPECT_EQ((frac16_t(-32768) * frac16_t(-32768)).data(), 32767);
	EXPECT_EQ((frac16_t(-32768) * frac16_t(32767)).data(), -32767);
	EXPECT_EQ((frac16_t(3) << 14).data(), 32767);
	EXPECT_EQ((frac16_t(3) >> 1).data(), 1);
}

TEST(GlobalAddresses, External)
{
	GlobalAddress const first = GlobalAddress::from_relative<GlobalAddress::ExtMem>(0);
	EXPECT_EQ(first.to_global_omnibus(), 0x80000000u);
	EXPECT_TRUE(first == AddressSpace::extmem);
	GlobalAddress const last = GlobalAddress::from_relative<GlobalAddress::ExtMem>(0x1ffff);
	EXPECT_EQ(last.to_global_omnibus_byte(), 0x20001ffffull);
	EXPECT_TRUE(last.is_extmem() && last.to_extmem());
	EXPECT_FALSE(last.is_extmem_dram() || last.is_sram());
	EXPECT_EQ(last.to_extmem().to_scalar_addr(), 0x4001ffffu);
	EXPECT_EQ(last.to_extmem().to_fxviox_addr(), 0x80001fffu);
	EXPECT_FALSE((last + 1).is_extmem());
	EXPECT_FALSE((last + 1).to_extmem());
}

TEST(GlobalAddresses, Dram)
{
	GlobalAddress const first = GlobalAddress::from_relative<GlobalAddress::ExtMemDRAM>(0x80);
	EXPECT_EQ(first.to_global_omnibus(), 0x84000020u);
	EXPECT_EQ(first.to_extmem_dram().to_scalar_addr(), 0x50000080u);
	EXPECT_EQ(first.to_extmem_dram().to_fxviox_addr(), 0x81000008u);
	GlobalAddress const last = GlobalAddress::from_relative<GlobalAddress::ExtMemDRAM>(0x0fffffff);
	EXPECT_TRUE(last.is_extmem_dram() && last.to_extmem_dram());
	EXPECT_FALSE(last.is_extmem());
	EXPECT_FALSE((last + 1).is_extmem_dram());
	EXPECT_FALSE((last + 1).to_extmem_dram());
	EXPECT_EQ(static_cast<GlobalAddress::ExtMemDRAM>(last).to_scalar_addr(), 0x5fffffffu);
}

TEST(GlobalAddresses, Internal)
{
	GlobalAddress const top = GlobalAddress::from_relative<GlobalAddress::SRAM>(0x3ff0, PPUOnDLS::top);
	GlobalAddress const bottom = GlobalAddress::from_relative<GlobalAddress::SRAM>(0x10, PPUOnDLS::bottom);
	EXPECT_EQ(top.to_global_omnibus(), 0x02800ffcu);
	EXPECT_TRUE(top.is_sram() && bottom.is_sram() && top.to_sram() && bottom.to_sram());
	EXPECT_FALSE((top + 16).is_sram() || (top + 16).to_sram());
	EXPECT_EQ(top.to_sram().to_scalar_addr(), 0x3ff0u);
	EXPECT_EQ(top.to_sram().to_vector_addr(), 0x3ff0u);
	EXPECT_EQ(top.to_sram().to_scalar_addr(PPUOnDLS::top), 0x3ff0u);
	EXPECT_EQ(top.to_sram().to_scalar_addr(PPUOnDLS::bottom), 0x8a003ff0u);
	EXPECT_EQ(bottom.to_sram().to_scalar_addr(PPUOnDLS::top), 0x8e000010u);
	EXPECT_TRUE(bottom.to_sram().is_local(PPUOnDLS::bottom));
	EXPECT_FALSE(bottom.to_sram().is_local(PPUOnDLS::top));
	static uint8_t byte = 77;
	uint32_t const place = reinterpret_cast<uintptr_t>(&byte);
	GlobalAddress const address = GlobalAddress::from_relative<GlobalAddress::SRAM>(place, PPUOnDLS::top);
	EXPECT_EQ(*address.to_sram().to_scalar<uint8_t>(PPUOnDLS::top), 77);
	EXPECT_EQ(reinterpret_cast<uintptr_t>(address.to_sram().to_vector<uint8_t>()), place);
}

TEST(GlobalAddresses, Arithmetic)
{
	GlobalAddress const address = GlobalAddress::from_global(0x100, 7);
	EXPECT_EQ(address.to_global_omnibus(), 0x101u);
	EXPECT_EQ(address.to_global_omnibus_byte(), 0x407ull);
	EXPECT_EQ((address + 1).to_global_omnibus_byte(), 0x408ull);
	GlobalAddress sum = GlobalAddress::from_global(0x80000000, 2);
	sum += address;
	EXPECT_EQ(sum.to_global_omnibus_byte(), 0x200000409ull);
	EXPECT_TRUE(address + GlobalAddress::from_global(0x80000000, 2) == sum);
	sum += 3;
	EXPECT_EQ(sum.to_global_omnibus_byte(), 0x20000040cull);
	GlobalAddress restored;
	restored.deserialize(sum.serialize());
	EXPECT_TRUE(restored == sum);
	EXPECT_FALSE(restored == address);
}

TEST(Bits, Reversed)
{
	EXPECT_EQ(reverse_byte(0x01), 0x80);
	EXPECT_EQ(reverse_byte(0xb4), 0x2d);
	__vector uint8_t vector = {1, 2, 0xb4};
	vector_reverse_bytes(&vector);
	EXPECT_EQ(vector[1], 0x40);
	EXPECT_EQ(vector[2], 0x2d);
	EXPECT_EQ(vector[127], 0);
}

TEST(Helpers, All)
{
	EXPECT_EQ(abs_diff(3u, 5u), 2u);
	EXPECT_EQ(abs_diff(-3, 5), 8);
	EXPECT_EQ(find_max_amount(std::array<int, 6>{1, 7, 2, 7, 1, 7}), 7);
	EXPECT_EQ(find_max_amount(std::array<int, 4>{4, 3, 4, 3}), 4);
	int value = 5;
	do_not_optimize_away(value);
	clobber();
	EXPECT_EQ(value, 5);
}

TEST(Memory, Heap)
{
	char* const a = static_cast<char*>(malloc(10));
	char* const b = new char[10];
	EXPECT_TRUE(a != nullptr && b != nullptr);
	EXPECT_GE(b - a, 10);
	free(a);
	delete[] b;
	test_null(malloc(0x4000));
	test_not_null(malloc(1));
}

TEST(Barriers, Notifications)
{
	Barrier<1> alone;
	alone.initialize({&alone}, 0);
	alone.wait();
	EXPECT_EQ(Barrier<2>::num_flags_per_parity, 1u);
	EXPECT_EQ(Barrier<3>::num_flags_per_parity, 2u);
	EXPECT_EQ(Barrier<4>::num_flags_per_parity, 2u);
	// The other agent is a memory that says "here" all the time, and changes its mind after two barriers.
	std::array<Barrier<2>, 2> agents;
	agents[0].initialize({&agents[0], &agents[1]}, 0);
	for (uint32_t sense = 1; sense < 3; ++sense) {
		for (size_t parity = 0; parity < 2; ++parity) {
			agents[0].flags[parity][0].local = sense & 1;
			agents[0].wait();
			EXPECT_EQ(agents[1].flags[parity][0].local, (sense & 1));
		}
	}
}

namespace {

/// The text and its length are as expected.
__attribute__((format(printf, 3, 4))) bool formatted(char const* expected, size_t length, char const* format, ...)
{
	char buffer[16];
	va_list arguments;
	va_start(arguments, format);
	size_t const size = libnux::vx::detail::format(buffer, sizeof(buffer), format, arguments);
	va_end(arguments);
	size_t index = 0;
	while (expected[index] != '\0' && expected[index] == buffer[index]) {
		++index;
	}
	return expected[index] == buffer[index] && size == length;
}

} // namespace

TEST(Uart, Format)
{
	EXPECT_TRUE(formatted("plain", 5, "plain"));
	EXPECT_TRUE(formatted("-12|  7|7  |007", 15, "%d|%3d|%-3d|%03d", -12, 7, 7, 7));
	EXPECT_TRUE(formatted("-07", 3, "%03d", -7));
	EXPECT_TRUE(formatted("4294967295", 10, "%u", 4294967295u));
	EXPECT_TRUE(formatted("beef BEEF 0x0a", 14, "%x %X 0x%02x", 0xbeef, 0xbeef, 10));
	EXPECT_TRUE(formatted("a b% xyz", 8, "%c %s%% %3s", 'a', "b", "xyz"));
	EXPECT_TRUE(formatted("0123456789abcde", 20, "0123456789abcdefghi%d", 0));
}

TEST(Uart, Duration)
{
	SoftUartTx const uart(1000000, UartConfiguration(8, Parity::EVEN, 2));
	time_base_t duration = 0;
	uint32_t const volatile rounds = 2;
	for (uint32_t round = 0; round < rounds; ++round) { // in the second one the code is in the cache
		time_base_t const begin = now();
		uart.write(0x55);
		duration = now() - begin;
	}
	EXPECT_GE(duration, 12u * 250);
	EXPECT_LT(duration, 12u * 250 + 300);
	EXPECT_EQ(uart.printf("%d", 42), 2);
}

TEST(Time, Sleep)
{
	for (uint32_t cycles : {100u, 1000u}) {
		time_base_t const begin = now();
		sleep_cycles(cycles);
		time_base_t const duration = now() - begin;
		EXPECT_GT(duration, cycles);
		EXPECT_LT(duration, cycles + 500);
	}
	sleep_cycles(0);
	sleep_cycles(0x80000000);
}

TEST(Time, Measurements)
{
	times<3> measured;
	measured[0] = {10, 20};
	measured[1] = {100, 105};
	measured[2] = {1ull << 40, (1ull << 40) + 30};
	EXPECT_EQ(average(measured), 15u);
	EXPECT_EQ(libnux::vx::max(measured), 30u);
	EXPECT_EQ(libnux::vx::min(measured), 5u);
	print_measurements_header();
	print_measurement("three", measured);
	print_measurement("one", measured[0]);
	measure_empty(measured);
	print_measurements_footer();
	EXPECT_GT(libnux::vx::min(measured), 0u);
}

TEST(Registers, TimeBase)
{
	// The lower word carries between the two reads of the upper one.
	asm volatile("mtspr 284, %0" : : "r"(0xffffff00));
	time_base_t last = get_time_base();
	bool rises = true;
	for (int read = 0; read < 100; ++read) {
		time_base_t const time = get_time_base();
		rises = rises && time > last && time - last < 1000;
		last = time;
	}
	EXPECT_TRUE(rises);
	EXPECT_EQ(last >> 32, 1u);
}

TEST(Registers, Periods)
{
	set_fit_period(TCR_FP_BY_1048576);
	EXPECT_EQ(get_fit_period(), 3);
	set_fit_period(TCR_FP_BY_4096);
	EXPECT_EQ(get_fit_period(), 1);
	set_srr0(0x1234);
	EXPECT_EQ(get_srr0(), 0x1234u);
	set_decar(5);
	EXPECT_EQ(get_decar(), 5u);
	EXPECT_EQ(get_msr() & MSR_EE, 0u);
}

int start()
{
	return RUN_ALL_TESTS();
}
