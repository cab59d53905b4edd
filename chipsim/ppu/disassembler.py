"""Disassembler of the plasticity processors; `chipsim.ppu.assembler` takes its text back to the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .assembler import CONDITION_BITS, LABEL, written
from .instructions import AA_BIT, SPRS, find
from .spellings import BRANCH_TARGETS, SHOWN

_SPR_NAMES = {number: name.lower() for name, number in SPRS.items()}
_BIT_NAMES = {bit: name for name, bit in reversed(CONDITION_BITS.items())}


def _condition_bit(bit: int) -> str:
    field, name = bit // 4, _BIT_NAMES[bit % 4]
    return f"4*cr{field}+{name}" if field else name


def _operand(kind: str, value: int, target: int, names: Mapping[int, str]) -> str:
    """Text of an operand; `target` is the address that a distance leads to."""
    if kind in BRANCH_TARGETS:
        return names.get(target, f"{target:#x}")
    if kind in ("RT", "RS", "RA", "RB") or (kind == "RA0" and value):
        return f"r{value}"
    if kind in ("BF", "BFA"):
        return f"cr{value}"
    if kind in ("BI", "BT", "BA", "BB"):
        return _condition_bit(value)
    if kind == "SPR":
        return _SPR_NAMES.get(value, str(value))
    return str(value)


def _names(symbols: Mapping[str, int] | None) -> dict[int, str]:
    """First name of each address that can stand in the text of a program."""
    names: dict[int, str] = {}
    for name, address in (symbols or {}).items():
        if LABEL.fullmatch(name):
            names.setdefault(address, name)
    return names


def _text(word: int, address: int, names: Mapping[int, str]) -> str:
    instruction = find(word)
    if instruction is not None and not word & instruction.unused:
        for spelling in SHOWN[instruction.mnemonic]:
            values = spelling.solve(word)
            if values is None:
                continue
            options = word & instruction.options
            start = 0 if instruction.absolute and options & AA_BIT else address
            pieces = []
            for kinds in written(spelling.operands):
                texts = [_operand(kind, values[kind], start + values[kind] & 0xFFFF_FFFF, names) for kind in kinds]
                pieces.append("{}({})".format(*texts) if len(texts) == 2 else texts[0])
            return f"{spelling.mnemonic(options)} {','.join(pieces)}".rstrip()
    return f".long {word:#010x}"


def disassemble(word: int, address: int = 0, symbols: Mapping[str, int] | None = None) -> str:
    """Text of one instruction word.

    Parameters
    ----------
    word : int
        32 bits.
    address : int
        Where the word stands, in bytes; targets of branches are printed as addresses.
    symbols : mapping of str to int, optional
        Names of addresses, used for targets of branches.

    Returns
    -------
    str
        Extended mnemonics where they are usual. ``.long`` for words that are no instruction and for those with
        other bits set than the instruction uses: the processor ignores the bits, but text cannot express them.

    Raises
    ------
    ValueError
        The word has more than 32 bits.

    Examples
    --------
    >>> disassemble(0x7c0802a6)
    'mflr r0'
    """
    word = int(word)
    if not 0 <= word < 1 << 32:
        raise ValueError(f"word is {word:#x}; expected 32 bits")
    return _text(word, address, _names(symbols))


def listing(words: Iterable[int], origin: int = 0, symbols: Mapping[str, int] | None = None) -> Iterator[str]:
    """Lines of a program with address, word and text, and a heading ``address <name>:`` at every symbol.

    Parameters
    ----------
    words : iterable of int
        32 bits each, for example what `assemble` returns.
    origin : int
        Address of the first word in bytes.
    symbols : mapping of str to int, optional
        Names of addresses.

    Yields
    ------
    str
        One line without a line break.

    Raises
    ------
    ValueError
        A word has more than 32 bits.
    """
    names = _names(symbols)
    headings: dict[int, list[str]] = {}
    for name, place in (symbols or {}).items():
        headings.setdefault(place, []).append(name)
    for index, word in enumerate(words):
        address, word = origin + 4 * index, int(word)
        if not 0 <= word < 1 << 32:
            raise ValueError(f"word at {address:#x} is {word:#x}; expected 32 bits")
        yield from (f"{address:08x} <{name}>:" for name in headings.get(address, ()))
        yield f"{address:8x}:  {word:08x}  {_text(word, address, names)}"
