"""The vertex of a plasticity rule."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from grenade.coercion import Count, coerced
from grenade.ppu.recording import RawRecording, TimedLayout, TimedRecording, ViewShape
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.neurons import NeuronView, refuses_neurons
from grenade.signal_flow.vertices.readout import ReadoutSource
from grenade.signal_flow.vertices.synapses import SynapseArrayView, SynapseArrayViewSparse
from grenade.signal_flow.vertices.vertex import VERTEX, ChipVertex, Columns, ComparedByFields, Vertex
from halco import HemisphereOnDLS, NeuronRowOnDLS

SynapseViewVertex = SynapseArrayView | SynapseArrayViewSparse


@dataclass(config=VERTEX, frozen=True)
class RuleTimer:
    """When a kernel is called, in PPU cycles (4 ns) since the start of the snippet's realtime section.

    Attributes
    ----------
    start, period : int
        First call, and distance of calls.
    num_periods : int
        Number of calls; 0: it rests.
    """

    start: Count = 0
    period: Count = 0
    num_periods: Count = 0

    def __post_init__(self) -> None:
        if self.num_periods > 1 and self.period < 1:
            raise ValueError(f"PlasticityRule.Timer: {self.num_periods} calls, but the period is 0")


@dataclass(config=VERTEX, frozen=True, eq=False)
class SynapseShape(ComparedByFields):
    """Shape of a view of synapses that a kernel works on.

    Attributes
    ----------
    hemisphere : halco.HemisphereOnDLS
        0 top, 1 bottom.
    columns, rows : (n,) int64
        Different columns and rows, 0 to 255, in the order in which the kernel sees them.
    """

    hemisphere: Annotated[HemisphereOnDLS, coerced(HemisphereOnDLS)]
    columns: Columns
    rows: Columns

    @classmethod
    def of(cls, view: SynapseViewVertex) -> SynapseShape:
        """Shape of a vertex."""
        return cls(view.synram.toHemisphereOnDLS(), view.columns, view.rows)

    @property
    def shape(self) -> ViewShape:
        """Number of rows and columns."""
        return ViewShape(len(self.rows), len(self.columns))


def _sources(values: Any) -> Any:
    return None if values is None else tuple(values)


@dataclass(config=VERTEX, frozen=True, eq=False)
class NeuronShape(ComparedByFields):
    """Shape of a view of neurons that a kernel works on.

    Attributes
    ----------
    row : halco.NeuronRowOnDLS
        Neuron row, 0 top or 1 bottom.
    columns : (n,) int64
        Different columns, 0 to 255, in the order in which the kernel sees them.
    readout_sources : tuple of (lola.AtomicNeuron.Readout.Source or None), or None
        What the kernel reads of each circuit; None where it leaves the source as it is. Default: None for all.

    Raises
    ------
    ValueError
        The number of sources and columns differs.
    """

    row: Annotated[NeuronRowOnDLS, coerced(NeuronRowOnDLS)]
    columns: Columns
    readout_sources: Annotated[tuple[ReadoutSource | None, ...] | None, BeforeValidator(_sources)] = None

    def __post_init__(self) -> None:
        if self.readout_sources is None:
            object.__setattr__(self, "readout_sources", (None,) * len(self.columns))
        assert self.readout_sources is not None
        if len(self.readout_sources) != len(self.columns):
            raise ValueError(
                f"NeuronShape: {len(self.readout_sources)} readout sources, expected {len(self.columns)}, "
                "one for each column"
            )

    @classmethod
    def of(cls, view: NeuronView, readout_sources: Any = None) -> NeuronShape:
        """Shape of a vertex."""
        return cls(view.row, view.columns, readout_sources)

    @property
    def shape(self) -> ViewShape:
        """Number of columns."""
        return ViewShape(None, len(self.columns))


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class PlasticityRule(ChipVertex):
    """A kernel that the embedded processors run on synapses and neurons at given times.

    Attributes
    ----------
    kernel : str
        C++ source with a function `PLASTICITY_RULE_KERNEL`.
    timer : PlasticityRule.Timer
        When it runs.
    synapse_views : tuple of PlasticityRule.SynapseViewShape
        Views of synapses; the first inputs, one each.
    neuron_views : tuple of PlasticityRule.NeuronViewShape
        Views of neurons; the inputs that follow, one each.
    recording : grenade.ppu.recording.RawRecording, TimedRecording or None
        What it records. The output has one Int8 for each byte.
    id : int
        Rules with the same number in several snippets are one rule.
    """

    Timer = RuleTimer
    SynapseViewShape = SynapseShape
    NeuronViewShape = NeuronShape
    accepted = ("SynapseArrayView", "SynapseArrayViewSparse", "NeuronView")

    kernel: str
    timer: RuleTimer
    synapse_views: tuple[SynapseShape, ...] = ()
    neuron_views: tuple[NeuronShape, ...] = ()
    recording: RawRecording | TimedRecording | None = None
    id: Annotated[int, Field(ge=0)] = 0

    def layout(self) -> TimedLayout | None:
        """Layout of a record of a timed recording, otherwise None."""
        if not isinstance(self.recording, TimedRecording):
            return None
        return TimedLayout(
            self.recording, [each.shape for each in self.synapse_views], [each.shape for each in self.neuron_views]
        )

    def recorded_bytes(self) -> int:
        """Bytes recorded in this snippet: the memory of a raw recording, or one record for each period."""
        if isinstance(self.recording, RawRecording):
            return self.recording.scratchpad_memory_size
        layout = self.layout()
        return 0 if layout is None else layout.size * self.timer.num_periods

    def inputs(self) -> tuple[Port, ...]:
        return (
            *(Port(len(each.columns), ConnectionType.SynapticInput) for each in self.synapse_views),
            *(Port(len(each.columns), ConnectionType.MembraneVoltage) for each in self.neuron_views),
        )

    def output(self) -> Port:
        return Port(self.recorded_bytes(), ConnectionType.Int8)

    def has_ports_of(self, other: Vertex) -> bool:
        return (
            isinstance(other, PlasticityRule)
            and other.chip_on_executor == self.chip_on_executor
            and other.recorded_bytes() == self.recorded_bytes()
            and other.synapse_views == self.synapse_views
            and other.neuron_views == self.neuron_views
        )

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if restriction is not None:
            return f"a plasticity rule takes whole views, not the part {restriction}"
        if index >= len(self.synapse_views):
            neurons = self.neuron_views[index - len(self.synapse_views)]
            return refuses_neurons(source, None, int(neurons.row), neurons.columns)
        wanted = self.synapse_views[index]
        if not isinstance(source, SynapseArrayView | SynapseArrayViewSparse):
            return f"a {type(source).__name__} is none of synapses"
        if int(source.synram) != int(wanted.hemisphere):
            return f"the synapses are in {source.synram!r}, expected {wanted.hemisphere!r}"
        if not np.array_equal(source.columns, wanted.columns) or not np.array_equal(source.rows, wanted.rows):
            return "rows or columns differ from those of the synapses"
        return None
