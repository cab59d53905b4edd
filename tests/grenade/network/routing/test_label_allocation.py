"""Row select addresses and synapse drivers on the whole chip."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.network.routing import AllocationPolicyBacktracking, AllocationPolicyGreedy
from grenade.network.routing.driver_allocation import Shape
from grenade.network.routing.label_allocation import AllocationRequest, SynapseDriverAllocationManager

ALL = tuple(range(32))


def request(shapes, labels=ALL, group=None):
    return AllocationRequest({bus: tuple(map(Shape, sizes)) for bus, sizes in shapes.items()}, labels, group)


def check(requests, allocations, unavailable=None):
    for bus in range(8):
        on_bus = [i for i, each in enumerate(requests) if bus in each.shapes]
        used = []
        for i in on_bus:
            own = allocations[i].on_bus(bus)
            assert len(own) == sum(shape.size for shape in requests[i].shapes[bus])
            used += [each.driver for each in own]
            for each in own:
                accepting = [j for j in on_bus if (allocations[j].label & each.mask) == (each.driver & each.mask)]
                assert accepting == [i]
        assert len(set(used)) == len(used)
        assert not set(used) & set((unavailable or {}).get(bus, ()))
        labels = [allocations[i].label for i in on_bus]
        assert len(set(labels)) == len(labels)
    for each, allocation in zip(requests, allocations, strict=True):
        assert allocation.label in each.labels


@pytest.mark.parametrize("requests", [
    [],
    [request({0: [32]})],
    [request({bus: [32]}) for bus in range(8)],
    [request({0: [1]}) for _ in range(32)],
    [request({0: []}) for _ in range(32)],
    [request({0: [16], 4: [10]}, (0, 1, 2, 3)), request({0: [16], 4: [22]}, (16, 17, 18, 19))],
    [request({0: [20]}), request({0: [12]})],
    [request({2: [1]}), request({2: [1]}), request({2: [13]}), request({2: [12]}), request({2: [5]})],
])
def test_solvable(requests):
    allocations = SynapseDriverAllocationManager().solve(requests, AllocationPolicyBacktracking())
    assert allocations is not None
    check(requests, allocations)


@pytest.mark.parametrize("requests", [
    [request({5: [33]})],
    [request({5: [16]}), request({5: [17]})],
    [request({5: [1]}, (7,)), request({5: [1]}, (7,))],
    [request({5: [30]}, (0, 1)), request({5: [2]}, (0, 1))],
    [request({5: []}) for _ in range(33)],
])
def test_no_solution_names_the_bus(requests):
    manager = SynapseDriverAllocationManager()
    assert manager.solve(requests) is None
    assert manager.unsolved_buses == [5]
    assert not manager.given_up


def test_same_label_on_different_buses():
    requests = [request({0: [3]}, (7,)), request({1: [3]}, (7,))]
    check(requests, SynapseDriverAllocationManager().solve(requests))


def test_dependent_requests_use_the_same_position():
    requests = [request({0: [7]}, ALL[::2], 1), request({0: [7]}, ALL[1::2], 1)]
    allocations = SynapseDriverAllocationManager().solve(requests)
    check(requests, allocations)
    assert allocations[1].label == allocations[0].label + 1


def test_dependent_requests_on_different_buses():
    requests = [request({0: [7]}, ALL, 1), request({6: [7]}, ALL[::-1], 1), request({6: [3]}, (31,))]
    allocations = SynapseDriverAllocationManager().solve(requests)
    check(requests, allocations)
    assert allocations[0].label + allocations[1].label == 31


@pytest.mark.parametrize(("requests", "message"), [
    ([request({})], "request 0 has no shapes"),
    ([request({0: [1]}), request({0: [1]}, ())], "request 1 has no labels"),
    ([request({0: [1]}, (1, 2), 0), request({0: [1]}, (1, 2, 3), 0)], "request 1 has 3 labels"),
])
def test_incomplete_requests(requests, message):
    with pytest.raises(RuntimeError, match=message):
        SynapseDriverAllocationManager().solve(requests)


def test_unavailable_drivers():
    unavailable = {3: range(17)}
    requests = [request({3: [8]}), request({3: [7]}), request({2: [32]})]
    check(requests, SynapseDriverAllocationManager(unavailable).solve(requests), unavailable)
    assert SynapseDriverAllocationManager(unavailable).solve([request({3: [16]})]) is None


def test_search_is_given_up_after_its_time():
    requests = [request({0: [size]}) for size in (7, 10, 7, 8)]
    manager = SynapseDriverAllocationManager()
    assert manager.solve(requests, timeout=0.0) is None
    assert manager.given_up


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 12), max_size=2), min_size=1, max_size=2),
            st.sets(st.integers(0, 31), min_size=1), st.one_of(st.none(), st.integers(0, 1)),
        ),
        max_size=8,
    ),
    st.sampled_from([AllocationPolicyGreedy(), AllocationPolicyBacktracking(100)]),
)
def test_random_requests(specifications, policy):
    length = min((len(labels) for _, labels, group in specifications if group is not None), default=1)
    requests = [
        request(shapes, tuple(labels) if group is None else tuple(labels)[:length], group)
        for shapes, labels, group in specifications
    ]
    allocations = SynapseDriverAllocationManager().solve(requests, policy, timeout=100)
    if allocations is not None:
        check(requests, allocations)
        for group in (0, 1):
            positions = {
                tuple(each.labels).index(found.label)
                for each, found in zip(requests, allocations, strict=True) if each.dependent_label_group == group
            }
            assert len(positions) <= 1
