"""Rounding as the C library does it, on which weights and indices of the chip's interface rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def round_half_away(values: ArrayLike) -> np.ndarray:
    """Nearest integers as int64; halves go away from zero."""
    exact = np.asarray(values, np.float64)
    whole = np.trunc(exact)
    # Comparing the rest is exact, adding a half is not.
    whole += np.where(np.abs(exact - whole) >= 0.5, np.sign(exact), 0.0)
    return whole.astype(np.int64)
