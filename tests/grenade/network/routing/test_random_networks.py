"""Random networks are routed exactly, or reported as not routable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grenade.network.routing import AllocationPolicyGreedy, GreedyRouter, PortfolioRouter, UnsuccessfulRouting

from .connectome import assert_routed
from .networks import EXCITATORY, external, network, point_neurons, random_network, table

ROUTERS = {
    "greedy": GreedyRouter(GreedyRouter.Options(AllocationPolicyGreedy(), 100)),
    "portfolio": PortfolioRouter(),
}


def check(net, router):
    try:
        result = router(net)
    except UnsuccessfulRouting as failure:
        assert failure.resource
        return False
    assert_routed(net, result)
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.3, 1.0]), st.sampled_from(sorted(ROUTERS)))
def test_routed_exactly_or_reported(seed, density, router):
    check(random_network(seed, density=density), ROUTERS[router])


@pytest.mark.parametrize("seed", range(4))
def test_many_sources(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 8192))
    count = int(rng.integers(0, 3000))
    pairs = np.unique(np.stack([rng.integers(0, size, count), rng.integers(0, 512, count)]), axis=1)
    net = network([external(size, rng.random(size) < 0.5), point_neurons(range(512))], [
        (EXCITATORY, table(pairs[0], pairs[1]), 0, 1)])
    check(net, PortfolioRouter())


def test_most_random_networks_fit():
    fitting = [check(random_network(seed, density=0.1), PortfolioRouter()) for seed in range(20)]
    assert sum(fitting) >= 18
