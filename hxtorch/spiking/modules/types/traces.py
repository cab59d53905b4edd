"""From recorded membranes to those of the model."""

from __future__ import annotations

import torch


def shifted(trace: torch.Tensor, steps: int) -> torch.Tensor:
    """Move a trace (time, ...) to earlier times by a number of steps, to later ones if that is negative.

    At the end the last value, at the begin the first one is repeated.
    """
    length = len(trace)
    if not steps or not length:
        return trace
    source = (torch.arange(length) + steps).clamp(0, length - 1)
    return trace[source]


def to_model(
    trace: torch.Tensor, *, shift: int, from_first: bool, offset: float | torch.Tensor, scale: float | torch.Tensor
) -> torch.Tensor:
    """Membranes of the model from those of the chip.

    Parameters
    ----------
    trace : torch.Tensor of float32, shape (time, batch, neurons)
        CADC samples, LSB; it may be changed.
    shift : int
        Steps by which the trace moves to earlier times.
    from_first : bool
        Subtract from each trace its first value, in place of the offset.
    offset, scale : float or torch.Tensor of shape (neurons,)
        What is subtracted, and what the difference is multiplied with.

    Returns
    -------
    torch.Tensor of shape (time, batch, neurons)
    """
    trace = shifted(trace, shift)
    if from_first and len(trace):
        trace = trace - trace[0]
    elif not from_first and _matters(offset, 0):
        trace = trace - offset
    return trace * scale if _matters(scale, 1) else trace


def _matters(value: float | torch.Tensor, neutral: float) -> bool:
    return torch.is_tensor(value) or value != neutral
