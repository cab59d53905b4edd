// Names of location.h for the third version of the chip.
#pragma once

#include "libnux/vx/location.h"
