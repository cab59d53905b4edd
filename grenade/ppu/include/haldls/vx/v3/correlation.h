#pragma once
#include "halco/hicann-dls/vx/v3/synapse.h"
#include <array>
#include <cstdint>

namespace haldls::vx::v3 {

/**
 * Written: resets the causal and acausal sensors of four synapses.
 */
struct CorrelationReset
{
	typedef halco::hicann_dls::vx::v3::CorrelationResetOnDLS coordinate_type;
	constexpr static size_t write_config_size_in_words = 1;

	static std::array<uint32_t, write_config_size_in_words> write_addresses(
	    coordinate_type const& coordinate)
	{
		return {
		    (coordinate.toSynramOnDLS().value() ? 0x03c90000 : 0x02c90000) +
		    64 * coordinate.toSynapseRowOnSynram().value() +
		    coordinate.toSynapseQuadColumnOnDLS().value()};
	}
	std::array<uint32_t, write_config_size_in_words> encode() const { return {0}; }
};

} // namespace haldls::vx::v3
