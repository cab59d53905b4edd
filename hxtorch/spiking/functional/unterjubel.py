"""Values of the chip with the gradient of the model."""

from __future__ import annotations

from typing import Any

import torch


class Unterjubel(torch.autograd.Function):
    """`Unterjubel.apply(model, measured)` is `measured`; the gradient goes to `model` as if the result were that.

    Both are tensors of one shape.
    """

    @staticmethod
    def forward(ctx: Any, model: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
        if model.shape != measured.shape:
            raise ValueError(f"measured values of shape {tuple(measured.shape)}, expected {tuple(model.shape)}")
        return measured.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        return gradient, None
