// Vector of 128 signed bytes, arithmetic saturating; factors are fractions of 128.
#pragma once

#include "libnux/vx/detail/vector_register.h"

namespace libnux::vx {

typedef detail::Vector<detail::FractionalByte> VectorFracSat8;

} // namespace libnux::vx
