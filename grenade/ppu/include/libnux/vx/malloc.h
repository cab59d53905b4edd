// Memory of the heap: between the stack and the data, given out one after the other and never taken back.
#pragma once

#include <cstddef>

extern "C" {

/// Memory for some bytes, or a null pointer if there is not enough left.
void* malloc(size_t size);

/// Nothing happens: memory is not used again.
void free(void* pointer);
}
