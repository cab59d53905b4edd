"""Products: the formula of mock mode, shapes, gradients, rounding, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import chipsim
import halco
import hxtorch
from hxtorch.perceptron import MockParameter, constants, get_mock_parameter, mac, set_mock_parameter


def by_formula(x: Any, weights: Any, num_sends: int = 1, gain: float = 0.002) -> np.ndarray:
    """Result without noise, with numpy."""
    x, weights = np.rint(np.asarray(x, np.float64)), np.rint(np.asarray(weights, np.float64))
    factor = np.float32(num_sends * gain)
    total = np.zeros((*x.shape[:-1], weights.shape[1]), np.float32)
    for first in range(0, x.shape[-1], 128):
        exact = (x[..., first:first + 128] @ weights[first:first + 128]).astype(np.float32)
        total += np.clip(np.floor(exact * factor), -128, 127)
    return np.clip(total, -128, 127)


@pytest.fixture
def silent() -> None:
    set_mock_parameter(MockParameter(noise_std=0))


# -- mock mode ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "w", "rows", "expected"), [
    (12, 15, 128, 46), (12, 15, 256, 92), (31, -63, 128, -128), (31, 63, 128, 127), (12, -15, 128, -47),
    (12.5, 15.5, 128, 49), (13.5, 14.5, 128, 50), (0, 63, 300, 0), (31, 63, 1, 3),
])
def test_known_values(silent: None, x: float, w: float, rows: int, expected: int) -> None:
    result = mac(torch.full((rows,), float(x)), torch.full((rows, 3), float(w)), mock=True)
    assert result.tolist() == [expected] * 3
    assert result.dtype == torch.float32


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 5), st.integers(0, 4), st.integers(1, 9),
    st.sampled_from([0.002, 0.0015, 0.0043, 0.1]), st.floats(0.02, 1),
)
def test_mock_mode_is_the_formula(
    seed: int, rows: int, columns: int, batch: int, num_sends: int, gain: float, density: float
) -> None:
    set_mock_parameter(MockParameter(0, gain))
    random = np.random.default_rng(seed)
    x = random.uniform(0, 31.4, (batch, rows)) * (random.random((batch, rows)) < density)
    weights = random.uniform(-63.4, 63.4, (rows, columns))
    result = mac(torch.tensor(x, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32), num_sends, mock=True)
    expected = by_formula(x.astype(np.float32), weights.astype(np.float32), num_sends, gain)
    assert np.array_equal(result, expected)


def test_noise_is_drawn_for_each_block() -> None:
    set_mock_parameter(MockParameter(noise_std=3.0))
    x, weights = torch.full((7, 200), 3.0), torch.full((200, 5), 20.0)
    torch.manual_seed(42)
    result = mac(x, weights, mock=True)
    torch.manual_seed(42)
    blocks = [128 * 60 * 0.002, 72 * 60 * 0.002]
    expected = sum((block + torch.normal(0.0, 3.0, (7, 5))).floor().clamp(-128, 127) for block in blocks)
    assert torch.equal(result, expected)  # type: ignore[arg-type]


def test_noise_has_the_deviation_that_was_set() -> None:
    set_mock_parameter(MockParameter(noise_std=4.0))
    result = mac(torch.full((4000, 128), 12.0), torch.full((128, 1), 15.0), mock=True)
    assert result.mean().item() == pytest.approx(46.08 - 0.5, abs=0.3)
    assert result.std().item() == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.int64])
def test_results_of_mock_mode_are_float32(silent: None, dtype: torch.dtype) -> None:
    result = mac(torch.full((128,), 12, dtype=dtype), torch.full((128, 2), 15, dtype=dtype), mock=True)
    assert result.dtype == torch.float32
    assert result.tolist() == [46, 46]


def test_waiting_has_no_effect_in_mock_mode(silent: None) -> None:
    x, weights = torch.full((128,), 12.0), torch.full((128, 2), 15.0)
    assert torch.equal(mac(x, weights, wait_between_events=100, mock=True), mac(x, weights, mock=True))


def test_inputs_stay_as_they_are(mock: bool) -> None:
    x, weights = torch.rand(3, 10) * 31, torch.rand(10, 4) * 63
    before = x.clone(), weights.clone()
    mac(x, weights, mock=mock)
    assert torch.equal(x, before[0]) and torch.equal(weights, before[1])


# -- both modes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "weights"), [
    ((5,), (5, 3)), ((10, 5), (5, 3)), ((1, 5), (5, 1)), ((0, 5), (5, 3)), ((2, 200), (200, 300)),
])
def test_shapes(mock: bool, x: tuple[int, ...], weights: tuple[int, ...]) -> None:
    result = mac(torch.ones(x), torch.ones(weights), mock=mock)
    assert result.shape == x[:-1] + weights[1:]
    assert result.is_contiguous()


@pytest.mark.parametrize("num_sends", [1, 3])
@pytest.mark.parametrize("batch", [(), (1,), (10,)])
def test_gradients_are_those_of_the_product(mock: bool, batch: tuple[int, ...], num_sends: int) -> None:
    set_mock_parameter(MockParameter(gain=0.003))
    x = (torch.rand(*batch, 150) * 31).requires_grad_()
    weights = (torch.rand(150, 4) * 126 - 63).requires_grad_()
    direction = torch.randn(*batch, 4)
    mac(x, weights, num_sends, mock=mock).backward(direction)
    found = x.grad, weights.grad
    x.grad = weights.grad = None
    (x @ weights).backward(direction)
    for gradient, of_torch in zip(found, (x.grad, weights.grad), strict=True):
        torch.testing.assert_close(gradient, 0.003 * num_sends * of_torch, rtol=1e-3, atol=1e-6)


def test_the_gain_counts_that_is_set_during_the_backward_pass() -> None:
    x, weights = torch.ones(5), torch.ones(5, 3, requires_grad=True)
    result = mac(x, weights, mock=True)
    set_mock_parameter(MockParameter(gain=0.5))
    result.sum().backward()
    assert weights.grad is not None and weights.grad.tolist() == [[0.5] * 3] * 5


def test_limits_do_not_stop_gradients() -> None:
    weights = torch.full((128, 1), 63.0, requires_grad=True)
    mac(torch.full((128,), 31.0), weights, mock=True).backward()
    assert weights.grad is not None and weights.grad.flatten().tolist() == pytest.approx([31 * 0.002] * 128)


def test_gradients_only_where_they_are_wanted() -> None:
    x, weights = torch.ones(5, requires_grad=True), torch.ones(5, 3)
    mac(x, weights, mock=True).sum().backward()
    assert weights.grad is None and x.grad is not None


@pytest.mark.parametrize(("x", "weights", "error", "message"), [
    (torch.ones(5), torch.ones(5, 3, 2), RuntimeError, r"\(5, 3, 2\), expected \[inputs, outputs\]"),
    (torch.ones(5), torch.ones(5), RuntimeError, r"weights of shape \(5,\)"),
    (torch.ones(5), torch.ones(5, 0), RuntimeError, r"weights of shape \(5, 0\), .* one at least"),
    (torch.ones(0), torch.ones(0, 3), RuntimeError, r"weights of shape \(0, 3\)"),
    ([1, 2], torch.ones(2, 3), TypeError, r"mac: got \[1, 2\], expected a torch.Tensor"),
    (torch.ones(2, 3, 5), torch.ones(5, 3), RuntimeError, r"x of shape \(2, 3, 5\)"),
    (torch.tensor(1.0), torch.ones(1, 3), RuntimeError, "x of shape"),
    (torch.ones(4), torch.ones(5, 3), RuntimeError, r"\(4,\) does not fit weights of shape \(5, 3\)"),
    (torch.full((5,), -2.0), torch.ones(5, 3), OverflowError, r"x: -2 at \[0\] is out of range, expected 0 to 31"),
    (torch.full((2, 5), 31.6), torch.ones(5, 3), OverflowError, r"x: 32 at \[0, 0\]"),
    (torch.ones(5), torch.full((5, 3), 65.0), OverflowError, r"weights: 65 at \[0, 0\] is out of range, expected -63"),
    (torch.ones(5), torch.full((5, 3), -63.6), OverflowError, "-64"),
    (torch.ones(5), torch.full((5, 3), torch.nan), OverflowError, "nan"),
    (torch.full((5,), torch.inf), torch.ones(5, 3), OverflowError, "inf"),
])
def test_bad_tensors(mock: bool, x: Any, weights: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mac(x, weights, mock=mock)


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"num_sends": 0}, ValueError, "num_sends is 0, expected at least 1"),
    ({"wait_between_events": -1}, ValueError, "wait_between_events is -1"),
    ({"num_sends": 1.5}, TypeError, "float"),
])
def test_bad_options(mock: bool, options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mac(torch.ones(5), torch.ones(5, 3), mock=mock, **options)


# -- on the chip -------------------------------------------------------------------------------------------------------


def test_without_hardware_there_is_no_result() -> None:
    with pytest.raises(RuntimeError, match="not initialised"):
        mac(torch.ones(5), torch.ones(5, 3))


def test_settings_of_a_new_chip_are_enough_to_run() -> None:
    hxtorch.init_hardware_minimal(connection=chipsim.SimConnection(chipsim.Chip(1)))
    assert mac(torch.ones(5), torch.ones(5, 3)).shape == (3,)


@pytest.mark.parametrize(("x", "weights"), [
    (torch.ones(5, dtype=torch.float64), torch.ones(5, 3)), (torch.ones(5), torch.ones(5, 3, dtype=torch.int64)),
    (torch.ones(5, device="meta"), torch.ones(5, 3)),
])
def test_chips_want_float32_on_the_host(ideal: None, x: torch.Tensor, weights: torch.Tensor) -> None:
    with pytest.raises(RuntimeError, match="expected torch.float32 on device cpu"):
        mac(x, weights)


@pytest.mark.parametrize("rows", [128, 200])
def test_the_chip_does_what_mock_mode_says(ideal: None, silent: None, rows: int) -> None:
    x, weights = (torch.rand(20, rows) * 31).round(), (torch.rand(rows, 300) * 126 - 63).round()
    chip, mock = mac(x, weights), mac(x, weights, mock=True)
    linear = mock.abs() < 80
    assert (chip - mock)[linear].abs().max() <= 4
    assert linear.float().mean() > 0.8


def test_rounding_half_away_from_zero(ideal: None) -> None:
    """Where mock mode takes the even neighbour, as PyTorch does."""
    x, rounded = torch.full((128,), 12.5), torch.full((128,), 13.0)
    weights, rounded_weights = torch.tensor([[14.5, -14.5]] * 128), torch.tensor([[15.0, -15.0]] * 128)
    assert torch.equal(mac(x, weights), mac(rounded, rounded_weights))
    below = torch.full((128,), float(np.nextafter(np.float32(0.5), np.float32(0))))
    assert mac(below, torch.full((128, 1), 63.0)).tolist() == [0]


@pytest.mark.parametrize("rows", [5, 300])
def test_views_are_read_where_they_are(ideal: None, rows: int) -> None:
    x, weights = torch.rand(4, 2 * rows) * 31, torch.rand(6, 2 * rows) * 63
    found = mac(x[1:3, rows:], weights[::2, rows:].t())
    assert torch.equal(found, mac(x[1:3, rows:].clone(), weights[::2, rows:].t().contiguous()))


def test_other_weights_and_options_count(ideal: None) -> None:
    x = torch.full((2, 128), 12.0)
    first = mac(x, torch.full((128, 2), 15.0))
    assert torch.equal(mac(x, torch.full((128, 2), -15.0)), -first)
    assert torch.allclose(mac(x, torch.full((128, 2), 15.0), num_sends=2), 2 * first, atol=4)
    weights = torch.full((128, 2), 15.0)
    mac(x, weights)
    weights.zero_()
    assert not mac(x, weights).any()
    assert torch.equal(mac(x, torch.full((128, 2), 15.0)), first)


def test_samples_of_the_membrane_are_appended(ideal: None, tmp_path: Path) -> None:
    path = tmp_path / "samples"
    x, weights = torch.full((2, 128), 31.0), torch.full((128, 2), 63.0)
    for _ in range(2):
        mac(x, weights, madc_recording_neuron_id=1, madc_recording_path=path)
    header, *lines = path.read_text().splitlines()
    assert header.split("\t") == ["ExecutionIndex", "batch", "time", "value"]
    samples = np.array([line.split("\t") for line in lines], int)
    assert set(samples[:, 0]) == {0} and set(samples[:, 1]) == {0, 1}
    first = samples[: len(samples) // 2]
    rising = first[first[:, 1] == 0, 3]
    assert rising[-1] - rising[0] > 50


def test_bad_recordings(ideal: None, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nothing to record in mock mode"):
        mac(torch.ones(5), torch.ones(5, 3), mock=True, madc_recording_path="somewhere")
    with pytest.raises((ValueError, OverflowError), match="512"):
        mac(torch.ones(5), torch.ones(5, 3), madc_recording_neuron_id=halco.AtomicNeuronOnDLS.size,
            madc_recording_path=tmp_path / "samples")


def test_constants() -> None:
    defaults = constants.defaults
    assert get_mock_parameter() == MockParameter(defaults.noise_std, defaults.gain) == MockParameter(2.0, 0.002)
    assert (constants.synaptic_weight_min, constants.synaptic_weight_max) == (-63, 63)
    assert (constants.input_activation_min, constants.input_activation_max) == (0, 31)
    assert (constants.output_activation_min, constants.output_activation_max) == (-128, 127)
    assert (constants.hardware_matrix_height, constants.hardware_matrix_width) == (128, 256)
    assert defaults.wait_between_events == 5
