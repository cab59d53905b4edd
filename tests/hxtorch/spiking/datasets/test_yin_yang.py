"""The points of the yin-yang symbol."""

import numpy as np
import pytest
import torch

from hxtorch.spiking.datasets import YinYangDataset


@pytest.mark.parametrize("size, seed, first, counts", [
    (1000, 42, [(0.680308, 0.450499, 2), (0.097672, 0.684233, 1), (0.755361, 0.425156, 2)], [333, 321, 346]),
    (1000, 41, [(0.680573, 0.320973, 0)], [316, 336, 348]),
    (5000, 42, [(0.680308, 0.450499, 2)], [1681, 1702, 1617]),
])
def test_published_points(size, seed, first, counts):
    data = YinYangDataset(size=size, seed=seed)
    for (sample, target), (x, y, expected) in zip(data, first, strict=False):
        np.testing.assert_allclose(sample, [x, y, 1 - x, 1 - y], atol=1e-6)
        assert target == expected
    assert np.bincount([target for _, target in data]).tolist() == counts


def test_samples():
    data = YinYangDataset(size=100)
    assert len(data) == 100 and data.class_names == ["yin", "yang", "dot"]
    for sample, target in data:
        assert sample.dtype == np.float64 and sample.shape == (4,) and type(target) is int
        np.testing.assert_allclose(sample[:2] + sample[2:], 1)
        assert np.hypot(sample[0] - 0.5, sample[1] - 0.5) <= 0.5
        assert data.which_class(sample[0], sample[1]) == target


@pytest.mark.parametrize("x, y, name", [
    (0.26, 0.52, "dot"), (0.74, 0.48, "dot"), (0.76, 0.34, "yin"), (0.23, 0.65, "yang")])
def test_classes(x, y, name):
    data = YinYangDataset(size=0)
    assert data.class_names[data.which_class(x, y)] == name
    assert data.which_class(np.array([x]), np.array([y])).tolist() == [data.class_names.index(name)]


def test_distances():
    data = YinYangDataset(size=0)
    assert data.dist_to_right_dot(0.4, 0.1) == pytest.approx(0.531507, abs=1e-6)
    assert data.dist_to_left_dot(0.4, 0.1) == pytest.approx(0.427200, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("radii", [(0.1, 0.5), (0.05, 2.0)])
def test_points_are_those_that_are_drawn_one_by_one(seed, radii):
    all_at_once, one_by_one = YinYangDataset(*radii, 60, seed), YinYangDataset(*radii, 0, seed)
    for sample, target in all_at_once:
        x, y, expected = one_by_one.get_sample()
        assert (sample[0], sample[1], target) == (x, y, expected)
    assert all_at_once.get_sample() == one_by_one.get_sample()


@pytest.mark.parametrize("goal", range(3))
def test_a_sample_of_a_class(goal):
    assert YinYangDataset(size=0).get_sample(goal)[2] == goal


def test_transform_and_loader():
    data = YinYangDataset(size=10, transform=torch.from_numpy)
    samples, targets = next(iter(torch.utils.data.DataLoader(data, batch_size=10)))
    assert samples.shape == (10, 4) and samples.dtype == torch.float64 and targets.dtype == torch.int64


def test_samples_are_copies():
    data = YinYangDataset(size=1)
    data[0][0][:] = 0
    assert data[0][0].any()


def test_wrong_arguments_are_errors():
    with pytest.raises(ValueError, match="r_small is 0.25"):
        YinYangDataset(r_small=0.25)
    with pytest.raises(ValueError, match="size is -1"):
        YinYangDataset(size=-1)
    with pytest.raises(ValueError, match="class is 3"):
        YinYangDataset(size=0).get_sample(3)
    with pytest.raises(IndexError):
        YinYangDataset(size=3)[3]
