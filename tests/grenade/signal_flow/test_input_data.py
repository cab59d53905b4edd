"""Input of executions."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from grenade.common import ExecutionInstanceID, Time
from grenade.signal_flow import InputData, InputDataSnippet, TimedBatch


def batch(size: int) -> TimedBatch:
    return TimedBatch.from_array(np.zeros((size, 1), np.int8))


def snippet(*descriptors: int, size: int = 2, runtime=None) -> InputDataSnippet:
    return InputDataSnippet({d: batch(size) for d in descriptors}, [] if runtime is None else [{0: runtime}] * size)


def test_runtimes_are_given_as_numbers_or_types():
    into = InputDataSnippet()
    into.runtime = [{0: 1000, ExecutionInstanceID(3): Time(5)}, {ExecutionInstanceID(): 2000, 3: 7}]
    assert into.runtime[0][ExecutionInstanceID()] == Time(1000)
    assert isinstance(into.runtime[1][3], Time)
    assert into.runtimes(0).tolist() == [1000, 2000]
    assert into.runtimes(ExecutionInstanceID(3)).tolist() == [5, 7]
    assert into.runtimes(1) is None
    assert into.batch_size() == 2


def test_entries_of_a_repeated_runtime_are_independent():
    into = InputDataSnippet(runtime=[{0: 10}] * 3)
    into.runtime[1][0] = 20
    into.runtime.append({0: 30})
    into.runtime[2] = {0: 25}
    assert into.runtimes(0).tolist() == [10, 20, 25, 30]


@pytest.mark.parametrize(("entries", "error"), [
    ([5], TypeError), ([{0: -1}], (OverflowError, TypeError)), ([{0: "long"}], TypeError), ([{"0": 5}], TypeError),
    ([{0: 1.5}], TypeError),
])
def test_wrong_runtimes(entries, error):
    into = InputDataSnippet()
    with pytest.raises(error):
        into.runtime = entries
    with pytest.raises(error):
        into.runtime.extend(entries)


def test_a_runtime_that_only_some_entries_have():
    into = InputDataSnippet(runtime=[{0: 1, 1: 2}, {1: 2}])
    with pytest.raises(RuntimeError, match="batch entry 1 has no runtime for execution instance 0"):
        into.runtimes(0)


def test_values_are_batches():
    with pytest.raises(TypeError, match=r"data\[3\]: expected a TimedBatch"):
        InputDataSnippet({3: [[1, 2]]})


@pytest.mark.parametrize(("made", "size", "empty"), [
    (InputDataSnippet(), 0, True), (snippet(1), 2, False), (snippet(runtime=3), 2, False),
    (snippet(1, 2, size=4, runtime=3), 4, False),
])
def test_batch_size_of_a_snippet(made, size, empty):
    assert made.valid()
    assert made.batch_size() == size
    assert made.empty() is empty
    made.clear()
    assert made.empty() and made.batch_size() == 0


@pytest.mark.parametrize("made", [
    InputDataSnippet({1: batch(2), 2: batch(3)}), InputDataSnippet({1: batch(2)}, [{0: 5}]),
])
def test_batches_of_different_sizes(made):
    assert not made.valid()
    assert not InputData([made]).valid()
    with pytest.raises(RuntimeError, match="different sizes"):
        made.batch_size()


def test_merged_snippets_have_the_values_of_both():
    one, two = snippet(1, runtime=5), InputDataSnippet({2: batch(2)}, [{0: 5, 1: 6}, {1: 7}])
    one.merge(two)
    assert set(one.data) == {1, 2}
    assert [dict(entry) for entry in one.runtime] == [
        {ExecutionInstanceID(0): 5, ExecutionInstanceID(1): 6}, {ExecutionInstanceID(0): 5, ExecutionInstanceID(1): 7},
    ]
    assert two.empty()


def test_an_empty_snippet_takes_runtimes_over():
    one = InputDataSnippet()
    one.merge(snippet(1, runtime=5))
    assert one == snippet(1, runtime=5)


@pytest.mark.parametrize(("one", "two", "message"), [
    (snippet(1), snippet(1), "values for vertex 1"),
    (snippet(1), snippet(2, size=3), "different sizes: .2, 3."),
    (snippet(1, runtime=5), snippet(2, runtime=6), "runtimes 5 and 6 for execution instance 0 in batch entry 0"),
])
def test_snippets_that_contradict_each_other_stay_as_they_were(one, two, message):
    before = copy.deepcopy(one), copy.deepcopy(two)
    with pytest.raises(RuntimeError, match=message):
        one.merge(two)
    assert (one, two) == before


# -- whole inputs -----------------------------------------------------------------------------------------------------

def test_an_input_of_nothing():
    data = InputData()
    assert data.valid() and data.empty()
    assert data.batch_size() == 0


def test_snippets_have_the_same_batch_size():
    assert InputData([snippet(1), snippet(2)]).batch_size() == 2
    different = InputData([snippet(1), snippet(2, size=3)])
    assert not different.valid()
    with pytest.raises(RuntimeError, match="different sizes: .2, 3."):
        different.batch_size()


def test_settings_between_entries():
    data = InputData()
    data.inter_batch_entry_wait = {0: 100}
    data.inter_batch_entry_wait[ExecutionInstanceID(1)] = 200
    data.inter_batch_entry_routing_disabled[0] = False
    assert data.inter_batch_entry_wait == {ExecutionInstanceID(0): Time(100), ExecutionInstanceID(1): Time(200)}
    assert data.inter_batch_entry_wait.get(2, 7) == 7 and 2 not in data.inter_batch_entry_wait
    # a missing instance counts as True, which is for the one who asks
    assert data.inter_batch_entry_routing_disabled.get(ExecutionInstanceID(), True) is False
    assert data.inter_batch_entry_routing_disabled.get(1, True) is True
    with pytest.raises(TypeError, match="expected a bool, got 1"):
        data.inter_batch_entry_routing_disabled[0] = 1
    with pytest.raises((TypeError, OverflowError)):
        data.inter_batch_entry_wait[0] = -5


def test_merging_snippet_by_snippet():
    one, two = InputData([snippet(1), snippet(1)]), InputData([snippet(2), snippet(3)])
    two.inter_batch_entry_wait = {0: 5}
    one.merge(two)
    assert [set(each.data) for each in one.snippets] == [{1, 2}, {1, 3}]
    assert one.inter_batch_entry_wait == {ExecutionInstanceID(): Time(5)}
    assert two.empty() and not two.inter_batch_entry_wait
    empty = InputData()
    empty.merge(one)
    assert [set(each.data) for each in empty.snippets] == [{1, 2}, {1, 3}]


def test_inputs_that_contradict_each_other():
    with pytest.raises(RuntimeError, match="numbers of snippets: 1 and 2"):
        InputData([snippet(1)]).merge(InputData([snippet(2), snippet(3)]))
    one, two = InputData([snippet(1)]), InputData([snippet(2)])
    one.inter_batch_entry_wait, two.inter_batch_entry_wait = {0: 1}, {0: 2}
    with pytest.raises(RuntimeError, match="inter_batch_entry_wait of instance 0"):
        one.merge(two)


def test_inputs_of_which_one_snippet_contradicts_stay_as_they_were():
    one, two = InputData([snippet(1), snippet(2)]), InputData([snippet(3), snippet(2)])
    with pytest.raises(RuntimeError, match="values for vertex 2"):
        one.merge(two)
    assert (one.snippets, two.snippets) == ([snippet(1), snippet(2)], [snippet(3), snippet(2)])


def test_settings_merged_in_place_are_converted():
    wait = InputData([snippet(1)]).inter_batch_entry_wait
    wait |= {1: 7}
    assert wait[ExecutionInstanceID(1)] == Time(7) and list(map(type, wait)) == [ExecutionInstanceID]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_inputs_cannot_be_copied_but_their_snippets_can(duplicate):
    with pytest.raises(TypeError, match="cannot be copied"):
        duplicate(InputData())
    assert duplicate(snippet(1, runtime=4)) == snippet(1, runtime=4)


def test_inputs_can_be_sent():
    data = InputData([snippet(1, runtime=4)])
    data.inter_batch_entry_wait = {0: 3}
    received = pickle.loads(pickle.dumps(data))
    assert received.snippets == data.snippets
    assert received.inter_batch_entry_wait == data.inter_batch_entry_wait
    received.inter_batch_entry_wait[1] = 4
    assert isinstance(received.inter_batch_entry_wait[1], Time)
