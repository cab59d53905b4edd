"""Results of executions."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

import halco
import haldls
import lola
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.signal_flow import ExecutionHealthInfo, ExecutionTimeInfo, OutputData, OutputDataSnippet, TimedBatch


def batch(size: int) -> TimedBatch:
    return TimedBatch.from_array(np.zeros((size, 1), np.int8))


def test_results_of_nothing():
    data = OutputData()
    assert data.batch_size() == 0
    assert data.empty()
    data.snippets = [OutputDataSnippet()]
    assert data.batch_size() == 0 and data.empty()


def test_batch_size_is_that_of_the_snippets_with_results():
    data = OutputData()
    data.snippets = [OutputDataSnippet(), OutputDataSnippet({3: batch(5)})]
    assert data.batch_size() == 5
    assert not data.empty()


@pytest.mark.parametrize("snippets", [
    [OutputDataSnippet({3: batch(5), 4: batch(6)})],
    [OutputDataSnippet({3: batch(5)}), OutputDataSnippet({3: batch(6)})],
])
def test_batches_of_different_sizes(snippets):
    data = OutputData()
    data.snippets = snippets
    with pytest.raises(RuntimeError, match="different sizes: .5, 6."):
        data.batch_size()


def test_symbols_alone_give_a_batch_size():
    data = OutputData()
    data.read_ppu_symbols = [{ExecutionInstanceID(): {ChipOnConnection(): {"status": 1}}}] * 3
    assert data.batch_size() == 3


def test_chips_by_instance_and_place():
    snippet, chip = OutputDataSnippet(), lola.Chip()
    snippet.pre_execution_chips[0] = {0: chip}
    assert snippet.pre_execution_chips[ExecutionInstanceID()][ChipOnConnection()] is chip
    for wrong in (chip, {0: "chip"}):
        with pytest.raises(TypeError, match="expected a"):
            snippet.pre_execution_chips[0] = wrong


def test_merged_snippets_have_the_results_of_both():
    one, two = OutputDataSnippet({1: batch(2)}), OutputDataSnippet({2: batch(2)}, {1: {0: lola.Chip()}})
    one.merge(two)
    assert set(one.data) == {1, 2}
    assert 1 in one.pre_execution_chips
    with pytest.raises(RuntimeError, match="values for vertex 2"):
        one.merge(two)
    two.data.clear()
    with pytest.raises(RuntimeError, match="chips of execution instance 1"):
        one.merge(two)


def test_durations_are_added():
    one, two = ExecutionTimeInfo(), ExecutionTimeInfo()
    for info, ms in ((one, 1), (two, 10)):
        duration = timedelta(milliseconds=ms)
        info.execution_duration = duration
        info.execution_duration_per_hardware.setdefault(ConnectionOnExecutor(), {})[ChipOnConnection()] = duration
        info.realtime_duration_per_execution_instance.setdefault(ms, {})[ChipOnConnection()] = duration
    one.merge(two)
    assert one.execution_duration == timedelta(milliseconds=11)
    assert one.execution_duration_per_hardware[ConnectionOnExecutor()][ChipOnConnection()].microseconds == 11000
    assert one.realtime_duration_per_execution_instance[1][ChipOnConnection()].microseconds == 1000
    assert one.realtime_duration_per_execution_instance[10][ChipOnConnection()].microseconds == 10000
    assert "0/0: 0:00:00.011000" in repr(one)
    assert two.execution_duration == timedelta(milliseconds=10)


def test_health_begins_with_zeros():
    health = ExecutionHealthInfo.ExecutionInstance.Chip()
    assert health.hicann_arq_status == haldls.HicannARQStatus()
    assert len(health.phy_status) == 8
    assert len(health.crossbar_input_drop_counter) == 20
    assert len(health.crossbar_output_event_counter) == 12
    assert health.crossbar_output_event_counter[halco.CrossbarOutputOnDLS(11)] == haldls.CrossbarOutputEventCounter()
    assert ExecutionHealthInfo.ExecutionInstance.Chip() == health


def test_health_by_instance_and_chip():
    info, other = ExecutionHealthInfo(), ExecutionHealthInfo()
    chip = ExecutionHealthInfo.ExecutionInstance.Chip()
    for each, instance in ((info, 0), (other, 1)):
        each.execution_instances[instance] = ExecutionHealthInfo.ExecutionInstance({ChipOnConnection(): chip})
    info.merge(other)
    assert info.execution_instances[1].chips[ChipOnConnection()] is chip
    assert repr(info) == "ExecutionHealthInfo(execution instance/chip 0/0, 1/0)"
    with pytest.raises(RuntimeError, match="chip 0 of execution instance 1"):
        info.merge(other)
    with pytest.raises(TypeError, match="expected an ExecutionHealthInfo.ExecutionInstance"):
        info.execution_instances[0] = chip
