#pragma once
#include "libnux/vx/spr.h"
#include <cstdint>

namespace grenade::vx::ppu::detail {

/** Time base at the start of the scheduler, PPU cycles. */
inline volatile uint64_t time_origin = 0;

/** Let `now()` count from here. */
inline void initialize_time_origin()
{
	time_origin = libnux::vx::get_time_base();
}

} // namespace grenade::vx::ppu::detail
