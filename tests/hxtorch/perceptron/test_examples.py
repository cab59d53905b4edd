"""Examples that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import hxtorch
from hxtorch import hardware
from hxtorch.examples.perceptron import minimal, mnist
from hxtorch.perceptron import MockParameter, get_mock_parameter, nn


@pytest.fixture(autouse=True)
def calibrations(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSS2_CALIBRATION_PATH", str(tmp_path_factory.mktemp("calibrations")))


def test_minimal() -> None:
    result = minimal.main()
    assert result.shape == (256,)
    assert result.mean().item() == pytest.approx(128 * 10 * 20 * 0.002, rel=0.1)
    assert not hardware.has_executor()


def test_mnist_in_mock_mode(tmp_path: Path) -> None:
    path = tmp_path / "model"
    options = ["--mock", "--embedded", "--epochs=1", "--batch-size=30"]
    assert mnist.main([*options, f"--save-model={path}"]) > 0.5
    assert mnist.main(["--mock", "--embedded", "--epochs=0", f"--resume-from={path}"]) > 0.5
    assert get_mock_parameter() == MockParameter()


def test_mnist_on_the_chip_without_training(tmp_path: Path) -> None:
    from calix.nightly import calibration_path
    from stadls import connection_from_environment

    calibration = calibration_path(connection_from_environment(), "hagen_cocolist.pbin")
    options = ["--embedded", "--epochs=0", "--dataset-fraction=0.02", f"--calibration-path={calibration}"]
    assert 0 <= mnist.main(options) <= 0.6
    assert not hardware.has_executor()
    with pytest.raises(RuntimeError):
        mnist.main([*options[:-1], f"--calibration-path={tmp_path / 'missing'}"])
    assert not hardware.has_executor()


@pytest.mark.slow
def test_mnist_on_the_chip() -> None:
    assert mnist.main(["--embedded", "--epochs=1", "--batch-size=30"]) > 0.5


@pytest.mark.parametrize("size", [28, 16])
def test_model_of_mnist(size: int) -> None:
    model = mnist.Model(size, mock=True)
    assert model(torch.rand(3, 1, size, size) * 31).shape == (3, 10)
    assert isinstance(model.features[0], nn.Conv2d) and model.features[0].out_channels == 20


def test_data_of_mnist() -> None:
    data = mnist.Data(np.full((100, 16, 16), 255, np.uint8), np.arange(100) % 10, 0.5)
    assert data.images.shape == (50, 1, 16, 16) and data.images.max() == 31
    assert [len(digits) for _, digits in data.batches(20)] == [20, 20, 10]
    found = torch.cat([digits for _, digits in data.batches(7, shuffled=True)])
    assert not torch.equal(found, data.digits) and torch.equal(found.sort()[0], data.digits.sort()[0])


@pytest.mark.parametrize("options", [["--dataset-fraction=0"], ["--dataset-fraction=1.5"], ["--what"]])
def test_bad_options_of_mnist(options: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        mnist.main(options)
    assert raised.value.code == 2
    hxtorch.release_hardware()
