"""lola: logical objects, composed of register containers.

An object is one register image with views into it: copying, comparing and encoding it work on whole arrays.
"""

from __future__ import annotations

from haldls.container import Container
from haldls.inspection import decode, encode, read_addresses
from haldls.ppu import PPUMemory, PPUMemoryBlock
from haldls.serialization import from_json, from_portablebinary, to_json, to_portablebinary
from lola.atomic_neuron import AtomicNeuron
from lola.cadc import CADCReadoutChain, CADCSampleRow, CADCSamples
from lola.capmem import CapMem
from lola.chip import Chip
from lola.crossbar import Crossbar
from lola.dac import DACChannelBlock, DACControlBlock
from lola.external_memory import ExternalPPUDRAMMemoryBlock, ExternalPPUMemory, ExternalPPUMemoryBlock
from lola.fpga import (
    ChipAndMultichipJboaLeafFPGA,
    ChipAndSinglechipFPGA,
    MultichipJboaLeafFPGA,
    SinglechipFPGA,
)
from lola.logical_neuron import LogicalNeuron, MCSafeAtomicNeuron
from lola.memory_timing import MemoryTiming
from lola.morphology import Morphology, MorphologyError
from lola.neuron_block import NeuronBlock
from lola.ppu_elf import PPUElfError, PPUElfFile, PPUProgram
from lola.readout_chain import ReadoutChain
from lola.routing_table import InputRoutingTable, OutputRoutingTable
from lola.synapse_driver_block import SynapseDriverBlock
from lola.synapse_matrix import (
    SynapseBlock,
    SynapseCorrelationCalibMatrix,
    SynapseLabelMatrix,
    SynapseMatrix,
    SynapseWeightMatrix,
)
from lola.synapse_rows import (
    ColumnCorrelationRow,
    ColumnCurrentRow,
    CorrelationResetRow,
    SynapseCorrelationCalibRow,
    SynapseLabelRow,
    SynapseRow,
    SynapseWeightRow,
)

containers = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Container) and value.__module__.startswith("lola.")
    and value is not MCSafeAtomicNeuron
]
"""All container classes."""
