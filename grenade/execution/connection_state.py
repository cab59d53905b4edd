"""A connection as an executor sees it: whether its chip is set up, and which configuration it has."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import numpy as np

import halco
import haldls
import lola
import stadls
from grenade.common import Time
from stadls import Connection, PlaybackProgramBuilder, ZeroMockConnection

US = 125
"""FPGA cycles per us."""

CHIP_VERSION = 3
"""The version of chips whose configuration `lola.Chip` describes."""

_CAPMEM_SETTLING_US = 100_000


class ConnectionState:
    """A connection with what is known of its chip.

    Parameters
    ----------
    connection : Connection
        The connection.
    differential : bool
        Whether only those words of a configuration are written that differ from the last one.
    capmem_settling : Time, optional
        Time that CapMem cells are given after a change. Default: what the connection asks for with its attribute
        `capmem_settling_us`, else 100 ms.

    Attributes
    ----------
    connection : Connection
        The connection.
    lock : threading.Lock
        Held by who uses the connection.
    """

    def __init__(self, connection: Connection, differential: bool, capmem_settling: Time | None = None) -> None:
        self.connection = connection
        self.lock = threading.Lock()
        self._differential = differential
        own = getattr(connection, "capmem_settling_us", _CAPMEM_SETTLING_US)
        self._settling = int(own * US) if capmem_settling is None else int(capmem_settling)
        self._initialised = False
        self._configured: lola.Chip | None = None

    def initialise(self) -> None:
        """Bring the chip up once: system, links, time.

        Raises
        ------
        RuntimeError
            The chip has another version.
        """
        if self._initialised:
            return
        builder, _ = stadls.SystemInit().generate()
        recording = haldls.EventRecordingConfig()
        recording.enable_event_recording = False
        builder.write(halco.EventRecordingConfigOnFPGA(), recording)
        identification = builder.read(halco.JTAGIdCodeOnDLS())
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(self.connection, builder.done())
        self._check_version(identification.get())
        self._initialised = True

    def _check_version(self, code: Any) -> None:
        version = int(code.version)
        if version != CHIP_VERSION and not isinstance(self.connection, ZeroMockConnection):
            raise RuntimeError(f"the chip has version {version}, expected version {CHIP_VERSION}")

    def write(self, builder: PlaybackProgramBuilder, config: lola.Chip, everything: bool) -> None:
        """Append what brings the chip to a configuration, and the time that it needs for that.

        Parameters
        ----------
        builder : PlaybackProgramBuilder
            Where to append.
        config : lola.Chip
            Configuration; it must not be changed later.
        everything : bool
            Whether words are written that did not change, too.
        """
        part = PlaybackProgramBuilder()
        if everything or not self._differential or self._configured is None:
            part.write(halco.ChipOnDLS(), config)
        else:
            part.write(halco.ChipOnDLS(), config, self._configured)
        program = part.done()
        self._configured = config
        if program.empty():
            return
        builder.write_words(program.to_fpga)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        if _writes_capmem(program):
            builder.write(halco.TimerOnDLS(), haldls.Timer())
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(self._settling))

    def changed(self, config: lola.Chip) -> None:
        """Remember that the chip has another configuration now than what was written."""
        self._configured = config

    def forget(self) -> None:
        """Remember nothing of the configuration: the next one is written completely."""
        self._configured = None


@cache
def _capmem_addresses() -> np.ndarray:
    count = halco.CapMemCellOnDLS.size
    return haldls.encode(haldls.Columns(haldls.CapMemCell, count), np.arange(count))[0].ravel()


def _writes_capmem(program: stadls.PlaybackProgram) -> bool:
    """Whether a CapMem cell is among the registers that a program writes."""
    addresses = program.to_fpga[::2] & np.uint64(0xFFFFFFFF)
    return bool(np.isin(addresses, _capmem_addresses()).any())
