// Addresses and words of the Omnibus.
#pragma once

#include <cstdint>

namespace libnux::vx {

typedef uint32_t omnibus_address_t; ///< of words, as the host counts them
typedef uint32_t omnibus_word_t;

} // namespace libnux::vx
