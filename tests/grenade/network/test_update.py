"""Which changes of a network need routing, and updates of the graph by those that do not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import lola
from grenade.common import AtomicNeuronOnExecutionInstance, ExecutionInstanceID, ProjectionOnNetwork
from grenade.network import (
    CADCRecording,
    InterExecutionInstanceProjection,
    MADCRecording,
    Network,
    NetworkBuilder,
    NetworkGraph,
    PadRecording,
    PlasticityRule,
    Projection,
    build_network_graph,
    requires_routing,
    update_network_graph,
)
from grenade.network.routing import RoutingResult, UnsuccessfulRouting
from grenade.network.routing.weight_split import split_weights
from tests.grenade.network.graphs import KERNEL, build
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    background,
    external,
    one_to_one,
    point_neurons,
    random_network,
    table,
)
from tests.grenade.network.routing.networks import network as network_of

Source = lola.AtomicNeuron.Readout.Source


class Parts:
    """What a network is made of, to be changed before it is built."""

    def __init__(self) -> None:
        self.neurons = point_neurons([3, 40, 259], [True, False, True])
        self.sources = external(3, [True, False, False])
        self.generator = background(4, {0: 1})
        self.receptor = EXCITATORY
        self.connections = table([0, 1, 2], [0, 1, 2], [5, 100, 7])
        self.from_generator = all_to_all(4, 2, 9)
        at = [AtomicNeuronOnExecutionInstance(0, i) for i in range(3)]
        self.cadc = CADCRecording([CADCRecording.Neuron(at[0]), CADCRecording.Neuron(at[2])])
        self.madc = MADCRecording([MADCRecording.Neuron(at[1])])
        self.pad = PadRecording({halco.PadOnDLS(0): PadRecording.Source(PadRecording.Neuron(at[1]))})
        self.rule = PlasticityRule([0], [], KERNEL, recording=PlasticityRule.RawRecording(8))
        self.rule.timer.period, self.rule.timer.num_periods = 1000, 2
        self.sent = np.array([[0, 0, 1, 0, 20]])

    def build(self) -> Network:
        builder = NetworkBuilder()
        neurons, sources, generator = map(builder.add, (self.neurons, self.sources, self.generator))
        builder.add(Projection(self.receptor, self.connections, sources, neurons))
        builder.add(Projection(INHIBITORY, self.from_generator, generator, neurons))
        for recording in (self.cadc, self.madc, self.pad):
            if recording is not None:
                builder.add(recording)
        if self.rule is not None:
            builder.add(self.rule)
        receivers, targets = builder.add(external(3), 1), builder.add(point_neurons([0, 1, 2]), 1)
        builder.add(Projection(EXCITATORY, one_to_one(3), receivers, targets), 1)
        builder.add(InterExecutionInstanceProjection().from_numpy(self.sent, neurons, receivers))
        return builder.done()


@pytest.fixture(scope="module")
def original() -> NetworkGraph:
    return build(Parts().build())


def changed(change: Callable[[Parts], None]) -> Network:
    parts = Parts()
    change(parts)
    return parts.build()


def set_(path: str, value: Any) -> Callable[[Parts], None]:
    """Change of an attribute at a dotted path."""
    def change(parts: Parts) -> None:
        *owners, name = path.split(".")
        owner: Any = parts
        for each in owners:
            owner = getattr(owner, each)
        setattr(owner, name, value)
    return change


def put(name: str, index: Any, value: Any) -> Callable[[Parts], None]:
    """Change of an element."""
    def change(parts: Parts) -> None:
        getattr(parts, name)[index] = value
    return change


def source_of(recording: str, source: Source) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        getattr(parts, recording).neurons[0].source = source
    return change


def recorded(recording: str, neuron: int) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        getattr(parts, recording).neurons[0].coordinate.neuron_on_population = neuron
    return change


def spike_recording(parts: Parts) -> None:
    parts.neurons = point_neurons([3, 40, 259], [True, True, True])


def pad_source(parts: Parts) -> None:
    parts.pad.recordings[halco.PadOnDLS(0)].neuron.source = Source.adaptation
    parts.madc.neurons[0].source = Source.adaptation


def pad_neuron(parts: Parts) -> None:
    parts.pad.recordings[halco.PadOnDLS(0)].neuron.coordinate.neuron_on_population = 0


def pad_buffer(parts: Parts) -> None:
    parts.pad.recordings[halco.PadOnDLS(0)].enable_buffered = True


NOT_NEEDED = {
    "nothing": lambda parts: None,
    "weight": put("connections", (0, 4), 63),
    "weight of several synapses": put("connections", (1, 4), 126),
    "weight that fits fewer synapses": put("connections", (1, 4), 1),
    "period": set_("generator.config.period", 77),
    "rate": set_("generator.config.rate", 78),
    "seed": set_("generator.config.seed", 79),
    "CADC source": source_of("cadc", Source.exc_synin),
    "CADC memory": set_("cadc.placement_on_dram", True),
    "pad source": pad_source,
    "pad buffer": pad_buffer,
    "kernel": set_("rule.kernel", KERNEL + "\n"),
    "timer": set_("rule.timer.start", 80),
    "number of periods": set_("rule.timer.num_periods", 81),
    "projections of the rule": set_("rule.projections", [1, 0]),
    "delay": put("sent", (0, 4), 21),
    "target in the other instance": put("sent", (0, 2), 2),
}

NEEDED = {
    "receptor": set_("receptor", INHIBITORY),
    "source of a connection": put("connections", (0, 0), 1),
    "target of a connection": put("connections", (0, 2), 1),
    "fewer connections": set_("connections", table([0, 1], [0, 1])),
    "weight beyond a synapse": put("connections", (0, 4), 64),
    "weight beyond several synapses": put("connections", (1, 4), 127),
    "place of a neuron": set_("neurons", point_neurons([3, 41, 259], [True, False, True])),
    "number of sources": set_("sources", external(4, [True, False, False, False])),
    "recording of a neuron": spike_recording,
    "recording of a source": set_("sources", external(3, [True, True, False])),
    "generator": set_("generator", background(4, {0: 2})),
    "size of a background population": set_("generator", background(8, {0: 1})),
    "CADC neuron": recorded("cadc", 1),
    "MADC neuron": recorded("madc", 0),
    "pad neuron": pad_neuron,
    "no CADC": set_("cadc", None),
    "no MADC": set_("madc", None),
    "no pad": set_("pad", None),
    "no rule": set_("rule", None),
    "size of the recording": set_("rule.recording", PlasticityRule.RawRecording(12)),
    "no recording of the rule": set_("rule.recording", None),
    "neuron that sends": put("sent", (0, 0), 1),
}


def with_weights_of(network: Network, routing: RoutingResult) -> RoutingResult:
    """The same routing with other weights."""
    result = copy.deepcopy(routing)
    for instance, routed in result.execution_instances.items():
        for descriptor, placed in routed.connections.items():
            weight = network.execution_instances[instance].projections[descriptor].table[:, 4]
            placed.weight[:] = split_weights(weight, placed.offsets)
    return result


@pytest.mark.parametrize("change", NOT_NEEDED.values(), ids=NOT_NEEDED)
def test_update_gives_the_graph_that_routing_would_give(
    original: NetworkGraph, change: Callable[[Parts], None]
) -> None:
    network = changed(change)
    assert not requires_routing(network, original)
    graph, before = copy.copy(original), str(original.graph)
    update_network_graph(graph, network)
    assert graph.network is network and graph.valid()
    assert str(original.graph) == before and original.valid(), "a copy shares nothing that changes"
    routing = with_weights_of(network, original.routing_result)
    assert graph.graph == build_network_graph(network, routing).graph


@pytest.mark.parametrize("change", NEEDED.values(), ids=NEEDED)
def test_changes_that_need_routing(original: NetworkGraph, change: Callable[[Parts], None]) -> None:
    network = changed(change)
    assert requires_routing(network, original)
    before = str(original.graph)
    with pytest.raises(RuntimeError, match="route it"):
        update_network_graph(original, network)
    assert str(original.graph) == before and original.valid()


def test_more_or_fewer_execution_instances_need_routing(original: NetworkGraph) -> None:
    assert requires_routing(NetworkBuilder().done(), original)


def test_own_network_needs_no_routing(original: NetworkGraph) -> None:
    assert not requires_routing(original.network, original)


def test_rule_without_any_period_has_no_timed_record() -> None:
    """The output for records exists only if there are some."""
    def parts(periods: int) -> Network:
        own = Parts()
        observable = PlasticityRule.TimedRecording.ObservableArray(size=3)
        own.rule.recording = PlasticityRule.TimedRecording({"values": observable})
        own.rule.timer.num_periods = periods
        return own.build()

    graph = build(parts(2))
    assert requires_routing(parts(0), graph)
    for periods in (1, 5, 2):
        update_network_graph(graph, parts(periods))
        translation = graph.graph_translation.execution_instances[ExecutionInstanceID()]
        (vertex,) = translation.plasticity_rule_output_vertices.values()
        assert graph.graph.vertex(vertex).size == 16 * periods, "8 bytes of time, 3 of values, rounded up to 16"
    assert graph.graph == build(parts(2)).graph


def test_other_projections_of_a_rule_that_needs_rows_in_order() -> None:
    """The rows of the projection that it did not have before may be in any order."""
    def parts(projections: list[int], ordered: bool) -> Network:
        builder = NetworkBuilder()
        neurons, sources = builder.add(point_neurons([0, 1])), builder.add(external(2))
        for receptor in (EXCITATORY, INHIBITORY):
            builder.add(Projection(receptor, all_to_all(2, 2), sources, neurons))
        builder.add(PlasticityRule(projections, [], KERNEL, enable_requires_one_source_per_row_in_order=ordered))
        return builder.done()

    for ordered in (False, True):
        graph = build(parts([0], ordered))
        assert not requires_routing(parts([0], ordered), graph)
        assert requires_routing(parts([0, 1], ordered), graph) == ordered


def test_randomness_of_a_generator() -> None:
    def described(random: bool) -> Network:
        generator = background(1, {0: 1})
        generator.config.enable_random = random
        return network_of([point_neurons([0]), generator], [(EXCITATORY, one_to_one(1), 1, 0)])

    graph = build(described(False))
    assert not requires_routing(described(True), graph)
    update_network_graph(graph, described(True))
    assert graph.valid() and graph.graph == build(described(True)).graph


def test_update_replaces_only_what_differs(original: NetworkGraph) -> None:
    graph = copy.copy(original)
    update_network_graph(graph, changed(put("connections", (0, 4), 6)))
    different = [d for d in graph.graph if graph.graph.vertex(d) is not original.graph.vertex(d)]
    synapses = graph.graph_translation.execution_instances[ExecutionInstanceID()].synapse_vertices[0]
    assert set(different) <= set(synapses.values())
    assert [int(each.weight) for each in graph.get_placed_connection(ProjectionOnNetwork(0), 0)] == [6]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_weights_of_random_networks(seed: int) -> None:
    network = random_network(seed, max_external=40)
    try:
        graph = build(network)
    except UnsuccessfulRouting:
        return
    other, rng = copy.deepcopy(network), np.random.default_rng(seed)
    for descriptor, projection in other.execution_instances[0].projections.items():
        counts = graph.get_placed_connections(descriptor).counts
        projection.table[:, 4] = rng.integers(0, 63 * counts + 1)
    assert not requires_routing(other, graph)
    update_network_graph(graph, other)
    assert graph.valid()
    for descriptor, projection in other.execution_instances[0].projections.items():
        for connection, placed in zip(projection.connections, graph.get_placed_connections(descriptor), strict=True):
            weights = [int(each.weight) for each in placed]
            assert sum(weights) == int(connection.weight)
            assert weights == sorted(weights, reverse=True) and sum(0 < w < 63 for w in weights) <= 1
