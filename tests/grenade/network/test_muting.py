"""Neurons that send no events for a while."""

import numpy as np
import pytest

import halco
import lola
from chipsim import Chip, SimConnection
from grenade.common import ChipOnConnection, ExecutionInstanceID, PopulationOnNetwork
from grenade.execution import JITGraphExecutor
from grenade.network import (
    ExternalSourcePopulation,
    InputGenerator,
    NetworkBuilder,
    Population,
    Projection,
    Receptor,
    build_network_graph,
    extract_spike_arrays,
    mute_neurons,
    run,
)
from grenade.network.routing import PortfolioRouter

SIZE = 8
EXCITATORY = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
SOMA = halco.CompartmentOnLogicalNeuron(0)


@pytest.fixture
def network():
    """Neurons on both hemispheres, one source for each: graph, sources, neurons."""
    shape = halco.LogicalNeuronCompartments({SOMA: [halco.AtomicNeuronOnLogicalNeuron()]})
    kind = Population.Neuron.Compartment
    builder = NetworkBuilder()
    neurons = builder.add(Population([
        Population.Neuron(
            halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(circuit))),
            {SOMA: kind(kind.SpikeMaster(0, True), [{EXCITATORY}])},
        )
        for circuit in [*range(SIZE // 2), *range(256, 256 + SIZE // 2)]
    ]))
    sources = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * SIZE))
    number = np.arange(SIZE)
    builder.add(Projection(
        EXCITATORY, np.stack([number, 0 * number, number, 0 * number, 0 * number + 63], 1), sources, neurons))
    described = builder.done()
    return build_network_graph(described, PortfolioRouter()(described)), sources, neurons


def counts(executor, graph, sources, neurons):
    instance = ExecutionInstanceID(0)
    generator = InputGenerator(graph)
    generator.add_events(np.zeros(SIZE, int), np.arange(SIZE), 1000 + 500 * np.arange(SIZE), sources)
    snippet = generator.done()
    snippet.runtime = [{instance: 10000}]
    output = run(executor, graph, {instance: {ChipOnConnection(): lola.Chip.default_neuron_bypass}}, snippet)
    spikes = extract_spike_arrays(output.snippets[0], graph)[neurons]
    return np.bincount(spikes["neuron"], minlength=SIZE).tolist()


def test_muted_neurons_are_silent_until_they_are_not(network):
    executor = JITGraphExecutor(SimConnection(Chip(1)))
    graph, _, neurons = network
    assert counts(executor, *network) == [1] * SIZE
    for muted in (np.arange(SIZE) % 2 == 0, np.arange(SIZE) < 6, np.ones(SIZE, bool)):
        mute_neurons(graph, neurons, muted)
        assert counts(executor, *network) == (~muted).astype(int).tolist()
        assert not graph.valid()
    mute_neurons(graph, neurons, np.zeros(SIZE, bool))
    assert counts(executor, *network) == [1] * SIZE and graph.valid()


def test_wrong_arguments(network):
    graph, sources, neurons = network
    with pytest.raises(ValueError, match=r"shape \(7,\), expected \(8,\)"):
        mute_neurons(graph, neurons, np.zeros(7, bool))
    for population in (sources, PopulationOnNetwork(5)):
        with pytest.raises(KeyError):
            mute_neurons(graph, population, np.zeros(SIZE, bool))
