"""Timed data of all entries of a batch, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from grenade.signal_flow.types import ConnectionType
from halco.core import BaseInt, RangedInt
from haldls import PADIEvent

UInt5 = PADIEvent.HagenActivation
"""Activation of an input in MAC mode, 0 to 31."""


class Int8(RangedInt, min=-128, max=127):
    """Digital value of a readout channel."""


class UInt32(BaseInt, bits=32):
    """Index, for example of a largest value."""


MADC_SAMPLE = np.dtype([("value", np.uint16), ("channel", np.uint8)])
"""An MADC sample: 10 bit value and 1 bit channel."""

_DTYPES: dict[ConnectionType, np.dtype[Any]] = {
    ConnectionType.UInt5: np.dtype(np.uint8),
    ConnectionType.UInt32: np.dtype(np.uint32),
    ConnectionType.Int8: np.dtype(np.int8),
    ConnectionType.TimedSpikeToChipSequence: np.dtype(np.uint16),
    ConnectionType.TimedSpikeFromChipSequence: np.dtype(np.uint16),
    ConnectionType.TimedMADCSampleFromChipSequence: MADC_SAMPLE,
}


def value_dtype(kind: ConnectionType) -> np.dtype:
    """Element type of the values of a connection type.

    Raises
    ------
    ValueError
        Values of the type do not reach the host.
    """
    moving = kind.in_motion if kind.is_data else kind
    if moving not in _DTYPES:
        raise ValueError(f"{kind} carries no values on the host, expected one of {', '.join(map(str, _DTYPES))}")
    return _DTYPES[moving]


class TimedBatch:
    """Values with times, for each entry of a batch: entry ``b`` is ``[offsets[b]:offsets[b + 1]]``.

    Parameters
    ----------
    offsets : (batch + 1,) int64
        Where the entries begin and end; the first is 0, the last the number of all values.
    times : (n,) int64
        FPGA cycles (8 ns), ascending within each entry.
    values : (n, ...) array
        Labels of spikes: (n,) uint16. MADC samples: (n,) of dtype `MADC_SAMPLE`.
        Int8, UInt5, UInt32: (n, size) int8, uint8, uint32.

    Raises
    ------
    ValueError
        The shapes do not fit each other, the times of an entry do not ascend, or one is negative or no integer.
    """

    __slots__ = ("offsets", "times", "values")

    def __init__(self, offsets: ArrayLike, times: ArrayLike, values: ArrayLike) -> None:
        self.offsets = _unchanged(offsets, np.int64, "offset")
        self.times = _unchanged(times, np.int64, "time")
        self.values = np.asarray(values)
        self._check()

    def _check(self) -> None:
        if self.times.ndim != 1:
            raise ValueError(f"TimedBatch: times have shape {self.times.shape}, expected one dimension")
        n = len(self.times)
        if self.values.ndim == 0 or len(self.values) != n:
            raise ValueError(f"TimedBatch: {n} times, but values of shape {self.values.shape}")
        offsets = self.offsets
        if offsets.ndim != 1 or offsets.size < 1 or offsets[0] != 0 or offsets[-1] != n or (np.diff(offsets) < 0).any():
            raise ValueError(f"TimedBatch: offsets have to ascend from 0 to the number of values, {n}")
        back = np.flatnonzero(self.times[1:] < self.times[:-1]) + 1
        inside = back[~np.isin(back, offsets)] if back.size else back
        if inside.size:
            at = int(inside[0])
            entry = int(np.searchsorted(offsets, at, side="right")) - 1
            raise ValueError(
                f"TimedBatch: time {self.times[at]} follows {self.times[at - 1]} in batch entry {entry}, "
                "expected ascending times"
            )
        if n and (self.times[offsets[:-1][np.diff(offsets) > 0]] < 0).any():
            raise ValueError("TimedBatch: a time is negative")

    # -- making -------------------------------------------------------------------------------------------------------

    @classmethod
    def empty(cls, batch_size: int, dtype: Any = np.uint16, size: int | None = None) -> TimedBatch:
        """No values at all; `size` is the number of values side by side, None for events and samples."""
        shape = (0,) if size is None else (0, size)
        return cls(np.zeros(batch_size + 1, np.int64), np.zeros(0, np.int64), np.zeros(shape, dtype))

    @classmethod
    def from_array(cls, values: ArrayLike, dtype: Any = None) -> TimedBatch:
        """One row of values per entry, at time 0: an array of shape (batch, size).

        Raises
        ------
        ValueError
            The array has another number of dimensions, or `dtype` is given and has no such value.
        """
        array = np.asarray(values) if dtype is None else _unchanged(values, dtype, "value")
        if array.ndim != 2:
            raise ValueError(f"TimedBatch.from_array: values have shape {array.shape}, expected (batch, size)")
        return cls(np.arange(len(array) + 1), np.zeros(len(array), np.int64), array)

    @classmethod
    def from_lists(cls, entries: Iterable[tuple[ArrayLike, ArrayLike]], dtype: Any = np.uint16) -> TimedBatch:
        """For each entry a pair of times and values. Times of an entry may be in any order; equal ones keep theirs.

        Raises
        ------
        ValueError
            An entry has more or fewer times than values, a time is negative or no integer, or `dtype` has no such
            value.
        """
        times, values = [], []
        for number, entry in enumerate(entries):
            when, what = _unchanged(entry[0], np.int64, "time"), _unchanged(entry[1], dtype, "value")
            if len(when) != len(what):
                raise ValueError(
                    f"TimedBatch.from_lists: number of times is {len(when)}, but of values {len(what)} "
                    f"in batch entry {number}"
                )
            order = np.argsort(when, kind="stable")
            times.append(when[order])
            values.append(what[order])
        if not times:
            return cls.empty(0, dtype)
        offsets = np.concatenate(([0], np.cumsum([len(each) for each in times])))
        filled = [each for each in values if len(each)] or values[:1]
        return cls(offsets, np.concatenate(times), np.concatenate(filled))

    @classmethod
    def from_events(cls, batch: ArrayLike, times: ArrayLike, values: ArrayLike, batch_size: int) -> TimedBatch:
        """Events in any order, each with the number of its entry. Equal times keep their order.

        Parameters
        ----------
        batch : (n,) int
            Entry of each event, below `batch_size`.
        times : (n,) int
            FPGA cycles.
        values : (n, ...) array
            Values, for spikes labels.
        batch_size : int
            Number of entries.

        Raises
        ------
        ValueError
            An entry is out of range, or the arrays differ in length.
        """
        entries, when = _unchanged(batch, np.int64, "batch entry"), _unchanged(times, np.int64, "time")
        what = np.asarray(values)
        if not len(entries) == len(when) == len(what):
            raise ValueError(
                f"TimedBatch.from_events: numbers of batch entries, times and values are {len(entries)}, {len(when)} "
                f"and {len(what)}, expected equal ones"
            )
        if entries.size and not (0 <= entries.min() and entries.max() < batch_size):
            raise ValueError(f"TimedBatch.from_events: batch entries reach {entries.min()} to {entries.max()}, "
                             f"expected 0 to {batch_size - 1}")
        offsets = np.concatenate(([0], np.cumsum(np.bincount(entries, minlength=batch_size))))
        order = time_order(entries, when)
        return cls(offsets, when[order], what[order])

    # -- looking ------------------------------------------------------------------------------------------------------

    def batch_size(self) -> int:
        """Number of entries."""
        return len(self.offsets) - 1

    def entry(self, b: int) -> tuple[np.ndarray, np.ndarray]:
        """Times and values of an entry, as views.

        Raises
        ------
        IndexError
            There is no such entry.
        """
        if not 0 <= b < self.batch_size():
            raise IndexError(f"batch entry {b}, expected 0 to {self.batch_size() - 1}")
        part = slice(self.offsets[b], self.offsets[b + 1])
        return self.times[part], self.values[part]

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return (self.entry(b) for b in range(self.batch_size()))

    def counts(self) -> np.ndarray:
        """(batch,) int64: number of values of each entry."""
        return np.diff(self.offsets)

    def entries(self) -> np.ndarray:
        """(n,) int64: entry of each value."""
        return np.repeat(np.arange(self.batch_size()), self.counts())

    def last_times(self) -> np.ndarray:
        """(batch,) int64: time of the last value of each entry, -1 where it has none."""
        last = np.full(self.batch_size(), -1, np.int64)
        filled = self.counts() > 0
        last[filled] = self.times[self.offsets[1:][filled] - 1]
        return last

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimedBatch):
            return NotImplemented
        return (
            self.values.dtype == other.values.dtype
            and np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.times, other.times)
            and np.array_equal(self.values, other.values)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.values.shape[1:]))
        each = self.values.dtype.name if self.values.dtype.names is None else "MADC sample"
        return f"TimedBatch({self.batch_size()} entries, {len(self)} values of {each}{f'[{shape}]' if shape else ''})"


def _unchanged(values: ArrayLike, dtype: Any, what: str) -> np.ndarray:
    """Values as an array of a type which has all of them: no fraction is cut off, and no number wraps around."""
    if np.dtype(dtype).names is not None:
        return np.asarray(values, dtype=dtype)
    array = np.asarray(values)
    if array.dtype == dtype or not array.size:
        return array.astype(dtype, copy=False)
    with np.errstate(invalid="ignore"):
        converted = array.astype(dtype)
    changed = converted != array
    if np.any(changed):
        raise ValueError(f"TimedBatch: {what} {array[changed][0]} does not fit into {np.dtype(dtype)}")
    return converted


def time_order(entries: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Stable order by entry, then by time."""
    if not times.size:
        return np.zeros(0, dtype=np.int64)
    span, size = int(times.max()) + 1, times.size
    largest = (int(entries.max()) + 1) * span
    if times.min() < 0 or largest >= 2**63:
        return np.lexsort((times, entries))
    key = entries * span + times
    bits = size.bit_length()
    if largest << bits >= 2**63 or not (key[1:] < key[:-1]).any():
        # Runs that are in order already cost next to nothing.
        return np.argsort(key, kind="stable")
    # Sorting values is several times faster than finding their order; the number of each makes the sort a stable one.
    key = key << bits | np.arange(size)
    key.sort()
    return key & ((1 << bits) - 1)
