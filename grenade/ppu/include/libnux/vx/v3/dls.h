// Names of dls.h for the third version of the chip.
#pragma once

#include "libnux/vx/dls.h"
