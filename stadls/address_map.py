"""Reverse map of the Omnibus: which register an address is."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

import haldls
from haldls.backend import OMNIBUS_LIKE
from haldls.container import Container
from haldls.external_memory import EXTERNAL_DRAM

_TABLE_LIMIT = 1 << 18
"""Types with more coordinates than this have no table; their addresses follow from a formula."""

_DRAM_END = EXTERNAL_DRAM + haldls.ExternalPPUDRAMMemoryQuad.coordinate_type.size

# Views of registers that a plainer container shows as well; that one is preferred.
_SECOND_CHOICE = (
    haldls.ExternalPPUMemoryByte, haldls.ExternalPPUDRAMMemoryByte, haldls.VectorGeneratorControl,
    haldls.VectorGeneratorLUTEntry, haldls.VectorGeneratorNotificationAddress, haldls.VectorGeneratorTrigger,
    haldls.VectorGeneratorFIFOWord,
)


class Registers(NamedTuple):
    """Registers behind addresses, as columns of one length.

    Attributes
    ----------
    kinds : tuple of type
        Container types that `kind` counts.
    kind : ndarray of int
        Position in `kinds`, -1 where no container has the address.
    number : ndarray of int
        Linear number of the coordinate.
    word : ndarray of int
        Which word of the container.
    """

    kinds: tuple[type[Container], ...]
    kind: np.ndarray
    number: np.ndarray
    word: np.ndarray

    def coordinate(self, i: int) -> Any:
        """Coordinate of entry i."""
        return self.kinds[self.kind[i]].coordinate_type._from_enum(int(self.number[i]))


class _Table(NamedTuple):
    kinds: tuple[type[Container], ...]
    address: np.ndarray
    kind: np.ndarray
    number: np.ndarray
    word: np.ndarray


def _leaves() -> list[Any]:
    leaves = [
        kind
        for kind in haldls.containers
        if OMNIBUS_LIKE & set(kind.backends) and not getattr(kind, "_parts", ()) and kind._size
    ]
    return sorted(leaves, key=lambda kind: kind in _SECOND_CHOICE)


@cache
def _table() -> _Table:
    kinds = [kind for kind in _leaves() if kind.coordinate_type.size <= _TABLE_LIMIT]
    columns: list[list[np.ndarray]] = [[], [], [], []]
    for i, kind in enumerate(kinds):
        numbers = np.arange(kind.coordinate_type.size)
        backend = next(b for b in kind.backends if b in OMNIBUS_LIKE)
        words = max(kind._write, kind._read)
        addresses = kind._addresses(numbers, backend)[:, :words]
        columns[0].append(addresses.ravel())
        columns[1].append(np.full(addresses.size, i))
        columns[2].append(np.repeat(numbers, words))
        columns[3].append(np.tile(np.arange(words), len(numbers)))
    address, kind_, number, word = (np.concatenate(column) for column in columns)
    # Of equal addresses the first one stays, which is that of the preferred type.
    address, first = np.unique(address, return_index=True)
    return _Table((*kinds, haldls.ExternalPPUDRAMMemoryQuad), address, kind_[first], number[first], word[first])


def find_registers(addresses: Any) -> Registers:
    """Registers of Omnibus addresses.

    Parameters
    ----------
    addresses : array_like of uint32, (n,)

    Returns
    -------
    Registers
        One entry per address.
    """
    table = _table()
    wanted = np.asarray(addresses, dtype=np.int64)
    place = np.minimum(np.searchsorted(table.address, wanted), len(table.address) - 1)
    known = table.address[place] == wanted
    dram = (wanted >= EXTERNAL_DRAM) & (wanted < _DRAM_END)
    kind = np.where(dram, len(table.kinds) - 1, np.where(known, table.kind[place], -1))
    number = np.where(dram, wanted - EXTERNAL_DRAM, table.number[place])
    return Registers(table.kinds, kind, number, np.where(dram, 0, table.word[place]))
