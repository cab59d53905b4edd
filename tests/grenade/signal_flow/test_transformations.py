"""Functions that the host applies to values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grenade.signal_flow import ConnectionType, Port, TimedBatch
from grenade.signal_flow.transformations import (
    Addition,
    ArgMax,
    Concatenation,
    ConvertingReLU,
    ExternalSourceMerger,
    MACSpikeTrainGenerator,
    ReLU,
    SpikePacking,
    Subtraction,
)

Int8, UInt5, UInt32 = ConnectionType.Int8, ConnectionType.UInt5, ConnectionType.UInt32


def int8(values) -> TimedBatch:
    return TimedBatch.from_array(np.atleast_2d(np.asarray(values, np.int8)))


def result(function, *values) -> list:
    return function.apply([int8(each) for each in values]).values.tolist()


@pytest.mark.parametrize(("a", "b", "total", "difference"), [
    (0, 0, 0, 0), (1, 2, 3, -1), (126, 126, 127, 0), (-128, -128, -128, 0), (126, -128, -2, 127),
    (-128, 126, -2, -128), (100, 27, 127, 73), (100, 28, 127, 72), (-100, -28, -128, -72), (-100, 28, -72, -128),
])
def test_addition_and_subtraction_saturate(a, b, total, difference):
    assert result(Addition(2, 1), [a], [b]) == [[total]]
    assert result(Subtraction(2, 1), [a], [b]) == [[difference]]


def test_only_the_sum_is_clamped_not_its_parts():
    assert result(Addition(3, 1), [100], [100], [-100]) == [[100]]
    assert result(Subtraction(3, 1), [-100], [100], [-100]) == [[-100]]


same_shape = st.tuples(st.integers(0, 5), st.integers(1, 6)).flatmap(
    lambda shape: st.lists(arrays(np.int8, shape), min_size=1, max_size=4)
)


@settings(deadline=None)
@given(same_shape)
def test_addition_and_subtraction_are_element_wise(values):
    batches = [TimedBatch.from_array(each) for each in values]
    wide = [each.astype(int) for each in values]
    total, difference = sum(wide), wide[0] - sum(wide[1:])
    size = values[0].shape[1]
    for function, expected in ((Addition(len(values), size), total), (Subtraction(len(values), size), difference)):
        out = function.apply(batches)
        assert out == TimedBatch.from_array(np.clip(expected, -128, 127).astype(np.int8))


@pytest.mark.parametrize(("value", "rectified"), [(-128, 0), (-1, 0), (0, 0), (1, 1), (127, 127)])
def test_relu(value, rectified):
    assert result(ReLU(2), [value, 3]) == [[rectified, 3]]


@pytest.mark.parametrize(("value", "shift", "converted"), [
    (-128, 0, 0), (-1, 7, 0), (5, 0, 5), (31, 0, 31), (32, 0, 31), (127, 0, 31), (127, 1, 31), (127, 2, 31),
    (124, 2, 31), (123, 2, 30), (127, 3, 15), (127, 7, 0),
])
def test_converting_relu(value, shift, converted):
    out = ConvertingReLU(1, shift).apply([int8([value])])
    assert out.values.tolist() == [[converted]]
    assert out.values.dtype == np.uint8


@pytest.mark.parametrize(("values", "index"), [([3], 0), ([1, 5, 2], 1), ([-4, -2, -2], 1), ([7, 7, 7], 0)])
def test_argmax_is_the_first_of_the_largest(values, index):
    out = ArgMax(len(values)).apply([int8(values)])
    assert out.values.tolist() == [[index]]
    assert out.values.dtype == np.uint32


def test_argmax_of_unsigned_values():
    values = TimedBatch.from_array(np.array([[1, 2**31, 3]], np.uint32))
    assert ArgMax(3, UInt32).apply([values]).values.tolist() == [[1]]


def test_concatenation_keeps_the_order_of_arguments():
    assert result(Concatenation(Int8, [2, 1, 3]), [1, 2], [3], [4, 5, 6]) == [[1, 2, 3, 4, 5, 6]]


def test_times_and_entries_of_the_first_argument_are_kept():
    argument = TimedBatch([0, 2, 3], [4, 9, 1], np.array([[-1], [2], [3]], np.int8))
    out = ReLU(1).apply([argument])
    assert (out.offsets.tolist(), out.times.tolist()) == ([0, 2, 3], [4, 9, 1])
    assert out.values.tolist() == [[0], [2], [3]]


@pytest.mark.parametrize(("function", "inputs", "output"), [
    (Addition(3, 4), [Port(4, Int8)] * 3, Port(4, Int8)),
    (Subtraction(2, 4), [Port(4, Int8)] * 2, Port(4, Int8)),
    (ReLU(4), [Port(4, Int8)], Port(4, Int8)),
    (ConvertingReLU(4, 2), [Port(4, Int8)], Port(4, UInt5)),
    (ArgMax(4), [Port(4, Int8)], Port(1, UInt32)),
    (Concatenation(UInt5, [1, 2]), [Port(1, UInt5), Port(2, UInt5)], Port(3, UInt5)),
])
def test_ports(function, inputs, output):
    assert function.inputs() == tuple(inputs)
    assert function.output() == output


@pytest.mark.parametrize("make", [
    lambda: Addition(0, 1), lambda: Addition(1, 0), lambda: Subtraction(2, -1), lambda: ReLU(0),
    lambda: ConvertingReLU(1, 8), lambda: ConvertingReLU(1, -1), lambda: ArgMax(0),
    lambda: ArgMax(1, ConnectionType.TimedSpikeToChipSequence), lambda: ArgMax(1, ConnectionType.DataInt8),
    lambda: Concatenation(Int8, []), lambda: Concatenation(ConnectionType.SynapticInput, [1]),
])
def test_parameters_out_of_range(make):
    with pytest.raises(ValueError, match="expected|carries no values"):
        make()


@pytest.mark.parametrize("make", [
    lambda: Addition(1.5, 1), lambda: ReLU(2.0), lambda: ConvertingReLU(2, 1.5), lambda: Concatenation(Int8, [1.5]),
    lambda: MACSpikeTrainGenerator((2.5, 0)),
])
def test_parameters_are_integers(make):
    with pytest.raises(TypeError, match="interpreted as an integer"):
        make()


@pytest.mark.parametrize(("function", "values", "message"), [
    (Addition(2, 1), [int8([1])], "number of arguments is 1, expected 2"),
    (Addition(2, 1), [int8([1]), int8([1, 2])], "argument 1 has int8 values of shape .2,."),
    (Addition(2, 1), [int8([[1], [2]]), int8([1])], "argument 1 has 1 batch entries, expected 2"),
    (
        Addition(2, 1), [int8([[1], [2]]), TimedBatch([0, 0, 2], [0, 0], np.zeros((2, 1), np.int8))],
        "argument 1 has 0 values in batch entry 0, expected 1",
    ),
    (ReLU(1), [TimedBatch.from_array(np.zeros((1, 1), np.uint8))], "has uint8 values"),
    (SpikePacking(), [int8([1])], "has int8 values"),
])
def test_arguments_have_to_fit_the_ports(function, values, message):
    with pytest.raises(RuntimeError, match=message):
        function.apply(values)


def test_functions_are_equal_if_their_parameters_are():
    assert ConvertingReLU(3, 2) == ConvertingReLU(3, 2)
    assert ConvertingReLU(3, 2) != ConvertingReLU(3, 1)
    assert Addition(2, 3) != Subtraction(2, 3)
    assert repr(ConvertingReLU(3, 2)) == "ConvertingReLU(size=3, shift=2)"


# -- events -----------------------------------------------------------------------------------------------------------

def spikes(*entries) -> TimedBatch:
    return TimedBatch.from_lists([([t for t, _ in entry], [v for _, v in entry]) for entry in entries])


@pytest.mark.parametrize(("times", "packs"), [
    ([[]], []), ([[1, 2, 3]], [1, 1, 1]), ([[1, 1]], [2]), ([[1, 1, 1]], [2, 1]), ([[1, 1, 1, 1]], [2, 2]),
    ([[1, 2, 2, 3, 3, 3]], [1, 2, 2, 1]), ([[5], [5, 5], []], [1, 2]), ([[5, 5, 5], [5]], [2, 1, 1]),
])
def test_neighbours_with_equal_times_are_packed(times, packs):
    batch = spikes(*[[(t, 0) for t in entry] for entry in times])
    assert SpikePacking.pack_sizes(batch).tolist() == packs
    assert SpikePacking().apply([batch]) == batch


def test_recorded_spikes_get_other_labels_and_delays():
    merger = ExternalSourceMerger([[(7, 100, 50), (8, 101, 0)]])
    merged = merger.apply([spikes([(60, 1)]), spikes([(20, 7), (30, 8), (40, 9)])])
    # 7 at 20 becomes 100 at 70; 8 at 30 becomes 101 at 30; 9 has no translation.
    assert merged == spikes([(30, 101), (60, 1), (70, 100)])


def test_a_spike_may_become_several_events():
    merger = ExternalSourceMerger([[(7, 100, 0), (5, 1, 1), (7, 101, 3)]])
    assert merger.apply([spikes([]), spikes([(2, 7)])]) == spikes([(2, 100), (5, 101)])


def test_several_execution_instances_are_merged_entry_by_entry():
    merger = ExternalSourceMerger([[(1, 10, 0)], [(1, 20, 0)]])
    merged = merger.apply([spikes([(5, 0)], []), spikes([(5, 1)], [(9, 1)]), spikes([(4, 1)], [(9, 1), (9, 2)])])
    assert merged == spikes([(4, 20), (5, 0), (5, 10)], [(9, 10), (9, 20)])


def test_without_translations_events_from_the_host_stay():
    assert ExternalSourceMerger().apply([spikes([(1, 2)])]) == spikes([(1, 2)])
    assert ExternalSourceMerger([[]]).apply([spikes([(1, 2)]), spikes([(1, 3)])]) == spikes([(1, 2)])


entry_of_spikes = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=12)


@settings(deadline=None)
@given(
    st.lists(st.tuples(entry_of_spikes, entry_of_spikes), max_size=3),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 65535), st.integers(0, 9)), max_size=8),
)
def test_merging_is_that_of_single_events(entries, table):
    merger = ExternalSourceMerger([np.array(table, np.int64).reshape(-1, 3)])
    external, recorded = (spikes(*[entry[i] for entry in entries]) for i in (0, 1))
    merged = merger.apply([external, recorded])
    assert merged.batch_size() == len(entries)
    for b, (from_host, from_chip) in enumerate(entries):
        expected = from_host + [
            (time + delay, label) for time, spike in from_chip for source, label, delay in table if source == spike
        ]
        times, labels = merged.entry(b)
        assert times.tolist() == sorted(times.tolist())
        assert sorted(zip(times.tolist(), labels.tolist(), strict=True)) == sorted(expected)


@pytest.mark.parametrize(("table", "message"), [
    ([(1, 2)], "shape .1, 2."), ([(1, 65536, 0)], "labels 1 to 65536"), ([(-1, 0, 0)], "labels -1 to 0"),
    ([(1, 1, -5)], "delay -5"), ([(1.5, 2.0, 0.0)], "float64"),
])
def test_wrong_translations(table, message):
    with pytest.raises(ValueError, match=message):
        ExternalSourceMerger([table])


def test_mergers_are_equal_if_they_translate_the_same():
    assert ExternalSourceMerger([[(1, 2, 3)]]) == ExternalSourceMerger([np.array([[1, 2, 3]])])
    assert ExternalSourceMerger([[(1, 2, 3)]]) != ExternalSourceMerger([[(1, 2, 4)]])
    assert ExternalSourceMerger([[]]) != ExternalSourceMerger([])
