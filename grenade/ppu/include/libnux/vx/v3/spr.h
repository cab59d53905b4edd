// Names of spr.h for the third version of the chip.
#pragma once

#include "libnux/vx/spr.h"
