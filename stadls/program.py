"""Playback programs and the tickets of their reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

import numpy as np

import halco
from haldls.backend import Backend, Target
from haldls.container import Encodable, linear_number
from haldls.event import (
    MADC_SAMPLE_DTYPE,
    SPIKE_DTYPE,
    FPGATime,
    HighspeedLinkNotification,
    MADCSampleFromChip,
    SpikeFromChip,
)
from stadls import words as ut
from stadls._wire import ResponseDecoder, decode_messages
from stadls.backend import JTAG_QUEUE, LOOPBACK_QUEUE, OMNIBUS_QUEUE, words_from_responses
from stadls.words import Direction, Words

T = TypeVar("T")
E = TypeVar("E", bound=Encodable)

QUEUES = (OMNIBUS_QUEUE, JTAG_QUEUE, LOOPBACK_QUEUE)


class TicketError(RuntimeError):
    """The answer of a read was asked for before it was there."""


class Responses:
    """What came back from the execution of one program. Tickets share it with the program."""

    def __init__(self) -> None:
        self.decoder = ResponseDecoder()
        self.words: Words = np.zeros(0, dtype=np.uint64)
        self._arrays: dict[str, np.ndarray] = {}

    def load(self, words: Words) -> None:
        """Decode the response stream of a new execution. Notifications of earlier ones are kept."""
        self.decoder.clear()
        self._arrays = {}
        self.words = words
        self.decoder.feed(words)

    def queue(self, queue: int) -> np.ndarray:
        """Responses of one kind: structured array with `fpga_time` and, but for the loopback, `data`."""
        return self.array(("omnibus", "jtag", "loopback_ticks")[queue])

    def array(self, name: str) -> np.ndarray:
        """A result of the decoder; it is copied out of it once per execution."""
        if name not in self._arrays:
            self._arrays[name] = getattr(self.decoder, name)
        return self._arrays[name]


class ContainerTicket(Generic[E]):
    """Promise of a container that a program reads."""

    __slots__ = ("_responses", "_type", "_coordinate", "_backend", "_queue", "_start", "_count")

    def __init__(
        self, responses: Responses | None = None, container: Any = None, coordinate: Any = None,
        backend: Backend = Backend.Omnibus, queue: int = OMNIBUS_QUEUE, start: int = 0, count: int = 0,
    ) -> None:
        self._responses, self._type, self._coordinate = responses, container, coordinate
        self._backend, self._queue, self._start, self._count = backend, queue, start, count

    def _move(self, responses: Responses, offsets: list[int]) -> None:
        """Belong to another program, behind its own reads."""
        self._responses = responses
        self._start += offsets[self._queue]

    def _allocated(self) -> Responses:
        if self._responses is None:
            raise TicketError("the ticket belongs to no program")
        return self._responses

    def valid(self) -> bool:
        """Whether the answer has arrived."""
        return len(self._allocated().queue(self._queue)) >= self._start + self._count

    def _answers(self) -> np.ndarray:
        if not self.valid():
            raise TicketError(f"Data not available yet: {self._coordinate!r} has not been read")
        return self._allocated().queue(self._queue)[self._start : self._start + self._count]

    def get(self) -> E:
        """The container, decoded anew on every call.

        Raises
        ------
        TicketError
            The program has not been executed.
        DecodeError
            The registers held a bit pattern without meaning.
        """
        answers = self._answers()
        number = linear_number(self._type, self._coordinate)
        addresses = self._type._read_addresses(number, self._backend)
        data = np.zeros(0) if self._queue == LOOPBACK_QUEUE else answers["data"].astype(np.uint64)
        words = words_from_responses(self._backend, addresses, data)
        return self._type._decode(number, words.astype(np.uint32))

    def get_coordinate(self) -> Any:
        """Coordinate of the container."""
        self._allocated()
        return self._coordinate

    @property
    def fpga_time(self) -> FPGATime:
        """Time at which the last word of the answer arrived at the FPGA."""
        answers = self._answers()
        times = answers if self._queue == LOOPBACK_QUEUE else answers["fpga_time"]
        return FPGATime(int(times[-1]) if len(times) else 0)

    def __repr__(self) -> str:
        if self._responses is None:
            return "ContainerTicket()"
        return f"ContainerTicket({self._type.__name__} at {self._coordinate!r}, valid: {self.valid()})"


class EventVector(Generic[T]):
    """Events in order of arrival: a structured array that looks like a sequence of event objects."""

    __slots__ = ("_array", "_event")

    def __init__(self, array: np.ndarray, event: Any) -> None:
        self._array, self._event = array, event

    def to_numpy(self) -> np.ndarray:
        """The events as a packed structured array, without copying."""
        return self._array

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, i: int) -> T: ...
    @overload
    def __getitem__(self, i: slice) -> EventVector[T]: ...
    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return EventVector(self._array[i], self._event)
        return self._make(self._array[i])

    def _make(self, record: Any) -> Any:
        values = record.item()
        first = halco.SpikeLabel(values[0]) if self._event is SpikeFromChip else values[0]
        return self._event(first, *values[1:])

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self._array)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EventVector):
            return self._event is other._event and bool(np.array_equal(self._array, other._array))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:8]))
        return f"[{shown}{', ...' if len(self) > 8 else ''}]"


def message_lines(program: PlaybackProgram, direction: Direction | str) -> Iterator[str]:
    """The messages of a program, or of the responses to it, in the text form of the real system."""
    if Direction(direction) is Direction.TO_FPGA:
        yield from (ut.message_string(int(word)) for word in program.to_fpga)
        return
    for code, payload in decode_messages(program.from_fpga, Direction.FROM_FPGA):
        bits = ut.DICTIONARIES[Direction.FROM_FPGA].message_bits(code)
        yield ut.message_string(code << (bits - 8) | payload, Direction.FROM_FPGA)


class PlaybackProgram:
    """A finished sequence of instructions, and after execution its results.

    Attributes
    ----------
    to_fpga : ndarray of uint64
        The instruction words, without the halt that the executor appends.
    from_fpga : ndarray of uint64
        The packed response words of the last execution. Assigning to it decodes them.
    unsupported_targets : set of Target
        Executors that refuse the program, because it reads registers that cannot be read there.
    """

    def __init__(
        self,
        words: Words | None = None,
        responses: Responses | None = None,
        expected: tuple[int, int, int] = (0, 0, 0),
        unsupported_targets: frozenset[Target] = frozenset(),
    ) -> None:
        self._to_fpga = np.zeros(0, dtype=np.uint64) if words is None else words
        self._to_fpga.flags.writeable = False
        self._responses = responses or Responses()
        self._expected = expected
        self.unsupported_targets = set(unsupported_targets)

    @property
    def to_fpga(self) -> Words:
        return self._to_fpga

    @property
    def from_fpga(self) -> Words:
        return self._responses.words

    @from_fpga.setter
    def from_fpga(self, words: Words) -> None:
        self._responses.load(np.ascontiguousarray(words, dtype=np.uint64))

    def empty(self) -> bool:
        """Whether there is no instruction."""
        return len(self._to_fpga) == 0

    def size_to_fpga(self) -> int:
        """Number of messages to the FPGA."""
        return len(self._to_fpga)

    def size_from_fpga(self) -> int:
        """Number of messages that the reads are answered with."""
        return sum(self._expected)

    @property
    def answer_counts(self) -> tuple[int, int, int]:
        """Numbers of answers that the reads are due: Omnibus, JTAG, loopback."""
        return self._expected

    @property
    def omnibus_answers(self) -> np.ndarray:
        """Answers to all reads over the Omnibus in order: structured array (data, fpga_time)."""
        return self._responses.queue(OMNIBUS_QUEUE)

    @property
    def loopback_times(self) -> np.ndarray:
        """FPGA times of the answers to all reads of `NullPayloadReadable`, in order."""
        return self._responses.queue(LOOPBACK_QUEUE)

    def tickets_valid(self) -> bool:
        """Whether every read has been answered, and nothing else."""
        return all(len(self._responses.queue(queue)) == self._expected[queue] for queue in QUEUES)

    # -- results -----------------------------------------------------------------------------------------------

    @property
    def spikes(self) -> EventVector[SpikeFromChip]:
        """Spikes in order of arrival."""
        return EventVector(self._responses.array("spikes").view(SPIKE_DTYPE), SpikeFromChip)

    @property
    def madc_samples(self) -> EventVector[MADCSampleFromChip]:
        """Samples of the membrane ADC in order of arrival."""
        return EventVector(self._responses.array("madc_samples").view(MADC_SAMPLE_DTYPE), MADCSampleFromChip)

    @property
    def highspeed_link_notifications(self) -> list[HighspeedLinkNotification]:
        """Changes of link states, of all executions."""
        notes = self._responses.decoder.link_notifications
        return [HighspeedLinkNotification.from_payload(payload, time) for payload, time in notes.tolist()]

    @property
    def timeout_notifications(self) -> np.ndarray:
        """Time-outs of all executions: structured array (payload, fpga_time); see `stadls.run`."""
        return self._responses.decoder.timeout_notifications

    @property
    def spikes_pack_counts(self) -> halco.TypedArray[int]:
        """Number of messages with 1, 2 and 3 spikes."""
        counts = self._responses.decoder.spike_pack_counts
        return halco.TypedArray(halco.SpikePackFromFPGAOnDLS, np.asarray(counts).tolist())

    @property
    def madc_samples_pack_counts(self) -> halco.TypedArray[int]:
        """Number of messages with 1, 2 and 3 samples."""
        counts = self._responses.decoder.madc_pack_counts
        return halco.TypedArray(halco.MADCSamplePackFromFPGAOnDLS, np.asarray(counts).tolist())

    # -- value semantics ---------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlaybackProgram):
            return NotImplemented
        return (
            self._expected == other._expected
            and self.unsupported_targets == other.unsupported_targets
            and bool(np.array_equal(self._to_fpga, other._to_fpga))
            and bool(np.array_equal(self.from_fpga, other.from_fpga))
        )

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        both = (line for direction in Direction for line in message_lines(self, direction))
        return "".join(line + "\n" for line in both)

    def __repr__(self) -> str:
        return f"PlaybackProgram(to FPGA size: {self.size_to_fpga()}, from FPGA size: {self.size_from_fpga()})"
