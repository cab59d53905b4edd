// Names of syn.h for the third version of the chip.
#pragma once

#include "libnux/vx/syn.h"
