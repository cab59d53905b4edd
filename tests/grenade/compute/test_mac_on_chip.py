"""Vector-matrix multiplication on a simulated chip."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chipsim
import halco
from grenade.compute import MAC, ConvertingReLU, Sequence
from grenade.execution import JITGraphExecutor


class Setup:
    """A chip without deviations and noise, its settings, and an executor."""

    def __init__(self) -> None:
        chip = chipsim.Chip.ideal()
        self.chip = chip.oracle.mac_chip()
        self.executor = JITGraphExecutor(chipsim.SimConnection(chip))

    def run(self, operation: Any, inputs: Any) -> np.ndarray:
        result: np.ndarray = operation.run(inputs, self.chip, self.executor)
        return result


@pytest.fixture(scope="module")
def setup() -> Iterator[Setup]:
    yield Setup()


def test_single(setup: Setup) -> None:
    result = setup.run(MAC(np.zeros((5, 1), int)), [[0, 1, 2, 3, 4]])
    assert result.shape == (1, 1)
    assert result.dtype == np.int8


def test_result_is_proportional_to_the_product(setup: Setup) -> None:
    random = np.random.default_rng(1)
    weights = random.integers(-63, 64, (128, 256))
    inputs = random.integers(0, 32, (4, 128)) * (random.random((4, 128)) < [[0.25], [0.5], [0.75], [1]])
    products = inputs @ weights
    result = setup.run(MAC(weights), inputs).astype(int)
    gain = (result * products).sum() / (products**2).sum()
    assert gain == pytest.approx(0.002, rel=0.05)
    # The inputs of the neurons bend a little where much arrives at once.
    assert result.std() > 10
    assert (result - gain * products).std() < 1.5


def test_larger_activations_and_more_sends_are_longer_pulses(setup: Setup) -> None:
    weights = np.full((8, 1), 60)
    inputs = np.tile(np.arange(1, 32, 5)[:, None], 8)
    once, twice = (setup.run(MAC(weights, num_sends=n), inputs)[:, 0].astype(int) for n in (1, 2))
    assert (np.diff(once) > 0).all()
    assert once[-1] > 20
    assert np.abs(twice / once[-1] - 2 * once / once[-1]).max() < 0.2


def test_no_event_no_result(setup: Setup) -> None:
    assert not setup.run(MAC(np.full((5, 9), 63)), np.zeros((3, 5), int)).any()


@pytest.mark.parametrize("outputs", [1, 2, 12, 256])
def test_entries_do_not_see_what_was_before(setup: Setup, outputs: int) -> None:
    inputs = np.zeros((3, 128), int)
    inputs[1] = 31
    result = setup.run(MAC(np.full((128, outputs), 63)), inputs)
    assert result.tolist() == [[0] * outputs, [127] * outputs, [0] * outputs]


def test_hemispheres_are_alike_without_deviations(setup: Setup) -> None:
    weights = np.tile(np.linspace(-63, 63, 10).astype(int), (256, 1))
    inputs = np.zeros((2, 256), int)
    inputs[0, 3:60], inputs[1, 128 + 3:128 + 60] = 9, 9
    top, bottom = setup.run(MAC(weights), inputs).astype(int)
    assert top.max() > 50
    assert np.abs(top - bottom).max() <= 1


def test_large_matrix_is_the_sum_of_its_parts(setup: Setup) -> None:
    random = np.random.default_rng(2)
    weights = random.integers(-30, 31, (300, 260))
    inputs = random.integers(0, 32, (2, 300)) * (random.random((2, 300)) < 0.2)
    whole = setup.run(MAC(weights), inputs).astype(int)
    parts = sum(
        setup.run(MAC(weights[first:first + 128]), inputs[:, first:first + 128]).astype(int)
        for first in range(0, 300, 128)
    )
    assert whole.std() > 5
    assert np.abs(whole - np.clip(parts, -128, 127)).max() <= 3


def test_sequence_of_layers(setup: Setup) -> None:
    random = np.random.default_rng(3)
    first, second = random.integers(-63, 64, (64, 32)), random.integers(-63, 64, (32, 4))
    layers = Sequence([MAC(first), ConvertingReLU(32, 1), MAC(second)])
    inputs = random.integers(0, 32, (3, 64))
    hidden = setup.run(Sequence(layers.data[:2]), inputs)
    assert hidden.max() > 3
    result = setup.run(layers, inputs)
    assert result.shape == (3, 4)
    assert np.corrcoef(result.ravel(), (hidden @ second).ravel())[0, 1] > 0.98


def test_samples_of_a_neuron_are_appended(setup: Setup, tmp_path: Path) -> None:
    path = tmp_path / "samples"
    mac = MAC(np.full((5, 1), 63), madc_recording_path=path, wait_between_events=125)
    lines = []
    for _ in range(2):
        setup.run(mac, [[0, 1, 2, 3, 4], [31] * 5])
        lines.append(path.read_text().splitlines())
    assert lines[1][:len(lines[0])] == lines[0]
    assert len(lines[1]) > len(lines[0]) > 20
    assert lines[1][0] == "ExecutionIndex\tbatch\ttime\tvalue"
    assert all(re.fullmatch(r"0\t[01]\t\d+\t\d+", line) for line in lines[1][1:])
    samples = np.loadtxt(path, dtype=int, skiprows=1)
    entry = samples[samples[:, 1] == 1][:len(samples) // 4]
    rise = entry[-1, 3] - entry[0, 3]
    assert rise > 5


def test_samples_of_a_neuron_that_does_not_compute(setup: Setup, tmp_path: Path) -> None:
    path = tmp_path / "samples"
    neuron = halco.AtomicNeuronOnDLS(halco.Enum(300))
    setup.run(MAC([[63]], madc_recording_neuron=neuron, madc_recording_path=path, wait_between_events=500), [[31]])
    values = np.loadtxt(path, dtype=int, skiprows=1)[:, 3]
    assert len(values) > 20
    assert np.ptp(values) <= 2


def test_events_come_back(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    inputs = np.zeros((2, 128), int)
    inputs[0, [0, 1, 2, 70]], inputs[1, 7:10] = 5, 9
    with caplog.at_level(logging.INFO, logger="grenade.compute"):
        setup.run(MAC(np.ones((128, 1), int), wait_between_events=200, enable_loopback=True), inputs)
    (message,) = [text for text in caplog.messages if "came back" in text]
    # All but the last one of each entry.
    assert message.startswith("execution instance 0: 5 events came back, 200 +- 0 FPGA cycles apart")
