"""From traces (time, batch, neurons) to scores (batch, neurons)."""

from __future__ import annotations

import torch


class MaxOverTime(torch.nn.Module):
    """Largest value; where several are the largest, they share the gradient equally."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.amax(input, 0)


class SumOverTime(torch.nn.Module):
    """Sum, for spikes the number of them."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.sum(0)


class MeanOverTime(torch.nn.Module):
    """Mean."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.mean(0)
