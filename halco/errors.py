"""Exceptions of the coordinate floor.

Every class derives from the built-in exceptions a script may already catch: the original C++ stack reports a value
above the range as ``OverflowError`` and most other violations as ``RuntimeError``.
"""

from __future__ import annotations

from typing import Any


class RangeOverflowError(OverflowError, RuntimeError):
    """A value is above the largest value of its type."""


class RangeUnderflowError(RuntimeError):
    """A value is below the smallest value of its type."""


class ImplicitRangeError(TypeError, OverflowError):
    """An int used in place of a coordinate does not fit the coordinate.

    It is a ``TypeError`` because the int does not denote a value of the type, and an ``OverflowError`` because a
    script that checks ranges does not care how the int was passed.
    """


class ArrayKeyError(ImplicitRangeError, IndexError):
    """The key of a typed array is out of range or of the wrong type."""


def range_text(cls: Any) -> str:
    """Describe the range of an integer type, e.g. ``range 0..511``."""
    return f"range {cls._lo}..{cls._hi}"


def overflow(cls: Any, number: int) -> RangeOverflowError:
    """Build the error for `number` above the range of `cls`."""
    return RangeOverflowError(f"range overflow: {number} > max({cls._hi}) for {cls.__name__} ({range_text(cls)})")


def underflow(cls: Any, number: int) -> RangeUnderflowError:
    """Build the error for `number` below the range of `cls`."""
    return RangeUnderflowError(f"range underflow: {number} < min({cls._lo}) for {cls.__name__} ({range_text(cls)})")


def implicit(cls: Any, number: int) -> ImplicitRangeError:
    """Build the error for an int `number` that was used in place of a `cls` and does not fit."""
    return ImplicitRangeError(f"expected {cls.__name__} or an int ({range_text(cls)}), got {number}")


def wrong_type(cls: Any, expected: str, value: object) -> TypeError:
    """Build the error for a `value` of which no `cls` can be made."""
    return TypeError(f"{cls.__name__}: expected {expected}, got {value!r} of type {type(value).__name__}")
