"""Traces of inferences: what is recorded, files, and running them again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grenade.compute import MAC, Addition, ArgMax, ConvertingReLU, Operation, ReLU
from hxtorch.perceptron import InferenceTracer, add, argmax, converting_relu, inference_trace, mac, relu, trace_file
from hxtorch.perceptron.nn import Linear
from stadls.checked_file import CheckedFileError, CorruptFileError, ForeignFileError, TruncatedFileError


def layers(x: torch.Tensor, between: Callable[[torch.Tensor], torch.Tensor] = lambda x: x) -> torch.Tensor:
    x = relu(mac(x, torch.zeros(256, 512)))
    x = converting_relu(between(x))
    return relu(mac(x, torch.zeros(512, 123)))


LAYERS = ["mac", "relu", "converting_relu", "mac", "relu"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def test_nothing(ideal: None, path: Path) -> None:
    tracer = InferenceTracer(path)
    tracer.start()
    assert tracer.stop() == []
    with pytest.raises(RuntimeError, match="there are no operations"):
        inference_trace(torch.zeros(3), path)


def test_layers(ideal: None, path: Path) -> None:
    tracer = InferenceTracer(str(path))
    tracer.start()
    layers(torch.zeros(20, 256))
    assert tracer.stop() == LAYERS
    layers(torch.zeros(1, 256))
    assert inference_trace(torch.zeros(20, 256), path).shape == (20, 123)


def test_changes_that_the_chip_would_not_see(ideal: None, path: Path) -> None:
    for change in (lambda x: x + 2, lambda x: x.add_(2), lambda x: x[:, :100], lambda x: x[None]):
        tracer = InferenceTracer(path)
        tracer.start()
        with pytest.raises(RuntimeError, match="something else than the result of the one before, relu"):
            layers(torch.zeros(20, 256), change)
        assert tracer.stop() == LAYERS[:2]


def test_tracers_inside_of_others(ideal: None, tmp_path: Path) -> None:
    outer, inner = InferenceTracer(tmp_path / "outer"), InferenceTracer(tmp_path / "inner")
    outer.start()
    x = mac(torch.zeros(20, 256), torch.zeros(256, 512))
    inner.start()
    x = converting_relu(relu(x))
    assert inner.stop() == ["relu", "converting_relu"]
    relu(mac(x, torch.zeros(512, 123)))
    assert outer.stop() == LAYERS


def test_start_and_stop_alternate(ideal: None, path: Path) -> None:
    tracer = InferenceTracer(path)
    with pytest.raises(RuntimeError, match="not active"):
        tracer.stop()
    tracer.start()
    with pytest.raises(RuntimeError, match="active already"):
        tracer.start()
    relu(torch.zeros(3))
    assert tracer.stop() == ["relu"]
    tracer.start()
    assert tracer.stop() == []


def test_mock_mode_is_not_recorded(path: Path) -> None:
    tracer = InferenceTracer(path)
    tracer.start()
    relu(mac(torch.zeros(5), torch.zeros(5, 3), mock=True) + 1, mock=True)
    assert tracer.stop() == []


@pytest.mark.parametrize("shape", [(256,), (1, 256)])
def test_rectification_again(ideal: None, path: Path, shape: tuple[int, ...]) -> None:
    tracer, x = InferenceTracer(path), torch.arange(-128.0, 128.0).reshape(shape)
    tracer.start()
    result = relu(x)
    tracer.stop()
    again = inference_trace(x, path)
    assert torch.equal(again, result) and again.dtype == torch.float32


def test_a_network_again(ideal: None, path: Path) -> None:
    """Shapes change on the way, and the end is an index."""
    x, bias = (torch.rand(6, 64) * 31).round(), (torch.rand(40) * 20).round()
    first, second = torch.rand(64, 40) * 126 - 63, torch.rand(40, 7) * 126 - 63

    def network() -> torch.Tensor:
        hidden = converting_relu(add(mac(x, first, 2), bias), 1)
        return argmax(mac(hidden, second, 3, 10), 1, keepdim=True)

    tracer = InferenceTracer(path)
    tracer.start()
    result = network()
    assert tracer.stop() == ["mac", "add", "converting_relu", "mac", "argmax"]
    assert torch.equal(inference_trace(x, path), result)
    assert inference_trace(x[0], path).shape == (1,)
    hidden = trace_file.load(path)[0]
    assert isinstance(hidden, MAC) and hidden.num_sends == 2


def test_layers_with_bias_can_be_traced(ideal: None, path: Path) -> None:
    tracer, layer, x = InferenceTracer(path), Linear(64, 5), torch.rand(3, 64) * 31
    tracer.start()
    result = layer(x)
    assert tracer.stop() == ["mac", "add"]
    assert torch.equal(inference_trace(x, path), result)


def test_what_cannot_be_traced(ideal: None, path: Path) -> None:
    tracer, x = InferenceTracer(path), torch.arange(6.0).reshape(2, 3)
    tracer.start()
    for dim, keepdim in ((None, False), (1, False), (0, True)):
        with pytest.raises(RuntimeError, match="expected two dimensions, dim=1 and keepdim=True"):
            argmax(x, dim, keepdim)
    with pytest.raises(RuntimeError, match="the same has to be added to each entry"):
        add(x, x)
    with pytest.raises(RuntimeError, match="two dimensions"):
        argmax(x[None], 1, True)
    assert tracer.stop() == []


@pytest.mark.parametrize(("input", "error", "message"), [
    (torch.zeros(2, 2, 5), RuntimeError, r"\(2, 2, 5\), expected one or two dimensions"),
    (torch.zeros(4), RuntimeError, "size 4, expected 5"),
    (torch.full((5,), 32.0), OverflowError, "32 at"),
    (torch.zeros(5, dtype=torch.float64), RuntimeError, "float64"),
])
def test_bad_inputs(ideal: None, path: Path, input: torch.Tensor, error: type[Exception], message: str) -> None:
    trace_file.save([MAC(np.ones((5, 3), int))], path)
    with pytest.raises(error, match=message):
        inference_trace(input, path)


def test_running_wants_hardware(path: Path) -> None:
    trace_file.save([ReLU(3)], path)
    with pytest.raises(RuntimeError, match="not initialised"):
        inference_trace(torch.zeros(3), path)


# -- files -------------------------------------------------------------------------------------------------------------

sizes = st.integers(1, 5)
operations = st.one_of(
    st.builds(
        lambda rows, columns, value, sends, wait: MAC(np.full((rows, columns), value), sends, wait),
        sizes, sizes, st.integers(-63, 63), st.integers(1, 9), st.integers(0, 99),
    ),
    st.builds(ReLU, sizes),
    st.builds(ConvertingReLU, sizes, st.integers(0, 9)),
    st.builds(lambda values: Addition(np.array(values)), st.lists(st.integers(-128, 127), min_size=1, max_size=5)),
    st.builds(ArgMax, sizes),
)


def contents(operation: Any) -> Any:
    return (repr(operation), getattr(operation, "weights", getattr(operation, "other", np.zeros(0))).tolist())


@given(st.lists(operations, max_size=4))
def test_files_hold_what_was_written(written: list[Operation]) -> None:
    read = trace_file.from_bytes(trace_file.to_bytes(written))
    assert [contents(operation) for operation in read] == [contents(operation) for operation in written]


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_damage_is_seen(place: int, change: int) -> None:
    data = bytearray(trace_file.to_bytes([MAC(np.ones((3, 3), int)), ReLU(3)]))
    data[place % len(data)] ^= change
    with pytest.raises(CheckedFileError):
        trace_file.from_bytes(bytes(data))


@pytest.mark.parametrize("body", [
    {"name": "mac"}, [{"name": "sigmoid", "size": 3}], [{"name": "relu"}], [{"name": "relu", "size": 0}], [5],
    [{"name": "add", "other": {"shape": [2], "values": b"1"}}],
    [{"name": "mac", "weights": {"shape": [1, 1], "values": b"\x50"}, "num_sends": 1, "wait_between_events": 5}],
])
def test_contents_that_make_no_sense(body: Any, path: Path) -> None:
    import msgpack

    path.write_bytes(trace_file.FORMAT.pack(msgpack.packb(body)))
    with pytest.raises(CorruptFileError, match=f"{path.name}: damaged"):
        trace_file.load(path)


def test_other_files(path: Path) -> None:
    path.write_bytes(b"something else")
    with pytest.raises(ForeignFileError, match="not an inference trace"):
        trace_file.load(path)
    path.write_bytes(trace_file.to_bytes([ReLU(3)])[:-1])
    with pytest.raises(TruncatedFileError):
        trace_file.load(path)
    with pytest.raises(OSError):
        trace_file.load(path.parent / "nothing")
