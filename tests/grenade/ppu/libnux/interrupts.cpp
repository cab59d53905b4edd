// Handlers of timer interrupts come and go without a trace in what they interrupt.
#include <cstdint>

#include "libnux/isr.h"
#include "libnux/vx/spr.h"
#include "libnux/vx/testing.h"

volatile uint32_t decrementer_calls;
volatile uint32_t interval_calls;

namespace {

uint64_t mix(uint64_t number)
{
	return number * 0x100000001b3ull + 1;
}

} // namespace

uint64_t (*volatile function)(uint64_t) = mix;

ISR_DEC
{
	clear_tsr(TSR_DIS);
	// Something that uses registers of all kinds: the carry, and the count register for a call by pointer.
	uint64_t number = decrementer_calls;
	for (uint32_t round = 0; round < 3; ++round) {
		number = function(number);
	}
	decrementer_calls = decrementer_calls + 1 + (number == 1);
}

ISR_FIT
{
	clear_tsr(TSR_FIS);
	interval_calls = interval_calls + 1;
}

// Not known to the compiler, which would take two equal calls for one.
volatile uint32_t rounds = 500;

/// A number that needs all of the registers, LR, CTR, CR and the carry.
__attribute__((noinline)) uint64_t work(uint32_t rounds)
{
	uint64_t state = 88172645463325252ull;
	uint64_t sum = 0;
	for (uint32_t round = 0; round < rounds; ++round) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		sum += state % (1000003u + round) < 500000 ? state : ~state;
	}
	return sum;
}

TEST(Interrupts, Decrementer)
{
	uint64_t const expected = work(rounds);
	set_decar(5003);
	set_dec(5003);
	set_tcr(TCR_DIE | TCR_ARE);
	set_msr(MSR_EE);
	uint64_t const interrupted = work(rounds);
	set_msr(0);
	set_tcr(0);
	EXPECT_TRUE(interrupted == expected);
	EXPECT_GT(decrementer_calls, 20u);
	EXPECT_EQ(interval_calls, 0u);
}

TEST(Interrupts, FixedInterval)
{
	uint64_t const expected = work(rounds);
	set_tcr(TCR_FIE);
	set_fit_period(TCR_FP_BY_4096);
	clear_tsr(TSR_FIS | TSR_DIS);
	set_msr(MSR_EE);
	uint64_t const interrupted = work(rounds);
	set_msr(0);
	set_tcr(0);
	EXPECT_TRUE(interrupted == expected);
	EXPECT_GT(interval_calls, 20u);
}

TEST(Interrupts, FlagsAndCount)
{
	// Carry, condition register and count register while interrupts come.
	set_decar(2003);
	set_dec(2003);
	set_tcr(TCR_DIE | TCR_ARE);
	uint32_t const before = decrementer_calls;
	uint32_t wrong = 0;
	for (uint32_t round = 0; round < 50; ++round) {
		uint32_t carry, flags, count;
		set_msr(MSR_EE);
		asm volatile("li %0, -1\n"
		             "addic %0, %0, 1\n" // sets the carry
		             "lis %1, 0x1234\n"
		             "ori %1, %1, 0x5678\n"
		             "mtcrf 255, %1\n"
		             "li %2, 4000\n"
		             "mtctr %2\n"
		             "1: bdnz 1b\n"
		             "mfctr %2\n"
		             "mfcr %1\n"
		             "li %0, 0\n"
		             "addze %0, %0\n"
		             : "=&r"(carry), "=&r"(flags), "=&r"(count)
		             :
		             : "ctr", "cc", "xer");
		set_msr(0);
		wrong += carry != 1 || flags != 0x12345678 || count != 0;
	}
	set_tcr(0);
	EXPECT_EQ(wrong, 0u);
	EXPECT_GT(decrementer_calls - before, 50u);
}

int start()
{
	return RUN_ALL_TESTS();
}
