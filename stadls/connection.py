"""Connections: what executes instruction words and answers with response words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import numpy as np

from haldls.backend import HARDWARE, NO_TARGET, Target
from stadls import words as ut
from stadls._wire import encode_messages
from stadls.hwdb import ZeroMockEntry
from stadls.words import Words


@dataclass
class ConnectionTimeInfo:
    """Time that a connection spent, by activity."""

    encode_duration: timedelta = field(default_factory=timedelta)
    decode_duration: timedelta = field(default_factory=timedelta)
    commit_duration: timedelta = field(default_factory=timedelta)
    execution_duration: timedelta = field(default_factory=timedelta)

    def _combine(self, other: ConnectionTimeInfo, sign: int) -> ConnectionTimeInfo:
        names = [f.name for f in fields(self)]
        return ConnectionTimeInfo(*(getattr(self, n) + sign * getattr(other, n) for n in names))

    def __add__(self, other: ConnectionTimeInfo) -> ConnectionTimeInfo:
        return self._combine(other, 1)

    def __sub__(self, other: ConnectionTimeInfo) -> ConnectionTimeInfo:
        return self._combine(other, -1)


@runtime_checkable
class Connection(Protocol):
    """Executor of instruction words for one FPGA with its chip.

    Every kind of connection (zero mock, recorder, simulated chip, remote) is used through this interface only.
    """

    @property
    def supported_targets(self) -> frozenset[Target]:
        """What the connection behaves like; programs may exclude some."""

    @property
    def time_info(self) -> list[ConnectionTimeInfo]:
        """Time spent so far, one element per FPGA."""

    def execute(self, words: Words) -> Words:
        """Execute instruction words (uint64, ending in a halt) and give the packed response words (uint64)."""

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        """Name of the executor, one element per FPGA."""

    def get_hwdb_entry(self) -> list[Any]:
        """Description of the executor, one element per FPGA."""


class BaseConnection:
    """Bookkeeping that connections share. Subclasses give `_execute`."""

    supported_targets: frozenset[Target] = HARDWARE
    _identifier = ""

    def __init__(self) -> None:
        self._time_info = ConnectionTimeInfo()
        self._connected = True

    def _execute(self, words: Words) -> Words:
        raise NotImplementedError

    def execute(self, words: Words) -> Words:
        self._require()
        begin = time.perf_counter()
        responses = self._execute(np.ascontiguousarray(words, dtype=np.uint64))
        self._time_info.execution_duration += timedelta(seconds=time.perf_counter() - begin)
        return responses

    def _require(self) -> None:
        if not self._connected:
            raise RuntimeError(f"{type(self).__name__}: the connection is not allocated")

    def disconnect(self) -> None:
        """Give the executor free; further use raises RuntimeError."""
        self._connected = False

    @property
    def time_info(self) -> list[ConnectionTimeInfo]:
        self._require()
        return [self._time_info + ConnectionTimeInfo()]

    @property
    def bitfile_info(self) -> list[str]:
        """Firmware of the FPGA."""
        self._require()
        return [self._identifier]

    @property
    def repo_state(self) -> list[str]:
        """State of the software on a remote side; empty for local executors."""
        self._require()
        return [""]

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        self._require()
        return [self._identifier]

    def get_hwdb_entry(self) -> list[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        """Number of FPGAs."""
        return 1


class ZeroMockConnection(BaseConnection):
    """Answers every read with zero and echoes loopbacks. Nothing else happens: no spikes, no time.

    Parameters
    ----------
    ns_per_message : int
        Time per message; kept for compatibility, nothing waits for it.
    """

    supported_targets = NO_TARGET
    _identifier = "zeromock"

    def __init__(self, ns_per_message: int = 8) -> None:
        super().__init__()
        self.ns_per_message = ns_per_message

    def get_hwdb_entry(self) -> list[Any]:
        self._require()
        return [ZeroMockEntry()]

    def _execute(self, words: Words) -> Words:
        codes, payloads = ut.disassemble(words)
        to, back = ut.TO_FPGA_CODES, ut.FROM_FPGA_CODES
        # Per instruction the code of its answer, 255 for none.
        answers = np.full(len(words), 255, dtype=np.uint8)
        reads = (codes == to["omnibus_to_fpga::Address"]) & (payloads >> np.uint64(36) & np.uint64(1) == 1)
        answers[reads] = back["omnibus_from_fpga::Data"]
        kept = (codes == to["to_fpga_jtag::Data"]) & (payloads >> np.uint64(48) & np.uint64(1) == 1)
        answers[kept] = back["jtag_from_hicann::Data"]
        loopbacks = codes == to["system::Loopback"]
        answers[loopbacks] = back["from_fpga_system::Loopback"]
        answered = answers != 255
        data = np.where(loopbacks, payloads, 0).astype(np.uint64)[answered]
        return encode_messages(answers[answered], data)


@dataclass
class Exchange:
    """One execution: instruction words and the response words they brought."""

    to_fpga: Words
    from_fpga: Words


class RecordingConnection(BaseConnection):
    """Passes everything on to another connection and keeps a record.

    Parameters
    ----------
    inner : Connection, optional
        Executor, default a zero mock.

    Attributes
    ----------
    exchanges : list of Exchange
        All executions, in order.
    """

    def __init__(self, inner: Any = None) -> None:
        super().__init__()
        self.inner = inner if inner is not None else ZeroMockConnection()
        self.exchanges: list[Exchange] = []

    @property
    def supported_targets(self) -> frozenset[Target]:  # type: ignore[override]
        return self.inner.supported_targets

    def _execute(self, words: Words) -> Words:
        responses = self.inner.execute(words)
        self.exchanges.append(Exchange(words.copy(), responses.copy()))
        return responses

    def get_unique_identifier(self, hwdb_path: str | None = None) -> list[str]:
        self._require()
        return self.inner.get_unique_identifier(hwdb_path)

    def get_hwdb_entry(self) -> list[Any]:
        self._require()
        return self.inner.get_hwdb_entry()


class ManagedConnection:
    """Context manager of a connection: connects on entering, disconnects on leaving.

    Without arguments the environment decides: `HXCOMM_ENABLE_ZERO_MOCK` other than 0 gives the zero mock; otherwise it
    is a simulated chip, which `BSS2_CHIP_SEED` and others choose, see `chipsim.Chip`.

    Parameters
    ----------
    connect : callable, optional
        Makes the connection.
    """

    def __init__(self, connect: Callable[[], Any] | None = None) -> None:
        self._connect = connect or connection_from_environment
        self._handle: Any = None

    def __enter__(self) -> Any:
        if self._handle is not None:
            import warnings

            warnings.warn("entering an active connection again, the old one is disconnected", stacklevel=2)
            self._handle.disconnect()
        self._handle = self._connect()
        return self._handle

    def __exit__(self, *exception: Any) -> None:
        if self._handle is not None:
            self._handle.disconnect()
            self._handle = None


class ManagedZeroMockConnection(ManagedConnection):
    """Context manager of a zero mock; the argument is a list with one `(ns_per_message,)` per FPGA."""

    def __init__(self, parameters: list[tuple[int]] | None = None) -> None:
        if parameters is not None and len(parameters) != 1:
            raise ValueError(f"a zero mock has one FPGA, got parameters for {len(parameters)}")
        super().__init__(lambda: ZeroMockConnection(*(parameters[0] if parameters else ())))


def _zero_mock() -> Any:
    return ZeroMockConnection()


def _simulated_chip() -> Any:
    # The chip knows connections; a connection knows the chip only when one is made.
    from chipsim.connection import SimConnection

    return SimConnection()


ENVIRONMENT: list[tuple[str, Callable[[], Any]]] = [("HXCOMM_ENABLE_ZERO_MOCK", _zero_mock)]
"""Variables that select an executor, first match wins, and how it is made."""


def connection_from_environment() -> Any:
    """Connection that the environment asks for; to a simulated chip if it asks for none."""
    for variable, connect in ENVIRONMENT:
        if os.environ.get(variable, "0") not in ("", "0"):
            return connect()
    return _simulated_chip()
