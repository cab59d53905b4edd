"""Bulk forms: whole arrays of linear numbers in and out, without an object per element."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from . import errors
from .build import Conversion
from .core import Value
from .kinds import GridCoordinate, IntervalCoordinate, PairCoordinate

V = TypeVar("V", bound=Value)

_number = operator.attrgetter("_e")


def to_enums(coords: Iterable[Value]) -> np.ndarray:
    """Return the linear numbers of coordinates of one type.

    Parameters
    ----------
    coords
        Coordinates, all of the same type.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``, int64.

    Raises
    ------
    TypeError
        If an element is not a coordinate or the types differ.
    """
    coords = list(coords)
    kinds = set(map(type, coords))
    if len(kinds) > 1 or not all(issubclass(kind, Value) for kind in kinds):
        raise TypeError(f"to_enums: expected coordinates of one type, got {sorted(k.__name__ for k in kinds)}")
    return np.fromiter(map(_number, coords), dtype=np.int64, count=len(coords))


def from_enums(cls: type[V], enums: Any) -> list[V]:
    """Return the coordinates with the given linear numbers; the inverse of :func:`to_enums`.

    Parameters
    ----------
    cls
        Coordinate type.
    enums
        Integer array; it is flattened.

    Raises
    ------
    TypeError
        If a number is negative or not an integer.
    RangeOverflowError, RangeUnderflowError
        If a number is outside the range.
    """
    return list(map(cls._from_enum, _checked(cls, enums).ravel().tolist()))


def convert(cls: type[Value], method: str, enums: Any) -> np.ndarray:
    """Apply a conversion method to many coordinates at once.

    Parameters
    ----------
    cls
        Coordinate type of the input.
    method
        Name of the method, e.g. ``"toNeuronColumnOnDLS"`` or ``"isShared"``.
    enums
        Linear numbers, any shape.

    Returns
    -------
    numpy.ndarray
        Linear numbers of the results, int64, of the same shape; -1 where the method returns None; one more axis
        at the end where the method returns several coordinates; bool for a property.

    Raises
    ------
    AttributeError
        If the type has no such conversion.
    RuntimeError
        If the conversion does not exist for one of the elements.
    """
    conversion = find_conversion(cls, method)
    local = _checked(cls, enums) % conversion.modulus
    result = _evaluate(conversion, local)
    if conversion.target is None:
        return result.astype(bool)
    if conversion.rule.shape == "required" and (result < 0).any():
        first = local[result < 0].flat[0]
        raise RuntimeError(f"{cls.__name__}.{method}: element with number {first}: {conversion.rule.message}")
    return result


def find_conversion(cls: type[Value], method: str) -> Conversion:
    """Return the conversion behind a method, also if it is inherited from the local type of a pair."""
    for base in cls.__mro__:
        found = base.__dict__.get("_conversions", {}).get(method)
        if found is not None:
            return found
    raise AttributeError(f"{cls.__name__} has no conversion {method!r}")


_tables: dict[Conversion, np.ndarray] = {}


def _evaluate(conversion: Conversion, e: np.ndarray) -> np.ndarray:
    """Evaluate a rule on an array; a rule that branches is first tabulated over the range of its type."""
    if conversion not in _tables:
        try:
            # Two elements: a branch on such an array raises, on one element it would silently pick one side.
            conversion.number(np.zeros(2, dtype=np.int64))
        except (TypeError, ValueError):
            numbers = map(conversion.number, range(conversion.modulus))
            _tables[conversion] = np.array([-1 if n is None else n for n in numbers], dtype=np.int64)
        else:
            result = conversion.number(e)
            return np.stack(result, axis=-1) if isinstance(result, list) else np.asarray(result)
    return np.asarray(_tables[conversion][e])


def grid_to_enums(cls: type[GridCoordinate], x: Any, y: Any) -> np.ndarray:
    """Join columns and rows to the linear numbers of a grid type.

    Parameters
    ----------
    cls
        Grid coordinate type.
    x, y
        Integer arrays, broadcast against each other.

    Raises
    ------
    RangeOverflowError
        If a column or row is outside the range.
    ValueError
        If a node does not exist (``CrossbarNodeOnDLS``).
    """
    if not issubclass(cls, GridCoordinate) or issubclass(cls, PairCoordinate):
        raise TypeError(f"grid_to_enums: expected a grid coordinate type, got {cls.__name__}")
    x, y = np.broadcast_arrays(_checked(cls.x_type, x), _checked(cls.y_type, y))
    return np.asarray(cls._from_xy(x, y), dtype=np.int64)


def pair_to_enums(cls: type[PairCoordinate], parent: Any, local: Any) -> np.ndarray:
    """Join parent and local numbers to the linear numbers of a pair type.

    Parameters
    ----------
    cls
        Pair coordinate type.
    parent, local
        Integer arrays, broadcast against each other. Mind the order: the parent first, as in the linear number.
    """
    if not issubclass(cls, PairCoordinate):
        raise TypeError(f"pair_to_enums: expected a pair coordinate type, got {cls.__name__}")
    parent, local = np.broadcast_arrays(_checked(cls._parent, parent), _checked(cls._local, local))
    return cls._from_parts(parent, local)


def split_enums(cls: type[Value], enums: Any) -> tuple[np.ndarray, np.ndarray]:
    """Split linear numbers: (parent, local) of a pair, (x, y) of a grid, (min, max) of an interval."""
    e = _checked(cls, enums)
    if issubclass(cls, PairCoordinate):
        return cls._to_parts(e)
    if issubclass(cls, GridCoordinate):
        return cls._to_xy(e)
    if issubclass(cls, IntervalCoordinate):
        return cls._to_bounds(e)
    raise TypeError(f"split_enums: expected a pair, grid or interval type, got {cls.__name__}")


def _checked(cls: type[Value], enums: Any) -> np.ndarray:
    """Return `enums` as int64, checked against the range of `cls`."""
    array = np.asarray(enums)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{cls.__name__}: expected an integer array, got dtype {array.dtype}")
    low = getattr(cls, "_lo", 0) if not issubclass(cls, PairCoordinate) else 0
    high = cls._modulus - 1
    smallest, largest = int(array.min()), int(array.max())
    if smallest < 0 <= low:
        raise TypeError(f"{cls.__name__}: expected non-negative numbers, got {smallest}")
    if smallest < low:
        raise errors.underflow(cls, smallest)
    if largest > high:
        text = f"range overflow: {largest} > max({high}) for {cls.__name__} (range {low}..{high})"
        raise errors.RangeOverflowError(text)
    array = array.astype(np.int64)
    if cls.is_interval:
        _check_bounds(cls, array)
    return array


def _check_bounds(cls: Any, e: np.ndarray) -> None:
    """Reject numbers of intervals whose upper bound is below the lower one."""
    count = cls.bound_type.size
    blocks = e % cls._blocks
    lo, hi = blocks // count, blocks % count
    if (lo > hi).any():
        first = int(np.flatnonzero(np.ravel(lo > hi))[0])
        raise RuntimeError(f"{cls.__name__}: expected min <= max, got {np.ravel(lo)[first]} > {np.ravel(hi)[first]}")
