"""chipsim: the board and the chip as a program. Instruction words in, response words out."""

from __future__ import annotations

from chipsim.board import Board
from chipsim.chip import Chip
from chipsim.connection import ManagedSimConnection, SimConnection
from chipsim.die import Die
from chipsim.events import EventLog
from chipsim.oracle import Oracle
from chipsim.probe import DriverProbe, Probe
from chipsim.progress import Progress
from chipsim.spike_path import SpikePath
from chipsim.trace import OmnibusTrace
