// The serial line, sampled in the middle of each bit by the decrementer.
#include <cstdint>

#include "libnux/isr.h"
#include "libnux/vx/spr.h"
#include "libnux/vx/testing.h"
#include "libnux/vx/uart.h"

constexpr uint32_t cycles_per_bit = 4000;
constexpr uart_data_rate_t data_rate = default_ppu_cycles_per_us * 1000000 / cycles_per_bit;

uint32_t volatile samples[64];
uint32_t volatile num_samples;

static uint32_t output_pins()
{
	uint32_t value;
	asm volatile("mfspr %0, 66" : "=r"(value));
	return value;
}

ISR_DEC
{
	clear_tsr(TSR_DIS);
	if (num_samples < 64) {
		samples[num_samples] = output_pins();
		num_samples = num_samples + 1;
	}
}

namespace {

void begin_sampling()
{
	num_samples = 0;
	set_decar(cycles_per_bit);
	set_dec(cycles_per_bit / 2);
	clear_tsr(TSR_DIS);
	set_tcr(TCR_DIE | TCR_ARE);
	set_msr(MSR_EE);
}

void end_sampling()
{
	set_msr(0);
	set_tcr(0);
}

/// Levels of a word: the samples as bits, the first one highest. All pins have to agree.
uint32_t levels(SoftUartTx const& uart, uart_word_t word, uint32_t count)
{
	begin_sampling();
	uart.write(word);
	end_sampling();
	uint32_t result = 0;
	for (uint32_t sample = 0; sample < count; ++sample) {
		EXPECT_TRUE(samples[sample] == 0 || samples[sample] == 0xffffffff);
		result = result << 1 | (samples[sample] & 1);
	}
	EXPECT_EQ(num_samples, count);
	return result;
}

} // namespace

TEST(Uart, Usual)
{
	SoftUartTx const uart(data_rate);
	uart.write(0); // the code is in the cache from here on
	EXPECT_EQ(levels(uart, 0x57, 10), 0b0111010101u);
	EXPECT_EQ(levels(uart, 0x80, 10), 0b0000000011u);
}

TEST(Uart, Parity)
{
	SoftUartTx const even(data_rate, UartConfiguration(8, Parity::EVEN, 2));
	EXPECT_EQ(levels(even, 0x57, 12), 0b011101010111u);
	EXPECT_EQ(levels(even, 0x56, 12), 0b001101010011u);
	SoftUartTx const odd(data_rate, UartConfiguration(5, Parity::ODD, 1));
	EXPECT_EQ(levels(odd, 0x13, 8), 0b01100101u);
}

TEST(Uart, Inverted)
{
	SoftUartTx const uart(data_rate, UART_8N1, true);
	EXPECT_EQ(output_pins(), 0u);
	EXPECT_EQ(levels(uart, 0x57, 10), 0b1000101010u);
	EXPECT_EQ(output_pins(), 0u);
}

TEST(Uart, Pins)
{
	{
		SoftUartTx const uart(data_rate);
		EXPECT_EQ(output_pins(), 0xffffffffu);
		EXPECT_EQ(get_goe(), 0u);
	}
	EXPECT_EQ(get_goe(), 0xffffffffu);
}

TEST(Uart, Text)
{
	SoftUartTx const uart(data_rate, UART_8N1, false, 4);
	begin_sampling();
	// Three characters fit the buffer; a fourth one would make 40 samples.
	EXPECT_EQ(uart.printf("%d", 12345), 5);
	end_sampling();
	EXPECT_GE(num_samples, 30u);
	EXPECT_LT(num_samples, 40u);
}

int start()
{
	return RUN_ALL_TESTS();
}
