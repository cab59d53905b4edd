"""Networks as hardware graphs."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.instance_graph import InstanceGraph
from grenade.network.network import Network
from grenade.network.routing.result import PlacedConnection, PlacedConnections, RoutingResult
from grenade.network.routing.sources import sent_sources
from grenade.network.source_merging import received_spikes
from grenade.network.translation import ExecutionInstanceTranslation, GraphTranslation
from grenade.network.validation import check
from grenade.signal_flow.graph import Graph


@dataclass
class Durations:
    """Wall-clock time that the steps from a network to its graph took.

    Attributes
    ----------
    abstract_network_construction, routing, hardware_network_construction, verification : datetime.timedelta
        Description of the network, its routing, its graph, and the check of the graph.
    """

    abstract_network_construction: timedelta = field(default_factory=timedelta)
    routing: timedelta = field(default_factory=timedelta)
    hardware_network_construction: timedelta = field(default_factory=timedelta)
    verification: timedelta = field(default_factory=timedelta)


class NetworkGraph:
    """A network with the hardware graph that carries it out. `build_network_graph` makes it.

    Attributes
    ----------
    network : Network
        What was asked for.
    graph : Graph
        The hardware.
    graph_translation : GraphTranslation
        Where the things of the network are in the graph.
    routing_result : RoutingResult
        How the network was routed; weights that were updated later are not in it.
    durations : Durations
        Time that the steps took.
    """

    def __init__(
        self, network: Network, graph: Graph, graph_translation: GraphTranslation, routing_result: RoutingResult,
        durations: Durations | None = None,
    ) -> None:
        self._network = network
        self._graph = graph
        self._graph_translation = graph_translation
        self._routing_result = routing_result
        self.durations = durations or Durations()

    @property
    def network(self) -> Network:
        """What was asked for."""
        return self._network

    @property
    def graph(self) -> Graph:
        """The hardware."""
        return self._graph

    @property
    def graph_translation(self) -> GraphTranslation:
        """Where the things of the network are in the graph."""
        return self._graph_translation

    @property
    def routing_result(self) -> RoutingResult:
        """How the network was routed."""
        return self._routing_result

    def get_placed_connections(self, descriptor: Any) -> PlacedConnections:
        """Synapses of all connections of a projection, with their present weights.

        Parameters
        ----------
        descriptor : ProjectionOnNetwork or ProjectionOnExecutionInstance
            The projection; without an execution instance that of the instance 0.

        Returns
        -------
        PlacedConnections
            Entry i is the list of synapses of connection i.

        Raises
        ------
        IndexError
            There is no such projection.
        """
        translation = self._translation_of(descriptor)
        placed = translation.projections[descriptor]
        vertices = translation.synapse_vertices[descriptor]
        columns = np.zeros((4, len(placed.connection)), np.int64)
        for hemisphere, vertex in vertices.items():
            view: Any = self._graph.vertex(vertex)
            columns[:, placed.on(int(hemisphere))] = (
                view.weights, view.labels, view.rows[view.index_row] + 256 * int(hemisphere),
                view.columns[view.index_column],
            )
        return PlacedConnections(placed.offsets, *columns)

    def get_placed_connection(self, descriptor: Any, index: int) -> list[PlacedConnection]:
        """Synapses of a connection.

        Parameters
        ----------
        descriptor : ProjectionOnNetwork or ProjectionOnExecutionInstance
            The projection.
        index : int
            Number of the connection.

        Raises
        ------
        IndexError
            There is no such projection or connection.
        """
        translation = self._translation_of(descriptor)
        placed = translation.projections[descriptor]
        if not 0 <= index < len(placed.offsets) - 1:
            raise IndexError(f"{descriptor!r} has {len(placed.offsets) - 1} connections, asked for connection {index}")
        synapses = slice(placed.offsets[index], placed.offsets[index + 1])
        found = []
        for number, hemisphere in zip(placed.index[synapses], placed.hemisphere[synapses].tolist(), strict=True):
            view: Any = self._graph.vertex(translation.synapse_vertices[descriptor][hemisphere])
            row, column = view.rows[view.index_row[number]], view.columns[view.index_column[number]]
            found.append(PlacedConnection(
                int(view.weights[number]), int(view.labels[number]), int(row) + 256 * hemisphere, int(column)
            ))
        return found

    def _translation_of(self, descriptor: Any) -> ExecutionInstanceTranslation:
        instance = getattr(descriptor, "toExecutionInstanceID", ExecutionInstanceID)()
        translations = self._graph_translation.execution_instances
        if instance not in translations or descriptor not in translations[instance].projections:
            raise IndexError(f"the network has no projection {descriptor!r} on {instance!r}")
        return translations[instance]

    def valid(self) -> bool:
        """Whether the hardware does what the network says: the same connections, no more and no less."""
        try:
            self.check()
        except InvalidNetworkGraph:
            return False
        return True

    def check(self) -> None:
        """Raise `InvalidNetworkGraph` with the first reason why the graph is not valid."""
        check(self._network, self._graph, self._graph_translation)

    def __copy__(self) -> NetworkGraph:
        # Updates replace vertices, so two graphs may share them, but not the containers around them.
        return NetworkGraph(
            self._network, copy.copy(self._graph), copy.deepcopy(self._graph_translation), self._routing_result,
            copy.copy(self.durations),
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> NetworkGraph:
        return NetworkGraph(
            copy.deepcopy(self._network, memo), copy.deepcopy(self._graph, memo),
            copy.deepcopy(self._graph_translation, memo), copy.deepcopy(self._routing_result, memo),
            copy.copy(self.durations),
        )

    def __repr__(self) -> str:
        return f"<NetworkGraph of {len(self._network.execution_instances)} execution instances>"


def build_network_graph(network: Network, routing_result: RoutingResult) -> NetworkGraph:
    """Build and check the hardware graph of a routed network.

    Parameters
    ----------
    network : Network
        The network.
    routing_result : RoutingResult
        Its routing, from a router or made by hand.

    Raises
    ------
    InvalidNetworkGraph
        The graph would not do what the network says.
    """
    begin = time.perf_counter()
    graph, translation = Graph(), GraphTranslation()
    sent = sent_sources(network)
    instances = {}
    for instance in _in_order(network):
        if instance not in routing_result.execution_instances:
            raise InvalidNetworkGraph(f"the routing result has nothing about execution instance {int(instance)}")
        instances[instance] = InstanceGraph(
            graph, instance, network.execution_instances[instance], routing_result.execution_instances[instance],
            sent.get(instance, {}),
        )
        instances[instance].add_labels()
        translation.execution_instances[instance] = instances[instance].translation
    for instance, builder in instances.items():
        received = []
        for source, table in received_spikes(network, translation, instance):
            output = translation.execution_instances[source].event_output_vertex
            # What sends has been built before, and then has an output, as its labels were found.
            assert output is not None
            received.append((output, table))
        builder.add_vertices(received)
    network_graph = NetworkGraph(network, graph, translation, routing_result)
    built = time.perf_counter()
    network_graph.check()
    network_graph.durations = Durations(
        network.construction_duration, _timedelta(routing_result.routing_duration),
        timedelta(seconds=built - begin), timedelta(seconds=time.perf_counter() - built),
    )
    return network_graph


def _timedelta(duration: Any) -> timedelta:
    return duration if isinstance(duration, timedelta) else timedelta(seconds=duration)


def _in_order(network: Network) -> list[ExecutionInstanceID]:
    """Execution instances, each after those that it gets spikes from."""
    ordered = list(network.topologically_sorted_execution_instance_ids)
    return ordered + [instance for instance in network.execution_instances if instance not in ordered]
