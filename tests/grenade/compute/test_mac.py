"""Vector-matrix multiplication with an ideal chip, and what is refused."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.common import ChipOnConnection, ExecutionInstanceID, Time
from grenade.compute import MAC
from grenade.signal_flow import TimedBatch, UInt5
from tests.grenade.compute.ideal_executor import IdealExecutor

CHIP: Any = object()


def reference(inputs: np.ndarray, weights: np.ndarray, divisor: int, num_sends: int = 1) -> np.ndarray:
    """Sum of the limited results of parts of 128 inputs, limited as well."""
    total = np.zeros((len(inputs), weights.shape[1]), int)
    for first in range(0, len(weights), 128):
        part = num_sends * inputs[:, first:first + 128].astype(int) @ weights[first:first + 128].astype(int)
        total += np.clip(part // divisor, -128, 127)
    return np.clip(total, -128, 127)


# -- results -------------------------------------------------------------------------------------------------------


def test_product() -> None:
    result = MAC([[1, -2], [3, 4]]).run([[1, 2], [31, 0]], CHIP, IdealExecutor())
    assert result.dtype == np.int8
    assert result.tolist() == [[7, 6], [31, -62]]


def test_weights_and_activations_may_be_typed() -> None:
    mac = MAC([[MAC.Weight(-5), MAC.Weight(63)]])
    assert mac.run([[UInt5(2)]], CHIP, IdealExecutor()).tolist() == [[-10, 126]]


def test_result_saturates() -> None:
    assert MAC([[63, -63]]).run([[31]], CHIP, IdealExecutor()).tolist() == [[127, -128]]


def test_parts_saturate_on_their_own() -> None:
    weights = np.concatenate([np.full((128, 1), 63), np.full((128, 1), -1)])
    assert MAC(weights).run(np.ones((1, 256), int), CHIP, IdealExecutor()).tolist() == [[-1]]


def test_sum_of_parts_saturates() -> None:
    assert MAC(np.full((384, 1), 1)).run(np.ones((1, 384), int), CHIP, IdealExecutor()).tolist() == [[127]]


@settings(deadline=None, max_examples=30)
@given(
    inputs=st.one_of(st.integers(1, 8), st.integers(120, 400)),
    outputs=st.one_of(st.integers(1, 8), st.integers(250, 600)),
    batch=st.integers(1, 4), num_sends=st.integers(1, 3), seed=st.integers(0, 1000),
)  # fmt: skip
def test_any_shape(inputs: int, outputs: int, batch: int, num_sends: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.integers(-63, 64, (inputs, outputs))
    activations = random.integers(0, 32, (batch, inputs)) * random.integers(0, 2, (batch, inputs))
    result = MAC(weights, num_sends=num_sends).run(activations, CHIP, IdealExecutor(divisor=50))
    assert np.array_equal(result, reference(activations, weights, 50, num_sends))


def test_sizes() -> None:
    mac = MAC(np.zeros((5, 300), int))
    assert (mac.input_size(), mac.output_size()) == (5, 300)


def test_all_execution_instances_use_the_chip() -> None:
    executor = IdealExecutor()
    MAC(np.zeros((300, 300), int)).run(np.ones((1, 300), int), CHIP, executor)
    assert executor.chips[0] == {ExecutionInstanceID(i): {ChipOnConnection(): CHIP} for i in range(3)}


# -- graphs are kept -----------------------------------------------------------------------------------------------


def test_graph_is_built_once() -> None:
    mac, executor = MAC([[1]]), IdealExecutor()
    for _ in range(2):
        mac.run([[3]], CHIP, executor)
    assert executor.graphs[0] is executor.graphs[1]


def test_other_weights() -> None:
    mac, executor = MAC([[1], [2]]), IdealExecutor()
    assert mac.run([[1, 1]], CHIP, executor).tolist() == [[3]]
    mac.weights = [[4], [-6]]
    assert mac.run([[1, 1]], CHIP, executor).tolist() == [[-2]]


def test_other_settings() -> None:
    mac, executor = MAC([[1]]), IdealExecutor()
    mac.run([[1]], CHIP, executor)
    mac.num_sends, mac.wait_between_events = 4, Time(5)
    assert mac.run([[1]], CHIP, executor).tolist() == [[4]]


def test_matrices_of_one_shape_do_not_disturb_each_other() -> None:
    executor = IdealExecutor()
    first, second = MAC([[1, 2]]), MAC([[3, 4]])
    results = [mac.run([[2]], CHIP, executor).tolist() for mac in (first, second, first)]
    assert results == [[[2, 4]], [[6, 8]], [[2, 4]]]


def test_weights_are_a_copy() -> None:
    weights = np.array([[1]])
    mac = MAC(weights)
    weights[0, 0] = 9
    assert mac.run([[1]], CHIP, IdealExecutor()).tolist() == [[1]]
    with pytest.raises(ValueError, match="read-only"):
        mac.weights[0, 0] = 5


def test_pickle_has_no_graph() -> None:
    mac, executor = MAC(np.ones((128, 8), int), num_sends=3), IdealExecutor(divisor=10)
    expected = mac.run(np.ones((1, 128), int), CHIP, executor)
    pickled = pickle.dumps(mac)
    assert len(pickled) < 3000
    copy = pickle.loads(pickled)
    assert np.array_equal(copy.run(np.ones((1, 128), int), CHIP, executor), expected)
    assert not copy.weights.flags.writeable


# -- execution instances without events ----------------------------------------------------------------------------


def test_runtime_is_left_to_the_events() -> None:
    executor = IdealExecutor()
    MAC([[1]]).run([[0], [3]], CHIP, executor)
    assert not executor.inputs[0].snippets[0].runtime


def test_silent_execution_instance_has_a_runtime() -> None:
    inputs = np.zeros((2, 300), int)
    inputs[1, 0] = 1
    executor = IdealExecutor()
    result = MAC(np.ones((300, 1), int)).run(inputs, CHIP, executor)
    assert result.tolist() == [[0], [1]]
    assert executor.inputs[0].snippets[0].runtime == [{ExecutionInstanceID(1): Time(1)}] * 2


# -- recordings ----------------------------------------------------------------------------------------------------


def test_samples_are_appended_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    mac = MAC([[1]], madc_recording_path=path)
    mac.run([[1], [2]], CHIP, IdealExecutor())
    first = path.read_text()
    assert first.splitlines() == [
        "ExecutionIndex\tbatch\ttime\tvalue", "0\t0\t0\t100", "0\t0\t4\t101", "0\t0\t8\t102", "0\t1\t0\t103",
        "0\t1\t4\t104", "0\t1\t8\t105",
    ]
    mac.run([[1], [2]], CHIP, IdealExecutor())
    assert path.read_text() == first + first.partition("\n")[2]


def test_samples_of_several_execution_instances(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    MAC(np.ones((1, 600), int), madc_recording_path=str(path)).run([[1]], CHIP, IdealExecutor())
    assert [line.split("\t")[0] for line in path.read_text().splitlines()[1:]] == ["0"] * 3 + ["1"] * 3


def test_events_that_come_back_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    mac = MAC(np.ones((3, 1), int), wait_between_events=10, num_sends=2, enable_loopback=True)
    with caplog.at_level(logging.INFO, logger="grenade.compute"):
        result = mac.run([[1, 1, 1], [0, 1, 0]], CHIP, IdealExecutor())
    assert result.tolist() == [[6], [2]]
    assert caplog.messages == [
        "execution instance 0: 8 events came back, 10 +- 0 FPGA cycles apart (10 to 10)"
    ]


def test_no_intervals_are_logged_as_such(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="grenade.compute"):
        MAC([[1]], enable_loopback=True).run([[1]], CHIP, IdealExecutor())
    assert caplog.messages == ["execution instance 0: at most one event of each entry came back, 1 in all"]


# -- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ([[1, 2], [3]], RuntimeError, "rows differ in length"),
        ([], RuntimeError, r"shape \(0,\)"),
        ([[]], RuntimeError, "at least one value"),
        ([1, 2], RuntimeError, "expected 2 dimensions"),
        (np.zeros((2, 2, 2), int), RuntimeError, "expected 2 dimensions"),
        ([[0, 0], [0, 64]], OverflowError, r"64 at \[1, 1\].*-63 to 63"),
        ([[-64]], OverflowError, r"-64 at \[0, 0\]"),
        ([[0, 2**70]], OverflowError, rf"MAC: weights: {2**70} at \[0, 1\]"),
        ([[0.5]], TypeError, "expected integers"),
        ([["a"]], TypeError, "expected integers"),
    ],
)
def test_weights_that_are_refused(weights: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        MAC(weights)
    mac = MAC([[1]])
    with pytest.raises(error, match=text):
        mac.weights = weights
    assert mac.weights.tolist() == [[1]]


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        ([], RuntimeError, r"shape \(0,\)"),
        ([[1, 2], [3]], RuntimeError, "rows differ in length"),
        ([[1]], RuntimeError, "entries of size 1, expected 2"),
        ([[1, 2, 3]], RuntimeError, "entries of size 3, expected 2"),
        ([1, 2], RuntimeError, "expected 2 dimensions"),
        ([[0, 32]], OverflowError, r"32 at \[0, 1\].*0 to 31"),
        ([[0, -1]], OverflowError, r"-1 at \[0, 1\]"),
        ([[0.0, 1.0]], TypeError, "expected integers"),
    ],
)
def test_inputs_that_are_refused(inputs: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        MAC([[1], [2]]).run(inputs, CHIP, IdealExecutor())


@pytest.mark.parametrize("num_sends", [0, -1])
def test_number_of_sends_is_positive(num_sends: int) -> None:
    with pytest.raises(ValueError, match=f"num_sends is {num_sends}"):
        MAC([[1]], num_sends=num_sends)


def test_time_is_not_negative() -> None:
    with pytest.raises((TypeError, OverflowError)):
        MAC([[1]], wait_between_events=-1)


@pytest.mark.parametrize("missing", ["chip", "executor"])
def test_chip_and_executor_are_needed(missing: str) -> None:
    given: dict[str, Any] = {"chip": CHIP, "executor": IdealExecutor()} | {missing: None}
    with pytest.raises(TypeError, match="expected a chip and an executor"):
        MAC([[1]]).run([[1]], **given)


def test_wrong_number_of_results() -> None:
    class Forgetful(IdealExecutor):
        def run_graph(self, graphs: Any, chips: Any, inputs: Any) -> Any:
            output = super().run_graph(graphs, chips, inputs)
            for descriptor in output.snippets[0].data:
                output.snippets[0].data[descriptor] = TimedBatch.from_array(np.zeros((1, 1), np.int8))
            return output

    with pytest.raises(RuntimeError, match=r"shape \(1, 1\), expected \(2, 1\)"):
        MAC([[1]]).run([[1], [2]], CHIP, Forgetful())
