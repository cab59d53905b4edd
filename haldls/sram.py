"""Timing of the SRAM controllers: four memories share the layout."""

from __future__ import annotations

from halco.core import RangedInt
from haldls.container import Container
from haldls.field import field


class SRAMTimingConfig(Container):
    """Base of the SRAM timing containers; by default the slowest timing."""

    class ReadDelay(RangedInt, max=255, default=255):
        """Cycles until read data is valid."""

    class AddressSetupTime(RangedInt, max=15, default=15):
        """Cycles from address to access."""

    class WriteWidth(RangedInt, max=15, default=15):
        """Length of the write pulse in cycles."""

    read_delay = field(ReadDelay, 0, 0, 8, doc="cycles until read data is valid")
    address_setup_time = field(AddressSetupTime, 1, 0, 4, doc="cycles from address to access")
    write_width = field(WriteWidth, 1, 4, 4, doc="length of the write pulse in cycles")
