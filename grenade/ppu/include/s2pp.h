// Vectors of the plasticity processor in a stock compiler.
//
// `__vector T` is a vector of 128 bytes of T = (u)int8_t or (u)int16_t in memory. GCC aligns it to 16 bytes, which is
// enough for the vector unit. Compilers copy such values word by word; clang also loads the whole vector to read one
// element by a changing index. Code that works on rows uses the classes of libnux, which copy and index cheaply and
// are aligned to 128 bytes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define __vector __attribute__((vector_size(128)))

// COND of the vector instructions.
#define __C_GT 1
#define __C_LT 2
#define __C_EQ 3

#if defined(__cplusplus)
#if defined(__GNUC__) && !defined(__clang__)
// Passing such vectors by value is no matter of a binary interface here: everything is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
#include "libnux/vx/detail/vector_builtins.h"
#endif
