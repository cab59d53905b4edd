"""What programs bring: answers and events by entries of the batch, and what counters counted around them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import lola
import stadls
from grenade.execution import JITGraphExecutor
from grenade.execution.batch import LOOPBACK, Answers
from grenade.execution.results import BatchResults, Executed, SectionTimes, within
from grenade.network import run
from grenade.signal_flow import InputData
from grenade.signal_flow.data import MADC_SAMPLE
from stadls.program import Responses
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.small_networks import CHIP, INSTANCE, US, FeedForward, connection


class Events:
    """Events of a program as it gives them."""

    def __init__(self, **columns: Any) -> None:
        self._columns = {name: np.asarray(column) for name, column in columns.items()}

    def to_numpy(self) -> np.ndarray:
        kinds = {"chip_time": np.uint64, "label": np.uint16, "value": np.uint16, "channel": np.uint8}
        array = np.zeros(len(self._columns["chip_time"]), [(name, kinds[name]) for name in self._columns])
        for name, column in self._columns.items():
            array[name] = column
        return array


class Program:
    """As much of an executed program as results need."""

    def __init__(self, spikes: Any = (), samples: Any = ()) -> None:
        times, labels = (list(column) for column in zip(*spikes, strict=True)) if len(spikes) else ([], [])
        self.spikes = Events(chip_time=times, label=labels)
        columns = zip(*samples, strict=True) if len(samples) else ((), (), ())
        self.madc_samples = Events(**dict(zip(("chip_time", "value", "channel"), map(list, columns), strict=True)))
        self.omnibus_answers = np.zeros(0, [("data", np.uint32)])
        self.loopback_times = np.zeros(0, np.int64)


def results(*programs: tuple[range, Program]) -> BatchResults:
    executed = [Executed(entries, program, (0, 0, 0), (0, 0, 0)) for entries, program in programs]  # type: ignore
    return BatchResults(executed, (0, 0, 0))


def times(*spans: tuple[int, int]) -> SectionTimes:
    begin, end = zip(*spans, strict=True)
    return SectionTimes(np.array(begin), np.array(end))


@pytest.mark.parametrize(("runtime", "expected"), [
    (0, [0, 5, 99]), (100, [0, 5, 99]), (99, [0, 5]), (5, [0]), (6, [0, 5]), (1000, [0, 5, 99]),
])
def test_spikes_from_the_begin_until_before_the_end(runtime: int, expected: list[int]) -> None:
    """The begin belongs to the section; its end and the end of the runtime do not, whichever is first."""
    program = Program([(1099, 4), (999, 1), (1000, 2), (1005, 3), (1100, 5)])
    found = results((range(1), program)).spikes(times((1000, 1100)), np.array([runtime]))
    assert found.times.tolist() == expected
    assert found.values.tolist() == [2, 3, 4][:len(expected)]


@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(1, 3))
def test_every_spike_in_a_section_is_in_its_entry(when: list[int], programs: int) -> None:
    """Against a look at each one; programs have clocks of their own."""
    spans = [(100, 700), (700, 900), (1500, 2800)]
    runtimes = np.array([0, 150, 2000])
    parts = [each for each in np.array_split(np.arange(3), programs)]
    found = results(*(
        (range(int(part[0]), int(part[-1]) + 1), Program([(t, i) for i, t in enumerate(when)])) for part in parts
    )).spikes(times(*spans), runtimes)
    for entry, ((begin, end), runtime) in enumerate(zip(spans, runtimes.tolist(), strict=True)):
        limit = min(end, begin + runtime) if runtime else end
        order = sorted(range(len(when)), key=lambda i: when[i])
        wanted = [(when[i] - begin, i) for i in order if begin <= when[i] < limit]
        own_times, own_labels = found.entry(entry)
        assert list(zip(own_times.tolist(), own_labels.tolist(), strict=True)) == wanted


def test_channels_of_the_madc() -> None:
    """Of one source channel 1 is dropped; of two the first neuron is at the chip's channel 1."""
    program = Program(samples=[(10, 500, 0), (11, 600, 1), (12, 510, 0), (200, 1, 0)])
    one, two = (
        results((range(1), program)).madc_samples(times((5, 100)), np.array([0]), sources) for sources in (1, 2)
    )
    assert one.values.dtype == two.values.dtype == MADC_SAMPLE
    assert (one.times.tolist(), one.values["value"].tolist()) == ([5, 7], [500, 510])
    assert one.values["channel"].tolist() == [0, 0]
    assert two.times.tolist() == [5, 6, 7]
    assert two.values["value"].tolist() == [500, 600, 510]
    assert two.values["channel"].tolist() == [1, 0, 1]


def test_answers_by_entry() -> None:
    """Around the answers of the entries are those of counters."""
    program = Program()
    program.omnibus_answers = np.zeros(9, [("data", np.uint32)])
    program.omnibus_answers["data"] = np.arange(9)
    program.loopback_times = np.array([100, 200, 300, 400])
    found = BatchResults([Executed(range(2), program, (1, 0, 0), (2, 0, 0))], (3, 0, 2))  # type: ignore[arg-type]
    assert found.words(Answers((0, 0, 0), (2, 0, 0))).tolist() == [[1, 2], [4, 5]]
    assert found.words(Answers((2, 0, 0), (3, 0, 0))).tolist() == [[3], [6]]
    section = found.times(Answers((0, 0, 0), (0, 0, 1)), Answers((0, 0, 1), (0, 0, 2)))
    assert (section.begin.tolist(), section.end.tolist()) == ([100, 300], [200, 400])
    assert section.duration == 200


@given(st.lists(st.lists(st.integers(-50, 200), max_size=6), min_size=1, max_size=5), st.data())
def test_values_within_limits(entries: list[list[int]], draw: st.DataObject) -> None:
    limits = draw.draw(st.lists(st.integers(0, 200), min_size=len(entries), max_size=len(entries)))
    entries = [sorted(each) for each in entries]
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in entries])))
    flat = np.array([time for each in entries for time in each], int)
    found = within(offsets, flat, np.arange(len(flat)), np.array(limits))
    for entry, (own, limit) in enumerate(zip(entries, limits, strict=True)):
        assert found.entry(entry)[0].tolist() == [time for time in own if 0 <= time < limit]


# -- what is known of an execution ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_counters(batch: int, chip: lola.Chip) -> None:
    """Every input event passes an output towards the synapses, every spike one towards the host; none is lost."""
    network = FeedForward(3)
    executor = JITGraphExecutor(connection())
    for _ in range(2):  # counters go on, their differences do not
        output = run(executor, network.graph, network.chips(chip), network.inputs([[1000, 3000]] * 3, batch))
        assert output.execution_health_info is not None
        health = output.execution_health_info.execution_instances[INSTANCE].chips[CHIP]
        events = [int(each.value) for each in health.crossbar_output_event_counter]
        assert len(events) == 12
        assert sum(events[:8]) == sum(events[8:]) == 6 * batch
        assert len(health.crossbar_input_drop_counter) == 20
        assert not any(int(each.value) for each in health.crossbar_input_drop_counter)
        assert len(health.phy_status) == 8
        assert network.counts(output.snippets[0]).sum() == 6 * batch


def test_lost_events_are_counted(chip: lola.Chip) -> None:
    """Events to a node that drops them: the host still knows that they were there."""
    network = FeedForward(1)
    output = run(connection(), network.graph, network.chips(chip), network.inputs([list(range(0, 3000, 1))]))
    assert output.execution_health_info is not None
    health = output.execution_health_info.execution_instances[INSTANCE].chips[CHIP]
    to_host = sum(int(each.value) for each in list(health.crossbar_output_event_counter)[8:])
    assert 0 < network.counts(output.snippets[0]).sum() <= to_host


@pytest.mark.parametrize(("options", "recorded"), [({}, True), ({"spikes": False}, False),
                                                   ({"spikes": False, "madc": [0]}, True)])
def test_durations(options: Any, recorded: bool, chip: lola.Chip) -> None:
    """The time in sections is that between the tickets, over all entries; 0 if there are none."""
    network = FeedForward(2, **options)
    runtimes = [1000, 5000, 20_000]
    output = run(connection(), network.graph, network.chips(chip), network.inputs(batch=3, runtime=runtimes))
    info = output.execution_time_info
    assert info is not None
    realtime = info.realtime_duration_per_execution_instance[INSTANCE][CHIP]
    # One cycle more for the ticket.
    expected = timedelta(microseconds=(sum(runtimes) + 3) / US) if recorded else timedelta()
    assert abs(realtime - expected) <= timedelta(microseconds=1)
    ((chips,),) = [info.execution_duration_per_hardware.values()]
    assert timedelta() < chips[CHIP] <= info.execution_duration


@pytest.mark.parametrize("wait", [0, 50_000])
def test_time_between_entries(wait: int, chip: lola.Chip) -> None:
    """As the FPGA's clock sees it: distances of the begins of entries are the wait, or what the entries need."""
    recording = stadls.RecordingConnection(connection())
    network = FeedForward(2)
    inputs = InputData([network.inputs(batch=4, runtime=1000)])
    inputs.inter_batch_entry_wait = {INSTANCE: wait}
    run(recording, network.graph, network.chips(chip), inputs)
    begins = _loopback_times(recording.exchanges)
    assert len(begins) == 4
    distances = np.diff(begins)
    # 5 us and 1 us before, 1 us behind the section, and the instructions besides.
    shortest = max(wait + 625, 1000) + 125
    assert (distances >= shortest).all() and (distances < shortest + 6000).all()


def _loopback_times(exchanges: list[Any]) -> np.ndarray:
    """FPGA times of the begins of sections: every second ticket of the longest program but for that at its end."""
    times = []
    for exchange in exchanges:
        responses = Responses()
        responses.load(exchange.from_fpga)
        times.append(np.asarray(responses.queue(LOOPBACK), np.int64))
    return max(times, key=len)[:-1:2]


def test_configurations_as_they_were_written(chip: lola.Chip) -> None:
    network = FeedForward(2, 17)
    output = run(connection(), network.graph, network.chips(chip), network.inputs())
    written = output.snippets[0].pre_execution_chips[INSTANCE][CHIP]
    weights = np.array([block.matrix.weights.to_numpy() for block in written.synapse_blocks])
    assert sorted(weights[weights > 0].tolist()) == [17, 17]
    # The user's own settings are as they were.
    own = np.array([block.matrix.weights.to_numpy() for block in chip.synapse_blocks])
    assert not own.any()
    assert written.neuron_block.backends[halco.CommonNeuronBackendConfigOnDLS()].enable_event_registers
