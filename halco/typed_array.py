"""Arrays whose index is a coordinate."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from .core import Enum, Value, X, Y
from .errors import ArrayKeyError

T = TypeVar("T")


class TypedArrayBase(Generic[T]):
    """An array indexed by the coordinate type ``key_type``, in its linear order.

    A subclass sets ``key_type`` and provides ``_get_item(i)``, ``_set_item(i, value)`` and ``_size()``, where ``i`` is
    a plain int in ``0.._size() - 1``.
    """

    __slots__ = ()

    key_type: type[Value]

    def _get_item(self, i: int) -> T:
        raise NotImplementedError

    def _set_item(self, i: int, value: T) -> None:
        raise NotImplementedError

    def _size(self) -> int:
        raise NotImplementedError

    def _position(self, key: Any) -> int:
        """Translate a key to a plain position."""
        key_type = self.key_type
        if isinstance(key, key_type):
            return key_type.coerce(key)._e - getattr(key_type, "_lo", 0)
        # Another coordinate type would be taken by its number, which is a mistake far more often than intended.
        if isinstance(key, Value) and not isinstance(key, (Enum, X, Y)):
            raise ArrayKeyError(f"expected a key of type {key_type.__name__} or an int, got {key!r}")
        try:
            number = operator.index(key)
        except TypeError:
            raise ArrayKeyError(f"expected a key of type {key_type.__name__} or an int, got {key!r}") from None
        position = number - getattr(key_type, "_lo", 0)
        if not 0 <= position < self._size():
            raise ArrayKeyError(f"expected a key in {key_type.__name__} order 0..{self._size() - 1}, got {number}")
        return position

    def __getitem__(self, key: Any) -> T:
        return self._get_item(self._position(key))

    def __setitem__(self, key: Any, value: T) -> None:
        self._set_item(self._position(key), value)

    def __iter__(self) -> Iterator[T]:
        return map(self._get_item, range(self._size()))

    def __len__(self) -> int:
        return self._size()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TypedArrayBase):
            return NotImplemented
        return self.key_type is other.key_type and len(self) == len(other) and all(map(operator.eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # arrays are mutable

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._size()

    @property
    def max_size(self) -> int:
        """Number of elements; the size is fixed."""
        return self._size()

    @property
    def empty(self) -> bool:
        """Whether the array has no elements."""
        return self._size() == 0

    def at(self, key: Any) -> T:
        """Return the element at `key`."""
        return self[key]

    def front(self) -> T:
        """Return the first element."""
        return self._get_item(0)

    def back(self) -> T:
        """Return the last element."""
        return self._get_item(self._size() - 1)

    def fill(self, value: T) -> None:
        """Set all elements to `value`."""
        for i in range(self._size()):
            self._set_item(i, value)

    def to_numpy(self) -> np.ndarray:
        """Return the plain numbers.

        Returns
        -------
        numpy.ndarray
            Shape ``(size,)`` for numbers (int64 for ranged values), ``(size, inner size)`` for arrays of arrays.

        Raises
        ------
        RuntimeError
            If the elements are neither numbers nor arrays of numbers.
        """
        return np.array([_to_plain(item) for item in self])

    def from_numpy(self, values: np.ndarray) -> None:
        """Set all elements from plain numbers.

        Parameters
        ----------
        values
            Array with the shape of :meth:`to_numpy`.

        Raises
        ------
        RuntimeError
            If the number of dimensions or the shape does not fit.
        RangeOverflowError
            If a number is above the range of the elements.
        """
        values = np.asarray(values)
        expected = self.to_numpy().shape
        if values.shape != expected:
            raise RuntimeError(f"expected an array of shape {expected}, got {values.shape}")
        converted = [_from_plain(self._get_item(i), value) for i, value in enumerate(values)]
        for i, item in enumerate(converted):
            if not isinstance(item, TypedArrayBase):
                self._set_item(i, item)
            else:
                self._get_item(i).from_numpy(values[i])  # type: ignore[attr-defined]


def _to_plain(item: Any) -> Any:
    if isinstance(item, TypedArrayBase):
        inner = item.to_numpy()
        if inner.ndim == 1:
            return inner
    elif isinstance(item, (int, float, np.number, np.bool_)):
        return item
    elif hasattr(type(item), "__index__"):
        return operator.index(item)
    raise RuntimeError(f"expected elements that are numbers or arrays of numbers, got {type(item).__name__}")


def _from_plain(current: Any, value: Any) -> Any:
    """Convert the plain `value` to the type of the `current` element; raises before anything is changed."""
    if isinstance(current, TypedArrayBase):
        for i, number in enumerate(value):
            _from_plain(current._get_item(i), number)
        return current
    if isinstance(current, (bool, np.bool_)):
        return bool(value)
    if isinstance(current, float):
        return float(value)
    return type(current)(operator.index(value))


class TypedArray(TypedArrayBase[T]):
    """A typed array that keeps its elements in a list.

    Parameters
    ----------
    key_type
        Coordinate type of the index.
    items
        One element per key, in linear order.
    """

    __slots__ = ("_items", "key_type")

    def __init__(self, key_type: type[Value], items: Iterable[T]) -> None:
        self.key_type = key_type
        self._items = list(items)
        expected = key_type.size  # type: ignore[attr-defined]
        if len(self._items) != expected:
            raise RuntimeError(f"expected {expected} elements, one per {key_type.__name__}, got {len(self._items)}")

    def _get_item(self, i: int) -> T:
        return self._items[i]

    def _set_item(self, i: int, value: T) -> None:
        old = self._items[i]
        self._items[i] = type(old).coerce(value) if isinstance(old, Value) else value

    def _size(self) -> int:
        return len(self._items)
