"""What the host is told of a processor that went astray."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from chipsim.ppu.state import State

CAUSES = (
    "", "illegal instruction", "misaligned access", "trap", "no memory at the address of the instruction",
    "nothing answers at the address", "still running when the host gave up waiting",
)
"""By the numbers of the processor model, see `chipsim/ppu/core.h`."""

FATAL = CAUSES[4:6]
"""After these a processor does not go on."""


class PPUWarning(UserWarning):
    """A processor of a chip did something that is hardly meant; the text is that of a `Report`."""


@dataclass(frozen=True)
class Report:
    """Something that a processor did which is hardly meant.

    Attributes
    ----------
    cause : str
        What happened, one of `CAUSES`.
    pc : int
        Address of the instruction.
    address : int
        Address of the access, else that of the instruction.
    word : int
        The instruction, or the number of the register, where that is at fault.
    time_us : float
        Chip time of the first occurrence, us.
    count : int
        Occurrences.
    ppu : int or None
        0 for the top, 1 for the bottom processor; None for one on its own.
    symbol : str
        Function, and place in it, if the names of addresses are known.
    """

    cause: str
    pc: int
    address: int
    word: int
    time_us: float
    count: int
    ppu: int | None = None
    symbol: str = ""

    def __str__(self) -> str:
        where = "" if self.ppu is None else f"{('top', 'bottom')[self.ppu]} PPU: "
        more = f" 0x{self.address:08x}" if self.address != self.pc else f" 0x{self.word:08x}" if self.word else ""
        times = f", {self.count} times" if self.count > 1 else ""
        symbol = f" ({self.symbol})" if self.symbol else ""
        return f"{where}{self.cause}{more} at pc 0x{self.pc:08x}{symbol}, {self.time_us:.3f} us{times}"


class Fault(RuntimeError):
    """A processor on its own cannot go on.

    Attributes
    ----------
    report : Report
        Cause and place.
    state : State
        The processor at that moment.
    """

    def __init__(self, report: Report, state: State) -> None:
        super().__init__(str(report))
        self.report, self.state = report, state

    def __reduce__(self) -> tuple[type, tuple[Report, State]]:
        return Fault, (self.report, self.state)


class Names:
    """Names of addresses, from a mapping of names to addresses; None has none."""

    def __init__(self, symbols: Mapping[str, int] | None) -> None:
        self._sorted = sorted((value, name) for name, value in (symbols or {}).items())

    def _before(self, address: int) -> tuple[int, str]:
        at = bisect_right(self._sorted, address, key=lambda item: item[0])
        return self._sorted[at - 1] if at else (address, "")

    def function(self, address: int) -> str:
        """The symbol at or before an address, empty if there is none."""
        return self._before(address)[1]

    def place(self, address: int) -> str:
        """The same, with the distance from it."""
        value, name = self._before(address)
        return name if value == address else f"{name}+0x{address - value:x}"
