// Names of mailbox.h for the third version of the chip.
#pragma once

#include "libnux/vx/mailbox.h"
