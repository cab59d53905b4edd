"""JTAG access, chip reset."""

from __future__ import annotations

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.container import Container
from haldls.errors import DecodeError
from haldls.field import field, flag


class JTAGClockScaler(
    Container,
    coordinate=halco.JTAGClockScalerOnDLS,
    words=1,
    read=0,
    backends=(Backend.JTAGClockScaler,),
    word_bits=8,
    address=lambda e: e,
    init=('value',),
):
    """Divider of the JTAG clock: base clock / (value + 2)."""

    class Value(RangedInt, max=255, default=6):
        """0..255."""

    value = field(Value, 0, 0, 8, doc="JTAG clock = base clock / (value + 2)")

    def set(self, value: JTAGClockScaler.Value) -> None:
        self.value = value


class ResetJTAGTap(
    Container,
    coordinate=halco.ResetJTAGTapOnDLS,
    words=1,
    read=0,
    backends=(Backend.ResetJTAGTap,),
    word_bits=0,
    address=lambda e: e,
):
    """A write resets the JTAG state machine of the chip."""


class JTAGIdCode(
    Container,
    coordinate=halco.JTAGIdCodeOnDLS,
    words=1,
    write=0,
    backends=(Backend.JTAGIdCode,),
    address=lambda e: e,
):
    """Identification of the chip. A v3 chip answers 0x348580af."""

    class ManufacturerId(RangedInt, max=2047):
        """0..2047."""

    class PartNumber(RangedInt, max=65535):
        """0..65535."""

    class Version(RangedInt, max=15):
        """0..15."""

    manufacturer_id = field(ManufacturerId, 0, 1, 11, doc="JEDEC id, chip: 0x057")
    part_number = field(PartNumber, 0, 12, 16, doc="chip: 0x4858 (ASCII HX)")
    version = field(Version, 0, 28, 4, doc="chip v3: 3")

    @classmethod
    def _decode(cls, number: int, words: np.ndarray) -> JTAGIdCode:
        if not words[0] & 1:
            raise DecodeError(f"JTAGIdCode: bit 0 of an id code is 1, read back {words[0]:#010x}")
        return super()._decode(number, words)


class ResetChip(
    Container,
    coordinate=halco.ResetChipOnDLS,
    words=1,
    read=0,
    backends=(Backend.ResetChip,),
    word_bits=1,
    address=lambda e: e,
    init=('value',),
):
    """Reset pin of the chip. Reset puts every chip register, but none of the FPGA, to its power-up state."""

    value = flag(0, 0, doc="true: chip held in reset")

    def set(self, value: bool) -> None:
        self.value = value
