"""Changes of a network that its hardware graph follows without new routing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grenade.network.graph import NetworkGraph
from grenade.network.instance_graph import background_config, merger
from grenade.network.network import ExecutionInstance, Network
from grenade.network.plasticity_rule import PlasticityRule, TimedRecording
from grenade.network.population import BackgroundSourcePopulation
from grenade.network.projection import Projection
from grenade.network.readout_vertices import cadc_views, madc_view, pad_view, plasticity_rule_vertex
from grenade.network.routing.sources import sent_sources
from grenade.network.routing.weight_split import MAX_WEIGHT, num_circuits
from grenade.network.source_merging import received_spikes
from grenade.network.translation import ExecutionInstanceTranslation, PlacedSynapses
from grenade.signal_flow.graph import Graph, Input
from grenade.signal_flow.types import ConnectionType, PortRestriction
from grenade.signal_flow.vertices import BackgroundSpikeSource, DataOutput, Vertex


class RoutingRequired(RuntimeError):
    """A network cannot be run on the graph of another one."""


def requires_routing(network: Network, old_graph: NetworkGraph) -> bool:
    """Whether a network cannot be run on the graph of another one, even if that is updated.

    Not needed is routing for other weights, as far as the synapses of each connection hold them; other period, rate,
    seed and randomness of background generators; other sources of recordings; other kernels, timers and views of
    plasticity rules, unless the rule requires rows in order; other targets and delays of projections between execution
    instances.

    Parameters
    ----------
    network : Network
        The network to be run.
    old_graph : NetworkGraph
        Graph of another network.
    """
    old = old_graph.network
    if network is old:
        return False
    instances = network.execution_instances
    if instances.keys() != old.execution_instances.keys() or _exchange_differs(network, old):
        return True
    translations = old_graph.graph_translation.execution_instances
    return any(
        _instance_differs(instance, old.execution_instances[key], translations[key])
        for key, instance in instances.items()
    )


def update_network_graph(graph: NetworkGraph, network: Network) -> None:
    """Make the graph of a network that of another one which differs in what does not need routing.

    Only the vertices that change are replaced. If anything is wrong, the graph stays as it was.

    Parameters
    ----------
    graph : NetworkGraph
        Graph to be changed.
    network : Network
        Network that it carries out afterwards.

    Raises
    ------
    RoutingRequired
        The network requires routing.
    """
    if requires_routing(network, graph):
        raise RoutingRequired("the network differs from that of the graph in more than an update changes: route it")
    changed = list(_changed_vertices(graph, network))
    rules = list(_changed_rules(graph, network))
    for descriptor, vertex in changed:
        graph.graph.update(descriptor, vertex)
    for descriptor, output, vertex, inputs in rules:
        _replace_rule(graph.graph, descriptor, output, vertex, inputs)
    graph._network = network


# -- what differs ------------------------------------------------------------------------------------------------------


def _exchange_differs(network: Network, old: Network) -> bool:
    """Whether other spikes have to reach the host, or other execution instances exchange spikes."""
    def partners(each: Network) -> set[tuple[Any, Any]]:
        return {
            (projection.population_pre.toExecutionInstanceID(), projection.population_post.toExecutionInstanceID())
            for projection in each.inter_execution_instance_projections
        }

    if partners(network) != partners(old):
        return True
    new_sent, old_sent = sent_sources(network), sent_sources(old)
    return any(
        new_sent[instance].keys() != old_sent[instance].keys()
        or any(not np.array_equal(keys, old_sent[instance][p]) for p, keys in new_sent[instance].items())
        for instance in new_sent
    )


def _instance_differs(
    new: ExecutionInstance, old: ExecutionInstance, translation: ExecutionInstanceTranslation
) -> bool:
    if new.populations.keys() != old.populations.keys() or new.projections.keys() != old.projections.keys():
        return True
    return (
        _recordings_differ(new, old)
        or _rules_differ(new, old)
        or any(_population_differs(each, old.populations[key]) for key, each in new.populations.items())
        or any(
            _projection_differs(each, old.projections[key], translation.projections[key])
            for key, each in new.projections.items()
        )
    )


def _population_differs(new: Any, old: Any) -> bool:
    if new is old:
        return False
    if isinstance(new, BackgroundSourcePopulation) and isinstance(old, BackgroundSourcePopulation):
        return any(getattr(new, name) != getattr(old, name) for name in ("neurons", "coordinate", "chip_on_executor"))
    return type(new) is not type(old) or new != old


def _projection_differs(new: Projection, old: Projection, placed: PlacedSynapses) -> bool:
    if (new.receptor, new.population_pre, new.population_post, new.chip_on_executor) != (
        old.receptor, old.population_pre, old.population_post, old.chip_on_executor
    ):
        return True
    table, before = new.table, old.table
    if len(table) != len(before):
        return True
    if new is not old:
        different = table != before
        # All that differs is in the last column, the weights. Counting is much faster than looking at the others.
        if np.count_nonzero(different) != np.count_nonzero(different[:, 4]):
            return True
    weight = table[:, 4]
    if weight.max(initial=0) <= MAX_WEIGHT:
        return False
    return bool((num_circuits(weight) > np.diff(placed.offsets)).any())


def _recordings_differ(new: ExecutionInstance, old: ExecutionInstance) -> bool:
    for recording, before in (
        (new.madc_recording, old.madc_recording), (new.cadc_recording, old.cadc_recording),
        (new.pad_recording, old.pad_recording),
    ):
        if recording is before:
            continue
        if recording is None or before is None or recording.chip_on_executor != before.chip_on_executor:
            return True
        if _recorded_circuits(recording) != _recorded_circuits(before):
            return True
    return False


def _has_other_recordings(new: ExecutionInstance, old: ExecutionInstance) -> bool:
    """Whether a recording is another object; networks that differ in weights share them."""
    return any(
        getattr(new, name) is not getattr(old, name) for name in ("madc_recording", "cadc_recording", "pad_recording")
    )


def _recorded_circuits(recording: Any) -> Any:
    if hasattr(recording, "recordings"):
        return {pad: source.neuron.coordinate for pad, source in recording.recordings.items()}
    return [neuron.coordinate for neuron in recording.neurons]


def _rules_differ(new: ExecutionInstance, old: ExecutionInstance) -> bool:
    if new.plasticity_rules.keys() != old.plasticity_rules.keys():
        return True
    return any(_rule_differs(rule, old.plasticity_rules[key]) for key, rule in new.plasticity_rules.items())


def _rule_differs(new: PlasticityRule, old: PlasticityRule) -> bool:
    ordered = new.enable_requires_one_source_per_row_in_order
    return (
        ordered != old.enable_requires_one_source_per_row_in_order
        # Whether the rows of other projections are in order is only known once they are routed and checked.
        or (ordered and new.projections != old.projections)
        or new.chip_on_executor != old.chip_on_executor
        or new.recording != old.recording
        # Without any period there is no output of what is recorded.
        or (isinstance(new.recording, TimedRecording) and (not new.timer.num_periods) != (not old.timer.num_periods))
    )


# -- what is replaced --------------------------------------------------------------------------------------------------


def _changed_vertices(graph: NetworkGraph, network: Network) -> Iterator[tuple[int, Vertex]]:
    """Descriptors of the vertices other than plasticity rules that change, with those that replace them."""
    for instance_id, instance in network.execution_instances.items():
        translation = graph.graph_translation.execution_instances[instance_id]
        yield from _weights(graph.graph, instance, translation)
        yield from _generators(graph.graph, instance, translation)
        if _has_other_recordings(instance, graph.network.execution_instances[instance_id]):
            yield from _readouts(graph.graph, instance, translation)
        if translation.source_merger_vertex is not None:
            received = received_spikes(network, graph.graph_translation, instance_id)
            joined = merger([table for _, table in received])
            if joined != graph.graph.vertex(translation.source_merger_vertex):
                yield translation.source_merger_vertex, joined


def _weights(
    graph: Graph, instance: ExecutionInstance, translation: ExecutionInstanceTranslation
) -> Iterator[tuple[int, Vertex]]:
    for descriptor, projection in instance.projections.items():
        weights = translation.projections[descriptor].weights(projection.table[:, 4])
        for hemisphere, vertex in translation.synapse_vertices[descriptor].items():
            view: Any = graph.vertex(vertex)
            own = weights[int(hemisphere)]
            if not np.array_equal(view.weights, own):
                yield vertex, view.with_weights(own)


def _generators(
    graph: Graph, instance: ExecutionInstance, translation: ExecutionInstanceTranslation
) -> Iterator[tuple[int, Vertex]]:
    for descriptor, vertices in translation.background_spike_source_vertices.items():
        population = instance.populations[descriptor]
        assert isinstance(population, BackgroundSourcePopulation)
        for vertex in vertices.values():
            old: Any = graph.vertex(vertex)
            config = background_config(population, int(old.config.neuron_label), int(old.config.mask))
            if config != old.config:
                yield vertex, BackgroundSpikeSource(
                    old.coordinate, config, chip_on_executor=old.chip_on_executor
                )


def _readouts(
    graph: Graph, instance: ExecutionInstance, translation: ExecutionInstanceTranslation
) -> Iterator[tuple[int, Vertex]]:
    vertices: list[int] = []
    views: list[Any] = []
    if instance.cadc_recording is not None:
        vertices += translation.cadc_readout_vertices
        views += [each[0] for each in cadc_views(
            instance.cadc_recording, translation, instance.cadc_recording.chip_on_executor
        )]
    if instance.madc_recording is not None and translation.madc_readout_vertex is not None:
        vertices.append(translation.madc_readout_vertex)
        views.append(madc_view(instance.madc_recording, translation, instance.madc_recording.chip_on_executor)[0])
    if instance.pad_recording is not None:
        for pad, source in sorted(instance.pad_recording.recordings.items()):
            vertices.append(translation.pad_readout_vertices[pad])
            views.append(pad_view(pad, source, translation, instance.pad_recording.chip_on_executor)[0])
    for vertex, view in zip(vertices, views, strict=True):
        if view != graph.vertex(vertex):
            yield vertex, view


def _changed_rules(
    graph: NetworkGraph, network: Network
) -> Iterator[tuple[int, int | None, Any, list[Input]]]:
    """Descriptors of rules that change and of their outputs, with the rules that replace them and their inputs."""
    for instance_id, instance in network.execution_instances.items():
        translation = graph.graph_translation.execution_instances[instance_id]
        for descriptor, rule in instance.plasticity_rules.items():
            place = translation.plasticity_rule_vertices[descriptor]
            vertex, inputs = plasticity_rule_vertex(rule, graph.graph, translation, rule.chip_on_executor)
            if vertex != graph.graph.vertex(place) or tuple(inputs) != graph.graph.inputs(place):
                yield place, translation.plasticity_rule_output_vertices.get(descriptor), vertex, inputs


def _replace_rule(graph: Graph, place: int, output: int | None, vertex: Any, inputs: list[Input]) -> None:
    """Replace a rule, and its output if the number of recorded bytes changes."""
    before, after = graph.output(place).size, vertex.output().size
    if output is None or before == after:
        graph.update_and_relocate(place, vertex, inputs)
        return
    # The edge between them is valid at each step: first it takes the bytes that both have.
    common = min(before, after)
    part = Input(place, PortRestriction(0, common - 1))
    graph.update_and_relocate(output, DataOutput(ConnectionType.Int8, common), [part])
    graph.update_and_relocate(place, vertex, inputs)
    graph.update_and_relocate(output, DataOutput(ConnectionType.Int8, after), [Input(place)])
