#pragma once
#include "halco/common/geometry.h"

namespace halco::hicann_dls::vx::v3 {

struct NeuronColumnOnDLS : public common::Ranged<NeuronColumnOnDLS, 255>
{
	using Ranged::Ranged;
};

struct NeuronRowOnDLS : public common::Ranged<NeuronRowOnDLS, 1>
{
	using Ranged::Ranged;

	static const NeuronRowOnDLS top;
	static const NeuronRowOnDLS bottom;
};

inline constexpr NeuronRowOnDLS NeuronRowOnDLS::top{0u};
inline constexpr NeuronRowOnDLS NeuronRowOnDLS::bottom{1u};

// Registers of single neurons are numbered by chip half first: 256 * (column / 128) + 128 * row + column % 128.

struct NeuronResetOnDLS : public common::Ranged<NeuronResetOnDLS, 511>
{
	using Ranged::Ranged;
};

struct SpikeCounterReadOnDLS : public common::Ranged<SpikeCounterReadOnDLS, 511>
{
	using Ranged::Ranged;
};

struct SpikeCounterResetOnDLS : public common::Ranged<SpikeCounterResetOnDLS, 511>
{
	using Ranged::Ranged;
};

/**
 * Neuron circuit by column and row.
 */
class AtomicNeuronOnDLS
{
public:
	constexpr static uint32_t size = NeuronColumnOnDLS::size * NeuronRowOnDLS::size;

	constexpr AtomicNeuronOnDLS() = default;
	constexpr explicit AtomicNeuronOnDLS(
	    NeuronColumnOnDLS const& column, NeuronRowOnDLS const& row = NeuronRowOnDLS()) :
	    m_column(column), m_row(row)
	{}
	constexpr AtomicNeuronOnDLS(common::Enum const& number) :
	    m_column(number.value() % NeuronColumnOnDLS::size),
	    m_row(number.value() / NeuronColumnOnDLS::size)
	{}

	constexpr NeuronColumnOnDLS x() const { return m_column; }
	constexpr NeuronRowOnDLS y() const { return m_row; }
	constexpr NeuronColumnOnDLS toNeuronColumnOnDLS() const { return m_column; }
	constexpr NeuronRowOnDLS toNeuronRowOnDLS() const { return m_row; }
	constexpr common::Enum toEnum() const
	{
		return common::Enum(m_row.value() * NeuronColumnOnDLS::size + m_column.value());
	}

	constexpr NeuronResetOnDLS toNeuronResetOnDLS() const { return NeuronResetOnDLS(number()); }
	constexpr SpikeCounterReadOnDLS toSpikeCounterReadOnDLS() const
	{
		return SpikeCounterReadOnDLS(number());
	}
	constexpr SpikeCounterResetOnDLS toSpikeCounterResetOnDLS() const
	{
		return SpikeCounterResetOnDLS(number());
	}

	constexpr bool operator==(AtomicNeuronOnDLS const& other) const
	{
		return toEnum() == other.toEnum();
	}
	constexpr bool operator!=(AtomicNeuronOnDLS const& other) const { return !(*this == other); }

private:
	NeuronColumnOnDLS m_column;
	NeuronRowOnDLS m_row;

	constexpr uint32_t number() const
	{
		return 256 * (m_column.value() / 128) + 128 * m_row.value() + m_column.value() % 128;
	}
};

} // namespace halco::hicann_dls::vx::v3
