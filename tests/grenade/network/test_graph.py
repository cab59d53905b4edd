"""Network graphs: vertices of a routed network, and their places."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import halco
import haldls
import lola
from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    ChipOnConnection,
    ConnectionOnExecutor,
    ExecutionInstanceID,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
)
from grenade.network import (
    CADCRecording,
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    InvalidNetworkGraph,
    MADCRecording,
    Network,
    NetworkBuilder,
    NetworkGraph,
    PadRecording,
    PlasticityRule,
    Projection,
    SpikeIOSourcePopulation,
    build_network_graph,
)
from grenade.network.routing import RoutingResult
from grenade.signal_flow import vertices
from tests.grenade.network.graphs import KERNEL, build, route, small, translation
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    background,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)

Source = lola.AtomicNeuron.Readout.Source
RowMode = haldls.SynapseDriverConfig.RowMode
TOP, BOTTOM = halco.HemisphereOnDLS.top, halco.HemisphereOnDLS.bottom


def circuit(population: int, neuron: int, on_compartment: int = 0) -> AtomicNeuronOnExecutionInstance:
    return AtomicNeuronOnExecutionInstance(population, neuron, 0, on_compartment)


# -- vertices ----------------------------------------------------------------------------------------------------------


def test_vertices_of_a_small_network() -> None:
    graph = build(small())
    kinds = Counter(type(graph.graph.vertex(d)).__name__ for d in graph.graph)
    assert kinds["ExternalInput"] == kinds["DataInput"] == kinds["CrossbarL2Input"] == 1
    assert kinds["CrossbarL2Output"] == kinds["DataOutput"] == kinds["NeuronEventOutputView"] == 1
    assert kinds["NeuronView"] == 2, "one for each hemisphere"
    assert kinds["SynapseArrayViewSparse"] == 3, "the first projection has synapses on both hemispheres"
    assert kinds["SynapseDriver"] == 3 and kinds["PADIBus"] == 2
    assert not {"CADCMembraneReadoutView", "MADCReadoutView", "PlasticityRule"} & kinds.keys()


def test_synapse_views_feed_neuron_views() -> None:
    graph = build(small())
    places = translation(graph)
    top, bottom = (places.neuron_vertices[0][hemisphere] for hemisphere in (TOP, BOTTOM))
    sources = {d: [each.descriptor for each in graph.graph.inputs(d)] for d in (top, bottom)}
    assert sources[top] == [places.synapse_vertices[0][TOP]]
    assert sources[bottom] == [places.synapse_vertices[0][BOTTOM], places.synapse_vertices[1][BOTTOM]]
    assert graph.graph.vertex(top).columns.tolist() == [3, 40]
    assert graph.graph.vertex(bottom).columns.tolist() == [3]
    assert graph.graph.vertex(places.synapse_vertices[0][TOP]).columns.tolist() == [3, 40]


def test_drivers_and_rows_follow_the_routing() -> None:
    described = small()
    routing = route(described)
    graph = build_network_graph(described, routing)
    routed = routing.execution_instances[ExecutionInstanceID()]
    drivers = {d.coordinate: d for _, d in graph.graph.vertices_of(0, vertices.SynapseDriver)}
    assert drivers.keys() == routed.synapse_driver_compare_masks.keys()
    for coordinate, driver in drivers.items():
        number = int(coordinate.toEnum())
        modes = [routed.synapse_row_modes[halco.SynapseRowOnDLS(halco.Enum(2 * number + i))] for i in range(2)]
        assert [driver.row_mode_bottom, driver.row_mode_top] == modes
        assert driver.row_address_compare_mask == int(routed.synapse_driver_compare_masks[coordinate])
        assert driver.enable_address_out


def test_nodes_lead_only_to_used_drivers_and_recorded_outputs() -> None:
    graph = build(small())
    nodes = [(int(n.coordinate.toCrossbarInputOnDLS()), int(n.coordinate.toCrossbarOutputOnDLS()))
             for _, n in graph.graph.vertices_of(0, vertices.CrossbarNode)]
    buses = {int(bus.coordinate.toCrossbarOutputOnDLS()) for _, bus in graph.graph.vertices_of(0, vertices.PADIBus)}
    assert {output for _, output in nodes if output < 8} == buses
    assert {(i, o) for i, o in nodes if o >= 8} == {(0, 8), (1, 9)}, "event outputs of columns 3 and 40"


def test_nothing_returns_if_nothing_is_recorded() -> None:
    graph = build(network([point_neurons([0], False), external(1)], [(EXCITATORY, one_to_one(1), 1, 0)]))
    assert translation(graph).event_output_vertex is None
    assert not graph.graph.vertices_of(0, vertices.CrossbarL2Output)


def test_empty_network() -> None:
    graph = build_network_graph(NetworkBuilder().done(), RoutingResult())
    assert graph.valid() and len(graph.graph) == 0


def test_projection_without_connections_has_no_synapses() -> None:
    graph = build(network([point_neurons([0]), external(1)], [(EXCITATORY, table([], []), 1, 0)]))
    assert translation(graph).synapse_vertices[0] == {}
    assert len(graph.get_placed_connections(ProjectionOnNetwork(0))) == 0


def test_background_generators() -> None:
    population = background(64, {0: 2, 1: 1}, True)
    population.config.period, population.config.rate, population.config.seed = 1000, 255, 1234
    graph = build(network([point_neurons([0, 256]), population], [(EXCITATORY, all_to_all(64, 2), 1, 0)]))
    assert {h: int(graph.graph.vertex(d).coordinate.toEnum())
            for h, d in translation(graph).background_spike_source_vertices[1].items()} == {TOP: 2, BOTTOM: 5}
    for vertex in translation(graph).background_spike_source_vertices[1].values():
        config = graph.graph.vertex(vertex).config
        assert (int(config.period), int(config.rate), int(config.seed)) == (1000, 255, 1234)
        assert config.enable and config.enable_random and int(config.mask) == 63


def spike_io(addresses: list[int], recorded: bool = False) -> SpikeIOSourcePopulation:
    neurons = [SpikeIOSourcePopulation.Neuron(address, recorded) for address in addresses]
    return SpikeIOSourcePopulation(neurons, SpikeIOSourcePopulation.Config(7, False))


def test_serial_sources_get_routes() -> None:
    graph = build(network([point_neurons([0, 1]), spike_io([17, 4])], [(EXCITATORY, one_to_one(2), 1, 0)]))
    ((_, vertex),) = graph.graph.vertices_of(0, vertices.SpikeIOSourcePopulation)
    labels = [int(of_source[halco.CompartmentOnLogicalNeuron()][0]) for of_source in translation(graph).spike_labels[1]]
    assert {int(route): int(config.target) for route, config in vertex.input_routes.items()} == {
        17: labels[0], 4: labels[1]
    }
    assert int(vertex.config.data_rate_scaler) == 7 and not vertex.config.enable_internal_loopback
    assert vertex.config.enable_rx and vertex.config.enable_tx


def test_serial_source_cannot_have_two_labels() -> None:
    described = network([point_neurons([0, 256]), spike_io([17])], [(EXCITATORY, table([0, 0], [0, 1]), 1, 0)])
    with pytest.raises(InvalidNetworkGraph, match="population 1 .*neuron 0 needs 2 labels"):
        build(described)


def test_serial_sources_need_addresses_of_their_own() -> None:
    described = network(
        [point_neurons([0, 1, 2]), spike_io([17, 4]), spike_io([4])],
        [(EXCITATORY, one_to_one(2), 1, 0), (EXCITATORY, table([0], [2]), 2, 0)],
    )
    with pytest.raises(InvalidNetworkGraph, match="population 2 .*neuron 0 has the address 4 .*another source"):
        build(described)


# -- labels ------------------------------------------------------------------------------------------------------------


def test_labels_of_neurons_are_those_of_their_events() -> None:
    described = small()
    routing = route(described)
    labels = translation(build_network_graph(described, routing)).spike_labels[0]
    addresses = routing.execution_instances[ExecutionInstanceID()].internal_neuron_labels[PopulationOnNetwork(0)
                .toPopulationOnExecutionInstance()]
    zero = halco.CompartmentOnLogicalNeuron()
    for neuron, event_output in ((0, 0), (1, 1), (2, 0)):
        (label,) = labels[neuron][zero]
        assert int(label.neuron_event_output.toEnum()) == event_output
        assert int(label.spl1_address) == event_output
        assert int(label.neuron_backend_address_out) == int(addresses[neuron][zero][0])


def test_circuits_without_events_have_no_label() -> None:
    population = wide_neurons([0, 8], [[{EXCITATORY}, {EXCITATORY}], [{EXCITATORY}]])
    labels = translation(build(network([population]))).spike_labels[0]
    for neuron in range(2):
        shape = {int(c): [label is not None for label in own] for c, own in labels[neuron].items()}
        assert shape == {0: [False, True], 1: [True]}
    assert len(labels) == 2 and len(labels[:]) == 2
    with pytest.raises(IndexError):
        labels[2]


def test_source_with_targets_on_both_hemispheres_has_two_labels_and_returns_once() -> None:
    graph = build(network([point_neurons([0, 256]), external(2, True)], [(EXCITATORY, table([0, 0], [0, 1]), 1, 0)]))
    labels = translation(graph).spike_labels[1]
    assert [len(labels[neuron][halco.CompartmentOnLogicalNeuron()]) for neuron in range(2)] == [2, 1]
    observed = translation(graph).observed_spikes
    assert sorted(observed.neuron[observed.population == 1].tolist()) == [0, 1]


# -- placed connections ------------------------------------------------------------------------------------------------


def test_placed_connections_are_those_of_the_routing() -> None:
    described = network(
        [point_neurons(range(250, 262)), external(7)],
        [(EXCITATORY, all_to_all(7, 12, 100), 1, 0), (INHIBITORY, one_to_one(7, 3), 1, 0)],
    )
    routing = route(described)
    graph = build_network_graph(described, routing)
    routed = routing.execution_instances[ExecutionInstanceID()]
    for number in range(2):
        assert graph.get_placed_connections(ProjectionOnNetwork(number)) == routed.connections[
            ProjectionOnExecutionInstance(number)
        ]
    assert [int(each.weight) for each in graph.get_placed_connection(ProjectionOnNetwork(0), 5)] == [63, 37]
    placed = graph.get_placed_connections(ProjectionOnNetwork(0))
    assert [graph.get_placed_connection(ProjectionOnNetwork(0), i) for i in range(7 * 12)] == list(placed)


@pytest.mark.parametrize("descriptor", [ProjectionOnNetwork(2), ProjectionOnNetwork(0, 1)])
def test_unknown_projection(descriptor: Any) -> None:
    with pytest.raises(IndexError, match="no projection"):
        build(small()).get_placed_connections(descriptor)


@pytest.mark.parametrize("index", [3, -1])
def test_unknown_connection(index: int) -> None:
    with pytest.raises(IndexError, match="has 3 connections"):
        build(small()).get_placed_connection(ProjectionOnNetwork(0), index)


# -- readout -----------------------------------------------------------------------------------------------------------


def with_recording(recording: Any, *populations: Any) -> NetworkGraph:
    builder = NetworkBuilder()
    for population in populations or (point_neurons([3, 4, 5, 40, 259], False),):
        builder.add(population)
    builder.add(recording)
    return build(builder.done())


@pytest.mark.parametrize(("dram", "mode"), [(False, "periodic"), (True, "periodic_on_dram")])
def test_cadc_views(dram: bool, mode: str) -> None:
    chosen = [circuit(0, 4), circuit(0, 3), circuit(0, 1), circuit(0, 0)]
    neurons = [CADCRecording.Neuron(each, source) for each, source in zip(chosen, Source, strict=True)]
    graph = with_recording(CADCRecording(neurons, dram))
    views = [graph.graph.vertex(d) for d in translation(graph).cadc_readout_vertices]
    assert [int(view.synram) for view in views] == [0, 1]
    assert [[c.tolist() for c in view.columns] for view in views] == [[[3, 4], [40]], [[3]]]
    assert views[0].sources == ((Source.adaptation, Source.inh_synin), (Source.exc_synin,))
    assert all(view.mode.name == mode for view in views)
    assert [sources.neuron.tolist() for sources in translation(graph).cadc_sources] == [[0, 1, 3], [4]]
    assert [graph.graph.vertex(d).size for d in translation(graph).cadc_sample_output_vertex] == [3, 1]


@pytest.mark.parametrize("neurons", [(1,), (1, 2)])
def test_madc_view(neurons: tuple[int, ...]) -> None:
    graph = with_recording(MADCRecording([MADCRecording.Neuron(circuit(0, n), Source.exc_synin) for n in neurons]))
    view = graph.graph.vertex(translation(graph).madc_readout_vertex)
    assert [source.column for source in view.read()] == [3 + n for n in neurons]
    assert all(source.type == Source.exc_synin for source in view.read())
    assert view.period == len(neurons) - 1, "two neurons are sampled in turn"
    assert translation(graph).madc_sources.neuron.tolist() == list(neurons)


def test_pad_view() -> None:
    neuron = PadRecording.Neuron(circuit(0, 4), Source.adaptation)
    graph = with_recording(PadRecording({halco.PadOnDLS(1): PadRecording.Source(neuron, True)}))
    view = graph.graph.vertex(translation(graph).pad_readout_vertices[halco.PadOnDLS(1)])
    assert int(view.source.coordinate.toEnum()) == 259
    assert view.source.type == Source.adaptation and view.source.enable_buffered


def test_plasticity_rule_views_come_by_projection_and_hemisphere() -> None:
    builder = NetworkBuilder()
    neurons, sources = builder.add(point_neurons([3, 259])), builder.add(external(2))
    projections = [
        builder.add(Projection(receptor, one_to_one(2, 20), sources, neurons)) for receptor in (EXCITATORY, INHIBITORY)
    ]
    handle = PlasticityRule.PopulationHandle(neurons, [{0: [None]}, {0: [Source.adaptation]}])
    rule = PlasticityRule(list(reversed(projections)), [handle], KERNEL)
    rule.recording = PlasticityRule.RawRecording(12)
    rule.timer.start, rule.timer.period, rule.timer.num_periods = 100, 200, 3
    descriptor = builder.add(rule)
    graph = build(builder.done())
    places = translation(graph)
    vertex = graph.graph.vertex(places.plasticity_rule_vertices[descriptor])
    assert [each.descriptor for each in graph.graph.inputs(places.plasticity_rule_vertices[descriptor])] == [
        places.synapse_vertices[1][TOP], places.synapse_vertices[1][BOTTOM],
        places.synapse_vertices[0][TOP], places.synapse_vertices[0][BOTTOM],
        places.neuron_vertices[0][TOP], places.neuron_vertices[0][BOTTOM],
    ]
    assert [view.readout_sources for view in vertex.neuron_views] == [(None,), (Source.adaptation,)]
    assert (vertex.timer.start, vertex.timer.period, vertex.timer.num_periods) == (100, 200, 3)
    assert graph.graph.vertex(places.plasticity_rule_output_vertices[descriptor]).size == 12


# -- several execution instances ---------------------------------------------------------------------------------------


def chain(delay: int = 100) -> Network:
    """Neuron 0 of instance 1 sends to source 0 of instance 0, which has targets on both hemispheres."""
    builder = NetworkBuilder()
    neurons, sources = builder.add(point_neurons([0, 300], [True, False]), 1), builder.add(external(1), 1)
    builder.add(Projection(EXCITATORY, one_to_one(1), sources, neurons), 1)
    receivers, targets = builder.add(external(2), 0), builder.add(point_neurons([0, 256]), 0)
    builder.add(Projection(EXCITATORY, table([0, 0], [0, 1]), receivers, targets), 0)
    connections = InterExecutionInstanceProjection().from_numpy(np.array([[0, 0, 0, 0, delay]]), neurons, receivers)
    builder.add(connections)
    return builder.done()


def test_spikes_of_another_execution_instance_are_merged() -> None:
    graph = build(chain())
    sender, receiver = (graph.graph_translation.execution_instances[i] for i in (1, 0))
    (translated,) = graph.graph.vertex(receiver.source_merger_vertex).function.translations
    label = sender.observed_spikes.label.tolist()
    targets = [int(each) for each in receiver.spike_labels[0][0][halco.CompartmentOnLogicalNeuron()]]
    assert sorted(translated.tolist()) == sorted([*label, each, 100] for each in targets)
    assert len(targets) == 2
    edges = graph.graph.execution_instance_graph.edges
    assert [(int(a), int(b)) for a, b in edges] == [(1, 0)]


def test_parts_on_two_chips() -> None:
    described = small()
    described.execution_instances[0].populations[1].chip_on_executor = (ChipOnConnection(1), ConnectionOnExecutor())
    with pytest.raises(InvalidNetworkGraph, match="execution instance 0 is on 2 chips"):
        build(described)


def test_routing_of_another_network() -> None:
    with pytest.raises(InvalidNetworkGraph, match="nothing about execution instance 0"):
        build_network_graph(small(), RoutingResult())
    other = route(network([point_neurons([3, 40, 259]), external(3)]))
    with pytest.raises(InvalidNetworkGraph, match="projection 0 of execution instance 0 is not part of the routing"):
        build_network_graph(small(), other)


# -- copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_are_independent(copied: Callable[[NetworkGraph], NetworkGraph]) -> None:
    graph = build(small())
    other = copied(graph)
    assert other.valid() and other.graph == graph.graph
    descriptor = translation(other).synapse_vertices[0][TOP]
    other.graph.update(descriptor, other.graph.vertex(descriptor).with_weights(np.array([1, 2])))
    assert not other.valid() and graph.valid()


def test_external_population_without_targets_has_an_input() -> None:
    graph = build(network([ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 3)]))
    assert translation(graph).event_input_vertex is not None
    assert graph.valid()
