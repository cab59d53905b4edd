"""Instruction set of the plasticity processors: a table which decoder, assembler and disassembler share.

The scalar part is a subset of the embedded 32 bit Power ISA 2.06, the vector part is primary opcode 4 in
`chipsim.ppu.vector_instructions`. Bits are counted from the least significant one (bit 0), unlike in Power documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from .vector_instructions import PRIMARY_OPCODE, VECTOR_INSTRUCTIONS

RC_BIT = 0x001
"""Record: the result is compared with zero into condition field 0."""
LK_BIT = 0x001
"""Link: the address of the next instruction goes to the link register."""
AA_BIT = 0x002
"""Absolute: the target of a branch does not count from the branch."""
OE_BIT = 0x400
"""Overflow enable: OV and SO of XER are written."""
ONE_FIELD_BIT = 0x0010_0000
"""Of `mfcr` and `mtcrf`: set in the forms `mfocrf` and `mtocrf`, which name their condition fields one by one."""

FIELDS: dict[str, tuple[int, int]] = {
    "RT": (21, 5), "RS": (21, 5), "RA": (16, 5), "RA0": (16, 5), "RB": (11, 5),
    "SI": (0, 16), "UI": (0, 16), "D": (0, 16), "SH": (11, 5), "MB": (6, 5), "ME": (1, 5),
    "BF": (23, 3), "BFA": (18, 3), "L": (21, 1), "BT": (21, 5), "BA": (16, 5), "BB": (11, 5), "FXM": (12, 8),
    "BO": (21, 5), "BI": (16, 5), "BD": (2, 14), "LI": (2, 24),
    "SPR": (11, 10), "TO": (21, 5), "WC": (21, 2),
    "VRT": (21, 5), "VRA": (16, 5), "VRB": (11, 5), "SHV": (11, 5), "COND": (0, 2), "SIZE": (0, 2),
}
"""Kind of an operand: lowest bit and width of its field. The two halves of SPR are swapped (see `spr_field`), and
BD and LI count words."""

SIGNED = frozenset({"SI", "D", "BD", "LI", "SHV"})
"""Kinds in two's complement."""

SPRS: dict[str, int] = {
    "XER": 1, "LR": 8, "CTR": 9, "DEC": 22, "SRR0": 26, "SRR1": 27, "DECAR": 54, "CSRR0": 58, "CSRR1": 59,
    "DEAR": 61, "ESR": 62, "GIN": 65, "GOUT": 66, "GOE": 67, "ICCR": 68, "TBL": 284, "TBU": 285, "TSR": 336,
    "TCR": 340, "MCSRR0": 570, "MCSRR1": 571,
}
"""Special purpose registers. The time base is read and written under the same numbers, unlike in Power ISA."""

_OPTION_BITS = {"record": RC_BIT, "overflow": OE_BIT, "link": LK_BIT, "absolute": AA_BIT}

_OPCODE_MASK = 0xFC00_0000
_EXTENDED = {"X": 0x7FE, "XO": 0x3FE, "XL": 0x7FE, "XFX": 0x7FE}
"""Forms with an extended opcode, which begins at bit 1."""


@dataclass(frozen=True)
class Instruction:
    """One instruction with all its option forms.

    Attributes
    ----------
    mnemonic : str
        Name without options: "add" stands for add, add., addo and addo. as well.
    form : str
        D, X, XO, M, I, B, XL, XFX of Power ISA; FXV for vector instructions.
    match, mask : int
        A word is this instruction if ``word & mask == match``. Fields of operands, option bits and bits without a
        use are not in the mask: the processor does not look at the latter.
    operands : tuple of str
        Kinds (keys of `FIELDS`) in the order of the assembler. RA0 is a register of which number 0 means the value 0.
    record, overflow, link, absolute : bool
        The instruction has the bit Rc, OE, LK, AA.
    unit : str
        Execution unit.
    latency : str
        Latency class; the unit for vector instructions.
    """

    mnemonic: str
    form: str
    match: int
    mask: int
    operands: tuple[str, ...]
    record: bool = False
    overflow: bool = False
    link: bool = False
    absolute: bool = False
    unit: str = "FIXEDPOINT"
    latency: str = "alu"

    @property
    def options(self) -> int:
        """All option bits of the instruction."""
        return sum(bit for name, bit in _OPTION_BITS.items() if getattr(self, name))

    @property
    def unused(self) -> int:
        """Bits without a meaning, which an assembler leaves zero."""
        used = self.mask | self.options
        for kind in self.operands:
            lowest, width = FIELDS[kind]
            used |= ((1 << width) - 1) << lowest
        if "FXM" in self.operands:
            used |= ONE_FIELD_BIT
        return ~used & 0xFFFF_FFFF


def spr_field(number: int) -> int:
    """Field content for a special purpose register and back: the two halves of five bits change places."""
    return (number & 0x1F) << 5 | number >> 5


_Row = tuple[str, str, int, int | None, str, str]
"""Mnemonic, form, primary opcode, extended opcode, operands, options."""

_SCALAR: dict[tuple[str, str], tuple[_Row, ...]] = {
    # (unit, latency class): instructions
    ("LOAD_STORE", "load"): (
        ("lwz", "D", 32, None, "RT D RA0", ""),
        ("lbz", "D", 34, None, "RT D RA0", ""),
        ("lhz", "D", 40, None, "RT D RA0", ""),
        ("lha", "D", 42, None, "RT D RA0", ""),
        ("lwzx", "X", 31, 23, "RT RA0 RB", ""),
        ("lbzx", "X", 31, 87, "RT RA0 RB", ""),
        ("lhzx", "X", 31, 279, "RT RA0 RB", ""),
        ("lhax", "X", 31, 343, "RT RA0 RB", ""),
    ),
    ("LOAD_STORE", "load_update"): (
        ("lwzu", "D", 33, None, "RT D RA", ""),
        ("lbzu", "D", 35, None, "RT D RA", ""),
        ("lhzu", "D", 41, None, "RT D RA", ""),
        ("lhau", "D", 43, None, "RT D RA", ""),
        ("lwzux", "X", 31, 55, "RT RA RB", ""),
        ("lbzux", "X", 31, 119, "RT RA RB", ""),
        ("lhzux", "X", 31, 311, "RT RA RB", ""),
        ("lhaux", "X", 31, 375, "RT RA RB", ""),
    ),
    ("LOAD_STORE", "store"): (
        ("stw", "D", 36, None, "RS D RA0", ""),
        ("stb", "D", 38, None, "RS D RA0", ""),
        ("sth", "D", 44, None, "RS D RA0", ""),
        ("stwx", "X", 31, 151, "RS RA0 RB", ""),
        ("stbx", "X", 31, 215, "RS RA0 RB", ""),
        ("sthx", "X", 31, 407, "RS RA0 RB", ""),
    ),
    ("LOAD_STORE", "store_update"): (
        ("stwu", "D", 37, None, "RS D RA", ""),
        ("stbu", "D", 39, None, "RS D RA", ""),
        ("sthu", "D", 45, None, "RS D RA", ""),
        ("stwux", "X", 31, 183, "RS RA RB", ""),
        ("stbux", "X", 31, 247, "RS RA RB", ""),
        ("sthux", "X", 31, 439, "RS RA RB", ""),
    ),
    ("LOAD_STORE", "multiple"): (
        ("lmw", "D", 46, None, "RT D RA0", ""),
        ("stmw", "D", 47, None, "RS D RA0", ""),
    ),
    ("IO", "dev_ctrl"): (
        ("eciwx", "X", 31, 310, "RT RA0 RB", ""),
        ("ecowx", "X", 31, 438, "RS RA0 RB", ""),
    ),
    ("MUL_DIV", "mul"): (
        ("mulli", "D", 7, None, "RT RA SI", ""),
        ("mullw", "XO", 31, 235, "RT RA RB", "OE Rc"),
        ("mulhw", "XO", 31, 75, "RT RA RB", "Rc"),
        ("mulhwu", "XO", 31, 11, "RT RA RB", "Rc"),
    ),
    ("DIV", "div"): (
        ("divw", "XO", 31, 491, "RT RA RB", "OE Rc"),
        ("divwu", "XO", 31, 459, "RT RA RB", "OE Rc"),
    ),
    ("FIXEDPOINT", "alu"): (
        # sums and differences
        ("addi", "D", 14, None, "RT RA0 SI", ""),
        ("addis", "D", 15, None, "RT RA0 SI", ""),
        ("addic", "D", 12, None, "RT RA SI", ""),
        ("addic.", "D", 13, None, "RT RA SI", ""),
        ("subfic", "D", 8, None, "RT RA SI", ""),
        ("add", "XO", 31, 266, "RT RA RB", "OE Rc"),
        ("addc", "XO", 31, 10, "RT RA RB", "OE Rc"),
        ("adde", "XO", 31, 138, "RT RA RB", "OE Rc"),
        ("addme", "XO", 31, 234, "RT RA", "OE Rc"),
        ("addze", "XO", 31, 202, "RT RA", "OE Rc"),
        ("subf", "XO", 31, 40, "RT RA RB", "OE Rc"),
        ("subfc", "XO", 31, 8, "RT RA RB", "OE Rc"),
        ("subfe", "XO", 31, 136, "RT RA RB", "OE Rc"),
        ("subfme", "XO", 31, 232, "RT RA", "OE Rc"),
        ("subfze", "XO", 31, 200, "RT RA", "OE Rc"),
        ("neg", "XO", 31, 104, "RT RA", "OE Rc"),
        # comparisons; L does nothing in a 32 bit processor
        ("cmpi", "D", 11, None, "BF L RA SI", ""),
        ("cmpli", "D", 10, None, "BF L RA UI", ""),
        ("cmp", "X", 31, 0, "BF L RA RB", ""),
        ("cmpl", "X", 31, 32, "BF L RA RB", ""),
        # bitwise logic
        ("ori", "D", 24, None, "RA RS UI", ""),
        ("oris", "D", 25, None, "RA RS UI", ""),
        ("xori", "D", 26, None, "RA RS UI", ""),
        ("xoris", "D", 27, None, "RA RS UI", ""),
        ("andi.", "D", 28, None, "RA RS UI", ""),
        ("andis.", "D", 29, None, "RA RS UI", ""),
        ("and", "X", 31, 28, "RA RS RB", "Rc"),
        ("andc", "X", 31, 60, "RA RS RB", "Rc"),
        ("or", "X", 31, 444, "RA RS RB", "Rc"),
        ("orc", "X", 31, 412, "RA RS RB", "Rc"),
        ("xor", "X", 31, 316, "RA RS RB", "Rc"),
        ("nand", "X", 31, 476, "RA RS RB", "Rc"),
        ("nor", "X", 31, 124, "RA RS RB", "Rc"),
        ("eqv", "X", 31, 284, "RA RS RB", "Rc"),
        ("cntlzw", "X", 31, 26, "RA RS", "Rc"),
        ("extsb", "X", 31, 954, "RA RS", "Rc"),
        ("extsh", "X", 31, 922, "RA RS", "Rc"),
        ("popcntb", "X", 31, 122, "RA RS", ""),
        ("prtyw", "X", 31, 154, "RA RS", ""),
        # rotations and shifts
        ("rlwimi", "M", 20, None, "RA RS SH MB ME", "Rc"),
        ("rlwinm", "M", 21, None, "RA RS SH MB ME", "Rc"),
        ("rlwnm", "M", 23, None, "RA RS RB MB ME", "Rc"),
        ("slw", "X", 31, 24, "RA RS RB", "Rc"),
        ("srw", "X", 31, 536, "RA RS RB", "Rc"),
        ("sraw", "X", 31, 792, "RA RS RB", "Rc"),
        ("srawi", "X", 31, 824, "RA RS SH", "Rc"),
        # condition register
        ("crand", "XL", 19, 257, "BT BA BB", ""),
        ("crandc", "XL", 19, 129, "BT BA BB", ""),
        ("cror", "XL", 19, 449, "BT BA BB", ""),
        ("crorc", "XL", 19, 417, "BT BA BB", ""),
        ("crnand", "XL", 19, 225, "BT BA BB", ""),
        ("crnor", "XL", 19, 33, "BT BA BB", ""),
        ("crxor", "XL", 19, 193, "BT BA BB", ""),
        ("creqv", "XL", 19, 289, "BT BA BB", ""),
        ("mcrf", "XL", 19, 0, "BF BFA", ""),
        ("mfcr", "XFX", 31, 19, "RT FXM", ""),    # with ONE_FIELD_BIT: mfocrf
        ("mtcrf", "XFX", 31, 144, "FXM RS", ""),  # with ONE_FIELD_BIT: mtocrf
        # special purpose registers
        ("mfspr", "XFX", 31, 339, "RT SPR", ""),
        ("mtspr", "XFX", 31, 467, "SPR RS", ""),
        ("mfmsr", "X", 31, 83, "RT", ""),
    ),
    ("FIXEDPOINT", "sync"): (
        ("mtmsr", "X", 31, 146, "RS", ""),
        ("sync", "X", 31, 598, "L", ""),
        ("wait", "X", 31, 62, "WC", ""),
    ),
    ("BRANCH", "branch"): (
        ("b", "I", 18, None, "LI", "LK AA"),
        ("bc", "B", 16, None, "BO BI BD", "LK AA"),
        ("bclr", "XL", 19, 16, "BO BI", "LK"),
        ("bcctr", "XL", 19, 528, "BO BI", "LK"),
        ("rfi", "XL", 19, 50, "", ""),
        ("rfci", "XL", 19, 51, "", ""),
        ("rfmci", "XL", 19, 38, "", ""),
    ),
    ("BRANCH", "sync"): (
        ("tw", "X", 31, 4, "TO RA RB", ""),
        ("twi", "D", 3, None, "TO RA SI", ""),
    ),
}


def _scalar(row: _Row, unit: str, latency: str) -> Instruction:
    mnemonic, form, opcode, extended, operands, options = row
    present = options.split()
    return Instruction(
        mnemonic, form, opcode << 26 | (extended or 0) << 1, _OPCODE_MASK | _EXTENDED.get(form, 0),
        tuple(operands.split()), record="Rc" in present, overflow="OE" in present, link="LK" in present,
        absolute="AA" in present, unit=unit, latency=latency)


INSTRUCTIONS: tuple[Instruction, ...] = (
    *(_scalar(row, unit, latency) for (unit, latency), rows in _SCALAR.items() for row in rows),
    *(Instruction(vector.mnemonic, "FXV", PRIMARY_OPCODE << 26 | vector.xo << 2, _OPCODE_MASK | 0x7FC,
                  vector.operands, unit=vector.unit, latency=vector.unit.lower()) for vector in VECTOR_INSTRUCTIONS),
)
"""All instructions, scalar ones first."""

BY_MNEMONIC: dict[str, Instruction] = {instruction.mnemonic: instruction for instruction in INSTRUCTIONS}


def _decoder() -> dict[int, dict[int, dict[int, Instruction]]]:
    """Primary opcode, mask, match: instruction."""
    tree: dict[int, dict[int, dict[int, Instruction]]] = {}
    for instruction in INSTRUCTIONS:
        tree.setdefault(instruction.match >> 26, {}).setdefault(instruction.mask, {})[instruction.match] = instruction
    return tree


_DECODER = _decoder()


def find(word: int) -> Instruction | None:
    """Instruction which a word encodes.

    Parameters
    ----------
    word : int
        32 bits; bits without a use may have any value.

    Returns
    -------
    Instruction or None
        None: no instruction of this processor, which executes as one without effect.
    """
    for mask, by_match in _DECODER.get(word >> 26, {}).items():
        instruction = by_match.get(word & mask)
        if instruction is not None:
            return instruction
    return None
