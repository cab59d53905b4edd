"""Types that number the two chip halves; each converts to every other one with the number kept."""

from __future__ import annotations

HALVES = "top bottom"
"""Named values of most of these types: 0 is the top half, 1 the bottom half."""

HEMISPHERE = (
    "SynapseBlockOnDLS SynapseWeightMatrixOnDLS SynapseLabelMatrixOnDLS SynapseCorrelationCalibMatrixOnDLS "
    "ColumnCorrelationRowOnDLS ColumnCurrentRowOnDLS HemisphereOnDLS PPUOnDLS CADCConfigOnDLS PADIEventOnDLS "
    "CommonSynramConfigOnDLS SynramOnDLS PADIBusBlockOnDLS CommonPADIBusConfigOnDLS CommonSTPConfigOnDLS "
    "PPUMemoryOnDLS PPUControlRegisterOnDLS PPUStatusRegisterOnDLS SynapseDriverBlockOnDLS "
    "SynapseDriverSRAMTimingConfigOnDLS CommonCorrelationConfigOnDLS NeuronRowOnDLS "
    "CommonSynapseDriverConfigOnDLS"
)
"""Targets of the conversions that every type of the family has, also to itself; ``CADCOnDLS`` is a source only."""
