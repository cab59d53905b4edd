"""All neurons of the chip."""

from __future__ import annotations

import numpy as np

import halco
from haldls import CapMemCell, CommonNeuronBackendConfig
from haldls.capmem import ANALOG
from haldls.composite import Composite, Part, children, values
from lola.atomic_neuron import AtomicNeuron
from lola.synapse_rows import ColumnCurrentRow

# Cells that all neurons of a CapMem block share: name, name on the block, default.
_SHARED = {
    "v_bias_casc_n": ("neuron_v_bias_casc_n", 250),
    "i_bias_readout_amp": ("neuron_i_bias_readout_amp", 110),
    "i_bias_leak_source_follower": ("neuron_i_bias_leak_source_follower", 100),
    "i_bias_threshold_comparator": ("neuron_i_bias_spike_comparator", 200),
    "i_bias_synin_drop": ("neuron_i_bias_synin_drop", 300),
}
_CELLS = [getattr(halco.CapMemCellOnCapMemBlock, name).toEnum().value() for name, _ in _SHARED.values()]


def _shared(name: str, doc: str) -> object:
    paths = [f"shared[{name}_{block}]" for block in range(4)]
    return values(ANALOG, halco.CapMemBlockOnDLS, paths, default=_SHARED[name][1], doc=doc)


class NeuronBlock(
    Composite,
    coordinate=halco.NeuronBlockOnDLS,
    parts=[
        Part("atomic_neurons", AtomicNeuron, lambda e: e[:, None] + np.arange(512), count=512),
        Part("backends", CommonNeuronBackendConfig, lambda e: e[:, None] + np.arange(2), count=2),
        Part("current_rows", ColumnCurrentRow, lambda e: e[:, None] + np.arange(2), count=2),
        Part(
            "shared",
            CapMemCell,
            lambda e: e[:, None] + np.array([3120 * block + cell for block in range(4) for cell in _CELLS]),
            names=[f"{name}_{block}" for block in range(4) for name in _SHARED],
        ),
    ],
):
    """All neurons, their back ends and the biases they share."""

    AnalogValue = CapMemCell.Value
    AnalogDisableRefresh = CapMemCell.DisableRefresh

    atomic_neurons = children("atomic_neurons", halco.AtomicNeuronOnDLS, "neuron circuits")
    backends = children("backends", halco.CommonNeuronBackendConfigOnDLS, "common settings of the two halves")
    current_rows = children("current_rows", halco.ColumnCurrentRowOnDLS, "connections of the synaptic currents")
    v_bias_casc_n = _shared("v_bias_casc_n", "cascode bias of the OTAs")
    i_bias_readout_amp = _shared("i_bias_readout_amp", "bias of the readout amplifiers")
    i_bias_leak_source_follower = _shared("i_bias_leak_source_follower", "bias of the leak source followers")
    i_bias_threshold_comparator = _shared("i_bias_threshold_comparator", "bias of the threshold comparators")
    i_bias_synin_drop = _shared("i_bias_synin_drop", "bias of the synaptic input drop source followers")
