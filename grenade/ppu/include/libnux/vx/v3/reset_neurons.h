// Names of reset_neurons.h for the third version of the chip.
#pragma once

#include "libnux/vx/reset_neurons.h"
