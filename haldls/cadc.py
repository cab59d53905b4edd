"""Column ADC: one pair of 8-bit channels per synapse column."""

from __future__ import annotations

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import HARDWARE, Backend
from haldls.codec import offset_by
from haldls.container import Container
from haldls.field import array, field, flag
from haldls.sram import SRAMTimingConfig

CADC_CONFIG = (0x02401000, 0x03401000)
# Top left, top right, bottom left, bottom right: the left half lies above the right one in the address space.
CADC_OFFSETS = (0x02400800, 0x02400000, 0x03400800, 0x03400000)
# Top causal, top acausal, bottom causal, bottom acausal.
CADC_SAMPLES = (0x02C80000, 0x02CC0000, 0x03C80000, 0x03CC0000)


class CADCConfig(Container, coordinate=halco.CADCConfigOnDLS, words=1, address=lambda e: np.take(CADC_CONFIG, e)):
    """Column ADC of one hemisphere: on/off and ramp timing, in PPU clock cycles."""

    class ResetWait(RangedInt, max=255, default=100):
        """0..255."""

    class DeadTime(RangedInt, max=255, default=20):
        """0..255."""

    enable = flag(0, 0, doc="enable the CADC of the hemisphere")
    reset_wait = field(ResetWait, 0, 4, 8, doc="PPU clock cycles the ramp is held at v_offset before rising")
    dead_time = field(
        DeadTime, 0, 12, 8,
        doc="PPU clock cycles waited after the ramp has reached its end before the result is returned",
    )


class CADCChannelConfig(
    Container,
    coordinate=halco.CADCChannelConfigOnDLS,
    words=1,
    unreadable_on=HARDWARE,
    address=lambda e: (
        np.take(CADC_OFFSETS, 2 * (e // 512) + (e % 256) // 128)  # quadrant
        + 2 * (e % 128)
        + (e // 256) % 2  # causal or acausal
    ),
):
    """Offset that is added to the samples of one CADC channel. Columns are in physical order."""

    class Offset(RangedInt, min=-128, max=127):
        """-128..127."""

    offset = field(
        Offset, 0, 0, 8, codec=offset_by(128, "offset binary"),
        doc="signed digital offset added to every sample of the channel",
    )


class CADCSampleQuad(
    Container,
    coordinate=halco.CADCSampleQuadOnDLS,
    words=1,
    write=0,
    backends=(Backend.Omnibus,),
    address=lambda e: (
        np.take(CADC_SAMPLES, 2 * (e // 65536) + (e // 16384) % 2)
        + 0x200000 * ((e // 32768) % 2)  # buffered
        + e % 16384
    ),
):
    """Four samples of the CADC. A `trigger_read` coordinate starts a conversion of the whole hemisphere, `buffered`
    ones give the results of the last conversion.
    """

    class Value(RangedInt, max=255):
        """0..255."""

    sample = array(
        Value, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=8,
        doc="offset-corrected 8-bit results of four channels; reachable via get_sample/set_sample only",
    )

    def get_sample(self, coord: halco.EntryOnQuad) -> CADCSampleQuad.Value:
        return self.sample[coord]

    def set_sample(self, coord: halco.EntryOnQuad, value: CADCSampleQuad.Value) -> None:
        self.sample[coord] = value


class CADCOffsetSRAMTimingConfig(
    SRAMTimingConfig,
    coordinate=halco.CADCOffsetSRAMTimingConfigOnDLS,
    words=2,
    address=lambda e: np.take(CADC_OFFSETS, e) + 0x102,
):
    """SRAM timing of the CADC offsets of a quadrant."""
