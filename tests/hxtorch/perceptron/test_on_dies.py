"""Products on ten dies with deviations and noise, with the calibration that `init_hardware(ann=True)` loads.

The figures are those that are known of real chips; see also `tests/hxtorch/perceptron/test_mac.py` for the exact rules.
"""

from __future__ import annotations

from functools import cache

import pytest
import torch

import chipsim
import hxtorch
import lola
from hxtorch.hardware import perceptron_chip
from hxtorch.perceptron import MockParameter, mac, matmul, measure_mock_parameter, set_mock_parameter

SEEDS = range(1, 11)


@cache
def connection(seed: int) -> chipsim.SimConnection:
    return chipsim.SimConnection(chipsim.Chip(seed))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[int, lola.Chip]:
    """Settings of all dies, by the way of files."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BSS2_CALIBRATION_PATH", str(tmp_path_factory.mktemp("calibrations")))
        for seed in SEEDS:
            hxtorch.init_hardware(ann=True, connection=connection(seed))
            found[seed] = perceptron_chip()
    return found


@pytest.fixture(params=SEEDS)
def die(request: pytest.FixtureRequest, settings: dict[int, lola.Chip]) -> int:
    """Hardware with one of the dies."""
    seed: int = request.param
    hxtorch.init_hardware_minimal(connection=connection(seed), chip=settings[seed])
    return seed


def test_gain_and_noise(die: int) -> None:
    measured = measure_mock_parameter()
    assert measured.gain == pytest.approx(0.002, rel=0.15)
    assert 1 < measured.noise_std < 3
    x, weights = torch.full((100, 128), 12.0), torch.full((128, 256), 15.0)
    for num_sends, wait in ((1, 10), (1, 5), (1, 2)):
        result = matmul(x, weights, num_sends, wait)
        gain = (result / (x @ weights)).median()
        assert abs(gain - measured.gain) < 0.25 * measured.gain
        assert result.std(0).mean() <= 2 * measured.noise_std


def test_mock_mode_agrees_with_its_parameters() -> None:
    x, weights = torch.full((100, 128), 12.0), torch.full((128, 256), 15.0)
    for parameter in (MockParameter(), MockParameter(noise_std=1.6, gain=0.0018)):
        set_mock_parameter(parameter)
        result = matmul(x, weights, mock=True)
        assert abs((result / (x @ weights)).median() - parameter.gain) < 0.25 * parameter.gain
        assert result.std(0).mean() <= 2 * parameter.noise_std


@pytest.mark.parametrize("sign", [1, -1])
def test_diagonal(die: int, sign: int) -> None:
    """One weight for each input: all others do not see it, although lines are driven to their limits."""
    inputs, number = 31 * torch.eye(128), torch.arange(128)
    for quadrant in range(4):
        weights = torch.zeros(128, 512)
        weights[number, 128 * quadrant + number] = 63.0 * sign
        output = matmul(inputs, weights, num_sends=40, wait_between_events=2)
        assert torch.equal(output * sign > 40, weights != 0)


def test_a_hundred_inputs(die: int) -> None:
    """Published: 58.6, with a deviation of 2.5 over ten columns."""
    result = mac(torch.full((100,), 15.0), torch.full((100, 512), 21.0))
    assert 55 < result.mean() < 70
    assert 1 < result.std() < 3.5


def test_all_neurons_are_alike(die: int) -> None:
    """One row that is sent 100 times; published: 51 with a deviation of 3, both halves alike."""
    result = mac(torch.full((1,), 12.0), torch.full((1, 512), 21.0), num_sends=100)
    assert result.mean() == pytest.approx(51, rel=0.15)
    halves = result.reshape(2, 256)
    assert (halves.std(1) < 4).all()
    assert abs(halves[0].mean() - halves[1].mean()) < 8
    assert 40 < result.min() and result.max() < 65


def test_results_are_linear_up_to_80(die: int) -> None:
    """One row with weights -63 to 63; published: 2.4 per weight, 127 from a weight of 52 to 57, bends below -95."""
    weights = torch.arange(-63.0, 64)
    result = mac(torch.full((20, 1), 12.0), weights[None], num_sends=100).mean(0)
    small = weights.abs() <= 30
    slope = (weights * result)[small].sum() / (weights**2)[small].sum()
    assert slope == pytest.approx(2.4, rel=0.15)
    inside = (weights * slope).abs() <= 80
    assert (result - slope * weights)[inside].abs().max() < 6
    assert result[weights == 0].abs() < 2
    assert (result[weights >= 58] > 100).all() and result.max() == 127
    assert result.min() < -90 and (result[weights <= -58] < -80).all()


@pytest.mark.parametrize("activation", [2, 8, 16, 31])
def test_results_are_proportional_to_activations(die: int, activation: int) -> None:
    weight = min(63, round(40 / (128 * activation * 0.002)))
    result = mac(torch.full((10, 128), float(activation)), torch.full((128, 256), float(weight)))
    exact = 128 * activation * weight * 0.002
    assert result.mean() == pytest.approx(exact, rel=0.15)


def test_negative_and_positive_weights_are_alike(die: int) -> None:
    x = torch.full((10, 128), 12.0)
    result = mac(x, torch.tensor([15.0, -15.0]).repeat(128, 128))
    assert result[:, ::2].mean() == pytest.approx(-result[:, 1::2].mean().item(), abs=2)


def test_nothing_gives_nothing(die: int) -> None:
    result = mac(torch.zeros(20, 128), torch.full((128, 512), 63.0))
    assert result.mean(0).abs().max() < 2.5
    assert result.std(0).mean() < 2.5


@pytest.mark.parametrize(("x", "num_sends"), [(21, 1), (10, 15), (20, 25)])
def test_sizes_of_pictures_of_deviations(die: int, x: int, num_sends: int) -> None:
    inputs = torch.zeros(8, 100, 128)
    inputs[..., :4] = torch.linspace(0, x, 8)[:, None, None]
    weights = torch.linspace(-63, 63, 256).expand(128, 256)
    assert matmul(inputs[:, :2], weights, num_sends).shape == (8, 2, 256)
