"""haldls: the registers of the system as containers.

A container is the image of its registers; its attributes are the fields. `encode`, `read_addresses` and `decode`
show what travels, `columns` gives the fields of many registers as arrays.
"""

from __future__ import annotations

from haldls import array_types, constants
from haldls.arrays import Columns
from haldls.backend import Backend, Target
from haldls.background import BackgroundSpikeSource
from haldls.cadc import CADCChannelConfig, CADCConfig, CADCOffsetSRAMTimingConfig, CADCSampleQuad
from haldls.capmem import (
    CapMemBlock,
    CapMemBlockConfig,
    CapMemCell,
    CapMemSRAMTimingConfig,
    ReferenceGeneratorConfig,
)
from haldls.container import BlockUntil, Container, Encodable, container_type
from haldls.correlation import CommonCorrelationConfig, CorrelationReset
from haldls.crossbar import (
    CrossbarInputDropCounter,
    CrossbarNode,
    CrossbarOutputConfig,
    CrossbarOutputEventCounter,
)
from haldls.errors import AccessError, DecodeError, FieldValueError
from haldls.event import (
    ChipTime,
    FPGATime,
    HighspeedLinkNotification,
    MADCSampleFromChip,
    SpikeFromChip,
    SpikePack1ToChip,
    SpikePack2ToChip,
    SpikePack3ToChip,
)
from haldls.external_memory import (
    ExternalPPUDRAMMemoryByte,
    ExternalPPUDRAMMemoryQuad,
    ExternalPPUMemoryByte,
    ExternalPPUMemoryQuad,
)
from haldls.fpga import (
    EventRecordingConfig,
    FPGADeviceDNA,
    InstructionTimeoutConfig,
    NullPayloadReadable,
    PerfTest,
    PerfTestStatus,
    PollingOmnibusBlockConfig,
    SystimeCorrectionBarrierConfig,
)
from haldls.i2c import (
    AD5252ChannelConfig,
    AD5252ChannelConfigPersistent,
    DAC6573ChannelConfig,
    INA219Config,
    INA219Status,
    TCA9546ChannelConfig,
    TCA9554Config,
    TCA9554Inputs,
    TMP112Status,
)
from haldls.inspection import columns, decode, describe, encode, read_addresses
from haldls.jtag import JTAGClockScaler, JTAGIdCode, ResetChip, ResetJTAGTap
from haldls.madc import MADCConfig, MADCControl
from haldls.neuron import (
    BlockPostPulse,
    CommonNeuronBackendConfig,
    NeuronBackendConfig,
    NeuronBackendSRAMTimingConfig,
    NeuronConfig,
    NeuronReset,
    NeuronResetQuad,
    NeuronSRAMTimingConfig,
    SpikeCounterRead,
    SpikeCounterReset,
)
from haldls.padi import CommonPADIBusConfig, CommonSTPConfig, PADIEvent
from haldls.phy import (
    CommonPhyConfigChip,
    CommonPhyConfigFPGA,
    HicannARQStatus,
    PhyConfigBase,
    PhyConfigChip,
    PhyConfigFPGA,
    PhyStatus,
)
from haldls.pll import ADPLL, PLLClockOutputBlock, PLLSelfTest, PLLSelfTestStatus
from haldls.ppu import PPUControlRegister, PPUMemory, PPUMemoryBlock, PPUMemoryWord, PPUStatusRegister
from haldls.readout import CurrentDAC, PadMultiplexerConfig, ReadoutSourceSelection
from haldls.routing_table import InputRoutingTableEntry, OutputRoutingTableEntry
from haldls.serialization import from_json, from_portablebinary, to_json, to_portablebinary
from haldls.spi import DACChannel, DACControl, ShiftRegister
from haldls.spikeio import SpikeIOConfig, SpikeIOInputRoute, SpikeIOOutputRoute
from haldls.synapse import (
    ColumnCorrelationQuad,
    ColumnCurrentQuad,
    CommonSynramConfig,
    SynapseBiasSelection,
    SynapseCorrelationCalibQuad,
    SynapseLabelQuad,
    SynapseQuad,
    SynapseWeightQuad,
)
from haldls.synapse_driver import SynapseDriverConfig, SynapseDriverSRAMTimingConfig
from haldls.systime import (
    FPGASystimeSyncActiveState,
    FPGASystimeSyncLastAsicSystime,
    FPGASystimeSyncLastRTT,
    FPGASystimeSyncNumRetries,
    SystimeSync,
    SystimeSyncBase,
)
from haldls.timer import Barrier, PollingOmnibusBlock, Timer
from haldls.vector_generator import (
    VectorGeneratorControl,
    VectorGeneratorFIFOWord,
    VectorGeneratorLUTEntry,
    VectorGeneratorNotificationAddress,
    VectorGeneratorTrigger,
)

__all__ = [
    "AD5252ChannelConfig",
    "AD5252ChannelConfigPersistent",
    "ADPLL",
    "AccessError",
    "Backend",
    "BackgroundSpikeSource",
    "Barrier",
    "BlockPostPulse",
    "BlockUntil",
    "CADCChannelConfig",
    "CADCConfig",
    "CADCOffsetSRAMTimingConfig",
    "CADCSampleQuad",
    "CapMemBlock",
    "CapMemBlockConfig",
    "CapMemCell",
    "CapMemSRAMTimingConfig",
    "ChipTime",
    "ColumnCorrelationQuad",
    "ColumnCurrentQuad",
    "Columns",
    "CommonCorrelationConfig",
    "CommonNeuronBackendConfig",
    "CommonPADIBusConfig",
    "CommonPhyConfigChip",
    "CommonPhyConfigFPGA",
    "CommonSTPConfig",
    "CommonSynramConfig",
    "Container",
    "CorrelationReset",
    "CrossbarInputDropCounter",
    "CrossbarNode",
    "CrossbarOutputConfig",
    "CrossbarOutputEventCounter",
    "CurrentDAC",
    "DAC6573ChannelConfig",
    "DACChannel",
    "DACControl",
    "DecodeError",
    "Encodable",
    "EventRecordingConfig",
    "ExternalPPUDRAMMemoryByte",
    "ExternalPPUDRAMMemoryQuad",
    "ExternalPPUMemoryByte",
    "ExternalPPUMemoryQuad",
    "FPGADeviceDNA",
    "FPGASystimeSyncActiveState",
    "FPGASystimeSyncLastAsicSystime",
    "FPGASystimeSyncLastRTT",
    "FPGASystimeSyncNumRetries",
    "FPGATime",
    "FieldValueError",
    "HicannARQStatus",
    "HighspeedLinkNotification",
    "INA219Config",
    "INA219Status",
    "InputRoutingTableEntry",
    "InstructionTimeoutConfig",
    "JTAGClockScaler",
    "JTAGIdCode",
    "MADCConfig",
    "MADCControl",
    "MADCSampleFromChip",
    "NeuronBackendConfig",
    "NeuronBackendSRAMTimingConfig",
    "NeuronConfig",
    "NeuronReset",
    "NeuronResetQuad",
    "NeuronSRAMTimingConfig",
    "NullPayloadReadable",
    "OutputRoutingTableEntry",
    "PADIEvent",
    "PLLClockOutputBlock",
    "PLLSelfTest",
    "PLLSelfTestStatus",
    "PPUControlRegister",
    "PPUMemory",
    "PPUMemoryBlock",
    "PPUMemoryWord",
    "PPUStatusRegister",
    "PadMultiplexerConfig",
    "PerfTest",
    "PerfTestStatus",
    "PhyConfigBase",
    "PhyConfigChip",
    "PhyConfigFPGA",
    "PhyStatus",
    "PollingOmnibusBlock",
    "PollingOmnibusBlockConfig",
    "ReadoutSourceSelection",
    "ReferenceGeneratorConfig",
    "ResetChip",
    "ResetJTAGTap",
    "ShiftRegister",
    "SpikeCounterRead",
    "SpikeCounterReset",
    "SpikeFromChip",
    "SpikeIOConfig",
    "SpikeIOInputRoute",
    "SpikeIOOutputRoute",
    "SpikePack1ToChip",
    "SpikePack2ToChip",
    "SpikePack3ToChip",
    "SynapseBiasSelection",
    "SynapseCorrelationCalibQuad",
    "SynapseDriverConfig",
    "SynapseDriverSRAMTimingConfig",
    "SynapseLabelQuad",
    "SynapseQuad",
    "SynapseWeightQuad",
    "SystimeCorrectionBarrierConfig",
    "SystimeSync",
    "SystimeSyncBase",
    "TCA9546ChannelConfig",
    "TCA9554Config",
    "TCA9554Inputs",
    "TMP112Status",
    "Target",
    "Timer",
    "VectorGeneratorControl",
    "VectorGeneratorFIFOWord",
    "VectorGeneratorLUTEntry",
    "VectorGeneratorNotificationAddress",
    "VectorGeneratorTrigger",
    "chip_reset_high_duration",
    "chip_reset_low_duration",
    "columns",
    "container_type",
    "containers",
    "decode",
    "describe",
    "encode",
    "from_json",
    "from_portablebinary",
    "jboa_dac_settling_duration",
    "jboa_powerup_settling_duration",
    "minimal_madc_clock_cycles_per_sample",
    "nominal_pll_f_reference",
    "pll_and_omnibus_settling_duration",
    "read_addresses",
    "reference_generator_reset_duration",
    "to_json",
    "to_portablebinary",
    "xboard_dac_settling_duration",
]

# Durations of the initialisation, under the names of the real system.
pll_and_omnibus_settling_duration = Timer.Value(constants.PLL_AND_OMNIBUS_SETTLING_DURATION)
xboard_dac_settling_duration = Timer.Value(constants.XBOARD_DAC_SETTLING_DURATION)
jboa_dac_settling_duration = Timer.Value(constants.JBOA_DAC_SETTLING_DURATION)
jboa_powerup_settling_duration = Timer.Value(constants.JBOA_POWERUP_SETTLING_DURATION)
chip_reset_high_duration = Timer.Value(constants.CHIP_RESET_HIGH_DURATION)
chip_reset_low_duration = Timer.Value(constants.CHIP_RESET_LOW_DURATION)
reference_generator_reset_duration = Timer.Value(constants.REFERENCE_GENERATOR_RESET_DURATION)
nominal_pll_f_reference = constants.NOMINAL_PLL_F_REFERENCE
minimal_madc_clock_cycles_per_sample = constants.MINIMAL_MADC_CLOCK_CYCLES_PER_SAMPLE

containers = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Container) and value.coordinate_type is not None
]
"""All container classes."""
