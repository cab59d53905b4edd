// Correlation sensors of a row of synapses.
//
// A conversion takes all columns of both channels at once; it is started by reading an unbuffered address. The other
// results of it are read with the buffer bit.
#pragma once

#include "libnux/vx/vector.h"

namespace libnux::vx {

/// Read both channels of a row with one conversion.
/// @param[out] first_causal, second_causal Causal channel of even and of odd columns
/// @param[out] first_acausal, second_acausal Acausal channel of even and of odd columns
/// @param row Number of the row
LIBNUX_INLINE void get_correlation(
    __vector uint8_t* first_causal,
    __vector uint8_t* second_causal,
    __vector uint8_t* first_acausal,
    __vector uint8_t* second_acausal,
    uint8_t row)
{
	uint32_t const offset = dls_num_vectors_per_row * row;
	uint32_t const causal = dls_causal_base + offset;
	uint32_t const acausal = (dls_acausal_base | dls_buffer_enable_mask) + offset;
	detail::in_two(first_causal, second_causal, causal, (causal | dls_buffer_enable_mask) + 1);
	detail::in_two(first_acausal, second_acausal, acausal, acausal + 1);
}

/// Read the causal channel of a row.
LIBNUX_INLINE void get_causal_correlation(
    __vector uint8_t* first_half, __vector uint8_t* second_half, uint8_t row)
{
	uint32_t const address = dls_causal_base + dls_num_vectors_per_row * row;
	detail::in_two(first_half, second_half, address, (address | dls_buffer_enable_mask) + 1);
}

/// Read the acausal channel of a row.
LIBNUX_INLINE void get_acausal_correlation(
    __vector uint8_t* first_half, __vector uint8_t* second_half, uint8_t row)
{
	uint32_t const address = dls_acausal_base + dls_num_vectors_per_row * row;
	detail::in_two(first_half, second_half, address, (address | dls_buffer_enable_mask) + 1);
}

/// Reset both sensors of all synapses of a row.
LIBNUX_INLINE void reset_correlation(uint8_t row)
{
	uint32_t const address = dls_causal_base + dls_num_vectors_per_row * row;
	detail::out_value(dls_correlation_reset, address);
	detail::out_value(dls_correlation_reset, address + 1);
}

/// Reset the sensors of all synapses of the hemisphere.
inline void reset_all_correlations()
{
	for (uint32_t row = 0; row < dls_num_rows; ++row) {
		reset_correlation(row);
	}
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::get_acausal_correlation;
using libnux::vx::get_causal_correlation;
using libnux::vx::get_correlation;
using libnux::vx::reset_all_correlations;
using libnux::vx::reset_correlation;

} // namespace libnux::vx::v3
