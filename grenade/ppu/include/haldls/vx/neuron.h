#pragma once
#include "haldls/vx/v3/neuron.h"
