"""Neurons that are left out."""

from __future__ import annotations

import torch


def batch_dropout(input: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Spikes (..., neurons) of those neurons for which the mask (neurons,) is true, zeros for the others."""
    if mask.ndim > 1 or (mask.ndim == 1 and mask.shape[0] != input.shape[-1]):
        raise ValueError(f"mask of shape {tuple(mask.shape)}, expected ({input.shape[-1]},), one entry per neuron")
    return input * mask
