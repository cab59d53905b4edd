"""Groups of sources, the drivers that they need, and their distribution over the PADI buses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.network.routing.partition import (
    distribute_best_fit,
    distribute_in_order,
    num_drivers,
    num_rows,
    place_without_targets,
    rank_in_group,
    split_linearly,
)


def synapses(*blocks):
    """Blocks of (source, circuits, number of synapses each, inhibitory) as arrays."""
    rows = [(s, c, i) for s, circuits, count, i in blocks for c in circuits for _ in range(count)]
    source, circuit, inhibitory = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return source, circuit, inhibitory.astype(bool)


def test_linear_split():
    groups = split_linearly(range(10, 123))
    assert [len(group) for group in groups] == [64, 49]
    assert np.concatenate(groups).tolist() == list(range(10, 123))


def test_rank_counts_earlier_elements_of_the_same_key():
    assert rank_in_group(np.array([7, 3, 7, 7, 3])).tolist() == [0, 0, 1, 2, 1]


def test_drivers_of_three_sources():
    _, circuit, inhibitory = synapses(
        (0, [3], 12, False), (1, [3], 10, False), (2, [5], 5, False), (2, [256 + 9], 17, True),
    )
    assert num_rows(circuit, inhibitory).tolist() == [[22, 0], [0, 17]]
    assert num_drivers(circuit, inhibitory).tolist() == [11, 9]


def golden_sources():
    dense = [(source, range(512), 32, False) for source in range(4)]
    return synapses(*dense, *((4 + i, [i], 1, False) for i in range(64)))


@pytest.mark.parametrize(("hemisphere", "expected"), [
    (0, [[[0]], [[1, 2]], [list(range(3, 67)), [67]], []]),
    (1, [[[0, 1]], [[2, 3]], [], []]),
])
def test_sources_of_the_host_fill_buses_in_order(hemisphere, expected):
    source, circuit, inhibitory = golden_sources()
    own = circuit // 256 == hemisphere
    free = [16 if hemisphere == 0 else 32, 32, 32, 32]
    groups, rest = distribute_in_order(source[own], circuit[own], inhibitory[own], free)
    assert [[group.tolist() for group in bus] for bus in groups] == expected
    assert not rest.size


def test_sources_that_find_no_place_are_returned():
    source, circuit, inhibitory = synapses(*((s, [0], 64, False) for s in range(6)))
    groups, rest = distribute_in_order(source, circuit, inhibitory, [32, 31, 32, 32])
    assert [[group.tolist() for group in bus] for bus in groups] == [[[0]], [], [[1]], [[2]]]
    assert rest.tolist() == [3, 4, 5]


def test_no_sources():
    empty = np.zeros(0, np.int64)
    groups, rest = distribute_in_order(empty, empty, empty.astype(bool), [32] * 4)
    assert groups == [[], [], [], []] and not rest.size


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 5), st.integers(1, 9), st.booleans()), max_size=150),
    st.lists(st.integers(0, 32), min_size=4, max_size=4), st.booleans(),
)
def test_every_source_has_one_place_and_no_bus_is_too_full(blocks, free, best_fit):
    source, circuit, inhibitory = synapses(*((s, [c], n, i) for s, c, n, i in blocks))
    names = np.unique(source)
    if best_fit:
        groups, rest = distribute_best_fit(source, circuit, inhibitory, free, names)
    else:
        groups, rest = distribute_in_order(source, circuit, inhibitory, free)
    flat = [group for bus in groups for group in bus]
    assert sorted(np.concatenate([rest, *flat]).tolist()) == names.tolist()
    assert all(1 <= len(group) <= 64 for group in flat)
    for bus, of_bus in enumerate(groups):
        drivers = 0
        for group in of_bus:
            own = np.isin(source, group)
            drivers += int(num_drivers(circuit[own], inhibitory[own])[0])
        assert drivers <= free[bus]


def test_best_fit_mixes_what_order_keeps_apart():
    """128 sources onto each of three targets: in order each group of 64 needs 64 rows."""
    source, circuit, inhibitory = synapses(*((s, [s // 128], 1, False) for s in range(384)))
    _, rest = distribute_in_order(source, circuit, inhibitory, [32] * 4)
    assert rest.size == 128
    mixed = np.random.default_rng(0).permutation(384)
    _, rest = distribute_best_fit(source, circuit, inhibitory, [32] * 4, mixed)
    assert not rest.size


def test_sources_without_targets_fill_groups_then_free_drivers():
    groups = [[np.arange(60)], [], [], []]
    free = [0, 1, 0, 0]
    rest = place_without_targets(np.arange(100, 200), groups, free)
    assert groups[0][0].tolist() == [*range(60), 100, 101, 102, 103]
    assert [group.tolist() for group in groups[1]] == [list(range(104, 168))]
    assert rest.tolist() == list(range(168, 200))
    assert free == [0, 0, 0, 0]
