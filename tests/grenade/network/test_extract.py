"""Results by populations: spikes, CADC and MADC samples, and what plasticity rules recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
)
from grenade.network import (
    CADCRecording,
    MADCRecording,
    NetworkBuilder,
    NetworkGraph,
    PlasticityRule,
    Projection,
    extract_cadc_arrays,
    extract_cadc_samples,
    extract_madc_arrays,
    extract_madc_samples,
    extract_neuron_spikes,
    extract_plasticity_rule_recording_data,
    extract_spike_arrays,
)
from grenade.signal_flow import OutputDataSnippet
from grenade.signal_flow.data import MADC_SAMPLE, TimedBatch
from tests.grenade.network.graphs import KERNEL, build, translation
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    background,
    external,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)

CYCLES_PER_MS = 125_000
ZERO = halco.CompartmentOnLogicalNeuron()


def coordinate(population: int, neuron: int, compartment: int = 0, circuit: int = 0) -> Any:
    return AtomicNeuronOnExecutionInstance(population, neuron, compartment, circuit)


# -- spikes ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spiking() -> NetworkGraph:
    """Recorded: neurons 0 and 2 of population 0, source 1 of population 1, all of 2, compartment 1 of 3."""
    builder = NetworkBuilder()
    neurons = builder.add(point_neurons([0, 40, 300], [True, False, True]))
    sources = builder.add(external(2, [False, True]))
    builder.add(background(2, {0: 1, 1: 1}, True))
    multi = wide_neurons([128], [[{EXCITATORY}], [{EXCITATORY}, {INHIBITORY}]])
    multi.neurons[0].compartments[ZERO].spike_master = None
    builder.add(multi)
    builder.add(Projection(EXCITATORY, table([0, 1, 1], [0, 1, 2]), sources, neurons))
    builder.add(Projection(EXCITATORY, one_to_one(1), neurons, neurons))
    return build(builder.done())


def spike_label(graph: NetworkGraph, population: int, neuron: int, compartment: int = 0) -> int:
    observed = translation(graph).observed_spikes
    (row,) = np.flatnonzero(
        (observed.population == population) & (observed.neuron == neuron) & (observed.compartment == compartment)
    )
    return int(observed.label[row])


def spikes_snippet(graph: NetworkGraph, *entries: list[tuple[int, int]]) -> OutputDataSnippet:
    """Spikes (time, label) of the entries of a batch."""
    batch = TimedBatch.from_lists([([t for t, _ in entry], [label for _, label in entry]) for entry in entries])
    return OutputDataSnippet({translation(graph).event_output_vertex: batch})


RECORDED = [(0, 0, 0), (0, 2, 0), (1, 1, 0), (2, 0, 0), (2, 1, 0), (3, 0, 1)]


def test_spikes_by_neuron(spiking: NetworkGraph) -> None:
    labels = {key: spike_label(spiking, *key) for key in RECORDED}
    snippet = spikes_snippet(
        spiking, [(1000 * (i + 1), labels[key]) for i, key in enumerate(RECORDED)], [],
        [(5, labels[RECORDED[0]]), (7, labels[RECORDED[0]])],
    )
    result = extract_neuron_spikes(snippet, spiking)
    assert [sorted(entry) for entry in result] == [RECORDED] * 3, "an entry for everything that is recorded"
    assert [result[0][key].tolist() for key in RECORDED] == [[0.008 * (i + 1)] for i in range(6)]
    assert all(len(times) == 0 for times in result[1].values())
    assert result[2][RECORDED[0]].tolist() == [5 / CYCLES_PER_MS, 7 / CYCLES_PER_MS]
    assert result[0][RECORDED[0]].dtype == np.float64


def test_spikes_by_population(spiking: NetworkGraph) -> None:
    labels = {key: spike_label(spiking, *key) for key in RECORDED}
    snippet = spikes_snippet(spiking, [(3, labels[0, 2, 0]), (4, labels[1, 1, 0])], [(1, labels[0, 0, 0])])
    result = extract_spike_arrays(snippet, spiking)
    assert sorted(result) == [PopulationOnNetwork(i) for i in range(4)]
    assert result[PopulationOnNetwork(0)].tolist() == [(0, 2, 0, 3), (1, 0, 0, 1)]
    assert result[PopulationOnNetwork(1)].tolist() == [(0, 1, 0, 4)]
    assert result[PopulationOnNetwork(3)].size == 0


def test_labels_of_nobody_are_dropped(spiking: NetworkGraph) -> None:
    known = set(translation(spiking).observed_spikes.label.tolist())
    unknown = [label for label in range(1 << 16) if label not in known]
    snippet = spikes_snippet(spiking, [(0, label) for label in unknown])
    assert all(len(times) == 0 for times in extract_neuron_spikes(snippet, spiking)[0].values())
    assert all(spikes.size == 0 for spikes in extract_spike_arrays(snippet, spiking).values())


@given(st.lists(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5)), max_size=20), min_size=1, max_size=4))
def test_both_forms_have_the_same_spikes(spiking: NetworkGraph, entries: list[list[tuple[int, int]]]) -> None:
    labels = [spike_label(spiking, *key) for key in RECORDED]
    snippet = spikes_snippet(spiking, *([(t, labels[i]) for t, i in entry] for entry in entries))
    by_neuron, by_population = extract_neuron_spikes(snippet, spiking), extract_spike_arrays(snippet, spiking)
    for b, entry in enumerate(entries):
        for i, key in enumerate(RECORDED):
            expected = sorted(t for t, j in entry if j == i)
            assert by_neuron[b][key].tolist() == [t / CYCLES_PER_MS for t in expected]
            spikes = by_population[PopulationOnNetwork(key[0])]
            own = (spikes["batch"] == b) & (spikes["neuron"] == key[1]) & (spikes["compartment"] == key[2])
            assert spikes["time"][own].tolist() == expected


def test_without_results_there_are_no_entries(spiking: NetworkGraph) -> None:
    assert extract_neuron_spikes(OutputDataSnippet(), spiking) == []
    assert all(spikes.size == 0 for spikes in extract_spike_arrays(OutputDataSnippet(), spiking).values())


def test_populations_of_another_execution_instance_have_larger_numbers() -> None:
    builder = NetworkBuilder()
    builder.add(point_neurons([0]), 3)
    graph = build(builder.done())
    label = int(translation(graph, 3).observed_spikes.label[0])
    batch = TimedBatch.from_lists([([1], [label])])
    snippet = OutputDataSnippet({translation(graph, 3).event_output_vertex: batch})
    assert list(extract_neuron_spikes(snippet, graph)[0]) == [(3 << 32, 0, 0)]
    assert list(extract_spike_arrays(snippet, graph)) == [PopulationOnNetwork(0, 3)]


# -- CADC --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sampled() -> NetworkGraph:
    """CADC on neurons 1, 0 (top) and 2 (bottom) of population 0 and circuit 1 of population 1 (top)."""
    builder = NetworkBuilder()
    builder.add(point_neurons([10, 20, 300], False))
    builder.add(wide_neurons([4], [[{EXCITATORY}, {INHIBITORY}]], False))
    chosen = [coordinate(0, 1), coordinate(1, 0, 0, 1), coordinate(0, 2), coordinate(0, 0)]
    builder.add(CADCRecording([CADCRecording.Neuron(each) for each in chosen]))
    return build(builder.done())


def cadc_snippet(graph: NetworkGraph) -> OutputDataSnippet:
    """Top: two samples of three columns (neurons 0, 1, other population) in entry 0; bottom: one in each entry."""
    top, bottom = translation(graph).cadc_sample_output_vertex
    return OutputDataSnippet({
        top: TimedBatch([0, 2, 2], [100, 300], np.array([[1, 2, 3], [4, 5, -128]], np.int8)),
        bottom: TimedBatch([0, 1, 2], [200, 50], np.array([[9], [8]], np.int8)),
    })


def test_cadc_samples_are_in_order_of_time(sampled: NetworkGraph) -> None:
    first, second = extract_cadc_samples(cadc_snippet(sampled), sampled)
    time, population, neuron, compartment, circuit, value = first
    assert time.dtype == np.float32 and value.dtype == np.int8
    assert np.allclose(time * CYCLES_PER_MS, [100, 100, 100, 200, 300, 300, 300])
    assert population.tolist() == [0, 0, 1, 0, 0, 0, 1]
    assert neuron.tolist() == [0, 1, 0, 2, 0, 1, 0]
    assert compartment.tolist() == [0] * 7
    assert circuit.tolist() == [0, 0, 1, 0, 0, 0, 1]
    assert value.tolist() == [1, 2, 3, 9, 4, 5, -128]
    assert [column.tolist() for column in second[1:]] == [[0], [2], [0], [0], [8]]


def test_cadc_samples_by_population(sampled: NetworkGraph) -> None:
    result = extract_cadc_arrays(cadc_snippet(sampled), sampled)
    assert result[PopulationOnNetwork(0)].tolist() == [
        (0, 0, 0, 0, 100, 1), (0, 1, 0, 0, 100, 2), (0, 2, 0, 0, 200, 9), (0, 0, 0, 0, 300, 4), (0, 1, 0, 0, 300, 5),
        (1, 2, 0, 0, 50, 8),
    ]
    assert result[PopulationOnNetwork(1)].tolist() == [(0, 0, 0, 1, 100, 3), (0, 0, 0, 1, 300, -128)]
    assert result[PopulationOnNetwork(0)].dtype.names == ("batch", "neuron", "compartment", "circuit", "time", "value")


def test_without_cadc_there_are_no_samples(spiking: NetworkGraph) -> None:
    snippet = spikes_snippet(spiking, [], [])
    for samples in (extract_cadc_samples(snippet, spiking), extract_madc_samples(snippet, spiking)):
        assert len(samples) == 2 and all(column.size == 0 for entry in samples for column in entry)
    assert extract_cadc_arrays(snippet, spiking) == {} == extract_madc_arrays(snippet, spiking)


# -- MADC --------------------------------------------------------------------------------------------------------------


def madc(neurons: list[Any]) -> tuple[NetworkGraph, OutputDataSnippet]:
    builder = NetworkBuilder()
    builder.add(point_neurons([10, 20], False))
    builder.add(point_neurons([31], False))
    builder.add(MADCRecording([MADCRecording.Neuron(each) for each in neurons]))
    graph = build(builder.done())
    samples = np.array([(500, 0), (1023, len(neurons) - 1), (7, 0)], MADC_SAMPLE)
    batch = TimedBatch([0, 2, 3], [10, 20, 5], samples)
    return graph, OutputDataSnippet({translation(graph).madc_sample_output_vertex: batch})


def test_madc_samples_of_one_neuron() -> None:
    graph, snippet = madc([coordinate(0, 1)])
    first, second = extract_madc_samples(snippet, graph)
    assert np.allclose(first[0] * CYCLES_PER_MS, [10, 20]) and first[0].dtype == np.float32
    assert [column.tolist() for column in first[1:]] == [[0, 0], [1, 1], [0, 0], [0, 0], [500, 1023]]
    assert second[5].tolist() == [7]


def test_madc_samples_of_two_neurons() -> None:
    graph, snippet = madc([coordinate(1, 0), coordinate(0, 1)])
    first, _ = extract_madc_samples(snippet, graph)
    assert [column.tolist() for column in first[1:]] == [[1, 0], [0, 1], [0, 0], [0, 0], [500, 1023]]
    result = extract_madc_arrays(snippet, graph)
    assert result[PopulationOnNetwork(0)].tolist() == [(0, 1, 0, 0, 20, 1023)]
    assert result[PopulationOnNetwork(1)].tolist() == [(0, 0, 0, 0, 10, 500), (1, 0, 0, 0, 5, 7)]


# -- plasticity rules --------------------------------------------------------------------------------------------------

PerSynapse = PlasticityRule.TimedRecording.ObservablePerSynapse
PerNeuron = PlasticityRule.TimedRecording.ObservablePerNeuron
Array = PlasticityRule.TimedRecording.ObservableArray


def plastic(recording: Any, periods: int = 2) -> tuple[NetworkGraph, PlasticityRuleOnNetwork]:
    """Two projections on neurons in both hemispheres; weight 100 takes two synapses."""
    builder = NetworkBuilder()
    neurons, sources = builder.add(point_neurons([10, 300, 21])), builder.add(external(3))
    weights = np.array([5, 100, 7])
    projections = [
        builder.add(Projection(EXCITATORY, table([0, 1, 2], [2, 1, 0], weights), sources, neurons)),
        builder.add(Projection(INHIBITORY, table([0], [1], 9), sources, neurons)),
    ]
    handle = PlasticityRule.PopulationHandle(neurons, [{0: [None]}] * 3)
    rule = PlasticityRule(projections, [handle], KERNEL, recording=recording)
    rule.timer.period, rule.timer.num_periods = 1000, periods
    descriptor = builder.add(rule)
    return build(builder.done()), descriptor


def recorded(graph: NetworkGraph, descriptor: Any, *entries: bytes) -> OutputDataSnippet:
    size = len(entries[0])
    values = np.array([np.frombuffer(each, np.int8) for each in entries]).reshape(-1, size)
    output = translation(graph).plasticity_rule_output_vertices[descriptor]
    assert graph.graph.vertex(output).size == size
    return OutputDataSnippet({output: TimedBatch.from_array(values)})


def test_raw_recording() -> None:
    graph, descriptor = plastic(PlasticityRule.RawRecording(8))
    data = extract_plasticity_rule_recording_data(
        recorded(graph, descriptor, bytes(range(8)), bytes(range(248, 256))), graph, descriptor
    )
    assert data.data.tolist() == [list(range(8)), list(range(-8, 0))]


def memory(graph: NetworkGraph, descriptor: Any, fill: Any) -> bytes:
    """Records of two periods, in which ``fill(record, period)`` writes bytes."""
    vertex: Any = graph.graph.vertex(translation(graph).plasticity_rule_vertices[descriptor])
    records = np.zeros((2, vertex.layout().size), np.uint8)
    for period in range(2):
        records[period, :8] = np.frombuffer((2 * (period + 1)).to_bytes(8, "big"), np.uint8)
        fill(records[period], period)
    return records.tobytes()


def test_timed_recording_of_packed_synapses() -> None:
    """Value of a synapse: 16 * period + row of the view. Views: projection 0 top and bottom, projection 1 bottom."""
    observable = PerSynapse(PerSynapse.Type.int8, PerSynapse.LayoutPerRow.packed_active_columns)
    graph, descriptor = plastic(PlasticityRule.TimedRecording({"weights": observable}))
    views: Any = graph.graph.vertex(translation(graph).plasticity_rule_vertices[descriptor]).synapse_views
    shapes = [(len(view.rows), len(view.columns)) for view in views]
    assert [int(view.hemisphere) for view in views] == [0, 1, 1] and [columns for _, columns in shapes] == [2, 1, 1]

    def fill(record: np.ndarray, period: int) -> None:
        offset = 8
        for rows, columns in reversed(shapes):  # the last view comes first
            values = 16 * period + np.arange(rows)[:, None] * 4 + np.arange(columns)
            record[offset:offset + values.size] = values.reshape(-1)
            offset += values.size

    snippet = recorded(graph, descriptor, memory(graph, descriptor, fill))
    data = extract_plasticity_rule_recording_data(snippet, graph, descriptor).data_per_synapse["weights"]
    assert sorted(data) == [ProjectionOnExecutionInstance(0), ProjectionOnExecutionInstance(1)]
    (periods,) = data[0]
    assert [each.time for each in periods] == [1, 2], "PPU cycles are half as long"
    places = translation(graph).projections[0]
    for period, each in enumerate(periods):
        assert len(each.data) == 3 and [len(values) for values in each.data] == [1, 2, 1]
        for connection in range(3):
            for k, value in enumerate(each.data[connection]):
                synapse = places.offsets[connection] + k
                hemisphere = halco.HemisphereOnDLS(int(places.hemisphere[synapse]))
                view: Any = graph.graph.vertex(translation(graph).synapse_vertices[0][hemisphere])
                index = places.index[synapse]
                assert value == 16 * period + 4 * view.index_row[index] + view.index_column[index]


@pytest.mark.parametrize("packed", [False, True])
def test_timed_recording_of_neurons(packed: bool) -> None:
    """The value of a circuit is its column; whole rows have the even columns first."""
    layouts = PerNeuron.Layout
    observable = PerNeuron(PerNeuron.Type.uint8, layouts.packed_active_columns if packed else layouts.complete_row)
    graph, descriptor = plastic(PlasticityRule.TimedRecording({"rates": observable}))

    def fill(record: np.ndarray, period: int) -> None:
        if packed:
            record[8:11] = [300 - 256, 10, 21]  # bottom before top
        else:
            row = np.concatenate([np.arange(0, 256, 2), np.arange(1, 256, 2)])
            record[128:384], record[384:640] = row, row

    snippet = recorded(graph, descriptor, memory(graph, descriptor, fill))
    data = extract_plasticity_rule_recording_data(snippet, graph, descriptor).data_per_neuron["rates"]
    for each in data[PopulationOnExecutionInstance(0)][0]:
        assert [own[ZERO].tolist() for own in each.data] == [[10], [44], [21]]
        assert each.data.values.dtype == np.uint8


def test_timed_recording_of_an_array() -> None:
    graph, descriptor = plastic(PlasticityRule.TimedRecording({"values": Array(Array.Type.int16, 2)}))

    def fill(record: np.ndarray, period: int) -> None:
        record[8:12] = [0xFF, 0xFE, 1, period]

    entry = memory(graph, descriptor, fill)
    snippet = recorded(graph, descriptor, entry, entry)
    data = extract_plasticity_rule_recording_data(snippet, graph, descriptor).data_array["values"]
    assert [[each.data.tolist() for each in periods] for periods in data] == [[[-2, 256], [-2, 257]]] * 2


def test_rules_without_a_recording_or_results() -> None:
    graph, descriptor = plastic(None)
    with pytest.raises(RuntimeError, match="does not record"):
        extract_plasticity_rule_recording_data(OutputDataSnippet(), graph, descriptor)
    graph, descriptor = plastic(PlasticityRule.RawRecording(8))
    with pytest.raises(RuntimeError, match="results have nothing"):
        extract_plasticity_rule_recording_data(OutputDataSnippet(), graph, descriptor)
    with pytest.raises(IndexError, match="no PlasticityRuleOnNetwork"):
        extract_plasticity_rule_recording_data(OutputDataSnippet(), graph, PlasticityRuleOnNetwork(1))
