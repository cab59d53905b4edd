"""Events of the host through networks of bypassed neurons: each makes one spike, exactly where it should.

Neurons without membrane dynamics lose nothing, so counts are exact; only where the last event lies at the border of the
runtime one may be missing.
"""

from __future__ import annotations

import numpy as np
import pytest

import halco
import haldls
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID, PopulationOnNetwork
from grenade.execution import JITGraphExecutor
from grenade.network import (
    InputGenerator,
    InterExecutionInstanceProjection,
    NetworkBuilder,
    Projection,
    build_network_graph,
    extract_neuron_spikes,
    requires_routing,
    run,
    update_network_graph,
)
from grenade.network.routing import GreedyRouter, PortfolioRouter
from grenade.signal_flow import Graph, InputData, InputDataSnippet, TimedBatch
from grenade.signal_flow.types import ConnectionType
from grenade.signal_flow.vertices import CrossbarL2Input, CrossbarL2Output, CrossbarNode, DataInput, DataOutput
from grenade.signal_flow.vertices import ExternalInput as ExternalInputVertex
from tests.grenade.acceptance.network_cases import (
    CHIPS,
    DIES,
    assert_counts,
    dies,
    executor,
    graph_of,
    one_source_per_entry,
    record,
    settings,
)
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)

N = 100
TRAIN = np.arange(N) * 1000
RUNTIME = N * 1000


def one_hot(sources, size: int, spikes: int = N) -> np.ndarray:
    """Expected counts if entry b has the spikes of source `sources[b]` only, (entries, size)."""
    counts = np.zeros((len(sources), size), np.int64)
    counts[np.arange(len(sources)), sources] = spikes
    return counts


# -- 256 sources, one at a time ---------------------------------------------------------------


def recorded_sources():
    return network([external(256, True)])


def one_to_one_in_random_order(seed: int = 0):
    places = np.random.default_rng(seed).permutation(256)
    return network([external(256), point_neurons(places)], [(EXCITATORY, one_to_one(256), 0, 1)])


def all_to_all_with_weight_on_the_diagonal(seed: int = 0):
    places = np.random.default_rng(seed).permutation(256)
    connections = all_to_all(256, 256, 0)
    connections[connections[:, 0] == connections[:, 2], 4] = 63
    return network([external(256), point_neurons(places)], [(EXCITATORY, connections, 0, 1)])


NETWORKS = [
    pytest.param(recorded_sources, 0, id="sources recorded"),
    pytest.param(one_to_one_in_random_order, 1, id="one to one"),
    pytest.param(all_to_all_with_weight_on_the_diagonal, 1, id="all to all"),
]


@pytest.mark.parametrize(("make", "population"), NETWORKS)
def test_each_of_256_sources_is_heard_alone(make, population):
    sources = np.arange(256)
    graph = graph_of(make(), GreedyRouter())
    found = record(
        graph, CHIPS["all switched on"](), RUNTIME, {0: one_source_per_entry(sources, TRAIN)}, 256, executor(1)
    )
    counts = found.counts(population, 256)
    assert_counts(counts, one_hot(sources, 256), exact=False)
    assert_counts(counts, one_hot(sources, 256))


@pytest.mark.parametrize(("make", "population"), NETWORKS)
def test_sources_are_heard_alone_on_every_die(make, population):
    graph = graph_of(make())
    for seed, on, chip in dies():
        sources = np.arange(seed - 1, 256, 64)
        found = record(graph, chip, RUNTIME, {0: one_source_per_entry(sources, TRAIN)}, len(sources), on)
        assert_counts(found.counts(population, 256), one_hot(sources, 256))


@pytest.mark.parametrize(("make", "population"), NETWORKS[:2])
def test_the_last_event_at_the_border_of_the_runtime_may_be_missing(make, population):
    sources = np.array([3, 200])
    inputs = {0: one_source_per_entry(sources, TRAIN + 1000)}
    found = record(graph_of(make()), CHIPS["library default"](), RUNTIME, inputs, 2)
    counts = found.counts(population, 256)
    assert_counts(counts, one_hot(sources, 256), exact=False)
    assert set(counts[counts > 0]) <= {N - 1, N}


# -- chains and other shapes ---------------------------------------------------------------


def chain(length: int, seed: int):
    """One source, and neurons at random circuits one behind the other; only the last one is recorded."""
    places = np.random.default_rng(seed).permutation(512)[:length]
    neurons = [point_neurons([place], i == length - 1) for i, place in enumerate(places)]
    projections = [(EXCITATORY, one_to_one(1), i, i + 1) for i in range(length)]
    return network([external(1), *neurons], projections)


CHAIN_LENGTHS = [1, 511, *np.random.default_rng(42).integers(2, 120, 8).tolist()]


@pytest.mark.parametrize(("length", "seed"), list(zip(CHAIN_LENGTHS, DIES, strict=True)))
def test_synfire_chain(length, seed):
    graph = graph_of(chain(length, seed))
    chip = CHIPS[list(CHIPS)[seed % 2]]()
    times = np.arange(N) * 12_500
    found = record(graph, chip, N * 12_500, {0: (0, 0, times)}, on=executor(seed))
    assert found.counts(length, 1).tolist() == [[N]]
    delay = found.times(length) - times
    assert delay.max() - delay.min() <= 25
    assert length - 1 < delay.min() <= length * 25 + 100


def test_two_external_sources_one_at_a_time():
    graph = graph_of(network([external(2, True)]))
    for _, on, chip in dies():
        found = record(graph, chip, RUNTIME, {0: one_source_per_entry([0, 1], TRAIN)}, 2, on)
        assert_counts(found.counts(0, 2), one_hot([0, 1], 2))


@pytest.mark.parametrize("target", [0, 512 // 3, 511])
def test_a_single_connection_to_one_of_512_neurons(target):
    places = np.random.default_rng(target).permutation(512)
    graph = graph_of(network([external(2), point_neurons(places)], [(EXCITATORY, table([1], [target]), 0, 1)]))
    for _, on, chip in dies():
        found = record(graph, chip, RUNTIME, {0: one_source_per_entry([0, 1], TRAIN)}, 2, on)
        expected = np.zeros((2, 512), np.int64)
        expected[1, target] = N
        assert_counts(found.counts(1, 512), expected)


@pytest.mark.parametrize("target", [0, 256 // 3, 255])
def test_a_chain_through_one_of_256_neurons_to_one_of_256_others(target):
    places = np.random.default_rng(target).permutation(512)
    graph = graph_of(network(
        [external(2), point_neurons(places[:256]), point_neurons(places[256:])],
        [(EXCITATORY, table([0], [target]), 0, 1), (EXCITATORY, table([target], [255 - target]), 1, 2)],
    ))
    for _, on, chip in dies():
        found = record(graph, chip, RUNTIME, {0: one_source_per_entry([0, 1], TRAIN)}, 2, on)
        expected = np.zeros((2, 256), np.int64)
        expected[0, target] = N
        assert_counts(found.counts(1, 256), expected)
        assert_counts(found.counts(2, 256), expected[:, ::-1])


def test_events_reach_the_compartment_that_they_are_for():
    """Neurons of two compartments, whose spike master receives: each compartment has spikes of its own."""
    layout = [[set(), {EXCITATORY}], [{INHIBITORY}, {EXCITATORY}]]
    connections = table([0, 1], [2, 0])
    connections[:, 3] = 0, 1
    graph = graph_of(network([external(2), wide_neurons([0, 8, 300], layout)], [(EXCITATORY, connections, 0, 1)]))
    for _, on, chip in dies():
        found = record(graph, chip, RUNTIME, {0: one_source_per_entry([0, 1], TRAIN)}, 2, on)
        spikes = found.spikes[1]
        where, counts = np.unique(spikes[["batch", "neuron", "compartment"]], return_counts=True)
        assert where.tolist() == [(0, 2, 0), (1, 0, 1)]
        assert counts.tolist() == [N, N]


@pytest.mark.parametrize("seed", [str(seed) for seed in DIES])
def test_the_environment_chooses_the_chip(monkeypatch, seed):
    """From the description to spike trains by neuron, with an executor on whatever chip there is."""
    monkeypatch.setenv("BSS2_CHIP_SEED", seed)
    monkeypatch.delenv("HXCOMM_ENABLE_ZERO_MOCK", raising=False)
    graph = graph_of(one_to_one_in_random_order())
    generator = InputGenerator(graph)
    generator.add([TRAIN.tolist() if n == 77 else [] for n in range(256)], 0)
    snippet = generator.done()
    snippet.runtime = [{ExecutionInstanceID(): RUNTIME}]
    on = JITGraphExecutor()
    output = run(on, graph, settings(graph, CHIPS["library default"]()), snippet)
    (trains,) = extract_neuron_spikes(output.snippets[0], graph)
    assert seed in on.get_unique_identifier()[ConnectionOnExecutor()][0]
    assert {key: len(times) for key, times in trains.items()} == {(1, n, 0): N * (n == 77) for n in range(256)}
    assert (np.abs(trains[1, 77, 0] - TRAIN / 125_000) < 1e-3).all()


# -- chains of execution instances ---------------------------------------------------------------


def chain_of_instances(delay: int):
    """External -> neuron in instance 0; its spikes go to source 0 of instance 1, whose sources have a neuron each."""
    builder = NetworkBuilder()
    first = [builder.add(each, 0) for each in (external(1), point_neurons([7]))]
    second = [builder.add(each, 1) for each in (external(2), point_neurons([300, 12]))]
    builder.add(Projection(EXCITATORY, one_to_one(1), first[0], first[1]), 0)
    builder.add(Projection(EXCITATORY, one_to_one(2), second[0], second[1]), 1)
    builder.add(InterExecutionInstanceProjection(np.array([[0, 0, 0, 0, delay]]), first[1], second[0]))
    return builder.done()


def test_spikes_get_from_one_execution_instance_to_the_next():
    delay = 100_000
    graph = graph_of(chain_of_instances(delay))
    outside = {PopulationOnNetwork(0, 0): (0, 0, TRAIN), PopulationOnNetwork(0, 1): (0, 0, TRAIN + 500)}
    target = PopulationOnNetwork(1, 1)
    for _, on, chip in dies():
        found = record(graph, chip, RUNTIME + delay, outside, on=on)
        assert found.counts(PopulationOnNetwork(1, 0), 1).tolist() == [[N]]
        assert found.counts(target, 2).tolist() == [[2 * N, 0]]
        own, forwarded = found.times(target)[:N], found.times(target)[N:]
        latency = own - TRAIN - 500
        sent = found.times(PopulationOnNetwork(1, 0))
        assert (np.abs(forwarded - sent - delay - latency) <= 25).all()


def test_an_update_leaves_the_graph_of_an_unchanged_network_as_it_is():
    old = chain_of_instances(100_000)
    graph = build_network_graph(old, PortfolioRouter()(old))
    vertices = [graph.graph.vertex(d) for d in graph.graph]
    same = chain_of_instances(100_000)
    assert not requires_routing(same, graph)
    update_network_graph(graph, same)
    assert [graph.graph.vertex(d) for d in graph.graph] == vertices


def test_an_update_changes_the_delay_between_execution_instances():
    old = chain_of_instances(100_000)
    graph = build_network_graph(old, PortfolioRouter()(old))
    update_network_graph(graph, chain_of_instances(50_000))
    found = record(graph, CHIPS["library default"](), RUNTIME + 50_000, {PopulationOnNetwork(0, 0): (0, 0, TRAIN)})
    sent, received = found.times(PopulationOnNetwork(1, 0)), found.times(PopulationOnNetwork(1, 1))
    assert len(received) == N
    assert (np.abs(received - sent - 50_000 - (sent - TRAIN)) <= 25).all()


# -- a loop through the crossbar alone ---------------------------------------------------------------


def crossbar_loop(n: int) -> tuple[Graph, int, int]:
    """Graph with a single crossbar node, from link n back to link n; also its input and output vertex."""
    graph = Graph()
    outside = graph.add(ExternalInputVertex(ConnectionType.DataTimedSpikeToChipSequence))
    events = graph.add(DataInput(ConnectionType.TimedSpikeToChipSequence), inputs=[outside])
    into = graph.add(CrossbarL2Input(), inputs=[events])
    place = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(8 + n), halco.CrossbarInputOnDLS(8 + n))
    node = graph.add(CrossbarNode(place, haldls.CrossbarNode()), inputs=[into])
    back = graph.add(CrossbarL2Output(), inputs=[node])
    return graph, outside, graph.add(DataOutput(ConnectionType.TimedSpikeFromChipSequence), inputs=[back])


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("batch_size", range(1, 5))
def test_events_loop_back_through_one_crossbar_node_only(n, batch_size):
    graph, outside, back = crossbar_loop(n)
    rng = np.random.default_rng(n)
    # All four links get events at the same time, 80 ns after those before.
    times = np.repeat(np.arange(1000) * 10, 4)
    labels = [rng.integers(1 << 14, size=4000) | np.tile(np.arange(4), 1000) << 14 for _ in range(batch_size)]
    inputs = InputData([InputDataSnippet({outside: TimedBatch.from_lists([(times, each) for each in labels])})])
    on = executor(4 * (batch_size - 1) % 10 + n)
    chip = CHIPS[list(CHIPS)[n % 2]]()
    received = on.run_graph(graph, {ExecutionInstanceID(): {ChipOnConnection(): chip}}, inputs).snippets[0].data[back]
    assert received.batch_size() == batch_size
    for (_, got), sent in zip(received, labels, strict=True):
        address = got >> 14
        assert 900 <= (address == n).sum() <= 1100
        assert (address != n).sum() == 0
        expected = sent[sent >> 14 == n]
        # The last events leave the chip after the end of what is recorded.
        assert 997 <= len(got) <= 1000
        assert np.array_equal(got, expected[:len(got)])
