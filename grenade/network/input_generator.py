"""Spike trains of external populations as input data."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from grenade.common import ExecutionInstanceID, PopulationOnNetwork
from grenade.network.graph import NetworkGraph
from grenade.network.population import ExternalSourcePopulation
from grenade.network.routing.ragged import turns_of
from grenade.network.spike_trains import SpikeTrains
from grenade.network.translation import SpikeLabels
from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.input_data import InputDataSnippet


@dataclass(frozen=True)
class _Events:
    """Events in order of their addition; without `entry` they are the same in all entries of the batch."""

    entry: np.ndarray | None
    time: np.ndarray
    label: np.ndarray

    def in_all(self, batch_size: int) -> _Events:
        """The same events in each entry of a batch."""
        entry = np.repeat(np.arange(batch_size), len(self.time))
        return _Events(entry, np.tile(self.time, batch_size), np.tile(self.label, batch_size))


class InputGenerator:
    """Collects spike trains and makes input data of them.

    Spikes of a source that neither has a connection nor is recorded are left out, for they would have no effect. A
    source whose events take several ways through the chip gets an event for each of them, at the same time.

    Parameters
    ----------
    network_graph : NetworkGraph
        Graph that gets the spikes.
    batch_size : int
        Number of entries of the batch.

    Raises
    ------
    ValueError
        The batch size is negative.
    TypeError
        The batch size is no integer.
    """

    def __init__(self, network_graph: NetworkGraph, batch_size: int = 1) -> None:
        self._batch_size = index(batch_size)
        if self._batch_size < 0:
            raise ValueError(f"InputGenerator: batch size is {batch_size}, expected 0 or more")
        self._graph = network_graph
        self._events: dict[ExecutionInstanceID, list[_Events]] = {}

    def add(self, times: Any, population: Any) -> None:
        """Add spike trains of a population.

        Parameters
        ----------
        times : nested lists or arrays
            One dimension: a spike train that all sources have in all entries of the batch. Two: a train for each
            source, the same in all entries. Three: a train for each entry and source. Trains may differ in length.
            Whole numbers and `Time` are FPGA cycles (8 ns), floats are milliseconds; see `SpikeTrains.parse`.
        population : PopulationOnNetwork or PopulationOnExecutionInstance
            External population; without an execution instance one of the instance 0.

        Raises
        ------
        RuntimeError
            The population is not external, or its size or that of the batch differs from the number of trains.
        IndexError
            There is no such population.
        TypeError, ValueError, OverflowError
            A time is no time.
        """
        instance, labels = self._find(population)
        trains = SpikeTrains.parse(times)
        size = len(labels)
        if trains.dimensions == 1:
            spikes = len(trains.times)
            neuron, time = np.repeat(np.arange(size), spikes), np.tile(trains.times, size)
            self._put(instance, labels, None, neuron, time)
            return
        wrong = np.flatnonzero(trains.trains != size)
        if wrong.size:
            entry = f" in batch entry {wrong[0]}" if trains.dimensions == 3 else ""
            raise RuntimeError(f"{trains.trains[wrong[0]]} spike trains{entry} for {size} sources of {population!r}")
        if trains.dimensions == 3 and len(trains.trains) != self._batch_size:
            raise RuntimeError(f"spike trains of {len(trains.trains)} batch entries, expected {self._batch_size}")
        neuron = np.repeat(np.tile(np.arange(size), len(trains.trains)), trains.counts)
        entries = None
        if trains.dimensions == 3:
            per_entry = trains.counts.reshape(self._batch_size, size).sum(axis=1)
            entries = np.repeat(np.arange(self._batch_size), per_entry)
        self._put(instance, labels, entries, neuron, trains.times)

    def add_events(self, batch: ArrayLike, neuron: ArrayLike, times: ArrayLike, population: Any) -> None:
        """Add single spikes of a population, in any order.

        Parameters
        ----------
        batch, neuron : (n,) integers
            Entry of the batch and source of each spike.
        times : (n,) integers
            FPGA cycles (8 ns).
        population : PopulationOnNetwork or PopulationOnExecutionInstance
            External population; without an execution instance one of the instance 0.

        Raises
        ------
        RuntimeError
            The population is not external.
        IndexError
            There is no such population, entry or source.
        TypeError
            Something else than integers.
        ValueError
            The arrays differ in length, or a time is negative or does not fit into 63 bits.
        """
        instance, labels = self._find(population)
        columns = {"batch": np.asarray(batch), "neuron": np.asarray(neuron), "times": np.asarray(times)}
        limits = {"batch": self._batch_size, "neuron": len(labels), "times": None}
        for name, column in columns.items():
            if column.shape != (columns["times"].size,):
                raise ValueError(f"add_events: {name} has shape {column.shape}, expected one, all of one length")
            if not column.size:
                continue
            if column.dtype.kind not in "iu":
                raise TypeError(f"add_events: {name} is of the type {column.dtype}, expected integers")
            limit = limits[name]
            if limit is not None and (column.min() < 0 or column.max() >= limit):
                raise IndexError(f"add_events: {name} is {column.min()} to {column.max()}, expected 0 to {limit - 1}")
        entry, source, time = (column.astype(np.int64) for column in columns.values())
        # What needs the 64th bit is negative by now.
        if time.size and time.min() < 0:
            wrong = columns["times"][time.argmin()]
            raise ValueError(f"add_events: a time is {wrong}, expected 0 to {(1 << 63) - 1}")
        self._put(instance, labels, entry, source, time)

    def done(self) -> InputDataSnippet:
        """Input data with all spikes, ordered by time; equal times keep the order in which they were added.

        Every execution instance with an external population gets its entries, though they may be empty. The generator
        is as new afterwards.
        """
        collected, self._events = self._events, {}
        data = {}
        for instance, translation in self._graph.graph_translation.execution_instances.items():
            if translation.event_input_vertex is not None:
                data[translation.event_input_vertex] = self._batch(collected.get(instance, []))
        return InputDataSnippet(data)

    def _find(self, population: Any) -> tuple[ExecutionInstanceID, SpikeLabels]:
        """Execution instance of an external population, and its labels."""
        found = PopulationOnNetwork.coerce(population)
        instance = found.toExecutionInstanceID()
        instances = self._graph.network.execution_instances
        if instance not in instances or found not in instances[instance].populations:
            raise IndexError(f"the network has no {found!r}")
        if not isinstance(instances[instance].populations[found], ExternalSourcePopulation):
            raise RuntimeError(f"{found!r} is not external: its spikes do not come from the host")
        return instance, self._graph.graph_translation.execution_instances[instance].spike_labels[found]

    def _put(
        self, instance: ExecutionInstanceID, labels: SpikeLabels, entry: np.ndarray | None, neuron: np.ndarray,
        time: np.ndarray,
    ) -> None:
        counts, label_of = np.diff(labels.offsets), labels.label.astype(np.uint16)
        if (counts == 1).all():
            self._events.setdefault(instance, []).append(_Events(entry, time, label_of[neuron]))
            return
        repeats = counts[neuron]
        event = np.repeat(np.arange(len(neuron)), repeats)
        label = label_of[labels.offsets[neuron[event]] + turns_of(repeats)]
        events = _Events(None if entry is None else entry[event], time[event], label)
        self._events.setdefault(instance, []).append(events)

    def _batch(self, parts: list[_Events]) -> TimedBatch:
        size = self._batch_size
        if not parts:
            return TimedBatch.empty(size)
        complete = [part if part.entry is not None else part.in_all(size) for part in parts]
        entry, time, label = (
            column[0] if len(column) == 1 else np.concatenate(column)
            for column in zip(*((part.entry, part.time, part.label) for part in complete), strict=True)
        )
        return TimedBatch.from_events(entry, time, label, size)
