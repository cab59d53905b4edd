"""Routing tables between chips."""

from __future__ import annotations

import numpy as np

import halco
from haldls import InputRoutingTableEntry, OutputRoutingTableEntry
from haldls.composite import Composite, Part, children


class OutputRoutingTable(
    Composite,
    coordinate=halco.OutputRoutingTableOnFPGA,
    parts=[Part("entries", OutputRoutingTableEntry, lambda e: e[:, None] + np.arange(65536), count=65536)],
):
    """Inter-chip labels of all spike labels."""

    entries = children("entries", halco.OutputRoutingTableEntryOnFPGA)


class InputRoutingTable(
    Composite,
    coordinate=halco.InputRoutingTableOnFPGA,
    parts=[Part("entries", InputRoutingTableEntry, lambda e: e[:, None] + np.arange(32768), count=32768)],
):
    """Spike labels of all inter-chip labels."""

    entries = children("entries", halco.InputRoutingTableEntryOnFPGA)
