"""Connection to the simulated board."""

from __future__ import annotations

from typing import Any

from chipsim.board import Board
from haldls.backend import NO_TARGET
from stadls.connection import BaseConnection, ManagedConnection
from stadls.hwdb import SimulationEntry
from stadls.words import Words


class SimConnection(BaseConnection):
    """Executes programs on a simulated board.

    Parameters
    ----------
    board : Board, optional
        Board to use, default a new one.
    """

    supported_targets = NO_TARGET
    _identifier = "simulation"

    def __init__(self, board: Board | None = None) -> None:
        super().__init__()
        self.board = board if board is not None else Board()

    def get_hwdb_entry(self) -> list[Any]:
        self._require()
        return [SimulationEntry()]

    def _execute(self, words: Words) -> Words:
        return self.board.execute(words)


class ManagedSimConnection(ManagedConnection):
    """Context manager of a connection to a new simulated board."""

    def __init__(self, board: Board | None = None) -> None:
        super().__init__(lambda: SimConnection(board))
