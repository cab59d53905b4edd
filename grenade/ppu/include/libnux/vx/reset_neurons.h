// Reset of the neurons below or above the columns of a hemisphere.
#pragma once

#include "libnux/vx/vector.h"

namespace libnux::vx {

/// Reset neurons for which the mask, a signed byte, is greater than zero.
/// @param mask_even, mask_odd Mask of even and of odd columns
LIBNUX_INLINE void reset_neurons(__vector uint8_t const& mask_even, __vector uint8_t const& mask_odd)
{
	detail::out_masked(&mask_even, &mask_even, dls_neuron_reset_base);
	detail::out_masked(&mask_odd, &mask_odd, dls_neuron_reset_base + 1);
}

/// Reset all neurons of the hemisphere.
LIBNUX_INLINE void reset_neurons()
{
	detail::out_value(0, dls_neuron_reset_base);
	detail::out_value(0, dls_neuron_reset_base + 1);
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::reset_neurons;

} // namespace libnux::vx::v3
