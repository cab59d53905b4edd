// Registers and memories on the chip, word by word.
#pragma once

#include "libnux/vx/dls.h"
#include "libnux/vx/omnibus_types.h"

namespace libnux::vx {

/// Where the processor finds a word of the Omnibus on the chip.
inline omnibus_word_t volatile* get_omnibus_pointer(omnibus_address_t address)
{
	return reinterpret_cast<omnibus_word_t volatile*>(address << 2 | ppu_omnibus_chip);
}

/// Read a word.
inline omnibus_word_t omnibus_read(omnibus_address_t address)
{
	return *get_omnibus_pointer(address);
}

/// Write a word.
inline void omnibus_write(omnibus_address_t address, omnibus_word_t value)
{
	*get_omnibus_pointer(address) = value;
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::get_omnibus_pointer;
using libnux::vx::omnibus_address_t;
using libnux::vx::omnibus_read;
using libnux::vx::omnibus_word_t;
using libnux::vx::omnibus_write;

} // namespace libnux::vx::v3
