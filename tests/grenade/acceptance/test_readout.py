"""Recordings of CADC and MADC of small networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chipsim
import lola
from grenade.execution import ExecutionInstanceHooks, JITGraphExecutor
from grenade.network import NetworkBuilder, run
from grenade.network.extract import (
    extract_cadc_samples,
    extract_madc_samples,
    extract_neuron_spikes,
)
from grenade.network.graph import build_network_graph
from grenade.network.routing import PortfolioRouter
from grenade.signal_flow import InputDataSnippet
from tests.grenade.bypass import bypass_chip, bypass_neuron_default
from tests.grenade.execution.small_networks import CHIP, INSTANCE, US, FeedForward, connection, data
from tests.grenade.network.routing.networks import point_neurons

SEEDS = [None, *range(1, 11)]


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


# -- CADC ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dram", "factor", "slowest_us"), [(False, 1, 2.5), (True, 10, 7.0)])
def test_cadc_recording(seed: int | None, dram: bool, factor: int, slowest_us: float, chip: lola.Chip) -> None:
    """Four neurons of a population in random order; entries of different length."""
    recorded = [14, 60, 25, 150]
    order = np.random.default_rng(seed).permutation(256)
    network = FeedForward(order, cadc=recorded, spikes=False, dram=dram)
    runtimes_us = np.array([100, 150]) * factor
    inputs = network.inputs(batch=2, runtime=runtimes_us * US)
    output = run(connection(seed), network.graph, network.chips(chip), inputs)
    entries = extract_cadc_samples(output.snippets[0], network.graph)
    assert len(entries) == output.batch_size() == 2
    for runtime_us, (time, population, neuron, compartment, circuit, value) in zip(runtimes_us, entries, strict=True):
        assert set(neuron.tolist()) == set(recorded)
        assert not (population - int(network.population)).any() and not compartment.any() and not circuit.any()
        assert value.dtype == np.int8
        assert (np.diff(time) >= 0).all() and time.min() >= 0 and time.max() * 1000 < runtime_us
        for each in recorded:
            own = time[neuron == each]
            assert runtime_us / slowest_us <= len(own) <= runtime_us
            assert len(np.unique(own)) > 1


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_cadc_reads_the_neurons_by_name(seed: int | None) -> None:
    """Each recorded neuron rests at a level of its own, on both hemispheres."""
    circuits = np.array([3, 300, 77, 256, 511, 0, 130, 255])
    levels = np.linspace(70, 170, len(circuits)).round()
    leak = np.full(512, 120.0)
    leak[circuits] = levels
    die = chipsim.Chip(seed)
    network = FeedForward(circuits, cadc=range(len(circuits)), spikes=False)
    # 100 us to come to rest after the forced reset.
    config = die.oracle.chip(leak=leak, threshold=None)
    output = run(chipsim.SimConnection(die), network.graph, network.chips(config), network.inputs(runtime=200 * US))
    (time, _, neuron, _, _, value), = extract_cadc_samples(output.snippets[0], network.graph)
    late = time > 0.1
    means = [value[late & (neuron == i)].view(np.uint8).mean() for i in range(len(circuits))]
    np.testing.assert_allclose(means, levels, atol=2.5)


@pytest.mark.parametrize("recorded", [(1, 3, 4), (0, 1), (0, 2, 4), ()])
def test_cadc_reconfiguration(recorded: tuple[int, ...], chip: lola.Chip) -> None:
    networks = [FeedForward(4, cadc=range(4) if j in recorded else (), spikes=False, dram=True) for j in range(5)]
    inputs = data(*(each.inputs(runtime=10_000) for each in networks))
    output = run(connection(), [each.graph for each in networks], [networks[0].chips(chip)] * 5, inputs)
    for j, (network, snippet) in enumerate(zip(networks, output.snippets, strict=True)):
        if j not in recorded:
            assert not snippet.data
            continue
        (time, _, neuron, _, _, _), = extract_cadc_samples(snippet, network.graph)
        assert set(neuron.tolist()) == set(range(4))
        # 80 us of samples, all in the time of the snippet.
        assert len(np.unique(time)) > 80 / 7
        assert 0 <= time.min() < 0.01 and 0.07 < time.max() < 0.08


def test_cadc_samples_of_snippets_follow_the_time() -> None:
    """Snippet 1 has another leak potential than snippets 0 and 2: each shows its own."""
    die = chipsim.Chip(3)
    chips = [die.oracle.chip(leak=leak, threshold=None) for leak in (80, 150, 80)]
    networks = [FeedForward(4, cadc=range(4), spikes=False, dram=True) for _ in range(3)]
    inputs = data(*(each.inputs(runtime=100 * US) for each in networks))
    output = run(
        chipsim.SimConnection(die), [each.graph for each in networks], [networks[0].chips(each) for each in chips],
        inputs,
    )
    for level, network, snippet in zip((80, 150, 80), networks, output.snippets, strict=True):
        (time, _, _, _, _, value), = extract_cadc_samples(snippet, network.graph)
        # The membrane has 60 us for 70 LSB, at a time constant of 10 us.
        np.testing.assert_allclose(value[time > 0.06].view(np.uint8).mean(), level, atol=3)


def test_cadc_of_two_entries(chip: lola.Chip) -> None:
    network = FeedForward(4, cadc=range(4))
    inputs = network.inputs([[[100], [], [], []]] * 2, batch=2, runtime=100 * US)
    output = run(connection(), network.graph, network.chips(chip), inputs)
    assert output.batch_size() == 2
    for samples in extract_cadc_samples(output.snippets[0], network.graph):
        assert set(samples[2].tolist()) == {0, 1, 2, 3}


def test_the_same_executor_ten_times() -> None:
    """Three entries with a CADC recording and hooks without anything, as a training loop has them."""
    network = FeedForward(3, cadc=range(3))
    executor = JITGraphExecutor(connection())
    chips = network.chips(bypass_neuron_default())
    for _ in range(10):
        inputs = network.inputs([[100, 2000], [300], []], batch=3, runtime=100 * US)
        output = run(executor, network.graph, chips, inputs, {INSTANCE: ExecutionInstanceHooks()})
        assert network.counts(output.snippets[0]).tolist() == [[2, 1, 0]] * 3
        entries = extract_cadc_samples(output.snippets[0], network.graph)
        assert len(entries) == 3 and all(40 <= (each[2] == 1).sum() <= 100 for each in entries)


# -- MADC ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("spikes", [False, True])
@pytest.mark.parametrize("madc", [False, True])
def test_recordings_without_a_runtime(seed: int | None, madc: bool, spikes: bool, chip: lola.Chip) -> None:
    """256 sources on 256 neurons; the last event ends the section."""
    network = FeedForward(256, madc=[7] if madc else (), spikes=spikes)
    trains: list[list[int]] = [[] for _ in range(256)]
    trains[7] = [1000, 2000]
    output = run(connection(seed), network.graph, network.chips(chip), network.inputs(trains, runtime=None))
    assert output.batch_size() == (1 if madc or spikes else 0)
    if spikes:
        counts = network.counts(output.snippets[0])
        # The last event comes with the end of the section, so its spike is too late.
        assert counts[0, 7] in (1, 2) and counts.sum() == counts[0, 7]
    if madc:
        (time, _, neuron, _, _, value), = extract_madc_samples(output.snippets[0], network.graph)
        assert set(neuron.tolist()) == {7} and value.max() < 1024
        # 2001 cycles at 30 MHz.
        assert 400 < len(time) < 500 and 0 <= time.min() < time.max() < 0.0161


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (300, 77), (77, 300)])
def test_two_neurons_at_the_madc(pair: tuple[int, int]) -> None:
    """Which sample belongs to which neuron, in either order: they rest at different levels."""
    die = chipsim.Chip(4)
    leak = np.full(512, 100.0)
    leak[pair[0]], leak[pair[1]] = 80.0, 160.0
    config = die.oracle.chip(leak=leak, threshold=None)
    network = FeedForward(pair, madc=[0, 1])
    output = run(chipsim.SimConnection(die), network.graph, network.chips(config), network.inputs(runtime=200 * US))
    (time, _, neuron, _, _, value), = extract_madc_samples(output.snippets[0], network.graph)
    late = time > 0.1
    low, high = (value[late & (neuron == i)] for i in range(2))
    assert len(low) > 100 and abs(len(low) - len(high)) < 0.1 * len(low)
    assert high.mean() - low.mean() > 100


def test_madc_only_in_some_snippets(chip: lola.Chip) -> None:
    networks = [FeedForward(4, madc=[1] if j in (1, 2) else ()) for j in range(4)]
    inputs = data(*(each.inputs([[50], [], [], []], runtime=1000) for each in networks))
    output = run(connection(), [each.graph for each in networks], [networks[0].chips(chip)] * 4, inputs)
    for j, (network, snippet) in enumerate(zip(networks, output.snippets, strict=True)):
        assert network.counts(snippet).tolist() == [[1, 0, 0, 0]]
        (time, *_), = extract_madc_samples(snippet, network.graph) or [([],)]
        assert (150 < len(time) < 300) if j in (1, 2) else not len(time)


# -- nothing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [0, 1, 3])
def test_an_empty_network(batch: int) -> None:
    network = NetworkBuilder().done()
    graph = build_network_graph(network, PortfolioRouter()(network))
    snippet = InputDataSnippet()
    snippet.runtime = [{INSTANCE: 1000}] * batch
    output = run(connection(), graph, {}, snippet)
    assert output.empty() and len(output.snippets) == 1
    assert extract_neuron_spikes(output.snippets[0], graph) == []


def test_a_network_without_connections(chip: lola.Chip) -> None:
    builder: Any = NetworkBuilder()
    builder.add(point_neurons(range(3)))
    network = builder.done()
    graph = build_network_graph(network, PortfolioRouter()(network))
    snippet = InputDataSnippet()
    snippet.runtime = [{INSTANCE: 1000}]
    output = run(connection(), graph, {INSTANCE: {CHIP: chip}}, snippet)
    (entry,) = extract_neuron_spikes(output.snippets[0], graph)
    assert [len(times) for times in entry.values()] == [0, 0, 0]
