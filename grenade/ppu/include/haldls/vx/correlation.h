#pragma once
#include "haldls/vx/v3/correlation.h"
