// Rows through the vector IO, with the external memory in the place of the synapse memory.
#include <cstdint>

#include "libnux/vx/dls.h"
#include "libnux/vx/globaladdress.h"
#include "libnux/vx/testing.h"
#include "libnux/vx/vector.h"

// Vectors of the external memory are 8 addresses apart, those of rows only 1: each vector here overlaps the ones before
// it but for 16 bytes, so that a row has to be written and read again at once.
constexpr uint32_t place = 0x1e000;
constexpr uint32_t base = dls_extmem_base + place / 16;

__attribute__((section("ext.data.keep"), aligned(128))) uint8_t shared[256];

TEST(External, Vector)
{
	vector_type vector = {1, 2, 3, 4, 5};
	set_vector(vector, base, 0);
	vector_type const back = get_vector(base, 0);
	EXPECT_EQ(back[4], 5);
	EXPECT_EQ(back[127], 0);
	uint8_t const volatile* const stored = reinterpret_cast<uint8_t*>(extmem_data_base + place);
	EXPECT_EQ(stored[124], 1);
	EXPECT_EQ(stored[127], 4);
	EXPECT_EQ(stored[120], 5);
}

TEST(External, Rows)
{
	vector_row_t row;
	for (size_t column = 0; column < row.size; ++column) {
		row[column] = column;
	}
	set_row_via_vector(row, 5, base);
	vector_row_t const back = get_row_via_vector(5, base);
	EXPECT_EQ(back.odd, row.odd);
	// Words are stored in reversed order: of the even columns only the last four are not overwritten by the odd ones,
	// of which word w + 4 is at the place of word w.
	uint32_t wrong = 0;
	for (size_t byte = 0; byte < 128; ++byte) {
		wrong += back.even[byte] != (byte < 112 ? row.odd[byte + 16] : row.even[byte]);
	}
	EXPECT_EQ(wrong, 0u);
	EXPECT_EQ(get_vector(base, 11)[127], 255);
}

TEST(External, MaskedRows)
{
	vector_row_t const zero;
	set_vector(zero.even.data, base, 0);
	vector_row_t mask;
	mask.odd[3] = 1;
	mask.odd[4] = 128; // negative: not greater than zero
	mask.odd[5] = 127;
	set_vector(zero.odd.data, base, 1);
	set_row_via_vector_masked(vector_row_t(9), mask, 0, base);
	vector_type const back = get_vector(base, 1);
	EXPECT_EQ(back[2], 0);
	EXPECT_EQ(back[3], 9);
	EXPECT_EQ(back[4], 0);
	EXPECT_EQ(back[5], 9);
}

TEST(External, OrderAgainstScalarAccess)
{
	GlobalAddress const address =
	    GlobalAddress::from_relative<GlobalAddress::ExtMem>(reinterpret_cast<uintptr_t>(shared) - extmem_data_base);
	uint32_t const io = address.to_extmem().to_fxviox_addr();
	for (size_t index = 0; index < 128; ++index) {
		shared[index] = index;
	}
	vector_type vector = get_vector(io, 0);
	EXPECT_EQ(vector[0], 124);
	for (size_t index = 0; index < 128; ++index) {
		shared[index] = 1;
	}
	vector[5] = 99;
	set_vector(vector, io, 8);
	EXPECT_EQ(shared[128 + 121], 99);
	EXPECT_EQ(get_vector(io, 0)[5], 1);
	EXPECT_EQ(address.to_extmem().to_scalar<uint8_t>()[128 + 121], 99);
}

int start()
{
	return RUN_ALL_TESTS();
}
