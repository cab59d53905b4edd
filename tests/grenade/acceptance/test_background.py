"""Background generators: rates, labels, and the neurons that their events reach.

A regular generator sends an event every `period` + 1 cycles of 4 ns, so that the count in a runtime is known up to one
event at either end.
"""

from __future__ import annotations

import numpy as np
import pytest

import halco
import haldls
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.network import BackgroundSourcePopulation
from grenade.signal_flow import Graph, InputData, InputDataSnippet
from grenade.signal_flow.types import ConnectionType
from grenade.signal_flow.vertices import BackgroundSpikeSource, CrossbarL2Output, CrossbarNode, DataOutput
from tests.grenade.acceptance.network_cases import CHIPS, dies, executor, graph_of, record
from tests.grenade.network.routing.networks import EXCITATORY, background, network, one_to_one, point_neurons, table

PERIODS = [(1000, 10**6), (10_000, 10**7)]
"""Period in cycles of 4 ns and runtime in cycles of 8 ns: 2000 events."""

LONG_PERIODS = [(1000, 10**7), (10_000, 10**8)]
"""20 000 events."""


def generator(size: int, period: int, random: bool, coordinate: dict[int, int] | None = None, recorded: bool = False):
    population = background(size, {0: 0} if coordinate is None else coordinate, recorded)
    population.config = BackgroundSourcePopulation.Config(period, 255, 1234, random)
    return population


# -- all generators, straight to the host --------------------------------------------------------------


def all_generators(period: int) -> tuple[Graph, int, dict[int, int]]:
    """Graph of the eight generators, its output vertex, and the label of each generator as the host sees it."""
    graph, labels, nodes = Graph(), {}, []
    for number in range(8):
        config = haldls.BackgroundSpikeSource()
        config.enable, config.period, config.neuron_label = True, period, 1000 + 37 * number
        source = graph.add(BackgroundSpikeSource(halco.BackgroundSpikeSourceOnDLS(number), config))
        output = halco.CrossbarOutputOnDLS(8 + number % 4)
        place = halco.CrossbarNodeOnDLS(output, halco.CrossbarInputOnDLS(12 + number))
        nodes.append(graph.add(CrossbarNode(place, haldls.CrossbarNode()), inputs=[source]))
        labels[number] = number % 4 << 14 | 1000 + 37 * number
    leaving = graph.add(CrossbarL2Output(), inputs=nodes)
    return graph, graph.add(DataOutput(ConnectionType.TimedSpikeFromChipSequence), inputs=[leaving]), labels


def counts_of_generators(period: int, runtime: int, seed: int) -> np.ndarray:
    """Number of events of each generator, and at last that of all others."""
    graph, output, labels = all_generators(period)
    inputs = InputData([InputDataSnippet(runtime=[{ExecutionInstanceID(): runtime}])])
    chip = {ExecutionInstanceID(): {ChipOnConnection(): CHIPS["all switched on"]()}}
    _, found = executor(seed).run_graph(graph, chip, inputs).snippets[0].data[output].entry(0)
    counts = np.bincount(found, minlength=1 << 16)
    own = counts[list(labels.values())]
    return np.append(own, counts.sum() - own.sum())


def assert_regular(counts: np.ndarray, period: int, runtime: int, tolerance: int) -> None:
    assert (np.abs(counts - runtime * 2 // period) <= tolerance).all()
    assert (np.abs(counts - runtime * 2 / (period + 1)) <= 1).all()


@pytest.mark.parametrize(("period", "runtime"), LONG_PERIODS)
def test_eight_regular_generators(period, runtime):
    *counts, others = counts_of_generators(period, runtime, 1)
    assert_regular(np.array(counts), period, runtime, 1000)
    assert others == 0


def test_eight_regular_generators_on_every_die():
    for seed, _, _ in dies():
        *counts, others = counts_of_generators(1000, 10**5, seed)
        assert_regular(np.array(counts), 1000, 10**5, 100)
        assert others == 0


# -- populations in networks ---------------------------------------------------------------------------


@pytest.mark.parametrize(("period", "runtime"), PERIODS)
@pytest.mark.parametrize("bus", range(4))
def test_regular_population_recorded_and_through_a_neuron(period, runtime, bus):
    graph = graph_of(network(
        [generator(1, period, False, {bus % 2: bus}, recorded=True), point_neurons([5 + 256 * (bus % 2)])],
        [(EXCITATORY, one_to_one(1), 0, 1)],
    ))
    found = record(graph, CHIPS[list(CHIPS)[bus % 2]](), runtime, on=executor(1 + bus))
    for population in (0, 1):
        assert_regular(found.counts(population, 1), period, runtime, 100)


@pytest.mark.parametrize("recorded", [0, 1], ids=["recorded directly", "through a neuron"])
def test_regular_population_on_every_die(recorded):
    populations = [generator(1, 1000, False, recorded=not recorded), point_neurons([200], bool(recorded))]
    graph = graph_of(network(populations, [(EXCITATORY, one_to_one(1), 0, 1)]))
    for _, on, chip in dies():
        assert_regular(record(graph, chip, 10**6, on=on).counts(recorded, 1), 1000, 10**6, 100)


@pytest.mark.parametrize("source", [0, 13, 37, 63])
@pytest.mark.parametrize(("period", "runtime"), PERIODS)
def test_one_of_64_random_sources_reaches_its_neuron_only(period, runtime, source):
    populations = [generator(64, period, True, recorded=True), point_neurons(np.random.default_rng(1).permutation(64))]
    graph = graph_of(network(populations, [(EXCITATORY, table([source], [source]), 0, 1)]))
    found = record(graph, CHIPS["library default"](), runtime, on=executor(source % 10 + 1))
    neurons, sources = found.counts(1, 64)[0], found.counts(0, 64)[0]
    assert abs(neurons[source] - 2000 // 64) <= 100
    assert neurons[source] > 0
    assert np.delete(neurons, source).sum() == 0
    assert abs(neurons[source] - sources[source]) <= 1
    assert abs(sources.sum() - 2000) <= 100
    # Binomial numbers with a standard deviation of 5.5.
    assert (np.abs(sources - 2000 / 64) < 30).all()


def test_each_of_64_random_sources_reaches_its_neuron_on_every_die():
    populations = [generator(64, 1000, True, recorded=True), point_neurons(range(64))]
    graphs = {}
    for seed, on, chip in dies():
        for source in range(seed - 1, 64, 20):
            if source not in graphs:
                graphs[source] = graph_of(network(populations, [(EXCITATORY, table([source], [source]), 0, 1)]))
            found = record(graphs[source], chip, 10**6, on=on)
            neurons = found.counts(1, 64)[0]
            assert abs(neurons[source] - found.counts(0, 64)[0, source]) <= 1
            assert neurons.sum() == neurons[source] > 0


@pytest.mark.parametrize("coordinate", [{0: 2}, {1: 3}, {0: 1, 1: 0}], ids=["top", "bottom", "both"])
def test_two_random_sources(coordinate):
    """A population of two with period 1000 has about 1000 events of each, the same ones on both hemispheres."""
    places = {(0,): [7, 250], (1,): [300, 511], (0, 1): [7, 511]}[tuple(coordinate)]
    populations = [generator(2, 1000, True, coordinate, recorded=True), point_neurons([*places, 100])]
    connected = graph_of(network(populations, [(EXCITATORY, one_to_one(2), 0, 1)]))
    alone = graph_of(network(populations))
    for seed, on, chip in dies():
        if seed % 5 == 0:
            assert (np.abs(record(alone, chip, 10**6, on=on).counts(0, 2) - 1000) <= 100).all()
        found = record(connected, chip, 10**6, on=on)
        counts = found.counts(1, 3)[0]
        assert (np.abs(counts[:2] - 1000) <= 100).all()
        assert counts[2] == 0
        assert (np.abs(counts[:2] - found.counts(0, 2)[0]) <= 1).all()


def test_random_sources_repeat_with_their_seed_and_differ_without():
    def events(seed: int) -> np.ndarray:
        population = generator(64, 1000, True, recorded=True)
        population.config.seed = haldls.BackgroundSpikeSource.Seed(seed)
        found = record(graph_of(network([population])), CHIPS["library default"](), 10**5, on=executor(2))
        return found.spikes[0]["neuron"]

    first = events(1234)
    assert np.array_equal(first, events(1234))
    assert not np.array_equal(first, events(1235))


@pytest.mark.parametrize("rate", [0, 51, 127])
def test_random_sources_fire_with_the_probability_of_their_rate(rate):
    population = generator(1, 500, True, recorded=True)
    population.config.rate = haldls.BackgroundSpikeSource.Rate(rate)
    found = record(graph_of(network([population])), CHIPS["library default"](), 10**6, on=executor(4))
    bins = 10**6 * 2 / 501
    expected = bins * rate / 256
    assert abs(found.counts(0, 1).item() - expected) <= 5 * np.sqrt(expected) + bins / 256


def test_events_of_a_random_generator_have_no_period():
    """White at 1 us, with about 20 kHz: no line of the spectrum stands out, and the two sources are independent."""
    population = generator(2, 50, True, recorded=True)
    population.config.rate = haldls.BackgroundSpikeSource.Rate(2)
    duration_us = 100_000
    found = record(graph_of(network([population])), CHIPS["library default"](), duration_us * 125, on=executor(5))
    trains = [np.bincount(found.times(0, n) // 125, minlength=duration_us)[:duration_us] for n in range(2)]
    for train in trains:
        power = np.abs(np.fft.rfft(train)) ** 2
        logarithm = np.log(power[1:])
        assert logarithm.max() < np.log(1e5)
        assert logarithm.max() - logarithm.mean() < 5 * logarithm.std()
        assert power[0] / power[1:].max() > 100
    # A generator sends one event per bin of 0.2 us at most, which alone makes trains differ by a little.
    assert abs(np.corrcoef(trains)[0, 1]) < 0.03
