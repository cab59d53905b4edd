"""Reverse map of the Omnibus: which register an address is, and which fields the bits of its words are.

Where containers are views of the same registers, an address belongs to the one that shows whole words: the bytes of
the external memories are part of their quads, and the vector generators, which few FPGA builds have, lie in the
address range of the external DRAM.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

import haldls
from haldls.backend import OMNIBUS_LIKE
from haldls.container import Container
from haldls.external_memory import EXTERNAL_DRAM
from haldls.location import Location, Piece

# The external DRAM is too large for the table; its addresses follow from a formula.
_DRAM = haldls.ExternalPPUDRAMMemoryQuad
_DRAM_END = EXTERNAL_DRAM + _DRAM.coordinate_type.size

_ALL_BITS = 0xFFFFFFFF

# Views of registers that a plainer container shows as well.
_VIEWS = (
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
    """Types whose registers are in the table: neither composites, whose parts are there, nor views."""
    return [
        kind
        for kind in haldls.containers
        if OMNIBUS_LIKE & set(kind.back_ends) and not getattr(kind, "_parts", ()) and kind._size
        and kind is not _DRAM and kind not in _VIEWS
    ]


@cache
def _table() -> _Table:
    kinds = _leaves()
    columns: list[list[np.ndarray]] = [[], [], [], []]
    for i, kind in enumerate(kinds):
        numbers = np.arange(kind.coordinate_type.size)
        backend = next(b for b in kind.back_ends if b in OMNIBUS_LIKE)
        words = max(kind._write, kind._read)
        addresses = kind._addresses(numbers, backend)[:, :words]
        columns[0].append(addresses.ravel())
        columns[1].append(np.full(addresses.size, i))
        columns[2].append(np.repeat(numbers, words))
        columns[3].append(np.tile(np.arange(words), len(numbers)))
    address, kind_, number, word = (np.concatenate(column) for column in columns)
    order = np.argsort(address, kind="stable")
    return _Table((*kinds, _DRAM), address[order], kind_[order], number[order], word[order])


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


# -- fields ----------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A field, or the bits of one, in a word; `text` is its value in a given word."""

    name: str
    mask: int
    text: Callable[[int], str]


class _Layout(NamedTuple):
    """What a word of a container holds: default, parts, bits without a field, and what decodes the whole word."""

    default: int
    parts: tuple[_Part, ...]
    other: int
    decode: Callable[[int], int]


@lru_cache(maxsize=1 << 16)
def field_text(kind: type[Container], word: int, value: int) -> str:
    """Fields in a word of a container that differ from the default.

    Parameters
    ----------
    kind : type
        Container type.
    word : int
        Which word of the container.
    value : int
        The word.

    Returns
    -------
    str
        "defaults" if nothing differs. Of a field that continues in other words the bits that are here, with their
        range. Empty for words that the container does not have.
    """
    if not 0 <= word < kind._size:
        return ""
    layout = _layout(kind, word)
    bits = layout.decode(value)
    changed = bits ^ layout.default
    texts = [f"{part.name}={part.text(bits)}" for part in layout.parts if changed & part.mask]
    if changed & layout.other:
        texts.append(f"other bits {bits & layout.other:#x}")
    return ", ".join(texts) if texts else "defaults"


@lru_cache(maxsize=1 << 16)
def field_difference(kind: type[Container], word: int, old: int, new: int) -> str:
    """Fields in a word of a container that two words differ in, as "name old -> new"."""
    layout = _layout(kind, word)
    old, new = layout.decode(old), layout.decode(new)
    changed = old ^ new
    texts = [f"{part.name} {part.text(old)} -> {part.text(new)}" for part in layout.parts if changed & part.mask]
    if changed & layout.other:
        texts.append(f"other bits {old & layout.other:#x} -> {new & layout.other:#x}")
    return ", ".join(texts)


@cache
def _layout(kind: type[Container], word: int) -> _Layout:
    driven = _ALL_BITS if kind._driven is None else int(kind._driven[word])
    places: dict[str, tuple[Any, Any]] = {
        name.lstrip("_"): (field.type, field.location) for name, field in kind._fields.items()
    }
    for name, view in kind._structs.items():
        for inner, location in zip(view.struct._names, view.positions, strict=True):
            places[f"{name}.{inner}"] = (view.struct._fields[inner].type, location)
    codecs = {location.word_codec for _, location in places.values()} - {None}
    decode = codecs.pop().decode if codecs else int  # a word codec applies to all fields of its word
    parts: list[_Part] = []
    for name, (value_type, location) in places.items():
        make = _value_parts if isinstance(location, Location) else _array_parts
        parts += [part for part in make(name, value_type, location, word) if part.mask & driven]
    covered = int(np.bitwise_or.reduce([part.mask for part in parts])) if parts else 0
    default = int(np.frombuffer(kind._default, dtype=np.uint32)[word]) & driven
    return _Layout(decode(default), tuple(parts), _ALL_BITS & ~covered, decode)


def _value_parts(name: str, value_type: Any, location: Location, word: int) -> list[_Part]:
    here = [p for p in location.pieces if p.word == word]
    if here and len(here) == len(location.pieces):
        return [_Part(name, _mask(here), _reader(value_type, here, location.codec))]
    stored = "" if location.codec is None else " (encoded)"
    return [_partial(name, p, stored) for p in here]


def _partial(name: str, piece: Piece, stored: str) -> _Part:
    lowest, mask, shift = piece.lsb, piece.mask, piece.shift
    where = f"{name}[{shift + mask.bit_length() - 1}:{shift}]"
    return _Part(where, mask << lowest, lambda bits: f"{bits >> lowest & mask:#x}{stored}")


def _array_parts(name: str, value_type: Any, location: Any, word: int) -> list[_Part]:
    """One part if all elements are in the word, else one per element; no element is spread over words."""
    elements = {}
    for index in np.ndindex(location.shape):
        pieces = [Piece(int(p.word[index]), int(p.lsb[index]), p.mask, p.shift) for p in location.pieces]
        flip = 0 if location.flipped is None else int(location.flipped[index])
        elements[index] = (pieces, _reader(value_type, pieces, location.codec, flip))
    here = {index: element for index, element in elements.items() if element[0][0].word == word}
    if len(here) < len(elements):
        return [
            _Part(f"{name}{''.join(f'[{i}]' for i in index)}", _mask(pieces), read)
            for index, (pieces, read) in here.items()
        ]
    reads = [read for _, read in here.values()]
    pieces = [piece for own, _ in here.values() for piece in own]
    return [_Part(name, _mask(pieces), lambda bits: f"[{' '.join(read(bits) for read in reads)}]")]


def _mask(pieces: list[Piece]) -> int:
    return int(np.bitwise_or.reduce([p.mask << p.lsb for p in pieces]))


def _reader(value_type: Any, pieces: list[Piece], codec: Any, flip: int = 0) -> Callable[[int], str]:
    """Text of the value that sits in `pieces`; bits that no value has are shown as they are."""

    def read(bits: int) -> str:
        raw = flip
        for _, lsb, mask, shift in pieces:
            raw ^= (bits >> lsb & mask) << shift
        value = value_type.from_raw(raw if codec is None else codec.decode(raw))
        if type(value) is int:
            return f"invalid {raw:#x}"
        if isinstance(value, IntEnum):
            return value.name
        return str(value.value() if hasattr(value, "_e") and hasattr(value, "value") else value)

    return read
