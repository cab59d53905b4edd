#pragma once
#include "haldls/vx/v3/neuron.h"
#include "libnux/vx/omnibus.h"
#include <array>
#include <cstdint>

namespace stadls::vx::v3::ppu {

/**
 * Read a container from the chip.
 *
 * @tparam ContainerT A readable container of haldls
 * @param coordinate Where it is
 */
template <typename ContainerT>
inline ContainerT read(typename ContainerT::coordinate_type const& coordinate)
{
	auto const addresses = ContainerT::read_addresses(coordinate);
	std::array<uint32_t, ContainerT::read_config_size_in_words> words;
	for (size_t i = 0; i < words.size(); ++i) {
		words[i] = libnux::vx::omnibus_read(addresses[i]);
	}
	ContainerT container;
	container.decode(words);
	return container;
}

} // namespace stadls::vx::v3::ppu
