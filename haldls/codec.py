"""Encodings of a field value into register bits.

A codec is a pair of functions on the raw bits of one field. They work on Python ints and, element by element, on
numpy integer arrays, so that one register and a column of many registers share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Bits = Any  # int or integer ndarray


class Codec(NamedTuple):
    """Conversion between the value of a field and its bits in the register."""

    encode: Callable[[Bits], Bits]
    decode: Callable[[Bits], Bits]
    name: str


def inverted(width: int) -> Codec:
    """All `width` bits are stored complemented."""
    mask = (1 << width) - 1
    return Codec(lambda v: v ^ mask, lambda v: v ^ mask, "inverted")


def offset_by(offset: int, name: str = "") -> Codec:
    """The register holds value + offset (offset binary, "minus one" dividers)."""
    return Codec(lambda v: v + offset, lambda v: v - offset, name or f"value {offset:+d}")


def lookup(
    encode: Mapping[int, int], width: int, decode: Mapping[int, int] | None = None, name: str = "table"
) -> Codec:
    """Encoding by a table; bit patterns that `decode` leaves out decode to -1 (no such value)."""
    to_bits = np.zeros(max(encode) + 1, dtype=np.int64)
    to_value = np.full(1 << width, -1, dtype=np.int64)
    for value, bits in encode.items():
        to_bits[value] = bits
        to_value[bits] = value
    for bits, value in (decode or {}).items():
        to_value[bits] = value
    return Codec(_indexer(to_bits), _indexer(to_value), name)


def _indexer(table: np.ndarray) -> Callable[[Bits], Bits]:
    scalars = tuple(table.tolist())
    return lambda v: table[v] if isinstance(v, np.ndarray) else scalars[v]


def reversed_bits(width: int) -> Codec:
    """The most significant value bit sits in the least significant register bit."""
    return lookup({v: int(f"{v:0{width}b}"[::-1], 2) for v in range(1 << width)}, width, name="reversed bits")


def _permute_weight(value: int) -> int:
    # Omnibus carries the low five bits of a synapse weight in reverse order; bit 5 stays.
    return value & 0x20 | int(f"{value & 0x1F:05b}"[::-1], 2)


WEIGHT = lookup({v: _permute_weight(v) for v in range(64)}, 6, name="low five bits reversed")

# Bits 7:6 of the current are three thermometer bits; on read-back the highest set bit decides.
_THERMOMETER = (0b000, 0b001, 0b011, 0b111)
CURRENT_DAC = lookup(
    {v: v & 0x3F | _THERMOMETER[v >> 6] << 6 for v in range(256)},
    9,
    decode={b: b & 0x3F | (b >> 6).bit_length() << 6 for b in range(512)},
    name="bits 7:6 as thermometer code",
)


def one_hot(size: int) -> Codec:
    """Value k sets bit size - 1 - k; the highest set bit decides on read-back."""

    def encode(v: Bits) -> Bits:
        return 1 << (size - 1 - v)

    def decode(bits: Bits) -> Bits:
        if isinstance(bits, np.ndarray):
            return np.vectorize(decode, otypes=[np.int64])(bits)
        return size - int(bits).bit_length() if bits else 0

    return Codec(encode, decode, "one-hot, reversed")


def _gray_to_binary(word: Bits) -> Bits:
    for shift in (1, 2, 4, 8, 16):
        word = word ^ (word >> shift)
    return word


# The SRAM controller of the CapMem Gray-codes what it receives, so the inverse is applied to the whole word.
GRAY_WORD = Codec(_gray_to_binary, lambda w: w ^ (w >> 1), "inverse Gray code of the word")


def _twos_complement(width: int, zero_at_minimum: bool = False) -> Codec:
    sign, mask = 1 << (width - 1), (1 << width) - 1

    def decode(bits: Bits) -> Bits:
        if isinstance(bits, np.ndarray):
            bits = bits.astype(np.int64)
        value = (bits ^ sign) - sign
        return value * (value != -sign) if zero_at_minimum else value

    return Codec(lambda v: v & mask, decode, "two's complement")


TEMPERATURE = _twos_complement(16, zero_at_minimum=True)


def _encode_shunt(v: Bits) -> Bits:
    return v & 0xFFF | ((v < 0) * 0x8000)


def _decode_shunt(bits: Bits) -> Bits:
    if isinstance(bits, np.ndarray):
        bits = bits.astype(np.int64)
    return (bits & 0xFFF) - 4096 * (bits >= 0x8000)


SHUNT_VOLTAGE = Codec(_encode_shunt, _decode_shunt, "sign in bit 15, low 12 bits as two's complement")


def nonzero(width: int) -> Codec:
    """True is one; any set bit reads as true."""
    del width
    return Codec(lambda v: v, lambda bits: (bits != 0) * 1, "any bit set")
