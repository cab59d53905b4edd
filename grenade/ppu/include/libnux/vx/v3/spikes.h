// Names of spikes.h for the third version of the chip.
#pragma once

#include "libnux/vx/spikes.h"
