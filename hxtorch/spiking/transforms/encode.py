"""From pixels and coordinates to spikes."""

from __future__ import annotations

import torch


class PixelsToSpikeTimes(torch.nn.Module):
    """Time at which a neuron that a pixel charges reaches its threshold.

    Parameters
    ----------
    tau : float
        Time constant of the neuron, in the unit of the result.
    threshold : float
        Pixels below it never reach it; they spike at `t_max`.
    t_max : float
        Latest time.
    epsilon : float
        Distance from the threshold at which pixels closer to it are taken to be.
    """

    def __init__(self, tau: float = 20, threshold: float = 0.2, t_max: float = 1.0, epsilon: float = 1e-7) -> None:
        super().__init__()
        if not (tau > 0 and t_max >= 0 and epsilon > 0):
            raise ValueError(f"tau {tau}, t_max {t_max}, epsilon {epsilon}, expected positive values")
        self.tau, self.threshold, self.t_max, self.epsilon = tau, threshold, t_max, epsilon

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Times tau log(p / (p - threshold)), 0 to `t_max`, for pixels p of any shape."""
        charged = input.clamp(min=self.threshold + self.epsilon)
        times = self.tau * torch.log(charged / (charged - self.threshold))
        never = torch.as_tensor(self.t_max, dtype=times.dtype, device=times.device)
        return torch.where(input < self.threshold, never, times).clamp(0, self.t_max)


class SpikeTimesToSparseTensor(torch.nn.Module):
    """Spike times to a sparse tensor with time as the first dimension.

    Parameters
    ----------
    bin_width : float
        Length of a time step in the unit of the times.
    size : int
        Number of time steps; later spikes are left out.
    """

    def __init__(self, bin_width: float, size: int = 100) -> None:
        super().__init__()
        if not bin_width > 0 or size < 1:
            raise ValueError(f"bin_width {bin_width}, size {size}, expected positive values")
        self.bin_width, self.size = bin_width, size

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Sparse int32 tensor (size, *shape of the times), 1 where there is a spike; times are rounded down.

        Raises
        ------
        ValueError
            A time is negative, or not a number.
        """
        if not bool((input >= 0).all()):
            raise ValueError(f"earliest spike time is {input.min().item()}, expected 0 or more")
        bins = torch.div(input, self.bin_width)
        within = torch.nonzero(bins < self.size, as_tuple=True)
        indices = torch.stack([bins[within].long(), *within])
        ones = torch.ones(indices.shape[1], dtype=torch.int32, device=input.device)
        shape = (self.size, *input.shape)
        return torch.sparse_coo_tensor(indices, ones, shape, check_invariants=False).coalesce()


class SpikeTimesToDense(SpikeTimesToSparseTensor):
    """Spike times to a tensor with time as the first dimension; parameters as for `SpikeTimesToSparseTensor`."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """int32 tensor (size, *shape of the times), 1 where there is a spike."""
        return super().forward(input).to_dense()


class CoordinatesToSpikes(torch.nn.Module):
    """Coordinates to the times of one spike each.

    Parameters
    ----------
    seq_length : int
        Number of time steps.
    t_early, t_late : float
        Times of the spikes for coordinates 0 and 1, in seconds.
    dt : float
        Length of a time step in seconds.
    t_bias : float, optional
        Time of the spike of an additional last channel, which is rounded down to a time step.
    """

    def __init__(
        self, seq_length: int, t_early: float, t_late: float, dt: float = 1e-6, t_bias: float | None = None
    ) -> None:
        super().__init__()
        if seq_length < 1 or not dt > 0:
            raise ValueError(f"seq_length {seq_length}, dt {dt}, expected positive values")
        self.seq_length, self.t_early, self.t_late, self.dt, self.t_bias = seq_length, t_early, t_late, dt, t_bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Spikes (seq_length, batch, channels), float32, for coordinates (batch, channels) from 0 to 1.

        Raises
        ------
        ValueError
            The input is not two-dimensional, or a spike lies outside of the sequence.
        """
        if input.ndim != 2:
            raise ValueError(f"coordinates of shape {tuple(input.shape)}, expected (batch, channels)")
        indices = torch.round((self.t_early + input * (self.t_late - self.t_early)) / self.dt)
        if self.t_bias is not None:
            bias = indices.new_full((input.shape[0], 1), int(self.t_bias / self.dt))
            indices = torch.cat([indices, bias], 1)
        if not bool(((indices >= 0) & (indices < self.seq_length)).all()):
            first, last = indices.min().item(), indices.max().item()
            raise ValueError(f"spikes in steps {first:g} to {last:g}, expected 0 to {self.seq_length - 1}")
        spikes = torch.zeros(self.seq_length, *indices.shape, device=input.device)
        return spikes.scatter_(0, indices.long().unsqueeze(0), 1.0)
