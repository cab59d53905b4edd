"""What all vertices have in common, and checked arrays as their fields."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable
from enum import Enum
from operator import index
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, ConfigDict, ValidationInfo
from pydantic.dataclasses import dataclass

from grenade.common import FIRST_CHIP, ChipOnExecutor
from grenade.signal_flow.types import Port, PortRestriction
from halco.core import Coordinate, IntValue

VERTEX = ConfigDict(arbitrary_types_allowed=True, extra="forbid")
"""Vertices are checked at construction and do not change afterwards, so that graphs can share them."""


class InvalidVertex(RuntimeError):
    """The parameters of a vertex contradict each other."""


class ComparedByFields:
    """Equality of objects of one class, field by field, arrays included."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_equal(getattr(self, each), getattr(other, each)) for each in _names(self))

    __hash__ = None  # type: ignore[assignment]


class Vertex(ComparedByFields):
    """A node of a signal-flow graph: parameters, input ports and an output port.

    Vertices do not change; `dataclasses.replace` makes changed ones, and `Graph.update` puts them in place.
    """

    variadic_input: ClassVar[bool] = False
    """Whether the last input may come any number of times, also not at all."""

    on_chip: ClassVar[bool] = True
    """Whether it stands for a part of a chip; otherwise the host does its work."""

    accepted: ClassVar[tuple[str, ...]] = ()
    """Names of the classes of vertices whose output it accepts, for messages; empty: any of the right type."""

    def inputs(self) -> tuple[Port, ...]:
        """Input ports, in order."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its inputs are")

    def output(self) -> Port:
        """Output port."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its output is")

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        """Why the output of `source` cannot be input `index`, or None if it can.

        Ports, chips and execution instances are none of its business: a graph checks them for all vertices.
        """
        return None

    def refuses_together(self, sources: list[Vertex]) -> str | None:
        """Why the sources, each of which is accepted, cannot be the inputs together, or None if they can."""
        return None

    def has_ports_of(self, other: Vertex) -> bool:
        """Whether this vertex fits wherever `other` does, so that edges need no check if it takes its place."""
        return self is other

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Arrays cannot be written, hence copies share them.
        copied = object.__new__(type(self))
        for name, value in vars(self).items():
            copied.__dict__[name] = value if isinstance(value, np.ndarray) else copy.deepcopy(value, memo)
        return copied

    def __str__(self) -> str:
        """Class and parameters, long ones by their size."""
        return f"{type(self).__name__}({', '.join(_described(self))})"

    __repr__ = __str__


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False, kw_only=True)
class ChipVertex(Vertex):
    """A vertex that stands for a part of a chip.

    Attributes
    ----------
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip, by default the first one of the first connection.
    """

    chip_on_executor: ChipOnExecutor = FIRST_CHIP


class HostVertex(Vertex):
    """A vertex whose work is done by the host."""

    on_chip = False


# -- fields -----------------------------------------------------------------------------------------------------------

Array = np.ndarray[Any, np.dtype[Any]]


def _numbers(values: Any, what: str, low: int, high: int, dtype: Any) -> Array:
    """A read-only copy of integers (coordinates count as such) in a range."""
    try:
        array = np.asarray(values if isinstance(values, np.ndarray) else _plain(values))
    except TypeError as error:
        raise ValueError(f"{what}: expected integers, {error}") from error
    if array.size and array.dtype.kind not in "iub":
        raise ValueError(f"{what}: expected integers, got {array.dtype}")
    if array.size and (array.min() < low or array.max() > high):
        wrong = array.min() if array.min() < low else array.max()
        raise ValueError(f"{what}: {wrong} is out of range, expected {low} to {high}")
    checked = array.astype(dtype)
    checked.setflags(write=False)
    return checked


def _plain(values: Any) -> Any:
    """Nested sequences of coordinates as nested lists of int."""
    if isinstance(values, np.ndarray):
        return values.tolist()
    if isinstance(values, Iterable) and not isinstance(values, str):
        return [_plain(each) for each in values]
    return index(values)


def unique_columns(values: Any, what: str = "columns") -> Array:
    """(n,) int64 of different columns or rows, 0 to 255, at least one."""
    array = _numbers(values, what, 0, 255, np.int64)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{what}: expected a list of at least one number, got shape {array.shape}")
    counts = np.bincount(array)
    if counts.max() > 1:
        raise ValueError(f"{what}: {counts.argmax()} occurs {counts.max()} times, expected different numbers")
    return array


def array_field(low: int, high: int, dtype: Any, dimensions: int = 1) -> BeforeValidator:
    """Validator of an array of integers in a range, with a number of dimensions."""

    def convert(values: Any, info: ValidationInfo) -> Array:
        array = _numbers(values, str(info.field_name), low, high, dtype)
        if array.ndim != dimensions:
            raise ValueError(f"{info.field_name}: number of dimensions is {array.ndim}, expected {dimensions}")
        return array

    return BeforeValidator(convert)


def _unique_columns_of_field(values: Any, info: ValidationInfo) -> Array:
    # The report of pydantic names the field only if it was given by name.
    return unique_columns(values, str(info.field_name))


def column_lists(values: Any) -> tuple[Array, ...]:
    """Several lists of columns."""
    return tuple(unique_columns(each) for each in values)


Columns = Annotated[np.ndarray, BeforeValidator(_unique_columns_of_field)]
ColumnLists = Annotated[tuple[np.ndarray, ...], BeforeValidator(column_lists)]
Numbers = Annotated[np.ndarray, array_field(0, 2**31 - 1, np.int64)]


def selected(columns: Array, restriction: PortRestriction | None) -> Array:
    """Columns that a restriction of the port over all of them leaves."""
    return columns if restriction is None else columns[restriction.slice]


# -- comparing and printing -------------------------------------------------------------------------------------------

def _names(vertex: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(vertex):
        return tuple(each.name for each in dataclasses.fields(vertex))
    return tuple(vars(vertex))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)


def _described(vertex: Any) -> Iterable[str]:
    for name in _names(vertex):
        value = getattr(vertex, name)
        if name == "chip_on_executor" and value == FIRST_CHIP:
            continue
        yield f"{name}={_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= 8:
            return str(value.tolist())
        return f"<{'x'.join(map(str, value.shape))} values {value.min()} to {value.max()}>"
    if isinstance(value, tuple | list):
        return f"<{len(value)} entries>" if len(value) > 8 else f"[{', '.join(map(_short, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_short(key)}: {_short(each)}' for key, each in value.items())}}}"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, IntValue | Coordinate):
        return f"{type(value).__name__}({_linear(value)})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({', '.join(_described(value))})"
    text = " ".join(repr(value).split())
    return text if len(text) <= 120 else f"<{type(value).__name__} of {len(text)} characters>"


def _linear(value: Any) -> str:
    """Number of a coordinate, the linear one where it has several parts."""
    return str(int(value.toEnum()) if hasattr(value, "toEnum") else int(value))
