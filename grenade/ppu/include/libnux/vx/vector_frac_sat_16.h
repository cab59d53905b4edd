// Vector of 64 signed halfwords, arithmetic saturating; factors are fractions of 32768.
#pragma once

#include "libnux/vx/detail/vector_register.h"

namespace libnux::vx {

typedef detail::Vector<detail::FractionalHalfword> VectorFracSat16;

} // namespace libnux::vx
