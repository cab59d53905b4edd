"""Connections as rows of one table, which looks like a list of them from outside."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np

from grenade.common import CompartmentOnLogicalNeuron

COLUMNS = 5
"""Pre neuron, pre compartment, post neuron, post compartment, and the weight or the delay."""


def _endpoint(value: Any, name: str) -> tuple[int, int]:
    """Neuron and compartment of an endpoint.

    Raises
    ------
    ValueError
        Not a pair of a neuron number and a compartment.
    """
    try:
        neuron, compartment = value
        number = operator.index(neuron)
        placed = CompartmentOnLogicalNeuron.coerce(compartment).value()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected (neuron, CompartmentOnLogicalNeuron), got {value!r}") from error
    if number < 0:
        raise ValueError(f"{name}: expected a neuron number of 0 or more, got {number}")
    return number, placed


class Connection:
    """A row of a table of connections; subclasses name the last column.

    An element of a list of connections writes through to the list.
    """

    __slots__ = ("_row",)
    _last: ClassVar[str]

    def __init__(self, index_pre: Any = (0, 0), index_post: Any = (0, 0), last: Any = 0) -> None:
        self._row = np.zeros(COLUMNS, np.int64)
        self.index_pre = index_pre
        self.index_post = index_post
        setattr(self, self._last, last)

    @classmethod
    def _on(cls, row: np.ndarray) -> Self:
        element = object.__new__(cls)
        element._row = row
        return element

    @property
    def index_pre(self) -> tuple[int, CompartmentOnLogicalNeuron]:
        """Neuron and compartment that send."""
        return int(self._row[0]), CompartmentOnLogicalNeuron(self._row[1])

    @index_pre.setter
    def index_pre(self, value: Any) -> None:
        self._row[0:2] = _endpoint(value, f"{type(self).__qualname__}.index_pre")

    @property
    def index_post(self) -> tuple[int, CompartmentOnLogicalNeuron]:
        """Neuron and compartment that receive."""
        return int(self._row[2]), CompartmentOnLogicalNeuron(self._row[3])

    @index_post.setter
    def index_post(self, value: Any) -> None:
        self._row[2:4] = _endpoint(value, f"{type(self).__qualname__}.index_post")

    def __eq__(self, other: object) -> bool:
        return bool((self._row == other._row).all()) if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self._on(self._row.copy())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._on(self._row.copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return self._on, (self._row.copy(),)

    def __repr__(self) -> str:
        last = getattr(self, self._last)
        return f"Connection(index_pre={self.index_pre}, index_post={self.index_post}, {self._last}={last!r})"


def last_column(name: str, kind: Any, doc: str) -> property:
    """Property on the last column of a connection, of type `kind`."""

    def get(self: Connection) -> Any:
        return kind(self._row[4])

    def set_(self: Connection, value: Any) -> None:
        try:
            self._row[4] = kind.coerce(value).value()
        except (TypeError, OverflowError) as error:
            raise ValueError(f"{type(self).__qualname__}.{name}: {error}") from error

    return property(get, set_, doc=doc)


C = TypeVar("C", bound=Connection)


class ConnectionList(Generic[C]):
    """A table of connections that grows like a list.

    Parameters
    ----------
    kind : type
        Class of the elements.
    connections : ConnectionList, iterable of elements, or array of integers of shape (n, 5)
        What is in it; it is copied.
    """

    __slots__ = ("_kind", "_rows", "_size")

    def __init__(self, kind: type[C], connections: Any = ()) -> None:
        self._kind = kind
        self._rows = table_of(kind, connections)
        self._size = len(self._rows)

    @property
    def table(self) -> np.ndarray:
        """All connections, int64, shape (n, 5); writing to it changes the connections."""
        return self._rows[:self._size]

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> C: ...
    @overload
    def __getitem__(self, index: slice) -> list[C]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._kind._on(row) for row in self.table[index]]
        try:
            return self._kind._on(self.table[operator.index(index)])
        except IndexError:
            raise IndexError(f"connection {index} of {self._size}") from None

    def __setitem__(self, index: int | slice, value: Any) -> None:
        rows = table_of(self._kind, value if isinstance(index, slice) else [value])
        if not isinstance(index, slice):
            self[index]._row[:] = rows[0]
            return
        numbers = range(self._size)[index]
        if len(numbers) == len(rows):
            self.table[index] = rows
            return
        if index.step not in (None, 1):
            raise ValueError(f"{len(rows)} connections for {len(numbers)} places")
        stop = max(numbers.start, numbers.stop)
        self._rows = np.concatenate([self.table[:numbers.start], rows, self.table[stop:]])
        self._size = len(self._rows)

    def __delitem__(self, index: int | slice) -> None:
        if not isinstance(index, slice):
            self[index]
        self._rows = np.delete(self.table, index, axis=0)
        self._size = len(self._rows)

    def __iter__(self) -> Iterator[C]:
        return (self._kind._on(row) for row in self.table)

    def append(self, connection: C) -> None:
        """Add a connection. Elements taken from the list before keep the place they had."""
        self.extend([connection])

    def extend(self, connections: Iterable[C]) -> None:
        """Add connections."""
        rows = table_of(self._kind, connections)
        needed = self._size + len(rows)
        if needed > len(self._rows):
            larger = np.empty((max(needed, 2 * len(self._rows), 8), COLUMNS), np.int64)
            larger[:self._size] = self.table
            self._rows = larger
        self._rows[self._size:needed] = rows
        self._size = needed

    def clear(self) -> None:
        """Remove all connections."""
        self._size = 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list | tuple):
            return list(self) == list(other)
        if not isinstance(other, ConnectionList):
            return NotImplemented
        return self._kind is other._kind and np.array_equal(self.table, other.table)

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> ConnectionList[C]:
        return ConnectionList(self._kind, self)

    def __deepcopy__(self, memo: dict[int, Any]) -> ConnectionList[C]:
        return ConnectionList(self._kind, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return ConnectionList, (self._kind, self.table.copy())

    def __repr__(self) -> str:
        return repr(list(self)) if self._size <= 4 else f"<{self._size} connections>"


def table_of(kind: type[Connection], connections: Any) -> np.ndarray:
    """New table of connections.

    Parameters
    ----------
    kind : type
        Class of the elements.
    connections : ConnectionList, iterable of elements, or array of integers of shape (n, 5)
        What is in it.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 5)

    Raises
    ------
    TypeError
        An element of another class, or an array of something else than integers.
    RuntimeError
        An array of another shape.
    ValueError
        A negative number or one that does not fit into 63 bits.
    """
    if isinstance(connections, ConnectionList):
        if connections._kind is not kind:
            raise TypeError(f"expected connections of {kind.__qualname__}, got {connections._kind.__qualname__}")
        return connections.table.copy()
    if isinstance(connections, np.ndarray):
        return _table_of_array(kind, connections)
    elements = list(connections)
    for element in elements:
        if type(element) is not kind:
            raise TypeError(f"expected {kind.__qualname__}, got {element!r}")
    return np.array([element._row for element in elements], np.int64).reshape(-1, COLUMNS)


def _table_of_array(kind: type[Connection], connections: np.ndarray) -> np.ndarray:
    owner = kind.__qualname__.split(".")[0]
    if connections.ndim != 2 or connections.shape[1] != COLUMNS:
        raise RuntimeError(
            f"{owner}: expected connections of shape (n, {COLUMNS}) with columns pre neuron, pre compartment, "
            f"post neuron, post compartment, {kind._last}, got {connections.shape}"
        )
    if connections.dtype.kind not in "iu":
        raise TypeError(f"{owner}: expected connections of an integer type, got {connections.dtype}")
    with np.errstate(over="ignore"):
        table = connections.astype(np.int64)
    if table.size and table.min() < 0:
        row, column = np.unravel_index(table.argmin(), table.shape)
        raise ValueError(f"{owner}: connection {row}, column {column}: {connections[row, column]} is out of range")
    return table
