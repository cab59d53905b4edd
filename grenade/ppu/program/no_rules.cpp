#include "program.h"

#include "grenade/vx/ppu/detail/time.h"
#include "timing.h"

volatile uint32_t scheduler_event_drop_count;

void scheduling()
{
	grenade::vx::ppu::detail::initialize_time_origin();
	uint64_t const begin = cycles();
	while (cycles() - begin < runtime) {
	}
	scheduler_event_drop_count = 0;
}
