"""PPUs: memory and run control."""

from __future__ import annotations

import operator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

import halco
from halco.core import RangedInt
from haldls.arrays import ImageArray
from haldls.backend import Backend
from haldls.codec import nonzero
from haldls.composite import Composite, Part, children
from haldls.container import Container
from haldls.errors import AccessError
from haldls.field import field, flag

PPU_MEMORY = (0x02800000, 0x03800000)
PPU_CONTROL = (0x02A00000, 0x03A00000)


class PPUMemoryWord(
    Container,
    coordinate=halco.PPUMemoryWordOnDLS,
    words=1,
    address=lambda e: np.take(PPU_MEMORY, e // 4096) + e % 4096,
    init=('value',),
):
    """A word of the memory of a PPU."""

    class Value(RangedInt, max=0xffffffff):
        """0..4294967295."""

    value = field(Value, 0, 0, 32, doc="memory word; most significant byte is the lowest PPU byte address")

    def __repr__(self) -> str:
        return f"PPUMemoryWord(0x{self._mem[0]:08x})"


def printable(data: bytes) -> str:
    """Text up to the first zero byte, without what is neither printable nor white space."""
    return "".join(c for c in data.split(b"\0")[0].decode("latin-1") if c.isprintable() and c < "\x7f" or c.isspace())


class PPUMemoryBlock(Container, coordinate=halco.PPUMemoryBlockOnDLS, words=0, address=lambda e: e):
    """Adjacent words of the memory of a PPU. Its length has to be that of the coordinate.

    Parameters
    ----------
    size : PPUMemoryBlockSize or int
        Number of words, 1..4096.
    """

    size_type = halco.PPUMemoryBlockSize

    def __init__(self, size: Any = halco.PPUMemoryBlockSize.max) -> None:
        if isinstance(size, PPUMemoryBlock):
            self._mem = memoryview(bytearray(size._mem.tobytes())).cast("I")
        else:
            words = halco.PPUMemoryBlockSize.coerce(size).value()
            self._mem = memoryview(bytearray(4 * words)).cast("I")

    @classmethod
    def for_coordinate(cls, coordinate: halco.PPUMemoryBlockOnDLS) -> PPUMemoryBlock:
        """Block of zeros that fits the coordinate."""
        return cls(coordinate.toPPUMemoryBlockOnPPU().toPPUMemoryBlockSize())

    @property
    def words(self) -> ImageArray:
        """All words."""
        return ImageArray(self._mem, PPUMemoryWord, halco.PPUMemoryWordOnPPU, len(self._mem))

    @words.setter
    def words(self, values: Any) -> None:
        items = list(values)
        if len(items) != len(self._mem):
            raise ValueError(f"PPUMemoryBlock.words: expected {len(self._mem)} words, got {len(items)}")
        self.words.assign(items)

    def at(self, i: int) -> PPUMemoryWord:
        return self[i]

    def __getitem__(self, i: int) -> PPUMemoryWord:
        return PPUMemoryWord._window(self._mem[self._index(i) :][:1])

    def __setitem__(self, i: int, word: PPUMemoryWord) -> None:
        self._mem[self._index(i)] = word._mem[0]

    def _index(self, i: int) -> int:
        i = operator.index(i)
        if not 0 <= i < len(self._mem):
            raise IndexError(f"PPUMemoryBlock of {len(self._mem)} words has no word {i}")
        return i

    def __len__(self) -> int:
        return len(self._mem)

    def size(self) -> halco.PPUMemoryBlockSize:
        return halco.PPUMemoryBlockSize(len(self._mem))

    def get_subblock(self, begin: int, length: Any) -> PPUMemoryBlock:
        count = halco.PPUMemoryBlockSize.coerce(length).value()
        if begin < 0 or begin + count > len(self._mem):
            raise IndexError(f"words {begin}..{begin + count - 1} do not fit a block of {len(self._mem)}")
        block = PPUMemoryBlock(count)
        block._mem[:] = self._mem[begin : begin + count]
        return block

    def set_subblock(self, begin: int, subblock: PPUMemoryBlock) -> None:
        if begin < 0 or begin + len(subblock) > len(self._mem):
            raise IndexError(f"{len(subblock)} words at {begin} do not fit a block of {len(self._mem)}")
        self._mem[begin : begin + len(subblock)] = subblock._mem

    def to_string(self) -> str:
        """The bytes in PPU order as text, up to the first zero byte."""
        return printable(self._words.astype(">u4").tobytes())

    def _members(self) -> list[tuple[str, Any]]:
        return [(str(i), f"0x{word:08x}") for i, word in enumerate(self._mem)]

    def _encode(self, number: int) -> np.ndarray:
        if self._read_count(number) != len(self._mem):
            raise AccessError(
                f"PPUMemoryBlock of {len(self._mem)} words written to a coordinate of {self._read_count(number)}"
            )
        return np.array(self._mem, dtype=np.uint32)

    @classmethod
    def _read_count(cls, number: int) -> int:
        first, last = divmod(number % halco.PPUMemoryBlockOnPPU.size, halco.PPUMemoryWordOnPPU.size)
        return last - first + 1

    @classmethod
    def _write_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        ppu, interval = divmod(number, halco.PPUMemoryBlockOnPPU.size)
        first, last = divmod(interval, halco.PPUMemoryWordOnPPU.size)
        return PPU_MEMORY[ppu] + np.arange(first, last + 1)

    _read_addresses = _write_addresses

    @classmethod
    def _decode(cls, number: int, words: np.ndarray) -> PPUMemoryBlock:
        return cls._own(words.astype(np.uint32).tobytes())


class PPUMemory(
    Composite,
    coordinate=halco.PPUMemoryOnDLS,
    parts=[Part("words", PPUMemoryWord, lambda e: 4096 * e[:, None] + np.arange(4096), count=4096)],
):
    """The whole memory of a PPU."""

    words = children("words", halco.PPUMemoryWordOnPPU, "memory words")

    def __init__(self, words: Any = None) -> None:
        super().__init__(*([words] if isinstance(words, PPUMemory) else []))
        if words is not None and not isinstance(words, PPUMemory):
            self.words = words

    def get_word(self, pos: halco.PPUMemoryWordOnPPU) -> PPUMemoryWord.Value:
        return self.words[pos].value

    def set_word(self, pos: halco.PPUMemoryWordOnPPU, value: PPUMemoryWord.Value) -> None:
        self.words[pos].value = value

    def get_block(self, coord: halco.PPUMemoryBlockOnPPU) -> PPUMemoryBlock:
        """Copy of the words of an interval."""
        block = PPUMemoryBlock(coord.toPPUMemoryBlockSize())
        block._mem[:] = self._mem[coord.toMin().value() : coord.toMax().value() + 1]
        return block

    def set_block(self, coord: halco.PPUMemoryBlockOnPPU, block: PPUMemoryBlock) -> None:
        if len(block) != coord.length():
            raise IndexError(f"block of {len(block)} words does not fit {coord!r}")
        self._mem[coord.toMin().value() : coord.toMax().value() + 1] = block._mem

    def load_from_file(self, filename: str | PathLike[str]) -> None:
        """Load a stripped raw binary: big-endian words from address 0; all other words become 0.

        Raises
        ------
        RuntimeError
            The file cannot be read or is larger than the memory.
        """
        try:
            data = Path(filename).read_bytes()
        except OSError as error:
            raise RuntimeError(f"cannot read PPU program {filename}: {error.strerror}") from error
        if len(data) > 4 * len(self._mem):
            raise RuntimeError(f"PPU program {filename} has {len(data)} bytes, the memory {4 * len(self._mem)}")
        padded = data.ljust(4 * len(self._mem), b"\0")
        self._words[:] = np.frombuffer(padded, dtype=">u4")


class PPUControlRegister(
    Container,
    coordinate=halco.PPUControlRegisterOnDLS,
    words=1,
    differential=True,
    address=lambda e: np.take(PPU_CONTROL, e),
):
    """Run control of a PPU. Start: `inhibit_reset` false, load the memory, `inhibit_reset` true."""

    inhibit_reset = flag(0, 0, doc="false: PPU held in reset; false -> true starts execution at address 0")
    force_clock_on = flag(0, 1, doc="clock on even while sleeping")
    force_clock_off = flag(0, 2, doc="clock off; force_clock_on wins")
    cache_controller_enable = flag(0, 3, doc="instruction cache controller for external memory")


class PPUStatusRegister(
    Container,
    coordinate=halco.PPUStatusRegisterOnDLS,
    words=1,
    write=0,
    address=lambda e: np.take(PPU_CONTROL, e) + 1,
):
    """State of a PPU."""

    sleep = field(
        bool, 0, 0, 32, codec=nonzero(32),
        doc="PPU sleeps: the program has finished or waits; true if the whole word is non-zero",
    )

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        images[:] = images != 0
