"""Background event generators."""

from __future__ import annotations

import halco
from halco.core import RangedInt
from haldls.backend import NO_TARGET
from haldls.container import Container
from haldls.field import field, flag


class BackgroundSpikeSource(
    Container,
    coordinate=halco.BackgroundSpikeSourceOnDLS,
    words=3,
    unreadable_on=NO_TARGET,
    address=lambda e: 0x130001 + 3 * e,
    offsets=(1, 2, 0),
):
    """Event generator on the chip. The control word is written last, so that the seed is loaded on enabling."""

    class Seed(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class Mask(RangedInt, max=255):
        """0..255."""

    class Rate(RangedInt, max=255):
        """0..255."""

    class Period(RangedInt, max=65535):
        """0..65535."""

    seed = field(Seed, 0, 0, 32, doc="start value of the generator state, taken on enable")
    mask = field(Mask, 1, 0, 8, doc="label bits 7:0 replaced by random bits per event (random mode only)")
    rate = field(Rate, 1, 8, 8, doc="spike probability per bin (random mode only)")
    neuron_label = field(halco.NeuronLabel, 1, 16, 14, doc="label of the emitted events")
    enable = flag(2, 0, doc="generator on")
    enable_random = flag(2, 1, doc="true: binned Poisson; false: regular")
    period = field(
        Period, 2, 16, 16,
        doc="inter-spike interval (regular) or bin width (random) in SPL1 clock cycles (4 ns)",
    )
