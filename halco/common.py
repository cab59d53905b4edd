"""Types that do not depend on the chip: untyped numbers, sides, directions, addresses of hosts."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from .core import Coordinate, Enum, RangedInt, Value, X, Y
from .iteration import iter_all


class _NamedInt(RangedInt):
    """A small number whose values have names."""

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, names: str) -> None:
        cls._names = tuple(names.split())
        super().__init_subclass__(max=len(cls._names) - 1, int_implicit=False)

    def __repr__(self) -> str:
        return self._names[self._e]


class SideHorizontal(_NamedInt, names="left right"):
    """Left or right."""


Side = SideHorizontal


class SideVertical(_NamedInt, names="top bottom"):
    """Top or bottom."""


class Unique(_NamedInt, names="unique"):
    """The only value of its type."""


class Orientation(_NamedInt, names="horizontal vertical"):
    """Horizontal or vertical."""


class Direction(_NamedInt, names="north east south west"):
    """A point of the compass, clockwise from north."""

    def toOrientation(self) -> Orientation:
        """Return vertical for north and south, horizontal for east and west."""
        return Orientation(1 if self._e % 2 == 0 else 0)


class Parity(_NamedInt, names="even odd"):
    """Even or odd."""

    even: ClassVar[Parity]
    odd: ClassVar[Parity]

    @staticmethod
    def from_number(val: int) -> Parity:
        """Return the parity of a number."""
        return Parity(val % 2)


Parity.even, Parity.odd = Parity(0), Parity(1)


class IPv4(Value):
    """An IPv4 address.

    Parameters
    ----------
    *parts
        Four bytes, one 32-bit int, or nothing for 0.0.0.0.
    """

    _modulus = 1 << 32

    def __new__(cls, *parts: Any) -> Self:
        if not parts:
            return cls._from_enum(0)
        if len(parts) == 1 and isinstance(parts[0], IPv4):
            return cls._from_enum(parts[0]._e)
        limit = {1: 1 << 32, 4: 256}.get(len(parts))
        if limit is None or not all(isinstance(part, int) and 0 <= part < limit for part in parts):
            raise TypeError(f"IPv4: expected four bytes or one 32-bit int, got {parts}")
        number = 0
        for part in parts:
            number = number << 8 | part
        return cls._from_enum(number)

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse dotted decimal notation, e.g. ``"192.168.0.1"``."""
        parts = text.split(".")
        if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
            raise RuntimeError(f"IPv4: expected four numbers below 256 joined by dots, got {text!r}")
        return cls(*map(int, parts))

    @classmethod
    def any(cls) -> Self:
        """Return 0.0.0.0."""
        return cls(0)

    @classmethod
    def loopback(cls) -> Self:
        """Return 127.0.0.1."""
        return cls(127, 0, 0, 1)

    @classmethod
    def broadcast(cls) -> Self:
        """Return 255.255.255.255."""
        return cls(255, 255, 255, 255)

    @staticmethod
    def netmask(address: IPv4) -> IPv4:
        """Return the mask of the network class of `address`; 255.255.255.255 outside classes A to C."""
        for length, matches in ((8, address.is_class_a()), (16, address.is_class_b()), (24, address.is_class_c())):
            if matches:
                return IPv4((1 << 32) - (1 << 32 - length))
        return IPv4.broadcast()

    def to_bytes(self) -> list[int]:
        """Return the four bytes, first one first."""
        return [self._e >> shift & 0xFF for shift in (24, 16, 8, 0)]

    def to_ulong(self) -> int:
        """Return the address as a 32-bit number."""
        return self._e

    def to_string(self) -> str:
        """Return dotted decimal notation."""
        return ".".join(map(str, self.to_bytes()))

    def is_class_a(self) -> bool:
        """Return whether the leading bit is 0."""
        return self._e >> 31 == 0b0

    def is_class_b(self) -> bool:
        """Return whether the leading bits are 10."""
        return self._e >> 30 == 0b10

    def is_class_c(self) -> bool:
        """Return whether the leading bits are 110."""
        return self._e >> 29 == 0b110

    def is_multicast(self) -> bool:
        """Return whether the leading bits are 1110."""
        return self._e >> 28 == 0b1110

    def __repr__(self) -> str:
        return f"IPv4({self.to_string()})"


left, right = SideHorizontal(0), SideHorizontal(1)
top, bottom = SideVertical(0), SideVertical(1)
north, east, south, west = map(Direction, range(4))
horizontal, vertical = Orientation(0), Orientation(1)
unique = Unique(0)

__all__ = [
    "Coordinate", "Direction", "Enum", "IPv4", "Orientation", "Parity", "Side", "SideHorizontal", "SideVertical",
    "Unique", "X", "Y", "bottom", "east", "horizontal", "iter_all", "left", "north", "right", "south", "top",
    "unique", "vertical", "west",
]  # fmt: skip
