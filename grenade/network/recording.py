"""Recordings of analog voltages of neurons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

import halco
import lola
from grenade.coercion import DESCRIPTION, coerced
from grenade.common import FIRST_CHIP, AtomicNeuronOnExecutionInstance, ChipOnExecutor, EntityOnChip

Source = lola.AtomicNeuron.Readout.Source
"""Voltage of a circuit that is read out."""

_Pad = Annotated[halco.PadOnDLS, coerced(halco.PadOnDLS)]


@dataclass(config=DESCRIPTION)
class NeuronRecording:
    """Recorded circuits.

    Attributes
    ----------
    neurons : list of NeuronRecording.Neuron
        The circuits.
    """

    @dataclass(config=DESCRIPTION, unsafe_hash=True)
    class Neuron:
        """A circuit and the voltage of it that is read out."""

        coordinate: AtomicNeuronOnExecutionInstance = Field(default_factory=AtomicNeuronOnExecutionInstance)
        source: Source = Source.membrane

    neurons: list[Neuron] = Field(default_factory=list)


@dataclass(config=DESCRIPTION)
class MADCRecording(NeuronRecording, EntityOnChip):
    """Fast recording of one or two circuits.

    Attributes
    ----------
    neurons : list of MADCRecording.Neuron
        One circuit, or two of which one is in an even and one in an odd column.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    chip_on_executor: ChipOnExecutor = FIRST_CHIP


@dataclass(config=DESCRIPTION)
class CADCRecording(NeuronRecording, EntityOnChip):
    """Slow recording of many circuits at once.

    Attributes
    ----------
    neurons : list of CADCRecording.Neuron
        The circuits, each once.
    placement_on_dram : bool
        Keep the samples in the large external memory, which is slower.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    placement_on_dram: bool = False
    chip_on_executor: ChipOnExecutor = FIRST_CHIP


@dataclass(config=DESCRIPTION)
class PadRecording(EntityOnChip):
    """Voltages of circuits on the analog pads of the chip; they are not part of the results.

    Attributes
    ----------
    recordings : dict of halco.PadOnDLS to PadRecording.Source
        Circuit at each used pad.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    Neuron = NeuronRecording.Neuron

    @dataclass(config=DESCRIPTION, unsafe_hash=True)
    class Source:
        """A circuit, and whether it reaches the pad through its readout amplifier."""

        neuron: NeuronRecording.Neuron = Field(default_factory=NeuronRecording.Neuron)
        enable_buffered: bool = False

    recordings: dict[_Pad, Source] = Field(default_factory=dict)
    chip_on_executor: ChipOnExecutor = FIRST_CHIP
