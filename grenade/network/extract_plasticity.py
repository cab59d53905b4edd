"""What plasticity rules recorded, by projections and populations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grenade.common import (
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
)
from grenade.network.graph import NetworkGraph
from grenade.network.network import Descriptors
from grenade.network.plasticity_rule import PlasticityRule
from grenade.network.translation import ExecutionInstanceTranslation, PlacedCircuits, PlacedSynapses
from grenade.ppu.recording import ObservableArray, ObservablePerSynapse, Observations, RawRecording
from grenade.signal_flow.output_data import OutputDataSnippet
from halco import CompartmentOnLogicalNeuron

_PPU_CYCLES_PER_FPGA_CYCLE = 2


class ConnectionValues(Sequence[np.ndarray]):
    """Values of the synapses of a projection, ``values[connection][synapse]``.

    Attributes
    ----------
    values : (m,) array
        All of them, in order of the connections.
    """

    def __init__(self, values: np.ndarray, placed: PlacedSynapses) -> None:
        self.values = values
        self._offsets = placed.offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        i = range(len(self))[index]
        return self.values[self._offsets[i]:self._offsets[i + 1]]

    def __repr__(self) -> str:
        return f"<values of {len(self)} connections>"


class NeuronValues(Sequence[dict[CompartmentOnLogicalNeuron, np.ndarray]]):
    """Values of the circuits of a population, ``values[neuron][compartment][circuit]``.

    Attributes
    ----------
    values : (m,) array
        All of them, in order of neurons, compartments and circuits.
    """

    def __init__(self, values: np.ndarray, circuits: PlacedCircuits) -> None:
        self.values = values
        self._circuits = circuits

    def __len__(self) -> int:
        return self._circuits.size

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        i = range(len(self))[index]
        own = slice(self._circuits.offsets[i], self._circuits.offsets[i + 1])
        compartment, values = self._circuits.table[own, 1], self.values[own]
        return {
            CompartmentOnLogicalNeuron(each): values[compartment == each]
            for each in dict.fromkeys(compartment.tolist())
        }

    def __repr__(self) -> str:
        return f"<values of {len(self)} neurons>"


@dataclass
class TimedData:
    """What was recorded in a period.

    Attributes
    ----------
    time : int
        When, in FPGA cycles since the realtime section began.
    data : ConnectionValues, NeuronValues or numpy.ndarray
        Values of synapses, of neurons, or of an array.
    """

    time: int
    data: Any


@dataclass
class RawRecordingData:
    """Bytes that a rule with a raw recording left.

    Attributes
    ----------
    data : (batch, size) int8
        Memory in the order of addresses.
    """

    data: np.ndarray


PerPeriod = list[list[TimedData]]
"""Data of each entry of the batch and period."""


@dataclass
class TimedRecordingData:
    """Observables that a rule recorded in its periods, ``[...][entry of the batch][period]``.

    Attributes
    ----------
    data_per_synapse : dict of str to dict of ProjectionOnExecutionInstance to list of list of TimedData
        Observables of synapses; the data is `ConnectionValues`.
    data_per_neuron : dict of str to dict of PopulationOnExecutionInstance to list of list of TimedData
        Observables of neurons; the data is `NeuronValues`.
    data_array : dict of str to list of list of TimedData
        Observables without a place. Both processors write the same memory, so the last one decides.
    """

    data_per_synapse: dict[str, Descriptors[ProjectionOnExecutionInstance, PerPeriod]] = field(default_factory=dict)
    data_per_neuron: dict[str, Descriptors[PopulationOnExecutionInstance, PerPeriod]] = field(default_factory=dict)
    data_array: dict[str, PerPeriod] = field(default_factory=dict)


def extract_plasticity_rule_recording_data(
    snippet: OutputDataSnippet, graph: NetworkGraph, descriptor: Any
) -> RawRecordingData | TimedRecordingData:
    """What a plasticity rule recorded.

    Parameters
    ----------
    snippet : OutputDataSnippet
        Results of a realtime snippet.
    graph : NetworkGraph
        Graph that was run.
    descriptor : PlasticityRuleOnNetwork or PlasticityRuleOnExecutionInstance
        The rule; without an execution instance one of the instance 0.

    Raises
    ------
    IndexError
        There is no such rule.
    RuntimeError
        The rule does not record, or there are no results of it.
    """
    rule_id = PlasticityRuleOnNetwork.coerce(descriptor)
    instance_id = rule_id.toExecutionInstanceID()
    instances = graph.network.execution_instances
    if instance_id not in instances or rule_id not in instances[instance_id].plasticity_rules:
        raise IndexError(f"the network has no {rule_id!r}")
    rule: PlasticityRule = instances[instance_id].plasticity_rules[rule_id]
    translation = graph.graph_translation.execution_instances[instance_id]
    output = translation.plasticity_rule_output_vertices.get(rule_id)
    if output is None:
        raise RuntimeError(f"{rule_id!r} does not record anything")
    if output not in snippet.data:
        raise RuntimeError(f"the results have nothing that {rule_id!r} recorded")
    batch = snippet.data[output]
    memory = [np.ascontiguousarray(values).reshape(-1) for _, values in batch]
    vertex: Any = graph.graph.vertex(translation.plasticity_rule_vertices[rule_id])
    if isinstance(vertex.recording, RawRecording):
        size = vertex.recording.scratchpad_memory_size
        return RawRecordingData(np.array(memory, np.int8).reshape(batch.batch_size(), size))
    layout = vertex.layout()
    decoded = [layout.decode(each.view(np.uint8)) for each in memory]
    return _TimedDecoder(graph, rule, translation, decoded).decode()


class _TimedDecoder:
    """Decoded observables of all entries, to be sorted by projections and populations."""

    def __init__(
        self, graph: NetworkGraph, rule: PlasticityRule, translation: ExecutionInstanceTranslation,
        decoded: list[dict[str, Observations]],
    ) -> None:
        self._graph = graph.graph
        self._rule = rule
        self._translation = translation
        self._decoded = decoded

    def decode(self) -> TimedRecordingData:
        result = TimedRecordingData()
        recording = self._rule.recording
        assert isinstance(recording, PlasticityRule.TimedRecording)
        for name, observable in recording.to_ppu().observables.items():
            entries = [each[name] for each in self._decoded]
            if isinstance(observable, ObservableArray):
                result.data_array[name] = [_periods(each.time, list(each.data[0])) for each in entries]
                continue
            packed = observable.layout == "packed_active_columns"
            if isinstance(observable, ObservablePerSynapse):
                result.data_per_synapse[name] = self._of_projections(entries, packed)
            else:
                result.data_per_neuron[name] = self._of_populations(entries, packed)
        return result

    def _of_projections(
        self, entries: list[Observations], packed: bool
    ) -> Descriptors[ProjectionOnExecutionInstance, PerPeriod]:
        result: Any = Descriptors(ProjectionOnExecutionInstance)
        number = 0
        for projection in self._rule.projections:
            placed = self._translation.projections[projection]
            parts = []
            for hemisphere, vertex in sorted(self._translation.synapse_vertices[projection].items()):
                view: Any = self._graph.vertex(vertex)
                column = view.index_column if packed else view.columns[view.index_column]
                parts.append((number, placed.on(int(hemisphere)), (slice(None), view.index_row, column)))
                number += 1
            result[projection] = [
                _periods(each.time, [ConnectionValues(v, placed) for v in _gather(each, len(placed.connection), parts)])
                for each in entries
            ]
        return result

    def _of_populations(
        self, entries: list[Observations], packed: bool
    ) -> Descriptors[PopulationOnExecutionInstance, PerPeriod]:
        result: Any = Descriptors(PopulationOnExecutionInstance)
        number = 0
        for handle in self._rule.populations:
            circuits = self._translation.populations[handle.descriptor]
            parts = []
            for hemisphere in sorted(self._translation.neuron_vertices[handle.descriptor]):
                own = np.flatnonzero(circuits.hemisphere == int(hemisphere))
                column = circuits.index[own] if packed else circuits.table[own, 3] % 256
                parts.append((number, own, (slice(None), column)))
                number += 1
            result[handle.descriptor] = [
                _periods(each.time, [NeuronValues(v, circuits) for v in _gather(each, len(circuits.table), parts)])
                for each in entries
            ]
        return result


def _gather(entry: Observations, size: int, parts: list[tuple[int, np.ndarray, Any]]) -> np.ndarray:
    """Values by period and place, (periods, size), from parts: number of the view, places, index into its data."""
    values = np.zeros((len(entry.time), size), entry.data[0].dtype)
    for number, places, index in parts:
        values[:, places] = entry.data[number][index]
    return values


def _periods(times: np.ndarray, data: Sequence[Any]) -> list[TimedData]:
    stamps = (times // _PPU_CYCLES_PER_FPGA_CYCLE).tolist()
    return [TimedData(time, each) for time, each in zip(stamps, data, strict=True)]
