"""Where the time of a program goes, by function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chipsim.ppu.report import Names


@dataclass(frozen=True)
class FunctionTime:
    """Time in a function.

    Attributes
    ----------
    name : str
        The function; empty for code without a name.
    instructions : int
        Instructions that were executed.
    cycles : int
        Clock cycles of 4 ns in the function itself.
    stalls : int
        Of them those in which vector instructions were waited for.
    """

    name: str
    instructions: int
    cycles: int
    stalls: int


def by_function(profile: np.ndarray, symbols: Mapping[str, int] | None) -> list[FunctionTime]:
    """Sum a profile of addresses (`Processor.profiled`) over functions, those with the most cycles first.

    Parameters
    ----------
    profile : structured ndarray
        Fields `pc`, `count`, `cycles`, `stalls`.
    symbols : mapping of str to int, or None
        Addresses of the functions.
    """
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    names = Names(symbols)
    for pc, count, cycles, stalls in profile.tolist():
        entry = sums[names.function(pc)]
        entry[0] += count
        entry[1] += cycles
        entry[2] += stalls
    times = [FunctionTime(name, *entry) for name, entry in sums.items()]
    return sorted(times, key=lambda t: (-t.cycles, t.name))


def table(times: list[FunctionTime]) -> str:
    """Text with a line per function."""
    total = sum(t.cycles for t in times) or 1
    rows = [f"{'instructions':>14}{'cycles':>14}{'share':>8}{'stalls':>14}  function"]
    for t in times:
        rows.append(f"{t.instructions:>14}{t.cycles:>14}{100 * t.cycles / total:>7.1f}%{t.stalls:>14}  {t.name or '?'}")
    return "\n".join(rows)
