"""Shapes, gradients and errors of matrix products of any dimensions."""

from __future__ import annotations

import itertools

import pytest
import torch

from hxtorch.perceptron import MockParameter, mac, matmul, set_mock_parameter

ROWS = 128


def around(mean: float, *shape: int) -> torch.Tensor:
    """Uniform within 20 % of the mean."""
    return (mean * (0.8 + 0.4 * torch.rand(shape))).requires_grad_()


INPUTS = {
    "vector": lambda: around(12, ROWS),
    "matrix": lambda: around(12, 10, ROWS),
    "one row": lambda: around(12, 1, ROWS),
    "batch of matrices": lambda: around(12, 3, 4, ROWS),
    "more": lambda: around(12, 2, 1, 3, ROWS),
    "transposed": lambda: around(12, ROWS, 10).t(),
    "moved": lambda: around(12, ROWS, 3, 4).movedim(0, 2),
    "every second": lambda: around(12, 10, 2 * ROWS)[:, ::2],
}
OTHERS = {
    "vector": lambda: around(15, ROWS),
    "matrix": lambda: around(15, ROWS, 5),
    "one column": lambda: around(15, ROWS, 1),
    "transposed": lambda: around(15, 5, ROWS).t(),
    "part": lambda: around(15, 2 * ROWS, 10)[ROWS:, 5:],
}


@pytest.mark.parametrize(("input", "other"), list(itertools.product(INPUTS, OTHERS)))
def test_shapes_and_gradients_are_those_of_torch(mock: bool, input: str, other: str) -> None:
    x, weights = INPUTS[input](), OTHERS[other]()
    x.retain_grad()
    weights.retain_grad()
    expected, found = torch.matmul(x, weights), matmul(x, weights, mock=mock)
    assert found.shape == expected.shape
    assert found.is_contiguous()
    direction = torch.rand_like(expected)
    expected.backward(direction)
    gradients = x.grad, weights.grad
    x.grad = weights.grad = None
    found.backward(direction)
    for own, of_torch in zip((x.grad, weights.grad), gradients, strict=True):
        assert own is not None and of_torch is not None
        torch.testing.assert_close(own, of_torch * 0.002, rtol=1e-3, atol=1e-6)


def test_a_batch_is_a_matrix_of_its_vectors(mock: bool) -> None:
    set_mock_parameter(MockParameter(noise_std=0))
    x, weights = around(12, 2, 3, ROWS), around(15, ROWS, 4)
    assert torch.equal(matmul(x, weights, mock=mock).reshape(6, 4), mac(x.reshape(6, ROWS), weights, mock=mock))
    assert torch.equal(matmul(x[0, 0], weights[:, 0], mock=mock), mac(x[0, 0], weights[:, :1], mock=mock)[0])


@pytest.mark.parametrize(("input", "other", "message"), [
    ((), (5,), r"input of shape \(\)"),
    ((5,), (), r"other of shape \(\)"),
    ((5,), (2, 5, 3), r"other of shape \(2, 5, 3\)"),
    ((2, 4), (5, 3), r"\(2, 4\) does not fit other of shape \(5, 3\)"),
    ((4,), (5,), "does not fit"),
])
def test_bad_shapes(mock: bool, input: tuple[int, ...], other: tuple[int, ...], message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        matmul(torch.ones(input), torch.ones(other), mock=mock)
    with pytest.raises(TypeError, match="matmul: got 5, expected a torch.Tensor"):
        matmul(torch.ones(3), 5, mock=mock)  # type: ignore[arg-type]
