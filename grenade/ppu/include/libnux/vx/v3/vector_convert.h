// Names of vector_convert.h for the third version of the chip.
#pragma once

#include "libnux/vx/vector_convert.h"
