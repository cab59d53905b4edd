// Names of fxv.h for the third version of the chip.
#pragma once

#include "libnux/vx/fxv.h"
