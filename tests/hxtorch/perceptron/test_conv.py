"""Convolutions."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hxtorch.perceptron import MockParameter, conv1d, conv2d, expanded_conv1d, matmul, set_mock_parameter
from hxtorch.perceptron.constants import hardware_matrix_height, hardware_matrix_width


def around(mean: float, *shape: int) -> torch.Tensor:
    """Uniform within 20 % of the mean."""
    return (mean * (0.8 + 0.4 * torch.rand(shape))).requires_grad_()


def check(found: torch.Tensor, expected: torch.Tensor, parts: list[torch.Tensor | None]) -> None:
    """Shape as of torch; gradients those of torch times the gain, but for the bias."""
    assert found.shape == expected.shape
    assert found.is_contiguous()
    direction = torch.rand_like(expected)
    expected.backward(direction)
    of_torch = [None if part is None else part.grad for part in parts]
    for part in parts:
        if part is not None:
            part.grad = None
    found.backward(direction)
    for part, gradient, gain in zip(parts, of_torch, (0.002, 0.002, 1), strict=True):
        if part is not None:
            assert part.grad is not None and gradient is not None
            torch.testing.assert_close(part.grad, gain * gradient, rtol=1e-3, atol=1e-5)


CASES_1D = [  # batch, in, out, kernel, stride, length, bias
    (2, 1, 1, 5, 7, 30, False), (4, 3, 4, 5, 4, 30, False), (2, 5, 1, 5, 2, 30, True), (4, 1, 4, 5, (2,), 30, True),
    (2, 1, 14, 43, 5, 128, True), (3, 1, 14, 43, 5, 138, True), (1, 2, 3, 30, 1, 30, True), (0, 1, 2, 5, 2, 30, False),
]


@pytest.mark.parametrize("case", CASES_1D, ids=str)
@pytest.mark.parametrize("expansions", [None, 1, 3])
def test_conv1d(mock: bool, case: tuple[Any, ...], expansions: int | None) -> None:
    batch, inputs, outputs, kernel, stride, length, with_bias = case
    x, weight = around(10, batch, inputs, length), around(50, outputs, inputs, kernel)
    bias = around(5, outputs) if with_bias else None
    expected = torch.nn.functional.conv1d(x, weight, bias, stride)
    if expansions is None:
        found = conv1d(x, weight, bias, stride, mock=mock)
    else:
        found = expanded_conv1d(x, weight, bias, stride, expansions, mock=mock)
    check(found, expected, [x, weight, bias])


@pytest.mark.parametrize("case", [  # batch, in, out, kernel, stride, size, bias
    (2, 1, 1, (5, 10), (7, 14), (30, 60), False), (1, 3, 4, (5, 10), (4, 8), (30, 60), False),
    (1, 3, 1, (5, 10), [7, 14], (30, 60), True), (2, 2, 3, (4, 4), 2, (10, 11), True),
], ids=str)
def test_conv2d(mock: bool, case: tuple[Any, ...]) -> None:
    batch, inputs, outputs, kernel, stride, size, with_bias = case
    x, weight = around(10, batch, inputs, *size), around(50, outputs, inputs, *kernel)
    bias = around(5, outputs) if with_bias else None
    expected = torch.nn.functional.conv2d(x, weight, bias, stride if isinstance(stride, int) else tuple(stride))
    check(conv2d(x, weight, bias, stride, mock=mock), expected, [x, weight, bias])


def test_a_bias_has_neither_limits_nor_steps() -> None:
    set_mock_parameter(MockParameter(noise_std=0))
    x, weight, bias = torch.full((1, 1, 128), 31.0), torch.full((2, 1, 128), 63.0), torch.tensor([1000.25, -0.5])
    assert conv1d(x, weight, bias, mock=True).tolist() == [[[1127.25], [126.5]]]
    assert conv2d(x[..., None], weight[..., None], bias, mock=True).flatten().tolist() == [1127.25, 126.5]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_parts_of_tensors_are_read_where_they_are(mock: bool, dimensions: int) -> None:
    set_mock_parameter(MockParameter(noise_std=0))
    convolution = conv1d if dimensions == 1 else conv2d
    x = (torch.rand(5, 4, *[20] * dimensions) * 31)[2:, 1:3, ..., 4:]
    weight = (torch.rand(3, 4, *[6] * dimensions) * 126 - 63)[..., 1:3, :][:, 2:] if dimensions == 2 else \
        (torch.rand(3, 4, 6) * 126 - 63)[:, 2:]
    found = convolution(x, weight, stride=2, num_sends=3, mock=mock)
    assert torch.equal(found, convolution(x.clone(), weight.clone(), stride=2, num_sends=3, mock=mock))
    assert found.abs().max() > 5


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 12), st.integers(1, 6), st.integers(0, 40),
    st.integers(1, 20), st.booleans(), st.integers(0, 2**32 - 1),
)
def test_expansion_changes_nothing_but_where_values_are_rounded(
    batch: int, inputs: int, outputs: int, kernel: int, stride: int, more: int, expansions: int, with_bias: bool,
    seed: int,
) -> None:
    torch.manual_seed(seed)
    set_mock_parameter(MockParameter(noise_std=0, gain=0.0015))
    length = kernel + more
    x, weight = torch.rand(batch, inputs, length) * 31, torch.rand(outputs, inputs, kernel) * 126 - 63
    bias = torch.rand(outputs) if with_bias else None
    plain = conv1d(x, weight, bias, stride, mock=True)
    expanded = expanded_conv1d(x, weight, bias, stride, expansions, mock=True)
    assert expanded.shape == plain.shape and expanded.is_contiguous()
    # Each part of 128 inputs is rounded down; with 36 inputs at most, no part comes to its limit.
    size = inputs * (kernel + stride * (expansions - 1))
    assert (expanded - plain).abs().max() <= math.ceil(size / hardware_matrix_height)


def test_expansion_of_upstream_size() -> None:
    set_mock_parameter(MockParameter(noise_std=0, gain=0.0015))
    x, weight, bias = around(10, 3, 1, 138), around(20, 14, 1, 43), around(5, 14)
    plain = conv1d(x, weight, bias, 2, num_sends=4, mock=True)
    expanded = expanded_conv1d(x, weight, bias, 2, 18, num_sends=4, mock=True)
    rows, columns = 43 + 2 * 17, 14 * 18
    tiles = max(math.ceil(rows / hardware_matrix_height), math.ceil(columns / hardware_matrix_width))
    assert (plain - expanded).abs().max() <= tiles


def test_convolution_is_a_product_with_each_window() -> None:
    set_mock_parameter(MockParameter(noise_std=0))
    x, weight = torch.rand(1, 2, 9) * 31, torch.rand(3, 2, 4) * 126 - 63
    found = conv1d(x, weight, stride=2, mock=True)
    windows = torch.stack([x[0, :, i:i + 4].flatten() for i in (0, 2, 4)])
    assert torch.equal(found[0], matmul(windows, weight.flatten(1).t(), mock=True).t())


@pytest.mark.parametrize(("function", "x", "weight", "options", "message"), [
    (conv1d, (2, 10), (3, 2, 4), {}, "expected 3 dimensions of both"),
    (conv1d, (1, 2, 10), (3, 4), {}, "expected 3 dimensions"),
    (conv2d, (1, 2, 10), (3, 2, 4), {}, "expected 4 dimensions"),
    (conv1d, (1, 2, 10), (3, 1, 4), {}, "same number of input channels"),
    (conv1d, (1, 2, 10), (3, 2, 11), {}, "not larger than the input"),
    (conv2d, (1, 2, 10, 10), (3, 2, 4, 11), {}, "not larger than the input"),
    (conv1d, (1, 2, 10), (3, 2, 4), {"stride": 0}, "stride is 0"),
    (conv1d, (1, 2, 10), (3, 2, 4), {"stride": (1, 1)}, "expected 1 of at least 1"),
    (conv2d, (1, 2, 10, 10), (3, 2, 4, 4), {"stride": [1]}, "expected 2 of at least 1"),
    (expanded_conv1d, (1, 2, 10), (3, 2, 4), {"num_expansions": 0}, "num_expansions is 0"),
    (expanded_conv1d, (1, 2, 10), (3, 2, 11), {}, "not larger than the input"),
    (conv1d, (1, 2, 10), (3, 2, 0), {}, "at least one weight"),
    (expanded_conv1d, (1, 2, 10), (3, 1, 4), {"num_expansions": 2}, "same number of input channels"),
])
def test_bad_arguments(mock: bool, function: Any, x: Any, weight: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(RuntimeError, match=f"{function.__name__}.*{message}"):
        function(torch.ones(x), torch.ones(weight), mock=mock, **options)
