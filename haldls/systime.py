"""System time."""

from __future__ import annotations

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.container import FPGA, Container
from haldls.field import field, flag, split


class SystimeSyncBase(
    Container,
    coordinate=halco.SystimeSyncBaseOnDLS,
    words=2,
    address=lambda e: 0 * e,
    init=('value',),
):
    """System time that the next synchronisation sets."""

    class Value(RangedInt, max=0x7ffffffffff):
        """0..8796093022207."""

    value = split(
        Value, [(0, 0, 32, 0), (1, 0, 11, 32)],
        doc="value both systime counters are set to at the next synchronisation (systime ticks of 8 ns)",
    )


class SystimeSync(
    Container,
    coordinate=halco.SystimeSyncOnFPGA,
    words=1,
    read=0,
    backends=(Backend.SystimeSync,),
    word_bits=1,
    address=lambda e: e,
    init=('do_sync',),
):
    """Synchronises the system times of chip and FPGA, or makes the FPGA send its own."""

    do_sync = flag(0, 0, True, doc="true: synchronise chip and FPGA systime; false: only emit one systime message")


class FPGASystimeSyncNumRetries(
    Container,
    coordinate=halco.FPGASystimeSyncNumRetriesOnFPGA,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88002000 + 0 * e,
    init=('value',),
):
    """Attempts of the synchronisation of the system times."""

    class Value(RangedInt, max=15, default=3):
        """0..15."""

    value = field(Value, 0, 0, 4, doc="retries of the systime synchronisation")


class FPGASystimeSyncLastRTT(
    Container,
    coordinate=halco.FPGASystimeSyncLastRTTOnFPGA,
    words=2,
    write=0,
    backends=FPGA,
    address=lambda e: 0x88002001 + 0 * e,
    init=('value',),
):
    """Round-trip time of the last synchronisation."""

    class Systime(RangedInt, max=0x7ffffffffff):
        """0..8796093022207."""

    value = split(Systime, [(0, 0, 11, 32), (1, 0, 32, 0)], doc="last round-trip time")


class FPGASystimeSyncLastAsicSystime(
    Container,
    coordinate=halco.FPGASystimeSyncLastAsicSystimeOnFPGA,
    words=2,
    write=0,
    backends=FPGA,
    address=lambda e: 0x88002003 + 0 * e,
    init=('value',),
):
    """System time of the chip in the last synchronisation."""

    class Systime(RangedInt, max=0x7ffffffffff):
        """0..8796093022207."""

    value = split(Systime, [(0, 0, 11, 32), (1, 0, 32, 0)], doc="last systime received from the chip")


class FPGASystimeSyncActiveState(
    Container,
    coordinate=halco.FPGASystimeSyncActiveStateOnFPGA,
    words=1,
    write=0,
    backends=FPGA,
    address=lambda e: 0x88002005 + 0 * e,
    init=('active_state',),
):
    """Whether the system times are synchronised."""

    active_state = flag(
        0, 0,
        doc="last active state of the synchronisation state machine (true = sync went through; unsure)",
    )
