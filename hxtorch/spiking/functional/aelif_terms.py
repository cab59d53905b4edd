"""Parameters of a current-based neuron, checked, and which of them the chosen terms use."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from hxtorch.spiking.functional.step_code import CuBaStepCode
from hxtorch.spiking.functional.surrogate import check_method

Value = Any
"""A number or a tensor that can be broadcast to (neurons,)."""

_WHOLE = 1e-4
"""A refractory time this close to a whole number of steps is that number: times in float32 are not exact."""

EXPONENT_LIMIT = 30.0
"""Largest argument of the exponential term: far beyond any threshold, and gradients stay finite in float32."""


class CuBaParameters(NamedTuple):
    """What `cuba_aelif_integration` is given; times in seconds."""

    leak: Value
    reset: Value
    threshold: Value
    tau_syn: Value
    c: Value
    g_l: Value
    refractory_time: Value
    exp_slope: Value
    exp_threshold: Value
    subthreshold_adaptation_strength: Value
    spike_triggered_adaptation_increment: Value
    tau_adap: Value
    method: str
    alpha: float
    dt: float

    def checked(self, terms: CuBaStepCode, size: int) -> CuBaParameters:
        """The same with `g_l` and the rows of `tau_syn` resolved.

        Raises
        ------
        ValueError
            A value does not fit to `size` neurons, a time constant in use is not positive, unknown method.
        """
        values = self._replace(
            g_l=1.0 if self.g_l is None else self.g_l, tau_syn=one_row(self.tau_syn, size), alpha=float(self.alpha))
        positive = {"dt", "tau_syn", "c"}
        positive |= {"exp_slope"} if terms.exponential else set()
        positive |= {"tau_adap"} if terms.adapts else set()
        for name, value in values._asdict().items():
            if name != "method":
                check_shape(name, value, size)
            if name in positive:
                check_positive(name, value)
        if terms.fire:
            check_method(self.method)
        return values

    def refractory_steps(self) -> Value:
        """The refractory time in steps, without gradient."""
        if not torch.is_tensor(self.refractory_time):
            number = float(self.refractory_time) / self.dt
            return float(round(number)) if abs(number - round(number)) < _WHOLE else number
        steps = self.refractory_time.detach().double() / self.dt
        whole = steps.round()
        return torch.where((steps - whole).abs() < _WHOLE, whole, steps).to(torch.get_default_dtype())


def one_row(tau_syn: Value, size: int) -> Value:
    """The model has one synaptic time constant: the mean of those of both inputs, (2, neurons), of the chip."""
    if torch.is_tensor(tau_syn) and tau_syn.shape == (2, size):
        return tau_syn.mean(0)
    return tau_syn


def check_shape(name: str, value: Value, size: int) -> None:
    """Raise ValueError unless this is a number, or one number for each of `size` neurons."""
    if torch.is_tensor(value) and value.ndim > 0 and value.shape not in ((1,), (size,)):
        raise ValueError(f"{_SPOKEN.get(name, name)} has shape {tuple(value.shape)}, expected a number or ({size},)")
    if not torch.is_tensor(value) and not isinstance(value, (int, float)):
        raise ValueError(f"{_SPOKEN.get(name, name)} is {value!r}, expected a number or a tensor")


def check_positive(name: str, value: Value) -> None:
    """Raise ValueError unless this is positive everywhere."""
    if not (bool((value > 0).all()) if torch.is_tensor(value) else value > 0):
        raise ValueError(f"{_SPOKEN.get(name, name)} is {value}, expected a positive value")


_SPOKEN = {"c": "c_mem"}
"""Names of arguments that have another one in the source of the step."""
