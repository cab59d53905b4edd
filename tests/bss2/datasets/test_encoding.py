"""Spike times of grey values, grids, rotations."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bss2.datasets.augmentation import rotate, shift
from bss2.datasets.encoding import first_spikes_to_dense, latency, shift_to_earliest


@given(st.floats(0, 1), st.floats(0.05, 0.5))
def test_latency_is_the_charging_time(value, threshold):
    time = latency(torch.tensor([value], dtype=torch.float64), 8e-6, threshold).item()
    if value > threshold:
        assert value * (1 - math.exp(-time / 8e-6)) == pytest.approx(threshold, rel=1e-6)
    else:
        assert math.isinf(time)


def test_latency_of_white():
    assert latency(torch.ones(1)).item() == pytest.approx(8e-6 * math.log(1.25))


def test_shift():
    shifted = shift_to_earliest(torch.tensor([[3.0, torch.inf], [2.0, 5.0]]))
    assert shifted.tolist() == [[1.0, math.inf], [0.0, 3.0]]
    assert torch.isinf(shift_to_earliest(torch.full((2, 2), torch.inf))).all()
    assert shift_to_earliest(torch.empty(0, 3)).shape == (0, 3)


def test_grid():
    times = torch.tensor([[0.0, 1.6e-6, torch.inf], [1.8e-6, 33.9e-6, 34.1e-6]])
    dense = first_spikes_to_dense(times, 1.7e-6, 20)
    assert dense.shape == (20, 2, 3) and dense.dtype == torch.float32
    assert torch.nonzero(dense).tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, 0], [19, 1, 1]]
    with pytest.raises(ValueError, match="-1"):
        first_spikes_to_dense(torch.tensor([[-1.0]]), 1.0, 2)


def test_no_rotation():
    images = torch.rand(3, 16, 16)
    assert rotate(images, 0) is images
    with pytest.raises(ValueError, match="200 degrees"):
        rotate(images, 200)


def test_rotation_keeps_the_centre_and_turns_the_rest():
    images = torch.zeros(50, 15, 15)
    images[:, 7, :] = 1  # a horizontal bar
    turned = rotate(images, 30, torch.Generator().manual_seed(1))
    torch.testing.assert_close(turned[:, 7, 7], torch.ones(50))
    rows = torch.arange(15.0)
    slope = [
        torch.atan2((image[:, 11] * (rows - 7)).sum() / image[:, 11].sum(), torch.tensor(4.0)).rad2deg().item()
        for image in turned
    ]
    assert max(slope) > 15 and min(slope) < -15 and max(map(abs, slope)) < 31
    assert torch.equal(turned, rotate(images, 30, torch.Generator().manual_seed(1)))


def test_no_shift():
    images = torch.rand(3, 16, 16)
    assert shift(images, 0) is images
    with pytest.raises(ValueError, match="-1 pixels"):
        shift(images, -1)


def test_shifts_in_both_directions():
    images = torch.zeros(200, 9, 7)
    images[:, 4, 3] = 1
    moved = shift(images, 2, torch.Generator().manual_seed(1))
    assert moved.shape == images.shape and (moved.sum(dim=(1, 2)) == 1).all()
    _, row, column = moved.nonzero().T
    assert set(row.tolist()) == {2, 3, 4, 5, 6} and set(column.tolist()) == {1, 2, 3, 4, 5}
    assert len(set(zip(row.tolist(), column.tolist(), strict=True))) == 25
    assert torch.equal(moved, shift(images, 2, torch.Generator().manual_seed(1)))


def test_a_shift_leaves_nothing_behind_and_lets_nothing_in():
    moved = shift(torch.ones(100, 5, 5), 5, torch.Generator().manual_seed(1))
    assert set(moved.unique().tolist()) == {0.0, 1.0}
    for image in moved:  # what is left is one rectangle in a corner, or nothing
        rows, columns = image.any(dim=1), image.any(dim=0)
        assert torch.equal(image.bool(), rows[:, None] & columns[None, :])
