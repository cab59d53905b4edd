// What reaches the analog part: rows of synapses, correlation, random numbers, resets. Runs on both hemispheres.
#include <cstdint>

#include "libnux/vx/correlation.h"
#include "libnux/vx/dls.h"
#include "libnux/vx/location.h"
#include "libnux/vx/omnibus.h"
#include "libnux/vx/parallel_rng.h"
#include "libnux/vx/reset_neurons.h"
#include "libnux/vx/syn.h"
#include "libnux/vx/testing.h"
#include "libnux/vx/time.h"
#include "libnux/vx/vector.h"
#include "libnux/vx/vector_round_stochastic.h"

// Set by the host.
PPUOnDLS volatile ppu = PPUOnDLS::top;

// For the host.
__attribute__((used)) uint32_t location;
__attribute__((used)) uint32_t cycles_conversion;

namespace {

vector_row_t counting(uint32_t factor, uint32_t mask)
{
	vector_row_t row;
	for (size_t column = 0; column < row.size; ++column) {
		row[column] = factor * column & mask;
	}
	return row;
}

/// Number of different elements.
template <typename Row>
uint32_t different(Row const& a, Row const& b)
{
	uint32_t count = 0;
	for (size_t column = 0; column < Row::size; ++column) {
		count += a[column] != b[column];
	}
	return count;
}

uint32_t window()
{
	return ppu == PPUOnDLS::top ? synram_top_base_address : synram_bottom_base_address;
}

} // namespace

TEST(Rows, RoundTrip)
{
	for (uint32_t base : {dls_weight_base, dls_decoder_base}) {
		vector_row_t const row = counting(7, 0x3f);
		set_row_via_vector(row, 100, base);
		set_row_via_vector(counting(5, 0x3f), 101, base);
		EXPECT_EQ(get_row_via_vector(100, base), row);
		EXPECT_EQ(get_vector(base, 201)[3], row[7]);
		set_vector(row.even.data, base, 203);
		EXPECT_EQ(get_row_via_vector(101, base).odd, row.even);
	}
}

TEST(Rows, Halves)
{
	vector_row_t const row = counting(11, 0x3f);
	set_weights(&row.even.data, &row.odd.data, 55);
	vector_type first;
	vector_type second;
	get_weights(&first, &second, 55);
	EXPECT_EQ(VectorMod8(first), row.even);
	EXPECT_EQ(VectorMod8(second), row.odd);
	EXPECT_EQ(get_row_via_vector(55, dls_weight_base), row);
}

TEST(Rows, Masked)
{
	set_row_via_vector(vector_row_t(1), 7, dls_weight_base);
	vector_row_t mask;
	mask[4] = 1;
	mask[9] = 127;
	mask[10] = 128;
	set_row_via_vector_masked(vector_row_t(33), mask, 7, dls_weight_base);
	vector_row_t expected(1);
	expected[4] = 33;
	expected[9] = 33;
	EXPECT_EQ(get_row_via_vector(7, dls_weight_base), expected);
}

TEST(Rows, Omnibus)
{
	// Labels look alike on both ways; weights have their low five bits reversed on the Omnibus.
	vector_row_t const row = counting(3, 0x3f);
	set_row_via_vector(row, 12, dls_decoder_base);
	EXPECT_EQ(different(get_row_via_omnibus(12, window() + dls_decoder_base), row), 0u);
	set_row_via_vector(vector_row_t(0x21), 12, dls_weight_base);
	EXPECT_EQ(get_row_via_omnibus(12, window() + dls_weight_base), vector_row_t(0x30));
	omnibus_write(window() + dls_weight_base + 64 * 12, 0x30200120);
	EXPECT_EQ(get_row_via_vector(12, dls_weight_base)[0], 0x21);
	EXPECT_EQ(get_row_via_vector(12, dls_weight_base)[4], 0x10);
}

TEST(Location, Found)
{
	// One after the other, as both write to the same kind of place.
	if (ppu == PPUOnDLS::bottom) {
		sleep_cycles(200000);
	}
	vector_row_t const row = counting(9, 0x3f);
	set_row_via_vector(row, 0, dls_weight_base);
	PPUOnDLS found = ppu == PPUOnDLS::top ? PPUOnDLS::bottom : PPUOnDLS::top;
	EXPECT_TRUE(get_location(found));
	EXPECT_EQ(found, ppu);
	location = static_cast<uint32_t>(found);
	EXPECT_EQ(get_row_via_vector(0, dls_weight_base), row);
}

TEST(RandomNumbers, Seeds)
{
	VectorRowMod8 const seed = counting(1, 0xff) + 1;
	parallel_rng_seed(seed);
	auto const first = parallel_rng_rand<VectorRowMod8>();
	auto const second = parallel_rng_rand<VectorRowMod8>();
	EXPECT_GT(different(first, second), 200u);
	parallel_rng_seed(seed);
	EXPECT_EQ(parallel_rng_rand<VectorRowMod8>(), first);
	EXPECT_EQ(static_cast<VectorRowMod8>(parallel_rng_rand<VectorRowFracSat8>()), second);
	// Halves have generators of their own.
	parallel_rng_seed(seed.even, 0);
	EXPECT_EQ(parallel_rng_rand<VectorMod8>(0), first.even);
	parallel_rng_seed(seed.odd, 1);
	EXPECT_EQ(parallel_rng_rand<VectorMod8>(1), first.odd);
	EXPECT_EQ(parallel_rng_rand<VectorMod8>(), second.even);
}

TEST(RandomNumbers, Halfwords)
{
	VectorRowMod8 const seed = counting(3, 0xff) + 1;
	VectorHalfRowMod16 const half_seed(
	    VectorMod16((VectorMod16::Data) seed.even.data), VectorMod16((VectorMod16::Data) seed.odd.data));
	parallel_rng_seed(seed);
	auto const first = parallel_rng_rand<VectorRowMod8>();
	auto const second = parallel_rng_rand<VectorRowMod8>();
	parallel_rng_seed(half_seed);
	auto const half = parallel_rng_rand<VectorHalfRowMod16>();
	EXPECT_EQ(VectorMod8((VectorMod8::Data) half.left.data), first.even);
	EXPECT_EQ(VectorMod8((VectorMod8::Data) half.right.data), first.odd);
	parallel_rng_seed(half_seed);
	auto const row = parallel_rng_rand<VectorRowFracSat16>();
	EXPECT_EQ(row.even[0], static_cast<int16_t>(first.even[0] << 8 | first.even[1]));
	EXPECT_EQ(row.even[127], static_cast<int16_t>(first.odd[126] << 8 | first.odd[127]));
	EXPECT_EQ(row.odd[0], static_cast<int16_t>(second.even[0] << 8 | second.even[1]));
	parallel_rng_seed(half_seed);
	EXPECT_EQ(parallel_rng_rand<VectorMod16>()[5], half.left[5]);
}

/// Rounded elements are below or above the value, both, and their low bits are zero.
template <typename T>
void check_rounding(typename T::Element value, int num_lsb)
{
	using Element = typename T::Element;
	uint32_t below = 0;
	uint32_t above = 0;
	for (uint32_t draw = 0; draw < 8; ++draw) {
		T const rounded = vector_round_stochastic(T(value), num_lsb);
		for (size_t index = 0; index < T::size; ++index) {
			Element const floor = static_cast<Element>(value >> num_lsb << num_lsb);
			below += rounded[index] == floor;
			above += rounded[index] == static_cast<Element>(floor + (1 << num_lsb));
		}
	}
	EXPECT_EQ(below + above, 8 * T::size);
	// The value is 5 / 8 of the way up.
	EXPECT_GT(above, below);
	EXPECT_GT(below, T::size);
}

TEST(RandomNumbers, Rounding)
{
	check_rounding<VectorMod8>(0x35, 3);
	check_rounding<VectorRowMod8>(0x35, 3);
	check_rounding<VectorRowFracSat8>(-0x33, 3);
	check_rounding<VectorFracSat16>(-0x3300, 11);
	check_rounding<VectorRowMod16>(0x3500, 11);
	EXPECT_EQ(vector_round_stochastic(VectorRowMod8(77), 0), VectorRowMod8(77));
	EXPECT_EQ(vector_round_stochastic(VectorRowMod8(77), 8), VectorRowMod8(0));
	EXPECT_EQ(vector_round_stochastic(VectorFracSat16(77), 16), VectorFracSat16(0));
	EXPECT_EQ(vector_round_stochastic(VectorRowFracSat8(64), 4), VectorRowFracSat8(64));
	// The sum of fractional numbers saturates before the low bits are cleared.
	auto const largest = vector_round_stochastic(VectorFracSat8(127), 4);
	EXPECT_EQ(largest, VectorFracSat8(127 >> 4 << 4));
}

TEST(Correlation, DurationOfAConversion)
{
	vector_row_t again;
	uint32_t const volatile rounds = 2;
	for (uint32_t round = 0; round < rounds; ++round) { // in the second one the code is in the cache
		time_base_t const begin = get_time_base();
		get_causal_correlation(&again.even.data, &again.odd.data, 3);
		cycles_conversion = get_time_base() - begin;
	}
	EXPECT_GT(cycles_conversion, 300u);
	EXPECT_LT(cycles_conversion, 700u);
}

TEST(Neurons, Resets)
{
	// Spike counters of the neurons at columns 0, 2 and 4 count resets; those of the bottom row come 128 later.
	omnibus_address_t const half = ppu == PPUOnDLS::top ? 0 : 128;
	auto const count = [half](size_t column) { return omnibus_read(0x00122800 + 4 * (half + column)); };
	auto const clear = [half](size_t column) { omnibus_write(0x00122c00 + 4 * (half + column), 0); };
	for (size_t column : {0, 2, 3, 4}) {
		clear(column);
	}
	vector_row_t mask;
	mask[2] = 1;
	mask[3] = 64;
	mask[4] = 128;
	reset_neurons(mask.even.data, mask.odd.data);
	sleep_cycles(1000);
	EXPECT_EQ(count(0), 0u);
	EXPECT_EQ(count(2), 1u);
	EXPECT_EQ(count(3), 1u);
	EXPECT_EQ(count(4), 0u);
	reset_neurons();
	sleep_cycles(1000);
	EXPECT_EQ(count(0), 1u);
	EXPECT_EQ(count(3), 2u);
}

int start()
{
	int const result = RUN_ALL_TESTS();
	mailbox_string_terminate();
	return result;
}
