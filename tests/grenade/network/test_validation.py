"""The check that a network graph does what the network says, no more and no less."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
from grenade.common import (
    ExecutionInstanceID,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
)
from grenade.network import (
    InvalidNetworkGraph,
    NetworkBuilder,
    PlasticityRule,
    Projection,
    build_network_graph,
)
from grenade.network.routing import PlacedConnections, UnsuccessfulRouting
from grenade.signal_flow import vertices
from tests.grenade.network.graphs import KERNEL, build, route, small, translation
from tests.grenade.network.routing.connectome import actual_connectome, reached_synapses, wanted_connectome
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    all_to_all,
    background,
    external,
    network,
    point_neurons,
    random_network,
)

RowMode = haldls.SynapseDriverConfig.RowMode
TOP, BOTTOM = halco.HemisphereOnDLS.top, halco.HemisphereOnDLS.bottom


def change_weight(routing: Any) -> None:
    routing.connections[ProjectionOnExecutionInstance(0)].weight[1] += 1


def change_synapse_label(routing: Any) -> None:
    routing.connections[ProjectionOnExecutionInstance(0)].label[1] ^= 32


def exchange_columns(routing: Any) -> None:
    routing.connections[ProjectionOnExecutionInstance(0)].synapse_on_row[:2] = 40, 3


def share_a_synapse(routing: Any) -> None:
    routing.connections[ProjectionOnExecutionInstance(0)].synapse_on_row[:2] = 40


def move_off_the_population(routing: Any) -> None:
    routing.connections[ProjectionOnExecutionInstance(0)].synapse_on_row[0] = 200


def move_to_unused_driver(routing: Any) -> None:
    placed = routing.connections[ProjectionOnExecutionInstance(0)]
    placed.synapse_row[0] = (placed.synapse_row[0] + 100) % 256


def swap_row_mode(routing: Any) -> None:
    placed = routing.connections[ProjectionOnExecutionInstance(0)]
    routing.synapse_row_modes[halco.SynapseRowOnDLS(halco.Enum(int(placed.synapse_row[0])))] = RowMode.inhibitory


def both_signs_in_a_row(routing: Any) -> None:
    placed = routing.connections[ProjectionOnExecutionInstance(0)]
    row = halco.SynapseRowOnDLS(halco.Enum(int(placed.synapse_row[0])))
    routing.synapse_row_modes[row] = RowMode.excitatory_and_inhibitory


def silence_crossbar(routing: Any) -> None:
    for node in routing.crossbar_nodes:
        if int(node.toCrossbarOutputOnDLS()) < 8:
            routing.crossbar_nodes[node] = haldls.CrossbarNode.drop_all


def keep_spikes_on_chip(routing: Any) -> None:
    for node in list(routing.crossbar_nodes):
        if int(node.toCrossbarOutputOnDLS()) >= 8:
            del routing.crossbar_nodes[node]


def same_labels(routing: Any) -> None:
    for labels in routing.external_spike_labels.values():
        labels.value[:] = labels.value[0]


def forget_a_connection(routing: Any) -> None:
    placed = routing.connections[ProjectionOnExecutionInstance(0)]
    routing.connections[ProjectionOnExecutionInstance(0)] = PlacedConnections.coerce([[], *placed[1:]])


def silence_a_neuron(routing: Any) -> None:
    for neurons in routing.internal_neuron_labels.values():
        neurons[1] = {compartment: [None] for compartment in neurons[1]}


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (change_weight, "projection 0.*connection 1 has weight 20, but its synapses 21"),
        (change_synapse_label, "projection 0.*compartment 0 of neuron 1 of population 1"),
        (exchange_columns, "projection 0.*compartment 0 of neuron 0 of population 0 belongs to another"),
        (share_a_synapse, r"projection 0.*\(top\).*several synapses at row 0, column 40"),
        (move_off_the_population, "projection 0.*column 200"),
        (move_to_unused_driver, "projection 0.*synapse driver .* not in use"),
        (swap_row_mode, "projection 0.*not excitatory"),
        (both_signs_in_a_row, "projection 0.*not excitatory"),
        (silence_crossbar, "projection 0.*no event reaches a synapse of"),
        (keep_spikes_on_chip, "population 0.*no event reaches the host"),
        (same_labels, "projection 0.*several events|projection 0.*events of"),
        (forget_a_connection, "projection 0.*do not all have synapses"),
        (silence_a_neuron, "population 0.*neuron 1 of population 0"),
    ],
)
def test_wrong_routing_is_refused(mutation: Callable[[Any], None], message: str) -> None:
    described = small()
    routing = route(described)
    mutation(routing.execution_instances[ExecutionInstanceID()])
    with pytest.raises(InvalidNetworkGraph, match=message):
        build_network_graph(described, routing)


def swap_sources_of_rows(routing: Any) -> None:
    placed = routing.connections[ProjectionOnExecutionInstance(0)]
    placed.synapse_row[:] = placed.synapse_row[::-1].copy()


@pytest.mark.parametrize("demanded", [False, True])
def test_order_of_sources_is_checked_if_a_rule_demands_it(demanded: bool) -> None:
    builder = NetworkBuilder()
    neurons, sources = builder.add(point_neurons([0, 1])), builder.add(external(2))
    projection = builder.add(Projection(EXCITATORY, all_to_all(2, 2), sources, neurons))
    rule = PlasticityRule([projection], [], KERNEL, enable_requires_one_source_per_row_in_order=demanded)
    builder.add(rule)
    described = builder.done()
    routing = route(described)
    assert build_network_graph(described, routing).valid()
    swap_sources_of_rows(routing.execution_instances[ExecutionInstanceID()])
    if demanded:
        with pytest.raises(InvalidNetworkGraph, match="plasticity rule 0.*projection 0.*order of the sources"):
            build_network_graph(described, routing)
    else:
        assert build_network_graph(described, routing).valid()


def fewer_sources(routing: Any) -> None:
    for key, labels in routing.external_spike_labels.items():
        routing.external_spike_labels[key] = labels[:2]


def fewer_neurons(routing: Any) -> None:
    for labels in routing.internal_neuron_labels.values():
        labels.pop()


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (fewer_sources, "population 1: the routing has 2 labels of sources, expected 3"),
        (fewer_neurons, "population 0: the routing has 2 labels of circuits, expected 3"),
    ],
)
def test_routing_without_labels_for_all(mutation: Callable[[Any], None], message: str) -> None:
    described = small()
    routing = route(described)
    mutation(routing.execution_instances[ExecutionInstanceID()])
    with pytest.raises(InvalidNetworkGraph, match=message):
        build_network_graph(described, routing)


def test_routing_made_by_hand_may_use_descriptors_on_the_network() -> None:
    described = small()
    routing = route(described)
    routed = routing.execution_instances[ExecutionInstanceID()]
    routed.connections = {ProjectionOnNetwork(int(key)): list(each) for key, each in routed.connections.items()}
    routed.internal_neuron_labels = {
        PopulationOnNetwork(int(key)): each for key, each in routed.internal_neuron_labels.items()
    }
    routed.external_spike_labels = {
        PopulationOnNetwork(int(key)): list(each) for key, each in routed.external_spike_labels.items()
    }
    assert build_network_graph(described, routing).graph == build(described).graph


def test_wrong_generator_is_refused() -> None:
    described = network([point_neurons([0]), background(4, {0: 1})], [(EXCITATORY, all_to_all(4, 1), 1, 0)])
    routing = route(described)
    masks = next(iter(routing.execution_instances[ExecutionInstanceID()].background_spike_source_masks.values()))
    masks[TOP] = haldls.BackgroundSpikeSource.Mask(1)
    with pytest.raises(InvalidNetworkGraph, match="population 1.*does not draw its labels"):
        build_network_graph(described, routing)


def test_graph_that_is_changed_is_not_valid() -> None:
    graph = build(small())
    descriptor = translation(graph).neuron_vertices[0][TOP]
    view = graph.graph.vertex(descriptor)
    graph.graph.update(descriptor, vertices.NeuronView(view.row, view.columns, view.labels + 1, view.enable_reset))
    assert not graph.valid()
    with pytest.raises(InvalidNetworkGraph, match="population 0.*other labels"):
        graph.check()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_is_routed_is_valid(seed: int) -> None:
    described = random_network(seed)
    try:
        routing = route(described)
    except UnsuccessfulRouting:
        return
    graph = build_network_graph(described, routing)
    for descriptor, projection in described.execution_instances[0].projections.items():
        placed = graph.get_placed_connections(descriptor)
        weight = np.add.reduceat(np.append(placed.weight, 0).astype(np.int64), placed.offsets[:-1])
        assert weight.tolist() == projection.table[:, 4].tolist()


def mutate(routing: Any, rng: np.random.Generator) -> None:
    """Change a synapse label, a compare mask or a crossbar node of a routing."""
    kind = rng.integers(3)
    projections = [placed for placed in routing.connections.values() if len(placed.label)]
    if kind == 0 and projections:
        label = projections[rng.integers(len(projections))].label
        label[rng.integers(len(label))] = rng.integers(64)
    elif kind == 1 and routing.synapse_driver_compare_masks:
        drivers = list(routing.synapse_driver_compare_masks)
        routing.synapse_driver_compare_masks[drivers[rng.integers(len(drivers))]] = int(rng.integers(32))
    else:
        nodes = [node for node in routing.crossbar_nodes if int(node.toCrossbarOutputOnDLS()) < 8]
        if nodes:
            config = haldls.CrossbarNode.drop_all if rng.random() < 0.5 else haldls.CrossbarNode()
            routing.crossbar_nodes[nodes[rng.integers(len(nodes))]] = config


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_exactly_the_wrong_connectomes_are_refused(seed: int) -> None:
    """The check agrees with one that knows nothing of graphs."""
    described = random_network(seed, max_external=40, density=0.1)
    try:
        routing = route(described)
    except UnsuccessfulRouting:
        return
    instance, routed = described.execution_instances[0], routing.execution_instances[ExecutionInstanceID()]
    mutate(routed, np.random.default_rng(seed))
    actual, wanted = actual_connectome(instance, reached_synapses(instance, routed)), wanted_connectome(instance)
    if all(map(np.array_equal, dataclasses.astuple(actual), dataclasses.astuple(wanted))):
        assert build_network_graph(described, routing).valid()
    else:
        with pytest.raises(InvalidNetworkGraph):
            build_network_graph(described, routing)
