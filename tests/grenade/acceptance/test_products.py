"""Vector-matrix products on chips with deviations and noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import chipsim
from grenade.compute import MAC
from grenade.execution import JITGraphExecutor

SEEDS = [None, *range(1, 11)]


@pytest.mark.parametrize("seed", SEEDS)
def test_products(seed: int | None, tmp_path: Path) -> None:
    chip = chipsim.Chip(seed)
    config, executor = chip.oracle.mac_chip(), JITGraphExecutor(chipsim.SimConnection(chip))

    # A matrix of zeros; with a file for the samples of the MADC, to which each run appends.
    path = tmp_path / "samples"
    single = MAC(np.zeros((5, 1), int), madc_recording_path=path)
    lines = []
    for _ in range(2):
        result = single.run([[0, 1, 2, 3, 4]], config, executor)
        assert result.shape == (1, 1) and abs(int(result[0, 0])) < 20
        lines.append(path.read_text().splitlines())
    header, *samples = lines[1]
    assert header.split("\t") == ["ExecutionIndex", "batch", "time", "value"]
    assert len(lines[1]) > len(lines[0]) > 1
    assert all(len(line.split("\t")) == 4 and line.split("\t")[0] == "0" for line in samples)

    random = np.random.default_rng(1)
    weights = random.integers(-63, 64, (256, 256))
    inputs = random.integers(0, 32, (40, 256)) * (random.random((40, 256)) < 0.5)
    results = MAC(weights, num_sends=2).run(inputs, config, executor).astype(float)
    products = inputs @ weights
    correlation = [np.corrcoef(results[:, i], products[:, i])[0, 1] for i in range(256)]
    assert np.median(correlation) > 0.99
    assert np.percentile(correlation, 5) > 0.98
    gain = np.array([np.polyfit(products[:, i], results[:, i], 1)[0] for i in range(256)])
    assert np.median(gain) == pytest.approx(2 * 0.002, rel=0.05)
    assert gain.std() / gain.mean() < (0.015 if seed is None else 0.03)
