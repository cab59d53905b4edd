"""Recordings of many neurons at once, which the measurements of this package share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch

import halco
import hxtorch
import lola
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import AELIF, Synapse
from hxtorch.spiking.morphology import Morphology
from hxtorch.spiking.run import run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils.calib_helper import nightly_calix_native_path

ConstantCurrent = lola.AtomicNeuron.ConstantCurrent

DT = 1e-6
STEPS = 100
BATCH_SIZE = 100
CURRENT = 1000
"""Strength of the constant current, CapMem LSB."""

COLUMNS_PER_HALF = 128


class Current(AELIF):
    """Neurons with a constant current into their first circuit.

    Attributes
    ----------
    current : ConstantCurrent.Type or None
        Its direction: `source` raises the membrane, `sink` lowers it, None: there is no current.
    """

    current: ConstantCurrent.Type | None = None
    hardware_attributes = AELIF.hardware_attributes | {"current"}

    def configure_hw_entity(
        self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: halco.LogicalNeuronOnDLS
    ) -> lola.NeuronBlock:
        """Configure a neuron, and its current."""
        neuron_block = super().configure_hw_entity(neuron_id, neuron_block, coord)
        settings = neuron_block.atomic_neurons[coord.get_atomic_neurons()[0]].constant_current
        settings.enable = self.current is not None
        if self.current is not None:
            settings.i_offset, settings.type = CURRENT, self.current
        return neuron_block


@contextmanager
def hardware_experiment(calib_path: str | Path | None, params: dict[str, Any]) -> Iterator[Experiment]:
    """An experiment on the chip, which is released afterwards.

    Calibrated as `calib_path` says; without one, for `params`; without both, with the nightly calibration.
    """
    hxtorch.init_hardware()
    try:
        experiment = Experiment(mock=False, dt=DT)
        instance = ExecutionInstance()
        if calib_path is None and not params:
            calib_path = nightly_calix_native_path()
        if calib_path is not None:
            instance.load_calib(calib_path)
        experiment.default_execution_instance = instance
        yield experiment
    finally:
        hxtorch.release_hardware()


class Recording:
    """A population behind a projection of one source to all neurons.

    Parameters
    ----------
    population : AELIF
        Its membranes are recorded with the CADC.
    experiment : Experiment
    """

    def __init__(self, population: AELIF, experiment: Experiment) -> None:
        self.experiment, self.population = experiment, population
        self.synapse = Synapse(1, population.size, experiment, transform=partial(linear_saturating, scale=1.0))

    def run(
        self, weight: float = 0.0, spike_at: int | None = None, batch_size: int | None = None
    ) -> torch.Tensor:
        """Membranes [time, batch, neurons] with one weight for all synapses and one input spike, or none."""
        spikes = torch.zeros(STEPS, BATCH_SIZE if batch_size is None else batch_size, 1)
        if spike_at is not None:
            spikes[spike_at] = 1
        self.synapse.weight.data.fill_(weight)
        with torch.no_grad():
            observables = self.population(self.synapse(LIFObservables(spikes=spikes)))
            run(self.experiment, STEPS)
        return observables.membrane_cadc.detach().clone()


def neuron_count(neuron_structure: Morphology) -> int:
    """How many neurons of a structure fit on the chip, side by side."""
    circuits = [c for part in neuron_structure.compartments.get_compartments().values() for c in part]
    columns, rows = ({int(axis(circuit)) for circuit in circuits} for axis in (lambda c: c.x(), lambda c: c.y()))
    width = max(columns) - min(columns) + 1
    return 2 * (COLUMNS_PER_HALF // width) * (2 // len(rows))
