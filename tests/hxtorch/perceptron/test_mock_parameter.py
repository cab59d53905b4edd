"""Parameters of mock mode."""

from __future__ import annotations

import math

import pytest

import hxtorch
from hxtorch.perceptron import MockParameter, get_mock_parameter, measure_mock_parameter, set_mock_parameter


def test_defaults_and_comparison() -> None:
    assert MockParameter() == MockParameter(noise_std=2.0, gain=0.002) == get_mock_parameter()
    assert MockParameter() != MockParameter(gain=0.0021)
    assert repr(MockParameter(1.5, 0.003)) == "MockParameter(noise_std=1.5, gain=0.003)"


def test_what_was_set_is_given_back() -> None:
    set_mock_parameter(MockParameter(gain=0.0043))
    assert get_mock_parameter() == MockParameter(2.0, 0.0043)


def test_nobody_changes_what_is_in_use_by_accident() -> None:
    parameter = MockParameter(gain=0.5)
    set_mock_parameter(parameter)
    parameter.gain = 0.1
    get_mock_parameter().gain = 0.2
    assert get_mock_parameter().gain == 0.5


@pytest.mark.parametrize("gain", [2000, 1.0001, 0, -0.002, math.nan, math.inf])
def test_gains_out_of_range(gain: float) -> None:
    with pytest.raises(OverflowError, match=f"gain is {gain!r}, expected above 0 and at most 1"):
        set_mock_parameter(MockParameter(gain=gain))
    assert get_mock_parameter() == MockParameter()


@pytest.mark.parametrize("noise_std", [-1, math.nan, math.inf])
def test_noise_out_of_range(noise_std: float) -> None:
    with pytest.raises(ValueError, match="noise_std is"):
        set_mock_parameter(MockParameter(noise_std=noise_std))


def test_other_types() -> None:
    with pytest.raises(TypeError, match="expected a MockParameter"):
        set_mock_parameter(0.002)  # type: ignore[arg-type]


def test_measurement_wants_hardware() -> None:
    with pytest.raises(RuntimeError, match="not initialised"):
        measure_mock_parameter()


def test_measurement_without_deviations_and_noise(ideal: None) -> None:
    measured = measure_mock_parameter()
    assert measured.gain == pytest.approx(0.002, rel=0.05)
    # Two parts of a product that are rounded on their own, and slightly bent.
    assert measured.noise_std < 1.5
    assert get_mock_parameter() == MockParameter()


def test_measurement_of_a_chip_that_is_not_calibrated() -> None:
    from stadls import ZeroMockConnection

    hxtorch.init_hardware_minimal(connection=ZeroMockConnection())
    with pytest.raises(RuntimeError):
        measure_mock_parameter()
