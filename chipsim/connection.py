"""Connection to a simulated board."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chipsim.chip import Chip
from chipsim.progress import Progress
from haldls.backend import NO_TARGET
from stadls.connection import BaseConnection, ManagedConnection
from stadls.hwdb import SimulationEntry
from stadls.words import Words

# Real cells need as long as on the silicon; with ideal ones only the circuits that they set have to follow.
_SETTLING_US = {"real": 100_000, "ideal": 1_000}


class SimConnection(BaseConnection):
    """Executes programs on a simulated chip.

    Parameters
    ----------
    chip : Chip, optional
        Chip to use. Default: a new one as the environment says, see `Chip`.
    progress : callable, optional
        Called with a `Progress` about every 0.1 s while a program runs; may be changed at any time.
    """

    # Nothing that real hardware or a simulator of the circuits refuses is refused here.
    supported_targets = NO_TARGET

    def __init__(self, chip: Chip | None = None, progress: Callable[[Progress], object] | None = None) -> None:
        super().__init__()
        self.progress = progress
        self.chip = chip if chip is not None else Chip()
        self._identifier = self.chip.identifier
        self._spare: list[Chip] = []

    @property
    def capmem_settling_us(self) -> float:
        """Time after which the chip is at rest after a change of CapMem cells, us."""
        return _SETTLING_US[self.chip.capmem]

    def get_hwdb_entry(self) -> list[Any]:
        self._require()
        return [SimulationEntry()]

    def clone(self, noise_stream: int = 0) -> SimConnection:
        """Connection to a clone of the chip in its present state, see `Chip.clone`."""
        self._require()
        spare = self._spare.pop() if self._spare else None
        return SimConnection(self.chip.clone(noise_stream, spare), self.progress)

    def take_back(self, clones: Iterable[SimConnection]) -> None:
        """Clones of this connection that nobody uses any more: further ones are made faster of them."""
        for clone in clones:
            self._spare.append(clone.chip)
            clone.disconnect()

    def _execute(self, words: Words) -> Words:
        return self.chip.execute(words, self.progress)


class ManagedSimConnection(ManagedConnection):
    """Context manager of a connection to a simulated chip, see `SimConnection`."""

    def __init__(self, chip: Chip | None = None, progress: Callable[[Progress], object] | None = None) -> None:
        super().__init__(lambda: SimConnection(chip, progress))
