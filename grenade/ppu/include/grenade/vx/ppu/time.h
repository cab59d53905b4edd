#pragma once
#include "grenade/vx/ppu/detail/time.h"
#include <cstdint>

namespace grenade::vx::ppu {

/** PPU cycles (4 ns) since the start of the scheduler. */
inline uint64_t now()
{
	return libnux::vx::get_time_base() - detail::time_origin;
}

} // namespace grenade::vx::ppu
