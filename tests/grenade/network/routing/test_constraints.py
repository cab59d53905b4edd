"""Upper bounds whatever the placement."""

from __future__ import annotations

import numpy as np
import pytest

from grenade.common import ExecutionInstanceID
from grenade.network.routing import GreedyRouter, PortfolioRouter, UnsuccessfulRouting, check_constraints

from .connectome import assert_recorded, assert_routed
from .networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    background,
    external,
    network,
    point_neurons,
    table,
)


def one_source(excitatory, inhibitory, source):
    """One source with synapses onto two neurons, which need that many rows."""
    return network([source, point_neurons([0, 1])], [
        (EXCITATORY, table([0], [0], 63 * excitatory), 0, 1), (INHIBITORY, table([0], [1], 63 * inhibitory), 0, 1),
    ])


@pytest.mark.parametrize(
    "source", [external(1), point_neurons([5]), background(1, {0: 2})], ids=lambda source: type(source).__name__
)
class TestRowsOfOneSource:
    @pytest.mark.parametrize(("excitatory", "inhibitory"), [(64, 0), (63, 1), (1, 63)])
    def test_bus_that_is_full(self, source, excitatory, inhibitory):
        net = one_source(excitatory, max(inhibitory, 0), source) if inhibitory else network(
            [source, point_neurons([0])], [(EXCITATORY, table([0], [0], 63 * excitatory), 0, 1)])
        check_constraints(net)
        assert_routed(net, GreedyRouter()(net))

    @pytest.mark.parametrize(("excitatory", "inhibitory"), [(65, 1), (64, 1), (1, 64)])
    def test_one_row_too_many(self, source, excitatory, inhibitory):
        net = one_source(excitatory, inhibitory, source)
        total = f"{excitatory} excitatory and {inhibitory} inhibitory rows"
        with pytest.raises(RuntimeError, match=total) as info:
            check_constraints(net)
        assert info.value.resource == "in-degree"
        with pytest.raises(UnsuccessfulRouting):
            PortfolioRouter()(net)


def test_one_connection_of_more_weight_than_a_bus_has_rows():
    net = network([external(1), point_neurons([0])], [(EXCITATORY, table([0], [0], 63 * (64 + 1)), 0, 1)])
    with pytest.raises(RuntimeError, match="projection 0 of execution instance 0.* 65 excitatory rows") as info:
        check_constraints(net)
    assert info.value.hemisphere == 0


def test_rows_of_a_bus_with_internal_sources():
    """Circuits 0..31 and 128..159 send to PADI bus 0, with both signs that is 128 rows."""
    sources = point_neurons([*range(32), *range(128, 160)])
    net = network([sources, point_neurons([300])], [
        (EXCITATORY, all_to_all(64, 1), 0, 1), (INHIBITORY, all_to_all(64, 1), 0, 1),
    ])
    message = r"projection 0 of execution instance 0.*64 excitatory and 64 inhibitory rows on PADI bus 0 \(bottom\)"
    with pytest.raises(UnsuccessfulRouting, match=message) as info:
        check_constraints(net)
    assert (info.value.resource, info.value.hemisphere, info.value.bus) == ("rows", 1, 0)
    assert info.value.projection == 0 and info.value.population == 0
    with pytest.raises(UnsuccessfulRouting, match=r"needs 64 rows on PADI bus 0 \(bottom\)") as info:
        GreedyRouter()(net)
    assert (info.value.resource, info.value.hemisphere, info.value.bus) == ("rows", 1, 0)


@pytest.mark.parametrize(("large", "small", "fits"), [(56, 8, True), (58, 6, False)])
def test_labels_of_two_event_outputs_of_a_bus(large, small, fits):
    """Their row select addresses differ in three bits at most, so either keeps 4 drivers from the other."""
    sources = point_neurons([*range(32), *range(128, 160)])
    net = network([sources, point_neurons([300])], [
        (EXCITATORY, table(np.arange(32), 0), 0, 1),
        (INHIBITORY, table(np.arange(large - 32), 0), 0, 1),
        (EXCITATORY, table(32 + np.arange(small), 0), 0, 1),
    ])
    check_constraints(net)
    if fits:
        assert_routed(net, PortfolioRouter()(net))
        return
    message = r"2 groups of sources apart which need \[29, 3\] synapse drivers on PADI bus 0 \(bottom\).*population 0"
    with pytest.raises(UnsuccessfulRouting, match=message) as info:
        PortfolioRouter()(net)
    assert (info.value.resource, info.value.hemisphere, info.value.bus) == ("labels", 1, 0)


def test_recorded_sources_need_labels():
    full = network([external(16_384, recorded=True)])
    assert_recorded(full.execution_instances[0], GreedyRouter()(full).execution_instances[ExecutionInstanceID()])
    message = "population 0 of execution instance 0: no row select addresses are left for 1 recorded source without"
    with pytest.raises(UnsuccessfulRouting, match=message) as info:
        GreedyRouter()(network([external(16_385, recorded=True)]))
    assert (info.value.resource, info.value.population) == ("labels", 0)


def test_in_degree_of_a_circuit():
    net = network([external(257), point_neurons([300])], [(EXCITATORY, all_to_all(257, 1), 0, 1)])
    with pytest.raises(UnsuccessfulRouting, match="neuron circuit 300 needs 257 synapses in all, it has 256"):
        check_constraints(net)
    with pytest.raises(UnsuccessfulRouting, match="1 of 257 sources of the host find no place on the bottom") as info:
        PortfolioRouter()(net)
    assert info.value.resource == "drivers"
    assert np.array_equal(info.value.projection, 0)
