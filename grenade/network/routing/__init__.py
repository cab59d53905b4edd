"""Routing: the way of every event from its source to the synapses of its targets, found for whole networks."""

from __future__ import annotations

from grenade.network.routing.connections import ConnectionRouting, RoutedConnection, build_connection_routing
from grenade.network.routing.constraints import check_constraints
from grenade.network.routing.driver_allocation import AllocationPolicyBacktracking, AllocationPolicyGreedy
from grenade.network.routing.errors import UnsuccessfulRouting
from grenade.network.routing.greedy import GreedyRouter
from grenade.network.routing.portfolio import BestFitRouter, PortfolioRouter
from grenade.network.routing.result import (
    ExternalSpikeLabels,
    PlacedConnection,
    PlacedConnections,
    RoutingResult,
)
from grenade.network.routing.weight_split import build_connection_weight_split

__all__ = [
    "AllocationPolicyBacktracking",
    "AllocationPolicyGreedy",
    "BestFitRouter",
    "ConnectionRouting",
    "ExternalSpikeLabels",
    "GreedyRouter",
    "PlacedConnection",
    "PlacedConnections",
    "PortfolioRouter",
    "RoutedConnection",
    "RoutingResult",
    "UnsuccessfulRouting",
    "build_connection_routing",
    "build_connection_weight_split",
    "check_constraints",
]
