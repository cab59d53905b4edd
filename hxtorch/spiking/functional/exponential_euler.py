"""Neurons described by factors per time step. Deprecated: use `cuba_aelif_integration`."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from hxtorch.spiking.functional.aelif import AELIFTraces, cuba_aelif_integration
from hxtorch.spiking.functional.aelif_terms import Value
from hxtorch.spiking.functional.observed import Observed
from hxtorch.spiking.functional.step_code import CuBaStepCode


def exp_cuba_lif_integration(
    input: torch.Tensor | tuple[torch.Tensor, ...],
    *,
    leak: Value,
    reset: Value,
    threshold: Value,
    tau_syn_exp: Value,
    tau_mem_exp: Value,
    method: str,
    alpha: float,
    hw_data: Any = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Integrate neurons that fire, with v' = m (v - leak) + leak + (1 - m) i and i' = s i + x.

    Parameters
    ----------
    tau_syn_exp, tau_mem_exp : number or tensor (neurons,)
        Factors s and m, exp(-dt / tau), 0 or more and below 1.
    input, leak, reset, threshold, method, alpha, hw_data
        As for `cuba_aelif_integration`.

    Returns
    -------
    spikes, membrane, current, madc
        The first three are (time, batch, neurons); `madc` is what was measured, or None.
    """
    _warn("exp_cuba_lif_integration")
    traces = _integrate(
        input, leak, tau_syn_exp, tau_mem_exp, hw_data, fire=True, reset=reset, threshold=threshold, method=method,
        alpha=alpha)
    return traces.spikes, traces.membrane, traces.current, traces.membrane_madc


def exp_cuba_li_integration(
    input: torch.Tensor | tuple[torch.Tensor, ...],
    *,
    leak: Value,
    tau_syn_exp: Value,
    tau_mem_exp: Value,
    hw_data: Any = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """As `exp_cuba_lif_integration` for neurons that do not fire: membrane, current, madc."""
    _warn("exp_cuba_li_integration")
    traces = _integrate(
        input, leak, tau_syn_exp, tau_mem_exp, hw_data, fire=False, reset=0.0, threshold=0.0, method="superspike",
        alpha=1.0)
    return traces.membrane, traces.current, traces.membrane_madc


def _warn(name: str) -> None:
    warnings.warn(f"{name} is deprecated, use cuba_aelif_integration", DeprecationWarning, stacklevel=3)


def _integrate(
    input: torch.Tensor | tuple[torch.Tensor, ...], leak: Value, s: Value, m: Value, hw_data: Any, *, fire: bool,
    **others: Any,
) -> AELIFTraces:
    """The same step as an Euler step of length 1 with the time constants 1 / (1 - s) and 1 / (1 - m)."""
    for name, factor in (("tau_syn_exp", s), ("tau_mem_exp", m)):
        factors = torch.as_tensor(factor)
        if not bool(((factors >= 0) & (factors < 1)).all()):
            raise ValueError(f"{name} is {factor}, expected 0 or more and less than 1")
    observed = Observed.of(hw_data)
    code = CuBaStepCode(
        fire=fire, hw_voltage_trace_available=observed.voltage is not None,
        hw_adaptation_trace_available=observed.adaptation is not None,
        hw_spikes_available=observed.spikes is not None).generate()
    return cuba_aelif_integration(
        input, leak=leak, tau_syn=1 / (1 - s), c_mem=1 / (1 - m), g_l=1.0, refractory_time=0.0, exp_slope=1.0,
        exp_threshold=0.0, subthreshold_adaptation_strength=0.0, spike_triggered_adaptation_increment=0.0, tau_adap=1.0,
        hw_data=hw_data, dt=1.0, fire=fire, integration_step_code=code, **others)
