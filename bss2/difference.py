"""Difference of two instruction streams."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice

import numpy as np

from stadls import PlaybackProgram
from stadls.disassembly import lines

_MATCHED = 4000
"""Most instructions between the common ends that are matched with each other; longer parts are compared as a whole."""

_SHOWN = 1000
"""Most instructions of one side that are shown in a row."""


def instruction_difference(first: PlaybackProgram, second: PlaybackProgram) -> list[str]:
    """Lines of a difference, "-" for instructions of the first, "+" for those of the second; empty if equal."""
    a, b = first.to_fpga, second.to_fpga
    begin = _common(a, b)
    end = _common(a[begin:][::-1], b[begin:][::-1])
    a_stop, b_stop = len(a) - end, len(b) - end
    if begin == a_stop and begin == b_stop:
        return []
    a_text, b_text = _texts(first, begin, a_stop), _texts(second, begin, b_stop)
    if a_stop - begin + b_stop - begin <= _MATCHED:
        matcher = SequenceMatcher(None, a[begin:a_stop].tolist(), b[begin:b_stop].tolist(), autojunk=False)
        blocks = [block[1:] for block in matcher.get_opcodes() if block[0] != "equal"]
    else:
        blocks = [(0, a_stop - begin, 0, b_stop - begin)]
    result = []
    for a_from, a_to, b_from, b_to in blocks:
        result.append(f"@@ {begin + a_from}..{begin + a_to} -> {begin + b_from}..{begin + b_to} @@")
        result += _side("-", a_text, a_from, a_to) + _side("+", b_text, b_from, b_to)
    return result


def _common(a: np.ndarray, b: np.ndarray) -> int:
    """Length of the common beginning."""
    length = min(len(a), len(b))
    unequal = np.flatnonzero(a[:length] != b[:length])
    return int(unequal[0]) if len(unequal) else length


def _texts(program: PlaybackProgram, begin: int, stop: int) -> list[str]:
    return list(islice(lines(program), begin, min(stop, begin + max(_MATCHED, _SHOWN))))


def _side(sign: str, texts: list[str], begin: int, stop: int) -> list[str]:
    shown = [sign + text for text in texts[begin : min(stop, begin + _SHOWN)]]
    hidden = stop - begin - len(shown)
    return [*shown, f"{sign} ... and {hidden} more"] if hidden else shown
