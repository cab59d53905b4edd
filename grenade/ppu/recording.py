"""What plasticity rules record: descriptions, the struct `Recording` of the kernel, and its bytes as arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

ElementType = Literal["int8", "uint8", "int16", "uint16"]

_VECTOR_ROWS: dict[str, str] = {
    "int8": "VectorRowFracSat8", "uint8": "VectorRowMod8", "int16": "VectorRowFracSat16", "uint16": "VectorRowMod16",
}
"""Row of all columns in the vector unit, by type of its elements."""

_BYTES_PER_VECTOR = 128
_COLUMNS = 256
_TIME_BYTES = 8

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def _check_type(what: str, element: str) -> None:
    if element not in _VECTOR_ROWS:
        raise ValueError(f"{what}: type is {element!r}, expected one of {', '.join(_VECTOR_ROWS)}")


def _check_layout(what: str, layout: str, expected: tuple[str, ...]) -> None:
    if layout not in expected:
        raise ValueError(f"{what}: layout is {layout!r}, expected {' or '.join(expected)}")


@dataclass(frozen=True)
class ObservablePerSynapse:
    """A value of each synapse of each synapse view, recorded by whole rows or only where the view has columns."""

    type: ElementType = "int8"
    layout: Literal["complete_rows", "packed_active_columns"] = "complete_rows"

    def __post_init__(self) -> None:
        _check_type("ObservablePerSynapse", self.type)
        _check_layout("ObservablePerSynapse", self.layout, ("complete_rows", "packed_active_columns"))


@dataclass(frozen=True)
class ObservablePerNeuron:
    """A value of each neuron of each neuron view, recorded by whole rows or only where the view has columns."""

    type: ElementType = "int8"
    layout: Literal["complete_row", "packed_active_columns"] = "complete_row"

    def __post_init__(self) -> None:
        _check_type("ObservablePerNeuron", self.type)
        _check_layout("ObservablePerNeuron", self.layout, ("complete_row", "packed_active_columns"))


@dataclass(frozen=True)
class ObservableArray:
    """Values without a place on the chip. Both processors write the same memory."""

    type: ElementType = "int8"
    size: int = 0

    def __post_init__(self) -> None:
        _check_type("ObservableArray", self.type)
        if self.size < 1:
            raise ValueError(f"ObservableArray: size is {self.size}, expected at least 1")


Observable = ObservablePerSynapse | ObservablePerNeuron | ObservableArray


@dataclass(frozen=True)
class RawRecording:
    """Memory that the kernel fills as it likes.

    Attributes
    ----------
    scratchpad_memory_size : int
        Bytes, a multiple of 4.
    placement_in_dram : bool
        Whether it lies in external DRAM; otherwise in external SRAM.
    """

    scratchpad_memory_size: int
    placement_in_dram: bool = False

    def __post_init__(self) -> None:
        if self.scratchpad_memory_size < 4 or self.scratchpad_memory_size % 4:
            raise ValueError(
                f"RawRecording: size is {self.scratchpad_memory_size} bytes, expected a positive multiple of 4"
            )


@dataclass(frozen=True)
class TimedRecording:
    """Observables that the kernel stores each time it runs, with the time.

    Attributes
    ----------
    observables : mapping of str to observable
        By name, which is the name of the member of the struct in the kernel.
    placement_in_dram : bool
        Whether it lies in external DRAM; otherwise in external SRAM.
    """

    observables: Mapping[str, Observable] = field(default_factory=dict)
    placement_in_dram: bool = False

    def __post_init__(self) -> None:
        for name in self.observables:
            if not _IDENTIFIER.match(name) or name == "time":
                raise ValueError(f"TimedRecording: {name!r} cannot be the name of an observable in C++")
        object.__setattr__(self, "observables", MappingProxyType(dict(self.observables)))


Recording = RawRecording | TimedRecording


@dataclass(frozen=True)
class ViewShape:
    """Shape of the data of a view: `rows` is None for neurons."""

    rows: int | None
    columns: int


@dataclass(frozen=True)
class _Part:
    """Bytes of one view of an observable inside a record."""

    offset: int
    shape: ViewShape


@dataclass(frozen=True)
class _Member:
    """An observable inside a record; an array has one part without shape."""

    name: str
    observable: Observable
    offset: int
    declaration: str
    parts: tuple[_Part, ...]


@dataclass(frozen=True)
class Observations:
    """An observable over all periods.

    Attributes
    ----------
    time : numpy.ndarray of uint64, shape (periods,)
        PPU cycles since the start of the scheduler.
    data : tuple of numpy.ndarray
        One array for each view. Per synapse: (periods, rows, 256) for complete rows, in order of the columns, and
        (periods, rows, columns of the view) for packed ones; per neuron the same without `rows`; an array has one
        entry of shape (periods, size).
    """

    time: np.ndarray
    data: tuple[np.ndarray, ...]


class TimedLayout:
    """Where the members of a record are.

    Parameters
    ----------
    recording : TimedRecording
        What is recorded.
    synapses, neurons : sequence of ViewShape
        Views of the rule, in the order in which the kernel gets them.

    Attributes
    ----------
    size : int
        Bytes of a record.

    Raises
    ------
    ValueError
        An observable per synapse or neuron, but no such view.
    """

    def __init__(
        self, recording: TimedRecording, synapses: Sequence[ViewShape], neurons: Sequence[ViewShape]
    ) -> None:
        self._members: list[_Member] = []
        offset, aligned = _TIME_BYTES, 8
        for name, observable in sorted(recording.observables.items()):
            bytes_per_element = np.dtype(observable.type).itemsize
            complete = not isinstance(observable, ObservableArray) and observable.layout.startswith("complete")
            alignment = _BYTES_PER_VECTOR if complete else bytes_per_element
            aligned = max(aligned, alignment)
            offset += -offset % alignment
            if isinstance(observable, ObservableArray):
                size = observable.size * bytes_per_element
                declaration = f"std::array<{observable.type}_t, {observable.size}>"
                parts: tuple[_Part, ...] = ()
            else:
                views = synapses if isinstance(observable, ObservablePerSynapse) else neurons
                if not views:
                    raise ValueError(f"the rule records {name!r} for each view, but it has no such view")
                sizes = [_elements(view, complete) * bytes_per_element for view in views]
                # The last view comes first in memory.
                places = [offset + sum(sizes[i + 1:]) for i in range(len(views))]
                parts = tuple(_Part(place, view) for place, view in zip(places, views, strict=True))
                size = sum(sizes)
                inner = ", ".join(_view_type(observable.type, view, complete) for view in views)
                declaration = f"grenade::vx::ppu::detail::Tuple<{inner}>"
            self._members.append(_Member(name, observable, offset, declaration, parts))
            offset += size
        self.size = offset + -offset % aligned

    def struct(self, name: str) -> str:
        """C++ text of the struct, which asserts its own layout."""
        members = "".join(f"\t{member.declaration} {member.name};\n" for member in self._members)
        checks = "".join(
            f'static_assert(offsetof({name}, {member.name}) == {member.offset}, "layout of Recording");\n'
            for member in self._members
        )
        return (
            f"struct {name}\n{{\n\tuint64_t time;\n{members}}};\n{checks}"
            f'static_assert(sizeof({name}) == {self.size}, "layout of Recording");\n'
        )

    def decode(self, data: bytes | bytearray | memoryview | np.ndarray) -> dict[str, Observations]:
        """Recorded observables by name.

        Parameters
        ----------
        data : bytes
            Memory of some records one behind the other, in the order of the processor's addresses.

        Raises
        ------
        ValueError
            The bytes are not a whole number of records.
        """
        records = np.frombuffer(data, np.uint8)
        if records.size % self.size:
            raise ValueError(f"a record has {self.size} bytes, {records.size} bytes are not a multiple of it")
        records = records.reshape(-1, self.size)
        time = self.times(data)
        return {member.name: Observations(time, self._values(records, member)) for member in self._members}

    def times(self, data: bytes | bytearray | memoryview | np.ndarray) -> np.ndarray:
        """Times of the records, uint64, PPU cycles since the start of the scheduler."""
        records = np.frombuffer(data, np.uint8).reshape(-1, self.size)
        return _numbers(records, 0, 1, np.dtype(">u8"))[:, 0]

    @staticmethod
    def _values(records: np.ndarray, member: _Member) -> tuple[np.ndarray, ...]:
        observable = member.observable
        stored = np.dtype(observable.type).newbyteorder(">")
        if isinstance(observable, ObservableArray):
            return (_numbers(records, member.offset, observable.size, stored),)
        complete = observable.layout.startswith("complete")
        arrays = []
        for part in member.parts:
            values = _numbers(records, part.offset, _elements(part.shape, complete), stored)
            rows = () if part.shape.rows is None else (part.shape.rows,)
            if complete:
                # Even columns come first, then odd ones.
                halves = values.reshape(len(records), *rows, 2, _COLUMNS // 2)
                values = np.moveaxis(halves, -2, -1).reshape(len(records), *rows, _COLUMNS)
            else:
                values = values.reshape(len(records), *rows, part.shape.columns)
            arrays.append(values)
        return tuple(arrays)


def _elements(view: ViewShape, complete: bool) -> int:
    return (1 if view.rows is None else view.rows) * (_COLUMNS if complete else view.columns)


def _view_type(element: str, view: ViewShape, complete: bool) -> str:
    row = f"libnux::vx::{_VECTOR_ROWS[element]}" if complete else f"std::array<{element}_t, {view.columns}>"
    return row if view.rows is None else f"std::array<{row}, {view.rows}>"


def _numbers(records: np.ndarray, offset: int, count: int, stored: np.dtype) -> np.ndarray:
    """Numbers at a place of all records, shape (records, count), in the machine's byte order."""
    raw = np.ascontiguousarray(records[:, offset:offset + count * stored.itemsize])
    return raw.view(stored).astype(stored.newbyteorder("="))
