"""Lists of lists as two arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Entry = TypeVar("Entry")
"""What stands in the inner lists."""


def offsets_of(counts: Any) -> NDArray[np.int64]:
    """Start of each of many runs of the given lengths, and the end of the last; int64, shape (n + 1,)."""
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def turns_of(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of each value in its run, 0 for the first, for many runs of the given lengths; int64, shape (sum,)."""
    offsets = offsets_of(counts)
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)


class Ragged(Sequence["list[Entry]"], Generic[Entry]):
    """A list of lists whose values lie in flat arrays; entry i has the values `offsets[i]` to `offsets[i + 1]`.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n + 1,)
        Starts at 0 and never falls.
    """

    offsets: NDArray[np.int64]

    def _check(self, **columns: NDArray[Any]) -> None:
        """Raise ValueError if the offsets are no offsets, or a column does not end with them."""
        name = type(self).__name__
        offsets = self.offsets
        if offsets.ndim != 1 or not offsets.size or offsets[0] != 0 or (np.diff(offsets) < 0).any():
            raise ValueError(f"{name}: offsets are {offsets!r}, expected numbers that start at 0 and never fall")
        for column, values in columns.items():
            if values.shape != (int(offsets[-1]),):
                raise ValueError(f"{name}: {column} has the shape {values.shape}, expected ({int(offsets[-1])},)")

    def _entry(self, start: int, stop: int) -> list[Entry]:
        raise NotImplementedError

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of values of each entry, int64, shape (n,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"{type(self).__name__} has {len(self)} entries, asked for entry {position}")
        position %= len(self)
        return self._entry(int(self.offsets[position]), int(self.offsets[position + 1]))

    def __iter__(self) -> Iterator[list[Entry]]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} entries with {int(self.offsets[-1])} values)"


def checked_column(owner: str, name: str, values: Any, dtype: Any, limit: int) -> NDArray[Any]:
    """Values as an array.

    Raises
    ------
    ValueError
        If a value is negative or not below `limit`.
    TypeError
        If the values are no integers.
    """
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(dtype)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{owner}: {name} are of the type {array.dtype}, expected integers")
    if array.min() < 0 or array.max() >= limit:
        raise ValueError(f"{owner}: {name} are {array.min()} to {array.max()}, expected 0 to {limit - 1}")
    return array.astype(dtype)
