"""Spike trains as input data: dimensions, units, labels, order, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
from grenade.common import ExecutionInstanceID, PopulationOnExecutionInstance, PopulationOnNetwork, Time
from grenade.network import InputGenerator, NetworkGraph
from grenade.network.spike_trains import SpikeTrains
from tests.grenade.network.graphs import build
from tests.grenade.network.routing.networks import EXCITATORY, external, network, point_neurons, table

SOURCES = PopulationOnNetwork(1)
ONE_MS = 125_000


@pytest.fixture(scope="module")
def graph() -> NetworkGraph:
    """Source 0 to one neuron, source 1 unused, source 2 to both hemispheres, source 3 only recorded."""
    described = network(
        [point_neurons([0, 256]), external(4, [False, False, False, True])],
        [(EXCITATORY, table([0, 2, 2], [0, 0, 1]), 1, 0)],
    )
    return build(described)


def labels_of(graph: NetworkGraph, neuron: int) -> list[int]:
    labels = graph.graph_translation.execution_instances[ExecutionInstanceID()].spike_labels[1]
    return [int(each) for each in labels[neuron].get(halco.CompartmentOnLogicalNeuron(), [])]


def events(graph: NetworkGraph, generator: InputGenerator) -> list[list[tuple[int, int]]]:
    """Times and sources of the events of each entry; each of several labels counts."""
    owner = {label: neuron for neuron in range(4) for label in labels_of(graph, neuron)}
    vertex = graph.graph_translation.execution_instances[ExecutionInstanceID()].event_input_vertex
    (batch,) = (values for key, values in generator.done().data.items() if key == vertex)
    return [[(t, owner[label]) for t, label in zip(times.tolist(), values.tolist(), strict=True)]
            for times, values in batch]


def test_labels_of_the_network(graph: NetworkGraph) -> None:
    assert [len(labels_of(graph, neuron)) for neuron in range(4)] == [1, 0, 2, 1]


# -- dimensions --------------------------------------------------------------------------------------------------------


def test_one_train_for_all_sources(graph: NetworkGraph) -> None:
    """Also behind an unused source."""
    generator = InputGenerator(graph, 2)
    generator.add([5, 9], SOURCES)
    entry = [(5, 0), (5, 2), (5, 2), (5, 3), (9, 0), (9, 2), (9, 2), (9, 3)]
    assert events(graph, generator) == [entry, entry]


def test_one_train_for_each_source(graph: NetworkGraph) -> None:
    generator = InputGenerator(graph, 2)
    generator.add([[7], [1, 2], [], [3, 8]], SOURCES)
    assert events(graph, generator) == [[(3, 3), (7, 0), (8, 3)]] * 2


def test_one_train_for_each_entry_and_source(graph: NetworkGraph) -> None:
    generator = InputGenerator(graph, 2)
    generator.add([[[7], [1], [], []], [[], [], [4], [4, 2]]], SOURCES)
    assert events(graph, generator) == [[(7, 0)], [(2, 3), (4, 2), (4, 2), (4, 3)]]


@pytest.mark.parametrize(
    "times",
    [
        np.array([[1, 2], [3, 4], [5, 6], [7, 8]]),
        [np.array([1, 2]), np.array([3, 4]), np.array([5, 6]), np.array([7, 8])],
        [[1, 2], (3, 4), np.array([5, 6]), [Time(7), 8]],
        np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.uint16),
        np.array([[1, 2], [3, 4], [5, 6], [7, 8]]) / ONE_MS,
        (np.array([[1, 2], [3, 4], [5, 6], [7, 8]]) / ONE_MS).tolist(),
        [[[1, 2], [3, 4], [5, 6], [7, 8]]],
        np.array([[[1, 2], [3, 4], [5, 6], [7, 8]]]),
    ],
    ids=["array", "arrays", "mixed", "uint16", "float array", "float lists", "3 levels", "3 dimensions"],
)
def test_forms_of_the_same_trains(graph: NetworkGraph, times: Any) -> None:
    generator = InputGenerator(graph)
    generator.add(times, SOURCES)
    assert events(graph, generator) == [[(1, 0), (2, 0), (5, 2), (5, 2), (6, 2), (6, 2), (7, 3), (8, 3)]]


@pytest.mark.parametrize("times", [[], [[], [], [], []], [[[], [], [], []]], [np.array([])] * 4, np.empty((1, 4, 0))])
def test_nothing(graph: NetworkGraph, times: Any) -> None:
    generator = InputGenerator(graph)
    generator.add(times, SOURCES)
    assert events(graph, generator) == [[]]


def test_without_any_train_the_batch_has_its_size(graph: NetworkGraph) -> None:
    snippet = InputGenerator(graph, 5).done()
    assert snippet.batch_size() == 5 and snippet.valid()


def test_population_may_be_given_without_execution_instance(graph: NetworkGraph) -> None:
    generator = InputGenerator(graph)
    generator.add([1], PopulationOnExecutionInstance(1))
    assert len(events(graph, generator)[0]) == 4


def test_generator_is_empty_after_done(graph: NetworkGraph) -> None:
    generator = InputGenerator(graph)
    generator.add([1], SOURCES)
    assert len(events(graph, generator)[0]) == 4
    assert events(graph, generator) == [[]]


# -- single events -----------------------------------------------------------------------------------------------------


def test_single_events(graph: NetworkGraph) -> None:
    generator = InputGenerator(graph, 3)
    generator.add_events([2, 0, 2, 2], [3, 2, 1, 0], [50, 60, 70, 20], SOURCES)
    assert events(graph, generator) == [[(60, 2), (60, 2)], [], [(20, 0), (50, 3)]]


@given(st.data())
def test_single_events_are_the_same_as_trains(graph: NetworkGraph, data: st.DataObject) -> None:
    train = st.lists(st.integers(0, 50), max_size=5)
    trains = data.draw(st.lists(st.lists(train, min_size=4, max_size=4), min_size=1, max_size=3))
    by_train, by_event = InputGenerator(graph, len(trains)), InputGenerator(graph, len(trains))
    by_train.add(trains, SOURCES)
    rows = [(b, n, t) for b, entry in enumerate(trains) for n, times in enumerate(entry) for t in times]
    by_event.add_events(*np.array(rows, np.int64).reshape(-1, 3).T, SOURCES)
    assert by_train.done() == by_event.done()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 20)), max_size=30))
def test_equal_times_keep_the_order_of_addition(graph: NetworkGraph, rows: list[tuple[int, int, int]]) -> None:
    generator = InputGenerator(graph, 3)
    for row in rows:
        generator.add_events(*np.array([row]).T, SOURCES)
    expected: list[list[tuple[int, int]]] = [[], [], []]
    for entry, neuron, time in rows:
        expected[entry] += [(time, neuron)] * len(labels_of(graph, neuron))
    assert events(graph, generator) == [sorted(entry, key=lambda event: event[0]) for entry in expected]


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        (([0], [0], [-1]), ValueError), (([0], [4], [1]), IndexError), (([0], [-1], [1]), IndexError),
        (([3], [0], [1]), IndexError), (([0], [0, 1], [1]), ValueError), (([0.5], [0], [1]), TypeError),
        (([0], [0], [1.5]), TypeError), (([[0]], [[0]], [[1]]), ValueError), ((0, 0, 1), ValueError),
        (([0], [0], np.array([2**63], np.uint64)), ValueError),
    ],
)
def test_single_events_that_are_refused(graph: NetworkGraph, columns: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="add_events"):
        InputGenerator(graph, 3).add_events(*columns, SOURCES)


# -- units -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "cycles"),
    [
        (1, 1), (Time(7), 7), (np.int32(9), 9), (1.0, ONE_MS), (np.float32(0.5), ONE_MS // 2), (0.0, 0),
        (0.000004, 1), (0.0000039, 0), (0.000012, 2), (0.00002, 3), (2**62, 2**62),
    ],
)
def test_integers_are_cycles_and_floats_milliseconds(time: Any, cycles: int) -> None:
    """A cycle has 8 ns; half of one is rounded up."""
    assert SpikeTrains.parse([time]).times.tolist() == [cycles]


def test_one_float_makes_all_numbers_milliseconds() -> None:
    assert SpikeTrains.parse([[1], [0.5, 2]]).times.tolist() == [ONE_MS, ONE_MS // 2, 2 * ONE_MS]


def test_type_of_empty_arrays_means_nothing() -> None:
    assert SpikeTrains.parse([np.array([]), np.array([3])]).times.tolist() == [3]


@given(st.lists(st.lists(st.floats(0, 1000), max_size=4), max_size=4))
def test_lists_and_single_numbers_round_alike(times: list[list[float]]) -> None:
    parsed = SpikeTrains.parse(times)
    assert parsed.times.tolist() == [SpikeTrains.parse([each]).times[0] for train in times for each in train]
    assert parsed.counts.sum() == len(parsed.times)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "error", "message"),
    [
        ([[1], [2]], RuntimeError, "2 spike trains for 4 sources"),
        ([[[1]] * 4, [[1]] * 3], RuntimeError, "3 spike trains in batch entry 1 for 4 sources"),
        ([[[1]] * 4], RuntimeError, "1 batch entries, expected 2"),
        (np.zeros((3, 4, 1)), RuntimeError, "3 batch entries, expected 2"),
        ([-1], ValueError, "negative"), ([-1e-5], ValueError, "negative"), ([float("nan")], ValueError, "number"),
        ([float("inf")], OverflowError, "63 bits"), ([2**63], OverflowError, "63 bits"),
        ([2**70], OverflowError, "63 bits"), (["1"], TypeError, "numbers"), ("12", TypeError, "lists"),
        (3, TypeError, "lists"), (None, TypeError, "lists"), ([None], TypeError, "lists"), ([True], TypeError, "True"),
        ([1, [2]], TypeError, "numbers"), ([[1], 2, [3], [4]], TypeError, "mixed"),
        ([[[[1]]]], TypeError, "4 nested levels"), (np.zeros((1, 1, 1, 1)), TypeError, "4 dimensions"),
        ([Time(1), 0.5], TypeError, "mixed"), ([[1j]] * 4, TypeError, "numbers"),
        (np.array(["a"]), TypeError, "numbers"),
    ],
)
def test_times_that_are_refused(graph: NetworkGraph, times: Any, error: type[Exception], message: str) -> None:
    generator = InputGenerator(graph, 2)
    with pytest.raises(error, match=message):
        generator.add(times, SOURCES)
    assert events(graph, generator) == [[], []]


@pytest.mark.parametrize("population", [PopulationOnNetwork(2), PopulationOnNetwork(1, 1)])
def test_unknown_population(graph: NetworkGraph, population: Any) -> None:
    with pytest.raises(IndexError, match="no PopulationOnNetwork"):
        InputGenerator(graph).add([1], population)


def test_population_on_the_chip(graph: NetworkGraph) -> None:
    with pytest.raises(RuntimeError, match="not external"):
        InputGenerator(graph).add([1], PopulationOnNetwork(0))


def test_negative_batch_size(graph: NetworkGraph) -> None:
    with pytest.raises(ValueError, match="batch size"):
        InputGenerator(graph, -1)


def test_batch_size_is_an_integer(graph: NetworkGraph) -> None:
    with pytest.raises(TypeError):
        InputGenerator(graph, 2.5)  # type: ignore[arg-type]
