"""chipsim: the board and the chip as a program. Instruction words in, response words out."""

from __future__ import annotations

from chipsim.board import Board
from chipsim.connection import ManagedSimConnection, SimConnection
