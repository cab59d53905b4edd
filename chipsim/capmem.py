"""Values of the CapMem cells in the course of time, for chips whose cells are not ideal.

A refresh cycle brings a cell nearer to its goal by a fixed share of the distance. The goal is the code that was
written, less what the cells with the same code take from it. Circuits see whole codes. Times are refresh cycles since
power-up.
"""

from __future__ import annotations

import numpy as np

from chipsim.die import Array, Die

CYCLE_TICKS = 125_000
"""Length of a refresh cycle in chip cycles of 4 ns: 0.5 ms."""
CYCLES_PER_E = 5.0
"""Cycles in which the distance to the goal falls to 1/e: 2.5 ms, so that 20 ms are enough for any change."""
CROSSTALK_ROW = 5.0
"""Crosstalk of a row of equal cells, LSB."""
CROSSTALK_MOST = 20.0
"""Crosstalk does not grow beyond this, LSB."""

BLOCKS, COLUMNS, ROWS, VOLTAGES = 4, 130, 24, 8
ROW_CELLS = 128
LARGEST, NOT_REFRESHED = 1022, 1023

_FACTORS = np.exp(-np.arange(64) / CYCLES_PER_E)
"""What is left of a distance after a number of cycles; 39 cycles are enough for the largest one."""


def crosstalk(codes: Array, factor: Array | float = 1.0) -> Array:
    """LSB by which cells end below their codes.

    Cells of a block with the same code and of the same kind, voltage or current, load the ramp at the same time. `n` of
    them lose 5 LSB ((n - 1) / 127)² each, at most 20 LSB, times the factor of the cell. Cells with code 0 are at the
    beginning of the ramp: they lose nothing.

    Parameters
    ----------
    codes : ndarray of int, (4, 130, 24)
        Written codes by block, column and row; 1023 for cells that are not refreshed, which take no part.
    factor : array_like
        Factors of the cells, see `Die.capmem_crosstalk`; broadcasts to `codes`.

    Returns
    -------
    ndarray of float, (4, 130, 24)
    """
    kinds = 2 * np.arange(BLOCKS)[:, None, None] + (np.arange(ROWS) >= VOLTAGES)
    key = kinds * 1024 + codes
    equal = np.bincount(key.ravel(), minlength=2 * BLOCKS * 1024)[key]
    loss = np.minimum(CROSSTALK_ROW * ((equal - 1) / (ROW_CELLS - 1)) ** 2, CROSSTALK_MOST) * factor
    return np.where((codes == 0) | (codes == NOT_REFRESHED), 0.0, loss)


class CapMem:
    """The cells of a chip; arrays by block, column and row, (4, 130, 24).

    Parameters
    ----------
    die : Die
        The deviations of the chip.

    Attributes
    ----------
    settled_at : int
        Cycle from which on no cell moves.
    """

    def __init__(self, die: Die) -> None:
        self._factor = die.capmem_crosstalk
        self.power_up()

    def power_up(self) -> None:
        """All cells are at 0."""
        shape = (BLOCKS, COLUMNS, ROWS)
        self._goal, self._from = np.zeros(shape), np.zeros(shape)
        self._since = np.zeros(shape, dtype=np.int64)
        self.settled_at = 0

    def copy_from(self, other: CapMem) -> None:
        """Take over the values of other cells of an equal die."""
        self._goal, self._from, self._since = other._goal.copy(), other._from.copy(), other._since.copy()
        self.settled_at = other.settled_at

    def write(self, codes: Array, since: Array) -> None:
        """Cells get new codes.

        Parameters
        ----------
        codes : ndarray of int
            Codes of all cells; a cell with 1023 keeps the value that it has.
        since : ndarray of int
            Cycles at which the cells got them; the present one for cells whose codes stay.
        """
        codes = codes.astype(np.int64)
        values = self._values(since)
        goal = np.clip(codes - np.rint(crosstalk(codes, self._factor)), 0, LARGEST)
        goal = np.where(codes == NOT_REFRESHED, values, goal)
        moved = goal != self._goal
        self._goal[moved], self._from[moved], self._since[moved] = goal[moved], values[moved], since[moved]
        distance = np.abs(self._goal - self._from)
        left = np.ceil(CYCLES_PER_E * np.log(np.maximum(2 * distance, 1))).astype(np.int64)
        self.settled_at = int(np.max(np.where(distance > 0, self._since + left, 0)))

    def codes(self, cycle: int) -> Array:
        """Codes that circuits see after a number of refresh cycles, uint16."""
        return np.rint(self._values(cycle)).astype(np.uint16)

    def _values(self, cycle: Array | int) -> Array:
        passed = np.clip(cycle - self._since, 0, len(_FACTORS) - 1)
        return self._goal + (self._from - self._goal) * _FACTORS[passed]
