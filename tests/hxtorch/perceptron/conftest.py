"""State of the process that tests change: hardware and mock parameters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import chipsim
import hxtorch
from hxtorch.perceptron import MockParameter, set_mock_parameter


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    torch.manual_seed(1)
    set_mock_parameter(MockParameter())
    yield
    set_mock_parameter(MockParameter())
    hxtorch.release_hardware()


@pytest.fixture
def ideal() -> None:
    """Hardware without deviations and noise, calibrated for products."""
    chip = chipsim.Chip.ideal()
    hxtorch.init_hardware_minimal(connection=chipsim.SimConnection(chip), chip=chip.oracle.mac_chip())


@pytest.fixture(params=[True, False], ids=["mock", "chip"])
def mock(request: pytest.FixtureRequest) -> bool:
    """Whether to compute in mock mode; if not, there is hardware."""
    if not request.param:
        request.getfixturevalue("ideal")
    return bool(request.param)
