"""What comes back when events to the chip are also sent back to the host."""

from __future__ import annotations

import logging

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.signal_flow import TimedBatch

_log = logging.getLogger(__name__)


def intervals(events: TimedBatch) -> np.ndarray:
    """Times between neighbouring events of an entry, of all entries, FPGA cycles."""
    inner = np.ones(max(len(events) - 1, 0), dtype=bool)
    borders = events.offsets[1:-1]
    inner[borders[(borders > 0) & (borders < len(events))] - 1] = False
    return np.diff(events.times)[inner]


def log_statistics(instance: ExecutionInstanceID, events: TimedBatch) -> None:
    """Log how many events came back, and their distances.

    An entry ends with its last event, which therefore does not come back in time.
    """
    between = intervals(events)
    if not len(between):
        _log.info(
            "execution instance %d: at most one event of each entry came back, %d in all", int(instance), len(events))
        return
    _log.info(
        "execution instance %d: %d events came back, %.3g +- %.3g FPGA cycles apart (%d to %d)",
        int(instance), len(events), between.mean(), between.std(), between.min(), between.max(),
    )
