"""Small things that several calibrations write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import halco
import haldls
from calix.common.base import Builder

CAPMEM_LEVEL_OFF_US = 20_000
"""Cells of the CapMem are at their new values after this time, µs."""


def capmem_set_quadrant_cells(builder: Builder, config: Mapping[Any, Any]) -> None:
    """Write cells that all four CapMem blocks have.

    Parameters
    ----------
    builder : Builder
        Where to write.
    config : mapping of halco.CapMemCellOnCapMemBlock to int or array of 4
        Value for all blocks, or for each of them.
    """
    for cell, values in config.items():
        for block, value in zip(halco.iter_all(halco.CapMemBlockOnDLS), np.broadcast_to(values, 4), strict=True):
            builder.write(halco.CapMemCellOnDLS(cell, block), haldls.CapMemCell(int(value)))


def wait_us(builder: Any, microseconds: float) -> None:
    """Wait.

    Parameters
    ----------
    builder : PlaybackProgramBuilder or PlaybackProgramBuilderDumper
        Where to wait.
    microseconds : float
        How long, rounded down to cycles of the FPGA, 8 ns.
    """
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    cycles = int(microseconds * int(haldls.Timer.Value.fpga_clock_cycles_per_us))
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(cycles))
