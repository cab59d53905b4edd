"""From weights of the model to weights of the chip."""

from __future__ import annotations

import torch


def linear_saturating(
    weight: torch.Tensor, scale: float | torch.Tensor = 1.0, min_weight: float = -63.0, max_weight: float = 63.0
) -> torch.Tensor:
    """Weights times `scale`, clamped to what a synapse (two rows, one of each sign) can have."""
    if not min_weight <= max_weight:
        raise ValueError(f"min_weight is {min_weight}, expected at most max_weight, {max_weight}")
    return torch.clamp(scale * weight, min_weight, max_weight)
