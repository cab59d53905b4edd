"""Plain records for test vectors of register containers: what is written, where, and what a read gives."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class V:
    """One encoding: a container with some settings at a coordinate, and the words and addresses that result.

    ``coordinate`` and string values in ``settings`` are Python expressions over the names of halco and haldls.
    Keys of ``settings`` are attribute paths; a list is applied element by element. A key ``set_...`` names a method
    and holds a list of ``(index, value)``, where a dict as value stands for the fields of a struct.
    ``write`` and ``read`` are word addresses, or coordinate expressions where a back end addresses by coordinate.
    """

    container: str
    coordinate: str
    settings: dict[str, Any]
    write: list[int] | list[str]
    words: list[int]
    read: list[int] | list[str]
    backend: str | None = None


@dataclass(frozen=True)
class D:
    """One decoding: words read at a coordinate, and the fields that result, in the notation of ``V.settings``.

    A key ``get_...`` names a method and holds a list of ``(index, value)``.
    """

    container: str
    coordinate: str
    words: list[int]
    expected: dict[str, Any]
    backend: str | None = None


def on(names: str) -> dict[str, bool]:
    """Settings that switch the named flags (separated by blanks) on."""
    return dict.fromkeys(names.split(), True)


def off(names: str) -> dict[str, bool]:
    """Settings that switch the named flags (separated by blanks) off."""
    return dict.fromkeys(names.split(), False)
