"""Vector generators: activations for the MAC mode from the FPGA (special builds)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

import halco
from halco.core import RangedInt
from haldls.codec import lookup, offset_by
from haldls.container import FPGA, Container
from haldls.field import array, field, flag, split
from haldls.padi import PADIEvent
from haldls.ppu import PPU_MEMORY

VECTOR_GENERATOR = (0x84000000, 0x84001000)
# Bit 0 enables the trigger, bit 1 the notification.
SIGNAL = lookup({0: 0b00, 1: 0b10, 2: 0b11}, 2)


class VectorGeneratorControl(
    Container,
    coordinate=halco.VectorGeneratorControlOnFPGA,
    words=1,
    read=0,
    backends=FPGA,
    address=lambda e: np.take(VECTOR_GENERATOR, e),
):
    """Settings of the vector generator of a hemisphere (special FPGA builds)."""

    class SourceCount(RangedInt, min=1, max=2):
        """1..2."""

    class Wait(RangedInt, max=15):
        """0..15."""

    class ResendCount(RangedInt, max=15):
        """0..15."""

    class EventPack(RangedInt, min=1, max=3):
        """1..3."""

    class Source(IntEnum):
        """Selection for `VectorGeneratorControl`."""

        omnibus = 0
        external_0 = 1
        external_1 = 2
        external_2 = 3

    class Notification(IntEnum):
        """Selection for `VectorGeneratorControl`."""

        omnibus = 0
        gpio = 1

    class Trigger(IntEnum):
        """Selection for `VectorGeneratorControl`."""

        omnibus = 0
        gpio = 1

    class Signal(IntEnum):
        """Selection for `VectorGeneratorControl`."""

        disabled = 0
        notification = 1
        trigger_and_notification = 2

    trigger = field(Trigger, 0, 0, 1, doc="what starts a vector")
    signal = split(Signal, [(0, 1, 1, 0), (0, 3, 1, 1)], codec=SIGNAL, doc="handshake in use")
    notification = field(Notification, 0, 2, 1, doc="how completion is signalled")
    resend_count = field(ResendCount, 0, 4, 4, doc="repetitions of the same input")
    enable_ignore_zeros = flag(0, 8, doc="no event for activation 0")
    event_pack = field(EventPack, 0, 9, 2, codec=offset_by(-1, "minus one"), doc="events per pack")
    source_waits = array(Wait, halco.SourceOnVectorGenerator, [(0, 17), (0, 11)], width=4, doc="wait per source")
    sources = array(
        Source, halco.SourceOnVectorGenerator, [(0, 21), (0, 15)], width=2, default=Source.omnibus,
        doc="input source",
    )
    source_count = field(SourceCount, 0, 23, 1, codec=offset_by(-1, "minus one"), doc="number of sources")
    lookup_table_entry_start = field(
        halco.VectorGeneratorLUTEntryOnVectorGeneratorLUT, 0, 24, 8,
        doc="first LUT entry used",
    )


class VectorGeneratorLUTEntry(
    Container,
    coordinate=halco.VectorGeneratorLUTEntryOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: np.take(VECTOR_GENERATOR, e // 256) + 0x100 + e % 256,
):
    """Entry of the look-up table of a vector generator."""

    class Value(RangedInt, max=2047):
        """0..2047."""

    value = field(Value, 0, 0, 11, doc="bits 15:5 of the generated spike label")


class VectorGeneratorNotificationAddress(
    Container,
    coordinate=halco.VectorGeneratorNotificationAddressOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: np.take(VECTOR_GENERATOR, e) + 1,
    init=("value",),
):
    """Omnibus address that is written to when a vector has been sent."""

    Value = halco.OmnibusAddress

    value = field(halco.OmnibusAddress, 0, 0, 32, doc="Omnibus address written on completion")

    def __init__(self, *args: object) -> None:
        """An address, or the PPU memory word to write to."""
        if len(args) == 1 and isinstance(args[0], halco.PPUMemoryWordOnDLS):
            number = int(args[0])
            args = (halco.OmnibusAddress(PPU_MEMORY[number // 4096] + number % 4096),)
        super().__init__(*args)


class VectorGeneratorTrigger(
    Container,
    coordinate=halco.VectorGeneratorTriggerOnFPGA,
    words=1,
    read=0,
    backends=FPGA,
    address=lambda e: np.take(VECTOR_GENERATOR, e) + 2,
):
    """A write starts a vector generator."""


class VectorGeneratorFIFOWord(
    Container,
    coordinate=halco.VectorGeneratorFIFOWordOnFPGA,
    words=1,
    read=0,
    backends=FPGA,
    address=lambda e: np.take(VECTOR_GENERATOR, e) + 0x200,
    undriven={0: 0x20202020},
):
    """Four activations for a vector generator."""

    Value = PADIEvent.HagenActivation

    values = array(
        PADIEvent.HagenActivation, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=5,
        doc="activations, entry 0 most significant byte",
    )
    last = array(bool, halco.EntryOnQuad, [(0, 31), (0, 23), (0, 15), (0, 7)], doc="end-of-vector marker")
    # The enables leave as Omnibus byte enables; the image keeps them in a free bit of each byte.
    enable = array(bool, halco.EntryOnQuad, [(0, 29), (0, 21), (0, 13), (0, 5)], doc="activations that are sent")

    def _byte_enables(self, number: int) -> np.ndarray | None:
        # Entry 0 is the most significant byte, byte enable 3.
        return np.array([sum(1 << (3 - i) for i in range(4) if self.enable[i])], dtype=np.uint8)
