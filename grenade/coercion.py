"""Fields of descriptions: what they accept in place of a coordinate or an identifier, and how they are copied."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, ConfigDict

T = TypeVar("T")

DESCRIPTION = ConfigDict(arbitrary_types_allowed=True, validate_assignment=True, extra="forbid")
"""Description classes check what is written into them, at construction and at every later assignment."""


def coerced(cls: Any) -> BeforeValidator:
    """Validator of a field of type `cls` that turns whatever ``cls.coerce`` takes into a `cls`."""

    def convert(value: Any) -> Any:
        try:
            return cls.coerce(value)
        except TypeError as error:
            # Only a ValueError becomes part of the report of pydantic, which names class and field.
            raise ValueError(str(error)) from error

    return BeforeValidator(convert)


def _count(value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"expected an integer, got {value!r}") from None
    if number < 0:
        raise ValueError(f"expected a number of 0 or more, got {number}")
    return number


Count = Annotated[int, BeforeValidator(_count)]
"""Field that takes an integer of 0 or more, also one of numpy."""


def duplicate(value: T, **changes: Any) -> T:
    """Copy of a description with some fields replaced; nothing is checked, as the fields were when written."""
    copied = object.__new__(type(value))
    vars(copied).update(vars(value), **changes)
    return copied
