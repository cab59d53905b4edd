"""How instructions are written: option forms, extended mnemonics, operands that may be left out.

Every spelling says how the operands that one writes become the operands of the instruction, as sums. The same row
serves both directions: the assembler evaluates the sums, the disassembler solves them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .instructions import (
    AA_BIT,
    BY_MNEMONIC,
    FIELDS,
    INSTRUCTIONS,
    LK_BIT,
    OE_BIT,
    ONE_FIELD_BIT,
    RC_BIT,
    SIGNED,
    SPRS,
    Instruction,
    spr_field,
)

BRANCH_TARGETS = frozenset({"BD", "LI"})
"""Kinds whose values are bytes, while the field counts words."""

_OWN_LIMITS = {
    "SIU": (-0x8000, 0xFFFF),   # halfword of addis, with or without sign
    "NSI": (-0x7FFF, 0x8000),   # the assembler turns its sign
    "N": (1, 32),               # number of bits
    "P": (0, 31),               # position of the first bit, bit 0 being the most significant
}
"""Kinds of operands that are no fields: smallest and largest value."""


def limits(kind: str) -> tuple[int, int]:
    """Smallest and largest value of a kind of operand; bytes for branch targets."""
    if kind in _OWN_LIMITS:
        return _OWN_LIMITS[kind]
    width = FIELDS[kind][1]
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if kind in SIGNED else (0, (1 << width) - 1)
    return (4 * low, 4 * high) if kind in BRANCH_TARGETS else (low, high)


def _insert(kind: str, value: int) -> int:
    lowest, width = FIELDS[kind]
    if kind == "SPR":
        value = spr_field(value)
    if kind in BRANCH_TARGETS:
        value >>= 2
    return (value & ((1 << width) - 1)) << lowest


def _extract(kind: str, word: int) -> int:
    lowest, width = FIELDS[kind]
    value = word >> lowest & ((1 << width) - 1)
    if kind == "SPR":
        return spr_field(value)
    if kind in SIGNED and value >> width - 1:
        value -= 1 << width
    return 4 * value if kind in BRANCH_TARGETS else value


@dataclass(frozen=True)
class Slot:
    """Value of an operand of the instruction: a constant plus multiples of operands of the spelling."""

    constant: int
    terms: tuple[tuple[str, int], ...]

    @classmethod
    def parse(cls, text: str) -> Slot:
        """Slot from a sum such as "31-SH" or "4*BF+2"."""
        constant, terms = 0, []
        for sign, factor, name in re.findall(r"([+-]?)(?:(\d+)\*)?(\w+)", text):
            weight = -int(factor or 1) if sign == "-" else int(factor or 1)
            if name.isdigit():
                constant += weight * int(name)
            else:
                terms.append((name, weight))
        return cls(constant, tuple(terms))

    def value(self, operands: Mapping[str, int]) -> int:
        return self.constant + sum(weight * operands[name] for name, weight in self.terms)


@dataclass(frozen=True)
class Spelling:
    """One way to write an instruction.

    Attributes
    ----------
    stem : str
        Mnemonic without the letters of options and without a hint.
    instruction : Instruction
        What is encoded.
    operands : tuple of str
        Kinds in the order of the text.
    slots : tuple of Slot
        One per operand of the instruction.
    bits : int
        Further bits that the spelling sets.
    hint : str
        "+" or "-" at the end of the mnemonic of a branch: likely taken or not.
    """

    stem: str
    instruction: Instruction
    operands: tuple[str, ...]
    slots: tuple[Slot, ...]
    bits: int = 0
    hint: str = ""

    def mnemonic(self, options: int) -> str:
        """Full mnemonic with the option bits of `options`."""
        present = (("o", self.instruction.overflow, OE_BIT), ("l", self.instruction.link, LK_BIT),
                   ("a", self.instruction.absolute, AA_BIT), (".", self.instruction.record, RC_BIT))
        return self.stem + "".join(letter for letter, has, bit in present if has and options & bit) + self.hint

    def encode(self, operands: Mapping[str, int], options: int = 0) -> int:
        """Instruction word.

        Raises
        ------
        ValueError
            The operands, each within its own limits, do not fit together (as 20 bits from position 20 on).
        """
        word = self.instruction.match | self.bits | options
        for kind, slot in zip(self.instruction.operands, self.slots, strict=True):
            value = slot.value(operands)
            if kind == "SH" and value == 32:  # a rotation by 32 is one by 0
                value = 0
            low, high = limits("SIU" if kind == "SI" else kind)
            if not low <= value <= high:
                given = ", ".join(f"{name} = {operands[name]}" for name, _ in slot.terms)
                raise ValueError(f"field {kind} would be {value} for {given}; expected {low} to {high}")
            word |= _insert(kind, value)
        return word

    def solve(self, word: int) -> dict[str, int] | None:
        """Operands of the spelling which give a word of the instruction, None if there are none."""
        found: dict[str, int] = {}
        pairs = zip(self.instruction.operands, self.slots, strict=True)
        for kind, slot in sorted(pairs, key=lambda pair: pair[1].constant != 0):  # 32-SH does not tell 0 from 32
            if len(slot.terms) == 1 and slot.terms[0][0] not in found:
                name, weight = slot.terms[0]
                found[name] = (_extract(kind, word) - slot.constant) // weight
        for name, value in found.items():
            low, high = limits(name)
            if not low <= value <= high:
                return None
        try:
            same = self.encode(found, word & self.instruction.options) == word
        except ValueError:
            return None
        return found if same else None


_Row = tuple[str, str, str, str]
"""Stem, operands as written, base mnemonic, its operands as sums of those."""

_SHOWN: tuple[_Row, ...] = (
    ("nop", "", "ori", "0 0 0"),
    ("li", "RT SI", "addi", "RT 0 SI"),
    ("lis", "RT SIU", "addis", "RT 0 SIU"),
    ("mr", "RA RS", "or", "RA RS RS"),
    ("not", "RA RS", "nor", "RA RS RS"),
    ("cmpwi", "RA SI", "cmpi", "0 0 RA SI"),
    ("cmpwi", "BF RA SI", "cmpi", "BF 0 RA SI"),
    ("cmplwi", "RA UI", "cmpli", "0 0 RA UI"),
    ("cmplwi", "BF RA UI", "cmpli", "BF 0 RA UI"),
    ("cmpw", "RA RB", "cmp", "0 0 RA RB"),
    ("cmpw", "BF RA RB", "cmp", "BF 0 RA RB"),
    ("cmplw", "RA RB", "cmpl", "0 0 RA RB"),
    ("cmplw", "BF RA RB", "cmpl", "BF 0 RA RB"),
    ("rotlwi", "RA RS SH", "rlwinm", "RA RS SH 0 31"),
    ("clrlwi", "RA RS SH", "rlwinm", "RA RS 0 SH 31"),
    ("slwi", "RA RS SH", "rlwinm", "RA RS SH 0 31-SH"),
    ("srwi", "RA RS SH", "rlwinm", "RA RS 32-SH SH 31"),
    ("rotlw", "RA RS RB", "rlwnm", "RA RS RB 0 31"),
    ("crclr", "BT", "crxor", "BT BT BT"),
    ("crset", "BT", "creqv", "BT BT BT"),
    ("crnot", "BT BA", "crnor", "BT BA BA"),
    ("crmove", "BT BA", "cror", "BT BA BA"),
    ("mfcr", "RT", "mfcr", "RT 0"),
    ("mtcr", "RS", "mtcrf", "255 RS"),
    ("trap", "", "tw", "31 0 0"),
    ("sync", "", "sync", "0"),
    ("lwsync", "", "sync", "1"),
    ("wait", "", "wait", "0"),
)
"""Extended mnemonics, the preferred one of an instruction first."""

_UNDERSTOOD: tuple[_Row, ...] = (
    ("la", "RT D RA0", "addi", "RT RA0 D"),
    ("subi", "RT RA0 NSI", "addi", "RT RA0 0-NSI"),
    ("subis", "RT RA0 NSI", "addis", "RT RA0 0-NSI"),
    ("subic", "RT RA NSI", "addic", "RT RA 0-NSI"),
    ("subic.", "RT RA NSI", "addic.", "RT RA 0-NSI"),
    ("sub", "RT RA RB", "subf", "RT RB RA"),
    ("subc", "RT RA RB", "subfc", "RT RB RA"),
    ("rotrwi", "RA RS SH", "rlwinm", "RA RS 32-SH 0 31"),
    ("clrrwi", "RA RS SH", "rlwinm", "RA RS 0 0 31-SH"),
    ("clrlslwi", "RA RS P SH", "rlwinm", "RA RS SH P-SH 31-SH"),
    ("extlwi", "RA RS N P", "rlwinm", "RA RS P 0 N-1"),
    ("extrwi", "RA RS N P", "rlwinm", "RA RS P+N 32-N 31"),
    ("inslwi", "RA RS N P", "rlwimi", "RA RS 32-P P P+N-1"),
    ("insrwi", "RA RS N P", "rlwimi", "RA RS 32-P-N P P+N-1"),
    ("msync", "", "sync", "0"),
)
"""Extended mnemonics that only the assembler uses."""

_TRAPS = {"lgt": 1, "llt": 2, "eq": 4, "lge": 5, "lle": 6, "gt": 8, "ge": 12, "lt": 16, "le": 20, "ne": 24, "u": 31}
_OTHER_TRAPS = {"lnl": 5, "lng": 6, "nl": 12, "ng": 20}
"""Conditions of traps: value of TO."""

_CONDITIONS = {"lt": (12, 0), "gt": (12, 1), "eq": (12, 2), "so": (12, 3),
               "ge": (4, 0), "le": (4, 1), "ne": (4, 2), "ns": (4, 3)}
_OTHER_CONDITIONS = {"un": (12, 3), "nl": (4, 0), "ng": (4, 1), "nu": (4, 3)}
"""Conditions of branches: BO without a hint, bit of the condition field."""

_COUNTING = {"bdnz": 16, "bdz": 18}
_COUNTING_CONDITIONAL = {"bdnzt": 8, "bdnzf": 0, "bdzt": 10, "bdzf": 2}
"""Branches which count down: BO."""

_PINS = frozenset({"GIN", "GOUT", "GOE", "ICCR"})
"""Registers without mnemonics of their own: other processors lack them, and ICCR is another register there."""
_NOT_READ_BY_NAME = _PINS | {"TBL", "TBU", "DECAR"}
"""The same for reading: elsewhere mftbl is an instruction for another register and DECAR cannot be read."""

_HINTS = {"": 0, "-": 2, "+": 3}
"""Bits a and t of BO in a branch that tests one condition bit (Power ISA 2.06)."""
_COUNT_HINTS = {"": 0, "-": 8, "+": 9}
"""The same in a branch that only counts."""

_WAYS = (("", "bc", " BD"), ("lr", "bclr", ""), ("ctr", "bcctr", ""))
"""Where a branch goes: letters in the mnemonic, base mnemonic, last operand."""


def _spelling(row: _Row, bits: int = 0, hint: str = "") -> Spelling:
    stem, operands, base, slots = row
    return Spelling(stem, BY_MNEMONIC[base], tuple(operands.split()), tuple(Slot.parse(slot) for slot in slots.split()),
                    bits, hint)


def _branches(conditions: Mapping[str, tuple[int, int]]) -> Iterator[Spelling]:
    for (way, base, target), (name, (bo, bit)), (hint, at) in itertools.product(
            _WAYS, conditions.items(), _HINTS.items()):
        yield _spelling((f"b{name}{way}", target, base, f"{bo + at} {bit}{target}"), hint=hint)
        yield _spelling((f"b{name}{way}", f"BF{target}", base, f"{bo + at} 4*BF+{bit}{target}"), hint=hint)


def _counting_branches() -> Iterator[Spelling]:
    yield _spelling(("blr", "", "bclr", "20 0"))
    yield _spelling(("bctr", "", "bcctr", "20 0"))
    for way, base, target in _WAYS[:2]:  # the count register cannot be counter and target at once
        for (name, bo), (hint, at) in itertools.product(_COUNTING.items(), _COUNT_HINTS.items()):
            yield _spelling((name + way, target, base, f"{bo + at} 0{target}"), hint=hint)
        for name, bo in _COUNTING_CONDITIONAL.items():
            yield _spelling((name + way, f"BI{target}", base, f"{bo} BI{target}"))


def _traps(conditions: Mapping[str, int]) -> Iterator[Spelling]:
    for name, to in conditions.items():
        yield _spelling((f"tw{name}", "RA RB", "tw", f"{to} RA RB"))
        yield _spelling((f"tw{name}i", "RA SI", "twi", f"{to} RA SI"))


def _special_registers() -> Iterator[Spelling]:
    for name, number in SPRS.items():
        if name not in _NOT_READ_BY_NAME:
            yield _spelling((f"mf{name.lower()}", "RT", "mfspr", f"RT {number}"))
        if name not in _PINS:
            yield _spelling((f"mt{name.lower()}", "RS", "mtspr", f"{number} RS"))


def _plain(instruction: Instruction) -> Iterator[Spelling]:
    """The spellings which the table of instructions itself gives."""
    name, operands = instruction.mnemonic, " ".join(instruction.operands)
    if name == "mfcr":  # without ONE_FIELD_BIT all fields are read and FXM is not used
        yield _spelling(("mfocrf", operands, name, operands), ONE_FIELD_BIT)
        return
    if name == "mtcrf":
        yield _spelling(("mtocrf", operands, name, operands), ONE_FIELD_BIT)
    if name == "addis":
        operands = operands.replace("SI", "SIU")
    if instruction.operands[-1:] in (("COND",), ("SIZE",)):
        yield _spelling((name, " ".join(instruction.operands[:-1]), name, " ".join((*instruction.operands[:-1], "0"))))
    yield _spelling((name, operands, name, operands))


def _tables() -> tuple[dict[str, list[tuple[Spelling, int]]], dict[str, list[Spelling]]]:
    shown = [*map(_spelling, _SHOWN), *_branches(_CONDITIONS), *_counting_branches(), *_traps(_TRAPS),
             *_special_registers(), *(spelling for instruction in INSTRUCTIONS for spelling in _plain(instruction))]
    understood = [*map(_spelling, _UNDERSTOOD), *_branches(_OTHER_CONDITIONS), *_traps(_OTHER_TRAPS)]
    by_mnemonic: dict[str, list[tuple[Spelling, int]]] = {}
    by_instruction: dict[str, list[Spelling]] = {}
    for spelling in shown:
        by_instruction.setdefault(spelling.instruction.mnemonic, []).append(spelling)
    for spelling in (*shown, *understood):
        options = spelling.instruction.options
        for bits in (bits for bits in range(options + 1) if bits & ~options == 0):
            by_mnemonic.setdefault(spelling.mnemonic(bits), []).append((spelling, bits))
    return by_mnemonic, by_instruction


BY_SPELLING, SHOWN = _tables()
"""`BY_SPELLING`: full mnemonic to the spellings and their option bits, one per number of operands.
`SHOWN`: base mnemonic to the spellings for printing, the preferred one first."""
