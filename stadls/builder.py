"""Builder of playback programs."""

from __future__ import annotations

import logging
from array import array
from typing import Any

import numpy as np

from haldls.arrays import Columns
from haldls.backend import Backend, Target
from haldls.container import Encodable, container_type, linear_number
from haldls.errors import AccessError
from haldls.inspection import encode
from haldls.timer import TimerValue, is_condition
from stadls import words as ut
from stadls.backend import read_instructions, write_instructions
from stadls.program import ContainerTicket, PlaybackProgram, Responses
from stadls.spike_trains import timed_events
from stadls.words import Words

_log = logging.getLogger(__name__)

PLAYBACK_MEMORY_SIZE = 4194304
"""Instructions that the memory of the FPGA holds; longer programs may stall."""

_ADDRESS = int(ut.TO_FPGA_CODES["omnibus_to_fpga::Address"]) << ut.HEADER_LSB | ut.ALL_BYTES << 32
_DATA = int(ut.TO_FPGA_CODES["omnibus_to_fpga::Data"]) << ut.HEADER_LSB
_WAIT_UNTIL = int(ut.TO_FPGA_CODES["timing::WaitUntil"]) << ut.HEADER_LSB
_PLAIN_WORDS = 16  # containers up to this size are appended word by word
_headers: dict[tuple[type, int], tuple[int, ...]] = {}
_MOST_HEADERS = 1 << 17


def _is_plain(cls: Any) -> bool:
    """Whether writing a container is writing its image over the Omnibus, so that the short way may be taken."""
    known = cls.__dict__.get("_plain_write")
    if known is None:
        known = (
            cls.back_ends[0] is Backend.Omnibus
            and 0 < cls._write <= _PLAIN_WORDS
            and cls._driven is None
            and cls._encode is Encodable._encode
            and cls._byte_enables is Encodable._byte_enables
        )
        cls._plain_write = known
    return known


class PlaybackProgramBuilder:
    """Collects instructions in the order in which the FPGA will execute them.

    Nothing here waits: `write` and `read` take one or two FPGA cycles (8 ns) per word; `block_until` is what moves
    time. Use `done` to get the program.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._chunks: list[Words] = []
        self._tail = array("Q")
        self._count = 0
        self._expected = [0, 0, 0]
        self._responses = Responses()
        self._tickets: list[ContainerTicket[Any]] = []
        self._unsupported: set[Target] = set()

    def _append(self, words: Words) -> None:
        self._flush()
        self._chunks.append(words)
        self._count += len(words)

    def _flush(self) -> None:
        if self._tail:
            self._chunks.append(np.array(self._tail, dtype=np.uint64))
            self._count += len(self._tail)
            del self._tail[:]

    def _words(self) -> Words:
        self._flush()
        if len(self._chunks) != 1:
            self._chunks = [np.concatenate(self._chunks) if self._chunks else np.zeros(0, dtype=np.uint64)]
        return self._chunks[0]

    # -- writing -----------------------------------------------------------------------------------------------

    def write(self, coordinate: Any, config: Any, *options: Any) -> None:
        """Write a container.

        Parameters
        ----------
        coordinate : coordinate
            Where; for `Columns` a sequence of coordinates or an array of their linear numbers.
        config : Container or Columns
            What.
        *options : Container, Backend
            A container as reference: only words that differ from its words are written. A back end: instead of the
            default of the type.

        Raises
        ------
        AccessError
            The type cannot be written, the coordinate is of another type, or a reference is given and the type does
            not support it. Nothing is appended.
        """
        cls = type(config)
        if not options and isinstance(config, Encodable) and _is_plain(cls) and type(coordinate) is cls.coordinate_type:
            self._write_plain(cls, coordinate._e, config._mem)
            return
        reference, backend = self._options(options)
        if isinstance(config, Columns):
            self._write_columns(coordinate, config, backend)
        else:
            self._write(coordinate, config, reference, backend)

    def _write_plain(self, cls: type[Encodable], number: int, image: memoryview) -> None:
        headers = _headers.get((cls, number))
        if headers is None:
            if len(_headers) >= _MOST_HEADERS:
                _headers.clear()
            addresses = cls._write_addresses(number, Backend.Omnibus)
            headers = _headers[cls, number] = tuple(_ADDRESS | int(address) for address in addresses)
        append = self._tail.append
        for header, word in zip(headers, image, strict=False):
            append(header)
            append(_DATA | word)

    @staticmethod
    def _options(options: tuple[Any, ...]) -> tuple[Any, Backend | None]:
        reference = backend = None
        for option in options:
            if isinstance(option, Backend) and backend is None:
                backend = option
            elif isinstance(option, Encodable) and reference is None:
                reference = option
            else:
                raise TypeError(f"write() takes a reference container and a Backend, got {option!r}")
        return reference, backend

    def _write(self, coordinate: Any, config: Any, reference: Any, backend: Backend | None) -> None:
        if not isinstance(config, Encodable):
            raise TypeError(f"write() takes a container, got {config!r}")
        cls = type(config)
        if is_condition(config):
            raise AccessError(f"{cls.__name__} is a condition for block_until, it is not writeable")
        number = linear_number(cls, coordinate)
        chosen = cls._backend(backend)
        addresses = cls._write_addresses(number, chosen)
        if not len(addresses):
            raise AccessError(f"Container not writeable: {cls.__name__}")
        words, enables = config._encode(number), config._byte_enables(number)
        if reference is not None:
            changed = self._changed(config, reference, words, number)
            addresses, words = addresses[changed], words[changed]
            enables = enables if enables is None else enables[changed]
        if len(addresses):
            self._append(write_instructions(chosen, addresses, words, enables))
        self._unsupported |= cls.unsupported_write_targets

    @staticmethod
    def _changed(config: Any, reference: Any, words: np.ndarray, number: int) -> np.ndarray:
        if type(reference) is not type(config):
            raise AccessError(
                f"reference of a differential write is a {type(reference).__name__}, expected {type(config).__name__}"
            )
        if not config.supports_differential_write:
            raise AccessError(f"{type(config).__name__} does not support differential writes")
        return np.flatnonzero(words != reference._encode(number))

    def _write_columns(self, coordinates: Any, columns: Columns, backend: Backend | None) -> None:
        addresses, words = encode(columns, coordinates, backend)
        kind: Any = columns._type
        if not kind._write:
            raise AccessError(f"Container not writeable: {kind.__name__}")
        chosen = kind._backend(backend)
        self._append(write_instructions(chosen, addresses.ravel(), words.ravel()))

    def write_spikes(self, times: Any, labels: Any) -> None:
        """Send a spike train: waits and spikes, in order of time. Not part of the real system's interface.

        Parameters
        ----------
        times : (n,) integers
            Timer values in FPGA cycles; spikes of one time leave together, up to three per cycle. Reset the timer
            before.
        labels : (n,) integers
            16-bit spike labels.

        Raises
        ------
        stadls.words.FieldError
            Lengths differ, or a value is out of range; its index is named.
        """
        words = timed_events(times, labels)
        if len(words):
            self._append(words)

    def write_words(self, words: Any, answers: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Append instruction words as they are. Not part of the real system's interface.

        Parameters
        ----------
        words : (n,) uint64
            Instructions.
        answers : (int, int, int)
            Numbers of answers to them: Omnibus, JTAG, loopback; see `PlaybackProgram.answer_counts`.
        """
        if len(words):
            self._append(np.asarray(words, dtype=np.uint64))
        self._expected = [a + b for a, b in zip(self._expected, answers, strict=True)]

    # -- reading and waiting -----------------------------------------------------------------------------------

    def read(self, coordinate: Any, backend: Backend | None = None) -> ContainerTicket[Any]:
        """Read the container at a coordinate.

        Returns
        -------
        ContainerTicket
            Gives the container after execution.

        Raises
        ------
        AccessError
            No container is there, or it cannot be read (over the back end). Nothing is appended.
        """
        cls = container_type(coordinate)
        number = linear_number(cls, coordinate)
        if not cls._read_count(number):
            raise AccessError(f"Container not readable: {cls.__name__}")
        chosen = cls._backend(backend, reading=True)
        instructions, queue, count = read_instructions(chosen, cls._read_addresses(number, chosen))
        self._append(instructions)
        ticket = ContainerTicket[Any](
            self._responses, cls, coordinate, chosen, queue, self._expected[queue], count
        )
        self._expected[queue] += count
        self._tickets.append(ticket)
        self._unsupported |= cls.unsupported_read_targets
        return ticket

    def block_until(self, coordinate: Any, condition: Any) -> None:
        """Hold everything that follows until a condition is met.

        Parameters
        ----------
        coordinate : TimerOnDLS, BarrierOnFPGA or PollingOmnibusBlockOnFPGA
            Where the condition is watched.
        condition : Timer.Value, Barrier or PollingOmnibusBlock
            The condition; an int is taken as a timer value. A timer value that has passed does not wait.
        """
        if isinstance(condition, (int, np.integer)) and type(coordinate) is TimerValue.coordinate_type:
            condition = TimerValue(condition)
        if type(condition) is TimerValue and type(coordinate) is TimerValue.coordinate_type:
            self._tail.append(_WAIT_UNTIL | condition.value())
            return
        if not is_condition(condition):
            raise TypeError(f"block_until() takes Timer.Value, Barrier or PollingOmnibusBlock, got {condition!r}")
        cls = type(condition)
        if type(coordinate) is not cls.coordinate_type:
            raise AccessError(f"{cls.__qualname__} is watched at {cls.coordinate_type.__name__}, not {coordinate!r}")
        self._append(write_instructions(cls.back_ends[0], np.zeros(1, dtype=np.int64), condition._encode(0)))

    # -- combining ---------------------------------------------------------------------------------------------

    def merge_back(self, other: PlaybackProgramBuilder) -> None:
        """Append another builder, which is empty afterwards. Its tickets stay valid and belong to this one."""
        if other is self:
            raise RuntimeError("a builder cannot be merged with itself")
        if not isinstance(other, PlaybackProgramBuilder):
            raise TypeError(f"merge_back() takes a PlaybackProgramBuilder, got {other!r}")
        for ticket in other._tickets:
            ticket._move(self._responses, self._expected)
        self._tickets += other._tickets
        self._expected = [a + b for a, b in zip(self._expected, other._expected, strict=True)]
        self._unsupported |= other._unsupported
        words = other._words()
        if len(words):
            self._append(words)
        other._reset()

    def copy_back(self, other: PlaybackProgramBuilder) -> None:
        """Append a copy of another builder, which must not contain reads."""
        if not other.is_write_only():
            raise RuntimeError("a builder with reads cannot be copied: its tickets can belong to one program only")
        words = other._words()
        if len(words):
            self._append(words)
        self._unsupported |= other._unsupported

    def done(self) -> PlaybackProgram:
        """The program; the builder is empty afterwards."""
        words = self._words().copy()
        if len(words) > PLAYBACK_MEMORY_SIZE:
            _log.warning(
                "the program has %d instructions, the playback memory holds %d: its timing is not guaranteed",
                len(words), PLAYBACK_MEMORY_SIZE,
            )
        program = PlaybackProgram(
            words, self._responses, tuple(self._expected), frozenset(self._unsupported)  # type: ignore[arg-type]
        )
        self._reset()
        return program

    # -- looking -----------------------------------------------------------------------------------------------

    def empty(self) -> bool:
        """Whether there is no instruction."""
        return self.size_to_fpga() == 0

    def size_to_fpga(self) -> int:
        """Number of messages to the FPGA so far."""
        return self._count + len(self._tail)

    def size_from_fpga(self) -> int:
        """Number of messages that the reads so far will be answered with."""
        return sum(self._expected)

    def expected_answers(self) -> tuple[int, int, int]:
        """Numbers of answers that the reads so far will bring: Omnibus, JTAG, loopback."""
        omnibus, jtag, loopback = self._expected
        return omnibus, jtag, loopback

    def is_write_only(self) -> bool:
        """Whether there are no reads."""
        return not any(self._expected)

    def __str__(self) -> str:
        return "".join(ut.message_string(int(word)) + "\n" for word in self._words())

    def __repr__(self) -> str:
        only = "true" if self.is_write_only() else "false"
        return f"PlaybackProgramBuilder(to FPGA size: {self.size_to_fpga()}, is write only: {only})"

    def __copy__(self) -> PlaybackProgramBuilder:
        raise TypeError("a PlaybackProgramBuilder cannot be copied, use copy_back()")

    def __deepcopy__(self, memo: Any) -> PlaybackProgramBuilder:
        raise TypeError("a PlaybackProgramBuilder cannot be copied, use copy_back()")

    def __reduce__(self) -> Any:
        raise RuntimeError("a PlaybackProgramBuilder cannot be stored, store the program")
