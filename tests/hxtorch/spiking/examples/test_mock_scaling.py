"""Example: potentials of mock experiment and chip."""

import pytest

from hxtorch.examples.spiking import mock_scaling
from hxtorch.spiking.utils.dynamic_range import measurement


def test_mock_scaling(monkeypatch, tmp_path):
    monkeypatch.setenv("BSS2_CHIP_SEED", "1")
    monkeypatch.setattr(measurement, "BATCH_SIZE", 8)
    monkeypatch.setattr(mock_scaling, "WEIGHTS_TO_MEASURE", 4)
    scaling = mock_scaling.main()
    # The alpha function of the Euler steps.
    assert scaling.mock.max().item() == pytest.approx(0.9**9)
    assert scaling.chip.max().item() == pytest.approx(0.9**9, rel=0.1)
    mock_scaling.plot(scaling, tmp_path / "mock_scaling.png")
    assert (tmp_path / "mock_scaling.png").stat().st_size > 5000
