"""What the examples of networks share: populations, connections, and their execution."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
import lola
from grenade.common import ChipOnConnection, ConnectionOnExecutor
from grenade.execution import JITGraphExecutor
from grenade.network import (
    ExternalSourcePopulation,
    InputGenerator,
    NetworkGraph,
    Population,
    Projection,
    Receptor,
    run,
)
from grenade.signal_flow import OutputData

CYCLES_PER_US = 125
EXCITATORY = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
INHIBITORY = Receptor(Receptor.ID(0), Receptor.Type.inhibitory)
SOMA = halco.CompartmentOnLogicalNeuron()

_SINGLE = halco.LogicalNeuronCompartments({SOMA: [halco.AtomicNeuronOnLogicalNeuron()]})

Place = tuple[ChipOnConnection, ConnectionOnExecutor]
FIRST_CHIP: Place = (ChipOnConnection(), ConnectionOnExecutor())


def neurons(circuits: Any, chip: Place = FIRST_CHIP) -> Population:
    """Neurons of one circuit each with both receptors, whose spikes are recorded.

    Parameters
    ----------
    circuits : iterable of int
        Neuron circuits, 0..511, in the order of the neurons.
    chip : tuple
        Chip and connection.
    """
    compartment = Population.Neuron.Compartment
    return Population(
        [
            Population.Neuron(
                halco.LogicalNeuronOnDLS(_SINGLE, halco.AtomicNeuronOnDLS(halco.Enum(int(circuit)))),
                {SOMA: compartment(compartment.SpikeMaster(0, True), [{EXCITATORY, INHIBITORY}])},
            )
            for circuit in circuits
        ],
        chip,
    )


def sources(size: int, chip: Place = FIRST_CHIP) -> ExternalSourcePopulation:
    """Sources whose spikes come from the host."""
    return ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * size, chip)


def connect(
    pre: Any, post: Any, weights: np.ndarray, receptor: Receptor = EXCITATORY, chip: Place = FIRST_CHIP
) -> Projection:
    """Connections for all weights that are not zero.

    Parameters
    ----------
    weights : (pre, post) array of int
        From 64 on a connection gets several synapses.
    """
    source, target = np.nonzero(weights)
    zero = np.zeros_like(source)
    table = np.stack([source, zero, target, zero, weights[source, target]], axis=1)
    return Projection(receptor, table, pre, post, chip)


def execute(
    executor: JITGraphExecutor, graph: NetworkGraph, settings: lola.Chip | dict[Any, lola.Chip],
    spikes: dict[Any, Any], duration_us: float, batch_size: int = 1,
) -> OutputData:
    """Run a network.

    Parameters
    ----------
    settings : lola.Chip or dict
        Settings of neurons, the same for all execution instances or for each.
    spikes : dict of population to times
        As `InputGenerator.add` takes them: whole numbers are FPGA cycles, floats are milliseconds.
    """
    generator = InputGenerator(graph, batch_size)
    for population, times in spikes.items():
        generator.add(times, population)
    inputs = generator.done()
    instances = list(graph.network.execution_instances)
    inputs.runtime = [dict.fromkeys(instances, round(duration_us * CYCLES_PER_US))] * batch_size
    chips = {
        instance: {ChipOnConnection(): settings if isinstance(settings, lola.Chip) else settings[instance]}
        for instance in instances
    }
    return run(executor, graph, chips, inputs)
