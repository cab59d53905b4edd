// Names of random.h for the third version of the chip.
#pragma once

#include "libnux/vx/random.h"
