#pragma once
#include "halco/hicann-dls/vx/v3/padi.h"
