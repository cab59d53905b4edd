"""FPGAs, and chips together with their FPGA."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import SpikeIOConfig, SpikeIOInputRoute, SpikeIOOutputRoute
from haldls.backend import Backend
from haldls.composite import Composite, Part, child, children
from lola.chip import Chip
from lola.routing_table import InputRoutingTable, OutputRoutingTable


class MultichipJboaLeafFPGA(
    Composite,
    coordinate=halco.FPGAOnChipAndMultichipJboaLeafFPGA,
    parts=[
        Part("output_routing_table", OutputRoutingTable, lambda e: e),
        Part("input_routing_table", InputRoutingTable, lambda e: e),
    ],
):
    """FPGA of a chip in a multi-chip system."""

    output_routing_table = child("output_routing_table")
    input_routing_table = child("input_routing_table")


class SinglechipFPGA(
    Composite,
    coordinate=halco.FPGAOnChipAndSinglechipFPGA,
    parts=[
        Part("spikeio_config", SpikeIOConfig, lambda e: e),
        Part("spikeio_input_routes", SpikeIOInputRoute, lambda e: e[:, None] + np.arange(256), count=256),
        Part("spikeio_output_routes", SpikeIOOutputRoute, lambda e: e[:, None] + np.arange(65536), count=65536),
    ],
):
    """FPGA of a single chip."""

    spikeio_config = child("spikeio_config")
    spikeio_input_routes = children("spikeio_input_routes", halco.SpikeIOInputRouteOnFPGA)
    spikeio_output_routes = children("spikeio_output_routes", halco.SpikeIOOutputRouteOnFPGA)


class _System(Composite):
    """A chip with its FPGA."""

    def __init__(self, *args: Any) -> None:
        if len(args) == 1 and type(args[0]) is type(self):
            super().__init__(*args)
            return
        super().__init__()
        if len(args) > 2:
            raise TypeError(f"{type(self).__name__}() takes a chip and an FPGA, got {len(args)} values")
        for name, value in zip(("chip", "fpga"), args, strict=False):
            setattr(self, name, value)


class ChipAndMultichipJboaLeafFPGA(
    _System,
    coordinate=halco.ChipAndMultichipJboaLeafFPGAOnSystem,
    parts=[Part("fpga", MultichipJboaLeafFPGA, lambda e: e), Part("chip", Chip, lambda e: e)],
    backends=(Backend.Omnibus,),
):
    """A chip in a multi-chip system, with its FPGA."""

    chip = child("chip")
    fpga = child("fpga")


class ChipAndSinglechipFPGA(
    _System,
    coordinate=halco.ChipAndSinglechipFPGAOnSystem,
    parts=[Part("fpga", SinglechipFPGA, lambda e: e), Part("chip", Chip, lambda e: e)],
    backends=(Backend.Omnibus,),
):
    """A single chip with its FPGA."""

    chip = child("chip")
    fpga = child("fpga")
