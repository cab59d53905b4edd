"""Weights of connections with several synapses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grenade.network.routing import build_connection_weight_split
from grenade.network.routing.weight_split import num_circuits, split_weights


@pytest.mark.parametrize(("weight", "num", "expected"), [
    (63, 1, [63]),
    (63, 2, [63, 0]),
    (64, 2, [63, 1]),
    (64, 3, [63, 1, 0]),
    (140, 4, [63, 63, 14, 0]),
    (0, 1, [0]),
    (0, 0, []),
])
def test_full_weights_then_the_rest_then_zeros(weight, num, expected):
    assert build_connection_weight_split(weight, num) == expected


@pytest.mark.parametrize(("weight", "num"), [(140, 2), (64, 1), (1, 0), (-1, 1)])
def test_weight_that_does_not_fit(weight, num):
    with pytest.raises(OverflowError, match=f"weight {weight} does not fit"):
        build_connection_weight_split(weight, num)


def test_negative_number_of_circuits():
    with pytest.raises(ValueError, match="num is -1"):
        build_connection_weight_split(3, -1)


def test_weight_is_an_integer():
    with pytest.raises(TypeError):
        build_connection_weight_split(64.7, 2)


@pytest.mark.parametrize(("weight", "num"), [(0, 1), (1, 1), (63, 1), (64, 2), (126, 2), (127, 3)])
def test_number_of_circuits(weight, num):
    assert num_circuits([weight]).tolist() == [num]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 3))))
def test_many_connections_at_once_equal_one_after_the_other(connections):
    counts = [int(num_circuits([weight])[0]) + spare for weight, spare in connections]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    split = split_weights([weight for weight, _ in connections], offsets)
    for i, (weight, _) in enumerate(connections):
        own = split[offsets[i] : offsets[i + 1]].tolist()
        assert own == build_connection_weight_split(weight, counts[i])
        assert sum(own) == weight
