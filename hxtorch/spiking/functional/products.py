"""Products of spikes and weights: time is only spent on spikes, as long as they are few."""

from __future__ import annotations

from typing import Any

import torch

from hxtorch.spiking.functional import _kernels, workers
from hxtorch.spiking.functional.arrays import empty

_FEW = 0.2
"""Part of the entries of a tensor up to which its spikes are taken one by one, in place of a product of matrices."""

_FEW_OUTPUTS = 32
"""Length of the inner sum up to which a product of matrices is slower than sums of rows."""

_SAMPLED_ROWS = 256
"""Rows that are looked at to find out whether spikes are few."""

_WORTH_LOOKING = 1 << 22
"""Multiplications of the product of matrices; a smaller one is not worth a look at the spikes."""


def suits(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> bool:
    """Whether `SpikeProduct` takes these and is faster than a product of matrices."""
    tensors = [input, weight] if bias is None else [input, weight, bias]
    if any(t.dtype != torch.float32 or t.device.type != "cpu" or t.layout != torch.strided for t in tensors):
        return False
    if weight.ndim != 2 or input.ndim < 2 or input.shape[-1] != weight.shape[1]:
        return False  # an error, which torch explains
    if bias is not None and bias.shape != weight.shape[:1]:
        return False
    if input.shape[-1] > _kernels.MOST_INPUTS or input.numel() * weight.shape[0] < _WORTH_LOOKING:
        return False
    return not torch.is_autocast_enabled("cpu") and _are_few(input.detach())


def _are_few(spikes: torch.Tensor) -> bool:
    rows = spikes.flatten(0, -2)
    sample = rows[::max(1, rows.shape[0] // _SAMPLED_ROWS)]
    return torch.count_nonzero(sample).item() <= _FEW * sample.numel()


class SpikeProduct(torch.autograd.Function):
    """`apply(input, weight, bias)`: input (..., in) times weight (out, in), plus bias (out,) or None."""

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        ctx.save_for_backward(input, weight)
        return product(input, weight.t(), bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:  # type: ignore[override]
        input, weight = ctx.saved_tensors
        to_input, to_weight, to_bias = ctx.needs_input_grad
        d_bias = gradient.flatten(0, -2).sum(0) if to_bias else None
        if torch.is_grad_enabled():
            d_weight = gradient.flatten(0, -2).t() @ input.flatten(0, -2) if to_weight else None
            return gradient @ weight if to_input else None, d_weight, d_bias
        return (
            input_gradient(gradient, weight) if to_input else None,
            weight_gradient(input, gradient) if to_weight else None,
            d_bias,
        )


def product(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, result: torch.Tensor | None = None
) -> torch.Tensor:
    """Input (..., in) times weight (in, out), plus bias (out,); entries of the input that are zero cost nothing.

    The contiguous tensor (..., out) for the result may be given.
    """
    padded = torch.nn.functional.pad(weight, (0, -weight.shape[1] % _kernels.LANES)).contiguous()
    bias = None if bias is None else bias.contiguous()
    if result is None:
        result = empty(input, *input.shape[:-1], weight.shape[1])
    x, y = input.flatten(0, -2).contiguous(), result.flatten(0, -2)
    workers.run_shares(
        x.shape[0], x.numel(), lambda first, last: _kernels.spikes_times_weights(x, padded, bias, y, first, last))
    return result


def weight_gradient(spikes: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Gradient (out, in) of the weight for spikes (..., in) and the gradient (..., out) of the product."""
    x, dy = spikes.flatten(0, -2).contiguous(), gradient.flatten(0, -2).contiguous()
    width = dy.shape[1] + -dy.shape[1] % _kernels.LANES
    sums: list[torch.Tensor] = []

    def share(first: int, last: int) -> None:
        own = torch.zeros(x.shape[1], width)
        sums.append(own)
        _kernels.spikes_times_gradients(x, dy, own, first, last)

    workers.run_shares(x.shape[0], x.numel(), share)
    return torch.stack(sums).sum(0)[:, :dy.shape[1]].t()


def input_gradient(gradient: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Gradient (..., in) of the spikes."""
    if weight.shape[0] <= _FEW_OUTPUTS:
        return product(gradient, weight)
    result = empty(gradient, *gradient.shape[:-1], weight.shape[1])
    torch.mm(gradient.flatten(0, -2), weight, out=result.flatten(0, -2))
    return result
