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


class Memory:
    """Registers that are written container by container; all others are zero. An instance is a `Reader`."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}

    def __call__(self, addresses: Any) -> Any:
        return np.array([self.words.get(a, 0) for a in addresses.tolist()], dtype=np.uint32)

    def write(self, container: Any, coordinate: Any) -> Memory:
        """Write a container to its coordinate, or columns of containers to their linear numbers."""
        addresses, values = haldls.encode(container, coordinate)
        self.words.update(zip(addresses.ravel().tolist(), values.ravel().tolist(), strict=True))
        return self

    def cells(self, **codes: int) -> Memory:
        """Write CapMem cells by name: those that every block has in all blocks."""
        for name, code in codes.items():
            cell = getattr(halco.CapMemCellOnDLS, name)
            blocks = [] if isinstance(cell, halco.CapMemCellOnDLS) else halco.iter_all(halco.CapMemBlockOnDLS)
            for place in [halco.CapMemCellOnDLS(cell, block) for block in blocks] or [cell]:
                self.write(haldls.CapMemCell(code), place)
        return self
