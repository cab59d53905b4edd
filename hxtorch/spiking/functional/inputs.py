"""Spikes that come from outside."""

from __future__ import annotations

from typing import Any

import torch

from hxtorch.spiking.functional.observed import silent
from hxtorch.spiking.functional.unterjubel import Unterjubel


def input_neuron(input: torch.Tensor, hw_data: Any = None) -> torch.Tensor:
    """Spikes (time, batch, neurons) as they are, or as the chip has seen them.

    Parameters
    ----------
    hw_data : tensor or handle with a field `spikes`, optional
        Recorded spikes (time, batch, neurons). They replace the values for as long as the input lasts (there are no
        spikes after the end of a shorter record); the gradient goes to the input.
    """
    spikes = hw_data if hw_data is None or torch.is_tensor(hw_data) else hw_data.spikes
    if spikes is None:
        return input
    if spikes.ndim != input.ndim or spikes.shape[1:] != input.shape[1:]:
        raise ValueError(f"recorded spikes of shape {tuple(spikes.shape)}, expected (time, *{tuple(input.shape[1:])})")
    return Unterjubel.apply(input, silent(spikes[:input.shape[0]].to(input.dtype), input.shape[0]))
