#pragma once
#include "halco/common/geometry.h"

namespace halco::hicann_dls::vx::v3 {

struct SynramOnDLS : public common::Ranged<SynramOnDLS, 1>
{
	using Ranged::Ranged;

	static const SynramOnDLS top;
	static const SynramOnDLS bottom;
};

inline constexpr SynramOnDLS SynramOnDLS::top{0u};
inline constexpr SynramOnDLS SynramOnDLS::bottom{1u};

struct SynapseRowOnSynram : public common::Ranged<SynapseRowOnSynram, 255>
{
	using Ranged::Ranged;
};

struct SynapseOnSynapseRow : public common::Ranged<SynapseOnSynapseRow, 255>
{
	using Ranged::Ranged;
};

/**
 * Four synapses of one row that share their words; quad column q holds the columns 8 * (q % 32) + 2 * e + q / 32.
 */
struct SynapseQuadColumnOnDLS : public common::Ranged<SynapseQuadColumnOnDLS, 63>
{
	using Ranged::Ranged;
};

class CorrelationResetOnDLS
{
public:
	constexpr CorrelationResetOnDLS(
	    SynramOnDLS const& synram, SynapseRowOnSynram const& row, SynapseQuadColumnOnDLS const& column) :
	    m_synram(synram), m_row(row), m_column(column)
	{}

	constexpr SynramOnDLS toSynramOnDLS() const { return m_synram; }
	constexpr SynapseRowOnSynram toSynapseRowOnSynram() const { return m_row; }
	constexpr SynapseQuadColumnOnDLS toSynapseQuadColumnOnDLS() const { return m_column; }

private:
	SynramOnDLS m_synram;
	SynapseRowOnSynram m_row;
	SynapseQuadColumnOnDLS m_column;
};

} // namespace halco::hicann_dls::vx::v3
