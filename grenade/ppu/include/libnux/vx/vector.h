// Rows of the synapse memory and everything else that the vector IO reaches.
#pragma once

#include <cstddef>

#include "libnux/vx/dls.h"
#include "libnux/vx/omnibus.h"
#include "libnux/vx/vector_row.h"

namespace libnux::vx {

/// Values of 128 columns of one parity.
typedef __vector uint8_t vector_type;

/// Values of all columns.
typedef VectorRowMod8 vector_row_t;

/// Read a row. The even columns are read first; a read of correlation starts a conversion.
/// @param row_id Number of the row
/// @param base Address of row 0, see dls.h
LIBNUX_INLINE vector_row_t get_row_via_vector(size_t row_id, uint32_t base)
{
	vector_row_t row{detail::Unset{}};
	uint32_t const address = base + dls_num_vectors_per_row * row_id;
	detail::in_two(&row.even, &row.odd, address, address + 1);
	return row;
}

/// Write a row.
LIBNUX_INLINE void set_row_via_vector(vector_row_t const& values, size_t row_id, uint32_t base)
{
	uint32_t const address = base + dls_num_vectors_per_row * row_id;
	detail::out(&values.even, address);
	detail::out(&values.odd, address + 1);
}

/// Write the columns of a row for which the mask, a signed byte, is greater than zero.
LIBNUX_INLINE void set_row_via_vector_masked(
    vector_row_t const& values, vector_row_t const& mask, size_t row_id, uint32_t base)
{
	uint32_t const address = base + dls_num_vectors_per_row * row_id;
	detail::out_masked(&values.even, &mask.even, address);
	detail::out_masked(&values.odd, &mask.odd, address + 1);
}

/// Read a row word by word over the Omnibus. Weights have their low five bits in reversed order there.
/// @param row Number of the row
/// @param base Omnibus address of row 0
inline vector_row_t get_row_via_omnibus(size_t row, uint32_t base)
{
	vector_row_t result{detail::Unset{}};
	uint32_t const address = base + dls_num_vectors_per_row * dls_words_per_vector * row;
	for (size_t word = 0; word < dls_words_per_vector; ++word) {
		detail::block(&result.even).words[word] = omnibus_read(address + word);
	}
	for (size_t word = 0; word < dls_words_per_vector; ++word) {
		detail::block(&result.odd).words[word] = omnibus_read(address + dls_words_per_vector + word);
	}
	return result;
}

/// Read one vector.
LIBNUX_INLINE vector_type get_vector(uint32_t base, uint32_t index)
{
	vector_type result;
	detail::in(&result, base + index);
	return result;
}

/// Write one vector.
LIBNUX_INLINE void set_vector(vector_type const& value, uint32_t base, uint32_t index)
{
	detail::out(&value, base + index);
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::get_row_via_omnibus;
using libnux::vx::get_row_via_vector;
using libnux::vx::get_vector;
using libnux::vx::set_row_via_vector;
using libnux::vx::set_row_via_vector_masked;
using libnux::vx::set_vector;
using libnux::vx::vector_row_t;
using libnux::vx::vector_type;

} // namespace libnux::vx::v3
