"""Convolutions as multiplications with the unfolded input."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import torch

from hxtorch.perceptron import constants as c
from hxtorch.perceptron import conversion
from hxtorch.perceptron.matmul import matmul


def conv1d(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int | Sequence[int] = 1,
    num_sends: int = 1, wait_between_events: int = c.defaults.wait_between_events, mock: bool = False,
) -> torch.Tensor:
    """Convolution in one dimension.

    Parameters
    ----------
    input : torch.Tensor, float32, [batch, in_channels, length]
        Activations, 0 to 31.
    weight : torch.Tensor, float32, [out_channels, in_channels, kernel_size]
        Weights, -63 to 63.
    bias : torch.Tensor, float32, [out_channels], optional
        Added to the results by PyTorch, without rounding and limits.
    stride : int or sequence of one int
        Distance of the positions of the kernel.
    num_sends, wait_between_events, mock
        As for `mac`.

    Returns
    -------
    torch.Tensor, float32, [batch, out_channels, (length - kernel_size) // stride + 1]
        Results and gradients as of `mac`; contiguous.

    Raises
    ------
    RuntimeError
        Dimensions, channels or the number of strides do not fit, the kernel is longer than the input, a stride is not
        positive, and as for `mac`.
    OverflowError, TypeError, ValueError
        As for `mac`.
    """
    strides = _strides("conv1d", stride, 1)
    return _convolution("conv1d", input, weight, bias, strides, num_sends, wait_between_events, mock)


def conv2d(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int | Sequence[int] = 1,
    num_sends: int = 1, wait_between_events: int = c.defaults.wait_between_events, mock: bool = False,
) -> torch.Tensor:
    """Convolution in two dimensions.

    Parameters
    ----------
    input : torch.Tensor, float32, [batch, in_channels, height, width]
        Activations, 0 to 31.
    weight : torch.Tensor, float32, [out_channels, in_channels, kernel_height, kernel_width]
        Weights, -63 to 63.
    stride : int or sequence of two int
        Distances of the positions of the kernel.
    bias, num_sends, wait_between_events, mock
        As for `conv1d`.

    Returns
    -------
    torch.Tensor, float32, [batch, out_channels, rows, columns]
        As of `conv1d`, in both dimensions.

    Raises
    ------
    RuntimeError, OverflowError, TypeError, ValueError
        As for `conv1d`.
    """
    strides = _strides("conv2d", stride, 2)
    return _convolution("conv2d", input, weight, bias, strides, num_sends, wait_between_events, mock)


def expanded_conv1d(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int | Sequence[int] = 1,
    num_expansions: int = 1, num_sends: int = 1, wait_between_events: int = c.defaults.wait_between_events,
    mock: bool = False,
) -> torch.Tensor:
    """Convolution in one dimension that computes several positions of the kernel at a time.

    The matrix has each kernel `num_expansions` times, shifted by the stride, which makes better use of the chip where
    there are few channels. Results are those of `conv1d`, but for rounding of the parts of a large matrix.

    Parameters
    ----------
    num_expansions : int
        Number of positions.
    input, weight, bias, stride, num_sends, wait_between_events, mock
        As for `conv1d`.

    Returns
    -------
    torch.Tensor
        As of `conv1d`.

    Raises
    ------
    RuntimeError, OverflowError, TypeError, ValueError
        As for `conv1d`; RuntimeError also if `num_expansions` is not positive.
    """
    strides = _strides("expanded_conv1d", stride, 1)
    _check("expanded_conv1d", input, weight, strides)
    (step,), count = strides, operator.index(num_expansions)
    if count < 1:
        raise RuntimeError(f"expanded_conv1d: num_expansions is {count}, expected at least 1")
    length, kernel_size = input.shape[-1], weight.shape[-1]
    positions, expanded_size = _positions(length, kernel_size, step), kernel_size + step * (count - 1)
    expanded_step = step * count
    if length < expanded_size or count * _positions(length, expanded_size, expanded_step) < positions:
        input = torch.nn.functional.pad(input, (0, expanded_step))
    shifted = [
        torch.nn.functional.pad(weight, (step * i, expanded_size - kernel_size - step * i)) for i in range(count)
    ]
    result = _convolution(
        "expanded_conv1d", input, torch.stack(shifted, 1).flatten(0, 1),
        None if bias is None else bias.repeat_interleave(count), (expanded_step,), num_sends, wait_between_events, mock,
    )
    # [batch, channels times expansions, position] to [batch, channels, position times expansions]
    return result.unflatten(1, (-1, count)).transpose(2, 3).flatten(2)[..., :positions].contiguous()


def _convolution(
    what: str, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, strides: Sequence[int],
    num_sends: int, wait_between_events: int, mock: bool,
) -> torch.Tensor:
    _check(what, input, weight, strides)
    unfolded, dimensions = input, range(2, input.dim())
    for dimension, stride in zip(dimensions, strides, strict=True):
        unfolded = unfolded.unfold(dimension, weight.shape[dimension], stride)
    # [batch, channels, positions, kernel] to [batch, positions, channels times kernel]
    rows = unfolded.movedim(1, 1 + len(strides)).flatten(1 + len(strides))
    result = matmul(rows, weight.flatten(1).t(), num_sends, wait_between_events, mock)
    if bias is not None:
        result = result + bias
    return result.movedim(-1, 1).contiguous()


def _positions(length: int, kernel_size: int, stride: int) -> int:
    return (length - kernel_size) // stride + 1


def _strides(what: str, stride: int | Sequence[int], dimensions: int) -> tuple[int, ...]:
    strides = tuple(stride) if isinstance(stride, Sequence) else (operator.index(stride),) * dimensions
    if len(strides) != dimensions or min(strides) < 1:
        raise RuntimeError(f"{what}: stride is {stride!r}, expected {dimensions} of at least 1")
    return strides


def _check(what: str, input: torch.Tensor, weight: torch.Tensor, strides: Sequence[int]) -> None:
    conversion.check_tensors(what, input, weight)
    dimensions, shapes = 2 + len(strides), f"input of shape {tuple(input.shape)}, weight of shape {tuple(weight.shape)}"
    if input.dim() != dimensions or weight.dim() != dimensions:
        raise RuntimeError(f"{what}: {shapes}, expected {dimensions} dimensions of both")
    if input.shape[1] != weight.shape[1]:
        raise RuntimeError(f"{what}: {shapes}, expected the same number of input channels")
    if not weight.numel():
        raise RuntimeError(f"{what}: {shapes}, expected at least one weight")
    if any(length < size for length, size in zip(input.shape[2:], weight.shape[2:], strict=True)):
        raise RuntimeError(f"{what}: {shapes}, expected a kernel that is not larger than the input")
