"""Target circuits of connections."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.network.routing import ConnectionRouting, RoutedConnection, UnsuccessfulRouting, build_connection_routing
from grenade.network.routing.connections import Candidates, choose_circuits

from .networks import (
    EXCITATORY,
    INHIBITORY,
    background,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)


def routing_of(net):
    (instance,) = net.execution_instances.values()
    return [[each.atomic_neurons_on_target_compartment for each in routing]
            for routing in build_connection_routing(instance).values()]


def test_point_neurons_have_one_circuit():
    net = network([external(4), point_neurons([7, 300, 12, 9])], [(EXCITATORY, one_to_one(4), 0, 1)])
    assert routing_of(net) == [[[0], [0], [0], [0]]]


@pytest.mark.parametrize(("weight", "num"), [(0, 1), (63, 1), (64, 2), (189, 3), (190, 4)])
def test_weight_decides_the_number_of_circuits(weight, num):
    net = network([external(1), point_neurons([7])], [(EXCITATORY, table([0], [0], weight), 0, 1)])
    assert routing_of(net) == [[[0] * num]]


def test_circuits_of_a_compartment_take_turns():
    neurons = wide_neurons([0], [[{EXCITATORY}] * 3])
    net = network([external(5), neurons], [(EXCITATORY, table(np.arange(5), [0] * 5), 0, 1)])
    assert routing_of(net) == [[[0], [1], [2], [0], [1]]]


def test_second_circuits_are_chosen_after_all_first_ones():
    neurons = wide_neurons([0], [[{EXCITATORY}] * 3])
    net = network([external(2), neurons], [(EXCITATORY, table([0, 1], [0, 0], [126, 126]), 0, 1)])
    assert routing_of(net) == [[[0, 2], [1, 0]]]


def test_only_circuits_with_the_receptor():
    neurons = wide_neurons([0], [[{EXCITATORY}, {INHIBITORY}, {EXCITATORY, INHIBITORY}]])
    connections = table([0, 1, 2], [0, 0, 0])
    net = network([external(3), neurons], [(INHIBITORY, connections, 0, 1), (EXCITATORY, connections, 0, 1)])
    # The inhibitory ones leave in-degrees 0, 2, 1 behind.
    assert routing_of(net) == [[[1], [2], [1]], [[0], [0], [2]]]


def test_in_degrees_of_compartments_are_independent():
    neurons = wide_neurons([0, 10], [[{EXCITATORY}] * 2, [{EXCITATORY}] * 2])
    connections = np.array([[0, 0, 0, 1, 1], [1, 0, 1, 0, 1], [2, 0, 0, 1, 1], [3, 0, 1, 0, 1]])
    net = network([external(4), neurons], [(EXCITATORY, connections, 0, 1)])
    assert routing_of(net) == [[[0], [0], [1], [1]]]


def test_background_sources_reach_hemispheres_with_a_generator_only():
    net = network([background(1, {1: 0}), point_neurons([256])], [(EXCITATORY, one_to_one(1), 0, 1)])
    (instance,) = net.execution_instances.values()
    instance.populations[0].coordinate = {0: 0}
    with pytest.raises(UnsuccessfulRouting, match="projection 0 of execution instance 3.*background generator") as info:
        build_connection_routing(instance, 3)
    assert info.value.resource == "circuits"
    assert info.value.projection == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=30),
    st.lists(st.integers(0, 5), min_size=16, max_size=16),
)
def test_choice_equals_taking_the_smallest_in_degree_one_by_one(sizes, connections, degrees):
    key = np.repeat(np.arange(len(sizes)), sizes)
    circuit = np.concatenate([np.arange(size) for size in sizes])
    candidates = Candidates(key, circuit, np.arange(len(key)))
    target = np.array([compartment % len(sizes) for compartment, _ in connections])
    needed = np.array([count for _, count in connections])
    in_degree = np.zeros(512, np.int64)
    in_degree[:16] = degrees
    reference = in_degree.copy()
    expected = [[] for _ in connections]
    for turn in range(3):
        for i, compartment in enumerate(target):
            if turn < needed[i]:
                own = np.flatnonzero(key == compartment)
                best = own[np.argmin(reference[own])]
                reference[best] += 1
                expected[i].append(best)
    chosen = choose_circuits(target, needed, candidates, in_degree)
    assert chosen.tolist() == [each for own in expected for each in own]
    assert np.array_equal(in_degree, reference)


def test_routing_by_hand():
    lists = [[0], [1, 1], []]
    routing = ConnectionRouting.coerce(lists)
    assert [each.atomic_neurons_on_target_compartment for each in routing] == lists
    assert ConnectionRouting.coerce([RoutedConnection(each) for each in lists]) == routing
    assert ConnectionRouting.coerce(routing) is routing
    assert routing[-2].atomic_neurons_on_target_compartment == [1, 1]
    with pytest.raises(IndexError, match="has 3 entries, asked for entry 3"):
        routing[3]
    with pytest.raises(TypeError):
        routing[1.5]


def test_too_many_synapses_for_any_chip():
    net = network([external(1), point_neurons([0])], [(EXCITATORY, table([0], [0], 63 * 131_073), 0, 1)])
    with pytest.raises(UnsuccessfulRouting, match="needs 131073 synapses") as info:
        routing_of(net)
    assert info.value.resource == "synapses"
