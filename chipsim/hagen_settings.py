"""Settings of the synapse drivers for MAC (hagen) mode as a perfect calibration would find them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import lola
from chipsim import synapse_driver as sd
from chipsim.die import Array, Die

RAMP = 600
"""Ramp current of a die without deviations, LSB, at which the middle of the DAC's offsets is about right."""
OFFSET = 7
"""Trim of all drivers, 0..15; the offset of the DAC is what the calibration finds."""
ALIGNED_AT = 10
"""Activation at which all drivers have the same pulse. Their slopes differ, so that others have an error, which is a
small part of the large ones and a small pulse for the small ones."""
NS_PER_V = sd.RAMP_LSB / RAMP
"""Of the offsets of a die, which refer to the usual ramp."""

_STP = {
    "stp_i_bias_comparator": 1022, "stp_v_charge_0": 100, "stp_v_recover_0": 400, "stp_v_charge_1": 330,
    "stp_v_recover_1": 50,
}


@dataclass(frozen=True)
class HagenSettings:
    """Settings of all synapse drivers for activations."""

    i_ramp: Array
    """int, (4,), by CapMem block."""
    dac_offset: Array
    """int, (2, 128), 0..63, by hemisphere and driver."""

    @classmethod
    def of(cls, die: Die) -> HagenSettings:
        """Settings for the deviations of a die.

        Raises
        ------
        ValueError
            A driver cannot be aligned with the others.
        """
        i_ramp = np.rint(RAMP / die.stp_block).astype(np.int64)
        factor = die.stp_block[sd.BLOCK_OF_DRIVER] * die.stp_ramp
        ns_per_v = sd.RAMP_LSB / (i_ramp[sd.BLOCK_OF_DRIVER] * factor)
        trim = sd.TRIM_TIME * sd.TRIM_SHARE * OFFSET / factor
        shift = NS_PER_V * (die.stp_offset + die.hagen_offset) - trim
        # The pulse is ns_per_v * volts + shift.
        volts = (NS_PER_V * sd.HAGEN_STEP * ALIGNED_AT - shift) / ns_per_v
        start = sd.RAMP_START - sd.HAGEN_BASE + sd.HAGEN_STEP * ALIGNED_AT
        dac_offset = np.rint((start - volts) / sd.HAGEN_OFFSET_STEP)
        wrong = (dac_offset < 0) | (dac_offset > 63)
        if wrong.any():
            hemisphere, driver = np.argwhere(wrong)[0].tolist()
            raise ValueError(
                f"hagen_dac_offset: driver {driver} of hemisphere {hemisphere} would need "
                f"{dac_offset[hemisphere, driver]:g}, possible are 0 to 63"
            )
        return cls(i_ramp, dac_offset.astype(np.int64))

    def apply(self, chip: lola.Chip) -> None:
        """Set drivers and their CapMem cells; rows, masks and receivers stay as they are."""
        for hemisphere, block in enumerate(chip.synapse_driver_blocks):
            for name, code in _STP.items():
                getattr(block, name).fill(code)
            ramps = self.i_ramp[2 * hemisphere : 2 * hemisphere + 2]
            block.stp_i_ramp.from_numpy(ramps)
            block.stp_i_calib.from_numpy(ramps)
            block.hagen_i_bias_dac = int(sd.HAGEN_BIAS)
            drivers = block.synapse_drivers.columns
            drivers.enable_stp = drivers.enable_hagen_dac = drivers.enable_hagen_modulation = True
            drivers.enable_address_out = False
            drivers.hagen_dac_offset, drivers.offset = self.dac_offset[hemisphere], OFFSET

