"""Registers of the neurons in bulk: addresses from the layouts of `haldls` and `lola`, values as arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import halco
import haldls
import lola
from chipsim.die import Array

Reader = Callable[[Array], Array]
"""Gives the words (uint32) at word addresses (uint32); of a CapMem cell the code that it holds, which is the last one
before its refresh was stopped."""

BLOCK_CELLS = (
    "neuron_i_bias_readout_amp", "neuron_i_bias_leak_source_follower", "neuron_i_bias_spike_comparator",
    "neuron_i_bias_synin_drop", "syn_i_bias_dac",
)
"""Cells of a block that all its circuits need."""


@cache
def _addresses(container: Any) -> Array:
    """Addresses of all containers of a type, (n, words)."""
    count = container.coordinate_type.size
    return haldls.encode(haldls.Columns(container, count), np.arange(count))[0]


@cache
def _block_addresses() -> Array:
    """Addresses of `BLOCK_CELLS`, (cells, 4)."""
    cells = [getattr(halco.CapMemCellOnCapMemBlock, name) for name in BLOCK_CELLS]
    blocks = list(halco.iter_all(halco.CapMemBlockOnDLS))
    numbers = np.array([[halco.CapMemCellOnDLS(cell, block).toEnum().value() for block in blocks] for cell in cells])
    return _addresses(haldls.CapMemCell)[numbers, 0]


def read_columns(container: Any, read: Reader) -> Any:
    """Fields of all containers of a type."""
    addresses = _addresses(container)
    return haldls.Columns(container, read(addresses.ravel()).reshape(addresses.shape))


def read_circuits(read: Reader) -> Any:
    """Fields of all `lola.AtomicNeuron`, in their order (row * 256 + column)."""
    return read_columns(lola.AtomicNeuron, read)


def read_halves(read: Reader) -> Any:
    """Fields of both `haldls.CommonNeuronBackendConfig`."""
    return read_columns(haldls.CommonNeuronBackendConfig, read)


def read_blocks(read: Reader) -> dict[str, Array]:
    """Codes of `BLOCK_CELLS` by name, (4,) each."""
    addresses = _block_addresses()
    cells = haldls.Columns(haldls.CapMemCell, read(addresses.ravel())[:, None])
    return dict(zip(BLOCK_CELLS, cells.value.reshape(addresses.shape), strict=True))
