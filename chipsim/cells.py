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
def _block_addresses(names: tuple[str, ...]) -> Array:
    """Addresses of cells of all blocks, (cells, 4)."""
    cells = [getattr(halco.CapMemCellOnCapMemBlock, name) for name in names]
    blocks = list(halco.iter_all(halco.CapMemBlockOnDLS))
    numbers = np.array([[halco.CapMemCellOnDLS(cell, block).toEnum().value() for block in blocks] for cell in cells])
    return _addresses(haldls.CapMemCell)[numbers, 0]


@cache
def _single_addresses(names: tuple[str, ...]) -> Array:
    """Addresses of cells that only one block has, (cells,)."""
    numbers = np.array([getattr(halco.CapMemCellOnDLS, name).toEnum().value() for name in names])
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


def _read_cells(addresses: Array, read: Reader) -> Array:
    cells = haldls.Columns(haldls.CapMemCell, read(addresses.ravel())[:, None])
    return cells.value.reshape(addresses.shape)


def read_block_cells(names: tuple[str, ...], read: Reader) -> dict[str, Array]:
    """Codes of cells that every block has, by their names in `CapMemCellOnCapMemBlock`; (4,) each."""
    return dict(zip(names, _read_cells(_block_addresses(names), read), strict=True))


def read_single_cells(names: tuple[str, ...], read: Reader) -> dict[str, int]:
    """Codes of cells that only one block has, by their names in `CapMemCellOnDLS`."""
    return dict(zip(names, _read_cells(_single_addresses(names), read).tolist(), strict=True))


def read_blocks(read: Reader) -> dict[str, Array]:
    """Codes of `BLOCK_CELLS` by name, (4,) each."""
    return read_block_cells(BLOCK_CELLS, read)
