"""Times of spikes: how late they are, whether they agree, and how many fit through.

Times are FPGA cycles of 8 ns.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.grenade.acceptance.network_cases import CHIPS, DIES, dies, executor, graph_of, record
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
)

US = 125
AGREEMENT = 25
"""0.2 us."""

PAIRS = [(0, 1), (0, 256), (255, 511), (130, 37)]


def two_pairs(places):
    """Two sources with a neuron each, all recorded."""
    return graph_of(network([external(2, True), point_neurons(places)], [(EXCITATORY, one_to_one(2), 0, 1)]))


def irregular_times(seed: int, count: int, distance: int) -> np.ndarray:
    """Whole us, a distance apart on average."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(count * distance // US, count, replace=False)) * US


@pytest.mark.parametrize("places", PAIRS)
def test_spikes_come_soon_and_agree(places):
    graph = two_pairs(places)
    for seed, on, chip in dies():
        times = irregular_times(seed, 200, 1250)
        found = record(graph, chip, 200 * 1250 + US, {0: (0, np.repeat([0, 1], 200), np.tile(times, 2))}, on=on)
        latency = np.stack([found.times(population, n) - times for population in (0, 1) for n in (0, 1)])
        assert (latency > 0).all()
        assert (latency < US).all()
        assert (np.ptp(latency, axis=0) <= AGREEMENT).all()
        assert (np.ptp(latency, axis=1) <= AGREEMENT).all()


def test_rounded_to_10_us_inputs_and_outputs_are_the_same():
    """2000 spikes about 5 ms apart, with whole us as times, which a negative latency would move to the bin before."""
    rng = np.random.default_rng(1)
    times = np.cumsum(np.rint(rng.normal(5000, 70, 1990)).astype(int)) * US
    found = record(two_pairs((3, 400)), CHIPS["library default"](), 10_000_000 * US, {0: (0, 0, times)}, on=executor(1))
    bins = set((times // (10 * US)).tolist())
    assert len(bins - set((found.times(1) // (10 * US)).tolist())) < 0.02 * len(bins)
    assert len(found.times(1)) == len(times)


@pytest.mark.parametrize("n", range(4))
def test_few_spikes_are_neither_lost_nor_doubled(n):
    graph = two_pairs((17, 18))
    for _, on, chip in dies():
        times = np.linspace(0.1, 1.8, n) * 1000 * US
        found = record(graph, chip, 2000 * US, {0: (0, 0, times.astype(int))}, on=on)
        assert [found.counts(population, 2).tolist() for population in (0, 1)] == [[[n, 0]]] * 2


@pytest.mark.parametrize("places", PAIRS)
def test_at_600_khz_at_most_one_in_20_is_lost(places):
    """6000 spikes in 10 ms, of both sources, one in the middle between two of the other."""
    times = np.arange(6000) * 208
    graph = two_pairs(places)
    for seed in DIES[:: 3]:
        chip = CHIPS[list(CHIPS)[seed % 2]]()
        inputs = {0: (0, np.repeat([0, 1], 6000), np.concatenate([times, times + 104]))}
        counts = record(graph, chip, 10_000 * US, inputs, on=executor(seed)).counts(1, 2)
        assert (counts >= 0.95 * 6000).all()
        # There is room for all of them on the way: none is lost, but for the last at the end of the runtime.
        assert (np.abs(counts - 6000) <= 1).all()


@pytest.mark.parametrize("weight", [0, 63])
@pytest.mark.parametrize("receptor", [EXCITATORY, INHIBITORY], ids=["excitatory", "inhibitory"])
@pytest.mark.parametrize("chip", CHIPS)
def test_which_events_make_a_neuron_spike(chip, receptor, weight):
    """Those with a weight; inhibitory ones only on the chip where these bypass the membrane, too."""
    graph = graph_of(network(
        [external(2, True), point_neurons([8, 9, 300])], [(receptor, table([0, 0], [0, 2], weight), 0, 1)],
    ))
    times = np.arange(1, 11) * 1000
    found = record(graph, CHIPS[chip](), 12_000, {0: (0, np.repeat([0, 1], 10), np.tile(times, 2))}, on=executor(7))
    spikes = 10 if weight and (receptor is EXCITATORY or chip == "library default") else 0
    assert found.counts(1, 3).tolist() == [[spikes, 0, spikes]]
    assert found.counts(0, 2).tolist() == [[10, 10]]
