"""Ranges of inputs and outputs that fit on a hemisphere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """Neighbouring numbers.

    Attributes
    ----------
    offset, size : int
        First number, and how many.
    """

    offset: int
    size: int

    @property
    def slice(self) -> slice:
        """The same as a slice."""
        return slice(self.offset, self.offset + self.size)


def split_range(size: int, largest: int) -> list[Range]:
    """Split the numbers below `size` into ranges of `largest`; the last one has what is left.

    Raises
    ------
    ValueError
        `largest` is not positive, or `size` is negative.
    """
    if largest < 1 or size < 0:
        raise ValueError(f"cannot split {size} into ranges of {largest}")
    return [Range(offset, min(largest, size - offset)) for offset in range(0, size, largest)]
