"""Networks that must fit, and the shape of what the router returns."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta

import numpy as np
import pytest

import halco
import haldls
from grenade.common import ExecutionInstanceID, PopulationOnNetwork
from grenade.network import InterExecutionInstanceProjection, NetworkBuilder, SpikeIOSourcePopulation
from grenade.network.routing import (
    AllocationPolicyBacktracking,
    AllocationPolicyGreedy,
    BestFitRouter,
    GreedyRouter,
    PortfolioRouter,
    RoutingResult,
    UnsuccessfulRouting,
)

from .connectome import assert_routed, events, nodes_by_input, outputs
from .networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    background,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)

TOP, BOTTOM = range(256), range(256, 512)


def feed_forward_network():
    return network([external(100), point_neurons(range(64)), point_neurons(range(256, 259))], [
        (sign, all_to_all(pre, post), i, i + 1)
        for i, (pre, post) in enumerate([(100, 64), (64, 3)]) for sign in (EXCITATORY, INHIBITORY)
    ])


def background_network(num_buses, hemisphere):
    """Generators of 64 sources each; every bus of the hemisphere has as many rows."""
    neurons = point_neurons(TOP if hemisphere == 0 else BOTTOM)
    generators = [background(64, {hemisphere: bus}, recorded=True) for bus in range(num_buses)]
    projections = [(EXCITATORY, all_to_all(64, 256), 1 + bus, 0) for bus in range(num_buses)]
    return network([neurons, *generators], projections)


MUST_FIT = {
    "nothing": lambda: network([]),
    "neurons only": lambda: network([point_neurons(range(512))]),
    "sources only": lambda: network([external(256, recorded=True)]),
    "8191 recorded sources": lambda: network([external(8191, recorded=True)]),
    "same projection three times": lambda: network(
        [external(10), point_neurons(range(10))], [(EXCITATORY, one_to_one(10), 0, 1)] * 3),
    "overlapping projections": lambda: network([external(8), point_neurons(range(20, 28))], [
        (EXCITATORY, one_to_one(8), 0, 1), (INHIBITORY, all_to_all(8, 8), 0, 1),
        (EXCITATORY, all_to_all(8, 8, 5), 0, 1)]),
    "projection without connections": lambda: network(
        [external(3), point_neurons([4])], [(EXCITATORY, np.zeros((0, 5), int), 0, 1)]),
    "inputs, hidden, outputs, both signs": feed_forward_network,
    "64 background sources, top": lambda: background_network(1, 0),
    "128 background sources, bottom": lambda: background_network(2, 1),
    "256 background sources, top": lambda: background_network(4, 0),
    "256 members of one generator, sparse": lambda: network(
        [background(256, {0: 1, 1: 2}, recorded=True), point_neurons(range(512))],
        [(EXCITATORY, table(np.arange(512) % 256, np.arange(512)), 0, 1)]),
    "256 external sources to one hemisphere": lambda: network(
        [external(256), point_neurons(BOTTOM)], [(EXCITATORY, all_to_all(256, 256), 0, 1)]),
    "256 external sources to all neurons": lambda: network(
        [external(256, recorded=True), point_neurons(range(512))], [(EXCITATORY, all_to_all(256, 512), 0, 1)]),
    "128 external sources, both signs": lambda: network([external(128), point_neurons(range(512))], [
        (EXCITATORY, all_to_all(128, 512), 0, 1), (INHIBITORY, all_to_all(128, 512), 0, 1)]),
    "all-to-all in the top row": lambda: network([point_neurons(TOP)], [(EXCITATORY, all_to_all(256, 256), 0, 0)]),
    "all-to-all in the bottom row": lambda: network(
        [point_neurons(BOTTOM)], [(EXCITATORY, all_to_all(256, 256), 0, 0)]),
    "one to one on one hemisphere": lambda: network(
        [external(256), point_neurons(TOP)], [(EXCITATORY, one_to_one(256), 0, 1)]),
    "a chain of all circuits": lambda: network([point_neurons(np.random.default_rng(3).permutation(512))], [
        (EXCITATORY, table(np.arange(511), np.arange(1, 512)), 0, 0)]),
    "compartments": lambda: network([external(40), wide_neurons(
        range(0, 128, 4), [[{EXCITATORY}, {EXCITATORY, INHIBITORY}], [{INHIBITORY}, {EXCITATORY}]])], [
            (EXCITATORY, all_to_all(40, 32, 100), 0, 1), (INHIBITORY, all_to_all(32, 32), 1, 1)]),
    "weights above 63": lambda: network([external(7), point_neurons(range(7))], [
        (EXCITATORY, table(np.arange(7), np.arange(7), [0, 1, 63, 64, 126, 127, 1000]), 0, 1)]),
}


@pytest.mark.parametrize("name", MUST_FIT)
@pytest.mark.parametrize("router", [
    GreedyRouter(), GreedyRouter(GreedyRouter.Options(AllocationPolicyBacktracking(100), 1000)), BestFitRouter(),
    PortfolioRouter(),
], ids=lambda router: type(router).__name__)
def test_network_fits(name, router):
    net = MUST_FIT[name]()
    assert_routed(net, router(net))


@pytest.mark.parametrize("seed", range(5))
def test_placed_connections_are_in_the_order_of_connections(seed):
    rng = np.random.default_rng(seed)
    circuits = rng.permutation(512)[:100]
    connections = all_to_all(20, 100)[rng.permutation(2000)]
    connections[:, 4] = rng.integers(0, 64, 2000)
    net = network([external(20), point_neurons(circuits)], [(EXCITATORY, connections, 0, 1)])
    result = GreedyRouter()(net)
    assert_routed(net, result)
    (placed,) = result.execution_instances[ExecutionInstanceID()].connections.values()
    for i in rng.permutation(2000)[:50].tolist():
        (synapse,) = placed[i]
        assert synapse.weight == connections[i, 4]
        assert int(synapse.synapse_on_row) == circuits[connections[i, 2]] % 256
        assert int(synapse.synapse_row.toEnum()) // 256 == circuits[connections[i, 2]] // 256


def test_equal_networks_give_equal_results():
    first, second = (GreedyRouter()(feed_forward_network()) for _ in range(2))
    assert first == second
    assert first.routing_duration > timedelta()


def test_result_survives_pickle_and_deepcopy():
    result = GreedyRouter()(feed_forward_network())
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result) == result


def instance_of(net, router=None):
    return (router or GreedyRouter())(net).execution_instances[ExecutionInstanceID()]


def test_event_output_without_targets_is_kept_off_the_buses():
    net = network([point_neurons([0]), point_neurons([40])], [(EXCITATORY, one_to_one(1), 0, 1)])
    nodes = instance_of(net).crossbar_nodes
    passing = {
        (int(node.toCrossbarOutputOnDLS()), int(node.toCrossbarInputOnDLS()))
        for node, config in nodes.items() if config == haldls.CrossbarNode() and int(node.toCrossbarInputOnDLS()) < 8
    }
    assert passing == {(0, 0), (8, 0), (9, 1)}
    assert len(nodes) == 76


def test_neurons_that_neither_send_nor_are_recorded_emit_nothing():
    net = network([point_neurons([3, 4, 5], [False, True, False])], [(EXCITATORY, table([2], [0]), 0, 0)])
    (labels,) = instance_of(net).internal_neuron_labels.values()
    addresses = [neuron[halco.CompartmentOnLogicalNeuron()][0] for neuron in labels]
    assert addresses[0] is None
    assert isinstance(addresses[1], halco.NeuronBackendAddressOut)
    assert len(set(addresses)) == 3


def test_recorded_neurons_without_targets_count_up():
    net = network([point_neurons([0, 256, 31, 32], True)])
    (labels,) = instance_of(net).internal_neuron_labels.values()
    assert [int(neuron[halco.CompartmentOnLogicalNeuron()][0]) for neuron in labels] == [0, 1, 2, 0]


def test_sources_without_use_have_no_label():
    net = network([external(3, [False, True, False]), point_neurons([0])], [(EXCITATORY, table([2], [0]), 0, 1)])
    (labels,) = instance_of(net).external_spike_labels.values()
    assert [len(of_source) for of_source in labels] == [0, 1, 1]


def test_source_with_targets_on_both_hemispheres_has_two_labels_and_is_recorded_once():
    net = network([external(1, True), point_neurons([0, 256])], [(EXCITATORY, all_to_all(1, 2), 0, 1)])
    routing = instance_of(net)
    (labels,) = routing.external_spike_labels.values()
    assert len(labels[0]) == 2
    reached = sorted(output for event in events(net.execution_instances[0], routing) if event.crossbar_input >= 8
                     for output in outputs(nodes_by_input(routing), event))
    assert reached == [0, 4, 8]


def test_background_events_are_recorded_from_the_only_generator_there_is():
    net = network([background(4, {1: 3}, [False, True, False, False])])
    assert_routed(net, GreedyRouter()(net))


@pytest.mark.parametrize(("size", "mask"), [(1, 0), (2, 1), (64, 63), (128, 127), (256, 255)])
def test_mask_of_random_generators(size, mask):
    net = network([background(size, {0: 2})])
    routing = instance_of(net)
    ((masks,), (labels,)) = (
        routing.background_spike_source_masks.values(), routing.background_spike_source_labels.values())
    assert masks == {halco.HemisphereOnDLS.top: haldls.BackgroundSpikeSource.Mask(mask)}
    assert len(labels[halco.HemisphereOnDLS.top]) == size


def test_consumed_sources_reach_the_host():
    builder = NetworkBuilder()
    pre = builder.add(point_neurons([0, 1, 2], False), ExecutionInstanceID(0))
    post = builder.add(external(3), ExecutionInstanceID(1))
    neurons = builder.add(point_neurons([0, 1, 2], False), ExecutionInstanceID(1))
    del neurons
    builder.add(InterExecutionInstanceProjection(
        table([1], [0], 100), PopulationOnNetwork(pre, 0), PopulationOnNetwork(post, 1)))
    net = builder.done()
    result = GreedyRouter()(net)
    assert_routed(net, result)
    (labels,) = result.execution_instances[ExecutionInstanceID(0)].internal_neuron_labels.values()
    emits = [neuron[halco.CompartmentOnLogicalNeuron()][0] is not None for neuron in labels]
    assert emits == [False, True, False]


def test_source_without_spike_master():
    silent = point_neurons([0])
    silent.neurons[0].compartments[halco.CompartmentOnLogicalNeuron()].spike_master = None
    net = network([silent, point_neurons([1])], [(EXCITATORY, one_to_one(1), 0, 1)])
    with pytest.raises(UnsuccessfulRouting, match="neuron 0 of population 0, which has no spike master") as info:
        GreedyRouter()(net)
    assert (info.value.resource, info.value.projection) == ("spike master", 0)


class Refusing:
    """A router that finds nothing."""

    def __init__(self, message):
        self.message = message

    def __call__(self, network):
        raise UnsuccessfulRouting(self.message, resource="drivers")


class TestPortfolio:
    def test_first_success_counts(self):
        own = RoutingResult()
        assert PortfolioRouter([Refusing("a"), lambda network: own, Refusing("b")])(network([])) is own

    def test_reason_of_the_first_failure(self):
        with pytest.raises(UnsuccessfulRouting, match="first reason"):
            PortfolioRouter([Refusing("first reason"), Refusing("b")])(network([]))

    def test_no_routers(self):
        with pytest.raises(UnsuccessfulRouting, match="no routers"):
            PortfolioRouter([])(network([]))

    def test_other_errors_pass(self):
        def broken(network):
            raise KeyError("x")

        with pytest.raises(KeyError):
            PortfolioRouter([broken, GreedyRouter()])(network([]))

    def test_greedy_result_is_used_whenever_there_is_one(self):
        net = feed_forward_network()
        assert PortfolioRouter()(net) == GreedyRouter()(net)

    def test_best_fit_places_what_greedy_cannot(self):
        """128 sources onto each of three targets, one after the other."""
        net = network([external(384), point_neurons([0, 1, 2])], [
            (EXCITATORY, table(np.arange(384), np.arange(384) // 128), 0, 1)])
        with pytest.raises(UnsuccessfulRouting):
            GreedyRouter()(net)
        assert_routed(net, PortfolioRouter()(net))


def test_serial_sources_are_routed_like_those_of_the_host():
    Source = SpikeIOSourcePopulation.Neuron
    net = network([SpikeIOSourcePopulation([Source(7), Source(9)]), point_neurons([0, 1])], [
        (EXCITATORY, one_to_one(2), 0, 1)])
    assert_routed(net, GreedyRouter()(net))


class TestOptions:
    def test_defaults(self):
        options = GreedyRouter.Options()
        assert options.synapse_driver_allocation_policy == AllocationPolicyGreedy(enable_exclusive_first=True)
        assert options.synapse_driver_allocation_timeout is None
        assert GreedyRouter().options == options

    def test_policies_are_found_at_the_options(self):
        options = GreedyRouter.Options(GreedyRouter.Options.AllocationPolicyBacktracking(5), 100)
        assert options.synapse_driver_allocation_policy.max_duration == 5

    @pytest.mark.parametrize("wrong", [
        lambda: GreedyRouter.Options("greedy"),
        lambda: GreedyRouter.Options(synapse_driver_allocation_timeout=-1),
        lambda: AllocationPolicyBacktracking(-1),
        lambda: setattr(GreedyRouter.Options(), "synapse_driver_allocation_timeout", "soon"),
    ])
    def test_wrong_values(self, wrong):
        with pytest.raises(ValueError, match="validation error"):
            wrong()


def test_failure_survives_pickle():
    error = UnsuccessfulRouting("text", resource="rows", bus=2)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.resource, again.bus) == ("text", "rows", 2)
