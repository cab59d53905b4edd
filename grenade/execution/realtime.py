"""The real-time sections of an execution instance: instructions of all batch entries, and what comes back.

Times are FPGA cycles (8 ns) of the playback timer, which every section resets at its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import halco
import haldls
import lola
from grenade.execution.batch import Answers, EntryTemplate
from grenade.execution.hooks import ExecutionInstanceHooks
from grenade.execution.ppu_program import US, PPUProgram, Status
from grenade.signal_flow import TimedBatch
from stadls import PlaybackProgramBuilder
from stadls.spike_trains import timed_event_batches
from stadls.words import wait_until

SHIFT = 5 * US
"""Time by which the first section of an entry begins later, so that the forced reset of the neurons is over."""

_FORCED_RESET = US
_PPU_COMMAND = 6
_WRITE = 2
_TIMER = halco.TimerOnDLS()
_MADC = halco.MADCControlOnDLS()
_NULL = halco.NullPayloadReadableOnFPGA()


@dataclass
class Section:
    """What happens in one snippet of an execution instance.

    Attributes
    ----------
    config : lola.Chip
        Configuration of the chip.
    events : TimedBatch
        Labels of spikes to the chip.
    runtimes : (batch,) int64
        Length that the user asks for in FPGA cycles, 0 for none.
    records_spikes : bool
        Whether spikes come back.
    madc_sources : int
        Number of neurons that the MADC samples, 0 to 2.
    cadc : {None, "hagen", "periodic"}
        How the CADC is read.
    plasticity : bool
        Whether plasticity rules are scheduled.
    resets : (n,) int64
        Numbers of the neuron circuits that are reset before (`AtomicNeuronOnDLS`).
    """

    config: lola.Chip
    events: TimedBatch
    runtimes: np.ndarray
    records_spikes: bool = False
    madc_sources: int = 0
    cadc: str | None = None
    plasticity: bool = False
    resets: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        last = self.events.last_times()
        self.ends: np.ndarray = np.maximum(last + 1, self.runtimes)

    @property
    def records_events(self) -> bool:
        """Whether the FPGA has to forward events."""
        return self.records_spikes or self.madc_sources > 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do: neither events nor a runtime in any entry."""
        return not self.ends.any()


@dataclass
class SectionAnswers:
    """Where the answers of a section are among those of an entry; None for what there is not.

    Attributes
    ----------
    begin, end : Answers or None
        Times of begin and end.
    cadc_result : Answers or None
        CADC values in hagen mode.
    """

    begin: Answers | None = None
    end: Answers | None = None
    cadc_result: Answers | None = None


@dataclass
class BetweenEntries:
    """What happens between two entries.

    Attributes
    ----------
    disable_routing : bool
        Whether no event passes the crossbar.
    wait : int
        Least time from the begin of an entry's real-time section (of its end if it has several) to the next entry.
    """

    disable_routing: bool = True
    wait: int = 0


class RealtimeProgram:
    """Instructions of all entries of a batch.

    Parameters
    ----------
    sections : list of Section
        Snippets in order.
    ppu : PPUProgram or None
        What the PPUs do.
    hooks : ExecutionInstanceHooks.Chip
        Additions of the user.
    between : BetweenEntries
        What separates two entries.

    Attributes
    ----------
    template : EntryTemplate
        The instructions.
    answers : list of SectionAnswers
        Answers by section.
    commands : list of tuple of Answers and Status
        States of the PPUs before each command, and what they should be.
    periodic, recordings, status, symbols : Answers or None
        Answers with CADC samples, plasticity recordings, states and symbols of the PPUs.

    Raises
    ------
    RuntimeError
        A hook inside reads, or has commands for times of a section with which nothing is to be done.
    """

    def __init__(
        self, sections: list[Section], ppu: PPUProgram | None, hooks: ExecutionInstanceHooks.Chip,
        between: BetweenEntries,
    ) -> None:
        self._sections, self._ppu, self._hooks = sections, ppu, hooks
        self.template = EntryTemplate(sections[0].events.batch_size())
        self.answers = [SectionAnswers() for _ in sections]
        self.commands: list[tuple[Answers, Status]] = []
        self.periodic: Answers | None = None
        self.recordings: Answers | None = None
        self.status: Answers | None = None
        self.symbols: Answers | None = None
        self._begin_of_events = np.zeros(self.template.batch_size, np.int64)

        if sections[-1].empty and not hooks.inside_realtime.empty():
            raise RuntimeError(
                "the hook inside_realtime has commands, but the last snippet has neither events nor a runtime"
            )
        self._builder.copy_back(hooks.inside_realtime_begin)
        for j in range(len(sections)):
            self._section(j)
        self._after_sections(between)
        self.template.close()

    @property
    def _builder(self) -> PlaybackProgramBuilder:
        return self.template.builder

    # -- one section -------------------------------------------------------------------------------------------------

    def _section(self, j: int) -> None:
        section = self._sections[j]
        if self._ppu is not None and any(each.plasticity and not each.empty for each in self._sections[:j]):
            # A rule may run beyond its section; the PPUs would not see a command meanwhile.
            self._ppu.wait_idle(self._builder)
        if j > 0:
            # Also if nothing else happens; and before the timer begins, for it may take long.
            self._builder.write(halco.ChipOnDLS(), section.config, self._sections[j - 1].config)
        if section.empty:
            return
        self._builder.write(_TIMER, haldls.Timer())
        zero = self._prelude(j)
        self._wait(zero)
        ticket = section.records_events or (section.cadc == "periodic" and len(self._sections) > 1)
        begin = zero
        if ticket:
            self.answers[j].begin = self._read_time()
            begin += 1
        if section.plasticity:
            self._command(Status.SCHEDULER)
            begin += _PPU_COMMAND
        self._events(section, begin, j == len(self._sections) - 1)
        end = begin + section.ends
        self._wait(end)
        if ticket:
            self.answers[j].end = self._read_time()
        self._wait(end + 1 + US)
        self._postlude(j, end + 1 + US)
        self._begin_of_events = np.full_like(end, begin) if len(self._sections) == 1 else end

    def _prelude(self, j: int) -> int:
        """Everything before time 0 of a section; gives the time of that."""
        section, first = self._sections[j], j == 0
        start = time = SHIFT if first else 0
        steps: list[tuple[int, Any]] = []
        if section.records_events and not self._before(j, "records_events"):
            steps.append((time, lambda: self._record_events(True)))
            time += _WRITE
        if section.plasticity:
            steps.append((time, lambda: self._runtimes(j)))
            time += 2 * 2 * _WRITE
        if section.madc_sources and not self._before(j, "madc_sources"):
            steps.append((time, lambda: self._builder.write(_MADC, madc_control(start_recording=True))))
            time += _WRITE + 10 * US
        if section.cadc == "hagen":
            steps.append((time, lambda: self._command(Status.BASELINE_READ)))
            time += _PPU_COMMAND + 20 * US
        if len(section.resets):
            if self._ppu is not None:
                steps.append((time, lambda: self._command(Status.RESET_NEURONS)))
                time += _PPU_COMMAND + 4 * US
            else:
                steps.append((time, lambda: self._reset_neurons(section.resets)))
                time += _WRITE * len(section.resets)
        if section.cadc == "periodic" and j == self._periodic_sections()[0]:
            steps.append((time, lambda: self._command(Status.PERIODIC_READ)))
            time += _PPU_COMMAND + 15 * US
        if time > start:
            time += US
        if first:
            duration = time - start
            steps.append((duration, lambda: self._force_reset(True)))
            steps.append((duration + _FORCED_RESET, lambda: self._force_reset(False)))
        for when, act in sorted(steps, key=lambda step: step[0]):
            self._wait(when)
            act()
        return time

    def _events(self, section: Section, begin: int, last: bool) -> None:
        """Input events, and between them what the user adds to the last section."""
        events = section.events
        added = self._hooks.inside_realtime.timed_builders() if last else []
        first = 0
        for time, builder in added:
            self._spikes(_between(events, first, time), begin)
            if time > 0:
                self._wait(begin + time - 1)
            self._builder.merge_back(builder)
            first = time
        self._spikes(_between(events, first, None) if added else events, begin)

    def _spikes(self, events: TimedBatch, begin: int) -> None:
        if len(events):
            self.template.own(*timed_event_batches(events.offsets, events.times + begin, events.values))

    def _postlude(self, j: int, time: np.ndarray) -> None:
        """Everything after a section that still belongs to it."""
        section = self._sections[j]
        if section.cadc == "hagen":
            assert self._ppu is not None
            if section.plasticity:
                self._ppu.wait_idle(self._builder)
            self._command(Status.READ)
            if section.plasticity:
                # The command may be later than the time below.
                self._ppu.wait_idle(self._builder)
            self._wait(time + _PPU_COMMAND + 10 * US)
            self.answers[j].cadc_result = self._answers_to(self._ppu.read_cadc_result)
        if section.cadc == "periodic" and j == self._periodic_sections()[-1]:
            self._command(Status.STOP_PERIODIC_READ, Status.PERIODIC_READ)
        if section.madc_sources and not self._after(j, "madc_sources"):
            self._builder.write(_MADC, madc_control(stop_recording=True))
        if section.records_events and not self._after(j, "records_events"):
            self._record_events(False)

    def _before(self, j: int, what: str) -> bool:
        return j > 0 and not self._sections[j - 1].empty and bool(getattr(self._sections[j - 1], what))

    def _after(self, j: int, what: str) -> bool:
        following = self._sections[j + 1:j + 2]
        return bool(following) and not following[0].empty and bool(getattr(following[0], what))

    def _periodic_sections(self) -> list[int]:
        return [j for j, section in enumerate(self._sections) if section.cadc == "periodic" and not section.empty]

    # -- after the sections ------------------------------------------------------------------------------------------

    def _after_sections(self, between: BetweenEntries) -> None:
        ppu = self._ppu
        plasticity = any(section.plasticity and not section.empty for section in self._sections)
        if ppu is not None and (plasticity or self._periodic_sections()):
            ppu.wait_idle(self._builder)
        if ppu is not None and plasticity:
            self.status = self._answers_to(ppu.read_status)
        self._builder.copy_back(self._hooks.inside_realtime_end)
        if ppu is not None and self._hooks.read_ppu_symbols:
            self.symbols = self._answers_to(ppu.read_symbols)
        self._barrier()
        nodes = self._sections[0].config.crossbar.nodes.columns
        if between.disable_routing:
            self._builder.write(_NODES, _DROP_ALL)
            self._barrier()
        if ppu is not None and self._periodic_sections():
            self.periodic = self._answers_to(ppu.read_periodic)
        if ppu is not None and ppu.records:
            self.recordings = self._answers_to(ppu.read_recordings)
        self._barrier()
        if len(self._sections) > 1:
            self._builder.write(halco.ChipOnDLS(), self._sections[0].config, self._sections[-1].config)
        if between.wait:
            self._wait(self._begin_of_events + between.wait)
        if between.disable_routing:
            self._builder.write(_NODES, nodes)
        self._barrier()

    # -- instructions ------------------------------------------------------------------------------------------------

    def _wait(self, time: Any) -> None:
        """Wait for a time of the timer, the same for all entries or one for each."""
        if np.ndim(time) == 0 or (len(time) and (time == time[0]).all()):
            self._builder.block_until(_TIMER, haldls.Timer.Value(int(np.ravel(time)[0])))
        elif len(time):
            self.template.own(wait_until(time), np.arange(len(time) + 1))

    def _answers_to(self, read: Callable[[PlaybackProgramBuilder], object]) -> Answers:
        """Append what reads; gives where its answers are."""
        mark = self.template.mark()
        read(self._builder)
        return self.template.since(mark)

    def _read_time(self) -> Answers:
        return self._answers_to(lambda builder: builder.read(_NULL))

    def _barrier(self) -> None:
        self._builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)

    def _command(self, status: Status, expected: Status = Status.IDLE) -> None:
        assert self._ppu is not None
        command = self._ppu.command
        self.commands.append((self._answers_to(lambda builder: command(builder, status)), expected))

    def _record_events(self, enable: bool) -> None:
        config = haldls.EventRecordingConfig()
        config.enable_event_recording = enable
        self._builder.write(halco.EventRecordingConfigOnFPGA(), config)

    def _runtimes(self, j: int) -> None:
        """Tell the PPUs how long their rules are scheduled."""
        assert self._ppu is not None
        section = self._sections[j]
        runtimes = np.where(section.runtimes > 0, section.runtimes, section.ends)
        different, which = np.unique(runtimes, return_inverse=True)
        if len(different) == 1:
            self._ppu.write_runtime(self._builder, 2 * int(different[0]), j)
            return
        words = []
        for runtime in different.tolist():
            builder = PlaybackProgramBuilder()
            self._ppu.write_runtime(builder, 2 * runtime, j)
            words.append(builder.done().to_fpga)
        size = len(words[0])
        self.template.own(np.array(words)[which].ravel(), size * np.arange(len(which) + 1))

    def _force_reset(self, value: bool) -> None:
        for coordinate in halco.iter_all(halco.CommonNeuronBackendConfigOnDLS):
            config = self._sections[0].config.neuron_block.backends[coordinate].copy()
            config.force_reset = value or config.force_reset
            self._builder.write(coordinate, config)

    def _reset_neurons(self, circuits: np.ndarray) -> None:
        # Resets are numbered by side, row and column on the side.
        numbers = circuits % 256 // 128 * 256 + circuits // 256 * 128 + circuits % 128
        self._builder.write(numbers, haldls.Columns(haldls.NeuronReset, len(numbers)))


_NODES = np.arange(halco.CrossbarNodeOnDLS.size)
_DROP_ALL = haldls.Columns(haldls.CrossbarNode, len(_NODES))
_DROP_ALL.target = haldls.CrossbarNode.drop_all.target.value()


def madc_control(**bits: bool) -> haldls.MADCControl:
    """State of the MADC for continuous recordings; bits by name are set besides."""
    control = haldls.MADCControl()
    control.enable_pre_amplifier = control.enable_continuous_sampling = True
    for name, value in bits.items():
        setattr(control, name, value)
    return control


def _between(events: TimedBatch, first: int, last: int | None) -> TimedBatch:
    """Events from a time on and before another one."""
    chosen = events.times >= first
    if last is not None:
        chosen &= events.times < last
    counts = np.concatenate(([0], np.cumsum(chosen)))[events.offsets]
    return TimedBatch(counts, events.times[chosen], events.values[chosen])
