"""Records of plasticity rules."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

import halco
from grenade.common import PopulationOnExecutionInstance, ProjectionOnExecutionInstance
from grenade.experiment.arrays import array
from grenade.experiment.record import Number, Pair, Record, chip, numbers
from grenade.network.plasticity_rule import (
    ObservableArray,
    ObservablePerNeuron,
    ObservablePerSynapse,
    PlasticityRule,
    PopulationHandle,
    RawRecording,
    TimedRecording,
    Timer,
)
from grenade.network.recording import Source

_NO_SOURCE = -1
_Type = Literal["int8", "uint8", "int16", "uint16"]


class HandleRecord(Record):
    """A population that a rule reads.

    Attributes
    ----------
    descriptor : int
        The population.
    size : int
        Number of neurons.
    compartments : ndarray of int64, (c, 3)
        Neuron, compartment, number of circuits.
    sources : ndarray of int64, (m,)
        Voltage that is read of each circuit, compartment by compartment; -1 where none is.
    """

    descriptor: Number
    size: Number
    compartments: array(np.int64, None, 3)  # type: ignore[valid-type]
    sources: array(np.int64, None)  # type: ignore[valid-type]

    @classmethod
    def of(cls, handle: PopulationHandle) -> HandleRecord:
        """Record of a handle."""
        compartments, sources = [], []
        for number, neuron in enumerate(handle.neuron_readout_sources):
            for compartment, of_circuits in neuron.items():
                compartments.append((number, int(compartment), len(of_circuits)))
                sources += [_NO_SOURCE if source is None else int(source) for source in of_circuits]
        return cls(
            descriptor=int(handle.descriptor), size=len(handle.neuron_readout_sources),
            compartments=np.array(compartments, np.int64).reshape(-1, 3), sources=np.array(sources, np.int64),
        )

    def handle(self) -> PopulationHandle:
        """The handle; ValueError if the arrays do not fit each other."""
        counts = self.compartments[:, 2]
        if (counts < 0).any() or counts.sum() != len(self.sources):
            raise ValueError(f"compartments have {counts.sum()} circuits, but there are {len(self.sources)} sources")
        found = [None if source == _NO_SOURCE else Source(source) for source in self.sources.tolist()]
        sources: list[dict[halco.CompartmentOnLogicalNeuron, list[Source | None]]] = [{} for _ in range(self.size)]
        first = 0
        for neuron, compartment, count in self.compartments.tolist():
            if not 0 <= neuron < self.size:
                raise ValueError(f"readout sources name neuron {neuron} of {self.size}")
            sources[neuron][halco.CompartmentOnLogicalNeuron(compartment)] = found[first : first + count]
            first += count
        return PopulationHandle(PopulationOnExecutionInstance(self.descriptor), sources)


class ObservableRecord(Record):
    """A recorded value; the layout is there unless it is an array, the size if it is one."""

    kind: Literal["per synapse", "per neuron", "array"]
    type: _Type
    layout: str | None = None
    size: Number | None = None

    @classmethod
    def of(cls, observable: ObservablePerSynapse | ObservablePerNeuron | ObservableArray) -> ObservableRecord:
        """Record of an observable."""
        type_: _Type = observable.type.value
        if isinstance(observable, ObservablePerSynapse):
            return cls(kind="per synapse", type=type_, layout=observable.layout_per_row.value)
        if isinstance(observable, ObservablePerNeuron):
            return cls(kind="per neuron", type=type_, layout=observable.layout.value)
        return cls(kind="array", type=type_, size=observable.size)

    def observable(self) -> ObservablePerSynapse | ObservablePerNeuron | ObservableArray:
        """The observable."""
        if (self.kind == "array") != (self.layout is None) or (self.kind == "array") != (self.size is not None):
            raise ValueError(f"observable {self.kind}: layout is {self.layout!r}, size is {self.size!r}")
        if self.kind == "per synapse":
            synapse = ObservablePerSynapse
            return synapse(synapse.Type(self.type), synapse.LayoutPerRow(self.layout))
        if self.kind == "per neuron":
            neuron = ObservablePerNeuron
            return neuron(neuron.Type(self.type), neuron.Layout(self.layout))
        return ObservableArray(ObservableArray.Type(self.type), self.size or 0)


class RawRecordingRecord(Record):
    """Memory that the kernel fills."""

    kind: Literal["raw"] = "raw"
    scratchpad_memory_size: Number
    placement_in_dram: bool

    def recording(self) -> RawRecording:
        """The recording."""
        return RawRecording(self.scratchpad_memory_size, self.placement_in_dram)


class TimedRecordingRecord(Record):
    """Observables of each time the rule runs."""

    kind: Literal["timed"] = "timed"
    observables: dict[str, ObservableRecord]
    placement_in_dram: bool

    def recording(self) -> TimedRecording:
        """The recording."""
        observables = {name: each.observable() for name, each in self.observables.items()}
        return TimedRecording(observables, self.placement_in_dram)


_AnyRecording = RawRecordingRecord | TimedRecordingRecord
_RecordingRecord = Annotated[_AnyRecording, Field(discriminator="kind")]


def _recording_record(recording: RawRecording | TimedRecording | None) -> _AnyRecording | None:
    if recording is None:
        return None
    if isinstance(recording, RawRecording):
        return RawRecordingRecord(
            scratchpad_memory_size=recording.scratchpad_memory_size, placement_in_dram=recording.placement_in_dram
        )
    observables = {name: ObservableRecord.of(each) for name, each in recording.observables.items()}
    return TimedRecordingRecord(observables=observables, placement_in_dram=recording.placement_in_dram)


class PlasticityRuleRecord(Record):
    """A plasticity rule; `timer` has start and period in PPU cycles, and the number of periods."""

    projections: list[Number]
    populations: list[HandleRecord]
    kernel: str
    timer: Annotated[list[Number], Field(min_length=3, max_length=3)]
    enable_requires_one_source_per_row_in_order: bool
    recording: _RecordingRecord | None
    id: Number
    chip: Pair

    @classmethod
    def of(cls, rule: PlasticityRule) -> PlasticityRuleRecord:
        """Record of a rule."""
        return cls(
            projections=[int(each) for each in rule.projections],
            populations=[HandleRecord.of(each) for each in rule.populations],
            kernel=rule.kernel,
            timer=[int(rule.timer.start), int(rule.timer.period), rule.timer.num_periods],
            enable_requires_one_source_per_row_in_order=rule.enable_requires_one_source_per_row_in_order,
            recording=_recording_record(rule.recording),
            id=int(rule.id),
            chip=numbers(rule.chip_on_executor),
        )

    def rule(self) -> PlasticityRule:
        """The rule."""
        start, period, num_periods = self.timer
        return PlasticityRule(
            projections=[ProjectionOnExecutionInstance(each) for each in self.projections],
            populations=[each.handle() for each in self.populations],
            kernel=self.kernel,
            timer=Timer(Timer.Value(start), Timer.Value(period), num_periods),
            enable_requires_one_source_per_row_in_order=self.enable_requires_one_source_per_row_in_order,
            recording=None if self.recording is None else self.recording.recording(),
            id=PlasticityRule.ID(self.id),
            chip_on_executor=chip(self.chip),
        )
