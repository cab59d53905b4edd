"""The whole chip, as one register image."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import halco
from haldls import BackgroundSpikeSource, PPUMemory
from haldls.backend import Backend
from haldls.composite import Composite, Part, child, children
from lola.cadc import CADCReadoutChain
from lola.capmem import CapMem
from lola.crossbar import Crossbar
from lola.external_memory import ExternalPPUMemory
from lola.neuron_block import NeuronBlock
from lola.readout_chain import ReadoutChain
from lola.synapse_driver_block import SynapseDriverBlock
from lola.synapse_matrix import SynapseBlock


def _both(name: str, container: Any) -> Part:
    return Part(name, container, lambda e: e[:, None] + np.arange(2), count=2)


class Chip(
    Composite,
    coordinate=halco.ChipOnDLS,
    parts=[
        Part("crossbar", Crossbar, lambda e: e),
        Part("background_spike_sources", BackgroundSpikeSource, lambda e: e[:, None] + np.arange(8), count=8),
        Part("capmem", CapMem, lambda e: e),
        _both("synapse_driver_blocks", SynapseDriverBlock),
        _both("synapse_blocks", SynapseBlock),
        Part("neuron_block", NeuronBlock, lambda e: e),
        _both("cadc_readout_chains", CADCReadoutChain),
        Part("readout_chain", ReadoutChain, lambda e: e),
        _both("ppu_memory", PPUMemory),
        Part("external_ppu_memory", ExternalPPUMemory, lambda e: e),
    ],
    backends=(Backend.Omnibus,),
    differential=True,
):
    """Configuration of the chip: 126,842 words in the order in which they are written.

    Copying, comparing and differential writing work on the words as a whole. Not part of it: memory timing, clocks,
    links, event recording, PPU control.
    """

    default_neuron_bypass: ClassVar[Chip]

    crossbar = child("crossbar", "event routing")
    background_spike_sources = children("background_spike_sources", halco.BackgroundSpikeSourceOnDLS, "generators")
    capmem = child("capmem", "CapMem settings")
    synapse_driver_blocks = children("synapse_driver_blocks", halco.SynapseDriverBlockOnDLS, "synapse drivers")
    synapse_blocks = children("synapse_blocks", halco.SynapseBlockOnDLS, "synapses")
    neuron_block = child("neuron_block", "neurons")
    cadc_readout_chains = children("cadc_readout_chains", halco.CADCOnDLS, "column ADCs")
    readout_chain = child("readout_chain", "membrane ADC, pads, current source")
    ppu_memory = children("ppu_memory", halco.PPUMemoryOnDLS, "memories of the PPUs")
    external_ppu_memory = child("external_ppu_memory", "external memory of the PPUs")


class _DefaultNeuronBypass:
    """Class constant that is made when it is first asked for, and copied for every user."""

    _chip: Chip | None = None

    def __get__(self, obj: Any, owner: Any = None) -> Chip:
        if self._chip is None:
            chip = Chip()
            routing = chip.neuron_block.atomic_neurons.columns.event_routing
            routing.enable_bypass_excitatory = True
            routing.enable_bypass_inhibitory = True
            for block in chip.synapse_driver_blocks:
                extension = block.padi_bus.dacen_pulse_extension
                extension.fill(type(block.padi_bus).DacenPulseExtension.max)
            self._chip = chip
        return self._chip.copy()


Chip.default_neuron_bypass = _DefaultNeuronBypass()  # type: ignore[assignment]
