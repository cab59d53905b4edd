"""Activations as events of matrix multiplication."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grenade.signal_flow import ConnectionType, Port, TimedBatch
from grenade.signal_flow.transformations import MACSpikeTrainGenerator, SpikePacking, activation_labels


@pytest.mark.parametrize(("driver", "hemisphere", "activation", "label"), [
    (8, 0, 31, 1 + (2 << 6)),
    (8, 1, 31, 1 + (2 << 6) + (1 << 13)),
    (24, 0, 13, 19 + (6 << 6)),
    (1, 0, 1, (1 << 14) + 31),
    (127, 1, 16, (3 << 14) + (1 << 13) + (31 << 6) + 16),
])
def test_label(driver, hemisphere, activation, label):
    assert activation_labels(driver, hemisphere, activation) == label


def generated(top, bottom, num_sends=1, wait=25) -> TimedBatch:
    """Events of lists of activations, one list for each entry of the batch."""
    given_values = [np.asarray(each, np.uint8) for each in (top, bottom) if each is not None]
    sizes = [0 if each is None else np.shape(each)[1] for each in (top, bottom)]
    return MACSpikeTrainGenerator(sizes, num_sends, wait).apply([TimedBatch.from_array(each) for each in given_values])


def test_number_of_packs_follows_from_the_fuller_hemisphere():
    # 0..9 are nine activations above zero, 10..22 thirteen; each is sent twice.
    events = generated([range(10)], [range(10, 23)], num_sends=2)
    packs = SpikePacking.pack_sizes(events)
    assert len(packs) == 26
    assert (packs == 2).sum() == 18
    assert np.unique(events.times).tolist() == list(range(25, 26 * 25 + 1, 25))


def test_no_activation_no_event():
    events = generated([[0, 0, 0], [0, 4, 0]], None)
    assert events.counts().tolist() == [0, 1]
    assert events.times.tolist() == [25]
    assert events.values.tolist() == [activation_labels(1, 0, 4)]


def test_the_first_label_comes_last():
    times, labels = generated([[1, 0, 2, 3]], None, wait=10).entry(0)
    assert times.tolist() == [10, 20, 30]
    assert labels.tolist() == [activation_labels(i, 0, a) for i, a in [(3, 3), (2, 2), (0, 1)]]


def test_events_of_both_hemispheres_share_the_last_times():
    times, labels = generated([[5]], [[7, 8, 9]], wait=4).entry(0)
    assert times.tolist() == [4, 8, 12, 12]
    assert labels.tolist() == [
        activation_labels(2, 1, 9), activation_labels(1, 1, 8), activation_labels(0, 0, 5), activation_labels(0, 1, 7),
    ]


def reference(top, bottom, num_sends, wait) -> list[tuple[int, int]]:
    """Times and labels of an entry, event by event."""
    lists = [
        [int(activation_labels(i, h, a)) for i, a in enumerate(values) if a] for h, values in enumerate((top, bottom))
    ]
    slots = max(map(len, lists)) * num_sends
    events = []
    for slot in reversed(range(slots)):
        for labels in lists:
            if slot < len(labels) * num_sends:
                events.append(((slots - slot) * wait, labels[slot % len(labels)]))
    return events


@settings(deadline=None, max_examples=60)
@given(
    st.data(), st.integers(0, 4), st.integers(0, 128), st.integers(0, 128), st.integers(1, 3), st.integers(1, 100)
)
def test_events_are_those_of_the_definition(data, batch_size, top_size, bottom_size, num_sends, wait):
    if not top_size and not bottom_size:
        top_size = 1
    few = st.sampled_from([0, 0, 0, 1, 15, 31])
    top, bottom = (data.draw(arrays(np.uint8, (batch_size, size), elements=few)) for size in (top_size, bottom_size))
    events = generated(top if top_size else None, bottom if bottom_size else None, num_sends, wait)
    assert events.batch_size() == batch_size
    for b in range(batch_size):
        times, labels = events.entry(b)
        assert list(zip(times.tolist(), labels.tolist(), strict=True)) == reference(top[b], bottom[b], num_sends, wait)


def test_ports():
    assert MACSpikeTrainGenerator((3, 0)).inputs() == (Port(3, ConnectionType.UInt5),)
    assert MACSpikeTrainGenerator((3, 5)).inputs() == (Port(3, ConnectionType.UInt5), Port(5, ConnectionType.UInt5))
    assert MACSpikeTrainGenerator((3, 5)).output() == Port(1, ConnectionType.TimedSpikeToChipSequence)


@pytest.mark.parametrize(("sizes", "num_sends", "message"), [
    ((0, 0), 1, "sizes"), ((129, 0), 1, "sizes"), ((1,), 1, "sizes"), ((-1, 4), 1, "sizes"), ((1, 1), 0, "num_sends"),
])
def test_parameters_out_of_range(sizes, num_sends, message):
    with pytest.raises(ValueError, match=message):
        MACSpikeTrainGenerator(sizes, num_sends)


@pytest.mark.parametrize(("values", "message"), [
    (TimedBatch.from_array(np.array([[1, 32]], np.uint8)), "activation 32, expected 0 to 31"),
    (TimedBatch.from_array(np.array([[1, 2, 3]], np.uint8)), "shape .3,., expected uint8 of shape .2,."),
    (TimedBatch.from_array(np.array([[1, 2]], np.int8)), "int8 values"),
    (TimedBatch([0, 2], [0, 0], np.ones((2, 2), np.uint8)), "2 lists of activations in batch entry 0, expected one"),
])
def test_wrong_activations(values, message):
    with pytest.raises(RuntimeError, match=message):
        MACSpikeTrainGenerator((2, 0)).apply([values])


def test_batches_of_both_hemispheres_have_to_agree():
    one, two = (TimedBatch.from_array(np.ones((n, 2), np.uint8)) for n in (1, 2))
    with pytest.raises(RuntimeError, match="argument 1 has 2 batch entries, expected 1"):
        MACSpikeTrainGenerator((2, 2)).apply([one, two])
