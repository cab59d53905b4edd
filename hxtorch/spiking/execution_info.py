"""What is known of a run on the chip besides its results."""

from __future__ import annotations

from typing import NamedTuple

from grenade.signal_flow import ExecutionHealthInfo, ExecutionTimeInfo


class ExecutionInfo(NamedTuple):
    """How long a run took, and how well links and crossbar did."""

    time: ExecutionTimeInfo | None
    health: ExecutionHealthInfo | None
