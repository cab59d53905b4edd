"""Element-wise functions of values, and the joining of values."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

import numpy as np

from grenade.signal_flow.data import TimedBatch, value_dtype
from grenade.signal_flow.transformations.arguments import checked_arguments, checked_size
from grenade.signal_flow.types import ConnectionType, Port
from grenade.signal_flow.vertices.transformation import Function

_INT8 = np.iinfo(np.int8)
_LARGEST_ACTIVATION = 31


def _saturated(values: np.ndarray) -> np.ndarray:
    return np.clip(values, _INT8.min, _INT8.max).astype(np.int8)


def _with_values(first: TimedBatch, values: np.ndarray) -> TimedBatch:
    """Values with the times of the first argument."""
    return TimedBatch(first.offsets, first.times, values)


class _Int8Function(Function):
    """A function of several Int8 arguments with an Int8 result, all of the same size."""

    def __init__(self, num_inputs: int, size: int) -> None:
        self.num_inputs = checked_size(num_inputs, type(self).__name__, "number of inputs")
        self.size = checked_size(size, type(self).__name__)

    def inputs(self) -> tuple[Port, ...]:
        return (Port(self.size, ConnectionType.Int8),) * self.num_inputs

    def output(self) -> Port:
        return Port(self.size, ConnectionType.Int8)


class Addition(_Int8Function):
    """Sum of Int8 values, clamped to -128 .. 127 at the end.

    Parameters
    ----------
    num_inputs : int
        Number of summands.
    size : int
        Values side by side.
    """

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        arguments = checked_arguments(self, values, side_by_side=True)
        total = arguments[0].values.astype(np.int32)
        for each in arguments[1:]:
            total += each.values
        return _with_values(arguments[0], _saturated(total))


class Subtraction(_Int8Function):
    """First Int8 value minus all others, clamped to -128 .. 127 at the end.

    Parameters
    ----------
    num_inputs : int
        Number of arguments.
    size : int
        Values side by side.
    """

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        arguments = checked_arguments(self, values, side_by_side=True)
        total = arguments[0].values.astype(np.int32)
        for each in arguments[1:]:
            total -= each.values
        return _with_values(arguments[0], _saturated(total))


class ReLU(_Int8Function):
    """Rectified linear unit: the larger one of an Int8 value and 0.

    Parameters
    ----------
    size : int
        Values side by side.
    """

    def __init__(self, size: int) -> None:
        super().__init__(1, size)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        (argument,) = checked_arguments(self, values)
        return _with_values(argument, np.maximum(argument.values, np.int8(0)))


class ConvertingReLU(Function):
    """Rectified linear unit from Int8 to UInt5: ``min(max(x, 0) >> shift, 31)``.

    Parameters
    ----------
    size : int
        Values side by side.
    shift : int
        Bits to drop at the right, 0 to 7.

    Raises
    ------
    ValueError
        Size or shift is out of range.
    """

    def __init__(self, size: int, shift: int) -> None:
        self.size = checked_size(size, "ConvertingReLU")
        self.shift = index(shift)
        if not 0 <= self.shift <= 7:
            raise ValueError(f"ConvertingReLU: shift is {self.shift}, expected 0 to 7")

    def inputs(self) -> tuple[Port, ...]:
        return (Port(self.size, ConnectionType.Int8),)

    def output(self) -> Port:
        return Port(self.size, ConnectionType.UInt5)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        (argument,) = checked_arguments(self, values)
        rectified = np.maximum(argument.values, np.int8(0)) >> np.int8(self.shift)
        return _with_values(argument, np.minimum(rectified, _LARGEST_ACTIVATION).astype(np.uint8))


class ArgMax(Function):
    """Index of the largest value, the first one of several.

    Parameters
    ----------
    size : int
        Values side by side.
    type : ConnectionType
        Int8, UInt5 or UInt32.

    Raises
    ------
    ValueError
        The size is not positive, or there is no order of values of the type.
    """

    def __init__(self, size: int, type: ConnectionType = ConnectionType.Int8) -> None:
        self.size, self.type = checked_size(size, "ArgMax"), _number_type(type, "ArgMax")

    def inputs(self) -> tuple[Port, ...]:
        return (Port(self.size, self.type),)

    def output(self) -> Port:
        return Port(1, ConnectionType.UInt32)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        (argument,) = checked_arguments(self, values)
        return _with_values(argument, argument.values.argmax(axis=1).astype(np.uint32)[:, None])


class Concatenation(Function):
    """Values of several arguments side by side.

    Parameters
    ----------
    type : ConnectionType
        Int8, UInt5 or UInt32.
    sizes : sequence of int
        Size of each argument.

    Raises
    ------
    ValueError
        There are no sizes or one is not positive, or values of the type are events.
    """

    def __init__(self, type: ConnectionType, sizes: Sequence[int]) -> None:
        self.type = _number_type(type, "Concatenation")
        self.sizes = tuple(checked_size(each, "Concatenation") for each in sizes)
        if not self.sizes:
            raise ValueError("Concatenation: no sizes, expected at least one")

    def inputs(self) -> tuple[Port, ...]:
        return tuple(Port(size, self.type) for size in self.sizes)

    def output(self) -> Port:
        return Port(sum(self.sizes), self.type)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        arguments = checked_arguments(self, values, side_by_side=True)
        return _with_values(arguments[0], np.concatenate([each.values for each in arguments], axis=1))


def _number_type(kind: ConnectionType, what: str) -> ConnectionType:
    if kind.is_data or kind.is_sequence or not np.issubdtype(value_dtype(kind), np.integer):
        raise ValueError(f"{what}: type is {kind}, expected Int8, UInt5 or UInt32")
    return kind
