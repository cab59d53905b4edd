"""The router that shares synapse drivers: the connectome is what was described, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import chipsim
import halco
from bss2.train.routing import SharedDriverRouter
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution import JITGraphExecutor
from grenade.network import (
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    InputGenerator,
    NetworkBuilder,
    Population,
    Projection,
    Receptor,
    build_network_graph,
    extract_spike_arrays,
    extract_statistics,
    run,
)
from grenade.network.routing import PortfolioRouter, UnsuccessfulRouting

RECEPTORS = [Receptor(Receptor.ID(0), kind) for kind in (Receptor.Type.excitatory, Receptor.Type.inhibitory)]
SOMA = halco.CompartmentOnLogicalNeuron(0)
PAIR = halco.LogicalNeuronCompartments(
    {SOMA: [
        halco.AtomicNeuronOnLogicalNeuron(halco.NeuronColumnOnLogicalNeuron(0), halco.NeuronRowOnLogicalNeuron(row))
        for row in range(2)
    ]}
)
SINGLE = halco.LogicalNeuronCompartments({SOMA: [halco.AtomicNeuronOnLogicalNeuron()]})


def neurons(anchors, shape=PAIR, recorded=True) -> Population:
    Compartment = Population.Neuron.Compartment
    circuits = [set(RECEPTORS)] * (2 if shape is PAIR else 1)
    return Population([
        Population.Neuron(
            halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(int(anchor)))),
            {SOMA: Compartment(Compartment.SpikeMaster(0, recorded), circuits)},
        )
        for anchor in anchors
    ])


def connect(builder, pre, post, weights) -> None:
    """Excitatory and inhibitory connections of signed weights, all to all."""
    source, target = np.divmod(np.arange(weights.size), weights.shape[1])
    for receptor, sign in zip(RECEPTORS, (1, -1), strict=True):
        strength = np.maximum(sign * weights, 0).ravel()
        table = np.stack([source, 0 * source, target, 0 * source, strength], axis=1)
        builder.add(Projection(receptor, table, pre, post))


def two_layers(inputs=256, hidden=246, outputs=10, seed=0) -> SimpleNamespace:
    random = np.random.default_rng(seed)
    builder = NetworkBuilder()
    first = builder.add(neurons(range(hidden)))
    second = builder.add(neurons(range(hidden, hidden + outputs)))
    host = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * inputs))
    connect(builder, host, first, random.integers(-63, 64, (inputs, hidden)))
    connect(builder, first, second, random.integers(-63, 64, (hidden, outputs)))
    return SimpleNamespace(network=builder.done(), host=host, first=first, second=second)


@pytest.mark.parametrize("sizes", [(256, 246, 10), (100, 246, 10), (256, 17, 3), (1, 1, 1)])
def test_the_graph_has_exactly_the_connections(sizes):
    """`build_network_graph` compares the connectome of the configuration with the described one."""
    network = two_layers(*sizes).network
    graph = build_network_graph(network, SharedDriverRouter()(network))
    inputs, hidden, outputs = sizes
    statistics = extract_statistics(graph).execution_instances[ExecutionInstanceID(0)]
    assert statistics.num_synapses == 2 * (inputs * hidden + hidden * outputs)


def test_other_routers_find_no_place():
    with pytest.raises(UnsuccessfulRouting):
        PortfolioRouter()(two_layers().network)


def test_spikes_take_their_way():
    """Every source of the host, alone, makes its own neuron fire, and that one a neuron of the second layer."""
    builder = NetworkBuilder()
    first, second = builder.add(neurons(range(246))), builder.add(neurons(range(246, 256)))
    host = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 246))
    connect(builder, host, first, 63 * np.eye(246, dtype=int))
    connect(builder, first, second, 63 * np.eye(246, dtype=int)[:, ::-25][:, :10])
    network = builder.done()
    graph = build_network_graph(network, SharedDriverRouter()(network))
    chip = chipsim.Chip.ideal()
    settings = chip.oracle.chip(leak=80, reset=60, threshold=84, tau_mem=10, tau_syn=5, synapse_dac_bias=1000)
    settings.neuron_block.atomic_neurons.columns.multicompartment.connect_vertical = True
    settings.neuron_block.atomic_neurons.columns.threshold.enable = np.arange(512) < 256
    generator = InputGenerator(graph, 1)
    generator.add_events(np.zeros(246, int), np.arange(246), 2500 * np.arange(246), host)
    snippet, instance = generator.done(), ExecutionInstanceID(0)
    snippet.runtime = [{instance: 2500 * 247}]
    output = run(
        JITGraphExecutor(chipsim.SimConnection(chip)), graph, {instance: {ChipOnConnection(): settings}}, snippet
    )
    spikes = extract_spike_arrays(output.snippets[0], graph)
    slot = np.unique(np.stack([spikes[first]["time"] // 2500, spikes[first]["neuron"]], axis=1), axis=0)
    np.testing.assert_array_equal(slot, np.stack([np.arange(246)] * 2, axis=1))
    answers = np.unique(np.stack([spikes[second]["neuron"], spikes[second]["time"] // 2500], axis=1), axis=0)
    np.testing.assert_array_equal(answers, np.stack([np.arange(10), 245 - 25 * np.arange(10)], axis=1))


def faulty(kind: str):
    builder = NetworkBuilder()
    if kind == "sources":
        builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 257))
    elif kind == "background":
        builder.add(BackgroundSourcePopulation(
            [BackgroundSourcePopulation.Neuron()], {halco.HemisphereOnDLS.top: halco.PADIBusOnPADIBusBlock(0)},
            BackgroundSourcePopulation.Config(100, 255, False, 1),
        ))
    elif kind == "column":
        builder.add(neurons([3], SINGLE))
        builder.add(neurons([259], SINGLE))
    else:
        shape, weight = (PAIR, 64) if kind == "weight" else (SINGLE, 1)
        post = builder.add(neurons([0], shape))
        host = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 129))
        for _ in range(2 if kind == "twice" else 1):
            sources = 1 if kind in ("weight", "twice") else 129
            connect(builder, host, post, np.full((sources, 1), weight))
    return builder.done()


@pytest.mark.parametrize(
    ("kind", "resource", "text"),
    [
        ("sources", "drivers", "257 sources of the host, possible are 256"),
        ("background", "routers", "BackgroundSourcePopulation"),
        ("column", "labels", "same column, 3"),
        ("weight", "rows", "weight of 64"),
        ("circuits", "circuits", "no circuit on the bottom hemisphere"),
        ("twice", "synapses", "same synapse twice"),
    ],
)
def test_what_does_not_fit(kind, resource, text):
    with pytest.raises(UnsuccessfulRouting, match=text) as error:
        SharedDriverRouter()(faulty(kind))
    assert error.value.resource == resource
