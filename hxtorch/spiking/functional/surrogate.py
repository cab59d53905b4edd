"""Spikes by a threshold, with a gradient in place of the one that does not exist."""

from __future__ import annotations

from typing import Any

import torch


class SuperSpike(torch.autograd.Function):
    """`SuperSpike.apply(input, alpha)` is 1 where the input is positive and 0 elsewhere, in the type of the input.

    The gradient is dy / (alpha |input| + 1)².

    References
    ----------
    F. Zenke and S. Ganguli, SuperSpike: Supervised learning in multilayer spiking neural networks, Neural Computation
    30 (2018).
    """

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, alpha: float = 50.0) -> torch.Tensor:
        ctx.save_for_backward(input)
        ctx.alpha = alpha
        return (input > 0).to(input.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        input, = ctx.saved_tensors
        return gradient / (ctx.alpha * input.abs() + 1) ** 2, None


METHODS = {"superspike": SuperSpike}
"""Gradients by their name as argument `method`."""


def check_method(method: str) -> None:
    """Raise ValueError unless there is a gradient of this name."""
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, expected one of {', '.join(map(repr, METHODS))}")


def threshold(input: torch.Tensor, method: str, alpha: float) -> torch.Tensor:
    """1 where the input (membrane minus threshold, any shape) is positive, 0 elsewhere.

    Parameters
    ----------
    method : str
        Gradient: "superspike".
    alpha : float
        Steepness of the gradient, in 1 / unit of the input.

    Raises
    ------
    ValueError
        Unknown method.
    """
    check_method(method)
    return METHODS[method].apply(input, alpha)
