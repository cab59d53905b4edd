// Names of time.h for the third version of the chip.
#pragma once

#include "libnux/vx/time.h"
