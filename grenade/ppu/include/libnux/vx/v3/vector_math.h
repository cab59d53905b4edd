// Names of vector_math.h for the third version of the chip.
#pragma once

#include "libnux/vx/vector_math.h"
