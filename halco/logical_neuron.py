"""Logical neurons: compartments made of neuron circuits, first as a shape, then placed on the chip."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .coordinates import types
from .core import Coordinate
from .errors import RangeOverflowError

if TYPE_CHECKING:
    from . import (
        AtomicNeuronOnDLS,
        AtomicNeuronOnLogicalNeuron,
        CompartmentOnLogicalNeuron,
        NeuronColumnOnLogicalNeuron,
        NeuronRowOnLogicalNeuron,
    )
else:
    AtomicNeuronOnDLS = types["AtomicNeuronOnDLS"]
    AtomicNeuronOnLogicalNeuron = types["AtomicNeuronOnLogicalNeuron"]
    CompartmentOnLogicalNeuron = types["CompartmentOnLogicalNeuron"]
    NeuronColumnOnLogicalNeuron = types["NeuronColumnOnLogicalNeuron"]
    NeuronRowOnLogicalNeuron = types["NeuronRowOnLogicalNeuron"]

_HALF = NeuronColumnOnLogicalNeuron.size
"""Columns of a chip half; circuits of different halves cannot be connected."""


class Direction(enum.IntEnum):
    """Direction to a neighbouring neuron circuit."""

    left = 0
    right = 1
    opposite_row = 2


Direction.__module__ = "halco"
Direction.__qualname__ = "AtomicNeuronOnLogicalNeuron.Direction"


def _get_neighbor(self: Any, direction: Direction) -> Any:
    """Return the circuit next to this one.

    Raises
    ------
    RangeOverflowError
        If there is no column in that direction.
    """
    x, y = self._to_xy(self._e)
    direction = Direction(direction)
    if direction is Direction.opposite_row:
        return self._from_enum(self._from_xy(x, 1 - y))
    step = 1 if direction is Direction.right else -1
    if not 0 <= x + step < _HALF:
        raise RangeOverflowError(f"range overflow: {self!r} has no neighbor to the {direction.name}")
    return self._from_enum(self._from_xy(x + step, y))


_get_neighbor.__name__ = "get_neighbor"
setattr(AtomicNeuronOnLogicalNeuron, "Direction", Direction)  # noqa: B010
setattr(AtomicNeuronOnLogicalNeuron, "get_neighbor", _get_neighbor)  # noqa: B010


class _Compartments:
    """An immutable mapping from compartments to lists of circuits, ordered by compartment."""

    __slots__ = ("_circuits",)

    _circuits: dict[Any, tuple[Any, ...]]

    def _store(self, circuits: Mapping[Any, Any]) -> None:
        ordered = {key: tuple(circuits[key]) for key in sorted(circuits)}
        object.__setattr__(self, "_circuits", ordered)

    def _copy_mapping(self) -> dict[Any, list[Any]]:
        return {compartment: list(circuits) for compartment, circuits in self._circuits.items()}

    def _all(self) -> Iterator[Any]:
        for circuits in self._circuits.values():
            yield from circuits

    def _key(self) -> tuple[Any, ...]:
        return tuple(self._circuits.items())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable, cannot set {name!r}")

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if type(other) is type(self) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        return self._key() < other._key() if type(other) is type(self) else NotImplemented

    def __le__(self, other: Any) -> bool:
        return self._key() <= other._key() if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        return self._key() > other._key() if type(other) is type(self) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        return self._key() >= other._key() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._copy_mapping())

    def _text(self, indent: str) -> str:
        lines = [f"{type(self).__name__}("]
        for compartment, circuits in self._circuits.items():
            lines.append(f"{indent}{compartment}")
            lines += [f"{indent}\t{circuit}" for circuit in circuits]
        return "\n".join([*lines, ")"])


def _restore(cls: type[_Compartments], circuits: dict[Any, list[Any]]) -> _Compartments:
    """Rebuild a pickled value."""
    self = object.__new__(cls)
    self._store(circuits)
    return self


class LogicalNeuronCompartments(_Compartments):
    """Shape of a logical neuron in relative coordinates.

    Parameters
    ----------
    compartments
        Neuron circuits of each compartment; nothing gives an empty shape.

    Raises
    ------
    RuntimeError
        If a circuit is listed twice.
    """

    __slots__ = ()

    def __init__(self, compartments: Mapping[Any, Any] | LogicalNeuronCompartments | None = None) -> None:
        given = compartments._circuits if isinstance(compartments, LogicalNeuronCompartments) else compartments
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            raise TypeError(f"LogicalNeuronCompartments: expected a dict compartment to circuits, got {given!r}")
        checked = {}
        for compartment, circuits in given.items():
            key = CompartmentOnLogicalNeuron.coerce(compartment)
            checked[key] = [AtomicNeuronOnLogicalNeuron.coerce(circuit) for circuit in circuits]
        self._store(checked)
        seen = set()
        for circuit in self._all():
            if circuit in seen:
                raise RuntimeError(f"LogicalNeuronCompartments: expected every circuit once, got {circuit!r} twice")
            seen.add(circuit)

    def get_compartments(self) -> dict[CompartmentOnLogicalNeuron, list[AtomicNeuronOnLogicalNeuron]]:
        """Return the circuits of each compartment, ordered by compartment."""
        return self._copy_mapping()

    def _columns(self) -> list[int]:
        return [int(circuit.x()) for circuit in self._all()]

    def _rows(self) -> list[int]:
        return [int(circuit.y()) for circuit in self._all()]

    def get_left_most_column(self) -> NeuronColumnOnLogicalNeuron:
        """Return the smallest column (127 for an empty shape)."""
        return NeuronColumnOnLogicalNeuron(min(self._columns(), default=_HALF - 1))

    def get_right_most_column(self) -> NeuronColumnOnLogicalNeuron:
        """Return the largest column (0 for an empty shape)."""
        return NeuronColumnOnLogicalNeuron(max(self._columns(), default=0))

    def get_top_most_row(self) -> NeuronRowOnLogicalNeuron:
        """Return the smallest row (1 for an empty shape)."""
        return NeuronRowOnLogicalNeuron(min(self._rows(), default=1))

    def get_bottom_most_row(self) -> NeuronRowOnLogicalNeuron:
        """Return the largest row (0 for an empty shape)."""
        return NeuronRowOnLogicalNeuron(max(self._rows(), default=0))

    def flip_x(self) -> LogicalNeuronCompartments:
        """Return the shape mirrored left to right within the columns it uses."""
        total = int(self.get_left_most_column()) + int(self.get_right_most_column())
        return self._moved(lambda x, y: (total - x, y))

    def flip_y(self) -> LogicalNeuronCompartments:
        """Return the shape mirrored top to bottom within the rows it uses."""
        total = int(self.get_top_most_row()) + int(self.get_bottom_most_row())
        return self._moved(lambda x, y: (x, total - y))

    def _moved(self, move: Any) -> LogicalNeuronCompartments:
        moved = {
            compartment: [AtomicNeuronOnLogicalNeuron(*move(int(c.x()), int(c.y()))) for c in circuits]
            for compartment, circuits in self._circuits.items()
        }
        return LogicalNeuronCompartments(moved)

    def __repr__(self) -> str:
        return self._text("\t")


class LogicalNeuronOnDLS(_Compartments, Coordinate):
    """A logical neuron placed on the chip.

    Parameters
    ----------
    compartments
        The shape. Its smallest column and row go to the anchor.
    anchor
        Neuron circuit of the top left corner.

    Raises
    ------
    RuntimeError
        If the shape does not fit below the anchor or leaves the chip half of the anchor.
    """

    __slots__ = ()

    def __init__(
        self,
        compartments: LogicalNeuronCompartments | LogicalNeuronOnDLS | None = None,
        anchor: AtomicNeuronOnDLS | None = None,
    ) -> None:
        if compartments is None and anchor is None:
            self._store({})
        elif isinstance(compartments, LogicalNeuronOnDLS) and anchor is None:
            self._store(compartments._circuits)
        elif isinstance(compartments, LogicalNeuronCompartments) and anchor is not None:
            self._store(_place(compartments, AtomicNeuronOnDLS.coerce(anchor)))
        else:
            raise TypeError(
                "LogicalNeuronOnDLS: expected a LogicalNeuronCompartments and an AtomicNeuronOnDLS, "
                f"got {compartments!r} and {anchor!r}"
            )

    def get_placed_compartments(self) -> dict[CompartmentOnLogicalNeuron, list[AtomicNeuronOnDLS]]:
        """Return the circuits of each compartment, ordered by compartment."""
        return self._copy_mapping()

    @property
    def placed_compartments(self) -> Mapping[CompartmentOnLogicalNeuron, tuple[AtomicNeuronOnDLS, ...]]:
        """The same without a copy. Not part of the real system's interface."""
        return MappingProxyType(self._circuits)

    def get_atomic_neurons(self) -> list[AtomicNeuronOnDLS]:
        """Return all circuits, compartment by compartment."""
        return list(self._all())

    def __repr__(self) -> str:
        return self._text("")


def _place(shape: LogicalNeuronCompartments, anchor: AtomicNeuronOnDLS) -> dict[Any, list[Any]]:
    """Move the top left corner of `shape` to `anchor`."""
    x0, y0 = int(anchor.x()), int(anchor.y())
    left, top = int(shape.get_left_most_column()), int(shape.get_top_most_row())
    width, height = int(shape.get_right_most_column()) - left, int(shape.get_bottom_most_row()) - top
    if shape._circuits and (y0 + height >= AtomicNeuronOnDLS.y_type.size or x0 % _HALF + width >= _HALF):
        raise RuntimeError(
            f"LogicalNeuronOnDLS: expected {width + 1} columns and {height + 1} rows inside one chip half, "
            f"which do not fit at {anchor!r}"
        )
    return {
        compartment: [AtomicNeuronOnDLS(x0 + int(c.x()) - left, y0 + int(c.y()) - top) for c in circuits]
        for compartment, circuits in shape._circuits.items()
    }


for _cls in (LogicalNeuronCompartments, LogicalNeuronOnDLS):
    _cls.__module__ = "halco"
