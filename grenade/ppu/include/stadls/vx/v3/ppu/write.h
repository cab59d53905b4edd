#pragma once
#include "haldls/vx/v3/neuron.h"
#include "libnux/vx/omnibus.h"

namespace stadls::vx::v3::ppu {

/**
 * Write a container to the chip.
 *
 * @tparam ContainerT A writable container of haldls
 * @param coordinate Where it goes
 * @param container What is written
 */
template <typename ContainerT>
inline void write(typename ContainerT::coordinate_type const& coordinate, ContainerT const& container)
{
	auto const addresses = ContainerT::write_addresses(coordinate);
	auto const words = container.encode();
	for (size_t i = 0; i < words.size(); ++i) {
		libnux::vx::omnibus_write(addresses[i], words[i]);
	}
}

} // namespace stadls::vx::v3::ppu
