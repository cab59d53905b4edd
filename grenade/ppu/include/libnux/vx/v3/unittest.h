// Names of unittest.h for the third version of the chip.
#pragma once

#include "libnux/vx/unittest.h"
