"""Entries of a batch: templates of their instructions, ranges, and the order in which they are executed."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import chipsim
import halco
import haldls
import lola
import stadls
from grenade.execution import ExecutionInstanceHooks, JITGraphExecutor
from grenade.execution.batch import LOOPBACK, OMNIBUS, EntryTemplate, ranges_of
from grenade.network import run
from grenade.network.extract import extract_cadc_arrays
from grenade.signal_flow import InputData
from stadls.words import wait_until
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.small_networks import CHIP, INSTANCE, US, FeedForward, connection, plasticity_rule
from tests.grenade.ppu.compilers import needs_compiler

NULL = halco.NullPayloadReadableOnFPGA()
TIMER = halco.TimerOnDLS()


# -- templates -----------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 1000), max_size=5), min_size=1, max_size=6), st.data())
def test_a_template_is_the_pieces_of_each_entry(own: list[list[int]], draw: st.DataObject) -> None:
    """Shared instructions, those of each entry, and shared ones again; any range of entries is cut out of all."""
    template = EntryTemplate(len(own))
    template.builder.write(TIMER, haldls.Timer())
    mark = template.mark()
    template.builder.read(NULL)
    first = template.since(mark)
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in own])))
    template.own(wait_until(np.concatenate([np.array(each, int) for each in own])), offsets)
    mark = template.mark()
    template.builder.read(NULL)
    second = template.since(mark)
    entries = []
    for each in own:
        builder = stadls.PlaybackProgramBuilder()
        builder.write(TIMER, haldls.Timer())
        builder.read(NULL)
        for time in each:
            builder.block_until(TIMER, haldls.Timer.Value(time))
        builder.read(NULL)
        entries.append(builder.done().to_fpga)
    begin = draw.draw(st.integers(0, len(own)))
    end = draw.draw(st.integers(begin, len(own)))
    expected = np.concatenate([np.zeros(0, np.uint64), *entries[begin:end]])
    np.testing.assert_array_equal(template.assemble(range(begin, end)), expected)
    assert template.sizes().tolist() == [len(each) for each in entries]
    assert (first.of(LOOPBACK), second.of(LOOPBACK)) == (slice(0, 1), slice(1, 2))
    assert first.of(OMNIBUS) == slice(0, 0)
    assert template.answers == (0, 0, 2)


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 100), st.integers(1, 5))
def test_ranges_cover_everything_in_order(sizes: list[int], limit: int, parts: int) -> None:
    found = ranges_of(np.array(sizes, int), limit, parts)
    assert [i for each in found for i in each] == list(range(len(sizes)))
    assert all(len(each) == 1 or sum(sizes[i] for i in each) <= limit for each in found)
    assert all(len(each) for each in found)
    assert len(found) >= min(parts, len(sizes))


@pytest.mark.parametrize(("sizes", "limit", "parts", "expected"), [
    ([1, 1, 1, 1], 2, 1, [range(0, 2), range(2, 4)]),
    ([1, 1, 1, 1], 100, 2, [range(0, 2), range(2, 4)]),
    ([9, 1, 1], 2, 1, [range(0, 1), range(1, 3)]),
    ([1, 9, 1], 5, 1, [range(0, 1), range(1, 2), range(2, 3)]),
    ([], 5, 3, []),
])
def test_ranges(sizes: list[int], limit: int, parts: int, expected: list[range]) -> None:
    assert ranges_of(np.array(sizes, int), limit, parts) == expected


# -- order ---------------------------------------------------------------------------------------------------------


class Watched:
    """A connection that counts its clones, and the threads and programs."""

    def __init__(self, inner: chipsim.SimConnection, log: list[Any] | None = None) -> None:
        self._inner, self.clones = inner, 0
        self.log = [] if log is None else log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def execute(self, words: np.ndarray) -> np.ndarray:
        self.log.append((id(self), threading.get_ident(), len(words)))
        return self._inner.execute(words)

    def clone(self, stream: int = 0) -> Watched:
        self.clones += 1
        return Watched(self._inner.clone(stream), self.log)


BATCH = 64


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


def random_trains(size: int, batch: int = BATCH) -> list[list[list[int]]]:
    rng = np.random.default_rng(5)
    return [[sorted(rng.integers(0, 9000, rng.integers(0, 5)).tolist()) for _ in range(size)] for _ in range(batch)]


def arrays(network: FeedForward, output: Any) -> list[np.ndarray]:
    """Everything that was recorded."""
    (snippet,) = output.snippets
    return [part for each in snippet.data.values() for part in (each.offsets, each.times, each.values)]


def executed(network: FeedForward, chip: lola.Chip, *, seed: int | None = 1, noise: bool = True, **options: Any) -> Any:
    executor = JITGraphExecutor(connection(seed, noise=noise), **options)
    return run(executor, network.graph, network.chips(chip), network.inputs(random_trains(network.size), BATCH))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_clones_bring_the_same_spikes(seed: int | None, chip: lola.Chip) -> None:
    network = FeedForward(4)
    found = [executed(network, chip, seed=seed, noise=False, batch_order=order) for order in ("auto", "sequential")]
    one, other = (network.counts(each.snippets[0]) for each in found)
    np.testing.assert_array_equal(one, other)
    assert one.sum() == sum(len(train) for entry in random_trains(4) for train in entry)
    times = [[network.spikes(each.snippets[0], entry) for entry in range(BATCH)] for each in found]
    for first, second in zip(*times, strict=True):
        # The phase of the chip's clock to the begin of the section differs.
        np.testing.assert_allclose(np.concatenate(first), np.concatenate(second), atol=2)


@pytest.mark.parametrize("seed", [1, 2])
def test_results_do_not_depend_on_the_number_of_threads(seed: int) -> None:
    die = chipsim.Chip(seed)
    chip = die.oracle.chip(leak=90, threshold=130, reset=70)
    network = FeedForward(4, cadc=[0, 3], dram=True)
    first, *others = (arrays(network, executed(network, chip, seed=seed, threads=n)) for n in (1, 2, 4))
    assert all(len(each) > 50 for each in first)
    for other in others:
        for a, b in zip(first, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_noise_has_the_same_statistics_on_clones() -> None:
    """Neurons near threshold: numbers of spikes and CADC values of both orders are of one distribution."""
    die = chipsim.Chip(1)
    chip = die.oracle.chip(leak=108, threshold=125, reset=80, tau_mem=10)
    network = FeedForward(16, 63, cadc=range(16), dram=True)
    counts, values = [], []
    for order in ("auto", "sequential"):
        output = executed(network, chip, batch_order=order)
        counts.append(network.counts(output.snippets[0]))
        values.append(extract_cadc_arrays(output.snippets[0], network.graph).popitem()[1])
    assert counts[0].sum() > 100
    assert abs(counts[0].sum() - counts[1].sum()) < 6 * np.sqrt(counts[0].sum() + counts[1].sum())
    for neuron in range(0, 16, 5):
        # One sample of each entry, long after the last spike: they are independent of each other.
        one, other = (
            np.array([
                own["value"][own["batch"] == entry][-1] for entry in range(BATCH)
            ]).view(np.uint8).astype(float)
            for own in (each[each["neuron"] == neuron] for each in values)
        )
        assert one.std() > 0 and other.std() > 0
        assert abs(one.mean() - other.mean()) < 6 * np.hypot(one.std(), other.std()) / np.sqrt(BATCH)
        assert stats.ks_2samp(one, other).pvalue > 1e-6


def test_entries_on_clones_have_noise_of_their_own() -> None:
    die = chipsim.Chip(1)
    chip = die.oracle.chip(leak=110, threshold=None)
    network = FeedForward(2, cadc=[0], spikes=False)
    executor = JITGraphExecutor(connection(1))
    output = run(executor, network.graph, network.chips(chip), network.inputs(batch=BATCH, runtime=100 * US))
    (samples,) = extract_cadc_arrays(output.snippets[0], network.graph).values()
    per_entry = {samples["value"][samples["batch"] == entry].tobytes() for entry in range(BATCH)}
    assert len(per_entry) == BATCH


@pytest.mark.parametrize(("batch", "clones"), [(1, 0), (31, 0), (32, 1), (64, 3), (256, 7)])
def test_number_of_clones(batch: int, clones: int, chip: lola.Chip) -> None:
    network = FeedForward(1)
    watched: Any = Watched(connection())
    run(JITGraphExecutor(watched), network.graph, network.chips(chip), network.inputs(batch=batch, runtime=100))
    assert watched.clones == clones


NOTHING = "void PLASTICITY_RULE_KERNEL(auto&, auto&) {}"


def disabled_routing(network: FeedForward, disabled: bool) -> InputData:
    inputs = InputData([network.inputs(batch=BATCH, runtime=100)])
    inputs.inter_batch_entry_routing_disabled = {INSTANCE: disabled}
    return inputs


@pytest.mark.parametrize(("options", "hook", "routing_disabled", "independent"), [
    ({}, {}, True, True),
    ({"cadc": [0]}, {}, True, True),
    ({"madc": [0]}, {}, True, True),
    ({}, {}, False, False),
    ({}, {"inside_realtime": 1}, True, False),
    ({}, {"inside_realtime_begin": 1}, True, False),
    ({}, {"inside_realtime_end": 1}, True, False),
    ({}, {"pre_realtime": 1, "post_realtime": 1, "pre_static_config": 1}, True, True),
    ({"cadc": [0]}, {"read_ppu_symbols": {"status"}}, True, False),
    pytest.param({"rules": True}, {}, True, False, marks=needs_compiler),
])
def test_what_makes_entries_depend_on_each_other(
    options: Any, hook: Any, routing_disabled: bool, independent: bool, chip: lola.Chip
) -> None:
    if options.get("rules"):
        options = {"rules": [plasticity_rule(NOTHING)]}
    for name in hook:
        if name == "read_ppu_symbols":
            continue
        place = halco.ExternalPPUDRAMMemoryByteOnFPGA(3)
        if name == "inside_realtime":
            builder: Any = stadls.AbsoluteTimePlaybackProgramBuilder()
            builder.write(haldls.Timer.Value(3), place, haldls.ExternalPPUDRAMMemoryByte())
        else:
            builder = stadls.PlaybackProgramBuilder()
            builder.write(place, haldls.ExternalPPUDRAMMemoryByte())
        hook = {**hook, name: builder}
    network = FeedForward(1, **options)
    watched: Any = Watched(connection())
    hooks = {INSTANCE: ExecutionInstanceHooks(CHIP, ExecutionInstanceHooks.Chip(**hook))}
    run(
        JITGraphExecutor(watched, batch_order="auto"), network.graph, network.chips(chip),
        disabled_routing(network, routing_disabled), hooks,
    )
    assert bool(watched.clones) == independent


def test_sequential_makes_no_clone(chip: lola.Chip) -> None:
    network = FeedForward(1)
    watched: Any = Watched(connection())
    executor = JITGraphExecutor(watched, batch_order="sequential")
    run(executor, network.graph, network.chips(chip), network.inputs(batch=BATCH))
    assert watched.clones == 0


def test_a_connection_without_clones(chip: lola.Chip) -> None:
    network = FeedForward(1)
    recording = stadls.RecordingConnection(connection())
    output = run(recording, network.graph, network.chips(chip), network.inputs([[500]], batch=BATCH))
    assert (network.counts(output.snippets[0]) == 1).all()


def test_a_chip_goes_on_from_the_end_of_a_batch(chip: lola.Chip) -> None:
    """The same run twice on one executor: new noise, the same spikes."""
    network = FeedForward(4)
    executor = JITGraphExecutor(connection())
    for _ in range(2):
        output = run(executor, network.graph, network.chips(chip), network.inputs(random_trains(4), BATCH))
        assert network.counts(output.snippets[0]).tolist() == [[len(t) for t in each] for each in random_trains(4)]
