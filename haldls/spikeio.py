"""Serial spike interface of the FPGA."""

from __future__ import annotations

import halco
from halco.core import RangedInt
from haldls.container import FPGA, Container
from haldls.field import field, flag


class SpikeIOConfig(
    Container,
    coordinate=halco.SpikeIOConfigOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88038000 + 0 * e,
):
    """Serial spike interface of the FPGA."""

    class DataRateScaler(RangedInt, min=1, max=65535):
        """1..65535."""

    data_rate_scaler = field(DataRateScaler, 0, 0, 16, doc="divider of the serial output data rate")
    enable_tx = flag(0, 16, doc="serial output on")
    enable_rx = flag(0, 17, doc="serial input on")
    enable_internal_loopback = flag(0, 18, doc="connect serial output to input inside the FPGA")


class SpikeIOInputRoute(
    Container,
    coordinate=halco.SpikeIOInputRouteOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88030000 + e,
    init=('target',),
):
    """Spike label that a serial address is turned into; `SILENT` discards it."""

    target = field(
        halco.SpikeLabel, 0, 0, 16, default=halco.SpikeLabel(0xFFFF),
        doc="spike label sent to the chip; 0xffff discards",
    )

    SILENT = halco.SpikeLabel(0xFFFF)


class SpikeIOOutputRoute(
    Container,
    coordinate=halco.SpikeIOOutputRouteOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88020000 + e,
    init=('target',),
):
    """Serial address that a spike label is sent to; `SILENT` discards it."""

    target = field(halco.SpikeIOAddress, 0, 0, 8, default=255, doc="serial address sent out; 0xff discards")

    SILENT = halco.SpikeIOAddress(0xFF)
