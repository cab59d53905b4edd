"""Spikes and weights between arrays, networks and lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import chipsim
import halco
import hxtorch
import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution import JITGraphExecutor
from grenade.network import (
    ExternalSourcePopulation,
    InputGenerator,
    NetworkBuilder,
    Population,
    Projection,
    Receptor,
    build_network_graph,
    run,
)
from grenade.network.routing import PortfolioRouter

SIZE, BATCH, RUNTIME = 3, 3, 100 * 125


class Recorded:
    """Three sources, each connected to a neuron that passes every spike on, and what it did."""

    def __init__(self, trains: dict[int, dict[int, list[int]]]) -> None:
        """`trains`: times in FPGA cycles by entry and source."""
        receptor, first = Receptor(Receptor.ID(), Receptor.Type.excitatory), ExecutionInstanceID()
        soma = halco.CompartmentOnLogicalNeuron()
        shape = halco.LogicalNeuronCompartments({soma: [halco.AtomicNeuronOnLogicalNeuron()]})
        Compartment = Population.Neuron.Compartment
        neurons = [
            Population.Neuron(
                halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(i))),
                {soma: Compartment(Compartment.SpikeMaster(0, True), [{receptor}])},
            )
            for i in range(SIZE)
        ]
        builder = NetworkBuilder()
        self.source = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * SIZE))
        self.population = builder.add(Population(neurons))
        connections = hxtorch.weight_to_connection(63 * np.eye(SIZE, dtype=int))
        builder.add(Projection(receptor, connections, self.source, self.population))
        network = builder.done()
        self.graph = build_network_graph(network, PortfolioRouter()(network))
        generator = InputGenerator(self.graph, BATCH)
        generator.add(
            [[trains.get(b, {}).get(i, []) for i in range(SIZE)] for b in range(BATCH)], self.source)
        snippet = generator.done()
        snippet.runtime = [{first: RUNTIME}] * BATCH
        chips = {first: {ChipOnConnection(): lola.Chip.default_neuron_bypass}}
        executor = JITGraphExecutor(chipsim.SimConnection(chipsim.Chip(1)))
        self.data = run(executor, self.graph, chips, snippet).snippets[0]

    def first(self, count: int, runtime: int = RUNTIME) -> tuple[np.ndarray, np.ndarray]:
        (found,) = hxtorch.extract_n_spikes(self.data, self.graph, runtime, {self.population: count}).values()
        return found


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return Recorded({0: {0: [8000, 1000], 2: [500]}, 2: {1: [3000]}})


def test_first_spikes_come_by_neuron(recorded: Recorded) -> None:
    neurons, times = recorded.first(4)
    assert neurons.tolist() == [[0, 0, 2, -1], [-1] * 4, [1, -1, -1, -1]]
    expected = [[1000, 8000, 500, np.inf], [np.inf] * 4, [3000, np.inf, np.inf, np.inf]]
    found = np.isfinite(expected)
    assert np.isinf(times[~found]).all()
    # Events take their way through the chip.
    way = times[found] - np.array(expected)[found]
    assert np.all(way > 0) and np.all(way < 250)
    assert neurons.dtype == np.int64 and times.dtype == np.float32


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_as_many_as_asked_for(recorded: Recorded, count: int) -> None:
    whole = recorded.first(7)
    for part, all_of_it in zip(recorded.first(count), whole, strict=True):
        assert part.shape == (BATCH, count)
        assert np.array_equal(part, all_of_it[:, :count])


def test_later_spikes_do_not_count(recorded: Recorded) -> None:
    assert recorded.first(3, 5000)[0].tolist() == [[0, 2, -1], [-1] * 3, [1, -1, -1]]


def test_populations_that_nobody_asks_for(recorded: Recorded) -> None:
    result = hxtorch.extract_n_spikes(recorded.data, recorded.graph, RUNTIME, {})
    assert list(result) == [recorded.population]
    assert [array.shape for array in result[recorded.population]] == [(BATCH, 0)] * 2


def test_bad_requests(recorded: Recorded) -> None:
    with pytest.raises(ValueError, match="no population on the chip"):
        hxtorch.extract_n_spikes(recorded.data, recorded.graph, RUNTIME, {recorded.source: 1})
    with pytest.raises(ValueError, match="-1 spikes"):
        recorded.first(-1)


# -- weights -----------------------------------------------------------------------------------------------------------


def rows(connections: Any) -> list[tuple[int, int, int]]:
    """Pre neuron, post neuron, weight."""
    assert all(int(each.index_pre[1]) == int(each.index_post[1]) == 0 for each in connections)
    return [(each.index_pre[0], each.index_post[0], int(each.weight)) for each in connections]


@pytest.mark.parametrize("kind", [np.array, torch.tensor, list])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fraction", [0, 0.9])
def test_matrix(kind: Any, sign: int, fraction: float) -> None:
    values = [[(7 * row + 3 * column) % 63 for column in range(5)] for row in range(5)]
    given_ = kind([[sign * (value + fraction) if fraction else sign * value for value in row] for row in values])
    connections = hxtorch.weight_to_connection(given_)
    assert rows(connections) == [(pre, post, values[post][pre]) for post in range(5) for pre in range(5)]
    Projection(Receptor(), connections)


def test_list_of_connections() -> None:
    weights = np.arange(-5, 5)
    post, pre = np.arange(10)[::-1], np.arange(10) * 2
    connections = hxtorch.weight_to_connection(weights, [post.tolist(), pre.tolist()])
    assert rows(connections) == [(2 * i, 9 - i, abs(i - 5)) for i in range(10)]


@pytest.mark.parametrize(("arguments", "error", "message"), [
    (([1, 2],), RuntimeError, "expected two dimensions"),
    (([[[1]]],), RuntimeError, "expected two dimensions"),
    (([[1.0, np.nan]],), ValueError, "finite"),
    (([[1, 2]], [[0, 1], [0, 1]]), RuntimeError, "expected one dimension"),
    (([1, 2], [[0, 1]]), RuntimeError, "1 lists"),
    (([1, 2], [[0, 1], [0, 1], [0, 1]]), RuntimeError, "3 lists"),
    (([1, 2], [[0, 1], [0]]), RuntimeError, "2 weights, 2 post and 1 pre"),
    (([1, 2], [[0, 1], [0, -1]]), ValueError, "-1"),
])
def test_bad_weights(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        hxtorch.weight_to_connection(*arguments)


# -- lists -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_lists_by_neuron(kind: Any) -> None:
    spikes = kind([[0, 2, 1, 3, 1, 1]]), kind([[0.1, 0.2, 0.5, 1.0, 1.2, 1.5]])
    (found,) = hxtorch.dense_spikes_to_list(spikes, 4)
    assert [pytest.approx(times, abs=1e-7) for times in found] == [[0.1], [0.5, 1.2, 1.5], [0.2], [1.0]]


@given(st.lists(st.lists(st.lists(st.floats(0, 1e6), max_size=4), min_size=5, max_size=5), min_size=1, max_size=4))
def test_lists_are_found_again(trains: list[list[list[float]]]) -> None:
    flat = [[(neuron, time) for neuron, times in enumerate(entry) for time in times] for entry in trains]
    width = max(map(len, flat))
    padded = np.array([entry + [(-1, np.inf)] * (width - len(entry)) for entry in flat]).reshape(len(flat), width, 2)
    assert hxtorch.dense_spikes_to_list((padded[..., 0].astype(int), padded[..., 1]), 5) == trains


@pytest.mark.parametrize(("neurons", "times", "message"), [
    ([[4]], [[1.0]], "neuron 4, expected 0 to 3"),
    ([[-2]], [[1.0]], "neuron -2"),
    ([[0, 1]], [[1.0]], "shape"),
    ([0], [1.0], "shape"),
])
def test_bad_spikes(neurons: Any, times: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hxtorch.dense_spikes_to_list((neurons, times), 4)
