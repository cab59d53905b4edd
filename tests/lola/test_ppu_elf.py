"""PPUElfFile: sections become memory contents, symbols become coordinates. The files are made here, byte by byte."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from halco import (
    ExternalPPUDRAMMemoryBlockOnFPGA,
    ExternalPPUDRAMMemoryByteOnFPGA,
    ExternalPPUMemoryBlockOnFPGA,
    ExternalPPUMemoryByteOnFPGA,
    PPUMemoryBlockOnPPU,
    PPUMemoryWordOnPPU,
)
from lola import PPUElfError, PPUElfFile, PPUProgram

PROGBITS, SYMTAB, STRTAB, RELA, NOBITS = 1, 2, 3, 4, 8
Type = PPUProgram.Symbol.Type


@dataclass
class Section:
    name: str
    address: int = 0
    data: bytes = b""
    type: int = PROGBITS
    size: int | None = None
    link: int = 0


@dataclass
class Elf:
    """A minimal ELF writer: header, data of the sections, section table."""

    sections: list[Section] = field(default_factory=list)
    symbols: list[tuple[str, int, int, int]] = field(default_factory=list)  # name, address, size, type
    ident: bytes = b"\x7fELF\x01\x02\x01"
    machine: int = 20
    names_index: int | None = None
    symbol_names_index: int | None = None
    entry_size: int = 40

    def write(self, path: Path) -> PPUElfFile:
        path.write_bytes(bytes(self))
        return PPUElfFile(path)

    def __bytes__(self) -> bytes:
        sections = [Section("", type=0), *self.sections]
        if self.symbols:
            strings, entries = b"\0", [struct.pack(">IIIBBH", 0, 0, 0, 0, 0, 0)]
            for name, address, size, kind in self.symbols:
                entries.append(struct.pack(">IIIBBH", len(strings), address, size, 0x10 | kind, 0, 1))
                strings += name.encode() + b"\0"
            link = len(sections) + 1 if self.symbol_names_index is None else self.symbol_names_index
            sections += [Section(".symtab", data=b"".join(entries), type=SYMTAB, link=link)]
            sections += [Section(".strtab", data=strings, type=STRTAB)]
        sections.append(Section(".shstrtab", type=STRTAB))
        names, offsets = b"", []
        for section in sections:
            offsets.append(len(names))
            names += section.name.encode() + b"\0"
        sections[-1].data = names
        body, headers = b"", b""
        for section, name in zip(sections, offsets, strict=True):
            size = len(section.data) if section.size is None else section.size
            headers += struct.pack(
                ">10I", name, section.type, 2, section.address, 52 + len(body), size, section.link, 0, 4, 0
            )
            body += section.data
        index = len(sections) - 1 if self.names_index is None else self.names_index
        header = struct.pack(
            ">16sHHIIIIIHHHHHH", self.ident, 2, self.machine, 1, 0, 0, 52 + len(body), 0, 52, 0, 0, self.entry_size,
            len(sections), index,
        )
        return header + body + headers


CODE = Section("int.text", 0, bytes(range(8)))


# -- memory contents -----------------------------------------------------------------------------------------------


def test_internal_bytes_are_big_endian_words(tmp_path):
    memory = Elf([Section(".text", 0, b"\x01\x02\x03\x04\x05\x06\x07\x08")]).write(tmp_path / "a").read_program()
    assert [int(word.value) for word in memory.internal.words] == [0x01020304, 0x05060708]
    assert memory.external is None and memory.external_dram is None


def test_sections_go_to_their_address_and_gaps_are_zero(tmp_path):
    sections = [Section(".data", 8, b"\xaa\xbb"), Section(".text", 0, b"\x01\x02\x03\x04")]
    memory = Elf(sections).write(tmp_path / "a").read_program()
    assert [int(word.value) for word in memory.internal.words] == [0x01020304, 0, 0xAABB0000]


@pytest.mark.parametrize("name", [
    "int", "int.text", "internal_anything", ".text", ".data", ".rodata", ".bss", ".init", ".fini", ".text.startup",
    ".init_array", ".sdata.data",
])
def test_names_of_internal_sections(tmp_path, name):
    memory = Elf([CODE, Section(name, 0x10, b"abcd")]).write(tmp_path / "a").read_program()
    assert int(memory.internal[4].value) == int.from_bytes(b"abcd", "big")


@pytest.mark.parametrize("section", [
    Section(".comment", 0x10, b"abcd"), Section(".debug_info", 0x10, b"abcd"), Section("text", 0x10, b"abcd"),
    Section(".rela.text", 0x10, b"abcd", RELA), Section(".bss", 0x10, type=NOBITS, size=0),
])
def test_other_sections_are_dropped(tmp_path, section):
    assert len(Elf([CODE, section]).write(tmp_path / "a").read_program().internal) == 2


def test_sections_without_data_are_zero(tmp_path):
    memory = Elf([CODE, Section(".bss", 8, type=NOBITS, size=6)]).write(tmp_path / "a").read_program()
    assert [int(word.value) for word in memory.internal.words] == [0x00010203, 0x04050607, 0, 0]


@pytest.mark.parametrize(
    ("address", "memory", "other"),
    [
        (0x40000000, "external", "external_dram"), (0x80000000, "external", "external_dram"),
        (0x50000000, "external_dram", "external"), (0x90000000, "external_dram", "external"),
    ],
)
def test_external_sections_go_by_their_address(tmp_path, address, memory, other):
    contents = Elf([CODE, Section("ext.text", address + 2, b"abc")]).write(tmp_path / "a").read_program()
    assert bytes(getattr(contents, memory)) == b"\0\0abc\0\0\0", "from the first address on, padded to whole words"
    assert getattr(contents, other) is None


def test_instructions_and_data_share_the_external_memory(tmp_path):
    sections = [CODE, Section("ext.text", 0x80000000, b"code"), Section("ext.data", 0x40000008, b"data")]
    contents = Elf(sections).write(tmp_path / "a").read_program()
    assert bytes(contents.external) == b"code\0\0\0\0data"


@pytest.mark.parametrize("end", [0x4000, 0x40020000, 0x80020000])
def test_the_last_byte_of_a_memory_may_be_used(tmp_path, end):
    name = "int.text" if end == 0x4000 else "ext.text"
    contents = Elf([CODE, Section(name, end - 4, b"abcd")]).write(tmp_path / "a").read_program()
    assert len(contents.internal) == (4096 if end == 0x4000 else 2)
    assert contents.external is None or len(contents.external) == 0x20000


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (Section("int.text", 0x3FFE, b"abc"), "section int.text at 0x00003ffe with 3 bytes is beyond the internal"),
        (Section(".data", 0x40000000, b"abc"), r"section \.data .*beyond the internal memory"),
        (Section("ext.data", 0x4001FFFE, b"abc"), r"beyond the external memory \(data\)"),
        (Section("ext.text", 0x8001FFFE, b"abc"), r"beyond the external memory \(instructions\)"),
        (Section("ext.bss", 0x5FFFFFFE, type=NOBITS, size=3), r"beyond the external DRAM \(data\)"),
        (Section("ext.bss", 0x9FFFFFFE, type=NOBITS, size=3), r"beyond the external DRAM \(instructions\)"),
        (Section("ext.data", 0x100, b"abc"), "section ext.data at 0x00000100 is in no external memory"),
        (Section("int.text", 0, b"abc", size=100000), "beyond"),
    ],
)
def test_sections_beyond_a_memory(tmp_path, section, text):
    with pytest.raises(PPUElfError, match=text):
        Elf([CODE, section]).write(tmp_path / "a").read_program()


def test_a_program_starts_in_internal_memory(tmp_path):
    with pytest.raises(PPUElfError, match="no section goes to internal memory"):
        Elf([Section("ext.text", 0x80000000, b"abcd")]).write(tmp_path / "a").read_program()


# -- symbols -------------------------------------------------------------------------------------------------------


def words(first: int, last: int) -> Any:
    return PPUMemoryBlockOnPPU(PPUMemoryWordOnPPU(first), PPUMemoryWordOnPPU(last))


def sram(first: int, last: int) -> Any:
    return ExternalPPUMemoryBlockOnFPGA(ExternalPPUMemoryByteOnFPGA(first), ExternalPPUMemoryByteOnFPGA(last))


def dram(first: int, last: int) -> Any:
    return ExternalPPUDRAMMemoryBlockOnFPGA(
        ExternalPPUDRAMMemoryByteOnFPGA(first), ExternalPPUDRAMMemoryByteOnFPGA(last)
    )


@pytest.mark.parametrize(
    ("address", "size", "coordinate"),
    [
        (0, 4, words(0, 0)), (8, 1, words(2, 2)), (7, 2, words(1, 2)), (4, 12, words(1, 3)),
        (0x3FFC, 4, words(4095, 4095)),
        (0x40000005, 3, sram(5, 7)), (0x80000000, 1, sram(0, 0)), (0x8001FFFF, 1, sram(0x1FFFF, 0x1FFFF)),
        (0x50000010, 16, dram(16, 31)), (0x90000000, 4, dram(0, 3)), (0x9FFFFFFF, 1, dram(0xFFFFFFF, 0xFFFFFFF)),
    ],
)
def test_symbols_cover_words_inside_and_bytes_outside(tmp_path, address, size, coordinate):
    symbols = Elf([CODE], [("x", address, size, 1)]).write(tmp_path / "a").read_symbols()
    assert symbols == {"x": PPUProgram.Symbol(Type.object, coordinate)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(0, Type.other), (1, Type.object), (2, Type.function), (3, Type.other), (6, Type.other)],
)
def test_types_of_symbols(tmp_path, kind, expected):
    assert Elf([CODE], [("x", 0, 4, kind)]).write(tmp_path / "a").read_symbols()["x"].type is expected


def test_symbols_without_size_are_left_out(tmp_path):
    symbols = [("_start", 0, 0, 0), ("main", 0, 8, 2), ("__stack", 0xFFFFFFFF, 0, 0), ("counter", 4, 2, 1)]
    assert list(Elf([CODE], symbols).write(tmp_path / "a").read_symbols()) == ["main", "counter"]


def test_a_stripped_file_has_no_symbols(tmp_path):
    assert Elf([CODE]).write(tmp_path / "a").read_symbols() == {}


@pytest.mark.parametrize("address", [0x3FFE, 0x4000, 0x3FFFFFFF, 0x4001FFFE, 0x9FFFFFFE])
def test_symbols_beyond_a_memory(tmp_path, address):
    with pytest.raises(PPUElfError, match=f"symbol x at 0x{address:08x} with 3 bytes is beyond"):
        Elf([CODE], [("x", address, 3, 1)]).write(tmp_path / "a").read_symbols()


# -- damaged and foreign files -------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(PPUElfError, match="cannot open .*missing.*No such file"):
        PPUElfFile(tmp_path / "missing")
    with pytest.raises(PPUElfError, match="cannot open"):
        PPUElfFile(str(tmp_path))
    assert issubclass(PPUElfError, RuntimeError)


@pytest.mark.parametrize(
    ("elf", "text"),
    [
        (Elf(ident=b"\x7fELG\x01\x02"), "not an ELF file"),
        (Elf(ident=b"\x7fELF\x02\x02"), "expected a 32-bit ELF file, got class 2"),
        (Elf(ident=b"\x7fELF\x01\x01"), "expected a big-endian ELF file, got data encoding 1"),
        (Elf(machine=62), r"expected machine 20 \(PowerPC\), got 62"),
        (Elf([CODE], names_index=0), "no string table for section names"),
        (Elf([CODE], names_index=1), "no string table for section names"),
        (Elf([CODE], names_index=9), "no string table for section names"),
        (Elf([CODE], entry_size=20), "section headers of 20 bytes"),
    ],
)
def test_foreign_files(tmp_path, elf, text):
    with pytest.raises(PPUElfError, match=text):
        elf.write(tmp_path / "a")


def test_empty_file(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(PPUElfError, match="not an ELF file"):
        PPUElfFile(tmp_path / "a")


def test_symbols_without_string_table(tmp_path):
    file = Elf([CODE], [("x", 0, 4, 1)], symbol_names_index=1).write(tmp_path / "a")
    with pytest.raises(PPUElfError, match="no string table for symbol names"):
        file.read_symbols()


def test_a_name_beyond_its_string_table(tmp_path):
    data = bytearray(bytes(Elf([CODE], [("x", 0, 4, 1)])))
    data[data.index(b"\0x\0") + 2] = ord("y")
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(PPUElfError, match="name of a symbol is beyond its string table"):
        PPUElfFile(tmp_path / "a").read_symbols()


def test_section_data_beyond_the_file(tmp_path):
    file = Elf([Section(".text", 0, b"abcd", size=0x1000)]).write(tmp_path / "a")
    with pytest.raises(PPUElfError, match=r"truncated: section \.text ends at byte 4148, the file at \d+"):
        file.read_program()


def test_every_truncation_is_noticed(tmp_path):
    data = bytes(Elf([CODE, Section("ext.text", 0x80000000, b"code")], [("x", 0, 4, 1)]))
    for length in range(len(data)):
        (tmp_path / "a").write_bytes(data[:length])
        with pytest.raises(PPUElfError, match="truncated|not an ELF file"):
            PPUElfFile(tmp_path / "a")


def test_text(tmp_path):
    assert repr(Elf([CODE]).write(tmp_path / "a")) == f"PPUElfFile({str(tmp_path / 'a')!r})"
