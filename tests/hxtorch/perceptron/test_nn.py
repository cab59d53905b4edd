"""Layers."""

from __future__ import annotations

import copy
import pickle
from typing import Any
from unittest.mock import Mock

import pytest
import torch

from hxtorch.perceptron import MockParameter, conv1d, matmul, nn, set_mock_parameter


@pytest.fixture(autouse=True)
def silent() -> None:
    set_mock_parameter(MockParameter(noise_std=0))


# -- scaling -----------------------------------------------------------------------------------------------------------


def test_inputs_are_scaled_to_the_largest_activation() -> None:
    x = torch.arange(8, 16, 0.5, dtype=torch.float64)
    assert nn.scale_input(x).max().item() == pytest.approx(31)
    assert torch.allclose(nn.scale_input(x), x * 2)
    assert nn.scale_input(torch.tensor([-3.0, 0.0])).tolist() == [-3, 0]


def test_weights_are_scaled_to_the_largest_weight() -> None:
    w = torch.arange(-32, 32, 0.5)
    assert nn.scale_weight(w).abs().max().item() == pytest.approx(63)
    assert torch.allclose(nn.scale_weight(w), w * 63 / 32)
    assert nn.scale_weight(torch.zeros(3)).tolist() == [0] * 3


@pytest.mark.parametrize("scale", [nn.scale_input, nn.scale_weight])
def test_factors_have_no_gradient(scale: Any) -> None:
    x = torch.tensor([1.0, 2.0, 5.0], requires_grad=True)
    scale(x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == pytest.approx([scale(x)[0].item()] * 3)


def test_weights_are_limited_in_place() -> None:
    w = torch.nn.Parameter(torch.tensor([-100.0, -5.0, 63.5]))
    assert nn.clamp_weight_(w) is w
    assert w.tolist() == [-63, -5, 63]


def test_limits_leave_earlier_passes_alone() -> None:
    layer = nn.Linear(3, 2, mock=True)
    first = layer(torch.ones(3))
    (first + layer(torch.ones(3))).sum().backward()
    assert layer.weight.grad is not None


# -- linear ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(19,), (7, 19), (2, 7, 19)])
@pytest.mark.parametrize("bias", [False, True])
def test_linear_calls_its_product(shape: tuple[int, ...], bias: bool) -> None:
    layer = nn.Linear(
        in_features=19, out_features=2, bias=bias, num_sends=3, wait_between_events=10, mock=True,
        input_transform=lambda x: 2 * x, weight_transform=torch.ones_like,
    )
    x = torch.rand(shape)
    expected = torch.nn.functional.linear(x, torch.ones(2, 19))
    layer._matmul = Mock(return_value=expected)
    assert layer(x).shape == expected.shape
    (given, weights), options = layer._matmul.call_args
    assert torch.equal(given, 2 * x)
    assert torch.equal(weights, torch.ones(19, 2))
    assert options == {"num_sends": 3, "wait_between_events": 10, "mock": True}


def test_linear_without_transforms() -> None:
    layer = nn.Linear(5, 2, bias=False, num_sends=2, mock=True, weight_transform=None)
    with torch.no_grad():
        layer.weight.fill_(100)
    with pytest.raises(OverflowError):
        layer(torch.ones(5))
    layer.weight_transform = nn.clamp_weight_
    assert torch.equal(layer(torch.full((5,), 31.0)), torch.full((2,), 39.0))
    assert layer.weight.tolist() == [[63] * 5] * 2


@pytest.mark.parametrize("shape", [(128,), (7, 128), (2, 7, 128)])
def test_averages_of_outputs(shape: tuple[int, ...]) -> None:
    layer = nn.Linear(128, 3, bias=False, num_sends=1, mock=True, avg=4)
    layer._matmul = Mock(wraps=matmul)
    x = torch.rand(shape) * 31
    assert torch.equal(layer(x), matmul(x, layer.weight.t(), mock=True))
    assert layer._matmul.call_args[0][1].shape == (128, 12)
    layer._matmul = lambda x, w, **_: torch.arange(12.0).expand(*x.shape[:-1], 12)
    assert layer(x).flatten()[:3].tolist() == [1.5, 5.5, 9.5]
    with pytest.raises(ValueError, match="avg is 0"):
        nn.Linear(3, 4, avg=0)


def test_a_bias_is_added_within_the_limits() -> None:
    layer = nn.Linear(128, 2, num_sends=1, mock=True)
    with torch.no_grad():
        layer.weight.fill_(63)
        layer.bias.copy_(torch.tensor([-20.5, 20.0]))
    assert layer(torch.full((1, 128), 31.0)).tolist() == [[106, 127]]


@pytest.mark.parametrize(("fan_in", "num_sends"), [
    (3, 39), (4, 34), (100, 7), (128, 6), (256, 5), (500, 4), (784, 3)])
def test_automatic_num_sends(fan_in: int, num_sends: int) -> None:
    assert nn.Linear(fan_in, 5).num_sends == num_sends
    assert nn.Conv1d(1, 5, fan_in).num_sends == num_sends


@pytest.mark.parametrize("gain", [0.00338, 0.0035])
def test_automatic_num_sends_with_another_gain(gain: float) -> None:
    set_mock_parameter(MockParameter(gain=gain))
    assert [nn.Linear(4, 128).num_sends, nn.Linear(128, 3).num_sends] == [20, 4]


@pytest.mark.parametrize(("layer", "fan_in"), [
    (lambda **options: nn.Linear(400, 500, **options), 400),
    (lambda **options: nn.Conv1d(10, 500, 40, **options), 400),
    (lambda **options: nn.Conv2d(4, 500, (5, 20), **options), 400),
])
def test_initial_weights(layer: Any, fan_in: int) -> None:
    made = layer(num_sends=5)
    gain_total = 2 * 2**0.5 / 0.002
    std = gain_total / fan_in**0.5
    assert made.weight.std().item() == pytest.approx(std / 5, rel=0.02)
    assert made.weight.abs().max() <= 63
    bound = std / (31 / 3**0.5)
    assert made.bias.abs().max() <= bound
    assert made.bias.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
    made.reset_parameters(weight_mean=10, relu_shift=0)
    assert made.weight.mean().item() == pytest.approx(10, abs=1)
    assert made.weight.std().item() == pytest.approx(std / 10, rel=0.02)
    assert made.num_sends == 5


# -- convolutions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "arguments", "options", "x"), [
    (nn.Conv1d, (1, 2, 3), {"stride": 2, "padding": 1, "wait_between_events": 4}, (4, 1, 20)),
    (nn.ExpandedConv1d, (1, 14, 43), {"stride": 2}, (4, 1, 128)),
    (nn.Conv2d, (1, 2, (3, 3)), {"stride": (2, 2), "padding": 2, "num_sends": 6, "wait_between_events": 75},
     (4, 1, 20, 30)),
    (nn.Conv2d, (3, 2, (3, 4)), {"padding": (1, 2), "padding_mode": "reflect", "bias": False}, (4, 3, 20, 30)),
    (nn.Conv1d, (2, 3, 4), {"padding": "same", "padding_mode": "circular"}, (4, 2, 20)),
])
def test_convolutions_call_theirs(kind: Any, arguments: Any, options: dict[str, Any], x: tuple[int, ...]) -> None:
    layer = kind(*arguments, mock=True, **options)
    layer._conv = Mock(side_effect=lambda x, w, b, s, **_: torch.nn.functional.conv1d(x, w, b, s) if x.dim() == 3
                       else torch.nn.functional.conv2d(x, w, b, s))
    input = torch.rand(x) * 31
    own = {name: value for name, value in options.items() if name not in ("num_sends", "wait_between_events")}
    reference = (torch.nn.Conv2d if kind is nn.Conv2d else torch.nn.Conv1d)(*arguments, **own)
    reference.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer(input), reference(input))
    (_, weight, bias, stride), given = layer._conv.call_args
    assert weight is layer.weight and bias is layer.bias and stride == layer.stride
    assert given.pop("num_expansions", 18) == 18
    assert given == {
        "num_sends": layer.num_sends, "wait_between_events": options.get("wait_between_events", 5), "mock": True,
    }


def test_expansion_is_what_runs() -> None:
    layer, plain = nn.ExpandedConv1d(1, 3, 43, 2, mock=True), nn.Conv1d(1, 3, 43, 2, mock=True)
    plain.load_state_dict(layer.state_dict())
    x = torch.rand(2, 1, 100) * 31
    assert torch.equal(layer(x), plain(x))  # they are not split differently
    layer._conv = Mock(wraps=layer._conv)
    layer.num_expansions = 5
    assert torch.equal(layer(x), plain(x))
    assert layer._conv.call_args[1]["num_expansions"] == 5


@pytest.mark.parametrize(("arguments", "expansions"), [
    ((1, 14, 43, 2), 18), ((1, 2, 43, 2), 43), ((1, 256, 5), 1), ((1, 300, 5), 1), ((1, 2, 200), 1)])
def test_expansions_that_fit_into_the_chip(arguments: Any, expansions: int) -> None:
    layer = nn.ExpandedConv1d(*arguments)
    assert layer.num_expansions == expansions
    assert f"num_expansions={expansions}" in repr(layer)
    assert layer.extra_repr().endswith(f"num_expansions={expansions}")


def test_transforms_of_convolutions() -> None:
    layer = nn.Conv1d(1, 1, 3, bias=False, num_sends=1, mock=True, input_transform=nn.scale_input,
                      weight_transform=nn.scale_weight)
    x = torch.rand(1, 1, 9) / 100
    expected = conv1d(nn.scale_input(x), nn.scale_weight(layer.weight), mock=True)
    assert torch.equal(layer(x), expected)


@pytest.mark.parametrize(("kind", "options"), [
    (nn.Conv1d, {"dilation": 2}), (nn.Conv1d, {"groups": 2}), (nn.Conv2d, {"dilation": (1, 2)}),
    (nn.ExpandedConv1d, {"dilation": 2})])
def test_neither_dilation_nor_groups(kind: Any, options: dict[str, Any]) -> None:
    layer = kind(2, 2, 3, **options)
    with pytest.raises(ValueError, match="expected neither"):
        layer(torch.zeros(1, 2, *[10] * (2 if kind is nn.Conv2d else 1)))


# -- rectification -----------------------------------------------------------------------------------------------------


def test_rectification(mock: bool) -> None:
    x = torch.tensor([-5.0, 3.0, 200.0])
    assert nn.ReLU(mock)(x).tolist() == [0, 3, 127]
    assert nn.ConvertingReLU(mock=mock)(x).tolist() == [0, 0, 31]
    assert nn.ConvertingReLU(1, mock)(x).tolist() == [0, 1, 31]


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "text"), [
    (lambda: nn.Layer(), "Layer()"),
    (lambda: nn.MACLayer(mock=True), "MACLayer(mock=True)"),
    (lambda: nn.MACLayer(7, weight_transform=None), "MACLayer(num_sends=7, weight_transform=None)"),
    (lambda: nn.ReLU(), "ReLU()"),
    (lambda: nn.ReLU(mock=True), "ReLU(mock=True)"),
    (lambda: nn.ConvertingReLU(), "ConvertingReLU()"),
    (lambda: nn.ConvertingReLU(3, True), "ConvertingReLU(shift=3, mock=True)"),
    (lambda: nn.Linear(19, 2, bias=False, num_sends=3, wait_between_events=10, mock=True, avg=2),
     "Linear(in_features=19, out_features=2, bias=None, num_sends=3, wait_between_events=10, mock=True, avg=2)"),
    (lambda: nn.Linear(4, 128), "Linear(in_features=4, out_features=128, bias=True, num_sends=34)"),
    (lambda: nn.Conv1d(1, 2, 3, stride=2, padding=1, wait_between_events=4),
     "Conv1d(in_channels=1, out_channels=2, kernel_size=(3,), stride=(2,), padding=(1,), dilation=(1,), bias=True, "
     "num_sends=39, wait_between_events=4)"),
    (lambda: nn.Conv2d(1, 2, (3, 3), num_sends=6, wait_between_events=75),
     "Conv2d(in_channels=1, out_channels=2, kernel_size=(3, 3), stride=(1, 1), padding=(0, 0), dilation=(1, 1), "
     "bias=True, num_sends=6, wait_between_events=75)"),
])
def test_text(layer: Any, text: str) -> None:
    assert repr(layer()) == text


def test_models(mock: bool) -> None:
    model = torch.nn.Sequential(
        nn.Conv1d(1, 4, 5, 2, mock=mock), nn.ConvertingReLU(mock=mock), torch.nn.Flatten(),
        nn.Linear(4 * 8, 3, mock=mock), nn.ReLU(mock=mock),
    )
    x = torch.rand(6, 1, 19) * 31
    result = model(x)
    assert result.shape == (6, 3)
    result.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x), result)
        assert repr(other) == repr(model)
