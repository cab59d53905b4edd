"""Registers of a configured chip, as the analog model reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import halco
import haldls
import lola


def reader(chip: lola.Chip | None = None) -> Callable[[Any], Any]:
    """Reads the words of a configuration; all others, and all of no configuration, are zero as after power-up."""
    words: dict[int, int] = {}
    if chip is not None:
        addresses, values = haldls.encode(chip, halco.ChipOnDLS())
        words.update(zip(addresses.tolist(), values.tolist(), strict=True))
    return lambda addresses: np.array([words.get(a, 0) for a in addresses.tolist()], dtype=np.uint32)


def halves(chip: lola.Chip) -> list[haldls.CommonNeuronBackendConfig]:
    """Common settings of the back ends of both chip halves, to be changed in place."""
    block = chip.neuron_block
    return list(block.backends)
