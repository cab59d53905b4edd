// Operators new and delete, which the runtime brings along: memory of the heap.
#pragma once

#include <new>

#include "libnux/vx/malloc.h"
