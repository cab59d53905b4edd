// Columns of one parity of a row as 128 bytes: one vector.
#pragma once

#include "libnux/vx/vector_mod_8.h"

namespace libnux::vx {

typedef VectorMod8 VectorHalfRowMod8;

} // namespace libnux::vx
