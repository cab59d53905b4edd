"""Routing of events between chips."""

from __future__ import annotations

import halco
from halco.core import RangedInt
from haldls.container import FPGA, Container
from haldls.field import field, flag


class OutputRoutingTableEntry(
    Container,
    coordinate=halco.OutputRoutingTableEntryOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x880D0000 + e,
):
    """Inter-chip label of a spike label that leaves the chip (multi-chip systems)."""

    class Label(RangedInt, max=32767):
        """0..32767."""

    label = field(Label, 0, 0, 15, doc="inter-chip label put on the event")
    enable = flag(0, 15, doc="forward events with this spike label to the inter-chip network")


class InputRoutingTableEntry(
    Container,
    coordinate=halco.InputRoutingTableEntryOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x880C0000 + e,
):
    """Spike label of an inter-chip label that arrives (multi-chip systems)."""

    Label = halco.SpikeLabel

    label = field(halco.SpikeLabel, 0, 0, 16, doc="spike label injected into the chip")
    enable = flag(0, 16, doc="accept events with this inter-chip label")
