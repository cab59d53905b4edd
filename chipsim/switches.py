"""Switches of the synapse columns as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import halco
import haldls
from chipsim.cells import Reader, read_columns

Array = np.ndarray[Any, np.dtype[Any]]

_QUADS = np.arange(halco.SynapseQuadColumnOnDLS.size)
_COLUMN = ((_QUADS % 32 * 4)[:, None] + np.arange(4)) * 2 + (_QUADS // 32)[:, None]
"""Column of every entry of a quad: quads 0..31 are even columns, 32..63 odd ones."""


@dataclass(frozen=True)
class ColumnSwitches:
    """Switches between synapse columns, neurons and column ADC; bool arrays (2, 2, 256).

    The first index is the hemisphere, the second one excitatory or inhibitory for the currents, causal or acausal for
    the others. `debug` and `current_debug` lead to the debug lines.
    """

    current: Array
    current_debug: Array
    internal: Array
    debug: Array
    neuron_readout: Array


def by_column(quads: Array) -> Array:
    """(128 quads, 4 entries) in the order of the columns, (2, 256)."""
    result = np.empty((2, 256), dtype=bool)
    result[:, _COLUMN] = quads.reshape(2, 64, 4)
    return result


def read_switches(read: Reader) -> ColumnSwitches:
    """All column switches."""
    current = read_columns(haldls.ColumnCurrentQuad, read).switches
    other = read_columns(haldls.ColumnCorrelationQuad, read).switches

    def pair(first: Array, second: Array) -> Array:
        return np.stack([by_column(first), by_column(second)], axis=1)

    return ColumnSwitches(
        pair(current.enable_synaptic_current_excitatory, current.enable_synaptic_current_inhibitory),
        pair(current.enable_debug_excitatory, current.enable_debug_inhibitory),
        pair(other.enable_internal_causal, other.enable_internal_acausal),
        pair(other.enable_debug_causal, other.enable_debug_acausal),
        pair(other.enable_cadc_neuron_readout_causal, other.enable_cadc_neuron_readout_acausal),
    )
