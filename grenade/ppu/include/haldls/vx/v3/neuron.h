#pragma once
#include "halco/hicann-dls/vx/v3/neuron.h"
#include <array>
#include <cstdint>

namespace haldls::vx::v3 {

namespace detail {

/** Omnibus address of a register of a neuron: chip halves are 0x8000 apart, neurons four words. */
constexpr uint32_t neuron_register(uint32_t base, uint32_t number)
{
	return base + 0x8000 * (number / 256) + 4 * (number % 256);
}

} // namespace detail

/**
 * Number of spikes of a neuron since the last reset of its counter.
 */
class SpikeCounterRead
{
public:
	typedef halco::hicann_dls::vx::v3::SpikeCounterReadOnDLS coordinate_type;
	constexpr static size_t read_config_size_in_words = 1;

	struct Count : public halco::common::Ranged<Count, 255>
	{
		using Ranged::Ranged;
	};

	constexpr SpikeCounterRead() = default;
	constexpr SpikeCounterRead(Count const& count, bool overflow) : m_count(count), m_overflow(overflow) {}

	/** Spikes modulo 256. */
	constexpr Count get_count() const { return m_count; }
	/** Whether the counter has wrapped. */
	constexpr bool get_overflow() const { return m_overflow; }

	static std::array<uint32_t, read_config_size_in_words> read_addresses(coordinate_type const& coordinate)
	{
		return {detail::neuron_register(0x00122800, coordinate.value())};
	}
	void decode(std::array<uint32_t, read_config_size_in_words> const& words)
	{
		m_count = Count(words[0] & 0xff);
		m_overflow = (words[0] >> 8) & 1;
	}

	constexpr bool operator==(SpikeCounterRead const& other) const
	{
		return m_count.value() == other.m_count.value() && m_overflow == other.m_overflow;
	}
	constexpr bool operator!=(SpikeCounterRead const& other) const { return !(*this == other); }

private:
	Count m_count{};
	bool m_overflow = false;
};

/**
 * Written: clears count and overflow of the counter of a neuron.
 */
struct SpikeCounterReset
{
	typedef halco::hicann_dls::vx::v3::SpikeCounterResetOnDLS coordinate_type;
	constexpr static size_t write_config_size_in_words = 1;

	static std::array<uint32_t, write_config_size_in_words> write_addresses(
	    coordinate_type const& coordinate)
	{
		return {detail::neuron_register(0x00122c00, coordinate.value())};
	}
	std::array<uint32_t, write_config_size_in_words> encode() const { return {0}; }
};

/**
 * Written: makes a neuron fire, which resets it.
 */
struct NeuronReset
{
	typedef halco::hicann_dls::vx::v3::NeuronResetOnDLS coordinate_type;
	constexpr static size_t write_config_size_in_words = 1;

	static std::array<uint32_t, write_config_size_in_words> write_addresses(
	    coordinate_type const& coordinate)
	{
		return {detail::neuron_register(0x00122000, coordinate.value())};
	}
	std::array<uint32_t, write_config_size_in_words> encode() const { return {0}; }
};

} // namespace haldls::vx::v3
