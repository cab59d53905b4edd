"""First spike times of neurons with equal membrane and synaptic time constants, in closed form, with gradients.

Times are in units of the time constant, potentials relative to the leak potential. An input spike at t_i with weight
w_i moves the membrane by w_i (t - t_i) exp(t_i - t), so that, as long as no further spike arrives,

    V(t) = exp(-t) (t a - b),    a = sum of w_i exp(t_i),    b = sum of w_i t_i exp(t_i)

over the spikes so far. V rises to a threshold theta at t = b/a - W(-theta/a exp(b/a)) with the main branch W of
Lambert's function, and where V' > 0 the time depends on inputs and weights by the implicit function theorem.

References
----------
Göltz, Kriener et al.: Fast and energy-efficient neuromorphic deep learning with first-spike times, 2021.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

MIN_SLOPE = 0.4
"""Least slope of the membrane at a recorded spike, thresholds per time constant.

A neuron on the chip may fire where its model would not, with a slope of any size and sign.
"""


def lambert_w(z: Tensor) -> Tensor:
    """Main branch of Lambert's function W exp(W) = z for -1/e <= z <= 0.

    Parameters
    ----------
    z : Tensor of float64
        Values below -1/e count as -1/e.

    Returns
    -------
    Tensor of float64
        -1 to 0.
    """
    distance = torch.sqrt((2 * (1 + torch.e * z)).clamp(min=0))
    # The series at the branch point; its error at 0 is small enough for Halley's method to converge in three steps.
    w = -1 + distance - distance**2 / 3 + 11 / 72 * distance**3 - 43 / 540 * distance**4
    w = w.clamp(-1, 0)
    for _ in range(4):
        e = torch.exp(w)
        error = w * e - z
        slope = e * (w + 1)
        step = error / (slope - (w + 2) * error / (2 * w + 2)).where(w > -1, torch.ones_like(w))
        w = (w - step.where(distance > 1e-7, torch.zeros_like(step))).clamp(-1, 0)
    return w


def _growth(times: Tensor) -> tuple[Tensor, Tensor]:
    """Times with 0 in the place of inf, and exp(t) with 0 in its place."""
    arrives = torch.isfinite(times)
    known = torch.where(arrives, times, torch.zeros_like(times))
    return known, torch.where(arrives, torch.exp(known), torch.zeros_like(known))


# The sums of all prefixes would be three-dimensional and large. Taking the inputs one after the other keeps what is
# needed, (batch, neurons), in the cache of the processor, which is faster by far.


def _first_crossings(times: Tensor, weights: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """a and b after the last input before each output spike, (batch, neurons), and which neurons fire at all."""
    ordered, order = torch.sort(times, dim=1)
    known, growth = _growth(ordered)
    ends = torch.cat([ordered[:, 1:], torch.full_like(ordered[:, :1], torch.inf)], dim=1)
    weights_of = weights.T.contiguous()
    a = times.new_zeros((len(times), len(weights)))
    b, a_there, b_there = torch.zeros_like(a), torch.zeros_like(a), torch.zeros_like(a)
    waits = torch.ones_like(a, dtype=torch.bool)
    for k in range(int(torch.isfinite(ordered).sum(dim=1).max()) if times.numel() else 0):
        step = weights_of[order[:, k]] * growth[:, k, None]
        a += step
        b.addcmul_(step, known[:, k, None])
        # With a > 0 the membrane is highest at 1 + b/a; with a <= 0 it never rises above the leak potential.
        top = torch.minimum(torch.maximum(1 + b / a, known[:, k, None]), ends[:, k, None])
        reached = (a > 0) & (torch.addcmul(-b, top, a) >= threshold * torch.exp(top)) & waits
        reached &= torch.isfinite(ordered[:, k, None])
        torch.where(reached, a, a_there, out=a_there)
        torch.where(reached, b, b_there, out=b_there)
        waits &= ~reached
        if not waits.any():
            break
    return a_there, b_there, ~waits


def _causes(times: Tensor, weights: Tensor, recorded: Tensor) -> tuple[Tensor, Tensor]:
    """a and b of the inputs before recorded spikes, (batch, neurons)."""
    known, growth = _growth(times)
    a = torch.zeros_like(recorded)
    b = torch.zeros_like(recorded)
    for k in range(times.shape[1]):
        step = (times[:, k, None] < recorded) * (weights[:, k] * growth[:, k, None])
        a += step
        b.addcmul_(step, known[:, k, None])
    return a, b


class FirstSpike(torch.autograd.Function):
    """Output times (batch, neurons) of `first_spike_times`, which see."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, times: Tensor, weights: Tensor, threshold: float, recorded: Tensor | None
    ) -> Tensor:
        if recorded is None:
            a, b, fires = _first_crossings(times, weights, threshold)
            a64, b64 = (torch.where(fires, sums, torch.ones_like(sums)).double() for sums in (a, b))
            crossing = b64 / a64 - lambert_w(-threshold / a64 * torch.exp(b64 / a64))
            output = torch.where(fires, crossing.to(times.dtype), torch.full_like(a, torch.inf))
            slope = a + b - output.where(fires, torch.zeros_like(output)) * a
        else:
            output = recorded.to(times.dtype)
            a, b = _causes(times, weights, output)
            # Without any input before it, a recorded spike has no cause in the model.
            fires = torch.isfinite(output) & (times.min(dim=1, keepdim=True).values < output)
            known = output.where(fires, torch.zeros_like(output))
            slope = torch.maximum(a + b - known * a, MIN_SLOPE * threshold * torch.exp(known))
        ctx.save_for_backward(times, weights, output, slope, fires)
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        times, weights, output, slope, fires = ctx.saved_tensors
        # Where V' vanishes, at a spike that just reaches the threshold, the time has no derivative.
        usable = fires & (slope > 0)
        factor = torch.where(usable, -gradients[0] / torch.where(usable, slope, torch.ones_like(slope)), 0.0)
        late = factor * output.where(fires, torch.zeros_like(output))
        known, growth = _growth(times)
        for_times, for_weights = torch.zeros_like(times), torch.zeros_like(weights)
        for k in torch.nonzero(torch.isfinite(times).any(dim=0)).flatten().tolist():
            causal = times[:, k, None] < output
            late_k, factor_k = late * causal, factor * causal
            for_times[:, k] = late_k @ weights[:, k] - (known[:, k] + 1) * (factor_k @ weights[:, k])
            for_weights[:, k] = growth[:, k] @ late_k - (growth[:, k] * known[:, k]) @ factor_k
        return for_times * growth, for_weights, None, None


def first_spike_times(
    times: Tensor, weights: Tensor, threshold: float = 1.0, recorded: Tensor | None = None
) -> Tensor:
    """First spikes of a layer.

    Parameters
    ----------
    times : Tensor of float, shape (batch, inputs)
        One spike of each input, in units of the time constant; inf for none.
    weights : Tensor of float, shape (neurons, inputs)
        Weights.
    threshold : float
        Threshold above the leak potential.
    recorded : Tensor of float, shape (batch, neurons), optional
        Times that were measured; they take the place of the model's, which then only gives the gradient.

    Returns
    -------
    Tensor of float, shape (batch, neurons)
        Times; inf for neurons that stay silent.

    Raises
    ------
    ValueError
        Shapes do not fit, or the threshold is not positive.
    """
    if times.ndim != 2 or weights.ndim != 2 or times.shape[1] != weights.shape[1]:
        raise ValueError(
            f"times {tuple(times.shape)} and weights {tuple(weights.shape)}, expected (batch, inputs) and "
            "(neurons, inputs)"
        )
    if recorded is not None and recorded.shape != (len(times), len(weights)):
        raise ValueError(f"recorded times {tuple(recorded.shape)}, expected {(len(times), len(weights))}")
    if threshold <= 0:
        raise ValueError(f"a threshold of {threshold}, expected more than the leak potential, 0")
    return FirstSpike.apply(times, weights, threshold, recorded)


def spike_time_loss(times: Tensor, labels: Tensor, alpha: float = 0.005, beta: float = 1.0, xi: float = 0.2) -> Tensor:
    """Cross entropy of the order of the output spikes, and a cost for late spikes of the right neuron.

    Parameters
    ----------
    times : Tensor of float, shape (batch, classes)
        Output times; those that are inf count as later than all others, without a gradient.
    labels : Tensor of int64, shape (batch,)
        Right classes.
    alpha, beta : float
        Weight and time scale of the cost of late spikes.
    xi : float
        Time scale of the cross entropy.

    Returns
    -------
    Tensor of float, shape ()
        Mean over the batch.
    """
    fires = torch.isfinite(times)
    latest = times.detach()[fires].max() if bool(fires.any()) else times.new_tensor(0.0)
    known = torch.where(fires, times, latest + 1)
    right = known.gather(1, labels.unsqueeze(1)).squeeze(1)
    entropy = torch.logsumexp(-known / xi, dim=1) + right / xi
    return (entropy + alpha * (torch.exp(right / beta) - 1)).mean()
