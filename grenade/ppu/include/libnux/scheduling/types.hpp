// Time of the scheduler, services and events. All names of the scheduler are in the global namespace.
#pragma once

#include <cstdint>

#include "libnux/scheduling/Service.hpp"
#include "libnux/vx/spr.h"

#ifdef LIBNUX_TIME64
typedef uint64_t time_type;
#else
typedef uint32_t time_type;
#endif

#ifndef LIBNUX_TIME_RESOLUTION_SHIFT
#define LIBNUX_TIME_RESOLUTION_SHIFT 0
#endif

/// Time in units of 2^LIBNUX_TIME_RESOLUTION_SHIFT clock cycles.
inline time_type get_time()
{
	return static_cast<time_type>(libnux::vx::get_time_base() >> LIBNUX_TIME_RESOLUTION_SHIFT);
}

/// A service that is to be called, by its deadline if there is time.
struct Event
{
	Service const* service;
	time_type deadline;
};
