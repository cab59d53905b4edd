"""Transfer function of the column ADC. Units: V.

A channel gives floor((V + o - V_start) k / LSB) + its digital offset, clipped to 0..255, with the offset o and the gain
k of the channel. V_start and LSB are those of the quadrant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chipsim.circuits import CELL_LSB, CELL_OFFSET
from chipsim.die import QUADRANT_OF_CHANNEL, Array, Die

CADC_LSB = 4.5e-3
CADC_SLOPE = 350.0
"""A step is CADC_LSB at this current of the ramp."""


def cadc_start(ramp_offset: Any, die: Die) -> Array:
    """Voltage at which the ramps start, (4,), from the codes of `cadc_v_ramp_offset`."""
    return CELL_OFFSET + CELL_LSB * np.asarray(ramp_offset) + die.cadc_start


def cadc_lsb(ramp_slope: Any, die: Die) -> Array:
    """Voltage of a step, (4,), from the codes of `cadc_i_ramp_slope`; 0 for a ramp that stands still."""
    return CADC_LSB * np.asarray(ramp_slope) / CADC_SLOPE * die.cadc_slope


def cadc_counts(volts: Any, ramp_offset: Any, ramp_slope: Any, die: Die) -> Array:
    """Counts of all channels before rounding, without digital offset, (2, 2, 256).

    Parameters
    ----------
    volts : array_like
        Inputs, V; what broadcasts to (2, 2, 256): hemisphere, causal/acausal, column.
    ramp_offset, ramp_slope : array_like of int, (4,)
        Codes of the cells.
    die : Die
        The chip.
    """
    start = cadc_start(ramp_offset, die)[QUADRANT_OF_CHANNEL]
    lsb = cadc_lsb(ramp_slope, die)[QUADRANT_OF_CHANNEL]
    return (volts + die.cadc_offset - start) * die.cadc_gain / lsb


def cadc_read(volts: Any, ramp_offset: Any, ramp_slope: Any, channel_offset: Any, die: Die) -> Array:
    """Samples of all channels without noise, int64 (2, 2, 256); `channel_offset` are their digital offsets."""
    counts = np.floor(cadc_counts(volts, ramp_offset, ramp_slope, die)).astype(np.int64)
    return np.clip(counts + channel_offset, 0, 255)
