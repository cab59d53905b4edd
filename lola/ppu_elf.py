"""Programs of the PPUs as the linker leaves them: ELF files with 32-bit big-endian PowerPC code."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import halco
from haldls.ppu import PPUMemoryBlock
from lola.external_memory import ExternalPPUDRAMMemoryBlock, ExternalPPUMemoryBlock


class PPUElfError(RuntimeError):
    """A file is no program for a PPU, or does not fit its memories."""


class _Region(NamedTuple):
    """A window of the PPU's address space onto a memory."""

    name: str
    base: int
    interval: Any
    bound: Any
    unit: int

    @property
    def size(self) -> int:
        """Bytes of the memory."""
        return self.bound.size * self.unit

    def check(self, what: str, address: int, size: int) -> None:
        """Raise PPUElfError if bytes from `address` on are not all inside the memory."""
        if address + size > self.base + self.size:
            raise PPUElfError(
                f"{what} at 0x{address:08x} with {size} bytes is beyond the {self.name}, which ends at "
                f"0x{self.base + self.size:08x}"
            )


_INTERNAL = _Region("internal memory", 0, halco.PPUMemoryBlockOnPPU, halco.PPUMemoryWordOnPPU, 4)
_SRAM = (halco.ExternalPPUMemoryBlockOnFPGA, halco.ExternalPPUMemoryByteOnFPGA, 1)
_DRAM = (halco.ExternalPPUDRAMMemoryBlockOnFPGA, halco.ExternalPPUDRAMMemoryByteOnFPGA, 1)

# Highest base first: the first region that begins at or below an address is the one it lies in.
_EXTERNAL = (
    _Region("external DRAM (instructions)", 0x90000000, *_DRAM),
    _Region("external memory (instructions)", 0x80000000, *_SRAM),
    _Region("external DRAM (data)", 0x50000000, *_DRAM),
    _Region("external memory (data)", 0x40000000, *_SRAM),
)
_REGIONS = (*_EXTERNAL, _INTERNAL)

# Default section names; programs for the PPU prefix them with the memory they go to.
_INTERNAL_NAMES = (".text", ".data", ".rodata", ".bss", ".init", ".fini")

_MAGIC = b"\x7fELF"
_CLASS_32, _BIG_ENDIAN, _POWERPC = 1, 2, 20

_HEADER = struct.Struct(">16sHHIIIIIHHHHHH")
_SECTION = struct.Struct(">IIIIIIIIII")
_SYMBOL = struct.Struct(">IIIBBH")

_EXECUTABLE = 4
_NULL, _SYMBOL_TABLE, _STRING_TABLE, _RELOCATIONS_ADDEND, _NO_DATA, _RELOCATIONS = 0, 2, 3, 4, 8, 9
_NEVER_LOADED = (_NULL, _SYMBOL_TABLE, _STRING_TABLE, _RELOCATIONS_ADDEND, _RELOCATIONS)


class PPUProgram:
    """Namespace for what is known of a program besides its bytes."""

    @dataclass
    class Symbol:
        """A variable or function of a program.

        Attributes
        ----------
        type : PPUProgram.Symbol.Type
            What it is.
        coordinate : PPUMemoryBlockOnPPU, ExternalPPUMemoryBlockOnFPGA or ExternalPPUDRAMMemoryBlockOnFPGA
            Where it is; in internal memory all words that it touches, in external memory its bytes.
        """

        class Type(IntEnum):
            """Kind of a symbol."""

            object = 0
            function = 1
            other = 2

        type: Type
        coordinate: Any


_SYMBOL_TYPES = {1: PPUProgram.Symbol.Type.object, 2: PPUProgram.Symbol.Type.function}


class _Section(NamedTuple):
    """A section header."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


class PPUElfFile:
    """A linked program.

    Parameters
    ----------
    filename : str or path
        ELF file; it is read at once.

    Raises
    ------
    PPUElfError
        The file cannot be opened, is no ELF file for a PPU, or is damaged.
    """

    @dataclass
    class Memory:
        """Contents of the memories, each from its first address on.

        Attributes
        ----------
        internal : PPUMemoryBlock
            Internal memory of the PPU.
        external : ExternalPPUMemoryBlock or None
            External SRAM, None if the program does not use it.
        external_dram : ExternalPPUDRAMMemoryBlock or None
            External DRAM, None if the program does not use it.
        """

        internal: PPUMemoryBlock
        external: ExternalPPUMemoryBlock | None = None
        external_dram: ExternalPPUDRAMMemoryBlock | None = None

    def __init__(self, filename: str | PathLike[str]) -> None:
        self._filename = fspath(filename)
        try:
            self._data = Path(filename).read_bytes()
        except OSError as error:
            raise PPUElfError(f"cannot open {self._filename}: {error.strerror}") from error
        self._sections = self._read_sections(*self._header())

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "program") -> PPUElfFile:
        """The contents of a file; errors call it `name`."""
        file = cls.__new__(cls)
        file._filename, file._data = name, bytes(data)
        file._sections = file._read_sections(*file._header())
        return file

    def read_symbols(self) -> dict[str, PPUProgram.Symbol]:
        """Symbols of the program by name; those without a size are left out. Empty for a stripped file.

        Raises
        ------
        PPUElfError
            The symbol table is damaged or has no string table, or a symbol is beyond the memories.
        """
        symbols = {}
        for name, address, size, info in self._named():
            type_ = _SYMBOL_TYPES.get(info & 0xF, PPUProgram.Symbol.Type.other)
            symbols[name] = PPUProgram.Symbol(type_, self._interval(name, address, size))
        return symbols

    def read_addresses(self) -> dict[str, int]:
        """Addresses of functions and variables by name, as the PPU has them.

        Raises
        ------
        PPUElfError
            The symbol table is damaged or has no string table.
        """
        return {name: address for name, address, _, _ in self._named()}

    def read_sizes(self) -> dict[str, int]:
        """Sizes of functions and variables by name, in bytes."""
        return {name: size for name, _, size, _ in self._named()}

    def read_code(self) -> Iterator[tuple[str, int, bytes]]:
        """Name, address and contents of the sections with instructions that are loaded."""
        for section in self._sections:
            if section.flags & _EXECUTABLE and section.type != _NO_DATA and self._region(section) is not None:
                yield section.name, section.address, self._bytes(
                    section.offset, section.size, f"section {section.name}")

    def read_program(self) -> PPUElfFile.Memory:
        """Contents of the memories.

        Sections named `int...` go to internal memory, those named `ext...` to the external memory that their address
        lies in. Of the others, code, data and constructors go to internal memory. Sections without data in the file
        are zero, so that no start-up code has to clear them.

        Raises
        ------
        PPUElfError
            A section is beyond its memory or its data beyond the file, or nothing is in internal memory.
        """
        internal, external, dram = self.read_images()
        block = PPUMemoryBlock(len(internal) // 4)
        block._words[:] = np.frombuffer(internal, dtype=">u4")
        return self.Memory(
            block,
            ExternalPPUMemoryBlock.from_bytes(external) if external else None,
            ExternalPPUDRAMMemoryBlock.from_bytes(dram) if dram else None,
        )

    def read_images(self) -> tuple[bytes, bytes, bytes]:
        """Contents of internal memory, external SRAM and external DRAM, see `read_program`; empty if not used."""
        images: dict[Any, bytearray] = {}
        for section in self._sections:
            region = self._region(section)
            if region is None:
                continue
            what = f"{self._filename}: section {section.name}"
            region.check(what, section.address, section.size)
            data = bytes(section.size)
            if section.type != _NO_DATA:
                data = self._bytes(section.offset, section.size, f"section {section.name}")
            _place(images.setdefault(region.interval, bytearray()), section.address - region.base, data)
        if _INTERNAL.interval not in images:
            raise PPUElfError(f"{self._filename}: no section goes to internal memory, where a program starts")
        return bytes(images[_INTERNAL.interval]), bytes(images.get(_SRAM[0], b"")), bytes(images.get(_DRAM[0], b""))

    def __repr__(self) -> str:
        return f"PPUElfFile({self._filename!r})"

    # -- reading the file --------------------------------------------------------------------------------------

    def _header(self) -> tuple[int, int, int, int]:
        """Place of the section table: offset, size of an entry, number of entries, index of the names."""
        data = self._data
        if data[:4] != _MAGIC:
            raise PPUElfError(f"{self._filename} is not an ELF file")
        if len(data) < _HEADER.size:
            raise PPUElfError(f"{self._filename} is truncated: {len(data)} bytes, the header alone has {_HEADER.size}")
        if data[4] != _CLASS_32:
            raise PPUElfError(f"{self._filename}: expected a 32-bit ELF file, got class {data[4]}")
        if data[5] != _BIG_ENDIAN:
            raise PPUElfError(f"{self._filename}: expected a big-endian ELF file, got data encoding {data[5]}")
        _, _, machine, _, _, _, offset, _, _, _, _, entry_size, count, names = _HEADER.unpack_from(data)
        if machine != _POWERPC:
            raise PPUElfError(f"{self._filename}: expected machine {_POWERPC} (PowerPC), got {machine}")
        return offset, entry_size, count, names

    def _read_sections(self, offset: int, entry_size: int, count: int, names: int) -> list[_Section]:
        if not count or not names:
            raise PPUElfError(f"{self._filename} has no string table for section names")
        if entry_size < _SECTION.size:
            raise PPUElfError(f"{self._filename}: section headers of {entry_size} bytes, expected {_SECTION.size}")
        table = self._bytes(offset, count * entry_size, "section table")
        entries = [_SECTION.unpack_from(table, i * entry_size) for i in range(count)]
        unnamed = [_Section("", e[1], e[2], e[3], e[4], e[5], e[6]) for e in entries]
        strings = self._string_table(unnamed, names, "section names")
        return [
            section._replace(name=self._string(strings, entry[0], "section"))
            for entry, section in zip(entries, unnamed, strict=True)
        ]

    def _bytes(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > len(self._data):
            raise PPUElfError(
                f"{self._filename} is truncated: {what} ends at byte {offset + size}, the file at {len(self._data)}"
            )
        return self._data[offset : offset + size]

    def _named(self) -> Iterator[tuple[str, int, int, int]]:
        """Name, address, size and kind of the symbols that have a size."""
        for table in self._sections:
            if table.type == _SYMBOL_TABLE:
                names = self._string_table(self._sections, table.link, "symbol names")
                data = self._bytes(table.offset, table.size - table.size % _SYMBOL.size, "symbol table")
                for name_offset, address, size, info, _, _ in _SYMBOL.iter_unpack(data):
                    if size:
                        yield self._string(names, name_offset, "symbol"), address, size, info

    def _string_table(self, sections: list[_Section], index: int, what: str) -> bytes:
        if index >= len(sections) or sections[index].type != _STRING_TABLE:
            raise PPUElfError(f"{self._filename} has no string table for {what}")
        section = sections[index]
        return self._bytes(section.offset, section.size, f"string table for {what}")

    def _string(self, table: bytes, offset: int, what: str) -> str:
        end = table.find(b"\0", offset)
        if end < 0:
            raise PPUElfError(f"{self._filename}: name of a {what} is beyond its string table")
        return table[offset:end].decode(errors="replace")

    # -- placing -----------------------------------------------------------------------------------------------

    def _region(self, section: _Section) -> _Region | None:
        """Memory that a section goes to, None if to none."""
        if section.type in _NEVER_LOADED or not section.size:
            return None
        if section.name.startswith("int"):
            return _INTERNAL
        if section.name.startswith("ext"):
            for region in _EXTERNAL:
                if section.address >= region.base:
                    return region
            raise PPUElfError(
                f"{self._filename}: section {section.name} at 0x{section.address:08x} is in no external memory"
            )
        return _INTERNAL if any(name in section.name for name in _INTERNAL_NAMES) else None

    def _interval(self, name: str, address: int, size: int) -> Any:
        """Coordinate of a symbol."""
        region = next(region for region in _REGIONS if address >= region.base)
        region.check(f"{self._filename}: symbol {name}", address, size)
        first, last = address - region.base, address - region.base + size - 1
        return region.interval(region.bound(first // region.unit), region.bound(last // region.unit))


def _place(image: bytearray, position: int, data: bytes) -> None:
    """Put bytes into an image, which grows to whole words."""
    end = position + len(data)
    if len(image) < end:
        image.extend(bytes(end + -end % 4 - len(image)))
    image[position:end] = data
