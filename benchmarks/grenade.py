"""Benchmarks of networks: routing, batches, repeated runs, vector-matrix products."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

import halco
from benchmarks.runner import Goal, Measurement, benchmark
from chipsim import Chip, SimConnection
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID, PopulationOnNetwork
from grenade.compute import MAC
from grenade.execution import JITGraphExecutor
from grenade.network import (
    ExternalSourcePopulation,
    InputGenerator,
    Network,
    NetworkBuilder,
    Population,
    Projection,
    ProjectionOnNetwork,
    Receptor,
    build_network_graph,
    extract_spike_arrays,
    requires_routing,
    run,
    update_network_graph,
)
from grenade.network.routing import PortfolioRouter
from grenade.signal_flow import InputData, OutputData

_INSTANCE, _CHIP = ExecutionInstanceID(), ChipOnConnection()
_US = 125
_EXCITATORY = Receptor(Receptor.ID(), Receptor.Type.excitatory)
_COMPARTMENT = halco.CompartmentOnLogicalNeuron()


def _neurons(count: int) -> Population:
    shape = halco.LogicalNeuronCompartments({_COMPARTMENT: [halco.AtomicNeuronOnLogicalNeuron()]})
    compartment = Population.Neuron.Compartment(
        Population.Neuron.Compartment.SpikeMaster(0, True), [{_EXCITATORY}])
    return Population([
        Population.Neuron(halco.LogicalNeuronOnDLS(shape, neuron), {_COMPARTMENT: compartment})
        for neuron in list(halco.iter_all(halco.AtomicNeuronOnDLS))[:count]
    ])


def _network(sources: ExternalSourcePopulation, neurons: Population, weights: np.ndarray) -> tuple[Network, Any]:
    """All sources onto all neurons, with weights (sources, neurons)."""
    builder = NetworkBuilder()
    pre = builder.add(sources)
    post = builder.add(neurons)
    table = np.zeros((weights.size, 5), np.int64)
    table[:, 0], table[:, 2] = np.divmod(np.arange(weights.size), weights.shape[1])
    table[:, 4] = weights.ravel()
    builder.add(Projection().from_numpy(_EXCITATORY, table, pre, post))
    return builder.done(), pre


def _sources(count: int) -> ExternalSourcePopulation:
    return ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * count)


@benchmark(
    "route-full-chip", "Routing of 256 sources onto 512 neurons (131,072 synapses), with graph and its check", "s",
    Goal(0.5),
)
def route_full_chip() -> Measurement:
    network, _ = _network(_sources(256), _neurons(512), np.full((256, 512), 20))
    return lambda: build_network_graph(network, PortfolioRouter()(network))


class _Experiment:
    """256 sources and 256 LIF neurons on a chip with mismatch and noise."""

    def __init__(self) -> None:
        chip = Chip(1)
        self.config = {_INSTANCE: {_CHIP: chip.oracle.chip(
            leak=80, reset=70, threshold=125, tau_mem=10.0, tau_syn=10.0)}}
        self.executor = JITGraphExecutor(SimConnection(chip))
        self.sources, self.neurons = _sources(256), _neurons(256)
        self.random = np.random.default_rng(1)

    def describe(self) -> tuple[Network, PopulationOnNetwork]:
        """All to all, with weights at which about as many spikes come back as are sent."""
        return _network(self.sources, self.neurons, self.random.integers(0, 8, (256, 256)))

    def spikes(self, batch_size: int, events: int, runtime: int) -> tuple[np.ndarray, ...]:
        """Entries, sources and times of Poisson input."""
        batch = np.repeat(np.arange(batch_size), events)
        return batch, self.random.integers(0, 256, len(batch)), self.random.integers(0, runtime, len(batch))

    def run(self, graph: Any, source: Any, batch_size: int, spikes: tuple[np.ndarray, ...], runtime: int) -> OutputData:
        batch, neuron, times = spikes
        generator = InputGenerator(graph, batch_size)
        generator.add_events(batch, neuron, times, source)
        snippet = generator.done()
        snippet.runtime = [{_INSTANCE: runtime}] * batch_size
        output = run(self.executor, graph, self.config, InputData([snippet]))
        extract_spike_arrays(output.snippets[0], graph)
        return output

    @staticmethod
    def chip_time(output: OutputData) -> float:
        """Seconds that chips took, clones included."""
        info = output.execution_time_info
        assert info is not None
        return info.execution_duration_per_hardware[ConnectionOnExecutor()][_CHIP].total_seconds()


@benchmark(
    "batch-overhead", "Part of the time of 1000 entries with 1000 events each, there and back, that is not the chip's",
    "×", Goal(0.2),
)
def batch_overhead() -> Measurement:
    experiment, runtime = _Experiment(), 1000 * _US
    spikes = experiment.spikes(1000, 1000, runtime)
    threads = min(os.cpu_count() or 1, 8)

    def once() -> float:
        begin = time.perf_counter()
        network, source = experiment.describe()
        graph = build_network_graph(network, PortfolioRouter()(network))
        output = experiment.run(graph, source, 1000, spikes, runtime)
        # At best the clones' time is shared evenly by the processors.
        return 1 - experiment.chip_time(output) / threads / (time.perf_counter() - begin)

    return once


@benchmark("rerun-weights", "A run with changed weights (65,536 synapses), without the chip's time", "ms", Goal(10))
def rerun_weights() -> Measurement:
    experiment, runtime = _Experiment(), 10 * _US
    network, source = experiment.describe()
    graph = build_network_graph(network, PortfolioRouter()(network))
    spikes = experiment.spikes(1, 10, runtime)
    experiment.run(graph, source, 1, spikes, runtime)

    def once() -> float:
        weights = experiment.random.integers(0, 64, 256 * 256)
        begin = time.perf_counter()
        changed = graph.network.with_weights({ProjectionOnNetwork(): weights})
        assert not requires_routing(changed, graph)
        update_network_graph(graph, changed)
        output = experiment.run(graph, source, 1, spikes, runtime)
        return time.perf_counter() - begin - experiment.chip_time(output)

    return once


@benchmark(
    "vmm", "Signed vector-matrix products of 128×256 (matrix of 256×256: two at a time; an event each 40 ns)",
    "1/s", Goal(10_000, "at least"),
)
def vmm() -> Measurement:
    chip = Chip(1)
    config, executor = chip.oracle.mac_chip(tau_syn=0.5), JITGraphExecutor(SimConnection(chip))
    random = np.random.default_rng(1)
    mac = MAC(random.integers(-63, 64, (256, 256)), wait_between_events=5)
    inputs = random.integers(0, 32, (2000, 256))
    mac.run(inputs[:64], config, executor)

    def once() -> float:
        begin = time.perf_counter()
        mac.run(inputs, config, executor)
        return 2 * len(inputs) / (time.perf_counter() - begin)

    return once
