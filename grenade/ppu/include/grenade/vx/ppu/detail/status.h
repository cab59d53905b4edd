#pragma once
#include <cstdint>

namespace grenade::vx::ppu::detail {

/**
 * Command word of the program: the host writes what is to be done, the program `idle` when it is done.
 */
enum class Status : uint32_t
{
	initial = 0,
	idle = 1,
	reset_neurons = 2,
	baseline_read = 3,
	read = 4,
	periodic_read = 5,
	inside_periodic_read = 6,
	stop_periodic_read = 7,
	stop = 8,
	scheduler = 9
};

} // namespace grenade::vx::ppu::detail
