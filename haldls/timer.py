"""Timer of the playback executor, and the conditions that a program waits for."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.constants import FPGA_CLOCK_CYCLES_PER_US
from haldls.container import BlockUntil, Container
from haldls.field import field, flag


class TimerValue(RangedInt, max=0xFFFFFFFF):
    """Time in FPGA cycles of 8 ns; as a condition it waits until the timer has reached it."""

    fpga_clock_cycles_per_us: ClassVar[TimerValue]
    coordinate_type = halco.TimerOnDLS
    back_ends = (Backend.WaitUntil,)
    _word_bits = 32

    @classmethod
    def _backend(cls, backend: Backend | None, reading: bool = False) -> Backend:
        return Backend.WaitUntil

    @classmethod
    def _write_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        return np.zeros(1, dtype=np.int64)

    def _encode(self, number: int) -> np.ndarray:
        return np.array([self.value()], dtype=np.uint32)

    def _byte_enables(self, number: int) -> np.ndarray | None:
        return None


TimerValue.__name__ = "Value"
TimerValue.__qualname__ = "Timer.Value"
TimerValue.fpga_clock_cycles_per_us = TimerValue(FPGA_CLOCK_CYCLES_PER_US)


class Timer(
    Container,
    coordinate=halco.TimerOnDLS,
    words=1,
    backends=(Backend.Timer,),
    address=lambda e: e,
    init=("value",),
):
    """Timer of the playback executor. Any write sets it to 0; a read gives its value."""

    Value = TimerValue

    value = field(TimerValue, 0, 0, 32, doc="time in FPGA cycles")

    def get(self) -> TimerValue:
        return self.value

    def set(self, value: TimerValue) -> None:
        self.value = value

    def _encode(self, number: int) -> np.ndarray:
        return np.zeros(1, dtype=np.uint32)


class Barrier(BlockUntil, coordinate=halco.BarrierOnFPGA, words=1, read=0, backends=(Backend.Barrier,),
              address=lambda e: e, word_bits=5):
    """Waits until everything before it is finished, for the kinds of access that are enabled."""

    omnibus: ClassVar[Barrier]
    jtag: ClassVar[Barrier]
    systime: ClassVar[Barrier]
    multi_fpga: ClassVar[Barrier]
    systime_correction: ClassVar[Barrier]

    enable_omnibus = flag(0, 0, doc="Omnibus reads and writes")
    enable_jtag = flag(0, 1, doc="JTAG accesses")
    enable_systime = flag(0, 2, doc="synchronisation of the system time")
    enable_multi_fpga = flag(0, 3, doc="other FPGAs of a multi-chip system")
    enable_systime_correction = flag(0, 4, doc="system-time correction of a multi-chip system")


def _barrier(name: str) -> Barrier:
    barrier = Barrier()
    setattr(barrier, f"enable_{name}", True)
    return barrier


for _name in ("omnibus", "jtag", "systime", "multi_fpga", "systime_correction"):
    setattr(Barrier, _name, _barrier(_name))


class PollingOmnibusBlock(
    BlockUntil,
    coordinate=halco.PollingOmnibusBlockOnFPGA,
    words=1,
    read=0,
    backends=(Backend.PollingOmnibusBlock,),
    address=lambda e: e,
    word_bits=1,
    init=("enable_expects_equality",),
):
    """Waits until the word of `PollingOmnibusBlockConfig` compares as expected."""

    enable_expects_equality = flag(0, 0, True, doc="wait for equality; false: for inequality")


def is_condition(value: Any) -> bool:
    """Whether `value` can be waited for."""
    return isinstance(value, (BlockUntil, TimerValue))
