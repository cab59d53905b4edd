"""Settings of the back ends for refractory times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chipsim.die import Array
from chipsim.parameters import BACKEND_CLOCK

COUNTER_MIN, COUNTER_MAX = 30, 255
"""Cycles of the refractory counter that are in use; fewer give trouble on real chips."""
HOLDOFF_MAX = 31
SCALE_USUAL, SCALE_MAX = 4, 15


@dataclass(frozen=True)
class RefractorySettings:
    """Counters and clocks of the back ends."""

    counter: Array
    """int, (512,)."""
    reset_holdoff: Array
    """int, (512,): the register, 15 for the shortest holdoff."""
    input_clock: Array
    """int, (512,): 1 the fast, 0 the slow clock."""
    fast_clock: int
    slow_clock: int
    """Scales of the clocks."""


def cycles_per_us(scale: Any) -> Any:
    """Cycles of a back-end clock in 1 µs."""
    return BACKEND_CLOCK / 2.0 ** (np.asarray(scale) + 1.0)


def refractory_settings(refractory_time: Any, holdoff_time: Any = 0.0) -> RefractorySettings:
    """Settings for refractory times and holdoff times, µs; scalars or (512,).

    Neurons above the mean refractory time use the slow clock, as do those whose holdoff the fast clock cannot give.
    A counter is the next larger number of cycles, so that times are up to a cycle too long.

    Raises
    ------
    ValueError
        A time is negative, or no clock gives all the times of the neurons that share it.
    """
    tau = np.broadcast_to(np.asarray(refractory_time, dtype=float), 512)
    holdoff = np.broadcast_to(np.asarray(holdoff_time, dtype=float), 512)
    wrong = ~((tau >= 0) & (holdoff >= 0))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(f"refractory_time: neuron {i} cannot have {tau[i]:g} µs, holdoff_time {holdoff[i]:g} µs")
    # The mean of equal numbers may be rounded to less than them.
    fast = tau <= max(tau.mean(), tau.min())
    fast_clock = _scale(tau[fast], "fast")
    fast = fast & (holdoff * cycles_per_us(fast_clock) <= HOLDOFF_MAX)
    slow_clock = fast_clock if fast.all() else _scale(tau[~fast], "slow", holdoff[~fast].max())
    per_us = cycles_per_us(np.where(fast, fast_clock, slow_clock))
    counter = np.floor(tau * per_us).astype(np.int64) + 1
    early = holdoff * per_us
    register = np.clip(np.ceil(15 - (early - 1) / 2), 0, 15).astype(np.int64)
    return RefractorySettings(counter, register, fast.astype(np.int64), fast_clock, slow_clock)


def _scale(tau: Array, name: str, holdoff: float = 0.0) -> int:
    """Scale of the clock that counts all times within the counter's range, as near as possible to the usual one.

    It also gives the longest holdoff time, µs.
    """
    scales = np.arange(SCALE_MAX + 1)
    per_us = cycles_per_us(scales)
    fits = scales[(np.floor(tau.max() * per_us) + 1 <= COUNTER_MAX) & (holdoff * per_us <= HOLDOFF_MAX)]
    # Times that are too short even for the fastest clock are counted with fewer cycles.
    counts = scales[tau.min() * per_us >= COUNTER_MIN].max(initial=0)
    if not fits.size or fits[0] > counts:
        raise ValueError(
            f"refractory_time: no scale of the {name} clock fits times from {tau.min():g} to {tau.max():g} µs "
            f"with a holdoff_time up to {holdoff:g} µs"
        )
    return int(np.clip(SCALE_USUAL, fits[0], counts))
