"""Trim of the synapse drivers for short-term plasticity as a perfect calibration would find it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chipsim import synapse_driver as sd
from chipsim.die import Array, Die
from chipsim.hagen_settings import NS_PER_V, OFFSET
from chipsim.parameters import cell_voltage

_MAX = 15


@dataclass(frozen=True)
class STPSettings:
    """Trim of all synapse drivers."""

    offset: Array
    """int, (2, 128), 0..15, by hemisphere and driver."""
    reached: Array
    """bool, (2, 128): whether the driver agrees with the others of its CapMem block."""

    @classmethod
    def of(cls, die: Die, v_stp: int = 180, i_ramp: int = 600) -> STPSettings:
        """Trim for the deviations of a die.

        Parameters
        ----------
        die : Die
            The chip.
        v_stp : int
            Code of the voltage at which pulses are alike.
        i_ramp : int
            Code of the ramp and of the calibration current, 1..1022.
        """
        ns_per_v = sd.RAMP_LSB / (i_ramp * die.stp_block[sd.BLOCK_OF_DRIVER] * die.stp_ramp)
        step = sd.TRIM_TIME * sd.TRIM_SHARE * i_ramp * ns_per_v / sd.RAMP_LSB
        untrimmed = ns_per_v * (sd.RAMP_START - cell_voltage(v_stp)) + NS_PER_V * die.stp_offset
        target = np.empty_like(untrimmed)
        for block in range(4):
            members = sd.BLOCK_OF_DRIVER == block
            target[members] = np.median((untrimmed - OFFSET * step)[members])
        exact = np.rint((untrimmed - target) / step)
        offset = np.clip(exact, 0, _MAX)
        return cls(offset.astype(np.int64), offset == exact)
