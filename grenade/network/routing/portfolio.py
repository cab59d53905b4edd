"""Several routers, tried one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from grenade.network.network import Network
from grenade.network.routing.driver_allocation import AllocationPolicyBacktracking
from grenade.network.routing.errors import UnsuccessfulRouting
from grenade.network.routing.greedy import GreedyRouter, Options
from grenade.network.routing.partition import Groups, distribute_best_fit
from grenade.network.routing.result import RoutingResult

Router = Callable[[Network], RoutingResult]


class BestFitRouter(GreedyRouter):
    """Places sources of the host where they cost least, those with most synapses first or all of them mixed.

    Groups need as many rows as their busiest target has synapses, so they get smaller if each has sources of many
    different targets. That is what mixing achieves where sources with the same targets follow one another.

    Parameters
    ----------
    options : GreedyRouter.Options, optional
        How synapse drivers are allocated, with backtracking if not given.
    seed : int, optional
        Mix the sources with random numbers from this seed, instead of starting with those with most synapses.
    """

    def __init__(self, options: Options | None = None, seed: int | None = None) -> None:
        super().__init__(Options(AllocationPolicyBacktracking()) if options is None else options)
        self.seed = seed

    def _distribute(
        self, source: NDArray[np.int64], circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_], free: list[int]
    ) -> tuple[Groups, NDArray[np.int64]]:
        names, out_degree = np.unique(source, return_counts=True)
        if self.seed is None:
            order = names[np.argsort(-out_degree, kind="stable")]
        else:
            order = np.random.default_rng(self.seed).permutation(names)
        return distribute_best_fit(source, circuit, inhibitory, free, order)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.options}, {self.seed})"


class PortfolioRouter:
    """Tries routers until one succeeds.

    Parameters
    ----------
    routers : sequence of callables, optional
        They take a network, and return a `RoutingResult` or raise `UnsuccessfulRouting`. If none are given, a
        `GreedyRouter` and, where it fails, some that search longer.
    """

    def __init__(self, routers: Sequence[Router] | None = None) -> None:
        exact = Options(AllocationPolicyBacktracking())
        default: list[Router] = [GreedyRouter(), GreedyRouter(exact), BestFitRouter(), BestFitRouter(seed=0)]
        self.routers: list[Router] = default if routers is None else list(routers)

    def __call__(self, network: Network) -> RoutingResult:
        """Place a network.

        Raises
        ------
        UnsuccessfulRouting
            If all routers fail, with the reason of the first.
        """
        failures: list[UnsuccessfulRouting] = []
        for router in self.routers:
            try:
                return router(network)
            except UnsuccessfulRouting as failure:
                failures.append(failure)
        if not failures:
            raise UnsuccessfulRouting("the portfolio has no routers", resource="routers")
        raise failures[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.routers})"
