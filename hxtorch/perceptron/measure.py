"""Measurement of gain and noise of the chip."""

from __future__ import annotations

import torch

from hxtorch.perceptron import constants as c
from hxtorch.perceptron.matmul import matmul
from hxtorch.perceptron.mock_parameter import MockParameter

_INPUTS, _OUTPUTS = 256, 128
_WEIGHT = c.synaptic_weight_max / 3
_ACTIVATION = c.input_activation_max / 2
_DENSITY = 0.85
"""Part of the inputs that are used, from one of the tests to the next one."""
_TESTS, _RUNS = 20, 50
_TARGET = c.output_activation_max / 2


def measure_mock_parameter() -> MockParameter:
    """Gain and noise of the chip with the settings that are loaded; they have to be those of a calibration.

    Random vectors are multiplied with a matrix of equal weights. How many inputs are used is chosen such that results
    are in the middle of their range.

    Returns
    -------
    MockParameter
        The median of all gains, and that of the columns' standard deviations. It is not set.

    Raises
    ------
    RuntimeError
        The hardware is not initialised, or all results are 0.
    """
    weights = torch.full((_INPUTS, _OUTPUTS), _WEIGHT)
    density = _DENSITY ** torch.arange(_TESTS)
    results = matmul(_inputs(density), weights, wait_between_events=c.defaults.wait_between_events)
    best = (results.median(1).values - _TARGET).abs().argmin()
    inputs = _inputs(density[best].expand(_RUNS))
    exact, measured = inputs @ weights, matmul(inputs, weights)
    gain = (measured / exact)[exact > 0].median().item() if (exact > 0).any() else 0.0
    if not gain:
        raise RuntimeError("measure_mock_parameter: half of the results are 0; is there a calibration for products?")
    noise_std = (measured - exact * gain).std(0).median().item()
    return MockParameter(noise_std, gain)


def _inputs(density: torch.Tensor) -> torch.Tensor:
    """Vectors [n, inputs] in which a part `density` [n] of the inputs is used."""
    return _ACTIVATION * (torch.rand(len(density), _INPUTS) < density[:, None])
