// Names of vector.h for the third version of the chip.
#pragma once

#include "libnux/vx/vector.h"
