"""What a run recorded, by populations and neurons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from grenade.common import ExecutionInstanceID, PopulationOnNetwork, Time
from grenade.network.graph import NetworkGraph
from grenade.network.translation import CircuitSources, ExecutionInstanceTranslation
from grenade.signal_flow.data import MADC_SAMPLE, TimedBatch, time_order
from grenade.signal_flow.output_data import OutputDataSnippet

SPIKE = np.dtype([("batch", np.int32), ("neuron", np.int32), ("compartment", np.int32), ("time", np.int64)])
"""A spike of a population: entry of the batch, source, time in FPGA cycles."""

CADC_SAMPLE = np.dtype([
    ("batch", np.int32), ("neuron", np.int32), ("compartment", np.int32), ("circuit", np.int32), ("time", np.int64),
    ("value", np.int8),
])
"""A CADC sample of a population: entry of the batch, circuit, time in FPGA cycles, signed 8 bit value."""

MADC_SAMPLE_OF_POPULATION = np.dtype([*CADC_SAMPLE.descr[:-1], ("value", np.uint16)])
"""An MADC sample of a population: as for the CADC, with a 10 bit value."""

Samples = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Time in ms, population, neuron, compartment, circuit on the compartment, value of each sample."""

_CYCLES_PER_MS = Time.fpga_clock_cycles_per_us * 1000


def extract_spike_arrays(snippet: OutputDataSnippet, graph: NetworkGraph) -> dict[PopulationOnNetwork, np.ndarray]:
    """Recorded spikes of each population.

    Parameters
    ----------
    snippet : OutputDataSnippet
        Results of a realtime snippet.
    graph : NetworkGraph
        Graph that was run.

    Returns
    -------
    dict of PopulationOnNetwork to numpy.ndarray of dtype `SPIKE`
        One entry for every population of which something is recorded, ordered by entry of the batch and time. Events
        with labels of nobody recorded are left out.
    """
    result = {}
    for instance, translation, data in _spikes(snippet, graph):
        observed = translation.observed_spikes
        source = observed.index_of_label[data.values]
        events = np.flatnonzero(source >= 0)
        source = source[events]
        populations, of_source = np.unique(observed.population, return_inverse=True)
        recorded = np.bincount(of_source[observed.recorded], minlength=len(populations)) > 0
        # A stable sort of 16 bit numbers is linear, so one sort is cheaper than one selection for each population.
        owner = of_source[source].astype(np.uint16)
        order = np.argsort(owner, kind="stable") if len(populations) > 1 else np.arange(len(owner))
        events, source = events[order], source[order]
        spikes = np.empty(len(events), SPIKE)
        spikes["batch"] = data.entries()[events]
        spikes["neuron"] = observed.neuron[source]
        spikes["compartment"] = observed.compartment[source]
        spikes["time"] = data.times[events]
        ends = np.cumsum(np.bincount(owner, minlength=len(populations)))
        for i in np.flatnonzero(recorded).tolist():
            population = PopulationOnNetwork(int(populations[i]), instance)
            result[population] = spikes[ends[i - 1] if i else 0:ends[i]]
    return result


def extract_neuron_spikes(
    snippet: OutputDataSnippet, graph: NetworkGraph
) -> list[dict[tuple[int, int, int], np.ndarray]]:
    """Recorded spikes of each neuron.

    Returns
    -------
    list of dict of (int, int, int) to numpy.ndarray of float64
        For each entry of the batch and every recorded (population as linear number, neuron, compartment) its times in
        ms, ascending. Events with labels of nobody recorded are left out.
    """
    batch_size = snippet.batch_size()
    result: list[dict[tuple[int, int, int], np.ndarray]] = [{} for _ in range(batch_size)]
    for instance, translation, data in _spikes(snippet, graph):
        observed = translation.observed_spikes
        rank = np.cumsum(observed.recorded) - 1
        recorded = np.flatnonzero(observed.recorded)
        base = int(instance) << 32
        keys = list(zip(
            (base + observed.population[recorded]).tolist(), observed.neuron[recorded].tolist(),
            observed.compartment[recorded].tolist(), strict=True,
        ))
        source = observed.index_of_label[data.values]
        events = np.flatnonzero(source >= 0)
        train = data.entries()[events] * len(keys) + rank[source[events]]
        order = np.argsort(train, kind="stable")
        times = data.times[events[order]] / _CYCLES_PER_MS
        ends = np.cumsum(np.bincount(train, minlength=batch_size * len(keys))).tolist()
        begin, i = 0, 0
        for entry in result:
            for key in keys:
                entry[key] = times[begin:ends[i]]
                begin, i = ends[i], i + 1
    return result


def _spikes(
    snippet: OutputDataSnippet, graph: NetworkGraph
) -> Iterator[tuple[ExecutionInstanceID, ExecutionInstanceTranslation, TimedBatch]]:
    for instance, translation in graph.graph_translation.execution_instances.items():
        vertex = translation.event_output_vertex
        if vertex is not None:
            yield instance, translation, _data(snippet, vertex, TimedBatch.empty(snippet.batch_size()))


def _data(snippet: OutputDataSnippet, vertex: int, otherwise: TimedBatch) -> TimedBatch:
    """Values that arrived at an output; nothing did if there was nothing to run."""
    return snippet.data.get(vertex, otherwise)


def extract_cadc_samples(snippet: OutputDataSnippet, graph: NetworkGraph) -> list[Samples]:
    """CADC samples of all recorded circuits.

    Returns
    -------
    list of tuple of six numpy.ndarray
        For each entry of the batch and each sample, ordered by time: time in ms (float32), population as linear
        number (int64), neuron, compartment, circuit on the compartment (int32), value (int8).
    """
    parts = [
        _Rows(data, np.arange(len(sources.neuron))[None, :], data.values, instance, sources)
        for instance, sources, data in _cadc(snippet, graph)
    ]
    return _by_entry(parts, snippet.batch_size(), np.int8)


def extract_madc_samples(snippet: OutputDataSnippet, graph: NetworkGraph) -> list[Samples]:
    """MADC samples of the one or two recorded circuits.

    Returns
    -------
    list of tuple of six numpy.ndarray
        As `extract_cadc_samples`; the value has 10 bits (uint16).
    """
    parts = [
        _Rows(data, data.values["channel"][:, None], data.values["value"][:, None], instance, sources)
        for instance, sources, data in _madc(snippet, graph)
    ]
    return _by_entry(parts, snippet.batch_size(), np.uint16)


def extract_cadc_arrays(snippet: OutputDataSnippet, graph: NetworkGraph) -> dict[PopulationOnNetwork, np.ndarray]:
    """CADC samples of each population.

    Returns
    -------
    dict of PopulationOnNetwork to numpy.ndarray of dtype `CADC_SAMPLE`
        One entry for each population with a recorded circuit, ordered by entry of the batch and time.
    """
    parts: dict[PopulationOnNetwork, list[np.ndarray]] = {}
    for instance, sources, data in _cadc(snippet, graph):
        for population in np.unique(sources.population).tolist():
            columns = np.flatnonzero(sources.population == population)
            samples = np.empty((len(data), len(columns)), CADC_SAMPLE)
            samples["batch"] = data.entries()[:, None]
            samples["time"] = data.times[:, None]
            for name in ("neuron", "compartment", "circuit"):
                samples[name] = getattr(sources, name)[columns]
            samples["value"] = data.values[:, columns]
            parts.setdefault(PopulationOnNetwork(population, instance), []).append(samples.reshape(-1))
    return {population: _in_time_order(arrays) for population, arrays in sorted(parts.items())}


class CADCRows(NamedTuple):
    """CADC samples of circuits of a population that are taken together.

    Attributes
    ----------
    offsets : (batch + 1,) int64
        Entry b of the batch has the rows `offsets[b]` to `offsets[b + 1]`.
    times : (rows,) int64
        FPGA cycles, ascending in each entry.
    values : (rows, n) int8
        Samples.
    neuron, compartment, circuit : (n,) int64
        Which circuits these are.
    """

    offsets: np.ndarray
    times: np.ndarray
    values: np.ndarray
    neuron: np.ndarray
    compartment: np.ndarray
    circuit: np.ndarray


def extract_cadc_rows(snippet: OutputDataSnippet, graph: NetworkGraph) -> dict[PopulationOnNetwork, list[CADCRows]]:
    """CADC samples of each population as they are taken: all circuits of a hemisphere at once.

    This is the quick way for many samples, as only those of different populations are taken apart. Not part of the
    real system's interface.

    Returns
    -------
    dict of PopulationOnNetwork to list of CADCRows
        One or two parts for each population with a recorded circuit, by hemisphere.
    """
    parts: dict[PopulationOnNetwork, list[CADCRows]] = {}
    for instance, sources, data in _cadc(snippet, graph):
        for population in np.unique(sources.population).tolist():
            chosen = sources.population == population
            columns = slice(None) if chosen.all() else np.flatnonzero(chosen)
            parts.setdefault(PopulationOnNetwork(population, instance), []).append(CADCRows(
                data.offsets, data.times, data.values[:, columns], sources.neuron[columns],
                sources.compartment[columns], sources.circuit[columns],
            ))
    return dict(sorted(parts.items()))


def extract_madc_arrays(snippet: OutputDataSnippet, graph: NetworkGraph) -> dict[PopulationOnNetwork, np.ndarray]:
    """MADC samples of each population.

    Returns
    -------
    dict of PopulationOnNetwork to numpy.ndarray of dtype `MADC_SAMPLE_OF_POPULATION`
        One entry for each population with a recorded circuit, ordered by entry of the batch and time.
    """
    result = {}
    for instance, sources, data in _madc(snippet, graph):
        entries = data.entries()
        for population in np.unique(sources.population).tolist():
            chosen = np.flatnonzero(sources.population[data.values["channel"]] == population)
            channel = data.values["channel"][chosen]
            samples = np.empty(len(chosen), MADC_SAMPLE_OF_POPULATION)
            samples["batch"], samples["time"] = entries[chosen], data.times[chosen]
            for name in ("neuron", "compartment", "circuit"):
                samples[name] = getattr(sources, name)[channel]
            samples["value"] = data.values["value"][chosen]
            result[PopulationOnNetwork(population, instance)] = samples
    return result


class _Rows(NamedTuple):
    """Samples, those taken at the same time in a row: numbers of their sources and values, (rows or 1, samples)."""

    data: TimedBatch
    source: np.ndarray
    value: np.ndarray
    instance: ExecutionInstanceID
    sources: CircuitSources


def _by_entry(parts: list[_Rows], batch_size: int, dtype: Any) -> list[Samples]:
    """Samples of all parts by entry of the batch, each in order of time."""
    entry = np.concatenate([np.empty(0, np.int64), *(part.data.entries() for part in parts)])
    time = np.concatenate([np.empty(0, np.int64), *(part.data.times for part in parts)])
    width = np.repeat([part.value.shape[1] for part in parts] or [0], [len(part.data) for part in parts] or [0])
    order = time_order(entry, time)
    first = np.empty(len(order), np.int64)
    first[order] = np.cumsum(width[order]) - width[order]
    total = int(width.sum())
    kinds: tuple[Any, ...] = (np.float32, np.int64, np.int32, np.int32, np.int32, dtype)
    columns = [np.empty(total, kind) for kind in kinds]
    # Samples are moved in blocks as wide as all rows allow, for that is much faster than one by one.
    block = math.gcd(*(part.value.shape[1] for part in parts)) or 1
    done = 0
    for part in parts:
        rows, across = part.value.shape
        start = first[done:done + rows, None] // block + np.arange(across // block)
        done += rows
        for column, values in zip(columns, _columns(part), strict=True):
            blocks = np.broadcast_to(values, (rows, across)).reshape(rows, across // block, block)
            column.reshape(-1, block)[start] = blocks
    ends = np.cumsum(np.bincount(entry, width, batch_size).astype(np.int64)).tolist()
    milliseconds, population, neuron, compartment, circuit, value = columns
    slices = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
    return [
        (milliseconds[own], population[own], neuron[own], compartment[own], circuit[own], value[own]) for own in slices
    ]


def _columns(part: _Rows) -> tuple[np.ndarray, ...]:
    sources = part.sources
    return (
        (part.data.times / _CYCLES_PER_MS)[:, None], (int(part.instance) << 32) + sources.population[part.source],
        sources.neuron[part.source], sources.compartment[part.source], sources.circuit[part.source], part.value,
    )


def _in_time_order(arrays: list[np.ndarray]) -> np.ndarray:
    if len(arrays) == 1:
        return arrays[0]
    samples = np.concatenate(arrays)
    return samples[np.lexsort((samples["time"], samples["batch"]))]


def _cadc(
    snippet: OutputDataSnippet, graph: NetworkGraph
) -> Iterator[tuple[ExecutionInstanceID, CircuitSources, TimedBatch]]:
    for instance, translation in graph.graph_translation.execution_instances.items():
        for vertex, sources in zip(translation.cadc_sample_output_vertex, translation.cadc_sources, strict=True):
            nothing = TimedBatch.empty(snippet.batch_size(), np.int8, len(sources.neuron))
            yield instance, sources, _data(snippet, vertex, nothing)


def _madc(
    snippet: OutputDataSnippet, graph: NetworkGraph
) -> Iterator[tuple[ExecutionInstanceID, CircuitSources, TimedBatch]]:
    for instance, translation in graph.graph_translation.execution_instances.items():
        vertex = translation.madc_sample_output_vertex
        if vertex is not None:
            yield instance, translation.madc_sources, _data(
                snippet, vertex, TimedBatch.empty(snippet.batch_size(), MADC_SAMPLE)
            )
