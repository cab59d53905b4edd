"""The executor: what it writes of configurations, several snippets and connections, progress, and errors."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import halco
import haldls
import lola
import stadls
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID, Time
from grenade.execution import JITGraphExecutor, ManagedJITGraphExecutor
from grenade.network import NetworkBuilder, run
from grenade.network.extract import extract_neuron_spikes
from grenade.network.graph import build_network_graph
from grenade.network.input_generator import InputGenerator
from grenade.network.routing import PortfolioRouter
from grenade.signal_flow import Graph, InputData, InputDataSnippet, vertices
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.instruction_stream import accesses
from tests.grenade.execution.ppu_experiment import reading
from tests.grenade.execution.small_networks import (
    CHIP,
    INSTANCE,
    US,
    FeedForward,
    connection,
    data,
    external,
    plasticity_rule,
    projection,
)
from tests.grenade.network.routing.networks import one_to_one, point_neurons
from tests.grenade.ppu.compilers import needs_compiler


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


@pytest.fixture(scope="module")
def network() -> FeedForward:
    return FeedForward(3)


# -- differential configuration ------------------------------------------------------------------------------------


class Recorded:
    """An executor of which the configurations that it writes are known."""

    def __init__(self, differential: bool = True, inner: Any = None, **options: Any) -> None:
        self.connection = stadls.RecordingConnection(inner or connection())
        self.executor = JITGraphExecutor(self.connection, differential, **options)

    def configure(self, network: FeedForward, chip: lola.Chip, **options: Any) -> list[tuple[int, int]]:
        """Addresses and words that a run without a section writes, but for crossbar nodes between entries."""
        self.connection.exchanges.clear()
        run(self.executor, network.graph, network.chips(chip), network.inputs(runtime=None), **options)
        return [
            (each.address, each.value) for exchange in self.connection.exchanges
            for each in accesses(exchange.to_fpga) if each.kind == "write" and each.address not in _BETWEEN
        ]

    def settling(self) -> list[int]:
        """Times above 500 us that the last run waited for, but for the 1 ms of the first initialisation."""
        found = {each.time for exchange in self.connection.exchanges for each in accesses(exchange.to_fpga)}
        return sorted(time for time in found if time is not None and time > 500 * US and time != 1000 * US)


def _nodes() -> set[int]:
    builder = stadls.PlaybackProgramBuilder()
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        builder.write(node, haldls.CrossbarNode())
    return {each.address for each in accesses(builder.done().to_fpga)}


_BETWEEN = _nodes()


def with_label(chip: lola.Chip) -> lola.Chip:
    """One word that differs and is no cell of the CapMem."""
    other = chip.copy()
    other.neuron_block.backends[halco.CommonNeuronBackendConfigOnDLS()].clock_scale_fast = 9
    return other


def with_cell(chip: lola.Chip) -> lola.Chip:
    other = chip.copy()
    other.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS()].leak.v_leak = 333
    return other


def test_only_what_changed_is_written(chip: lola.Chip, network: FeedForward) -> None:
    recorded = Recorded()
    first = recorded.configure(network, chip)
    assert len(first) > 50_000
    assert recorded.configure(network, chip) == []
    (changed,) = recorded.configure(network, with_label(chip))
    assert changed not in first and changed[0] in {address for address, _ in first}
    (back,) = recorded.configure(network, chip)
    assert back[0] == changed[0] and back in first


def test_one_weight_is_one_quad(chip: lola.Chip) -> None:
    recorded = Recorded()
    recorded.configure(FeedForward(8, 20), chip)
    weights = np.full(8, 20)
    weights[2] = 21
    written = recorded.configure(FeedForward(8, weights), chip)
    # Four synapses share two words.
    assert 1 <= len(written) <= 2


def test_cells_need_time(chip: lola.Chip, network: FeedForward) -> None:
    """Only after a change of them; as long as the connection asks for, or the user."""
    for options, time in (({}, 100_000 * US), ({"capmem_settling": Time(70_000)}, 70_000)):
        recorded = Recorded(**options)
        for config, waits in (
            (chip, True), (chip, False), (with_label(chip), False), (with_cell(chip), True), (with_cell(chip), False),
        ):
            recorded.configure(network, config)
            assert recorded.settling() == ([time] if waits else [])


def test_without_differences_everything_is_written_each_time(chip: lola.Chip, network: FeedForward) -> None:
    recorded = Recorded(False)
    first = recorded.configure(network, chip)
    assert recorded.settling()
    second = recorded.configure(network, chip)
    assert recorded.settling()
    assert set(second) <= set(first) and len(second) > 50_000


class Failing:
    """A connection that fails on demand."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.fails = inner, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def execute(self, words: np.ndarray) -> np.ndarray:
        if self.fails:
            raise RuntimeError("the link is down")
        return self._inner.execute(words)


def test_a_failure_makes_the_chip_unknown(chip: lola.Chip, network: FeedForward) -> None:
    failing = Failing(connection())
    recorded = Recorded(inner=failing)
    everything = recorded.configure(network, chip)
    failing.fails = True
    with pytest.raises(RuntimeError, match="the link is down"):
        recorded.configure(network, with_label(chip))
    failing.fails = False
    assert len(recorded.configure(network, with_label(chip))) > 0.9 * len(everything) - 200
    assert recorded.configure(network, with_label(chip)) == []


def test_a_graph_that_cannot_be_executed_changes_nothing(chip: lola.Chip, network: FeedForward) -> None:
    recorded = Recorded()
    recorded.configure(network, chip)
    with pytest.raises(RuntimeError):
        run(recorded.executor, network.graph, {}, network.inputs())
    assert recorded.configure(network, chip) == []


def test_the_chip_is_as_differences_say(chip: lola.Chip) -> None:
    """After many changes the whole chip reads as a chip that got the last configuration alone."""
    rng = np.random.default_rng(1)
    one, other = connection(2), connection(2)
    executor = JITGraphExecutor(one)
    for _ in range(4):
        last = FeedForward(rng.permutation(512)[:20], rng.integers(64, size=20), cadc=[3] if rng.integers(2) else ())
        run(executor, last.graph, last.chips(chip), last.inputs([[100 * i] for i in range(20)], runtime=3000))
    run(JITGraphExecutor(other), last.graph, last.chips(chip), last.inputs(runtime=None))
    for matrix in ("toSynapseWeightMatrixOnDLS", "toSynapseLabelMatrixOnDLS"):
        values = []
        for each in (one, other):
            builder = stadls.PlaybackProgramBuilder()
            tickets = [builder.read(getattr(synram, matrix)()) for synram in halco.iter_all(halco.SynramOnDLS)]
            builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
            stadls.run(each, builder.done())
            values.append([ticket.get().values.to_numpy() for ticket in tickets])
        np.testing.assert_array_equal(*values)


# -- snippets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("batch", [1, 3])
def test_snippets_have_configurations_of_their_own(seed: int | None, batch: int, chip: lola.Chip) -> None:
    """Sources that are connected in some snippets only, in every entry alike."""
    weights = [[63, 63, 0], [0, 63, 63], [63, 0, 0], [63, 63, 63]]
    networks = [FeedForward([5, 300, 40], each) for each in weights]
    inputs = data(*(
        each.inputs([[100 + 10 * j], [2000], [4000]], batch, runtime=6000) for j, each in enumerate(networks)
    ))
    executor = JITGraphExecutor(connection(seed))
    for _ in range(2):
        output = run(executor, [each.graph for each in networks], [networks[0].chips(chip)] * 4, inputs)
        for j, (network, snippet, given) in enumerate(zip(networks, output.snippets, weights, strict=True)):
            assert (network.counts(snippet) == np.array(given) // 63).all()
            for entry in range(batch):
                found = [time for times in network.spikes(snippet, entry) for time in times]
                wanted = [time for time, w in zip((100 + 10 * j, 2000, 4000), given, strict=True) if w]
                # The way through the chip takes less than 1 us.
                assert all(0 < one - other < US for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("seed", [None, 1])
def test_a_large_change_between_snippets_delays_no_event(seed: int | None, chip: lola.Chip) -> None:
    """All synapses change, which takes longer than the snippet; its time begins when that is done."""
    network = FeedForward(4)
    other = chip.copy()
    for block in other.synapse_blocks:
        block.matrix.time_calibs.from_numpy(np.full((256, 256), 1))
    trains = [[100], [200], [300], [1900]]
    inputs = data(*(network.inputs(trains, runtime=2000) for _ in range(3)))
    chips = [network.chips(each) for each in (chip, other, chip)]
    output = run(connection(seed), [network.graph] * 3, chips, inputs)
    for snippet in output.snippets:
        for found, wanted in zip(network.spikes(snippet), trains, strict=True):
            assert len(found) == 1 and 0 < found[0] - wanted[0] < US


def test_a_late_spike_belongs_to_nobody_or_to_the_next_snippet(chip: lola.Chip) -> None:
    """A spike behind the runtime, but before the end of the section, is not among the results."""
    network = FeedForward(1)
    inputs = data(network.inputs([[100, 900]], runtime=500), network.inputs([[200]], runtime=500))
    output = run(connection(), [network.graph] * 2, [network.chips(chip)] * 2, inputs)
    first, second = (network.spikes(each)[0] for each in output.snippets)
    assert len(first) == 1 and 100 < first[0] < 225
    assert len(second) >= 1 and any(200 < time < 325 for time in second)


def test_an_empty_snippet_between_others(chip: lola.Chip) -> None:
    weights = ([63, 0], [63, 63], [63, 63])
    networks = [FeedForward(2, each) for each in weights]
    inputs = data(
        networks[0].inputs([[100], [100]], runtime=1000), networks[1].inputs(runtime=None),
        networks[2].inputs([[100], [100]], runtime=1000),
    )
    output = run(connection(), [each.graph for each in networks], [networks[0].chips(chip)] * 3, inputs)
    counts = [network.counts(snippet).tolist() for network, snippet in zip(networks, output.snippets, strict=True)]
    assert counts == [[[1, 0]], [[0, 0]], [[1, 1]]]


def test_a_snippet_in_which_nothing_is_on_the_chip_yet(chip: lola.Chip) -> None:
    network = FeedForward(1)
    nothing = InputDataSnippet()
    nothing.runtime = [{INSTANCE: 1000}]
    empty = NetworkBuilder().done()
    graph = build_network_graph(empty, PortfolioRouter()(empty))
    with pytest.raises(RuntimeError, match="differ in their execution instances"):
        run(connection(), [graph, network.graph], [network.chips(chip)] * 2, data(nothing, network.inputs([[100]])))


# -- connections ---------------------------------------------------------------------------------------------------


def two_instances(size: int) -> tuple[Any, dict[int, Any]]:
    """Instance i on connection i, without any projection between them."""
    builder = NetworkBuilder()
    sources = {}
    for i in range(2):
        place = (ChipOnConnection(), ConnectionOnExecutor(i))
        instance = ExecutionInstanceID(i)
        before, after = external(size), point_neurons(range(10 * i, 10 * i + size))
        link_options = []
        for each in (before, after):
            each.chip_on_executor = place
            link_options.append(builder.add(each, instance))
        link = projection(*link_options, one_to_one(size))
        link.chip_on_executor = place
        builder.add(link, instance)
        sources[i] = link_options[0]
    network = builder.done()
    return build_network_graph(network, PortfolioRouter()(network)), sources


def test_two_connections(chip: lola.Chip) -> None:
    """Independent instances on two chips, each with results of its own."""
    graph, sources = two_instances(3)
    connections = {ConnectionOnExecutor(i): connection(i + 1) for i in range(2)}
    executor = JITGraphExecutor(connections)
    assert executor.size() == 2 and executor.contained_connections() == set(connections)
    generator = InputGenerator(graph, 2)
    generator.add([[100], [200], []], sources[0])
    generator.add([[], [300, 900], [400, 800, 1200]], sources[1])
    snippet = generator.done()
    snippet.runtime = [{i: 10_000 for i in range(2)}] * 2
    chips = {ExecutionInstanceID(i): {CHIP: chip} for i in range(2)}
    output = run(executor, graph, chips, snippet)
    for entry in extract_neuron_spikes(output.snippets[0], graph):
        counts: dict[int, list[int]] = {0: [], 1: []}
        for (population, _, _), times in entry.items():
            counts[population >> 32].append(len(times))
        assert counts == {0: [1, 1, 0], 1: [0, 2, 3]}
    info = output.execution_time_info
    assert info is not None and set(info.execution_duration_per_hardware) == set(connections)
    assert set(output.execution_health_info.execution_instances) == set(chips)  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match=r"no ConnectionOnExecutor\(1\)"):
        run(JITGraphExecutor(connections[ConnectionOnExecutor(0)]), graph, chips, snippet)


def test_what_an_executor_has() -> None:
    with ManagedJITGraphExecutor() as executor:
        assert executor.size() == 1
        for found in (
            executor.connection_sizes(), executor.get_time_info(), executor.get_unique_identifier(),
            executor.get_bitfile_info(), executor.get_remote_repo_state(), executor.get_hwdb_entry(),
        ):
            assert set(found) == {ConnectionOnExecutor()}
        (inner,) = executor.release_connections().values()
        assert executor.size() == 0 and inner.get_unique_identifier()


# -- progress ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 64])
@pytest.mark.parametrize("order", ["auto", "sequential"])
def test_progress(batch: int, order: str, chip: lola.Chip, network: FeedForward) -> None:
    seen: list[float] = []
    executor = JITGraphExecutor(connection(), batch_order=order, threads=1, progress=seen.append)
    run(executor, network.graph, network.chips(chip), network.inputs(batch=batch))
    assert seen and seen[-1] == 1
    assert seen == sorted(seen) and seen[0] >= 0


def test_progress_of_several_instances(chip: lola.Chip) -> None:
    """It is that of the whole run."""
    builder = NetworkBuilder()
    sources = [builder.add(external(1), ExecutionInstanceID(i)) for i in range(3)]
    for i, source in enumerate(sources):
        target = builder.add(point_neurons([i]), ExecutionInstanceID(i))
        builder.add(projection(source, target, one_to_one(1)), ExecutionInstanceID(i))
    network = builder.done()
    graph = build_network_graph(network, PortfolioRouter()(network))
    snippet = InputGenerator(graph, 64).done()
    snippet.runtime = [{i: 1000 for i in range(3)}] * 64
    seen: list[float] = []
    executor = JITGraphExecutor(connection(), progress=seen.append)
    run(executor, graph, {ExecutionInstanceID(i): {CHIP: chip} for i in range(3)}, snippet)
    assert seen == sorted(seen) and seen[-1] == 1 and seen.count(1.0) <= 2


def test_progress_that_interrupts(chip: lola.Chip, network: FeedForward) -> None:
    def stop(fraction: float) -> None:
        raise KeyboardInterrupt

    executor = JITGraphExecutor(connection(), progress=stop)
    with pytest.raises(KeyboardInterrupt):
        run(executor, network.graph, network.chips(chip), network.inputs())


# -- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "message"), [
    ({"connections": {}}, "at least one connection"),
    ({"batch_order": "random"}, "batch_order is 'random', expected 'auto' or 'sequential'"),
    ({"threads": 0}, "threads is 0"),
])
def test_executors_that_make_no_sense(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JITGraphExecutor(**({"connections": connection()} | options))


def test_settings_that_are_missing(chip: lola.Chip, network: FeedForward) -> None:
    for chips in ({}, {INSTANCE: {}}, {ExecutionInstanceID(3): {CHIP: chip}}):
        with pytest.raises(RuntimeError, match=r"no settings of ChipOnConnection\(0\) for ExecutionInstanceID\(0\)"):
            run(connection(), network.graph, chips, network.inputs())


def test_numbers_that_differ(chip: lola.Chip, network: FeedForward) -> None:
    with pytest.raises(RuntimeError, match="2 graphs, 1 sets of chip settings and 1 snippets"):
        run(connection(), [network.graph] * 2, network.chips(chip), network.inputs())
    with pytest.raises(RuntimeError, match="0 graphs"):
        run(connection(), [], [], InputData())
    inputs = data(network.inputs(batch=2), network.inputs(batch=3))
    with pytest.raises(RuntimeError, match="batches of different sizes"):
        run(connection(), [network.graph] * 2, [network.chips(chip)] * 2, inputs)
    other = FeedForward(2, instance=4)
    with pytest.raises(RuntimeError, match="differ in their execution instances"):
        run(connection(), [network.graph, other.graph], [network.chips(chip)] * 2,
            data(network.inputs(), other.inputs()))


def test_runtimes_beyond_the_timer(chip: lola.Chip, network: FeedForward) -> None:
    snippet = network.inputs(batch=2)
    snippet.runtime = [{INSTANCE: 1000}, {INSTANCE: 2**32}]
    with pytest.raises(RuntimeError, match="instance 0: batch entry 1 lasts 4294967296 FPGA cycles"):
        run(connection(), network.graph, network.chips(chip), snippet)


def test_executors_without_connections(chip: lola.Chip) -> None:
    builder = NetworkBuilder()
    for i in range(2):
        builder.add(point_neurons([i]), ExecutionInstanceID(i))
    network = builder.done()
    graph = build_network_graph(network, PortfolioRouter()(network))
    snippet = InputGenerator(graph).done()
    snippet.runtime = [{i: 1000 for i in range(2)}]
    executor = JITGraphExecutor(connection())
    executor.release_connections()
    with pytest.raises(RuntimeError, match="the executor has no ConnectionOnExecutor"):
        run(executor, graph, {ExecutionInstanceID(i): {CHIP: chip} for i in range(2)}, snippet)


def run_graph(graph: Graph, chip: lola.Chip) -> None:
    snippet = InputDataSnippet()
    snippet.runtime = [{INSTANCE: 1000}]
    JITGraphExecutor(connection()).run_graph(graph, {INSTANCE: {CHIP: chip}}, InputData([snippet]))


def test_modes_of_the_cadc(chip: lola.Chip) -> None:
    graph = reading("hagen")
    source = graph.add(vertices.NeuronView(0, np.arange(256), np.full(256, -1), np.zeros(256, bool)), INSTANCE)
    graph.add(vertices.CADCMembraneReadoutView([np.arange(256)], 0, "periodic"), INSTANCE, [source])
    with pytest.raises(RuntimeError, match="several modes: hagen, periodic"):
        run_graph(graph, chip)


@needs_compiler
def test_the_processors_have_one_task_at_a_time(chip: lola.Chip) -> None:
    rule = plasticity_rule("void PLASTICITY_RULE_KERNEL(auto&, auto&) {}")
    network = FeedForward(2, cadc=[0], rules=[rule])
    with pytest.raises(RuntimeError, match="reads the CADC periodically and has a plasticity rule"):
        run(connection(), network.graph, network.chips(chip), network.inputs())


def test_more_samples_than_memory_are_said(chip: lola.Chip, caplog: pytest.LogCaptureFixture) -> None:
    network = FeedForward(2, cadc=[0])
    with caplog.at_level(logging.WARNING):
        run(connection(), network.graph, network.chips(chip), network.inputs(runtime=1000 * US))
    assert "there is memory for 100" in caplog.text
