"""Spike trains as a person writes them, nested lists or arrays, as flat arrays of FPGA cycles."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from grenade.common import Time

_LATEST = 1 << 63


@dataclass(frozen=True)
class SpikeTrains:
    """Spike trains of one population.

    Attributes
    ----------
    dimensions : int
        1: one train for all neurons; 2: a train for each neuron; 3: that for each entry of the batch.
    trains : numpy.ndarray of int64, shape (entries,)
        Number of trains of each entry of the batch; there is one entry unless there are three dimensions.
    counts : numpy.ndarray of int64, shape (sum of trains,)
        Number of spikes of each train, entry by entry.
    times : numpy.ndarray of int64, shape (sum of counts,)
        FPGA cycles, train by train.
    """

    dimensions: int
    trains: np.ndarray
    counts: np.ndarray
    times: np.ndarray

    @classmethod
    def parse(cls, times: Any) -> SpikeTrains:
        """Read one to three nested levels of lists, tuples or arrays, of which the innermost may differ in length.

        Whole numbers and `Time` are FPGA cycles. As soon as one number is a float, all numbers are milliseconds,
        rounded to the nearest cycle; half a cycle is rounded up.

        Raises
        ------
        TypeError
            Something is neither a number nor a level of numbers, or there are more than three levels.
        ValueError
            A time is negative or not finite.
        OverflowError
            A time does not fit into 63 bits.
        """
        array = _as_array(times)
        if array is not None:
            return cls._of_array(array)
        dimensions = _depth(times)
        if dimensions > 3:
            raise TypeError(f"spike times have {dimensions} nested levels, expected 1, 2 or 3")
        entries = times if dimensions == 3 else [times]
        leaves = [times] if dimensions == 1 else _joined(entries)
        trains = [1] if dimensions == 1 else [len(entry) for entry in entries]
        return cls(dimensions, np.array(trains, np.int64), *_flattened(leaves))

    @classmethod
    def _of_array(cls, array: np.ndarray) -> SpikeTrains:
        if not 1 <= array.ndim <= 3:
            raise TypeError(f"spike times have {array.ndim} dimensions, expected 1, 2 or 3")
        entries, trains, spikes = (1,) * (3 - array.ndim) + array.shape
        counts = np.full(entries * trains, spikes, np.int64)
        return cls(array.ndim, np.full(entries, trains, np.int64), counts, _cycles(array.reshape(-1)))


def _as_array(value: Any) -> np.ndarray | None:
    """An array (or tensor) of numbers as array; None for lists, also for those that are arrays of objects."""
    if isinstance(value, list | tuple) or not hasattr(value, "__array__"):
        return None
    array = np.asarray(value)
    return None if array.dtype == object else array


def _depth(times: Any) -> int:
    """Nested levels, found by going down to the first thing that is not empty."""
    array = _as_array(times)
    if array is not None:
        return array.ndim
    if not hasattr(times, "__len__") or isinstance(times, str | bytes):
        raise TypeError(f"spike times: expected nested lists of numbers, got {times!r}")
    deepest = 0
    for each in times:
        if isinstance(each, numbers.Number | Time):
            return 1
        deepest = max(deepest, _depth(each))
        if len(each):
            break
    return deepest + 1


def _joined(entries: Any) -> list[Any]:
    try:
        return list(chain.from_iterable(entries))
    except TypeError as error:
        raise TypeError(f"spike times: levels of lists and numbers are mixed ({error})") from None


def _flattened(leaves: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Number of spikes of each train, and all their times."""
    try:
        counts = np.fromiter(map(len, leaves), np.int64, len(leaves))
    except TypeError as error:
        raise TypeError(f"spike times: levels of lists and numbers are mixed ({error})") from None
    arrays = [_as_array(leaf) for leaf in leaves]
    if all(array is None for array in arrays):
        return counts, _cycles(_array_of_numbers(list(chain.from_iterable(leaves))))
    # Types of empty arrays mean nothing: numpy calls an empty list floats.
    filled = [
        _array_of_numbers(list(leaf)) if array is None else array
        for leaf, array in zip(leaves, arrays, strict=True) if len(leaf)
    ]
    if any(array.ndim != 1 for array in filled):
        raise TypeError("spike times: levels of arrays and numbers are mixed")
    return counts, _cycles(np.concatenate(filled) if filled else np.empty(0, np.int64))


def _array_of_numbers(values: list[Any]) -> np.ndarray:
    kinds = set(map(type, values))
    for kind in kinds:
        if not issubclass(kind, numbers.Real | Time) or kind is bool:
            raise TypeError(f"spike times: expected numbers, got {next(v for v in values if type(v) is kind)!r}")
    if Time in kinds:
        if not all(issubclass(kind, numbers.Integral | Time) for kind in kinds):
            raise TypeError("spike times: Time (cycles) and floats (milliseconds) are mixed")
        values = list(map(int, values))
    if not values:
        return np.empty(0, np.int64)
    try:
        return np.array(values)
    except OverflowError:
        raise OverflowError("spike times: a time does not fit into 63 bits") from None


def _cycles(values: np.ndarray) -> np.ndarray:
    """Numbers as int64 FPGA cycles: whole numbers are such, floats are milliseconds."""
    kind = values.dtype.kind
    if not values.size:
        return np.empty(0, np.int64)
    if kind not in "iuf":
        if kind == "O":
            raise OverflowError("spike times: a time does not fit into 63 bits")
        raise TypeError(f"spike times: expected numbers, got an array of {values.dtype}")
    if kind == "f":
        values = milliseconds_to_cycles(values)
    lowest = values.min()
    if not lowest >= 0:
        raise ValueError(f"spike times: {lowest} FPGA cycles are negative or not a number")
    if not values.max() < _LATEST:
        raise OverflowError(f"spike times: {values.max()} FPGA cycles do not fit into 63 bits")
    return values.astype(np.int64)


def milliseconds_to_cycles(times: np.ndarray) -> np.ndarray:
    """Nearest FPGA cycles of times in milliseconds, float64; half a cycle is rounded up."""
    cycles = times.astype(np.float64) * 1000.0
    cycles *= Time.fpga_clock_cycles_per_us
    whole = np.floor(cycles)
    # Comparing the rest is exact, adding a half before taking the floor is not.
    with np.errstate(invalid="ignore"):
        cycles -= whole
    whole += cycles >= 0.5
    return whole
