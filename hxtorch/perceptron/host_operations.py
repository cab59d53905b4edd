"""Operations of the host on results of products, which are whole numbers from -128 to 127."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from grenade.compute import Addition, ArgMax, ConvertingReLU, Operation, ReLU
from hxtorch.hardware import require_executor
from hxtorch.perceptron import constants as c
from hxtorch.perceptron import conversion, tracer


def relu(input: torch.Tensor, mock: bool = False) -> torch.Tensor:
    """Set negative values to 0. Values are rounded down and limited to 127.

    Parameters
    ----------
    input : torch.Tensor, float32, one dimension or more
        Results of products.
    mock : bool
        Whether to do without initialised hardware.

    Returns
    -------
    torch.Tensor
        Shape of the input. The gradient is 1 where the input is above 0.

    Raises
    ------
    RuntimeError
        The input has no dimension, or, not in mock mode, the hardware is not initialised or the input is not float32
        on the host.
    TypeError
        The input is no tensor.
    ValueError
        There is a NaN.
    """
    _check_dimensions(input, "relu")
    result: torch.Tensor = _ReLU.apply(input, bool(mock))
    return result


def converting_relu(input: torch.Tensor, shift: int = 2, mock: bool = False) -> torch.Tensor:
    """Make activations of results: divide values above 0 by 2**`shift`, down to whole numbers, with a limit of 31.

    Parameters
    ----------
    input : torch.Tensor, float32, one dimension or more
        Results of products.
    shift : int
        Bits to drop. In mock mode it may be negative, which multiplies.
    mock : bool
        Whether to do without initialised hardware.

    Returns
    -------
    torch.Tensor
        Shape of the input. The gradient is 2**-`shift` where the input is above 0, also where the limit is exceeded.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As for `relu`; RuntimeError also for a negative shift if it is not in mock mode.
    """
    _check_dimensions(input, "converting_relu")
    result: torch.Tensor = _ConvertingReLU.apply(input, operator.index(shift), bool(mock))
    return result


def add(input: torch.Tensor, other: torch.Tensor, alpha: int = 1, mock: bool = False) -> torch.Tensor:
    """Add, within -128 to 127. Both are rounded down and limited before.

    Parameters
    ----------
    input : torch.Tensor, float32, one dimension or more
        Results of products.
    other : torch.Tensor, float32
        What is added; broadcast to the input.
    alpha : int
        1; there is no multiplication.
    mock : bool
        Whether to do without initialised hardware.

    Returns
    -------
    torch.Tensor
        Shape of the input. Gradients are those of a sum.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As for `relu`; RuntimeError also where `other` cannot be broadcast to the input, or `alpha` is not 1.
    """
    _check_dimensions(input, "add")
    conversion.check_tensors("add", other)
    if alpha != 1:
        raise RuntimeError(f"add: alpha is {alpha}, expected 1")
    try:
        expanded = other.expand(input.shape)
    except RuntimeError:
        raise RuntimeError(
            f"add: other of shape {tuple(other.shape)} cannot be broadcast to the input's {tuple(input.shape)}"
        ) from None
    result: torch.Tensor = _Add.apply(input, expanded, bool(mock))
    return result


def argmax(input: torch.Tensor, dim: int | None = None, keepdim: bool = False, mock: bool = False) -> torch.Tensor:
    """Index of the first of the largest values. Values are rounded down and limited to -128 to 127.

    Parameters
    ----------
    input : torch.Tensor, float32, one dimension or more
        Results of products.
    dim : int, optional
        Dimension to search. Default: all.
    keepdim : bool
        Whether the result has that dimension, with size 1.
    mock : bool
        Whether to do without initialised hardware.

    Returns
    -------
    torch.Tensor, int64
        As of `torch.argmax`; there is no gradient.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As for `relu`; RuntimeError also where there are no values, or where a tracer is active and it is not
        two-dimensional with `dim` 1 and `keepdim`.
    IndexError
        There is no such dimension.
    """
    _check_dimensions(input, "argmax")
    shape = input.shape
    if dim is not None and not -len(shape) <= dim < len(shape):
        raise IndexError(f"argmax: dim is {dim}, expected {-len(shape)} to {len(shape) - 1}")
    given = input.detach()
    rows = given.reshape(1, -1) if dim is None else given.movedim(dim, -1)
    if not rows.shape[-1]:
        raise RuntimeError(f"argmax: input of shape {tuple(shape)} without values")
    if mock:
        found = conversion.mock_results(rows, "argmax: input").argmax(-1)  # the first one of equal values
    else:
        found = _argmax_on_host(given, rows, dim, keepdim)
    if dim is None:
        return found.reshape([1] * len(shape) if keepdim else [])
    return found.unsqueeze(dim) if keepdim else found


class _ReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, mock: bool) -> torch.Tensor:
        ctx.save_for_backward(input)
        if mock:
            return conversion.mock_results(input, "relu").clamp_(min=0)
        return _by_rows(input, "relu", ReLU)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (input,) = ctx.saved_tensors
        return gradients[0] * (input > 0), None


class _ConvertingReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, shift: int, mock: bool) -> torch.Tensor:
        ctx.save_for_backward(input)
        ctx.shift = shift
        if mock:
            positive = conversion.mock_results(input, "converting_relu").clamp_(min=0)
            return (positive / 2.0**shift).floor_().clamp_(max=c.input_activation_max)
        return _by_rows(input, "converting_relu", lambda size: ConvertingReLU(size, shift))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (input,) = ctx.saved_tensors
        return gradients[0] * (input > 0) / 2.0**ctx.shift, None, None


class _Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, other: torch.Tensor, mock: bool) -> torch.Tensor:
        if mock:
            total = conversion.mock_results(input, "add: input") + conversion.mock_results(other, "add: other")
            return total.clamp_(c.output_activation_min, c.output_activation_max)
        return _add_on_host(input, other)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        return gradients[0], gradients[0], None


def _check_dimensions(input: torch.Tensor, what: str) -> None:
    conversion.check_tensors(what, input)
    if not input.dim():
        raise RuntimeError(f"{what}: input without dimensions, expected one or more")


def _by_rows(input: torch.Tensor, what: str, operation: Callable[[int], Operation]) -> torch.Tensor:
    """Apply an operation of a size to the last dimension."""
    require_executor()
    traced = tracer.begin(input)
    values = conversion.results(input, f"{what}: input")
    if not values.size:
        return input.detach().clone()
    applied = operation(values.shape[-1])
    result = torch.from_numpy(applied.run(values.reshape(-1, values.shape[-1])).astype(np.float32)).reshape(input.shape)
    traced.end(lambda: applied, result)
    return result


def _add_on_host(input: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    require_executor()
    traced = tracer.begin(input)
    values, added = conversion.results(input, "add: input"), conversion.results(other, "add: other")
    if not values.size:
        return input.detach().clone()
    rows, added_rows = values.reshape(-1, values.shape[-1]), added.reshape(-1, values.shape[-1])
    same = bool((added_rows == added_rows[0]).all())
    if traced and not same:
        raise RuntimeError("add: while a tracer is active, the same has to be added to each entry of the batch")
    # What differs from row to row is added as one long row.
    row = Addition(added_rows[0] if same else added.ravel())
    sums = row.run(rows if same else values.reshape(1, -1))
    result = torch.from_numpy(sums.astype(np.float32)).reshape(input.shape)
    traced.end(lambda: row, result)
    return result


def _argmax_on_host(given: torch.Tensor, rows: torch.Tensor, dim: int | None, keepdim: bool) -> torch.Tensor:
    """Indices in the last dimension of `rows`, which are the values of `given` in another order."""
    require_executor()
    traced = tracer.begin(given)
    if traced and not (given.dim() == 2 and dim in (1, -1) and keepdim):
        raise RuntimeError(
            f"argmax: while a tracer is active, expected two dimensions, dim=1 and keepdim=True, "
            f"got {given.dim()}, {dim} and {keepdim}"
        )
    values = conversion.results(rows, "argmax: input")
    if not values.size:
        return torch.zeros(values.shape[:-1], dtype=torch.int64)
    applied = ArgMax(values.shape[-1])
    indices = applied.run(values.reshape(-1, values.shape[-1])).astype(np.int64)
    found = torch.from_numpy(indices).reshape(values.shape[:-1])
    traced.end(lambda: applied, found.unsqueeze(-1))
    return found
