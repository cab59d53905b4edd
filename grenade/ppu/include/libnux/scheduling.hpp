// Everything of the scheduler.
#pragma once

#include "libnux/scheduling/Queue.hpp"
#include "libnux/scheduling/Scheduler.hpp"
#include "libnux/scheduling/Service.hpp"
#include "libnux/scheduling/Timer.hpp"
#include "libnux/scheduling/TimerOneshot.hpp"
#include "libnux/scheduling/types.hpp"
