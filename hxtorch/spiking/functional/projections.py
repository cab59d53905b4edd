"""Weighted sums of spikes."""

from __future__ import annotations

from typing import Any

import torch

from hxtorch.spiking.functional import products

_MAX_WEIGHT = 63
"""Largest weight of a synapse on the chip."""


def linear(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """Spikes (..., in) times weights (out, in), plus bias (out,): graded spikes (..., out).

    Where spikes are few, only they are looked at; the result is the same but for rounding.
    """
    if products.suits(input, weight, bias):
        return products.SpikeProduct.apply(input, weight, bias)
    return torch.nn.functional.linear(input, weight, bias)


def linear_sparse(
    input: torch.Tensor,
    weight: torch.Tensor,
    connections: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """As `linear` where only some synapses exist.

    Parameters
    ----------
    connections : tensor of bool, (out, in), optional
        Synapses that exist. The data of all other weights are set to zero in place; their gradient is not.

    Raises
    ------
    ValueError
        The connections have another shape than the weights.
    """
    if connections is not None:
        if connections.shape != weight.shape:
            raise ValueError(f"connections of shape {tuple(connections.shape)}, expected {tuple(weight.shape)}")
        weight.data.masked_fill_(~connections.to(device=weight.device, dtype=torch.bool), 0)
    return linear(input, weight, bias)


def linear_exponential_clamp(
    inputs: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    cap: float = 1.5,
    start_weight: float = 61.0,
    quantize: bool = False,
) -> torch.Tensor:
    """As `linear` with weights that approach ±cap exponentially, in place of a clamp that has no gradient beyond.

    With s = start_weight / 63 and k = 1 / (1 - s), weights of a magnitude u above s cap become
    sign(w) cap (1 - exp(-k (u / cap - s)) / k), smaller ones stay as they are.

    Parameters
    ----------
    cap : float
        Magnitude that the largest weight of the chip, 63, stands for.
    start_weight : float
        Weight of the chip, 0 to below 63, from which on the magnitude is compressed.
    quantize : bool
        Round to multiples of cap / 63, with the gradient of the identity.
    """
    if not 0 <= start_weight < _MAX_WEIGHT:
        raise ValueError(f"start_weight is {start_weight}, expected 0 or more and less than {_MAX_WEIGHT}")
    if not cap > 0:
        raise ValueError(f"cap is {cap}, expected a positive value")
    start = start_weight / _MAX_WEIGHT
    k = 1 / (1 - start)
    beyond = (weight.abs() / cap - start).clamp(min=0)  # keeps the branch not taken, and its gradient, finite
    compressed = weight.sign() * cap * (1 - torch.exp(-k * beyond) / k)
    clamped = torch.where(weight.abs() > start * cap, compressed, weight)
    if quantize:
        clamped = _Rounded.apply(clamped, cap / _MAX_WEIGHT)
    return linear(inputs, clamped, bias)


class _Rounded(torch.autograd.Function):
    """Rounded to multiples of a step, with the gradient of the identity."""

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, step: float) -> torch.Tensor:
        return torch.round(input / step) * step

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        return gradient, None
