"""Rectification, addition and search for the largest value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hxtorch.perceptron import add, argmax, converting_relu, relu


def around(mean: float, *shape: int) -> torch.Tensor:
    """Uniform within 20 % of the mean."""
    return (mean * (0.8 + 0.4 * torch.rand(shape))).requires_grad_()


def int8(x: torch.Tensor) -> torch.Tensor:
    return x.detach().floor().clamp(-128, 127)


INPUTS: dict[str, Callable[[], torch.Tensor]] = {
    "all values": lambda: torch.arange(-63.0, 65.0).requires_grad_(),
    "too large": lambda: torch.linspace(-400, 400, 77).requires_grad_(),
    "vector": lambda: around(20, 10),
    "matrix": lambda: around(20, 3, 10),
    "batch of matrices": lambda: around(20, 2, 3, 10),
    "transposed": lambda: around(20, 10, 3).t(),
    "every second": lambda: around(20, 4, 20)[:, ::2],
    "empty": lambda: torch.zeros(0, 5, requires_grad=True),
}


@pytest.fixture(params=INPUTS, ids=str)
def x(request: pytest.FixtureRequest) -> torch.Tensor:
    made = INPUTS[request.param]()
    made.retain_grad()
    return made


def test_relu(mock: bool, x: torch.Tensor) -> None:
    result = relu(x, mock=mock)
    assert torch.equal(result, int8(x).clamp(min=0))
    limited = x.detach().abs() <= 127
    assert (result - torch.relu(x))[limited].abs().max() < 1 if x.numel() else result.shape == x.shape
    result.backward(torch.full_like(result, 3.0))
    assert x.grad is not None and torch.equal(x.grad, 3.0 * (x > 0))


@pytest.mark.parametrize("shift", [0, 2, 5, 9])
def test_converting_relu(mock: bool, x: torch.Tensor, shift: int) -> None:
    result = converting_relu(x, shift, mock=mock)
    assert torch.equal(result, (int8(x).clamp(min=0) / 2**shift).floor().clamp(max=31))
    result.backward(torch.full_like(result, 3.0))
    assert x.grad is not None and torch.equal(x.grad, 3.0 * (x > 0) / 2**shift)


def test_a_negative_shift_multiplies_in_mock_mode_only(ideal: None) -> None:
    assert converting_relu(torch.tensor([3.0, 20.0]), -2, mock=True).tolist() == [12, 31]
    with pytest.raises(RuntimeError, match="shift is -2"):
        converting_relu(torch.tensor([3.0, 20.0]), -2)


@pytest.mark.parametrize(("shape", "other"), [
    ((3, 128), (128,)), ((128,), (128,)), ((3, 128), (3, 128)), ((3, 128), (3, 1)), ((3, 128), (1,)),
    ((2, 3, 4), (3, 1)), ((5,), ()), ((0, 5), (5,)),
])
@pytest.mark.parametrize("means", [(20, 30), (90, 80), (-90, -80)])
def test_add(mock: bool, shape: tuple[int, ...], other: tuple[int, ...], means: tuple[int, int]) -> None:
    a, b = around(means[0], *shape), around(means[1], *other)
    result = add(a, b, mock=mock)
    assert torch.equal(result, (int8(a) + int8(b)).clamp(-128, 127))
    direction = torch.rand_like(result)
    result.backward(direction)
    assert a.grad is not None and torch.equal(a.grad, direction)
    expected = direction.sum_to_size(other) if other else direction.sum()
    assert b.grad is not None
    torch.testing.assert_close(b.grad, expected)


@pytest.mark.parametrize(("a", "b"), [((3, 4), (3,)), ((4,), (3, 4)), ((4,), (5,)), ((4,), (1, 1, 4))])
def test_add_of_what_does_not_fit(mock: bool, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError, match="cannot be broadcast to the input's"):
        add(torch.ones(a), torch.ones(b), mock=mock)
    with pytest.raises(RuntimeError, match="alpha is 2, expected 1"):
        add(torch.ones(a), torch.ones(a), alpha=2, mock=mock)
    with pytest.raises(TypeError, match="add: got 3, expected a torch.Tensor"):
        add(torch.ones(a), 3, mock=mock)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(123,), (123, 456), (12, 45, 78)])
@pytest.mark.parametrize("keepdim", [False, True])
def test_argmax(mock: bool, shape: tuple[int, ...], keepdim: bool) -> None:
    x = (20 * (0.8 + 0.4 * torch.rand(shape))).round()
    for dim in [None, *range(-len(shape), len(shape))]:
        found = argmax(x, dim, keepdim, mock=mock)
        # Of equal values the first one is meant.
        expected = np.argmax(x.numpy(), dim, keepdims=keepdim)
        assert found.dtype == torch.int64
        assert np.array_equal(found.numpy(), expected)
        assert found.shape == torch.argmax(x, dim, keepdim).shape


def test_argmax_of_values_beyond_the_limit(mock: bool) -> None:
    assert argmax(torch.tensor([5.0, 130.0, 500.0]), mock=mock).item() == 1
    assert argmax(torch.tensor([5.1, 5.9]), mock=mock).item() == 0
    assert argmax(torch.zeros(0, 3), 1, mock=mock).shape == (0,)


@given(st.lists(st.integers(-200, 200), min_size=1, max_size=20), st.integers(0, 8))
def test_activations_are_a_shift_of_rectified_values(values: list[int], shift: int) -> None:
    x = torch.tensor(values, dtype=torch.float32)
    rectified = relu(x, mock=True)
    assert converting_relu(x, shift, mock=True).tolist() == [min(int(v) >> shift, 31) for v in rectified.tolist()]


OPERATIONS: dict[str, Callable[..., torch.Tensor]] = {
    "relu": relu, "converting_relu": converting_relu, "argmax": argmax,
    "add": lambda x, mock=False: add(x, torch.ones(()), mock=mock),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_bad_input(mock: bool, name: str) -> None:
    operation = OPERATIONS[name]
    with pytest.raises(RuntimeError, match=f"{name}: input without dimensions"):
        operation(torch.tensor(1.0), mock=mock)
    with pytest.raises(ValueError, match=f"{name}.*NaN"):
        operation(torch.tensor([1.0, torch.nan]), mock=mock)
    with pytest.raises(TypeError, match=f"{name}: got 5, expected a torch.Tensor"):
        operation(5, mock=mock)


@pytest.mark.parametrize("name", OPERATIONS)
def test_hardware_mode_wants_hardware_and_float32(name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(RuntimeError, match="not initialised"):
        OPERATIONS[name](torch.ones(3))
    request.getfixturevalue("ideal")
    with pytest.raises(RuntimeError, match="torch.float64 on device cpu, expected torch.float32"):
        OPERATIONS[name](torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize(("shape", "dim", "error"), [
    ((3,), 1, IndexError), ((3, 4), -3, IndexError), ((3, 0), 1, RuntimeError),
])
def test_bad_dimensions_of_argmax(mock: bool, shape: tuple[int, ...], dim: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="argmax"):
        argmax(torch.ones(shape), dim, mock=mock)


def test_results_are_not_the_input(mock: bool) -> None:
    x: Any = torch.full((4,), 5.0)
    for operation in (relu, lambda x, mock: converting_relu(x, 0, mock), OPERATIONS["add"]):
        operation(x, mock=mock).zero_()
        assert x.tolist() == [5] * 4
