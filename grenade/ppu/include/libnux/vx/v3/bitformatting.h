// Names of bitformatting.h for the third version of the chip.
#pragma once

#include "libnux/vx/bitformatting.h"
