// Columns of one parity of a row as 128 signed bytes: one vector.
#pragma once

#include "libnux/vx/vector_frac_sat_8.h"

namespace libnux::vx {

typedef VectorFracSat8 VectorHalfRowFracSat8;

} // namespace libnux::vx
