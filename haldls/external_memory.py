"""External memories of the PPUs: SRAM and DRAM of the FPGA."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from halco.core import RangedInt
from haldls.container import FPGA, Container
from haldls.field import array, bits, unplaced
from haldls.location import Location, piece

EXTERNAL_MEMORY = 0x80000000
EXTERNAL_DRAM = 0x84000000

_BYTES = [(0, 24), (0, 16), (0, 8), (0, 0)]  # the lowest byte address is the most significant byte


class ByteValue(RangedInt, max=255, int_implicit=False):
    """A byte. As in the real system a number is taken modulo 256 and has to be converted explicitly."""

    def __new__(cls, value: Any = 0) -> ByteValue:
        return super().__new__(cls, int(value) & 0xFF)


class _MemoryByte(Container):
    """A byte of an external memory. It may be a window onto one byte of a word."""

    value = unplaced(ByteValue, doc="the byte")

    def __init__(self, value: Any = None) -> None:
        self._mem = memoryview(bytearray(4)).cast("I")
        self._map = _ALONE
        if isinstance(value, type(self)):
            value = value.value
        if value is not None:
            self.value = value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False if isinstance(other, Container) else NotImplemented
        return self.value == other.value

    def __copy__(self) -> Any:
        return type(self)(self.value)

    copy = __copy__

    def __deepcopy__(self, memo: Any) -> Any:
        return type(self)(self.value)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.value,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(0x{int(self.value):02x})"

    def _encode(self, number: int) -> np.ndarray:
        return np.array([int(self.value) << 8 * (3 - number % 4)], dtype=np.uint32)

    def _byte_enables(self, number: int) -> np.ndarray | None:
        return np.array([1 << (3 - number % 4)], dtype=np.uint8)

    @classmethod
    def _decode(cls, number: int, words: np.ndarray) -> Any:
        return cls(ByteValue(int(words[0]) >> 8 * (3 - number % 4)))


_MemoryByte.value.index = 0
_ALONE = (Location([piece(0, 0, 8)]),)
BYTE_OF_WORD = tuple((Location([piece(0, 24 - 8 * i, 8)]),) for i in range(4))


class ExternalPPUMemoryByte(
    _MemoryByte, coordinate=halco.ExternalPPUMemoryByteOnFPGA, words=1, backends=FPGA,
    address=lambda e: EXTERNAL_MEMORY + e // 4,
):
    """A byte of the external SRAM; only this byte of the word is written."""

    Value = ByteValue


class ExternalPPUDRAMMemoryByte(
    _MemoryByte, coordinate=halco.ExternalPPUDRAMMemoryByteOnFPGA, words=1, backends=FPGA,
    address=lambda e: EXTERNAL_DRAM + e // 4,
):
    """A byte of the external DRAM; only this byte of the word is written."""

    Value = ByteValue


class _MemoryQuad(Container):
    """Four bytes of an external memory; those that are not enabled keep their value."""

    Value = ByteValue

    quad = array(ByteValue, halco.EntryOnQuad, _BYTES, width=8, doc="bytes, lowest address first")
    # Word 1 of the image does not leave as a word, but as byte enables; entry 0 is byte enable 3.
    enables = array(bool, halco.EntryOnQuad, bits(1, 0, 4), default=True, doc="bytes that are written")

    def _byte_enables(self, number: int) -> np.ndarray | None:
        return np.array([sum(1 << (3 - i) for i in range(4) if self._mem[1] >> i & 1)], dtype=np.uint8)


class ExternalPPUMemoryQuad(
    _MemoryQuad, coordinate=halco.ExternalPPUMemoryQuadOnFPGA, words=2, write=1, read=1, backends=FPGA,
    address=lambda e: EXTERNAL_MEMORY + e,
):
    """A word of the external SRAM."""


class ExternalPPUDRAMMemoryQuad(
    _MemoryQuad, coordinate=halco.ExternalPPUDRAMMemoryQuadOnFPGA, words=2, write=1, read=1, backends=FPGA,
    address=lambda e: EXTERNAL_DRAM + e,
):
    """A word of the external DRAM."""


ByteValue.__name__ = "Value"
ByteValue.__qualname__ = "ExternalPPUMemoryByte.Value"
