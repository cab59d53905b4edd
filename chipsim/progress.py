"""How far the execution of a program is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stadls import words as ut
from stadls.words import Words

_SETUP, _WAIT = ut.TO_FPGA_CODES["timing::Setup"], ut.TO_FPGA_CODES["timing::WaitUntil"]


class Progress(NamedTuple):
    """What a progress callback gets.

    Attributes
    ----------
    instructions : int
        Instructions done.
    total : int
        Instructions of the program.
    time_us : float
        FPGA time since the begin of the program, us.
    asked_us : float
        FPGA time that instructions and waits ask for, us; barriers and polls may take longer.
    """

    instructions: int
    total: int
    time_us: float
    asked_us: float

    @property
    def fraction(self) -> float:
        """Part of the FPGA time that has passed, 0 ... 1."""
        return min(self.time_us / self.asked_us, 1.0) if self.asked_us > 0 else 1.0


def asked_cycles(words: Words) -> int:
    """FPGA cycles that instructions and waits ask for: one per instruction, and a wait lasts to its timer value."""
    codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.uint8)
    index = np.arange(len(words))
    waits = codes == _WAIT
    # Relative to the timer, a wait ends at its value or when it is reached; ends only grow, but for resets.
    segment = np.cumsum(codes == _SETUP)
    resets = np.concatenate([[0], np.flatnonzero(codes == _SETUP) + 1])
    own = index - resets[segment]
    late = np.zeros(len(words), dtype=np.int64)
    late[waits] = np.maximum((words[waits] & np.uint64(0xFFFFFFFF)).astype(np.int64) - own[waits], 0)
    longest = np.zeros(segment[-1] + 1 if len(words) else 1, dtype=np.int64)
    np.maximum.at(longest, segment, late)
    return len(words) + int(longest.sum())
