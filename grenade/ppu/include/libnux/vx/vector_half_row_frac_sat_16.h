// Columns of one parity of a row as 128 signed halfwords: two vectors.
#pragma once

#include "libnux/vx/detail/vector_pair.h"
#include "libnux/vx/vector_frac_sat_16.h"

namespace libnux::vx {

typedef detail::VectorPair<VectorFracSat16> VectorHalfRowFracSat16;

} // namespace libnux::vx
