"""Iteration over all values of one or several types."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, TypeVar, overload

from .core import Value, _new, _set_e
from .kinds import ComposedValue, IntervalCoordinate, PairCoordinate

V = TypeVar("V", bound=Value)


@overload
def iter_all(cls: type[V], /) -> Iterator[V]: ...
@overload
def iter_all(*types: type[Value]) -> Iterator[tuple[Any, ...]]: ...
def iter_all(*types: type[Value]) -> Iterator[Any]:
    """Iterate over all values in linear order.

    Parameters
    ----------
    *types
        One type gives its values; several types give tuples, the last type runs fastest.

    Raises
    ------
    AttributeError
        If a type has no finite range (``SpikeLabel``, bus addresses, logical neurons).

    Examples
    --------
    >>> list(iter_all(NeuronRowOnDLS))
    [NeuronRowOnDLS(0), NeuronRowOnDLS(1)]
    """
    if not types:
        raise TypeError("iter_all: expected at least one coordinate type")
    ranges = [_numbers(cls) for cls in types]
    if len(types) == 1:
        return _values(types[0], ranges[0])
    return itertools.product(*(_values(cls, numbers) for cls, numbers in zip(types, ranges, strict=True)))


def _numbers(cls: Any) -> Any:
    """Return the linear numbers of all existing values, in ascending order."""
    limits: Any = cls
    if isinstance(cls, type) and issubclass(cls, ComposedValue):
        if not cls.is_interval:
            return range(limits.size)
        if issubclass(cls, PairCoordinate):
            blocks = limits._local.size
            return (p * blocks + e for p in range(cls._parent.size) for e in _numbers(cls._local))
        assert issubclass(cls, IntervalCoordinate)
        count = cls.bound_type.size
        return (lo * count + hi for lo in range(count) for hi in range(lo, count))
    if isinstance(cls, type) and issubclass(cls, Value) and hasattr(cls, "size"):
        return range(limits.min, limits.max + 1)
    raise AttributeError(f"iter_all: expected a type with a finite range, got {getattr(cls, '__name__', cls)}")


def _values(cls: type[Value], numbers: Any) -> Iterator[Any]:
    # Written out instead of calling _from_enum: a synapse array has 131072 values.
    for e in numbers:
        value = _new(cls)
        _set_e(value, e)
        yield value
