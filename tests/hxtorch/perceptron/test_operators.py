"""Operators of TorchScript."""

from __future__ import annotations

import pytest
import torch

from hxtorch import perceptron
from hxtorch.perceptron import MockParameter, set_mock_parameter

OPERATORS = torch.ops.hxtorch_perceptron


@pytest.fixture(autouse=True)
def silent() -> None:
    set_mock_parameter(MockParameter(noise_std=0))


@pytest.mark.parametrize(("name", "shapes"), [
    ("mac", [(2, 128), (128, 3)]), ("matmul", [(2, 2, 128), (128, 3)]), ("relu", [(3, 4)]),
    ("converting_relu", [(3, 4)]), ("add", [(3, 4), (4,)]),
])
def test_operators_are_the_functions(mock: bool, name: str, shapes: list[tuple[int, ...]]) -> None:
    tensors = [(torch.rand(shape) * 31).requires_grad_() for shape in shapes]
    found, expected = getattr(OPERATORS, name)(*tensors, mock=mock), getattr(perceptron, name)(*tensors, mock=mock)
    assert torch.equal(found, expected)
    gradients = [torch.autograd.grad(result.sum(), tensors) for result in (found, expected)]
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_argmax_and_all_arguments() -> None:
    x = torch.rand(3, 4) * 31
    assert torch.equal(OPERATORS.argmax(x, 1, True, mock=True), perceptron.argmax(x, 1, True, mock=True))
    assert OPERATORS.argmax(x, mock=True) == perceptron.argmax(x, mock=True)
    result = OPERATORS.mac(torch.full((128,), 12.0), torch.full((128, 1), 15.0), 2, 5, True, 0, "")
    assert result.item() == 92
    with pytest.raises(RuntimeError, match="alpha is 2"):
        OPERATORS.add(x, x, 2, True)


def network(x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    products = torch.ops.hxtorch_perceptron.mac(x, weights, 2, mock=True)
    return torch.ops.hxtorch_perceptron.converting_relu(products, 1, mock=True)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_scripts() -> None:
    script = torch.jit.script(network)
    x, weights = torch.rand(5, 128) * 31, (torch.rand(128, 3) * 63).requires_grad_()
    assert torch.equal(script(x, weights), network(x, weights))
    script(x, weights).sum().backward()
    assert weights.grad is not None and weights.grad.abs().sum() > 0
