"""Operations of the host on signed 8 bit numbers."""

from __future__ import annotations

import operator
from abc import abstractmethod
from typing import Any

import numpy as np

import lola
from grenade.compute.integers import batch, integers
from grenade.compute.operation import Executor, Operation
from grenade.signal_flow import Int8, TimedBatch, transformations
from grenade.signal_flow.transformations.arguments import checked_size
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
        return self._function().apply(self._arguments(values)).values

    def _arguments(self, inputs: np.ndarray) -> list[TimedBatch]:
        """What it is applied to, for inputs (batch, size)."""
        return [TimedBatch.from_array(inputs)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._size})"


class ReLU(HostOperation):
    """max(x, 0).

    Parameters
    ----------
    size : int
        Values of an entry.
    """

    def __init__(self, size: int) -> None:
        self._size = checked_size(size, "ReLU")

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

    Raises
    ------
    RuntimeError
        The shift is negative.
    """

    def __init__(self, size: int, shift: int) -> None:
        self._size, self.shift = checked_size(size, "ConvertingReLU"), operator.index(shift)
        if self.shift < 0:
            raise RuntimeError(f"ConvertingReLU: shift is {self.shift}, expected at least 0")

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
        self._size = checked_size(size, "ArgMax")

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

    def _arguments(self, inputs: np.ndarray) -> list[TimedBatch]:
        return [TimedBatch.from_array(each) for each in (inputs, np.broadcast_to(self.other, inputs.shape))]
