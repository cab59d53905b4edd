"""Looks through linked programs."""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEADER = struct.Struct(">16sHHIIIIIHHHHHH")
_SECTION = struct.Struct(">IIIIIIIIII")
_SYMBOL = struct.Struct(">IIIBBH")

_SYMBOL_TABLE, _PROGBITS, _NOBITS = 2, 1, 8
_ALLOCATED, _EXECUTABLE = 2, 4
_FUNCTION = 2

# Sections shorter than this are not worth the trouble.
_WORTHWHILE = 4096

_MOVE_SPR = {0x7C0002A6: "mfspr", 0x7C0003A6: "mtspr"}


class _Section(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


def unknown_instructions(elf: bytes) -> list[str]:
    """One line for each word in the code of a program that is no instruction of the PPU.

    The processor executes words that it does not know without any effect and without an interrupt, so that a program
    would silently compute something else.

    Parameters
    ----------
    elf : bytes
        A linked program.
    """
    sections = _sections(elf)
    functions = _functions(elf, sections)
    lines = []
    for section in sections:
        if section.type != _PROGBITS or not section.flags & _EXECUTABLE:
            continue
        words = struct.unpack_from(f">{section.size // 4}I", elf, section.offset)
        unknown = {word: text for word in set(words) if (text := _why_unknown(word)) is not None}
        for i, word in enumerate(words):
            if word not in unknown:
                continue
            address = section.address + 4 * i
            owner = next((name for begin, end, name in functions if begin <= address < end), None)
            if owner is not None:
                lines.append(f"{unknown[word]} at 0x{address:08x} in {owner}")
            elif word:  # zeros between functions are padding
                lines.append(f"{unknown[word]} at 0x{address:08x}")
    return lines


def _why_unknown(word: int) -> str | None:
    """What is wrong with an instruction; None if the processor has it."""
    from chipsim.ppu.instructions import SPRS, find

    if find(word) is None:
        return f"0x{word:08x}"
    move = _MOVE_SPR.get(word & 0xFC0007FE)
    number = (word >> 16 & 0x1F) | (word >> 6 & 0x3E0)
    if move is None or number in SPRS.values():
        return None
    return f"0x{word:08x} ({move} of register {number})"


def without_zeros(elf: bytes) -> bytes:
    """The program without the bytes of sections that are all zero, which loaders fill themselves.

    Memory for recordings in external DRAM has up to a hundred megabytes. It has a section with an explicit name, for
    which compilers write all zeros into the file. Program headers are left out, because sections say where they go.
    """
    sections = _sections(elf)
    zero = [
        section.type == _PROGBITS
        and section.flags & _ALLOCATED
        and section.size >= _WORTHWHILE
        and not any(memoryview(elf)[section.offset : section.offset + section.size].tobytes().strip(b"\0"))
        for section in sections
    ]
    if not any(zero):
        return elf
    header = list(_HEADER.unpack_from(elf))
    output = bytearray(_HEADER.size)
    table = []
    for section, empty in zip(sections, zero, strict=True):
        output += bytes(-len(output) % 16)
        table.append(section._replace(offset=len(output), type=_NOBITS if empty else section.type))
        if not empty and section.type != _NOBITS:
            output += elf[section.offset : section.offset + section.size]
    output += bytes(-len(output) % 16)
    header[5], header[6], header[9], header[10] = 0, len(output), 0, 0
    _HEADER.pack_into(output, 0, *header)
    return bytes(output) + b"".join(_SECTION.pack(*section) for section in table)


def _sections(elf: bytes) -> list[_Section]:
    header = _HEADER.unpack_from(elf)
    offset, count = header[6], header[12]
    return [_Section(*_SECTION.unpack_from(elf, offset + i * _SECTION.size)) for i in range(count)]


def _functions(elf: bytes, sections: list[_Section]) -> list[tuple[int, int, str]]:
    """Begin, end and name of functions."""
    functions = []
    for table in sections:
        if table.type != _SYMBOL_TABLE:
            continue
        names = sections[table.link].offset
        for name, address, size, info, _, _ in _SYMBOL.iter_unpack(elf[table.offset : table.offset + table.size]):
            if info & 0xF == _FUNCTION and size:
                text = elf[names + name : elf.index(b"\0", names + name)].decode(errors="replace")
                functions.append((address, address + size, text))
    return functions
