"""Settings of all neuron circuits, and of what they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import halco
import haldls
import lola
from calix.common.base import Builder, CalibResult
from calix.common.helpers import CAPMEM_LEVEL_OFF_US, capmem_set_quadrant_cells, wait_us
from stadls import PlaybackProgramBuilderDumper

_CELLS = halco.CapMemCellOnCapMemBlock
_SHARED = {
    _CELLS.neuron_v_bias_casc_n: 250, _CELLS.neuron_i_bias_readout_amp: 110,
    _CELLS.neuron_i_bias_leak_source_follower: 100, _CELLS.neuron_i_bias_spike_comparator: 200,
    _CELLS.neuron_i_bias_synin_drop: 300,
}
_OUTPUT_BIASES = (halco.CapMemCellOnDLS.readout_out_amp_i_bias_0, halco.CapMemCellOnDLS.readout_out_amp_i_bias_1)


@dataclass
class NeuronCalibResult(CalibResult):
    """Settings of all neuron circuits.

    Attributes
    ----------
    neurons : dict of halco.AtomicNeuronOnDLS to lola.AtomicNeuron
        The circuits.
    cocos : dict
        Other containers by their coordinates: biases, clocks, connections of the columns.
    success : dict of halco.AtomicNeuronOnDLS to bool
        Whether the circuit has its targets; if not, it has the nearest that it can have.
    """

    neurons: dict[Any, lola.AtomicNeuron]
    cocos: dict[Any, Any]
    success: dict[Any, bool]

    @property
    def success_mask(self) -> np.ndarray:
        """`success` as an array, bool, (512,)."""
        return np.array([self.success[circuit] for circuit in halco.iter_all(halco.AtomicNeuronOnDLS)])

    def apply(self, builder: Builder) -> None:
        """Write all of it, and wait until the cells of the CapMem are there."""
        for contents in (self.neurons, self.cocos):
            for coordinate, container in contents.items():
                builder.write(coordinate, container)
        wait_us(builder, CAPMEM_LEVEL_OFF_US)

    @classmethod
    def of_chip(cls, target: Any, options: Any, chip: lola.Chip, success: np.ndarray) -> NeuronCalibResult:
        """What a chip has.

        Parameters
        ----------
        target, options
            What was asked for.
        chip : lola.Chip
            The settings.
        success : numpy.ndarray
            bool, (512,).
        """
        circuits = list(halco.iter_all(halco.AtomicNeuronOnDLS))
        neurons = {circuit: chip.neuron_block.atomic_neurons[circuit].copy() for circuit in circuits}
        return cls(target, options, neurons, _shared(chip), dict(zip(circuits, success.tolist(), strict=True)))


def _shared(chip: lola.Chip) -> dict[Any, Any]:
    """Containers of a chip that all neuron circuits share, by coordinate."""
    dumper = PlaybackProgramBuilderDumper()
    for backend in halco.iter_all(halco.CommonNeuronBackendConfigOnDLS):
        dumper.write(backend, chip.neuron_block.backends[backend])
    for row in halco.iter_all(halco.ColumnCurrentRowOnDLS):
        dumper.write(row, chip.neuron_block.current_rows[row])
    for columns in halco.iter_all(halco.ColumnCorrelationRowOnDLS):
        dumper.write(columns, _readout_row())
    for common in halco.iter_all(halco.CommonCorrelationConfigOnDLS):
        dumper.write(common, haldls.CommonCorrelationConfig())
    biases = np.concatenate([block.i_bias_dac.to_numpy() for block in chip.synapse_blocks])
    capmem_set_quadrant_cells(dumper, {**_SHARED, _CELLS.syn_i_bias_dac: biases})
    for cell in _OUTPUT_BIASES:
        dumper.write(cell, haldls.CapMemCell(1022))
    return dict(dumper.done().values)


def _readout_row() -> lola.ColumnCorrelationRow:
    """The column ADC reads neurons; correlation sensors are connected as well."""
    row = lola.ColumnCorrelationRow()
    switches = row.values.columns
    for name in ("internal", "cadc_neuron_readout"):
        for kind in ("causal", "acausal"):
            setattr(switches, f"enable_{name}_{kind}", True)
    return row
