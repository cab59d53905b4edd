"""Records of recordings: the recorded circuits as rows of numbers."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

import halco
from grenade.common import AtomicNeuronOnExecutionInstance, PopulationOnExecutionInstance
from grenade.experiment.arrays import array
from grenade.experiment.record import Number, Pair, Record, chip, numbers
from grenade.network.recording import CADCRecording, MADCRecording, NeuronRecording, PadRecording, Source

_Row = Annotated[list[Number], Field(min_length=5, max_length=5)]
"""Population, neuron, compartment, circuit on the compartment, source."""


def _row(neuron: NeuronRecording.Neuron) -> list[int]:
    at = neuron.coordinate
    return [
        int(at.population), at.neuron_on_population, int(at.compartment_on_neuron), at.atomic_neuron_on_compartment,
        int(neuron.source),
    ]


def _neuron(row: list[int]) -> NeuronRecording.Neuron:
    population, neuron, compartment, circuit, source = row
    at = AtomicNeuronOnExecutionInstance(
        PopulationOnExecutionInstance(population), neuron, halco.CompartmentOnLogicalNeuron(compartment), circuit
    )
    return NeuronRecording.Neuron(at, Source(source))


def _table(neurons: list[NeuronRecording.Neuron]) -> np.ndarray:
    return np.array([_row(neuron) for neuron in neurons], np.int64).reshape(-1, 5)


class MADCRecord(Record):
    """Fast recording; `neurons` has population, neuron, compartment, circuit on the compartment, source."""

    neurons: array(np.int64, None, 5)  # type: ignore[valid-type]
    chip: Pair

    @classmethod
    def of(cls, recording: MADCRecording) -> MADCRecord:
        """Record of a recording."""
        return cls(neurons=_table(recording.neurons), chip=numbers(recording.chip_on_executor))

    def recording(self) -> MADCRecording:
        """The recording."""
        return MADCRecording([_neuron(row) for row in self.neurons.tolist()], chip(self.chip))


class CADCRecord(Record):
    """Slow recording; `neurons` has population, neuron, compartment, circuit on the compartment, source."""

    neurons: array(np.int64, None, 5)  # type: ignore[valid-type]
    placement_on_dram: bool
    chip: Pair

    @classmethod
    def of(cls, recording: CADCRecording) -> CADCRecord:
        """Record of a recording."""
        return cls(
            neurons=_table(recording.neurons), placement_on_dram=recording.placement_on_dram,
            chip=numbers(recording.chip_on_executor),
        )

    def recording(self) -> CADCRecording:
        """The recording."""
        neurons = [_neuron(row) for row in self.neurons.tolist()]
        return CADCRecording(neurons, self.placement_on_dram, chip(self.chip))


class PadSourceRecord(Record):
    """A circuit at a pad."""

    pad: Number
    neuron: _Row
    enable_buffered: bool


class PadRecord(Record):
    """Voltages on pads."""

    sources: list[PadSourceRecord]
    chip: Pair

    @classmethod
    def of(cls, recording: PadRecording) -> PadRecord:
        """Record of a recording."""
        sources = [
            PadSourceRecord(pad=int(pad), neuron=_row(source.neuron), enable_buffered=source.enable_buffered)
            for pad, source in sorted(recording.recordings.items())
        ]
        return cls(sources=sources, chip=numbers(recording.chip_on_executor))

    def recording(self) -> PadRecording:
        """The recording."""
        sources = {
            halco.PadOnDLS(each.pad): PadRecording.Source(_neuron(each.neuron), each.enable_buffered)
            for each in self.sources
        }
        if len(sources) != len(self.sources):
            raise ValueError("a pad is listed twice")
        return PadRecording(sources, chip(self.chip))
