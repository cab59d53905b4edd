"""Writes the C header of vector instruction words, since ordinary compilers do not know these instructions.

``python -m grenade.ppu.vector_header`` brings the file up to date with the table of instructions.
"""

from __future__ import annotations

from pathlib import Path

from chipsim.ppu.instructions import BY_MNEMONIC, FIELDS
from chipsim.ppu.vector_instructions import VECTOR_INSTRUCTIONS, VectorInstruction

HEADER = Path(__file__).parent / "include" / "s2pp_instructions.h"

_START = """\
/* Vector instructions of the plasticity processors as text for inline assembly: each macro gives one .long directive.
 *
 * Arguments are numbers, macros that stand for numbers, or operands of the asm statement such as %0 and %[name] with
 * the constraint "r" (general purpose registers), "b" (the same without register 0, as ra needs it) or "n" (numbers).
 * Vector registers are plain numbers from 0 to 31.
 *
 *   vrt       target; source of fxvstax and fxvoutx      vra, vrb  sources
 *   ra, rb    general purpose registers; ra = 0 is the value 0 in the address ra + rb, but register 0 in fxvsplat
 *   sh        shift from -16 to 15, positive to the left
 *   cond      0 always, 1 where greater than zero, 2 where less, 3 where equal, by the last comparison
 *   size      0 to 3: bits by which the parts of packed halfwords are shorter than 8
 *
 * The processor core does not wait for vector instructions: use the instruction sync before it reads memory that they
 * write, and tell the compiler with a clobber of "memory".
 *
 * Made by grenade/ppu/vector_header.py from the table of instructions; do not edit. */
#ifndef S2PP_INSTRUCTIONS_H
#define S2PP_INSTRUCTIONS_H

/* Through two macros, so that an argument that is a macro itself is replaced first. */
#define S2PP_TEXT_OF(argument) #argument
#define S2PP_TEXT(argument) S2PP_TEXT_OF(argument)

/* A field of the word: " | ((argument) << position)". */
#define S2PP_FIELD(argument, position) " | ((" S2PP_TEXT(argument) ") << " #position ")"
"""

_PARAMETERS = {"RA0": "ra", "SHV": "sh"}
"""Kinds of operands with another name in the header than their own in lower case."""


def _parameter(kind: str) -> str:
    return _PARAMETERS.get(kind, kind.lower())


def _macro(vector: VectorInstruction) -> str:
    names = [_parameter(kind) for kind in vector.operands]
    fields = []
    for kind, name in zip(vector.operands, names, strict=True):
        lowest, width = FIELDS[kind]
        if kind == "SHV":  # negative numbers would set all bits above the field
            fields.append(f'" | (((" S2PP_TEXT({name}) ") & {(1 << width) - 1}) << {lowest})"')
        else:
            fields.append(f"S2PP_FIELD({name}, {lowest})")
    word = BY_MNEMONIC[vector.mnemonic].match
    return (f"/* {vector.title} */\n"
            f"#define S2PP_{vector.mnemonic.upper()}({', '.join(names)}) \\\n"
            f'    ".long {word:#010x}" {" ".join(fields)} "\\n"\n')


def text() -> str:
    """Content of the header: a macro ``S2PP_<MNEMONIC>`` for every vector instruction.

    The parameters are the operands in the order of the assembler, COND and SIZE always among them.
    """
    return "\n".join([_START, *map(_macro, VECTOR_INSTRUCTIONS), "#endif\n"])


if __name__ == "__main__":
    HEADER.write_text(text())
