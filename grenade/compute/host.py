"""Operations of the host on signed 8 bit numbers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

import lola
from grenade.compute.integers import batch, integers
from grenade.compute.operation import Executor, Operation
from grenade.signal_flow import Int8, TimedBatch, transformations
from grenade.signal_flow.vertices import Function

_LOW, _HIGH = -128, 127


class HostOperation(Operation):
    """An operation that uses no chip."""

    _size: int

    def input_size(self) -> int:
        return self._size

    def output_size(self) -> int:
        return self._size

    @abstractmethod
    def _function(self) -> Function:
        """What is applied."""

    def run(self, inputs: Any, chip: lola.Chip | None = None, executor: Executor | None = None) -> np.ndarray:
        values = batch(inputs, f"{type(self).__name__}: inputs", self._size, _LOW, _HIGH, np.int8)
        return self._apply(TimedBatch.from_array(values))

    def _apply(self, *values: TimedBatch) -> np.ndarray:
        return self._function().apply(values).values

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._size})"


def _checked_size(size: int, name: str) -> int:
    if size < 1:
        raise ValueError(f"{name}: size is {size}, expected at least 1")
    return int(size)


class ReLU(HostOperation):
    """max(x, 0).

    Parameters
    ----------
    size : int
        Values of an entry.
    """

    def __init__(self, size: int) -> None:
        self._size = _checked_size(size, "ReLU")

    def _function(self) -> Function:
        return transformations.ReLU(self._size)


class ConvertingReLU(HostOperation):
    """min(max(x, 0) >> shift, 31): activations (uint8) for a following `MAC`.

    Parameters
    ----------
    size : int
        Values of an entry.
    shift : int
        Bits that are dropped, at least 0.
    """

    def __init__(self, size: int, shift: int) -> None:
        if shift < 0:
            raise RuntimeError(f"ConvertingReLU: shift is {shift}, expected at least 0")
        self._size, self.shift = _checked_size(size, "ConvertingReLU"), int(shift)

    def _function(self) -> Function:
        # The largest value has 7 bits: larger shifts give 0 as well.
        return transformations.ConvertingReLU(self._size, min(self.shift, 7))

    def __repr__(self) -> str:
        return f"ConvertingReLU({self._size}, {self.shift})"


class ArgMax(HostOperation):
    """Index of the first of the largest values; the result has one value (uint32) per entry.

    Parameters
    ----------
    size : int
        Values of an entry.
    """

    def __init__(self, size: int) -> None:
        self._size = _checked_size(size, "ArgMax")

    def output_size(self) -> int:
        return 1

    def _function(self) -> Function:
        return transformations.ArgMax(self._size)


class Addition(HostOperation):
    """Sum with a fixed vector, limited to -128..127.

    Parameters
    ----------
    other : (size,) array_like of int
        The vector, -128 to 127.

    Raises
    ------
    RuntimeError
        It is empty.
    OverflowError
        A value is out of range.
    """

    Value = Int8

    def __init__(self, other: Any) -> None:
        self.other = integers(other, "Addition: other", 1, _LOW, _HIGH, np.int8)
        self.other.setflags(write=False)
        self._size = len(self.other)

    def _function(self) -> Function:
        return transformations.Addition(2, self._size)

    def _apply(self, *values: TimedBatch) -> np.ndarray:
        (inputs,) = values
        other = TimedBatch.from_array(np.broadcast_to(self.other, inputs.values.shape))
        return super()._apply(inputs, other)
