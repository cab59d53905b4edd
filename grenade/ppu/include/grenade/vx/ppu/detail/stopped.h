#pragma once
#include <cstdint>

namespace grenade::vx::ppu::detail {

/**
 * Whether the program has left its main loop.
 */
enum class Stopped : uint32_t
{
	no = 0,
	yes = 1
};

} // namespace grenade::vx::ppu::detail
