"""Vector instructions of the plasticity processors: primary opcode 4, form FXV.

A word is ``4 << 26 | VRT << 21 | VRA << 16 | VRB << 11 | xo << 2 | COND``. Fields of which an instruction has no
operand are without a use; `chipsim.ppu.instructions.FIELDS` places the other kinds of operands. COND and SIZE may be
left out in assembler text and are zero then.
"""

from __future__ import annotations

from typing import NamedTuple

PRIMARY_OPCODE = 4


class VectorInstruction(NamedTuple):
    """Row of the table: name, extended opcode, operands in assembler order, execution unit, name in words."""

    mnemonic: str
    xo: int
    operands: tuple[str, ...]
    unit: str
    title: str


_V = VectorInstruction

_THREE = ("VRT", "VRA", "VRB", "COND")
_TO_ACCUMULATOR = ("VRA", "VRB", "COND")
_ONE_TO_ACCUMULATOR = ("VRA", "COND")
_WITH_ACCUMULATOR = ("VRT", "VRA", "COND")
_ADDRESSED = ("VRT", "RA0", "RB", "COND")
_PERMUTED = ("VRT", "VRA", "VRB", "SIZE")
_SPLAT = ("VRT", "RA")  # register 0 gives its content, not the value 0
_SHIFT = ("VRT", "VRA", "SHV")

VECTOR_INSTRUCTIONS: tuple[VectorInstruction, ...] = (
    _V("fxvmahm", 12, _THREE, "MADD", "multiply-add accumulator halfword modulo"),
    _V("fxvmabm", 13, _THREE, "MADD", "multiply-add accumulator byte modulo"),
    _V("fxvmtacb", 14, _ONE_TO_ACCUMULATOR, "MADD", "move to accumulator byte"),
    _V("fxvmtach", 15, _ONE_TO_ACCUMULATOR, "MADD", "move to accumulator halfword"),
    _V("fxvmahfs", 28, _THREE, "MADD", "multiply-add accumulator halfword fractional saturating"),
    _V("fxvmabfs", 29, _THREE, "MADD", "multiply-add accumulator byte fractional saturating"),
    _V("fxvmtacbf", 30, _ONE_TO_ACCUMULATOR, "MADD", "move to accumulator byte fractional"),
    _V("fxvmtachf", 31, _ONE_TO_ACCUMULATOR, "MADD", "move to accumulator halfword fractional"),
    _V("fxvmatachm", 44, _TO_ACCUMULATOR, "MADD", "multiply-accumulate halfword modulo"),
    _V("fxvmatacbm", 45, _TO_ACCUMULATOR, "MADD", "multiply-accumulate byte modulo"),
    _V("fxvmatachfs", 60, _TO_ACCUMULATOR, "MADD", "multiply-accumulate halfword fractional saturating"),
    _V("fxvmatacbfs", 61, _TO_ACCUMULATOR, "MADD", "multiply-accumulate byte fractional saturating"),
    _V("fxvmulhm", 76, _THREE, "MADD", "multiply halfword modulo"),
    _V("fxvmulbm", 77, _THREE, "MADD", "multiply byte modulo"),
    _V("fxvmulhfs", 92, _THREE, "MADD", "multiply halfword fractional saturating"),
    _V("fxvmulbfs", 93, _THREE, "MADD", "multiply byte fractional saturating"),
    _V("fxvmultachm", 108, _TO_ACCUMULATOR, "MADD", "multiply to accumulator halfword modulo"),
    _V("fxvmultacbm", 109, _TO_ACCUMULATOR, "MADD", "multiply to accumulator byte modulo"),
    _V("fxvmultachfs", 124, _TO_ACCUMULATOR, "MADD", "multiply to accumulator halfword fractional saturating"),
    _V("fxvmultacbfs", 125, _TO_ACCUMULATOR, "MADD", "multiply to accumulator byte fractional saturating"),
    _V("fxvinx", 236, _ADDRESSED, "PLS", "input indexed (parallel vector IO)"),
    _V("fxvpckbu", 239, _PERMUTED, "PERMUTE", "pack byte upper"),
    _V("fxvoutx", 252, _ADDRESSED, "PLS", "output indexed (parallel vector IO)"),
    _V("fxvpckbl", 255, _PERMUTED, "PERMUTE", "pack byte lower"),
    _V("fxvsplath", 268, _SPLAT, "PERMUTE", "splat halfword from GPR"),
    _V("fxvsplatb", 269, _SPLAT, "PERMUTE", "splat byte from GPR"),
    _V("fxvupckbr", 271, _PERMUTED, "PERMUTE", "unpack byte right"),
    _V("fxvupckbl", 287, _PERMUTED, "PERMUTE", "unpack byte left"),
    _V("fxvcmph", 300, ("VRA",), "CMP", "compare halfword with zero"),
    _V("fxvcmpb", 301, ("VRA",), "CMP", "compare byte with zero"),
    _V("fxvshh", 316, _SHIFT, "PERMUTE", "shift halfword"),
    _V("fxvshb", 317, _SHIFT, "PERMUTE", "shift byte"),
    _V("fxvsel", 319, _THREE, "PERMUTE", "select"),
    _V("fxvsubhm", 332, _THREE, "MADD", "subtract halfword modulo"),
    _V("fxvsubbm", 333, _THREE, "MADD", "subtract byte modulo"),
    _V("fxvsubhfs", 348, _THREE, "MADD", "subtract halfword saturating"),
    _V("fxvsubbfs", 349, _THREE, "MADD", "subtract byte saturating"),
    _V("fxvaddactachm", 364, _ONE_TO_ACCUMULATOR, "MADD", "accumulate halfword modulo"),
    _V("fxvaddactacbm", 365, _ONE_TO_ACCUMULATOR, "MADD", "accumulate byte modulo"),
    _V("fxvaddactachf", 380, _ONE_TO_ACCUMULATOR, "MADD", "accumulate halfword fractional saturating"),
    _V("fxvaddactacbf", 381, _ONE_TO_ACCUMULATOR, "MADD", "accumulate byte fractional saturating"),
    _V("fxvaddachm", 396, _WITH_ACCUMULATOR, "MADD", "add accumulator halfword modulo"),
    _V("fxvaddacbm", 397, _WITH_ACCUMULATOR, "MADD", "add accumulator byte modulo"),
    _V("fxvaddachfs", 412, _WITH_ACCUMULATOR, "MADD", "add accumulator halfword fractional saturating"),
    _V("fxvaddacbfs", 413, _WITH_ACCUMULATOR, "MADD", "add accumulator byte fractional saturating"),
    _V("fxvaddtach", 428, _TO_ACCUMULATOR, "MADD", "add to accumulator halfword"),
    _V("fxvaddtacb", 429, _TO_ACCUMULATOR, "MADD", "add to accumulator byte"),
    _V("fxvaddhm", 460, _THREE, "MADD", "add halfword modulo"),
    _V("fxvaddbm", 461, _THREE, "MADD", "add byte modulo"),
    _V("fxvaddhfs", 476, _THREE, "MADD", "add halfword saturating"),
    _V("fxvaddbfs", 477, _THREE, "MADD", "add byte saturating"),
    _V("fxvlax", 492, _ADDRESSED, "LS", "load array indexed"),
    _V("fxvstax", 508, _ADDRESSED, "LS", "store array indexed"),
)
"""All vector instructions in the order of their extended opcodes."""
