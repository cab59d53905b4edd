"""Execution of playback programs."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from stadls import words as ut
from stadls.connection import Connection, ConnectionTimeInfo
from stadls.program import PlaybackProgram

_log = logging.getLogger(__name__)

_SHOWN_INSTRUCTIONS = 10


class ExecutionError(RuntimeError):
    """A program could not be executed, or its execution did not bring the expected answers."""


class UnsupportedTargetError(ExecutionError):
    """The connection is none of the targets that a program may be executed on."""


class TimeoutNotificationError(ExecutionError):
    """The FPGA gave up an instruction that took too long."""


@dataclass
class RunTimeInfo:
    """Time that an execution took: per connection, and for decoding the answers."""

    connection: list[ConnectionTimeInfo] = field(default_factory=list)
    playback_decode_time: timedelta = field(default_factory=timedelta)


def run(connection: Connection, programs: PlaybackProgram | Sequence[PlaybackProgram]) -> RunTimeInfo:
    """Execute programs, one per FPGA of the connection.

    The results are in the programs and in the tickets of their reads. The state of the chip is kept between calls.

    Parameters
    ----------
    connection : Connection
        Executor.
    programs : PlaybackProgram or sequence of PlaybackProgram
        A single program, or a list with one program per FPGA.

    Returns
    -------
    RunTimeInfo
        Time spent.

    Raises
    ------
    UnsupportedTargetError
        A program reads registers that cannot be read on the connection. Nothing is sent.
    TimeoutNotificationError
        An instruction took longer than `InstructionTimeoutConfig`.
    ExecutionError
        Wrong number of programs, or not every read was answered: the program ends before its reads are finished
        (let it end with a barrier).
    """
    listed = [programs] if isinstance(programs, PlaybackProgram) else list(programs)
    _check(connection, listed)
    before = connection.time_info
    halt = ut.loopback(False)
    responses = [connection.execute(np.concatenate([program.to_fpga, halt])) for program in listed]
    begin = time.perf_counter()
    for program, words in zip(listed, responses, strict=True):
        earlier = len(program.timeout_notifications)
        program.from_fpga = words
        _check_timeouts(program, earlier)
    decoded = timedelta(seconds=time.perf_counter() - begin)
    for program in listed:
        _check_answers(program)
    spent = [after - start for after, start in zip(connection.time_info, before, strict=True)]
    return RunTimeInfo(spent, decoded)


def _check(connection: Connection, programs: list[PlaybackProgram]) -> None:
    count = len(connection.get_unique_identifier())
    if len(programs) != count:
        raise ExecutionError(f"{len(programs)} programs for a connection to {count} FPGAs")
    for i, program in enumerate(programs):
        if not isinstance(program, PlaybackProgram):
            raise ExecutionError(f"program {i} is {program!r}, expected a PlaybackProgram")
        left = connection.supported_targets - program.unsupported_targets
        if not left:
            raise UnsupportedTargetError(
                "Trying to execute program on unsupported target: the connection is "
                f"{' and '.join(sorted(connection.supported_targets))}, and the program reads registers that are "
                f"not readable on {' and '.join(sorted(program.unsupported_targets))}"
            )


def _check_timeouts(program: PlaybackProgram, earlier: int) -> None:
    new = program.timeout_notifications[earlier:]
    if not len(new):
        return
    for notification in program.highspeed_link_notifications:
        _log.error("%s", notification)
    texts = []
    for payload in new["payload"].tolist():
        index, stalls, reads = payload & 0xFFFFFFFF, payload >> 32 & 0x7F, payload >> 39 & 0x3F
        context = program.to_fpga[max(0, index - _SHOWN_INSTRUCTIONS) : index + 1]
        for word in context:
            _log.error("before the time-out: %s", ut.message_string(int(word)))
        texts.append(f"instruction {index} timed out (trace stalls: {stalls}, Omnibus reads in flight: {reads})")
    raise TimeoutNotificationError(f"1 FPGA sent error notification(s): {'; '.join(texts)}")


def _check_answers(program: PlaybackProgram) -> None:
    if program.tickets_valid():
        return
    kinds = ("Omnibus", "JTAG", "loopback")
    missing = [
        f"{len(program._responses.queue(queue))} of {expected} {kinds[queue]} answers"
        for queue, expected in enumerate(program._expected)
        if len(program._responses.queue(queue)) != expected
    ]
    raise ExecutionError(
        f"not every read was answered: {', '.join(missing)}. A program has to end with a barrier or a wait that lets "
        "its reads finish"
    )
