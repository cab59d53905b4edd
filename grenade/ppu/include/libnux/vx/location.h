// On which hemisphere a program runs.
#pragma once

#include "libnux/vx/omnibus.h"
#include "libnux/vx/vector.h"

namespace libnux::vx {

/// Find the hemisphere: values written to the weights of row 0 by vector IO show up in one of the two windows of the
/// Omnibus. The weights are restored. Not to be run on both processors at the same time.
/// @param[out] ppu The hemisphere
/// @return Whether it was found
inline bool get_location(PPUOnDLS& ppu)
{
	// These two weights look alike on both ways: 32 is the one bit that the Omnibus does not move.
	constexpr uint32_t probes[] = {0, 32};
	constexpr uint32_t mask = dls_weight_mask * 0x01010101u;
	vector_type saved;
	detail::in(&saved, dls_weight_base);
	bool top = true;
	bool bottom = true;
	for (uint32_t probe : probes) {
		detail::out_value(probe, dls_weight_base);
		uint32_t const expected = probe * 0x01010101u;
		top = top && (omnibus_read(synram_top_base_address + dls_weight_base) & mask) == expected;
		bottom = bottom && (omnibus_read(synram_bottom_base_address + dls_weight_base) & mask) == expected;
	}
	detail::out(&saved, dls_weight_base);
	if (top == bottom) {
		return false;
	}
	ppu = top ? PPUOnDLS::top : PPUOnDLS::bottom;
	return true;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::get_location;
using libnux::vx::PPUOnDLS;

} // namespace libnux::vx::v3
