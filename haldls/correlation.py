"""Correlation sensors: common settings and reset."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

import halco
from halco.core import RangedInt
from haldls.container import Container
from haldls.field import array, field
from haldls.synapse import CORRELATION_RESET

CORRELATION_CONFIG = (0x02200000, 0x03200000)


class CommonCorrelationConfig(
    Container,
    coordinate=halco.CommonCorrelationConfigOnDLS,
    words=4,
    address=lambda e: np.take(CORRELATION_CONFIG, e),
):
    """Timing and mode of the correlation reset, and the ramp offset sources of the CADC."""

    class SenseDelay(RangedInt, max=4095, default=1):
        """0..4095."""

    class ResetDuration(RangedInt, max=4095, default=200):
        """0..4095."""

    class ResetFallTime(RangedInt, max=4095, default=5):
        """0..4095."""

    class ResetMode(IntEnum):
        """Selection for `CommonCorrelationConfig`."""

        normal = 0
        auto_calibrating = 1

    sense_delay = field(
        SenseDelay, 0, 0, 12,
        doc="PPU clock cycles between connecting the synapse outputs to the CADC and starting the conversion",
    )
    reset_duration = field(
        ResetDuration, 1, 0, 12,
        doc="length of a correlation (and quad neuron) reset in PPU clock cycles, plus 3",
    )
    reset_fall_time = field(
        ResetFallTime, 2, 0, 12,
        doc="PPU clock cycles waited after the column reset enable is released; in auto-calibrating mode the "
        "maximum discharge time",
    )
    reset_mode = field(ResetMode, 3, 0, 1, doc="normal or auto-calibrating correlation reset")
    cadc_v_offset_assignment = array(
        halco.CapMemBlockOnHemisphere,
        halco.CapMemBlockOnHemisphere,
        [(3, 2), (3, 1)],
        default=[halco.CapMemBlockOnHemisphere.left, halco.CapMemBlockOnHemisphere.right],
        flipped=[False, True],
        doc="which CapMem block of the hemisphere supplies the ramp start of the left and of the right CADC half; a "
        "set bit means the other one",
    )


class CorrelationReset(
    Container,
    coordinate=halco.CorrelationResetOnDLS,
    words=1,
    read=0,
    address=lambda e: np.take(CORRELATION_RESET, e // 16384) + e % 16384,
):
    """A write resets the correlation sensors of four synapses."""


