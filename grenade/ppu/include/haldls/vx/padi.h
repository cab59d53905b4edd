#pragma once
#include "haldls/vx/v3/padi.h"
