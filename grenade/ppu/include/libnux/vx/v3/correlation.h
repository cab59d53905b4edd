// Names of correlation.h for the third version of the chip.
#pragma once

#include "libnux/vx/correlation.h"
