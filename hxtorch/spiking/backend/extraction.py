"""Between the tensors of modules and the chip: running a network, and what it recorded by populations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

import grenade.network
from grenade.common import ExecutionInstanceID, PopulationOnNetwork
from grenade.execution import ExecutionInstanceHooks
from grenade.execution.executor import Chips
from grenade.network import NetworkGraph, extract_cadc_rows, extract_madc_arrays, extract_spike_arrays
from grenade.signal_flow import InputData, InputDataSnippet, OutputData
from hxtorch.hardware import require_executor
from hxtorch.spiking.observables import CADCHandle, MADCHandle, SpikeHandle


def run(
    config: Chips, network_graph: NetworkGraph, inputs: InputData | InputDataSnippet,
    hooks: Mapping[ExecutionInstanceID, ExecutionInstanceHooks] | None = None,
) -> OutputData:
    """Run a network on the executor of `hxtorch.init_hardware`.

    Parameters
    ----------
    config : mapping of ExecutionInstanceID to mapping of ChipOnConnection to lola.Chip
        Settings of the chips.
    network_graph : NetworkGraph
        The network.
    inputs : InputData or InputDataSnippet
        Input spikes and runtimes.
    hooks : mapping of ExecutionInstanceID to ExecutionInstanceHooks, optional
        Additions to the programs.

    Raises
    ------
    RuntimeError
        There is no executor, or the execution failed.
    """
    return grenade.network.run(require_executor(), network_graph, config, inputs, hooks)


def extract_spikes(data: OutputData, network_graph: NetworkGraph) -> dict[PopulationOnNetwork, SpikeHandle]:
    """Spikes of each population that is recorded; of the first snippet."""
    snippet = data.snippets[0]
    return {
        population: SpikeHandle.of(spikes, snippet.batch_size(), _size(network_graph, population))
        for population, spikes in extract_spike_arrays(snippet, network_graph).items()
    }


def extract_cadc(data: OutputData, network_graph: NetworkGraph) -> dict[PopulationOnNetwork, CADCHandle]:
    """CADC samples of each population that is recorded, less 128; of the first snippet."""
    snippet = data.snippets[0]
    return {
        population: CADCHandle.of(
            # Networks give the bits of the code, 0 to 255, as signed numbers; here 0 is the middle of the range.
            [each._replace(values=each.values ^ np.int8(-128)) for each in rows],
            snippet.batch_size(), _size(network_graph, population))
        for population, rows in extract_cadc_rows(snippet, network_graph).items()
    }


def extract_madc(data: OutputData, network_graph: NetworkGraph) -> dict[PopulationOnNetwork, MADCHandle]:
    """MADC samples of each population that is recorded; of the first snippet.

    Raises
    ------
    RuntimeError
        An execution instance records more than one neuron.
    """
    for number, instance in network_graph.network.execution_instances.items():
        recording = instance.madc_recording
        if recording is not None and len(recording.neurons) != 1:
            raise RuntimeError(f"execution instance {int(number)} records {len(recording.neurons)} neurons with the "
                               "MADC, expected 1")
    snippet = data.snippets[0]
    return {
        population: MADCHandle.of(samples, snippet.batch_size(), _size(network_graph, population))
        for population, samples in extract_madc_arrays(snippet, network_graph).items()
    }


def _size(graph: NetworkGraph, population: PopulationOnNetwork) -> int:
    instance = graph.network.execution_instances[population.toExecutionInstanceID()]
    return instance.populations[population.toPopulationOnExecutionInstance()].size


def tensor_to_spike_times(times: torch.Tensor, dt: float) -> list[list[list[float]]]:
    """Spike times of dense spikes.

    Parameters
    ----------
    times : torch.Tensor of shape (time, batch, neurons)
        What is not 0 is a spike.
    dt : float
        Length of a time step, in the unit that the result shall have.

    Returns
    -------
    list of list of list of float
        By entry and neuron the times of the spikes, ascending.

    Raises
    ------
    RuntimeError
        Another number of dimensions, a dimension of size 0, or a tensor that is not on the CPU.
    """
    if times.ndim != 3 or 0 in times.shape:
        raise RuntimeError(f"spikes have the shape {tuple(times.shape)}, expected (time, batch, neurons), none of them "
                           "0")
    if times.device.type != "cpu":
        raise RuntimeError(f"spikes are on {times.device}, expected the CPU")
    _, batch, size = times.shape
    dense = times.detach().permute(1, 2, 0).contiguous().numpy().reshape(batch * size, -1)
    train, step = np.nonzero(dense)
    ends = np.cumsum(np.bincount(train, minlength=batch * size)).tolist()
    flat = (step * dt).tolist()
    trains = [flat[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    return [trains[entry * size:(entry + 1) * size] for entry in range(batch)]
