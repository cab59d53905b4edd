"""Parts of a matrix: ranges, execution slots, tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grenade.compute.range_split import Range, split_range
from grenade.compute.slots import ExecutionSlots
from grenade.compute.tiling import split_matrix


def test_ranges_of_twelve_of_fifty() -> None:
    ranges = split_range(50, 12)
    assert [each.size for each in ranges] == [12, 12, 12, 12, 2]
    assert [each.offset for each in ranges] == [0, 12, 24, 36, 48]


def test_range_that_fits_is_not_split() -> None:
    assert split_range(128, 128) == [Range(0, 128)]


def test_nothing_has_no_ranges() -> None:
    assert split_range(0, 5) == []


@given(size=st.integers(0, 1000), largest=st.integers(1, 300))
def test_ranges_are_all_numbers_in_order(size: int, largest: int) -> None:
    numbers = np.arange(size)
    parts = [numbers[each.slice] for each in split_range(size, largest)]
    assert np.array_equal(np.concatenate([numbers[:0], *parts]), numbers)
    assert all(0 < len(part) <= largest for part in parts)


@pytest.mark.parametrize(("size", "largest"), [(5, 0), (5, -1), (-1, 5)])
def test_ranges_that_cannot_be(size: int, largest: int) -> None:
    with pytest.raises(ValueError, match=f"split {size} into ranges of {largest}"):
        split_range(size, largest)


def test_slots_alternate_hemispheres() -> None:
    slots = ExecutionSlots()
    taken = [slots.take() for _ in range(5)]
    assert [(int(slot.execution_instance), int(slot.hemisphere)) for slot in taken] == [
        (0, 0), (0, 1), (1, 0), (1, 1), (2, 0)
    ]


@pytest.mark.parametrize(("taken", "instance"), [(0, 0), (1, 1), (2, 1), (5, 3)])
def test_slot_in_a_new_instance(taken: int, instance: int) -> None:
    slots = ExecutionSlots()
    for _ in range(taken):
        slots.take()
    slot = slots.take_in_new_instance()
    assert (int(slot.execution_instance), int(slot.hemisphere)) == (instance, 0)
    following = slots.take()
    assert (int(following.execution_instance), int(following.hemisphere)) == (instance, 1)


def test_slots_from_another_instance_on() -> None:
    assert int(ExecutionSlots(7).take().execution_instance) == 7


def test_outputs_are_the_outer_loop() -> None:
    tiling = split_matrix(300, 500)
    assert [
        (int(tile.execution_instance), tile.hemisphere, tile.inputs.offset, tile.inputs.size, tile.outputs.offset,
         tile.outputs.size)
        for tile in tiling.all_tiles()
    ] == [
        (0, 0, 0, 128, 0, 256), (0, 1, 128, 128, 0, 256), (1, 0, 256, 44, 0, 256),
        (1, 1, 0, 128, 256, 244), (2, 0, 128, 128, 256, 244), (2, 1, 256, 44, 256, 244),
    ]  # fmt: skip
    assert int(tiling.host_instance) == 3


def test_weights_of_both_signs_have_rows_of_their_own() -> None:
    (tile,) = split_matrix(2, 3).all_tiles()
    rows = tile.synapse_weights(np.array([[1, -2, 0], [-63, 63, 5]], np.int8))
    assert rows.tolist() == [[0, 2, 0], [1, 0, 0], [63, 0, 0], [0, 63, 5]]
