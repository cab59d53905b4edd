"""Synapse drivers of one PADI bus for groups of sources with given row select addresses."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.network.routing import AllocationPolicyBacktracking, AllocationPolicyGreedy
from grenade.network.routing.driver_allocation import (
    BusRequest,
    Shape,
    allocate_bus,
    smallest_mask,
    usable_drivers,
)

POLICIES = [AllocationPolicyGreedy(), AllocationPolicyGreedy(False), AllocationPolicyBacktracking(100)]


def request(label, *sizes, contiguous=False):
    return BusRequest(tuple(Shape(size, contiguous) for size in sizes), label)


def check(requests, allocation, unavailable=()):
    """The law: right sizes, no driver twice, and every driver accepts the label of its request and no other."""
    used = []
    for own, shapes in zip(requests, allocation, strict=True):
        assert [len(drivers) for drivers in shapes] == [shape.size for shape in own.shapes]
        for shape, drivers in zip(own.shapes, shapes, strict=True):
            numbers = [each.driver for each in drivers]
            used += numbers
            if shape.contiguous and numbers:
                assert numbers == list(range(numbers[0], numbers[0] + shape.size))
            for each in drivers:
                for other in requests:
                    accepted = (other.label & each.mask) == (each.driver & each.mask)
                    assert accepted == (other is own)
    assert len(set(used)) == len(used)
    assert not set(used) & set(unavailable)
    assert all(0 <= driver < 32 for driver in used)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("requests", [
    [],
    [request(label, 1) for label in range(32)],
    [request(label, 1, contiguous=True) for label in range(32)],
    [request(0, 32)],
    [request(21, 32, contiguous=True)],
    [request(3, 5, 7, 20)],
    [request(3, 5, 7, 4, contiguous=True)],
    [request(0, 16), request(1, 16)],
    [request(0, 8, 4), request(3, 2, 1, 1)],
    [request(0, 16, contiguous=True), request(16, 16, contiguous=True)],
    [request(5)],
    [request(5), request(6, 3)],
])
def test_solvable(policy, requests):
    allocation = allocate_bus(requests, policy)
    assert allocation is not None
    check(requests, allocation)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("requests", [
    [request(4, 1), request(4, 1)],
    [request(0, 33)],
    [request(0, 20, 13)],
    [request(0, 16), request(1, 17)],
    [request(0b01100, 16, contiguous=True), request(0b01000, 16, contiguous=True)],
    [request(4), request(4, 1)],
    [request(0, 20), request(1, 1)],
    [request(0, 32), request(31)],
])
def test_no_solution(policy, requests):
    assert allocate_bus(requests, policy) is None


@pytest.mark.parametrize("policy", POLICIES)
def test_labels_that_differ_in_a_middle_bit_share_scattered_drivers(policy):
    requests = [request(0b01100, 16), request(0b01000, 16)]
    check(requests, allocate_bus(requests, policy))


@pytest.mark.parametrize("policy", POLICIES)
def test_unavailable_drivers_are_not_used(policy):
    unavailable = range(17)
    requests = [request(0, 7), request(31, 8)]
    allocation = allocate_bus(requests, policy, unavailable)
    check(requests, allocation, unavailable)
    assert allocate_bus([request(0, 16)], policy, unavailable) is None


def test_exclusive_drivers_first_leave_shared_ones_to_those_that_need_them():
    requests = [request(0, 8), request(3, 24)]
    assert allocate_bus(requests, AllocationPolicyGreedy(enable_exclusive_first=False)) is None
    check(requests, allocate_bus(requests, AllocationPolicyGreedy()))


def test_backtracking_finds_what_the_greedy_policy_misses():
    requests = [request(26, 18), request(11, 11), request(23, 3)]
    assert allocate_bus(requests, AllocationPolicyGreedy()) is None
    check(requests, allocate_bus(requests, AllocationPolicyBacktracking()))


def test_label_out_of_range():
    with pytest.raises(ValueError, match="label is 32, expected 0 to 31"):
        request(32, 1)


@given(st.sets(st.integers(0, 31), min_size=1, max_size=6))
def test_usable_drivers_are_those_with_a_mask(labels):
    for label in labels:
        others = labels - {label}
        usable = usable_drivers(label, others)
        for driver in range(32):
            masks = [
                m for m in range(32)
                if label & m == driver & m and all(other & m != driver & m for other in others)
            ]
            assert bool(usable >> driver & 1) == bool(masks)
            if masks:
                assert smallest_mask(label, driver, others) == min(masks)
            else:
                with pytest.raises(ValueError, match=f"driver {driver}"):
                    smallest_mask(label, driver, others)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 31), st.lists(st.integers(0, 12), max_size=3), st.booleans()), max_size=7),
    st.sets(st.integers(0, 31), max_size=10),
)
def test_random_requests(requests, unavailable):
    requests = [request(label, *sizes, contiguous=contiguous) for label, sizes, contiguous in requests]
    solutions = [allocate_bus(requests, policy, unavailable) for policy in POLICIES]
    for solution in solutions:
        if solution is not None:
            check(requests, solution, unavailable)
    if not any(shape.contiguous for each in requests for shape in each.shapes) and solutions[0] is not None:
        assert solutions[2] is not None


@pytest.mark.parametrize(("labels", "total"), [((0, 1), 32), ((0, 3), 32), ((0, 1, 2), 32)])
def test_backtracking_solves_exactly_what_halls_condition_allows(labels, total):
    usable = [usable_drivers(label, set(labels) - {label}) for label in labels]
    for sizes in product(range(0, total + 1, 4), repeat=len(labels)):
        subsets = product((0, 1), repeat=len(labels))
        possible = all(
            sum(size for size, chosen in zip(sizes, subset, strict=True) if chosen)
            <= sum(1 for k in range(32) if any(u >> k & 1 for u, chosen in zip(usable, subset, strict=True) if chosen))
            for subset in subsets
        )
        requests = [request(label, size) for label, size in zip(labels, sizes, strict=True)]
        assert (allocate_bus(requests, AllocationPolicyBacktracking()) is not None) == possible
