"""Commands at absolute times."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from halco import TimerOnDLS
from haldls.container import container_type
from haldls.errors import AccessError
from haldls.event import FPGATime
from haldls.timer import Timer, TimerValue
from stadls.builder import PlaybackProgramBuilder
from stadls.program import ContainerTicket, TicketError

_log = logging.getLogger(__name__)

_LATE = 1250
"""FPGA cycles (10 us) by which a command may be late without a warning."""


class AbsoluteTimePlaybackProgramContainerTicket:
    """Promise of a container that is read at a certain time; it can be used once the program has been executed."""

    def __init__(self, coordinate: Any = None) -> None:
        self._coordinate = coordinate
        self._ticket: ContainerTicket[Any] | None = None

    def _resolved(self) -> ContainerTicket[Any]:
        if self._ticket is None:
            raise TicketError("the read is not part of a program yet: done() has not been called")
        return self._ticket

    def valid(self) -> bool:
        """Whether the answer has arrived."""
        return self._ticket is not None and self._ticket.valid()

    def get(self) -> Any:
        """The container."""
        return self._resolved().get()

    def get_coordinate(self) -> Any:
        """Coordinate of the container."""
        if self._coordinate is None:
            raise TicketError("the ticket belongs to no program")
        return self._coordinate

    @property
    def fpga_time(self) -> FPGATime:
        """Time at which the last word of the answer arrived at the FPGA."""
        return self._resolved().fpga_time


@dataclass(frozen=True)
class _Command:
    time: int
    coordinate: Any
    config: Any = None
    reference: Any = None
    ticket: AbsoluteTimePlaybackProgramContainerTicket | None = None

    def at(self, time: int) -> _Command:
        return _Command(TimerValue(time).value(), self.coordinate, self.config, self.reference, self.ticket)

    def __str__(self) -> str:
        what = "read" if self.config is None else str(self.config)
        return f"{self.time} {self.coordinate!r} {what}"


class AbsoluteTimePlaybackProgramBuilder:
    """Collects commands with their times, in any order; `done` sorts them into a playback program.

    Times are FPGA cycles of 8 ns since the timer reset that the program begins with.
    """

    def __init__(self) -> None:
        self._commands: list[_Command] = []
        self._write_only = True

    def write(self, time: TimerValue, coordinate: Any, config: Any, config_reference: Any = None) -> None:
        """Write a container at a time; with a reference only words that differ from it.

        Raises
        ------
        RuntimeError
            The timer itself cannot be written: it carries the time.
        """
        if isinstance(coordinate, TimerOnDLS):
            raise AccessError("the timer cannot be written at an absolute time, it is what times are measured with")
        config = config.copy() if hasattr(config, "copy") else config
        self._commands.append(_Command(TimerValue.coerce(time).value(), coordinate, config, config_reference))

    def read(self, time: TimerValue, coordinate: Any) -> AbsoluteTimePlaybackProgramContainerTicket:
        """Read the container at a coordinate at a time."""
        container_type(coordinate)
        ticket = AbsoluteTimePlaybackProgramContainerTicket(coordinate)
        self._commands.append(_Command(TimerValue.coerce(time).value(), coordinate, ticket=ticket))
        self._write_only = False
        return ticket

    def merge(self, other: AbsoluteTimePlaybackProgramBuilder) -> None:
        """Take over the commands of another builder, which is empty afterwards."""
        if other is self:
            raise RuntimeError("a builder cannot be merged with itself")
        self._commands += other._commands
        self._write_only = self._write_only and other._write_only
        other._commands, other._write_only = [], True

    def copy(self, other: AbsoluteTimePlaybackProgramBuilder) -> None:
        """Take over copies of the commands of another builder, which must not contain reads."""
        other._require_write_only("copied")
        self._commands += other._commands

    def _require_write_only(self, verb: str) -> None:
        if not self._write_only:
            raise RuntimeError(f"a builder with reads cannot be {verb}: its tickets can belong to one program only")

    def _moved(self, commands: list[_Command]) -> AbsoluteTimePlaybackProgramBuilder:
        result = AbsoluteTimePlaybackProgramBuilder()
        result._commands = commands
        return result

    def __add__(self, offset: TimerValue) -> AbsoluteTimePlaybackProgramBuilder:
        """A copy with all times later by `offset`."""
        self._require_write_only("copied")
        return self._moved([c.at(c.time + int(offset)) for c in self._commands])

    def __iadd__(self, offset: TimerValue) -> AbsoluteTimePlaybackProgramBuilder:
        self._commands = [c.at(c.time + int(offset)) for c in self._commands]
        return self

    def __mul__(self, factor: float) -> AbsoluteTimePlaybackProgramBuilder:
        """A copy with all times multiplied, rounded to the nearest cycle."""
        self._require_write_only("copied")
        return self._moved([c.at(round(c.time * factor)) for c in self._commands])

    def __imul__(self, factor: float) -> AbsoluteTimePlaybackProgramBuilder:
        self._commands = [c.at(round(c.time * factor)) for c in self._commands]
        return self

    def empty(self) -> bool:
        """Whether there is no command."""
        return not self._commands

    def is_write_only(self) -> bool:
        """Whether there are no reads."""
        return self._write_only

    def done(self) -> PlaybackProgramBuilder:
        """Program builder with all commands in order of time; the commands are gone afterwards.

        A command takes effect at its time: it is released one cycle before. Commands of one time follow each other
        in the order in which they were given, one cycle apart; a command that is late by more than 10 us is logged.
        """
        builder = PlaybackProgramBuilder()
        builder.write(TimerOnDLS(), Timer())
        current = 0
        for command in sorted(self._commands, key=lambda c: c.time):
            if command.time > current:
                current = command.time
                builder.block_until(TimerOnDLS(), TimerValue(command.time - 1))
            elif command.time + _LATE < current:
                _log.warning("command at %d is late by %d cycles: %s", command.time, current - command.time, command)
            self._emit(builder, command)
            current += 1
        self._commands, self._write_only = [], True
        return builder

    def timed_builders(self) -> list[tuple[int, PlaybackProgramBuilder]]:
        """Copies of the commands of each time, in order of time. Not part of the real system's interface.

        Raises
        ------
        RuntimeError
            There are reads.
        """
        self._require_write_only("copied")
        groups: list[tuple[int, PlaybackProgramBuilder]] = []
        for command in sorted(self._commands, key=lambda c: c.time):
            if not groups or groups[-1][0] != command.time:
                groups.append((command.time, PlaybackProgramBuilder()))
            self._emit(groups[-1][1], command)
        return groups

    @staticmethod
    def _emit(builder: PlaybackProgramBuilder, command: _Command) -> None:
        if command.ticket is not None:
            command.ticket._ticket = builder.read(command.coordinate)
        elif command.reference is not None:
            builder.write(command.coordinate, command.config, command.reference)
        else:
            builder.write(command.coordinate, command.config)

    def __str__(self) -> str:
        return "".join(f"{command}\n" for command in self._commands)

    def __repr__(self) -> str:
        return f"AbsoluteTimePlaybackProgramBuilder({len(self._commands)} commands)"
