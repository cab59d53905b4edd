"""Crossbar: event routing on the chip."""

from __future__ import annotations

from typing import ClassVar

import halco
from halco.core import RangedInt
from haldls.backend import HARDWARE
from haldls.container import Container
from haldls.field import array, bits, field, flag


class CrossbarOutputConfig(
    Container,
    coordinate=halco.CrossbarOutputConfigOnDLS,
    words=1,
    unreadable_on=HARDWARE,
    address=lambda e: 0x130000 + 0 * e,
):
    """Speed of the layer-2 outputs and event counters of all crossbar outputs."""

    enable_slow = array(
        bool, halco.CrossbarL2OutputOnDLS, bits(0, 0, 4),
        doc="slow mode of the output towards the host; no text upstream (unsure: rate limiting of that L2 output)",
    )
    enable_event_counter = array(
        bool, halco.CrossbarOutputOnDLS, bits(0, 4, 12),
        doc="count events leaving this output in CrossbarOutputEventCounter",
    )


class CrossbarNode(
    Container,
    coordinate=halco.CrossbarNodeOnDLS,
    words=1,
    unreadable_on=HARDWARE,
    address=lambda e: 0x130019 + e,
):
    """Filter of one crossbar node: an event passes if (label & mask) == target."""

    mask = field(halco.NeuronLabel, 0, 0, 14, doc="bits of the 14-bit label that are compared")
    target = field(halco.NeuronLabel, 0, 16, 14, doc="value the masked label must have")
    enable_drop_counter = flag(0, 31, doc="events lost at this node increment CrossbarInputDropCounter of its input")

    drop_all: ClassVar[CrossbarNode]


class CrossbarInputDropCounter(
    Container,
    coordinate=halco.CrossbarInputOnDLS,
    words=1,
    write=0,
    address=lambda e: 0x130065 + e,
    init=('value',),
):
    """Events of a crossbar input that were lost to congestion."""

    class Value(RangedInt, max=65535):
        """0..65535."""

    value = field(
        Value, 0, 0, 16,
        doc="events of this input dropped, summed over outputs whose node has enable_drop_counter",
    )


class CrossbarOutputEventCounter(
    Container,
    coordinate=halco.CrossbarOutputOnDLS,
    words=1,
    write=0,
    address=lambda e: 0x130079 + e,
    init=('value',),
):
    """Events that left a crossbar output."""

    class Value(RangedInt, max=0xffffff):
        """0..16777215."""

    value = field(Value, 0, 0, 24, doc="number of events routed to this output while its counter is enabled")


CrossbarNode.drop_all = CrossbarNode()
CrossbarNode.drop_all.target = 1
