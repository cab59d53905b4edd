"""Registers of the FPGA."""

from __future__ import annotations

import halco
from halco.core import RangedInt
from haldls.backend import NO_TARGET, Backend
from haldls.container import FPGA, Container
from haldls.field import field, flag, split
from haldls.timer import Timer


class EventRecordingConfig(
    Container,
    coordinate=halco.EventRecordingConfigOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88000005 + 0 * e,
):
    """Whether spikes and MADC samples reach the host."""

    enable_event_recording = flag(0, 0, doc="forward spikes and MADC samples to the host; false: FPGA drops them")


class InstructionTimeoutConfig(
    Container,
    coordinate=halco.InstructionTimeoutConfigOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88000009 + 0 * e,
):
    """Longest time that one instruction may take, in FPGA cycles."""

    Value = Timer.Value

    value = field(Timer.Value, 0, 0, 32, default=1250000, doc="instruction timeout in FPGA cycles (default 10 ms)")


class SystimeCorrectionBarrierConfig(
    Container,
    coordinate=halco.SystimeCorrectionBarrierConfigOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x8800000B + 0 * e,
):
    """Interrupt of the system-time correction barrier (multi-chip systems)."""

    enable_interrupt = flag(0, 0, doc="arm the systime-correction barrier; unarmed it returns at once")


class PollingOmnibusBlockConfig(
    Container,
    coordinate=halco.PollingOmnibusBlockConfigOnFPGA,
    words=3,
    backends=FPGA,
    unreadable_on=NO_TARGET,
    address=lambda e: 0x88000006 + 0 * e,
):
    """Word that `PollingOmnibusBlock` compares: (value at address & mask) with target."""

    Address = halco.OmnibusAddress

    class Value(RangedInt, max=0xFFFFFFFF):
        """A word."""

    address = field(halco.OmnibusAddress, 0, 0, 32, doc="polled Omnibus address")
    target = field(Value, 1, 0, 32, doc="compare value")
    mask = field(Value, 2, 0, 32, doc="bits compared")


class NullPayloadReadable(
    Container,
    coordinate=halco.NullPayloadReadableOnFPGA,
    words=1,
    write=0,
    backends=(Backend.NullPayloadReadable,),
    word_bits=0,
    address=lambda e: e,
):
    """Round trip to the FPGA; only the time of its answer is of interest."""


class FPGADeviceDNA(
    Container,
    coordinate=halco.FPGADeviceDNAOnFPGA,
    words=2,
    write=0,
    backends=FPGA,
    address=lambda e: 0x88000003 + 0 * e,
    init=('value',),
):
    """Unique number of the FPGA."""

    class Value(RangedInt, max=0x1ffffffffffffff):
        """0..144115188075855871."""

    value = split(Value, [(0, 0, 25, 32), (1, 0, 32, 0)], doc="unique id of the FPGA")


class PerfTest(
    Container,
    coordinate=halco.PerfTestOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88008000 + 0 * e,
    init=('enable',),
):
    """Link test generator."""

    enable = flag(0, 0, doc="run the highspeed-link performance test (does not block the program)")


class PerfTestStatus(
    Container,
    coordinate=halco.PerfTestStatusOnFPGA,
    words=4,
    write=0,
    backends=FPGA,
    address=lambda e: 0x88008001 + 0 * e,
):
    """Counters of the link test. A healthy link has sent == received == in_order."""

    class Sent(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class Received(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class InOrder(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class ErrorWord(RangedInt, max=0xffffffff):
        """0..4294967295."""

    sent = field(Sent, 0, 0, 32, doc="words sent")
    received = field(Received, 1, 0, 32, doc="words received")
    in_order = field(InOrder, 2, 0, 32, doc="words received in order")
    error_word = field(ErrorWord, 3, 0, 32, doc="first word out of sequence")
