"""Memories of the PPUs as they are loaded, and where in them the variables of the program are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

import halco
import haldls
import lola
from grenade.ppu import Program
from haldls.container import container_type, linear_number

PPUS = (halco.PPUOnDLS(0), halco.PPUOnDLS(1))
"""The PPUs of the top and of the bottom hemisphere."""

_INTERNAL_WORDS = halco.PPUMemoryWordOnPPU.size
_SRAM_TEXT = 0x80000000
_MAILBOX = halco.PPUMemoryBlockOnPPU.mailbox
_STACK_END = int(_MAILBOX.toMin()) - 4
_GREETING_WORDS = 8

FILLER = 0x5CA3F00D
"""Content, to begin with, of memory that programs write before they read: stack, and samples of the CADC.

What it becomes later does not matter to a program of the same kind, so that a differential configuration leaves it
alone. Another program that has variables there finds a configuration that differs from its own, and writes them.
"""


class Image:
    """A program in the memories of both PPUs, without what is different from run to run.

    Parameters
    ----------
    program : Program
        The program.

    Attributes
    ----------
    internal : ndarray of uint32, (4096,)
        Internal memory.
    stack : slice
        Words of the internal memory between data and mailbox.
    external : ndarray of uint32, (32768,)
        External SRAM.
    external_size : int
        Bytes of the external SRAM that code and data need.
    external_code_size : int
        Bytes at the begin of the external SRAM that are code.
    dram : bytes
        External DRAM from its first address on.
    """

    def __init__(self, program: Program) -> None:
        file = program.file
        internal, external, self.dram = file.read_images()
        self.internal = _padded(internal, _INTERNAL_WORDS)
        self.external = _padded(external, halco.ExternalPPUMemoryQuadOnFPGA.size)
        self.external_size = len(external)
        self._symbols = file.read_symbols()
        self.stack = slice(len(internal) // 4, _STACK_END)
        self._is_code = np.zeros(_INTERNAL_WORDS, bool)
        self.external_code_size = 0
        for _, address, code in file.read_code():
            if address < 4 * _INTERNAL_WORDS:
                self._is_code[address // 4:(address + len(code)) // 4] = True
            elif _SRAM_TEXT <= address < _SRAM_TEXT + 4 * len(self.external):
                self.external_code_size = address - _SRAM_TEXT + len(code)

    def __contains__(self, name: str) -> bool:
        return name in self._symbols

    def place(self, name: str) -> Any:
        """Coordinate of a variable.

        Raises
        ------
        RuntimeError
            The program has no such variable.
        """
        if name not in self._symbols:
            raise RuntimeError(f"the program of the PPUs has no symbol {name!r}")
        return self._symbols[name].coordinate

    def word(self, name: str) -> int:
        """Number of the first word of a variable in internal memory."""
        return int(self.place(name).toMin())

    def volatile_words(self, whole_mailbox: bool) -> np.ndarray:
        """Numbers of the words in internal memory that a program changes and needs as they were.

        Parameters
        ----------
        whole_mailbox : bool
            Whether it writes more messages than that it is ready.
        """
        volatile = ~self._is_code
        volatile[self.stack] = False
        if not whole_mailbox:
            volatile[int(_MAILBOX.toMin()) + _GREETING_WORDS:] = False
        return np.flatnonzero(volatile)


@lru_cache(maxsize=32)
def image_of(program: Program) -> Image:
    """Memories with a program."""
    return Image(program)


def _padded(image: bytes, words: int) -> np.ndarray:
    padded = np.zeros(words, np.uint32)
    padded[:len(image) // 4] = np.frombuffer(image, ">u4")
    return padded


class Patch:
    """An image with values of variables that replace its own.

    Parameters
    ----------
    image : Image
        The image.
    external_scratch : slice
        Words of the external SRAM that the program writes before they are read.

    Attributes
    ----------
    internal : ndarray of uint32, (2, 4096)
        Internal memories of both PPUs.
    external : ndarray of uint32, (32768,)
        External SRAM.
    dram : list of (coordinate, ExternalPPUDRAMMemoryBlock)
        Values in external DRAM.
    """

    def __init__(self, image: Image, external_scratch: slice) -> None:
        self._image = image
        self.internal = np.stack([image.internal, image.internal])
        self.internal[:, image.stack] = FILLER
        self.external = image.external.copy()
        self.external[external_scratch] = FILLER
        self.dram: list[tuple[Any, Any]] = []

    def set_words(self, name: str, values: Iterable[Any]) -> None:
        """Set the words of a variable in internal memory, for each PPU."""
        place = self._image.place(name)
        for memory, value in zip(self.internal, values, strict=True):
            memory[int(place.toMin()):int(place.toMax()) + 1] = value

    def set_symbols(self, symbols: Mapping[str, Any]) -> None:
        """Set variables by name, to blocks as `ExecutionInstanceHooks` takes them.

        Raises
        ------
        RuntimeError
            The program has no such variable, or the value is not of its kind or length.
        """
        for name, value in symbols.items():
            place = self._image.place(name)
            if isinstance(place, halco.PPUMemoryBlockOnPPU):
                self._set_internal(name, place, value)
            else:
                self._set_external(name, place, value)

    def _set_internal(self, name: str, place: Any, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise RuntimeError(
                f"symbol {name!r} is in internal memory, expected a dict of HemisphereOnDLS to PPUMemoryBlock, "
                f"got {type(value).__name__}"
            )
        for hemisphere, block in value.items():
            _check(name, block, haldls.PPUMemoryBlock, place.length())
            memory = self.internal[int(halco.HemisphereOnDLS(hemisphere))]
            memory[int(place.toMin()):int(place.toMax()) + 1] = block._mem

    def _set_external(self, name: str, place: Any, value: Any) -> None:
        first = int(place.toMin())
        if isinstance(place, halco.ExternalPPUMemoryBlockOnFPGA):
            _check(name, value, lola.ExternalPPUMemoryBlock, place.length())
            data = bytearray(self.external.astype(">u4").tobytes())
            data[first:first + len(value)] = bytes(value)
            self.external = _padded(bytes(data), len(self.external))
        else:
            _check(name, value, lola.ExternalPPUDRAMMemoryBlock, place.length())
            self.dram.append((place, value))


def _check(name: str, value: Any, kind: Any, length: int) -> None:
    if not isinstance(value, kind):
        raise RuntimeError(f"symbol {name!r}: expected a {kind.__name__}, got {type(value).__name__}")
    if len(value) != length:
        raise RuntimeError(f"symbol {name!r}: expected a {kind.__name__} of length {length}, got {len(value)}")


def read_count(coordinate: Any) -> int:
    """Number of answers to a read."""
    kind = container_type(coordinate)
    return int(kind._read_count(linear_number(kind, coordinate)))


def decoded(coordinate: Any, words: np.ndarray) -> Any:
    """Container from the answers to its read."""
    kind = container_type(coordinate)
    return kind._decode(linear_number(kind, coordinate), words)
