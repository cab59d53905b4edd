"""Vertices that read neurons: CADC, MADC, and pads."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from grenade.coercion import coerced
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.neurons import refuses_neurons
from grenade.signal_flow.vertices.vertex import VERTEX, ChipVertex, ColumnLists, InvalidVertex, Vertex
from halco import AtomicNeuronOnDLS, PadOnDLS, SynramOnDLS
from lola import AtomicNeuron

ReadoutSource = AtomicNeuron.Readout.Source


class CADCMode(Enum):
    """When the CADC reads, and where samples are kept."""

    hagen = "hagen"
    """Once before and once after the events; the result is the difference."""
    periodic = "periodic"
    """All the time, into the block RAM of the FPGA."""
    periodic_on_dram = "periodic_on_dram"
    """All the time, into the DRAM of the FPGA."""


def _source_lists(lists: Any) -> Any:
    return tuple(tuple(each) for each in lists)


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class CADCMembraneReadoutView(ChipVertex):
    """Digitised membranes (or other observables) of neuron circuits of a hemisphere, by the causal CADC channels.

    Attributes
    ----------
    columns : tuple of (n,) int64
        Lists of columns; each is an input. All columns are different.
    synram : halco.SynramOnDLS
        Hemisphere.
    mode : CADCMembraneReadoutView.Mode
        `hagen`, `periodic` or `periodic_on_dram`; the name is accepted as well.
    sources : tuple of tuple of lola.AtomicNeuron.Readout.Source
        What is read of each circuit, in the shape of `columns`. Default: membranes.

    Raises
    ------
    InvalidVertex
        A column occurs in two lists, or the shapes of sources and columns differ.
    """

    Mode = CADCMode
    accepted = ("NeuronView",)

    columns: ColumnLists
    synram: Annotated[SynramOnDLS, coerced(SynramOnDLS)]
    mode: CADCMode
    sources: Annotated[tuple[tuple[ReadoutSource, ...], ...], BeforeValidator(_source_lists)] = ()

    def __post_init__(self) -> None:
        lengths = [len(each) for each in self.columns]
        if not self.sources:
            membranes = tuple((ReadoutSource.membrane,) * length for length in lengths)
            object.__setattr__(self, "sources", membranes)
        if [len(each) for each in self.sources] != lengths:
            raise InvalidVertex(
                f"CADCMembraneReadoutView: readout sources for {[len(each) for each in self.sources]} columns, "
                f"expected {lengths}"
            )
        if lengths:
            counts = np.bincount(np.concatenate(self.columns), minlength=256)
            if counts.max() > 1:
                raise InvalidVertex(f"CADCMembraneReadoutView: column {counts.argmax()} is read twice, expected once")

    def all_columns(self) -> np.ndarray:
        """(n,) int64: columns of all lists, in the order of the values of the output."""
        return np.concatenate(self.columns) if self.columns else np.zeros(0, np.int64)

    def inputs(self) -> tuple[Port, ...]:
        return tuple(Port(len(each), ConnectionType.MembraneVoltage) for each in self.columns)

    def output(self) -> Port:
        return Port(sum(map(len, self.columns)), ConnectionType.Int8)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        return refuses_neurons(source, restriction, int(self.synram), self.columns[index])


@dataclass(config=VERTEX, frozen=True)
class MADCSource:
    """What the MADC reads.

    Attributes
    ----------
    coordinate : halco.AtomicNeuronOnDLS
        Neuron circuit.
    type : lola.AtomicNeuron.Readout.Source
        Observable, by default the membrane.
    """

    coordinate: Annotated[AtomicNeuronOnDLS, coerced(AtomicNeuronOnDLS)]
    type: ReadoutSource = ReadoutSource.membrane

    @property
    def row(self) -> int:
        """Neuron row, 0 top or 1 bottom."""
        return int(self.coordinate.toNeuronRowOnDLS())

    @property
    def column(self) -> int:
        """Neuron column, 0 to 255."""
        return int(self.coordinate.toNeuronColumnOnDLS())


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class MADCReadoutView(ChipVertex):
    """Samples of one or two neuron circuits by the MADC.

    Attributes
    ----------
    first, second : MADCReadoutView.Source
        What is read; the second one is optional. Each is an input.
    initial : int
        Source that is read first: 0 `first`, 1 `second`.
    period : int
        0: the source stays; 1: it changes with each sample.

    Raises
    ------
    InvalidVertex
        Both sources are in even or both in odd columns, which share an analog line; the second one is selected, but
        there is none; the period is larger than 1.
    """

    Source = MADCSource
    accepted = ("NeuronView",)

    first: MADCSource
    second: MADCSource | None = None
    initial: Annotated[int, Field(ge=0, le=1)] = 0
    period: Annotated[int, Field(ge=0)] = 0

    def __post_init__(self) -> None:
        if self.second is not None and self.first.column % 2 == self.second.column % 2:
            raise InvalidVertex(
                f"MADCReadoutView: columns {self.first.column} and {self.second.column} are both "
                f"{'odd' if self.first.column % 2 else 'even'} and share a line, expected an even and an odd one"
            )
        if self.initial and self.second is None:
            raise InvalidVertex("MADCReadoutView: the second source is initially selected, but there is only one")
        if self.period > 1:
            raise InvalidVertex(f"MADCReadoutView: the source changes every {self.period} samples, expected 0 or 1")

    def read(self) -> tuple[MADCSource, ...]:
        """The source or both."""
        return (self.first,) if self.second is None else (self.first, self.second)

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.MembraneVoltage),) * len(self.read())

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedMADCSampleFromChipSequence)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        wanted = self.read()[index]
        return refuses_neurons(source, restriction, wanted.row, np.array([wanted.column]))


@dataclass(config=VERTEX, frozen=True)
class PadSource(MADCSource):
    """What appears at a pad.

    Attributes
    ----------
    coordinate : halco.AtomicNeuronOnDLS
        Neuron circuit.
    type : lola.AtomicNeuron.Readout.Source
        Observable, by default the membrane.
    enable_buffered : bool
        Whether an amplifier drives the pad.
    """

    enable_buffered: bool = False


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class PadReadoutView(ChipVertex):
    """A neuron circuit at a pad.

    Attributes
    ----------
    source : PadReadoutView.Source
        What is seen.
    coordinate : halco.PadOnDLS
        Where.
    """

    Source = PadSource
    accepted = ("NeuronView",)

    source: PadSource
    coordinate: Annotated[PadOnDLS, coerced(PadOnDLS)]

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.MembraneVoltage),)

    def output(self) -> Port:
        return Port(1, ConnectionType.ExternalAnalogSignal)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        return refuses_neurons(source, restriction, self.source.row, np.array([self.source.column]))
