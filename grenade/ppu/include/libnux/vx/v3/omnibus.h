// Names of omnibus.h for the third version of the chip.
#pragma once

#include "libnux/vx/omnibus.h"
