"""From grey values and coordinates to spike times, and from times to the dense grids of `hxtorch.spiking`."""

from __future__ import annotations

import torch
from torch import Tensor


def latency(values: Tensor, tau: float = 8e-6, threshold: float = 0.2) -> Tensor:
    """Times when a leaky integrator that is driven by each value reaches a threshold.

    Bright pixels are early; pixels that never reach the threshold are silent.

    Parameters
    ----------
    values : Tensor of float
        Grey values, 0 to 1.
    tau : float
        Time constant of the integrator, s.
    threshold : float
        Of the integrator, in units of the values.

    Returns
    -------
    Tensor of float
        Times, s, in the shape of `values`; inf for silence.
    """
    above = values > threshold
    times = tau * torch.log(values / (values - threshold).where(above, torch.ones_like(values)))
    return times.where(above, torch.inf)


def shift_to_earliest(times: Tensor) -> Tensor:
    """Times since the earliest one of all; inf stays."""
    earliest = times.min() if times.numel() else times.new_tensor(torch.inf)
    return times if torch.isinf(earliest) else times - earliest


def first_spikes_to_dense(times: Tensor, dt: float, steps: int) -> Tensor:
    """Grid with a 1 in the step of each time.

    Parameters
    ----------
    times : Tensor of float, shape (batch, inputs)
        Times, s, not negative; those that are not finite or behind the last step are left out.
    dt : float
        Length of a step, s.
    steps : int
        Number of steps.

    Returns
    -------
    Tensor of float32, shape (steps, batch, inputs)

    Raises
    ------
    ValueError
        A time is negative.
    """
    if bool((times < 0).any()):
        raise ValueError(f"a spike time of {times.min():g} s, expected 0 or more")
    step = torch.floor(times / dt)
    inside = step < steps
    dense = torch.zeros((steps, *times.shape))
    batch, channel = torch.nonzero(inside, as_tuple=True)
    dense[step[inside].long(), batch, channel] = 1.0
    return dense
