"""Instruction words from mnemonics and operands, in the order in which assemblers write them.

The tables are the instruction set of the processor; `encode("lwz", 3, 8, 4)` is `lwz 3,8(4)`.
"""

from __future__ import annotations

FIELDS: dict[str, tuple[int, int]] = {
    "RT": (21, 5), "RS": (21, 5), "RA": (16, 5), "RB": (11, 5), "SH": (11, 5), "MB": (6, 5), "ME": (1, 5),
    "TO": (21, 5), "BF": (23, 3), "BFA": (18, 3), "L": (21, 1), "FXM": (12, 8), "BO": (21, 5), "BI": (16, 5),
    "BT": (21, 5), "BA": (16, 5), "BB": (11, 5), "WC": (21, 2),
    "D": (0, 16), "SI": (0, 16), "UI": (0, 16), "BD": (0, 16), "LI": (0, 26),
    "VRT": (21, 5), "VRA": (16, 5), "VRB": (11, 5), "COND": (0, 2),
}
"""Lowest bit, counted from the least significant one, and width of every operand but SPR."""

_XO_ARITHMETIC = {
    "add": 266, "addc": 10, "adde": 138, "subf": 40, "subfc": 8, "subfe": 136, "mullw": 235, "divw": 491, "divwu": 459,
}
_XO_UNARY = {"addme": 234, "addze": 202, "subfme": 232, "subfze": 200, "neg": 104}
_X_LOGIC = {
    "and": 28, "andc": 60, "or": 444, "orc": 412, "xor": 316, "nand": 476, "nor": 124, "eqv": 284,
    "slw": 24, "srw": 536, "sraw": 792,
}
_X_UNARY = {"cntlzw": 26, "extsb": 954, "extsh": 922}
_CR_LOGIC = {
    "crand": 257, "crandc": 129, "cror": 449, "crorc": 417, "crnand": 225, "crnor": 33, "crxor": 193, "creqv": 289,
}
_D_LOADS = {"lwz": 32, "lwzu": 33, "lbz": 34, "lbzu": 35, "lhz": 40, "lhzu": 41, "lha": 42, "lhau": 43, "lmw": 46}
_D_STORES = {"stw": 36, "stwu": 37, "stb": 38, "stbu": 39, "sth": 44, "sthu": 45, "stmw": 47}
_X_LOADS = {
    "lwzx": 23, "lwzux": 55, "lbzx": 87, "lbzux": 119, "lhzx": 279, "lhzux": 311, "lhax": 343, "lhaux": 375,
}
_X_STORES = {"stwx": 151, "stwux": 183, "stbx": 215, "stbux": 247, "sthx": 407, "sthux": 439}
_D_ARITHMETIC = {"addi": 14, "addis": 15, "addic": 12, "addic.": 13, "subfic": 8, "mulli": 7}
_D_LOGIC = {"ori": 24, "oris": 25, "xori": 26, "xoris": 27, "andi.": 28, "andis.": 29}

INSTRUCTIONS: dict[str, tuple[int, int, str]] = {
    **{name: (31 << 26 | xo << 1, 0x401, "RT,RA,RB") for name, xo in _XO_ARITHMETIC.items()},
    **{name: (31 << 26 | xo << 1, 0x401, "RT,RA") for name, xo in _XO_UNARY.items()},
    "mulhw": (31 << 26 | 75 << 1, 1, "RT,RA,RB"),
    "mulhwu": (31 << 26 | 11 << 1, 1, "RT,RA,RB"),
    **{name: (31 << 26 | xo << 1, 1, "RA,RS,RB") for name, xo in _X_LOGIC.items()},
    **{name: (31 << 26 | xo << 1, 1, "RA,RS") for name, xo in _X_UNARY.items()},
    "srawi": (31 << 26 | 824 << 1, 1, "RA,RS,SH"),
    "popcntb": (31 << 26 | 122 << 1, 0, "RA,RS"),
    "prtyw": (31 << 26 | 154 << 1, 0, "RA,RS"),
    "rlwimi": (20 << 26, 1, "RA,RS,SH,MB,ME"),
    "rlwinm": (21 << 26, 1, "RA,RS,SH,MB,ME"),
    "rlwnm": (23 << 26, 1, "RA,RS,RB,MB,ME"),
    **{name: (opcode << 26, 0, "RT,RA,SI") for name, opcode in _D_ARITHMETIC.items()},
    **{name: (opcode << 26, 0, "RA,RS,UI") for name, opcode in _D_LOGIC.items()},
    "cmpi": (11 << 26, 0, "BF,L,RA,SI"),
    "cmpli": (10 << 26, 0, "BF,L,RA,UI"),
    "cmp": (31 << 26, 0, "BF,L,RA,RB"),
    "cmpl": (31 << 26 | 32 << 1, 0, "BF,L,RA,RB"),
    **{name: (opcode << 26, 0, "RT,D,RA") for name, opcode in _D_LOADS.items()},
    **{name: (opcode << 26, 0, "RS,D,RA") for name, opcode in _D_STORES.items()},
    **{name: (31 << 26 | xo << 1, 0, "RT,RA,RB") for name, xo in _X_LOADS.items()},
    **{name: (31 << 26 | xo << 1, 0, "RS,RA,RB") for name, xo in _X_STORES.items()},
    "b": (18 << 26, 0, "LI"), "bl": (18 << 26 | 1, 0, "LI"),
    "ba": (18 << 26 | 2, 0, "LI"), "bla": (18 << 26 | 3, 0, "LI"),
    "bc": (16 << 26, 0, "BO,BI,BD"), "bcl": (16 << 26 | 1, 0, "BO,BI,BD"),
    "bca": (16 << 26 | 2, 0, "BO,BI,BD"), "bcla": (16 << 26 | 3, 0, "BO,BI,BD"),
    "bclr": (19 << 26 | 16 << 1, 0, "BO,BI"), "bclrl": (19 << 26 | 16 << 1 | 1, 0, "BO,BI"),
    "bcctr": (19 << 26 | 528 << 1, 0, "BO,BI"), "bcctrl": (19 << 26 | 528 << 1 | 1, 0, "BO,BI"),
    **{name: (19 << 26 | xo << 1, 0, "BT,BA,BB") for name, xo in _CR_LOGIC.items()},
    "mcrf": (19 << 26, 0, "BF,BFA"),
    "rfi": (19 << 26 | 50 << 1, 0, ""), "rfci": (19 << 26 | 51 << 1, 0, ""), "rfmci": (19 << 26 | 38 << 1, 0, ""),
    "mfcr": (31 << 26 | 19 << 1, 0, "RT"), "mfocrf": (31 << 26 | 1 << 20 | 19 << 1, 0, "RT,FXM"),
    "mtcrf": (31 << 26 | 144 << 1, 0, "FXM,RS"), "mtocrf": (31 << 26 | 1 << 20 | 144 << 1, 0, "FXM,RS"),
    "mfspr": (31 << 26 | 339 << 1, 0, "RT,SPR"), "mtspr": (31 << 26 | 467 << 1, 0, "SPR,RS"),
    "mfmsr": (31 << 26 | 83 << 1, 0, "RT"), "mtmsr": (31 << 26 | 146 << 1, 0, "RS"),
    "tw": (31 << 26 | 4 << 1, 0, "TO,RA,RB"), "twi": (3 << 26, 0, "TO,RA,SI"),
    "sync": (31 << 26 | 598 << 1, 0, ""), "wait": (31 << 26 | 62 << 1, 0, "WC"),
}
"""Word without operands, mask of the option bits (OE 0x400, Rc 1) and operands of every scalar instruction."""

SPR = {
    "XER": 1, "LR": 8, "CTR": 9, "DEC": 22, "SRR0": 26, "SRR1": 27, "DECAR": 54, "CSRR0": 58, "CSRR1": 59, "DEAR": 61,
    "ESR": 62, "GOUT": 66, "GOE": 67, "TBL": 284, "TBU": 285, "TSR": 336, "TCR": 340, "MCSRR0": 570, "MCSRR1": 571,
}

_THREE = {
    "fxvmahm": 12, "fxvmabm": 13, "fxvmahfs": 28, "fxvmabfs": 29, "fxvmulhm": 76, "fxvmulbm": 77, "fxvmulhfs": 92,
    "fxvmulbfs": 93, "fxvsubhm": 332, "fxvsubbm": 333, "fxvsubhfs": 348, "fxvsubbfs": 349, "fxvaddhm": 460,
    "fxvaddbm": 461, "fxvaddhfs": 476, "fxvaddbfs": 477, "fxvsel": 319,
    "fxvpckbu": 239, "fxvpckbl": 255, "fxvupckbr": 271, "fxvupckbl": 287,
}
_TO_ACCUMULATOR = {
    "fxvmatachm": 44, "fxvmatacbm": 45, "fxvmatachfs": 60, "fxvmatacbfs": 61, "fxvmultachm": 108, "fxvmultacbm": 109,
    "fxvmultachfs": 124, "fxvmultacbfs": 125, "fxvaddtach": 428, "fxvaddtacb": 429,
}
_MOVE_TO_ACCUMULATOR = {
    "fxvmtacb": 14, "fxvmtach": 15, "fxvmtacbf": 30, "fxvmtachf": 31, "fxvaddactachm": 364, "fxvaddactacbm": 365,
    "fxvaddactachf": 380, "fxvaddactacbf": 381,
}
_FROM_ACCUMULATOR = {"fxvaddachm": 396, "fxvaddacbm": 397, "fxvaddachfs": 412, "fxvaddacbfs": 413}

VECTOR: dict[str, tuple[int, str]] = {
    **{name: (xo, "VRT,VRA,VRB,COND") for name, xo in _THREE.items()},
    **{name: (xo, "VRA,VRB,COND") for name, xo in _TO_ACCUMULATOR.items()},
    **{name: (xo, "VRA,COND") for name, xo in _MOVE_TO_ACCUMULATOR.items()},
    **{name: (xo, "VRT,VRA,COND") for name, xo in _FROM_ACCUMULATOR.items()},
    **{name: (xo, "VRT,RA,RB,COND") for name, xo in
       {"fxvinx": 236, "fxvoutx": 252, "fxvlax": 492, "fxvstax": 508}.items()},
    "fxvsplath": (268, "VRT,RA,COND"), "fxvsplatb": (269, "VRT,RA,COND"),
    "fxvcmph": (300, "VRA,COND"), "fxvcmpb": (301, "VRA,COND"),
    "fxvshh": (316, "VRT,VRA,SH,COND"), "fxvshb": (317, "VRT,VRA,SH,COND"),
}
"""Extended opcode and operands of every vector instruction; COND may be left out."""


def _spr(number: int) -> int:
    """SPR field: the two halves of five bits are swapped."""
    return (number & 0x1F) << 16 | (number >> 5) << 11


def _scalar(name: str) -> tuple[str, int]:
    """Mnemonic in the table and option bits of a mnemonic with ``o`` and ``.``."""
    options = 0
    if name not in INSTRUCTIONS and name.endswith("."):
        name, options = name[:-1], 1
    if name not in INSTRUCTIONS and name.endswith("o"):
        name, options = name[:-1], options | 0x400
    if options & ~INSTRUCTIONS[name][1]:
        raise ValueError(f"{name!r} has no options {options:#x}")
    return name, options


def operand_fields(name: str) -> list[str]:
    """Fields of the operands of an instruction, in the order of the assembler."""
    layout = VECTOR[name][1] if name in VECTOR else INSTRUCTIONS[_scalar(name)[0]][2]
    return layout.split(",") if layout else []


def encode(name: str, *operands: int) -> int:
    """Word of an instruction.

    Parameters
    ----------
    name : str
        Mnemonic; ``o`` and ``.`` behind it set OE and Rc where the instruction has them.
    *operands : int
        Operands in the order of the tables. Trailing ones (COND) may be left out and are 0; negative ones are
        taken as two's complement.
    """
    if name in VECTOR:
        word = 4 << 26 | VECTOR[name][0] << 2
    else:
        base, options = _scalar(name)
        word = INSTRUCTIONS[base][0] | options
    fields = operand_fields(name)
    if len(operands) > len(fields):
        raise ValueError(f"{name} has the operands {fields}, not {operands!r}")
    for field, value in zip(fields, operands, strict=False):
        if field == "SPR":
            word |= _spr(value)
            continue
        shift, width = FIELDS[field]
        if not -(1 << width - 1) <= value < 1 << width:
            raise ValueError(f"{field} of {name} does not hold {value!r}")
        word |= (value & (1 << width) - 1) << shift
    return word


def variants(name: str) -> list[str]:
    """All mnemonics of a scalar instruction: with OE and Rc where it has them."""
    allowed = INSTRUCTIONS[name][1]
    return [name + o + dot for o in ([""] if not allowed & 0x400 else ["", "o"])
            for dot in ([""] if not allowed & 1 else ["", "."])]
