"""Assembler of the plasticity processors, for tests, teaching and short hand-written programs.

The text is that of the GNU assembler as far as it goes: one statement per line or several with ``;`` between them,
``label:``, comments from ``#`` on, registers ``r3`` or ``3``, condition fields ``cr7``, condition bits ``eq`` or
``4*cr7+eq``, expressions with ``label@l``, ``label@h`` and ``label@ha``, the directives ``.long``, ``.space`` and
``.org``. One difference: a number as the target of a branch is an address, not a distance (write ``.+8`` for that).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .instructions import AA_BIT, SIGNED, SPRS
from .spellings import BRANCH_TARGETS, BY_SPELLING, Spelling, limits

MAXIMUM_BYTES = 1 << 20
"""Largest program, more than the memories of a processor hold."""

CONDITION_BITS = {"lt": 0, "gt": 1, "eq": 2, "so": 3, "un": 3}
CONDITION_NAMES = CONDITION_BITS | {f"cr{field}": field for field in range(8)}
"""Names in expressions for a bit of the condition register."""

LABEL = re.compile(r"(?!\.$)[A-Za-z_.$][\w.$]*")
"""What may be the name of a label."""

_SKIPPING = frozenset({".space", ".org"})
_REGISTERS = frozenset({"RT", "RS", "RA", "RA0", "RB"})
_CONDITION_FIELDS = frozenset({"BF", "BFA"})
_CONDITION_BIT_KINDS = frozenset({"BI", "BT", "BA", "BB"})

_TOKEN = re.compile(r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_.$][\w.$]*|<<|>>|[-+*&|^~()])")
_PRECEDENCE = {"*": 3, "<<": 3, ">>": 3, "&": 2, "|": 2, "^": 2, "+": 1, "-": 1}
"""Precedence of the GNU assembler, which differs from that of C."""
_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "*": lambda a, b: a * b, "<<": lambda a, b: a << b, ">>": lambda a, b: a >> b, "&": lambda a, b: a & b,
    "|": lambda a, b: a | b, "^": lambda a, b: a ^ b, "+": lambda a, b: a + b, "-": lambda a, b: a - b,
}


class AssemblyError(ValueError):
    """A line that cannot be assembled.

    Attributes
    ----------
    line : int
        Number of the line, from 1 on.
    text : str
        The statement.
    """

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(f"line {line}: {text!r}: {reason}")
        self.line, self.text = line, text


class _Expression:
    """Evaluates one expression; all failures are ValueErrors that name the piece and what was expected."""

    def __init__(self, text: str, names: Mapping[str, int], what: str = "label") -> None:
        self.text, self.names, self.what, self.position = text, names, what, 0

    def value(self) -> int:
        result = self._sum(1)
        if self.text[self.position:].strip():
            raise ValueError(f"unexpected {self.text[self.position:].strip()!r} in the expression {self.text!r}")
        return result

    def _next(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        return match.group(1) if match else ""

    def _take(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise ValueError(f"expected a number or a label in {self.text!r}")
        self.position = match.end()
        return match.group(1)

    def _sum(self, lowest: int) -> int:
        left = self._atom()
        while (operator := self._next()) in _PRECEDENCE and _PRECEDENCE[operator] >= lowest:
            self._take()
            right = self._sum(_PRECEDENCE[operator] + 1)
            if operator in ("<<", ">>") and not 0 <= right <= 63:
                raise ValueError(f"shift by {right} in {self.text!r}; expected 0 to 63")
            left = _OPERATORS[operator](left, right)
        return left

    def _atom(self) -> int:
        token = self._take()
        if token in ("-", "+", "~"):
            value = self._atom()
            return {"-": -value, "+": value, "~": ~value}[token]
        if token == "(":
            value = self._sum(1)
            if self._next() != ")":
                raise ValueError(f"expected ')' in {self.text!r}")
            self._take()
            return value
        if token[0].isdigit():
            try:
                return int(token, 0)
            except ValueError:  # octal in some assemblers, decimal for most readers
                raise ValueError(f"number {token!r} begins with 0; expected decimal or 0x") from None
        if LABEL.fullmatch(token) is None and token != ".":
            raise ValueError(f"expected a number or a label before {token!r} in {self.text!r}")
        if token not in self.names:
            raise ValueError(f"undefined {self.what} {token!r}")
        return self.names[token]


def _halfword(value: int, modifier: str) -> int:
    """Part of an address that @l, @h, @ha ask for; @ha makes up for the sign of the lower half."""
    return {"l": value, "h": value >> 16, "ha": value + 0x8000 >> 16}[modifier] & 0xFFFF


def _number(text: str, kind: str, names: Mapping[str, int]) -> int:
    """Value of an operand without regard to its limits."""
    if kind in _REGISTERS and re.fullmatch(r"r\d+", text):
        return int(text[1:])
    if kind == "SPR" and text.upper() in SPRS:
        return SPRS[text.upper()]
    if kind in _CONDITION_FIELDS or kind in _CONDITION_BIT_KINDS:
        return _Expression(text, CONDITION_NAMES, "condition").value()
    modified = re.fullmatch(r"(.*)@(l|h|ha)", text)
    if modified is None:
        what = "register" if kind in _REGISTERS or kind == "SPR" else "label"
        return _Expression(text, names, what).value()
    value = _halfword(_Expression(modified[1], names).value(), modified[2])
    return value - 0x10000 if kind in SIGNED and value & 0x8000 else value


def _operand(text: str, kind: str, names: Mapping[str, int], absolute: bool) -> int:
    """Value of an operand within its limits; a distance for a branch unless it is absolute."""
    value = _number(text, kind, names)
    low, high = limits(kind)
    if kind in BRANCH_TARGETS:
        if value & 3:
            raise ValueError(f"branch target {text!r} is {value:#x}; expected a multiple of 4")
        distance = value if absolute else value - names["."]
        value = (distance + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000  # addresses have 32 bits
    if not low <= value <= high:
        what = "branch distance" if kind in BRANCH_TARGETS else f"operand {text!r} ({kind})"
        raise ValueError(f"{what} is {value}, out of range; expected {low} to {high}")
    return value


def written(operands: Sequence[str]) -> list[tuple[str, ...]]:
    """Kinds by the piece of text they stand in: a displacement and its register are one piece, ``8(r3)``."""
    pieces: list[tuple[str, ...]] = []
    for kind in operands:
        if pieces and pieces[-1] == ("D",):
            pieces[-1] = ("D", kind)
        else:
            pieces.append((kind,))
    return pieces


def _syntax(spelling: Spelling) -> str:
    return ",".join("D(RA)" if len(piece) == 2 else piece[0] for piece in written(spelling.operands)) or "no operands"


@dataclass
class _Statement:
    line: int
    text: str
    name: str
    operands: list[str]
    address: int = 0

    def error(self, reason: str) -> AssemblyError:
        return AssemblyError(self.line, self.text, reason)


def _encode(statement: _Statement, names: Mapping[str, int]) -> int:
    spellings = BY_SPELLING.get(statement.name)
    if spellings is None:
        raise ValueError(f"unknown mnemonic {statement.name!r}")
    fitting = [choice for choice in spellings if len(written(choice[0].operands)) == len(statement.operands)]
    if not fitting:
        expected = " or ".join(sorted({_syntax(spelling) for spelling, _ in spellings}))
        raise ValueError(f"{len(statement.operands)} operands; expected {expected}")
    spelling, options = fitting[0]
    values: dict[str, int] = {}
    absolute = spelling.instruction.absolute and bool(options & AA_BIT)
    for kinds, text in zip(written(spelling.operands), statement.operands, strict=True):
        texts = [text]
        if len(kinds) == 2:
            match = re.fullmatch(r"(.*)\(([^()]*)\)", text)
            if match is None:
                raise ValueError(f"operand {text!r}; expected a displacement and a register as in 8(r3)")
            texts = [match[1].strip() or "0", match[2].strip()]
        for kind, part in zip(kinds, texts, strict=True):
            values[kind] = _operand(part, kind, names, absolute)
    return spelling.encode(values, options)


def _words(statement: _Statement, names: Mapping[str, int]) -> list[int]:
    """Words of a statement, none of a directive that skips."""
    if statement.name in _SKIPPING:
        return []
    if statement.name != ".long":
        return [_encode(statement, names)]
    values = [_Expression(text, names).value() for text in statement.operands]
    for value in values:
        if not -1 << 31 <= value < 1 << 32:
            raise ValueError(f"value {value:#x} is out of range; expected 32 bits")
    return [value & 0xFFFF_FFFF for value in values]


def _statements(source: str, origin: int, names: dict[str, int]) -> list[_Statement]:
    """Statements with their addresses; puts the labels into `names`."""
    statements: list[_Statement] = []
    lines: dict[str, int] = {}
    address = origin
    for number, line in enumerate(source.splitlines(), 1):
        for text in line.partition("#")[0].split(";"):
            text = text.strip()
            while match := re.match(r"([^\s:,]+)\s*:\s*", text):
                label = match[1]
                if LABEL.fullmatch(label) is None:
                    raise AssemblyError(number, text, f"{label!r} cannot be a label; expected letters, digits, _ . $")
                if label in names:
                    first = f"first in line {lines[label]}" if label in lines else "first among the given symbols"
                    raise AssemblyError(number, text, f"label {label!r} is defined twice, {first}")
                names[label], lines[label] = address, number
                text = text[match.end():]
            if not text:
                continue
            name, _, rest = text.replace("\t", " ").partition(" ")
            operands = [operand.strip() for operand in rest.split(",")] if rest.strip() else []
            statement = _Statement(number, text, name, operands, address)
            try:
                address = _after(statement, names)
            except ValueError as error:
                raise statement.error(str(error)) from None
            if not origin <= address <= origin + MAXIMUM_BYTES:
                raise statement.error(f"program reaches from {origin:#x} to {address:#x}; expected {MAXIMUM_BYTES:#x} "
                                      "bytes at most")
            statements.append(statement)
    return statements


def _after(statement: _Statement, names: Mapping[str, int]) -> int:
    """Address behind a statement; ValueError if it is a directive that does not say."""
    address = statement.address
    if statement.name == ".long":
        if not statement.operands:
            raise ValueError("expected at least one value")
        return address + 4 * len(statement.operands)
    if statement.name not in _SKIPPING:
        return address + 4
    if len(statement.operands) != 1:
        raise ValueError(f"{len(statement.operands)} operands; expected one")
    value = _Expression(statement.operands[0], {**names, ".": address}).value()
    after = value if statement.name == ".org" else address + value
    if after < address or after & 3:
        raise ValueError(f"the next address would be {after:#x}; expected a multiple of 4 from {address:#x} on")
    return after


def assemble(source: str, origin: int = 0, symbols: Mapping[str, int] | None = None) -> np.ndarray:
    """Assemble a program.

    Parameters
    ----------
    source : str
        Program text, see the module.
    origin : int
        Address of the first word in bytes, a multiple of 4.
    symbols : mapping of str to int, optional
        Addresses and other values for names that the text does not define.

    Returns
    -------
    ndarray of uint32, (words,)
        The words from `origin` on; what ``.org`` and ``.space`` skip is zero.

    Raises
    ------
    AssemblyError
        Unknown mnemonic, wrong operand, odd branch target, undefined or repeated label; with line and text.
    ValueError
        The origin is not a word address of 32 bits.
    """
    if origin & 3 or not 0 <= origin < 1 << 32:
        raise ValueError(f"origin is {origin:#x}; expected a multiple of 4 in 32 bits")
    names = dict(symbols or {})
    chunks: list[tuple[int, list[int]]] = []
    end = origin
    for statement in _statements(source, origin, names):
        names["."] = statement.address
        try:
            chunks.append((statement.address, _words(statement, names)))
            end = _after(statement, names)
        except ValueError as error:
            raise statement.error(str(error)) from None
    words = np.zeros((end - origin) // 4, dtype=np.uint32)
    for address, values in chunks:
        first = (address - origin) // 4
        words[first:first + len(values)] = values
    return words
