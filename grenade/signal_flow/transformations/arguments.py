"""Checks of what functions are applied to."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

import numpy as np

from grenade.signal_flow.data import TimedBatch, value_dtype
from grenade.signal_flow.vertices.transformation import Function


def checked_size(size: int, what: str, name: str = "size") -> int:
    """A number of at least 1.

    Raises
    ------
    TypeError
        It is no integer.
    ValueError
        It is smaller.
    """
    number = index(size)
    if number < 1:
        raise ValueError(f"{what}: {name} is {number}, expected at least 1")
    return number


def checked_arguments(
    function: Function, values: Sequence[TimedBatch], *, side_by_side: bool = False
) -> Sequence[TimedBatch]:
    """Arguments that fit the input ports of a function.

    Parameters
    ----------
    function : Function
        Function with the ports.
    values : sequence of TimedBatch
        Arguments.
    side_by_side : bool
        Whether the arguments have to have the same number of values in each entry.

    Raises
    ------
    RuntimeError
        The number of arguments is wrong, one has another type or size than its port, or batches differ.
    """
    name, ports = type(function).__name__, function.inputs()
    if len(values) != len(ports):
        raise RuntimeError(f"{name}: number of arguments is {len(values)}, expected {len(ports)}")
    for number, (argument, port) in enumerate(zip(values, ports, strict=True)):
        dtype = value_dtype(port.type)
        shape = () if port.type.is_sequence else (port.size,)
        if argument.values.dtype != dtype or argument.values.shape[1:] != shape:
            raise RuntimeError(
                f"{name}: argument {number} has {argument.values.dtype} values of shape {argument.values.shape[1:]}, "
                f"expected {dtype} of shape {shape} for {port}"
            )
        if argument.batch_size() != values[0].batch_size():
            raise RuntimeError(
                f"{name}: argument {number} has {argument.batch_size()} batch entries, "
                f"expected {values[0].batch_size()} as argument 0"
            )
        if side_by_side and not np.array_equal(argument.offsets, values[0].offsets):
            entry = int((argument.counts() != values[0].counts()).argmax())
            raise RuntimeError(
                f"{name}: argument {number} has {argument.counts()[entry]} values in batch entry {entry}, "
                f"expected {values[0].counts()[entry]} as argument 0"
            )
    return values
