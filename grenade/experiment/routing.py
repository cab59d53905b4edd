"""Routers by the names that experiments have for them."""

from __future__ import annotations

from grenade.network.network import Network
from grenade.network.routing import GreedyRouter, PortfolioRouter, RoutingResult

_ROUTERS: dict[str, type[PortfolioRouter] | type[GreedyRouter]] = {
    "portfolio": PortfolioRouter, "greedy": GreedyRouter,
}


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
    ValueError
        There is no such router.
    """
    if router not in _ROUTERS:
        raise ValueError(f"there is no router {router!r}, expected {' or '.join(map(repr, _ROUTERS))}")
    return _ROUTERS[router]()(network)
