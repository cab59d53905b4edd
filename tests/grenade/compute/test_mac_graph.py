"""Vertices of multiplications and the events they send."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
from grenade.compute import MAC
from grenade.signal_flow import Graph, TimedBatch, vertices
from grenade.signal_flow.transformations import MACSpikeTrainGenerator, activation_labels
from haldls import SynapseDriverConfig
from tests.grenade.compute.ideal_executor import IdealExecutor

CHIP: Any = object()
"""The stand-in for an executor looks at no settings."""


def graph_of(mac: MAC) -> Graph:
    executor = IdealExecutor()
    mac.run(np.zeros((1, mac.input_size()), int), CHIP, executor)
    return executor.graphs[0]


def of_type(graph: Graph, kind: Any) -> list[Any]:
    return [graph.vertex(d) for d in graph if isinstance(graph.vertex(d), kind)]


def events_of(mac: MAC, inputs: Any) -> list[TimedBatch]:
    """Events to the chip in each execution instance."""
    executor = IdealExecutor()
    mac.run(inputs, CHIP, executor)
    graph = executor.graphs[0]
    values = {}
    for d in graph:
        vertex: Any = graph.vertex(d)
        if isinstance(vertex, vertices.ExternalInput):
            values[d] = executor.inputs[0].snippets[0].data[d]
        elif isinstance(vertex, vertices.DataInput) and graph.inputs(d)[0].descriptor in values:
            values[d] = values[graph.inputs(d)[0].descriptor]
    found = []
    for d in graph:
        vertex = graph.vertex(d)
        if isinstance(vertex, vertices.Transformation) and isinstance(vertex.function, MACSpikeTrainGenerator):
            given = [values[each.descriptor].values[:, each.port_restriction.slice] for each in graph.inputs(d)]
            found.append(vertex.apply([TimedBatch.from_array(each) for each in given]))
    return found


# -- vertices ------------------------------------------------------------------------------------------------------


def test_small_matrix_is_one_execution_instance_on_the_top_hemisphere() -> None:
    graph = graph_of(MAC(np.ones((3, 2), int)))
    assert [int(each) for each in graph.execution_instances] == [0]
    (synapses,) = of_type(graph, vertices.SynapseArrayView)
    assert int(synapses.synram) == 0
    assert synapses.rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert synapses.columns.tolist() == [0, 1]


def test_synapse_drivers_are_in_mac_mode() -> None:
    graph = graph_of(MAC(np.ones((5, 2), int)))
    drivers = of_type(graph, vertices.SynapseDriver)
    assert [int(each.coordinate.toEnum()) for each in drivers] == [0, 1, 2, 3, 4]
    for driver in drivers:
        assert driver.row_address_compare_mask == 0b11111
        assert driver.row_mode_top is SynapseDriverConfig.RowMode.excitatory
        assert driver.row_mode_bottom is SynapseDriverConfig.RowMode.inhibitory
        assert not driver.enable_address_out


def test_bottom_row_inhibits() -> None:
    graph = graph_of(MAC([[5, -7]]))
    (synapses,) = of_type(graph, vertices.SynapseArrayView)
    assert synapses.weights.tolist() == [[0, 7], [5, 0]]
    assert not synapses.labels.any()


def test_crossbar_sends_events_to_the_hemisphere_of_their_label() -> None:
    graph = graph_of(MAC(np.ones((256, 2), int)))
    nodes = {
        (int(each.coordinate.toCrossbarInputOnDLS()), int(each.coordinate.toCrossbarOutputOnDLS())):
            (int(each.config.mask), int(each.config.target))
        for each in of_type(graph, vertices.CrossbarNode)
    }
    assert nodes == {
        (8 + bus, 4 * hemisphere + bus): (1 << 13, hemisphere << 13) for bus in range(4) for hemisphere in range(2)
    }


def test_neurons_are_reset_and_read_against_their_baseline() -> None:
    graph = graph_of(MAC(np.ones((2, 3), int)))
    neurons, _ = of_type(graph, vertices.NeuronView)
    (readout,) = of_type(graph, vertices.CADCMembraneReadoutView)
    assert neurons.enable_reset.all()
    assert neurons.labels.tolist() == [0, 0, 0]
    assert neurons.columns.tolist() == [0, 1, 2]
    assert readout.mode is vertices.CADCMembraneReadoutView.Mode.hagen
    assert readout.all_columns().tolist() == [0, 1, 2]


def test_two_parts_share_an_execution_instance() -> None:
    graph = graph_of(MAC(np.ones((130, 4), int)))
    views = of_type(graph, vertices.SynapseArrayView)
    assert [(int(each.synram), each.weights.shape) for each in views] == [(0, (256, 4)), (1, (4, 4))]
    assert len(graph.vertices_of(0, vertices.SynapseArrayView)) == 2
    assert [int(each) for each in graph.execution_instances] == [0, 1]
    assert not any(isinstance(vertex, vertices.ChipVertex) for _, vertex in graph.vertices_of(1))


@pytest.mark.parametrize(("outputs", "idle"), [(1, 7), (3, 5), (7, 1), (8, 0), (12, 4), (256, 0)])
def test_neurons_are_reset_in_groups_of_eight(outputs: int, idle: int) -> None:
    views = of_type(graph_of(MAC(np.ones((1, outputs), int))), vertices.NeuronView)
    assert np.concatenate([view.columns for view in views]).tolist() == list(range(outputs + idle))
    assert all(view.enable_reset.all() for view in views)
    assert [view.labels.tolist() for view in views[1:]] == [[-1] * idle] * bool(idle)


@pytest.mark.parametrize(
    ("number", "columns"),
    [(1, [0, 1, 2]), (3, [3, 4, 5, 6, 7]), (13, list(range(8, 16))), (256, list(range(8)))],
    ids=["computes", "beside the others", "elsewhere", "on the other hemisphere"],
)
def test_recorded_neuron(number: int, columns: list[int]) -> None:
    neuron = halco.AtomicNeuronOnDLS(halco.Enum(number))
    graph = graph_of(MAC(np.ones((1, 3), int), madc_recording_neuron=neuron, madc_recording_path="/dev/null"))
    ((descriptor, readout),) = graph.vertices_of(0, vertices.MADCReadoutView)
    assert readout.first.coordinate == neuron
    (source,) = graph.inputs(descriptor)
    view: Any = graph.vertex(source.descriptor)
    assert (int(view.row), view.columns.tolist()) == (number // 256, columns)
    assert view.columns[source.port_restriction.slice].tolist() == [number % 256]


def test_without_path_nothing_is_recorded() -> None:
    assert not of_type(graph_of(MAC([[1]])), vertices.MADCReadoutView)


# -- events --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("driver", "hemisphere", "activation", "label"),
    [(8, 0, 31, 1 + (2 << 6)), (8, 1, 31, 1 + (2 << 6) + (1 << 13)), (24, 0, 13, 19 + (6 << 6)),
     (1, 0, 1, 31 + (1 << 14))],
)  # fmt: skip
def test_labels(driver: int, hemisphere: int, activation: int, label: int) -> None:
    assert activation_labels(np.array([driver]), hemisphere, np.array([activation])).tolist() == [label]
    inputs = np.zeros((1, 256), int)
    inputs[0, 128 * hemisphere + driver] = activation
    (events,) = events_of(MAC(np.zeros((256, 1), int)), inputs)
    assert events.values.tolist() == [label]


def test_no_event_for_zero() -> None:
    (events,) = events_of(MAC(np.ones((3, 1), int)), [[0, 0, 0], [0, 4, 0]])
    assert events.counts().tolist() == [0, 1]


def test_last_event_comes_after_as_many_waits_as_there_are_events() -> None:
    (events,) = events_of(MAC(np.ones((3, 1), int), wait_between_events=10), [[1, 2, 3], [0, 9, 0]])
    times, labels = events.entry(0)
    assert times.tolist() == [10, 20, 30]
    # The list of inputs is played backwards.
    assert (32 - (labels & 31)).tolist() == [3, 2, 1]
    assert events.entry(1)[0].tolist() == [10]


def test_events_are_repeated_as_a_whole() -> None:
    (events,) = events_of(MAC(np.ones((3, 1), int), num_sends=2, wait_between_events=5), [[1, 0, 3]])
    assert events.times.tolist() == [5, 10, 15, 20]
    assert (32 - (events.values & 31)).tolist() == [3, 1, 3, 1]


def test_both_hemispheres_end_together() -> None:
    inputs = np.zeros((1, 256), int)
    inputs[0, :10], inputs[0, 128:141] = np.arange(10), np.arange(10, 23)
    (events,) = events_of(MAC(np.ones((256, 1), int), num_sends=2, wait_between_events=1), inputs)
    top, bottom = (events.times[(events.values >> 13 & 1) == hemisphere] for hemisphere in range(2))
    assert bottom.tolist() == list(range(1, 27))
    assert top.tolist() == list(range(9, 27))  # 9 inputs are not zero


def test_each_execution_instance_gets_its_own_inputs() -> None:
    inputs = np.zeros((1, 300), int)
    inputs[0, [5, 256]] = 7, 9
    first, second = events_of(MAC(np.ones((300, 1), int)), inputs)
    assert first.values.tolist() == [(5 % 4) << 14 | (5 // 4) << 6 | 32 - 7]
    assert second.values.tolist() == [32 - 9]
