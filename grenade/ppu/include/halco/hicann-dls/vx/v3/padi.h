#pragma once
#include "halco/common/geometry.h"

namespace halco::hicann_dls::vx::v3 {

struct PADIEventOnDLS : public common::Ranged<PADIEventOnDLS, 1>
{
	using Ranged::Ranged;
};

struct PADIBusOnPADIBusBlock : public common::Ranged<PADIBusOnPADIBusBlock, 3>
{
	using Ranged::Ranged;
};

struct PADIRowSelectAddress : public common::Ranged<PADIRowSelectAddress, 31>
{
	using Ranged::Ranged;
};

struct SynapseLabel : public common::Ranged<SynapseLabel, 63>
{
	using Ranged::Ranged;
};

} // namespace halco::hicann_dls::vx::v3
