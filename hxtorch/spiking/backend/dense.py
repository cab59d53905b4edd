"""From events and samples at any time to tensors on a grid of time steps.

Times are FPGA cycles (125 per µs) since the realtime section began, runtime and time step are seconds. The precision is
that of the real system, where runtime, time step and stored times are numbers of 32 bits: it decides to which step an
event belongs that is half-way between two.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from hxtorch.spiking.backend.rounding import round_half_away
from hxtorch.spiking.functional.arrays import empty

CYCLES_PER_S = 125e6
"""FPGA cycles of a second."""

MODES = ("linear", "nn")
"""Ways to find a value between two samples: on the line between them, or that of the nearest one."""

_CYCLES_PER_US = np.float32(125)


def grid_length(runtime: float, dt: float) -> int:
    """Number of steps of a run.

    Parameters
    ----------
    runtime, dt : float
        Length of the run and of a step, s.

    Raises
    ------
    ValueError
        The step is not positive, the runtime negative, or one of them is not finite.
    """
    if not (math.isfinite(runtime) and runtime >= 0) or not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"a runtime of {runtime} s in steps of {dt} s, expected 0 or more, and steps above 0")
    return int(np.ceil(np.float32(runtime) / np.float32(dt))) + 1


def positions(times: np.ndarray, dt: float) -> np.ndarray:
    """Times (FPGA cycles) in steps of `dt` seconds, float64."""
    microseconds = np.asarray(times, np.float32) / _CYCLES_PER_US
    return np.asarray(microseconds, np.float64) / 1e6 / float(np.float32(dt))


def dense_spikes(
    times: np.ndarray, batch: np.ndarray, neuron: np.ndarray, shape: tuple[int, int, int], dt: float,
    dtype: torch.dtype = torch.uint8,
) -> torch.Tensor:
    """Spikes on a grid.

    Parameters
    ----------
    times, batch, neuron : (n,) integers
        FPGA cycles, entry of the batch and neuron of each spike.
    shape : tuple of int
        Steps, entries, neurons. What is after the last step is left out.
    dt : float
        Length of a step, s.

    Returns
    -------
    torch.Tensor of shape (steps, entries, neurons)
        1 where a neuron has one or more spikes nearest to a step, else 0.
    """
    steps, entries, neurons = shape
    step = round_half_away(positions(times, dt))
    place = (step * entries + batch) * neurons + neuron
    dense = empty(torch.empty(0, dtype=dtype), *shape).zero_()
    dense.numpy().reshape(-1)[place[(step >= 0) & (step < steps)]] = 1
    return dense


def dense_samples(
    times: np.ndarray, offsets: np.ndarray, values: np.ndarray, steps: int, dt: float, mode: str = "linear"
) -> np.ndarray:
    """Samples on a grid.

    Steps from the ceiling of the position of a sample up to that of the next one lie between the two. Before the first
    sample of an entry there is one of value 0 at -1 s, hence its value all but holds back to the begin; after the last
    one its value holds. An entry without samples is 0.

    Parameters
    ----------
    times : (rows,) integers
        FPGA cycles, ascending within each entry.
    offsets : (entries + 1,) integers
        Entry b has the rows `offsets[b]` to `offsets[b + 1]`.
    values : (rows, n)
        Samples of n circuits, taken together.
    steps : int
        Length of the grid.
    dt : float
        Length of a step, s.
    mode : {"linear", "nn"}
        On the line between two samples; or the value of the nearer one, and of the later one if both are as near.

    Returns
    -------
    numpy.ndarray of float32, shape (steps, entries, n)

    Raises
    ------
    RuntimeError
        An unknown mode.
    """
    if mode not in MODES:
        raise RuntimeError(f"interpolation mode is {mode!r}, expected {' or '.join(map(repr, MODES))}")
    if not len(times):
        return np.zeros((steps, len(offsets) - 1, values.shape[1]), np.float32)
    position = positions(times, dt)
    later = _next_sample(position, offsets, steps)
    first, last = offsets[:-1], offsets[1:] - 1
    # Indices stay inside the array; where there is no sample on a side, weights and masks below make that good.
    before, after = np.maximum(later - 1, 0), np.minimum(later, len(times) - 1)
    is_first, is_over = later <= first, later > last
    step = np.arange(steps)[:, None]
    start = np.where(is_first, -1.0 / float(np.float32(dt)), position[before])
    samples = values.astype(np.float32)
    if mode == "nn":
        nearer = is_over | ((step - start < position[after] - step) & ~is_first)
        result = samples.take(np.where(nearer, before, after), axis=0)
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(is_over, 0.0, (step - start) / (position[after] - start)).astype(np.float32)
        result = samples.take(before, axis=0)
        result[is_first] = 0
        rise = samples.take(after, axis=0)
        rise -= result
        rise *= part[:, :, None]
        result += rise
    if (last < first).any():
        result[:, last < first] = 0
    return result


def _next_sample(position: np.ndarray, offsets: np.ndarray, steps: int) -> np.ndarray:
    """Row of the first sample whose ceiling is later than a step, or the row after the entry; (steps, entries)."""
    entries = len(offsets) - 1
    # Steps of which an entry's sample number k is the next one begin at the ceiling of sample k - 1.
    begin = np.clip(np.ceil(position), 0, steps).astype(np.int64)
    entry = np.repeat(np.arange(entries), np.diff(offsets))
    begun = np.bincount(begin * entries + entry, minlength=(steps + 1) * entries).reshape(steps + 1, entries)
    return np.cumsum(begun[:steps], axis=0) + offsets[:-1]
