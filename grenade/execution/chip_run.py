"""One execution instance on a chip: static configuration, all entries of the batch, and their results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

import halco
import haldls
import lola
import stadls
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution.batch import ranges_of
from grenade.execution.connection_state import ConnectionState
from grenade.execution.health import health_of, health_reads
from grenade.execution.hooks import ExecutionInstanceHooks
from grenade.execution.instance import ChipPart, InstanceInput, Values, prepare
from grenade.execution.ppu_program import US
from grenade.execution.readout import Readout
from grenade.execution.realtime import BetweenEntries, madc_control
from grenade.execution.results import BatchResults, Executed
from grenade.signal_flow.output_data import ChipHealth
from stadls import Connection, PlaybackProgramBuilder

MAX_PROGRAM_SIZE = 2_097_152
"""Most instructions of a program: half of the playback memory."""

MAX_PARTS = 8
"""Most parts of a batch that run on clones. It does not depend on the machine, so that results do not either."""

ENTRIES_PER_PART = 16
"""Least number of entries for which a clone is made."""

_MADC_WAKE_UP_US = 1000


@dataclass(frozen=True)
class Options:
    """How the entries of a batch are executed.

    Attributes
    ----------
    batch_order, threads
        As of the executor.
    progress : callable or None
        Called with the part of the batch that is done, 0 to 1.
    """

    batch_order: str
    threads: int | None
    progress: Callable[[float], object] | None


@dataclass
class ChipResult:
    """What an execution instance brought.

    Attributes
    ----------
    values : list of dict
        By snippet: values of the vertices that read the chip, by descriptor.
    configs : list of lola.Chip
        Configurations of the snippets as they were written.
    symbols : sequence of mapping
        By batch entry: symbols of the PPUs.
    health : ChipHealth
        State of the links, events lost.
    realtime_duration, execution_duration : timedelta
        Time on the chip in all sections, and time that the connection took.
    """

    values: list[Values]
    configs: list[lola.Chip]
    symbols: Sequence[Mapping[str, Any]]
    health: ChipHealth
    realtime_duration: timedelta
    execution_duration: timedelta


def execute(
    state: ConnectionState, snippets: Sequence[InstanceInput], instance: ExecutionInstanceID,
    chip_on_connection: ChipOnConnection, hooks: ExecutionInstanceHooks.Chip, between: BetweenEntries,
    options: Options,
) -> ChipResult:
    """Execute an execution instance.

    Raises
    ------
    RuntimeError
        The graph cannot be executed, or a program failed; what was known of the chip is forgotten then.
    """
    part = prepare(snippets, instance, chip_on_connection, hooks, between)
    before = state.connection.time_info[0].execution_duration
    try:
        state.initialise()
        _set_up(state, part, hooks)
        executed, on_clones = _run_batch(state.connection, part, options)
        _tear_down(state, part, hooks)
    except BaseException:
        state.forget()
        raise
    state.changed(_left_behind(part))
    readout = Readout(part, BatchResults(executed, part.realtime.template.answers))
    values = [readout.values(j, snippet, instance) for j, snippet in enumerate(snippets)]
    return ChipResult(
        values, part.configs, readout.symbols(), health_of(executed), timedelta(microseconds=readout.realtime() / US),
        state.connection.time_info[0].execution_duration - before + on_clones,
    )


def _set_up(state: ConnectionState, part: ChipPart, hooks: ExecutionInstanceHooks.Chip) -> None:
    """Write the configuration, start the PPUs and wake the MADC up."""
    builder = PlaybackProgramBuilder()
    enforced = not hooks.pre_static_config.empty()
    builder.merge_back(hooks.pre_static_config)
    state.write(builder, part.configs[0], enforced)
    for coordinate, container in part.fpga_writes:
        builder.write(coordinate, container)
    if part.ppu is not None:
        for coordinate, contents in part.ppu.dram_writes():
            builder.write(coordinate, contents)
        part.ppu.start(builder)
    if part.uses_madc:
        builder.write(halco.MADCControlOnDLS(), madc_control(wake_up=True))
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(_MADC_WAKE_UP_US * US))
    builder.merge_back(hooks.pre_realtime)
    _finish(state.connection, builder)


def _tear_down(state: ConnectionState, part: ChipPart, hooks: ExecutionInstanceHooks.Chip) -> None:
    builder = PlaybackProgramBuilder()
    if part.ppu is not None:
        part.ppu.stop(builder)
    builder.merge_back(hooks.post_realtime)
    _finish(state.connection, builder)


def _finish(connection: Connection, builder: PlaybackProgramBuilder) -> None:
    if not builder.empty():
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(connection, builder.done())


def _run_batch(connection: Connection, part: ChipPart, options: Options) -> tuple[list[Executed], timedelta]:
    """Execute all entries, on clones where that is possible; also gives the time that clones took."""
    template = part.realtime.template
    cloneable = options.batch_order == "auto" and part.independent_entries and hasattr(connection, "clone")
    parts = _parts(template.batch_size) if cloneable else 1
    ranges = ranges_of(template.sizes(), MAX_PROGRAM_SIZE, parts)
    progress = _Progress(options.progress, len(ranges))

    def run(i: int, where: Any) -> Executed:
        return _run_entries(where, part, ranges[i], progress.part(i))

    if parts == 1 or len(ranges) == 1:
        return [run(i, connection) for i in range(len(ranges))], timedelta()
    clones: list[Any] = []
    with ThreadPoolExecutor(max_workers=options.threads or os.cpu_count() or 1) as pool:
        running = []
        for i in range(len(ranges) - 1):
            # The first clones run while others are made.
            clones.append(connection.clone(i + 1))  # type: ignore[attr-defined]
            running.append(pool.submit(run, i, clones[i]))
        # The last entries run on the chip itself, which so has seen the end of the batch.
        running.append(pool.submit(run, len(clones), connection))
        executed = [each.result() for each in running]
    duration = sum((clone.time_info[0].execution_duration for clone in clones), timedelta())
    if hasattr(connection, "take_back"):
        connection.take_back(clones)
    return executed, duration


def _parts(entries: int) -> int:
    """Number of parts of a batch that run on clones: a power of two, so that as many threads have as much to do."""
    most = max(1, min(MAX_PARTS, entries // ENTRIES_PER_PART))
    return 1 << most.bit_length() - 1


def _run_entries(
    connection: Connection, part: ChipPart, entries: range, progress: Callable[[float], object] | None
) -> Executed:
    words, answers = health_reads()
    builder = PlaybackProgramBuilder()
    builder.write_words(words, answers)
    count = len(entries)
    own = part.realtime.template.answers
    builder.write_words(part.realtime.template.assemble(entries), (own[0] * count, own[1] * count, own[2] * count))
    builder.write_words(words, answers)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    program = builder.done()
    with _reporting(connection, progress):
        stadls.run(connection, program)
    return Executed(entries, program, answers, answers)


def _left_behind(part: ChipPart) -> lola.Chip:
    """What is known of the chip after a run: where programs of the PPUs may have written, it is made to differ."""
    config = part.configs[0]
    if part.ppu is None:
        return config
    left = config.copy()
    part.ppu.spoil(left)
    return left


class _Progress:
    """Progress of a run as the mean of that of its parts."""

    def __init__(self, report: Callable[[float], object] | None, parts: int) -> None:
        self._report, self._done = report, np.zeros(parts)

    def part(self, i: int) -> Callable[[float], object] | None:
        report = self._report
        if report is None:
            return None

        def of_part(fraction: float) -> None:
            self._done[i] = fraction
            report(float(self._done.mean()))

        return of_part


@contextmanager
def _reporting(connection: Any, progress: Callable[[float], object] | None) -> Iterator[None]:
    """Tells the progress of a connection that can tell it, and that a program has come to its end."""
    if progress is None:
        yield
        return
    if hasattr(connection, "progress"):
        before, connection.progress = connection.progress, lambda state: progress(state.fraction)
        try:
            yield
        finally:
            connection.progress = before
    else:
        yield
    progress(1.0)
