"""Values of the vertices that read a chip, from the answers of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.execution.instance import ChipPart, InstanceInput, Values
from grenade.execution.ppu_results import PeriodicSamples
from grenade.execution.results import BatchResults, within
from grenade.signal_flow import MADC_SAMPLE, TimedBatch, vertices

_READING = (
    vertices.CrossbarL2Output, vertices.MADCReadoutView, vertices.CADCMembraneReadoutView, vertices.PlasticityRule)


class Readout:
    """What a batch brought on a chip.

    Parameters
    ----------
    part : ChipPart
        What was executed.
    results : BatchResults
        What came back.
    """

    def __init__(self, part: ChipPart, results: BatchResults) -> None:
        self._part, self._results = part, results
        realtime, ppu = part.realtime, part.ppu
        self._times = [
            results.times(each.begin, each.end) if each.begin is not None and each.end is not None else None
            for each in realtime.answers
        ]
        self._periodic: tuple[PeriodicSamples, PeriodicSamples] | None = None
        self._recordings: Mapping[int, np.ndarray] = {}
        if ppu is None:
            return
        for answers, expected in realtime.commands:
            ppu.check_command(results.words(answers), expected)
        if realtime.status is not None:
            ppu.check_status(results.words(realtime.status))
        if realtime.periodic is not None:
            self._periodic = ppu.decode_periodic(results.words(realtime.periodic))
        if realtime.recordings is not None:
            self._recordings = ppu.decode_recordings(results.words(realtime.recordings))

    def realtime(self) -> int:
        """Time of all sections together, FPGA cycles; of those in which events were recorded."""
        return sum(times.duration for times in self._times if times is not None)

    def symbols(self) -> Sequence[Mapping[str, Any]]:
        """Variables of the PPUs that were read, by batch entry."""
        answers, ppu = self._part.realtime.symbols, self._part.ppu
        if ppu is None or answers is None:
            return [{}] * self._part.realtime.template.batch_size
        return ppu.decode_symbols(self._results.words(answers))

    def values(self, snippet: int, given: InstanceInput, instance: ExecutionInstanceID) -> Values:
        """Values by descriptor of the vertices that read the chip in a snippet."""
        values: Values = {}
        for descriptor, vertex in given.graph.vertices_of(instance, *_READING):
            if isinstance(vertex, vertices.CrossbarL2Output):
                values[descriptor] = self._spikes(snippet)
            elif isinstance(vertex, vertices.MADCReadoutView):
                values[descriptor] = self._madc_samples(snippet)
            elif isinstance(vertex, vertices.CADCMembraneReadoutView):
                values[descriptor] = self._cadc_samples(snippet, vertex)
            elif isinstance(vertex, vertices.PlasticityRule):
                recorded = self._recording(snippet, descriptor)
                if recorded is not None:
                    values[descriptor] = recorded
        return values

    def _spikes(self, snippet: int) -> TimedBatch:
        section, times = self._part.sections[snippet], self._times[snippet]
        if times is None:
            return TimedBatch.empty(section.events.batch_size())
        return self._results.spikes(times, section.runtimes)

    def _madc_samples(self, snippet: int) -> TimedBatch:
        section, times = self._part.sections[snippet], self._times[snippet]
        if times is None:
            return TimedBatch.empty(section.events.batch_size(), MADC_SAMPLE)
        return self._results.madc_samples(times, section.runtimes, section.madc_sources)

    def _cadc_samples(self, snippet: int, view: Any) -> TimedBatch:
        section, hemisphere = self._part.sections[snippet], int(view.synram)
        columns = np.concatenate([np.asarray(each) for each in view.columns])
        answers = self._part.realtime.answers[snippet].cadc_result
        if answers is not None:
            assert self._part.ppu is not None
            codes = self._part.ppu.decode_cadc_result(self._results.words(answers))
            return TimedBatch.from_array(codes[:, hemisphere, columns])
        if self._periodic is None or section.empty:
            return TimedBatch.empty(section.events.batch_size(), np.int8, len(columns))
        samples = self._periodic[hemisphere]
        times = samples.times - np.repeat(self._since_first_periodic(snippet), samples.counts())
        limits = np.where(section.runtimes > 0, section.runtimes, section.ends)
        values = samples.values[:, np.searchsorted(samples.columns, columns)]
        # The host keeps the raw codes and sees them as signed numbers.
        return within(samples.offsets, times, values.view(np.int8), limits)

    def _since_first_periodic(self, snippet: int) -> np.ndarray:
        """Time from the begin of the first section that reads the CADC to that of another one, (batch,)."""
        sections = self._part.sections
        first = next(j for j, section in enumerate(sections) if section.cadc == "periodic" and not section.empty)
        one, other = self._times[first], self._times[snippet]
        if first == snippet or one is None or other is None:
            return np.zeros(sections[snippet].events.batch_size(), np.int64)
        return other.begin - one.begin

    def _recording(self, snippet: int, descriptor: int) -> TimedBatch | None:
        assert self._part.ppu is not None
        if not self._recordings:
            return None
        recorded = self._part.ppu.recording_of(descriptor, snippet, self._recordings)
        return None if recorded is None else TimedBatch.from_array(np.ascontiguousarray(recorded).view(np.int8))
