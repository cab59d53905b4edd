"""What the programs of a batch brought: events and samples of its entries, sorted out for all entries together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from grenade.execution.batch import LOOPBACK, OMNIBUS, Answers
from grenade.signal_flow import TimedBatch
from grenade.signal_flow.data import MADC_SAMPLE
from stadls import PlaybackProgram


@dataclass
class Executed:
    """A program with some entries of a batch.

    Attributes
    ----------
    entries : range
        Its entries.
    program : PlaybackProgram
        The program after its execution.
    before, after : tuple of int
        Answers (Omnibus, JTAG, loopback) before those of the first entry and behind those of the last one.
    """

    entries: range
    program: PlaybackProgram
    before: tuple[int, int, int]
    after: tuple[int, int, int]


@dataclass
class SectionTimes:
    """FPGA times of a section.

    Attributes
    ----------
    begin, end : (batch,) int64
        When it began and ended.
    """

    begin: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    end: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def duration(self) -> int:
        """Sum over all entries, FPGA cycles."""
        return int((self.end - self.begin).sum())


class BatchResults:
    """Answers and events of all entries of a batch.

    Parameters
    ----------
    executed : sequence of Executed
        Programs in order of their entries.
    per_entry : tuple of int
        Answers of an entry: Omnibus, JTAG, loopback.
    """

    def __init__(self, executed: Sequence[Executed], per_entry: tuple[int, int, int]) -> None:
        self._executed = executed
        self._omnibus = self._by_entry(OMNIBUS, per_entry[OMNIBUS])
        self._loopback = self._by_entry(LOOPBACK, per_entry[LOOPBACK]).astype(np.int64)

    def _by_entry(self, queue: int, per_entry: int) -> np.ndarray:
        parts = []
        for each in self._executed:
            program = each.program
            answers = program.omnibus_answers["data"] if queue == OMNIBUS else program.loopback_times
            first, last = each.before[queue], len(answers) - each.after[queue]
            parts.append(answers[first:last].reshape(len(each.entries), per_entry))
        return np.concatenate(parts) if parts else np.zeros((0, per_entry), np.int64)

    def words(self, answers: Answers) -> np.ndarray:
        """Words that were read over the Omnibus, (batch, words)."""
        return self._omnibus[:, answers.of(OMNIBUS)]

    def times(self, begin: Answers, end: Answers) -> SectionTimes:
        """Times of a section from the answers at its begin and end."""
        return SectionTimes(self._loopback[:, begin.of(LOOPBACK)][:, 0], self._loopback[:, end.of(LOOPBACK)][:, 0])

    def spikes(self, times: SectionTimes, runtimes: np.ndarray) -> TimedBatch:
        """Labels of the spikes in a section, with their times since its begin.

        Parameters
        ----------
        times : SectionTimes
            Begin and end of the section.
        runtimes : (batch,) int64
            Length that was asked for in FPGA cycles; spikes after it are not part of the section. 0 is no limit.
        """
        offsets, when, chosen = self._select("spikes", times, runtimes)
        labels = [events["label"][part] for events, part in chosen]
        return TimedBatch(offsets, when, _joined(labels, np.dtype(np.uint16)))

    def madc_samples(self, times: SectionTimes, runtimes: np.ndarray, sources: int) -> TimedBatch:
        """Samples of the MADC in a section, with their times since its begin.

        With one source channel 0 is that of the neuron; with two the numbers are exchanged, so that 0 is the first
        neuron.
        """
        offsets, when, chosen = self._select("madc_samples", times, runtimes)
        channel = _joined([events["channel"][part] for events, part in chosen], np.dtype(np.uint8))
        samples = np.empty(len(channel), MADC_SAMPLE)
        samples["value"] = _joined([events["value"][part] for events, part in chosen], np.dtype(np.uint16))
        samples["channel"] = channel if sources == 1 else 1 - channel
        if sources > 1:
            return TimedBatch(offsets, when, samples)
        kept = channel == 0
        return TimedBatch(np.concatenate(([0], np.cumsum(kept)))[offsets], when[kept], samples[kept])

    def _select(
        self, what: str, times: SectionTimes, runtimes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
        """Events of a section: offsets of the entries, times, and for each program its events and their indices."""
        limit = np.where(runtimes > 0, np.minimum(times.end, times.begin + runtimes), times.end)
        counts, when, chosen = [], [], []
        for each in self._executed:
            events = getattr(each.program, what).to_numpy()
            chip_time = events["chip_time"].astype(np.int64)
            if np.any(chip_time[1:] < chip_time[:-1]):
                order = np.argsort(chip_time, kind="stable")
                events, chip_time = events[order], chip_time[order]
            entries = slice(each.entries.start, each.entries.stop)
            first = np.searchsorted(chip_time, times.begin[entries])
            last = np.maximum(np.searchsorted(chip_time, limit[entries]), first)
            part = _ranges(first, last)
            counts.append(last - first)
            when.append(chip_time[part] - np.repeat(times.begin[entries], last - first))
            chosen.append((events, part))
        offsets = np.concatenate(([0], np.cumsum(_joined(counts, np.dtype(np.int64)))))
        return offsets, _joined(when, np.dtype(np.int64)), chosen


def _joined(parts: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)


def _ranges(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """All numbers of several ranges, one range behind the other."""
    counts = last - first
    return np.repeat(first - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) + np.arange(counts.sum())


def within(offsets: np.ndarray, times: np.ndarray, values: np.ndarray, limits: np.ndarray) -> TimedBatch:
    """Values with times from 0 up to a limit of each entry; other times may be anything."""
    chosen = (times >= 0) & (times < np.repeat(limits, np.diff(offsets)))
    return TimedBatch(np.concatenate(([0], np.cumsum(chosen)))[offsets], times[chosen], values[chosen])
