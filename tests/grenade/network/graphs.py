"""Network graphs for tests."""

from __future__ import annotations

from typing import Any

from grenade.common import ExecutionInstanceID
from grenade.network import Network, NetworkGraph, build_network_graph
from grenade.network.routing import PortfolioRouter, RoutingResult
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
)

KERNEL = "void PLASTICITY_RULE_KERNEL() {}"
"""Kernel of a plasticity rule that does nothing."""


def route(described: Network) -> RoutingResult:
    """Routing by the default router."""
    return PortfolioRouter()(described)


def build(described: Network) -> NetworkGraph:
    """Graph of a network that the default router routes."""
    return build_network_graph(described, route(described))


def translation(graph: NetworkGraph, instance: int = 0) -> Any:
    """Translation of an execution instance."""
    return graph.graph_translation.execution_instances[ExecutionInstanceID(instance)]


def small() -> Network:
    """Three sources to three neurons on both hemispheres, recorded; one of them to another."""
    return network(
        [point_neurons([3, 40, 259]), external(3)],
        [(EXCITATORY, one_to_one(3, 20), 1, 0), (INHIBITORY, table([0], [2], 5), 0, 0)],
    )
