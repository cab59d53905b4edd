// Weights of a row of synapses.
#pragma once

#include "libnux/vx/vector.h"

namespace libnux::vx {

/// Read the weights of a row.
/// @param[out] first_half Those of even columns
/// @param[out] second_half Those of odd columns
/// @param row Number of the row
LIBNUX_INLINE void get_weights(__vector uint8_t* first_half, __vector uint8_t* second_half, uint8_t row)
{
	uint32_t const address = dls_weight_base + dls_num_vectors_per_row * row;
	detail::in_two(first_half, second_half, address, address + 1);
}

/// Write the weights of a row.
LIBNUX_INLINE void set_weights(
    __vector uint8_t const* first_half, __vector uint8_t const* second_half, uint8_t row)
{
	uint32_t const address = dls_weight_base + dls_num_vectors_per_row * row;
	detail::out(first_half, address);
	detail::out(second_half, address + 1);
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::get_weights;
using libnux::vx::set_weights;

} // namespace libnux::vx::v3
