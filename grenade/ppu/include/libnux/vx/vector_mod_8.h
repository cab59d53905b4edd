// Vector of 128 bytes, arithmetic modulo 2^8.
#pragma once

#include "libnux/vx/detail/vector_register.h"

namespace libnux::vx {

typedef detail::Vector<detail::ModuloByte> VectorMod8;

} // namespace libnux::vx
