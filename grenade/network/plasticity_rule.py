"""Plasticity rules: programs of the embedded processors that change synapses while the network runs."""

from __future__ import annotations

import enum
from dataclasses import fields
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

import grenade.ppu.recording as ppu
from grenade.coercion import DESCRIPTION, Count, coerced
from grenade.common import (
    FIRST_CHIP,
    ChipOnExecutor,
    CompartmentIndex,
    EntityOnChip,
    Identifier,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
)
from grenade.network.recording import Source
from halco.core import BaseInt

_Projection = Annotated[ProjectionOnExecutionInstance, coerced(ProjectionOnExecutionInstance)]
_Population = Annotated[PopulationOnExecutionInstance, coerced(PopulationOnExecutionInstance)]


class _TimerValue(BaseInt, bits=64):
    """Time in cycles of the embedded processors, 4 ns."""


class _ID(Identifier, bits=32):
    """Number that tells plasticity rules apart over several graphs of one experiment."""


class _Type(enum.Enum):
    """Type of the recorded values."""

    int8 = "int8"
    uint8 = "uint8"
    int16 = "int16"
    uint16 = "uint16"


class _LayoutPerRow(enum.Enum):
    """Whole rows, or only the columns in use."""

    complete_rows = "complete_rows"
    packed_active_columns = "packed_active_columns"


class _Layout(enum.Enum):
    """The whole row, or only the columns in use."""

    complete_row = "complete_row"
    packed_active_columns = "packed_active_columns"


for _kind, _name in (
    (_TimerValue, "PlasticityRule.Timer.Value"),
    (_ID, "PlasticityRule.ID"),
    (_Type, "ObservablePerSynapse.Type"),
    (_LayoutPerRow, "ObservablePerSynapse.LayoutPerRow"),
    (_Layout, "ObservablePerNeuron.Layout"),
):
    _kind.__qualname__, _kind.__name__ = _name, _name.rsplit(".", 1)[1]


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class ObservablePerSynapse:
    """A value of each synapse."""

    Type = _Type
    LayoutPerRow = _LayoutPerRow

    type: _Type = _Type.int8
    layout_per_row: _LayoutPerRow = _LayoutPerRow.complete_rows

    def to_ppu(self) -> ppu.ObservablePerSynapse:
        """The observable as the compiler of the kernel takes it."""
        return ppu.ObservablePerSynapse(self.type.value, self.layout_per_row.value)


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class ObservablePerNeuron:
    """A value of each neuron circuit."""

    Type = _Type
    Layout = _Layout

    type: _Type = _Type.int8
    layout: _Layout = _Layout.complete_row

    def to_ppu(self) -> ppu.ObservablePerNeuron:
        """The observable as the compiler of the kernel takes it."""
        return ppu.ObservablePerNeuron(self.type.value, self.layout.value)


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class ObservableArray:
    """Values without a place on the chip."""

    Type = _Type

    type: _Type = _Type.int8
    size: Count = 0

    def to_ppu(self) -> ppu.ObservableArray:
        """The observable as the compiler of the kernel takes it; an empty one raises ValueError."""
        return ppu.ObservableArray(self.type.value, self.size)


@dataclass(config=DESCRIPTION)
class RawRecording:
    """Memory that the kernel fills as it likes.

    Attributes
    ----------
    scratchpad_memory_size : int
        Bytes, a multiple of 4.
    placement_in_dram : bool
        Whether it lies in external DRAM; otherwise in external SRAM.
    """

    scratchpad_memory_size: Count = 0
    placement_in_dram: bool = False

    def to_ppu(self) -> ppu.RawRecording:
        """The recording as the compiler of the kernel takes it; a wrong size raises ValueError."""
        return ppu.RawRecording(self.scratchpad_memory_size, self.placement_in_dram)


@dataclass(config=DESCRIPTION)
class TimedRecording:
    """Observables that the kernel stores each time it runs, with the time.

    Attributes
    ----------
    observables : dict of str to observable
        By name, which is the name of the member of the struct `Recording` in the kernel.
    placement_in_dram : bool
        Whether it lies in external DRAM; otherwise in external SRAM.
    """

    ObservablePerSynapse = ObservablePerSynapse
    ObservablePerNeuron = ObservablePerNeuron
    ObservableArray = ObservableArray

    observables: dict[str, _Observable] = Field(default_factory=dict)
    placement_in_dram: bool = False

    def to_ppu(self) -> ppu.TimedRecording:
        """The recording as the compiler of the kernel takes it; a name that is none in C++ raises ValueError."""
        observables = {name: observable.to_ppu() for name, observable in self.observables.items()}
        return ppu.TimedRecording(observables, self.placement_in_dram)


_Observable = ObservablePerSynapse | ObservablePerNeuron | ObservableArray


@dataclass(config=DESCRIPTION)
class Timer:
    """When a rule runs.

    Attributes
    ----------
    start : PlasticityRule.Timer.Value
        First time, in PPU cycles after the start of the realtime section.
    period : PlasticityRule.Timer.Value
        PPU cycles from one time to the next.
    num_periods : int
        How often it runs.
    """

    Value = _TimerValue

    start: Annotated[_TimerValue, coerced(_TimerValue)] = _TimerValue()
    period: Annotated[_TimerValue, coerced(_TimerValue)] = _TimerValue()
    num_periods: Count = 0


@dataclass(config=DESCRIPTION)
class PopulationHandle:
    """A population that a rule reads.

    Attributes
    ----------
    descriptor : PopulationOnExecutionInstance
        The population.
    neuron_readout_sources : list of dict of halco.CompartmentOnLogicalNeuron to list
        For each neuron, compartment and circuit the voltage that is read, or None where none is.
    """

    descriptor: _Population = PopulationOnExecutionInstance()
    neuron_readout_sources: list[dict[CompartmentIndex, list[Source | None]]] = Field(default_factory=list)


@dataclass(config=DESCRIPTION, repr=False)
class PlasticityRule(EntityOnChip):
    """A program that reads and changes synapses while the network runs.

    Attributes
    ----------
    projections : list of ProjectionOnExecutionInstance
        Projections whose synapses the kernel gets, in this order.
    populations : list of PlasticityRule.PopulationHandle
        Populations whose neurons the kernel gets, in this order.
    kernel : str
        C++ text with a function `PLASTICITY_RULE_KERNEL`.
    timer : PlasticityRule.Timer
        When it runs.
    enable_requires_one_source_per_row_in_order : bool
        The kernel relies on dense projections with one source in each row, in the order of the neurons.
    recording : PlasticityRule.RawRecording, PlasticityRule.TimedRecording or None
        What it records.
    id : PlasticityRule.ID
        Rules of the same id in several graphs of one experiment are one program and share its state.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    ID = _ID
    Timer = Timer
    PopulationHandle = PopulationHandle
    RawRecording = RawRecording
    TimedRecording = TimedRecording

    projections: list[_Projection] = Field(default_factory=list)
    populations: list[_PopulationHandle] = Field(default_factory=list)
    kernel: str = ""
    timer: _Timer = Field(default_factory=lambda: Timer())
    enable_requires_one_source_per_row_in_order: bool = False
    recording: _Recording | None = None
    id: Annotated[_ID, coerced(_ID)] = _ID()
    chip_on_executor: ChipOnExecutor = FIRST_CHIP

    def __repr__(self) -> str:
        values = {each.name: repr(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]
        if "\n" in self.kernel:
            values["kernel"] = f"<{len(self.kernel.splitlines())} lines>"
        return f"PlasticityRule({', '.join(f'{name}={value}' for name, value in values.items())})"


_PopulationHandle = PopulationHandle
_Timer = Timer
_Recording = RawRecording | TimedRecording
