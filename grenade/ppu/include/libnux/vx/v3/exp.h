// Names of exp.h for the third version of the chip.
#pragma once

#include "libnux/vx/exp.h"
