"""Gain and noise of the chip, for mock mode and for gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hxtorch.perceptron.constants import defaults


@dataclass
class MockParameter:
    """What products on the chip are like.

    Attributes
    ----------
    noise_std : float
        Standard deviation of the noise of results.
    gain : float
        Result for an activation of 1, a weight of 1, and one send.
    """

    noise_std: float = defaults.noise_std
    gain: float = defaults.gain


_parameter = MockParameter()


def get_mock_parameter() -> MockParameter:
    """The values in use; a copy."""
    return replace(_parameter)


def set_mock_parameter(parameter: MockParameter) -> None:
    """Use other values from now on, in mock mode and for all gradients.

    Raises
    ------
    OverflowError
        The gain is not above 0 and at most 1.
    ValueError
        The noise is negative or not finite.
    TypeError
        It is no `MockParameter`.
    """
    global _parameter
    if not isinstance(parameter, MockParameter):
        raise TypeError(f"set_mock_parameter: got {parameter!r}, expected a MockParameter")
    if not 0 < parameter.gain <= 1:
        raise OverflowError(f"set_mock_parameter: the gain is {parameter.gain!r}, expected above 0 and at most 1")
    if not 0 <= parameter.noise_std < float("inf"):
        raise ValueError(f"set_mock_parameter: noise_std is {parameter.noise_std!r}, expected at least 0, and finite")
    _parameter = replace(parameter)
