"""Timed data of batches, and the types that flow through edges."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grenade.signal_flow import MADC_SAMPLE, ConnectionType, Int8, Port, PortRestriction, TimedBatch, UInt5, UInt32
from grenade.signal_flow.data import value_dtype


@pytest.mark.parametrize("name", [
    "UInt5", "UInt32", "Int8", "TimedSpikeToChipSequence", "TimedSpikeFromChipSequence",
    "TimedMADCSampleFromChipSequence",
])
def test_values_of_the_host_have_a_twin_at_rest(name):
    kind = ConnectionType[name]
    assert kind.at_rest is ConnectionType["Data" + name]
    assert kind.at_rest.in_motion is kind
    assert kind.at_rest.is_data and not kind.is_data


@pytest.mark.parametrize("name", [
    "SynapseInputLabel", "SynapticInput", "MembraneVoltage", "CrossbarInputLabel", "CrossbarOutputLabel",
    "SynapseDriverInputLabel", "ExternalAnalogSignal",
])
def test_signals_of_the_chip_have_no_twin_and_no_values(name):
    kind = ConnectionType[name]
    with pytest.raises(ValueError, match=f"{name} has no twin"):
        _ = kind.at_rest
    with pytest.raises(ValueError, match=f"{name} is not a type at rest"):
        _ = kind.in_motion
    with pytest.raises(ValueError, match=f"{name} carries no values"):
        value_dtype(kind)


@pytest.mark.parametrize(("kind", "dtype"), [
    (ConnectionType.UInt5, np.uint8), (ConnectionType.DataInt8, np.int8), (ConnectionType.UInt32, np.uint32),
    (ConnectionType.TimedSpikeToChipSequence, np.uint16), (ConnectionType.DataTimedSpikeFromChipSequence, np.uint16),
    (ConnectionType.TimedMADCSampleFromChipSequence, MADC_SAMPLE),
])
def test_element_types(kind, dtype):
    assert value_dtype(kind) == dtype


@pytest.mark.parametrize(("kind", "low", "high"), [(Int8, -128, 127), (UInt5, 0, 31), (UInt32, 0, 2**32 - 1)])
def test_scalars_have_limits(kind, low, high):
    assert (int(kind(low)), int(kind(high))) == (low, high)
    for wrong in (low - 1, high + 1):
        with pytest.raises((RuntimeError, TypeError), match=f"{wrong}"):
            kind(wrong)


def test_a_port_restriction_selects_a_part_of_a_port():
    part = PortRestriction(2, 4)
    assert part.size == 3
    assert list(range(10))[part.slice] == [2, 3, 4]
    assert part.restricts(Port(5, ConnectionType.Int8))
    assert not part.restricts(Port(4, ConnectionType.Int8))


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 2)])
def test_a_port_restriction_is_an_interval(low, high):
    with pytest.raises(ValueError, match="0 <= min <= max"):
        PortRestriction(low, high)


# -- batches ----------------------------------------------------------------------------------------------------------

def spikes() -> TimedBatch:
    return TimedBatch([0, 2, 2, 5], [10, 30, 5, 5, 7], np.array([1, 2, 3, 4, 5], np.uint16))


def test_entries_are_parts_of_the_arrays():
    batch = spikes()
    assert batch.batch_size() == 3
    assert [(times.tolist(), values.tolist()) for times, values in batch] == [
        ([10, 30], [1, 2]), ([], []), ([5, 5, 7], [3, 4, 5]),
    ]
    assert batch.counts().tolist() == [2, 0, 3]
    assert batch.entries().tolist() == [0, 0, 2, 2, 2]
    assert batch.last_times().tolist() == [30, -1, 7]
    for wrong in (-1, 3):
        with pytest.raises(IndexError, match="expected 0 to 2"):
            batch.entry(wrong)


@pytest.mark.parametrize(("offsets", "times", "values", "message"), [
    ([0, 2], [1, 2], [[1], [2], [3]], "2 times, but values of shape"),
    ([0, 1], [1, 2], [1, 2], "offsets"),
    ([1, 2], [1, 2], [1, 2], "offsets"),
    ([0, 2, 1, 2], [1, 2], [1, 2], "offsets"),
    ([], [], [], "offsets"),
    ([0, 3], [1, 3, 2], [0, 0, 0], "time 2 follows 3 in batch entry 0"),
    ([0, 1, 4], [9, 1, 3, 2], [0] * 4, "time 2 follows 3 in batch entry 1"),
    ([0, 1, 2], [1, -1], [0, 0], "negative"),
    ([0, 1], [[1]], [0], "one dimension"),
])
def test_arrays_have_to_fit(offsets, times, values, message):
    with pytest.raises(ValueError, match=message):
        TimedBatch(offsets, times, values)


def test_times_may_fall_from_one_entry_to_the_next():
    assert TimedBatch([0, 1, 1, 2], [9, 1], [0, 0]).batch_size() == 3


def test_arrays_without_times_are_at_time_zero():
    batch = TimedBatch.from_array([[1, 2, 3], [4, 5, 6]], np.int8)
    assert batch.times.tolist() == [0, 0]
    assert batch.entry(1)[1].tolist() == [[4, 5, 6]]
    with pytest.raises(ValueError, match="expected .batch, size."):
        TimedBatch.from_array([1, 2, 3])


def test_lists_are_sorted_by_time_and_keep_the_order_of_equal_times():
    batch = TimedBatch.from_lists([([5, 1, 5], [10, 11, 12]), ([], [])])
    assert batch.times.tolist() == [1, 5, 5]
    assert batch.values.tolist() == [11, 10, 12]
    assert batch.values.dtype == np.uint16
    assert batch.batch_size() == 2


@pytest.mark.parametrize(("dtype", "size", "shape"), [(np.uint16, None, (0,)), (np.int8, 7, (0, 7))])
def test_an_empty_batch_has_entries_but_no_values(dtype, size, shape):
    batch = TimedBatch.empty(4, dtype, size)
    assert batch.batch_size() == 4
    assert len(batch) == 0
    assert batch.values.shape == shape and batch.values.dtype == dtype


events = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**43), st.integers(0, 65535)), max_size=40)


@given(events)
def test_events_in_any_order_are_those_of_sorted_lists(given_events):
    entry, time, label = np.array(given_events, np.int64).reshape(-1, 3).T
    batch = TimedBatch.from_events(entry, time, label.astype(np.uint16), 5)
    expected = TimedBatch.from_lists(
        ([t for e, t, _ in given_events if e == b], [v for e, _, v in given_events if e == b]) for b in range(5)
    )
    assert batch == expected


@given(st.lists(st.integers(2**62, 2**63 - 1), max_size=10))
def test_times_that_fill_64_bits_are_sorted_too(times):
    batch = TimedBatch.from_events([1] * len(times), times, np.arange(len(times)), 2)
    assert batch.times.tolist() == sorted(times)


@pytest.mark.parametrize("entry", [-1, 3])
def test_events_of_entries_that_do_not_exist_are_refused(entry):
    with pytest.raises(ValueError, match="expected 0 to 2"):
        TimedBatch.from_events([0, entry], [1, 2], [3, 4], 3)


@pytest.mark.parametrize("make", [
    lambda: TimedBatch([0, 1], [1.5], [0]), lambda: TimedBatch([0, 0.5, 1], [1], [0]),
    lambda: TimedBatch([0, 1], np.array([2**63], np.uint64), [0]), lambda: TimedBatch([0, 1], [np.nan], [0]),
    lambda: TimedBatch.from_array(np.array([[200]]), np.int8), lambda: TimedBatch.from_array([[0.5]], np.uint8),
    lambda: TimedBatch.from_lists([([1], np.array([70000]))]), lambda: TimedBatch.from_lists([([1], [-1])]),
    lambda: TimedBatch.from_events([0], [1.5], [0], 1),
])
def test_no_number_is_changed_to_fit(make):
    with pytest.raises(ValueError, match="does not fit into"):
        make()


def test_whole_numbers_may_be_of_any_type():
    batch = TimedBatch.from_lists([(np.array([125.0]), np.array([3], np.int8)), ([], [])])
    assert batch == TimedBatch([0, 1, 1], [125], np.array([3], np.uint16))


@pytest.mark.parametrize("make", [
    lambda: TimedBatch.from_lists([([], []), ([1, 2], [1, 2, 3])]), lambda: TimedBatch.from_lists([([1, 2], [1])]),
    lambda: TimedBatch.from_events([0, 0], [1, 2], [1, 2, 3], 1),
    lambda: TimedBatch.from_events([0, 0, 0], [1], [1], 1), lambda: TimedBatch.from_events([0], [], [], 1),
])
def test_each_event_has_a_time_and_a_value(make):
    with pytest.raises(ValueError, match="number"):
        make()


def test_equality_looks_at_everything():
    batch = spikes()
    assert batch == spikes()
    assert batch != TimedBatch(batch.offsets, batch.times, batch.values.astype(np.int32))
    assert batch != TimedBatch(batch.offsets, batch.times + 1, batch.values)
    assert batch != TimedBatch([0, 2, 3, 5], batch.times, batch.values)
    assert batch != TimedBatch(batch.offsets, batch.times, batch.values[::-1])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda batch: pickle.loads(pickle.dumps(batch))])
def test_copies_are_equal(duplicate):
    assert duplicate(spikes()) == spikes()


def test_print_tells_the_size():
    assert repr(spikes()) == "TimedBatch(3 entries, 5 values of uint16)"
    assert repr(TimedBatch.from_array(np.zeros((2, 3), np.int8))) == "TimedBatch(2 entries, 2 values of int8[3])"
    assert "MADC sample" in repr(TimedBatch.empty(1, MADC_SAMPLE))
