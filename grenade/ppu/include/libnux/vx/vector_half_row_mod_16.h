// Columns of one parity of a row as 128 halfwords: two vectors.
#pragma once

#include "libnux/vx/detail/vector_pair.h"
#include "libnux/vx/vector_mod_16.h"

namespace libnux::vx {

typedef detail::VectorPair<VectorMod16> VectorHalfRowMod16;

} // namespace libnux::vx
