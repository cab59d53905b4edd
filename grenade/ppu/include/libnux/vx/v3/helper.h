// Names of helper.h for the third version of the chip.
#pragma once

#include "libnux/vx/helper.h"
