"""Header with the words of vector instructions for inline assembly."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chipsim.ppu.assembler import assemble
from chipsim.ppu.instructions import FIELDS, INSTRUCTIONS, SIGNED, Instruction
from grenade.ppu import vector_header

VECTOR = [instruction for instruction in INSTRUCTIONS if instruction.form == "FXV"]

COMPILERS = [
    pytest.param(["powerpc-linux-gnu-gcc"], id="gcc", marks=pytest.mark.skipif(
        shutil.which("powerpc-linux-gnu-gcc") is None, reason="gcc for PowerPC is not installed")),
    pytest.param([sys.executable, "-m", "ziglang", "cc", "-target", "powerpc-linux-musleabi"], id="clang",
                 marks=pytest.mark.skipif(importlib.util.find_spec("ziglang") is None,
                                          reason="ziglang is not installed")),
]


def object_bytes(compiler: list[str], source: str, folder: Path) -> bytes:
    (folder / "a.c").write_text(f'#include "s2pp_instructions.h"\n{source}')
    subprocess.run([*compiler, "-O1", f"-I{vector_header.HEADER.parent}", "-c", "a.c", "-o", "a.o"],
                   cwd=folder, check=True)
    return (folder / "a.o").read_bytes()


def words(text: str) -> bytes:
    return assemble(text).astype(">u4").tobytes()


def arguments(instruction: Instruction, index: int) -> list[int]:
    """Smallest and largest values of the operands, and values in between that differ from operand to operand."""
    values = []
    for place, kind in enumerate(instruction.operands):
        width = FIELDS[kind][1]
        value = (0, (1 << width) - 1, 5 + 7 * place)[index] & ((1 << width) - 1)
        values.append(value - (1 << width) if kind in SIGNED and value >> width - 1 else value)
    return values


def test_file_is_up_to_date() -> None:
    assert vector_header.HEADER.read_text() == vector_header.text()


def test_every_vector_instruction_has_a_macro_with_all_operands() -> None:
    macros = dict(re.findall(r"#define S2PP_(FXV\w+)\(([^)]*)\)", vector_header.text()))
    assert macros == {
        instruction.mnemonic.upper(): ", ".join(
            {"RA0": "ra", "SHV": "sh"}.get(kind, kind.lower()) for kind in instruction.operands)
        for instruction in VECTOR}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_macros_give_the_words_of_the_assembler(compiler: list[str], tmp_path: Path) -> None:
    cases = [(instruction.mnemonic, ",".join(map(str, arguments(instruction, index))))
             for index in range(3) for instruction in VECTOR]
    macros = "\n".join(f"S2PP_{mnemonic.upper()}({values})" for mnemonic, values in cases)
    expected = words("\n".join(f"{mnemonic} {values}" for mnemonic, values in cases))
    assert len(expected) == 4 * 3 * len(VECTOR)
    assert expected in object_bytes(compiler, f"void f(void) {{ asm volatile({macros}); }}", tmp_path)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_arguments_may_be_operands_and_macros(compiler: list[str], tmp_path: Path) -> None:
    code = object_bytes(compiler, """
        #define TWELVE 12
        #define MINUS_THREE (-3)
        #define STORE(REGISTER, NAME) S2PP_FXVSTAX(REGISTER, 0, %[NAME], 0)
        #define APPLY(MACRO) MACRO(1, 2, 3, 0)
        void f(void* address, int value)
        {
            register void* target asm("r9") = address;
            register int number asm("r10") = value;
            asm volatile(
                S2PP_FXVSPLATB(TWELVE, %1)
                S2PP_FXVSHB(4, TWELVE, MINUS_THREE)
                S2PP_FXVSHH(4, 5, %2)
                APPLY(S2PP_FXVADDBM)
                STORE(4, there)
                : : [there] "b"(target), "r"(number), "n"(-16) : "memory");
        }
        """, tmp_path)
    assert words("""
        fxvsplatb 12,r10
        fxvshb 4,12,-3
        fxvshh 4,5,-16
        fxvaddbm 1,2,3
        fxvstax 4,0,r9
        """) in code
