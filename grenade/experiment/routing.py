"""Routers by the names that experiments have for them."""

from __future__ import annotations

from grenade.network.network import Network
from grenade.network.routing import GreedyRouter, PortfolioRouter, RoutingResult


def route(network: Network, router: str = "portfolio") -> RoutingResult:
    """Route a network.

    Parameters
    ----------
    network : Network
        The network.
    router : str
        "portfolio" or "greedy".

    Raises
    ------
    UnsuccessfulRouting
        The network does not fit on the chip.
    """
    return (PortfolioRouter() if router == "portfolio" else GreedyRouter())(network)
