// Vector of 64 halfwords, arithmetic modulo 2^16.
#pragma once

#include "libnux/vx/detail/vector_register.h"

namespace libnux::vx {

typedef detail::Vector<detail::ModuloHalfword> VectorMod16;

} // namespace libnux::vx
