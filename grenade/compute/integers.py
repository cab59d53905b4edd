"""Integers that users hand over, as arrays: weights and batches of vectors."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

_AXES = {2: "rows", 3: "slices or rows"}


def integers(values: Any, what: str, dimensions: int, low: int, high: int, dtype: Any) -> np.ndarray:
    """Integers in a range as an array of their own.

    Parameters
    ----------
    values : array_like
        An array, or nested lists of int or of numbers of a range.
    what : str
        Name of the values, for messages.
    dimensions : int
        Wanted number of dimensions.
    low, high : int
        Range, both included.
    dtype : numpy dtype
        Type of the result.

    Raises
    ------
    RuntimeError
        There are no values, lists differ in length, or the number of dimensions is wrong.
    OverflowError
        A value is out of range.
    TypeError
        A value is no integer.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise RuntimeError(f"{what}: {_AXES.get(dimensions, 'lists')} differ in length") from None
    if array.ndim != dimensions:
        raise RuntimeError(f"{what}: shape {array.shape}, expected {dimensions} dimensions")
    if not array.size:
        raise RuntimeError(f"{what}: shape {array.shape}, expected at least one value")
    if array.dtype == object:
        array = _numbers(array, what)
    elif array.dtype.kind not in "iu":
        raise TypeError(f"{what}: expected integers, got {array.dtype}")
    _check_range(array, what, low, high)
    return array.astype(dtype)


def batch(values: Any, what: str, size: int, low: int, high: int, dtype: Any) -> np.ndarray:
    """A batch of vectors, (batch, size); errors as of `integers`."""
    array = integers(values, what, 2, low, high, dtype)
    if array.shape[1] != size:
        raise RuntimeError(f"{what}: entries of size {array.shape[1]}, expected {size}")
    return array


def _numbers(array: np.ndarray, what: str) -> np.ndarray:
    """Objects such as `MAC.Weight` as int, of any size."""
    try:
        return np.asarray(np.frompyfunc(operator.index, 1, 1)(array))
    except TypeError as error:
        raise TypeError(f"{what}: expected integers, {error}") from None


def _check_range(array: np.ndarray, what: str, low: int, high: int) -> None:
    if low <= int(array.min()) and int(array.max()) <= high:
        return
    place = tuple(np.argwhere((array < low) | (array > high))[0].tolist())
    raise OverflowError(f"{what}: {array[place]} at {list(place)} is out of range, expected {low} to {high}")
