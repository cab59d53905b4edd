"""Executors with graphs of the host alone, connections that are handed back, and what runs write to the chip."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lola
import stadls
from grenade.common import ConnectionOnExecutor
from grenade.execution import JITGraphExecutor
from grenade.network import run
from grenade.signal_flow import ConnectionType, Graph, InputData, InputDataSnippet, TimedBatch
from grenade.signal_flow import vertices as v
from grenade.signal_flow.transformations import Addition, Subtraction
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.small_networks import INSTANCE, US, FeedForward, connection

SEEDS = [None, *range(1, 11)]


# -- vertices of the host ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "combine"), [(Addition, np.add), (Subtraction, np.subtract)])
def test_saturating_arithmetic(function: Any, combine: Any) -> None:
    """All pairs of values -128 .. 126 in steps, each entry of the batch on its own."""
    steps = np.arange(-128, 127, 2)
    first, second = (each.ravel() for each in np.meshgrid(steps, steps))
    size, batch = len(steps), len(steps)
    graph = Graph()
    outside = [graph.add(v.ExternalInput(ConnectionType.DataInt8, size), INSTANCE) for _ in range(2)]
    inside = [graph.add(v.DataInput(ConnectionType.Int8, size), INSTANCE, [each]) for each in outside]
    result = graph.add(v.Transformation(function(2, size)), INSTANCE, inside)
    output = graph.add(v.DataOutput(ConnectionType.Int8, size), INSTANCE, [result])
    given = [TimedBatch.from_array(each.reshape(batch, size).astype(np.int8)) for each in (first, second)]
    inputs = InputData([InputDataSnippet(dict(zip(outside, given, strict=True)))])
    found = JITGraphExecutor(connection()).run_graph(graph, {}, inputs)
    assert found.batch_size() == batch
    values = found.snippets[0].data[output].values
    assert values.dtype == np.int8
    np.testing.assert_array_equal(values.ravel(), np.clip(combine(first, second), -128, 127))


def test_a_graph_without_anything() -> None:
    output = JITGraphExecutor(connection()).run_graph(Graph(), {}, InputData([InputDataSnippet()]))
    assert output.empty() and output.batch_size() == 0 and len(output.snippets) == 1


def test_a_vertex_without_a_value() -> None:
    graph = Graph()
    outside = graph.add(v.ExternalInput(ConnectionType.DataInt8, 1), INSTANCE)
    inside = graph.add(v.DataInput(ConnectionType.Int8, 1), INSTANCE, [outside])
    output = graph.add(v.DataOutput(ConnectionType.Int8, 1), INSTANCE, [inside])
    with pytest.raises(RuntimeError, match=f"vertex {output} .* no input value"):
        JITGraphExecutor(connection()).run_graph(graph, {}, InputData([InputDataSnippet()]))


# -- connections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_connections_keep_their_names(seed: int | None) -> None:
    inner = connection(seed)
    names = inner.get_unique_identifier()
    executor = JITGraphExecutor(inner)
    assert executor.get_unique_identifier() == {ConnectionOnExecutor(): names}
    before = executor.get_time_info()[ConnectionOnExecutor()]
    assert executor.release_connections() == {ConnectionOnExecutor(): inner}
    assert inner.get_unique_identifier() == names
    stadls.run(inner, stadls.PlaybackProgramBuilder().done())
    after = inner.time_info
    assert len(before) == len(after) == 1
    assert after[0].execution_duration >= before[0].execution_duration
    assert after[0].encode_duration >= before[0].encode_duration


@pytest.mark.parametrize("seed", SEEDS)
def test_what_runs_write(seed: int | None) -> None:
    """Everything, nothing, a word, a cell with the time that it needs; and that the times of the connection grow."""
    chip = bypass_chip()
    network = FeedForward(2)
    recording = stadls.RecordingConnection(connection(seed))
    executor = JITGraphExecutor(recording)
    sizes, total = [], executor.get_time_info()[ConnectionOnExecutor()][0].execution_duration
    other: lola.Chip = chip.copy()
    for backend in other.neuron_block.backends:
        backend.clock_scale_fast = 7
    for config in (chip, chip, other, other):
        recording.exchanges.clear()
        run(executor, network.graph, network.chips(config), network.inputs([[100], [200]], runtime=100 * US))
        sizes.append(sum(len(each.to_fpga) for each in recording.exchanges))
        now = executor.get_time_info()[ConnectionOnExecutor()][0].execution_duration
        assert now > total
        total = now
    assert sizes[0] > 100_000 > 2000 > sizes[2] > sizes[1] == sizes[3]
