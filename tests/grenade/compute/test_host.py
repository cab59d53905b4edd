"""Operations of the host, convolution, and sequences of operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.compute import MAC, Addition, ArgMax, Conv1d, ConvertingReLU, Operation, ReLU, Sequence
from grenade.signal_flow import Int8
from tests.grenade.compute.ideal_executor import IdealExecutor

CHIP: Any = object()

OPERATIONS: list[Operation] = [ReLU(2), ConvertingReLU(2, 1), ArgMax(2), Addition([1, 2])]


# -- integers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "inputs", "expected", "dtype"),
    [
        (ReLU(3), [[-128, 0, 127], [-1, 1, 5]], [[0, 0, 127], [0, 1, 5]], np.int8),
        (ConvertingReLU(4, 2), [[-4, 3, 4, 127]], [[0, 0, 1, 31]], np.uint8),
        (ConvertingReLU(2, 0), [[30, 32]], [[30, 31]], np.uint8),
        (ConvertingReLU(2, 9), [[127, -128]], [[0, 0]], np.uint8),
        (ArgMax(3), [[1, 5, 5], [-3, -2, -9]], [[1], [1]], np.uint32),
        (Addition([100, -100, 0]), [[100, -100, 3], [-5, 5, -128]], [[127, -128, 3], [95, -95, -128]], np.int8),
        (Addition([Int8(-1)]), [[Int8(-128)], [Int8(1)]], [[-128], [0]], np.int8),
    ],
    ids=lambda value: repr(value) if isinstance(value, Operation) else "",
)
def test_results(operation: Operation, inputs: Any, expected: Any, dtype: Any) -> None:
    result = operation.run(inputs)
    assert result.dtype == dtype
    assert result.tolist() == expected
    assert result.shape[1] == operation.output_size()


@pytest.mark.parametrize("operation", OPERATIONS, ids=repr)
@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        ([], RuntimeError, "shape"), ([[1]], RuntimeError, "entries of size 1, expected 2"),
        ([[1, 2], [3]], RuntimeError, "differ in length"), ([[0, 128]], OverflowError, r"128 at \[0, 1\]"),
        ([[-129, 0]], OverflowError, "-128 to 127"),
    ],
)
def test_inputs_that_are_refused(operation: Operation, inputs: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        operation.run(inputs)


@pytest.mark.parametrize("kind", [ReLU, ArgMax, lambda size: ConvertingReLU(size, 1)])
def test_size_is_positive(kind: Any) -> None:
    with pytest.raises(ValueError, match="size is 0"):
        kind(0)


@pytest.mark.parametrize("make", [
    lambda: ReLU(2.5), lambda: ArgMax(2.0), lambda: ConvertingReLU(2.5, 1),
    lambda: ConvertingReLU(2, 1.5),
])  # fmt: skip
def test_sizes_and_shifts_are_integers(make: Any) -> None:
    with pytest.raises(TypeError, match="integer"):
        make()


def test_shift_is_not_negative() -> None:
    with pytest.raises(RuntimeError, match="shift is -1"):
        ConvertingReLU(3, -1)


@pytest.mark.parametrize(("other", "error"), [([], RuntimeError), ([[1]], RuntimeError), ([200], OverflowError)])
def test_summand_that_is_refused(other: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="Addition: other"):
        Addition(other)


# -- convolution ---------------------------------------------------------------------------------------------------


def convolved(inputs: np.ndarray, kernels: np.ndarray, stride: int) -> np.ndarray:
    """(batch, out channels, positions) of (batch, in channels, length)."""
    size = kernels.shape[2]
    positions = range(0, inputs.shape[2] - size + 1, stride)
    windows = np.stack([inputs[:, :, at:at + size] for at in positions], axis=1)
    return np.einsum("bpik,oik->bop", windows, kernels)


@settings(deadline=None, max_examples=40)
@given(
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)), size=st.integers(1, 5), more=st.integers(0, 6),
    stride=st.integers(1, 4), seed=st.integers(0, 1000),
)  # fmt: skip
def test_convolution(channels: tuple[int, int], size: int, more: int, stride: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    kernels = random.integers(-3, 4, (*channels, size))
    inputs = random.integers(0, 3, (2, channels[1], size + more))
    conv = Conv1d(kernels, size + more, stride)
    result = conv.run(inputs.reshape(2, -1), CHIP, IdealExecutor())
    expected = np.clip(convolved(inputs, kernels, stride), -128, 127).reshape(2, -1)
    assert np.array_equal(result, expected)
    assert (conv.input_size(), conv.output_size()) == (inputs[0].size, expected.shape[1])


def test_convolution_sends_events_like_a_multiplication() -> None:
    conv = Conv1d([[[1, 1]]], 3, 1, num_sends=3, wait_between_events=5)
    assert conv.run([[1, 2, 3]], CHIP, IdealExecutor()).tolist() == [[9, 15]]


@pytest.mark.parametrize(
    ("weights", "size", "stride", "error", "text"),
    [
        ([[1, 2]], 3, 1, RuntimeError, "expected 3 dimensions"),
        ([[[1, 2], [3]]], 3, 1, RuntimeError, "differ in length"),
        ([[[]]], 3, 1, RuntimeError, "at least one value"),
        ([[[1, 2, 3, 4]]], 3, 1, RuntimeError, "kernel of length 4 does not fit an input of length 3"),
        ([[[64]]], 3, 1, OverflowError, "64"),
        ([[[1]]], 3, 0, ValueError, "stride is 0"),
        ([[[1]]], 3, 1.5, TypeError, "integer"),
        ([[[1]]], 3.0, 1, TypeError, "integer"),
    ],
)
def test_convolution_that_is_refused(
    weights: Any, size: int, stride: int, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Conv1d(weights, size, stride)


# -- sequences -----------------------------------------------------------------------------------------------------


def test_sequence() -> None:
    sequence = Sequence([
        MAC([[1, -1, 2], [0, 3, 4]]), ConvertingReLU(3, 1), MAC([[1, 0], [0, 1], [2, 2]]), Addition([0, -100]),
        ArgMax(2),
    ])
    # 10 * [1, -1, 2] + 2 * [0, 3, 4] = [10, -4, 28] -> [5, 0, 14] -> [33, 28] -> [33, -72]
    assert Sequence(sequence.data[:4]).run([[10, 2]], CHIP, IdealExecutor()).tolist() == [[33, -72]]
    assert sequence.run([[10, 2]], CHIP, IdealExecutor()).tolist() == [[0]]
    assert (sequence.input_size(), sequence.output_size()) == (2, 1)


def test_sequence_can_grow() -> None:
    sequence = Sequence()
    sequence.data.append(ReLU(2))
    assert sequence.run([[-1, 1]]).tolist() == [[0, 1]]


def test_empty_sequence() -> None:
    for use in (lambda s: s.run([[1]]), Sequence.input_size, Sequence.output_size):
        with pytest.raises(RuntimeError, match="no operations"):
            use(Sequence())


def test_operations_that_do_not_fit_each_other() -> None:
    with pytest.raises(RuntimeError, match="entries of size 2, expected 3"):
        Sequence([ReLU(2), ReLU(3)]).run([[1, 2]])
