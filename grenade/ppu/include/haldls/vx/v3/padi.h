#pragma once
#include "halco/hicann-dls/vx/v3/padi.h"
#include <array>
#include <cstdint>

namespace haldls::vx::v3 {

/**
 * Written: sends one event at once on the selected PADI buses that do not listen to the crossbar.
 */
class PADIEvent
{
public:
	typedef halco::hicann_dls::vx::v3::PADIEventOnDLS coordinate_type;
	typedef halco::hicann_dls::vx::v3::SynapseLabel EventAddress;
	typedef halco::hicann_dls::vx::v3::PADIRowSelectAddress RowSelectAddress;
	typedef std::array<bool, halco::hicann_dls::vx::v3::PADIBusOnPADIBusBlock::size> fire_bus_type;
	constexpr static size_t write_config_size_in_words = 1;

	constexpr fire_bus_type get_fire_bus() const { return m_fire_bus; }
	constexpr void set_fire_bus(fire_bus_type const& value) { m_fire_bus = value; }
	constexpr EventAddress get_event_address() const { return m_event_address; }
	constexpr void set_event_address(EventAddress const& value) { m_event_address = value; }
	constexpr RowSelectAddress get_row_select_address() const { return m_row_select_address; }
	constexpr void set_row_select_address(RowSelectAddress const& value) { m_row_select_address = value; }

	static std::array<uint32_t, write_config_size_in_words> write_addresses(
	    coordinate_type const& coordinate)
	{
		return {coordinate.value() ? 0x00118000u : 0x00110000u};
	}
	std::array<uint32_t, write_config_size_in_words> encode() const
	{
		uint32_t word = m_event_address.value() << 16 | m_row_select_address.value() << 22;
		for (size_t bus = 0; bus < m_fire_bus.size(); ++bus) {
			word |= uint32_t(m_fire_bus[bus]) << bus;
		}
		return {word};
	}

private:
	fire_bus_type m_fire_bus{};
	EventAddress m_event_address{};
	RowSelectAddress m_row_select_address{};
};

} // namespace haldls::vx::v3
