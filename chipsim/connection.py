"""Connection to a simulated board."""

from __future__ import annotations

from typing import Any

from chipsim.chip import Chip
from haldls.backend import NO_TARGET
from stadls.connection import BaseConnection, ManagedConnection
from stadls.hwdb import SimulationEntry
from stadls.words import Words


class SimConnection(BaseConnection):
    """Executes programs on a simulated chip.

    Parameters
    ----------
    chip : Chip, optional
        Chip to use. Default: a new one as the environment says, see `Chip`.
    """

    # Nothing that real hardware or a simulator of the circuits refuses is refused here.
    supported_targets = NO_TARGET

    def __init__(self, chip: Chip | None = None) -> None:
        super().__init__()
        self.chip = chip if chip is not None else Chip()
        self._identifier = self.chip.identifier

    def get_hwdb_entry(self) -> list[Any]:
        self._require()
        return [SimulationEntry()]

    def _execute(self, words: Words) -> Words:
        return self.chip.execute(words)


class ManagedSimConnection(ManagedConnection):
    """Context manager of a connection to a simulated chip, see `SimConnection`."""

    def __init__(self, chip: Chip | None = None) -> None:
        super().__init__(lambda: SimConnection(chip))
