"""Where the things of a network are in its hardware graph: labels of spikes, vertices, synapses, circuits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np

from grenade.common import (
    ExecutionInstanceID,
    PlasticityRuleOnExecutionInstance,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
)
from grenade.network.network import Descriptors
from grenade.network.routing.weight_split import MAX_WEIGHT, split_weights
from halco import CompartmentOnLogicalNeuron, HemisphereOnDLS, PadOnDLS, SpikeLabel

NO_LABEL = -1


class SpikeLabels(Sequence[dict[CompartmentOnLogicalNeuron, list[SpikeLabel | None]]]):
    """Labels with which the spikes of a population are on their way, ``labels[neuron][compartment]``.

    A source outside the neurons of the chip has the compartment 0 and one label for each way that its events take.
    A compartment of a neuron has an entry for each of its circuits, None where the circuit emits no events.

    Parameters
    ----------
    size : int
        Number of neurons.
    neuron, compartment : (k,) int64
        What each label belongs to, ascending.
    label : (k,) int64
        16 bit spike label, or `NO_LABEL`.
    """

    def __init__(self, size: int, neuron: np.ndarray, compartment: np.ndarray, label: np.ndarray) -> None:
        self._size = size
        self.neuron = neuron
        self.compartment = compartment
        self.label = label

    @cached_property
    def offsets(self) -> np.ndarray:
        """(size + 1,) int64: where the labels of each neuron begin and end."""
        return np.searchsorted(self.neuron, np.arange(self._size + 1))

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> dict[CompartmentOnLogicalNeuron, list[SpikeLabel | None]]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[CompartmentOnLogicalNeuron, list[SpikeLabel | None]]]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(self._size)[index]]
        i = range(self._size)[index]
        part = slice(self.offsets[i], self.offsets[i + 1])
        labels: dict[CompartmentOnLogicalNeuron, list[SpikeLabel | None]] = {}
        for compartment, label in zip(self.compartment[part].tolist(), self.label[part].tolist(), strict=True):
            entry = labels.setdefault(CompartmentOnLogicalNeuron(compartment), [])
            entry.append(None if label == NO_LABEL else SpikeLabel(label))
        return labels

    def __repr__(self) -> str:
        return f"<{np.count_nonzero(self.label != NO_LABEL)} spike labels of {self._size} neurons>"


@dataclass(frozen=True)
class ObservedSpikes:
    """Sources of an execution instance whose spikes come back to the host.

    Attributes
    ----------
    label : (k,) int64
        Spike label with which they come back.
    population, neuron, compartment : (k,) int64
        Source.
    recorded : (k,) bool
        Whether the spikes are asked for; otherwise only another execution instance uses them.
    """

    label: np.ndarray
    population: np.ndarray
    neuron: np.ndarray
    compartment: np.ndarray
    recorded: np.ndarray

    @classmethod
    def of(cls, rows: Iterable[np.ndarray]) -> ObservedSpikes:
        """From tables with the columns label, population, neuron, compartment, recorded."""
        label, population, neuron, compartment, recorded = np.concatenate([np.empty((0, 5), np.int64), *rows]).T.copy()
        return cls(label, population, neuron, compartment, recorded.astype(bool))

    @cached_property
    def index_of_label(self) -> np.ndarray:
        """(65536,) int32: which source has the label and is recorded, -1 for none."""
        table = np.full(1 << 16, -1, np.int32)
        coming = np.flatnonzero(self.recorded & (self.label != NO_LABEL))
        table[self.label[coming]] = coming
        return table


@dataclass(frozen=True)
class CircuitSources:
    """Circuits that samples of analog readout belong to, in the order of their channels; arrays of shape (k,)."""

    population: np.ndarray
    neuron: np.ndarray
    compartment: np.ndarray
    circuit: np.ndarray

    @classmethod
    def of(cls, neurons: Iterable[Any]) -> CircuitSources:
        """From neurons of a recording."""
        rows = [
            (
                int(each.coordinate.population), each.coordinate.neuron_on_population,
                int(each.coordinate.compartment_on_neuron), each.coordinate.atomic_neuron_on_compartment,
            )
            for each in neurons
        ]
        return cls(*np.array(rows, np.int64).reshape(-1, 4).T.copy())


def _index_in_view(hemisphere: np.ndarray) -> np.ndarray:
    """Number of each element among those of the same hemisphere, int64, shape (m,)."""
    bottom = np.cumsum(hemisphere)
    return np.where(hemisphere == 1, bottom - 1, np.arange(len(hemisphere)) - bottom)


@dataclass(frozen=True)
class PlacedSynapses:
    """Synapses of a projection in its synapse views.

    Attributes
    ----------
    offsets : (connections + 1,) int64
        Synapses of connection i are ``offsets[i]`` to ``offsets[i + 1]``.
    connection : (m,) int64
        Connection of each synapse.
    hemisphere : (m,) int64
        Hemisphere, hence the view, of each synapse.
    index : (m,) int64
        Number of the synapse in the view.
    """

    offsets: np.ndarray
    connection: np.ndarray
    hemisphere: np.ndarray
    index: np.ndarray

    @classmethod
    def of(cls, offsets: np.ndarray, hemisphere: np.ndarray) -> PlacedSynapses:
        """The view of each hemisphere takes its synapses in order of the connections."""
        counts = np.diff(offsets)
        connection = np.repeat(np.arange(len(counts)), counts)
        return cls(offsets, connection, hemisphere, _index_in_view(hemisphere))

    def on(self, hemisphere: int) -> np.ndarray:
        """Numbers of the synapses on a hemisphere, in the order of the view."""
        return np.flatnonzero(self.hemisphere == hemisphere)

    @cached_property
    def _parts(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Numbers of the synapses of each view, and their connections."""
        parts = {}
        for hemisphere in np.unique(self.hemisphere).tolist():
            synapses = self.on(hemisphere)
            parts[hemisphere] = synapses, self.connection[synapses]
        return parts

    @cached_property
    def _one_each(self) -> bool:
        return bool((np.diff(self.offsets) == 1).all())

    def weights(self, weight: np.ndarray) -> dict[int, np.ndarray]:
        """Weights of the synapses of the views, uint8, by hemisphere.

        Parameters
        ----------
        weight : (connections,) int64
            Weights of the connections; the first synapses take 63 each, as long as there is so much left.

        Raises
        ------
        OverflowError
            A connection has too few synapses for its weight.
        """
        if self._one_each and weight.max(initial=0) <= MAX_WEIGHT:
            small = weight.astype(np.uint8)
            return {hemisphere: small[connection] for hemisphere, (_, connection) in self._parts.items()}
        split = split_weights(weight, self.offsets)
        return {hemisphere: split[synapses] for hemisphere, (synapses, _) in self._parts.items()}


@dataclass(frozen=True)
class PlacedCircuits:
    """Circuits of a population in its neuron views.

    Attributes
    ----------
    size : int
        Number of neurons.
    table : (m, 4) int64
        Neuron, compartment, circuit on the compartment, number of the circuit on the chip.
    hemisphere : (m,) int64
        Hemisphere, hence the view, of each circuit.
    index : (m,) int64
        Number of the circuit in the view.
    """

    size: int
    table: np.ndarray
    hemisphere: np.ndarray
    index: np.ndarray

    @classmethod
    def of(cls, size: int, table: np.ndarray) -> PlacedCircuits:
        """The view of each hemisphere takes its circuits in order of neurons, compartments and circuits."""
        hemisphere = table[:, 3] // 256
        return cls(size, table, hemisphere, _index_in_view(hemisphere))

    def columns(self, hemisphere: int) -> np.ndarray:
        """Columns of the circuits of a view."""
        return self.table[self.hemisphere == hemisphere, 3] % 256

    @cached_property
    def offsets(self) -> np.ndarray:
        """(size + 1,) int64: where the circuits of each neuron begin and end in `table`."""
        return np.searchsorted(self.table[:, 0], np.arange(self.size + 1))

    @cached_property
    def number_of_chip(self) -> np.ndarray:
        """(512,) int64: number of each circuit of the chip in `table`, -1 for circuits of others."""
        numbers = np.full(512, -1, np.int64)
        numbers[self.table[:, 3]] = np.arange(len(self.table))
        return numbers

    def find(self, neuron: int, compartment: int, circuit: int) -> int:
        """Number of a circuit in `table`.

        Raises
        ------
        KeyError
            There is no such circuit.
        """
        if 0 <= neuron < self.size:
            start, stop = self.offsets[neuron:neuron + 2].tolist()
            found = np.flatnonzero((self.table[start:stop, 1:3] == (compartment, circuit)).all(axis=1))
            if found.size:
                return start + int(found[0])
        raise KeyError(f"circuit {circuit} of compartment {compartment} of neuron {neuron}")


def _by(kind: Any) -> Any:
    """Field that holds something for each descriptor of a type."""
    return field(default_factory=lambda: Descriptors(kind))


@dataclass
class ExecutionInstanceTranslation:
    """Where the things of an execution instance are in the graph. Vertices are given by their descriptors.

    Attributes
    ----------
    spike_labels : dict of PopulationOnExecutionInstance to SpikeLabels
        Labels of all sources of spikes.
    observed_spikes : ObservedSpikes
        Sources of spikes that the chip sends to the host.
    event_input_vertex, event_output_vertex : int or None
        `ExternalInput` of events, `DataOutput` of spikes.
    source_merger_vertex : int or None
        `Transformation` that adds spikes of other execution instances to the events from the host.
    madc_readout_vertex, madc_sample_output_vertex : int or None
        `MADCReadoutView` and its `DataOutput`.
    madc_sources : CircuitSources
        Circuits of the channels of the MADC.
    cadc_readout_vertices, cadc_sample_output_vertex : list of int
        `CADCMembraneReadoutView` and its `DataOutput`, one for each hemisphere that is read.
    cadc_sources : list of CircuitSources
        Circuits of their columns.
    pad_readout_vertices : dict of halco.PadOnDLS to int
        `PadReadoutView` of each pad.
    synapse_vertices, neuron_vertices, background_spike_source_vertices : dict of dict
        Vertices of projections and populations by hemisphere.
    plasticity_rule_vertices, plasticity_rule_output_vertices : dict
        Rules, and the `DataOutput` of those that record.
    projections : dict of ProjectionOnExecutionInstance to PlacedSynapses
        Synapses of the connections.
    populations : dict of PopulationOnExecutionInstance to PlacedCircuits
        Circuits of the populations on the chip.
    """

    spike_labels: Descriptors[PopulationOnExecutionInstance, SpikeLabels] = _by(PopulationOnExecutionInstance)
    observed_spikes: ObservedSpikes = field(default_factory=lambda: ObservedSpikes.of([]))
    event_input_vertex: int | None = None
    event_output_vertex: int | None = None
    source_merger_vertex: int | None = None
    madc_sample_output_vertex: int | None = None
    madc_readout_vertex: int | None = None
    madc_sources: CircuitSources = field(default_factory=lambda: CircuitSources.of([]))
    cadc_sample_output_vertex: list[int] = field(default_factory=list)
    cadc_readout_vertices: list[int] = field(default_factory=list)
    cadc_sources: list[CircuitSources] = field(default_factory=list)
    pad_readout_vertices: Descriptors[PadOnDLS, int] = _by(PadOnDLS)
    synapse_vertices: Descriptors[ProjectionOnExecutionInstance, Descriptors[HemisphereOnDLS, int]] = _by(
        ProjectionOnExecutionInstance
    )
    neuron_vertices: Descriptors[PopulationOnExecutionInstance, Descriptors[HemisphereOnDLS, int]] = _by(
        PopulationOnExecutionInstance
    )
    background_spike_source_vertices: Descriptors[
        PopulationOnExecutionInstance, Descriptors[HemisphereOnDLS, int]
    ] = _by(PopulationOnExecutionInstance)
    plasticity_rule_vertices: Descriptors[PlasticityRuleOnExecutionInstance, int] = _by(
        PlasticityRuleOnExecutionInstance
    )
    plasticity_rule_output_vertices: Descriptors[PlasticityRuleOnExecutionInstance, int] = _by(
        PlasticityRuleOnExecutionInstance
    )
    projections: Descriptors[ProjectionOnExecutionInstance, PlacedSynapses] = _by(ProjectionOnExecutionInstance)
    populations: Descriptors[PopulationOnExecutionInstance, PlacedCircuits] = _by(PopulationOnExecutionInstance)


@dataclass
class GraphTranslation:
    """Where the things of a network are in the graph, by execution instance."""

    execution_instances: Descriptors[ExecutionInstanceID, ExecutionInstanceTranslation] = _by(ExecutionInstanceID)
