"""Current-based neurons: leak, threshold, refractory time, exponential term, adaptation."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from hxtorch.spiking.functional import aelif_fused, aelif_generic
from hxtorch.spiking.functional.aelif_terms import CuBaParameters, Value
from hxtorch.spiking.functional.observed import Observed
from hxtorch.spiking.functional.step_code import CuBaStepCode


class AELIFTraces(NamedTuple):
    """Tensors (time, batch, neurons) of an integration. The MADC's are what was measured, as it came."""

    membrane: torch.Tensor
    membrane_madc: torch.Tensor | None
    current: torch.Tensor
    adaptation: torch.Tensor
    adaptation_madc: torch.Tensor | None
    spikes: torch.Tensor


def cuba_aelif_integration(
    input: torch.Tensor | tuple[torch.Tensor, ...],
    *,
    leak: Value,
    reset: Value,
    threshold: Value,
    tau_syn: Value,
    c_mem: Value,
    g_l: Value,
    refractory_time: Value,
    method: str,
    alpha: float,
    exp_slope: Value,
    exp_threshold: Value,
    subthreshold_adaptation_strength: Value,
    spike_triggered_adaptation_increment: Value,
    tau_adap: Value,
    hw_data: Any = None,
    dt: float = 1e-6,
    leaky: bool = True,
    fire: bool = True,
    refractory: bool = False,
    exponential: bool = False,
    subthreshold_adaptation: bool = False,
    spike_triggered_adaptation: bool = False,
    integration_step_code: str,
) -> AELIFTraces:
    """Integrate current-based neurons over time, with an explicit Euler step.

    Row t of a result is the state after step t; graded spikes of step t act on the current of step t, and on the
    membrane from step t + 1 on. Where the chip has measured something, that takes the place of the model's value, and
    the gradient is the model's.

    Parameters
    ----------
    input : tensor or tuple of tensors, (time, batch, neurons)
        Graded spikes; several are summed.
    leak, reset, threshold : number or tensor (neurons,)
        Potentials.
    tau_syn, tau_adap, refractory_time : number or tensor (neurons,)
        Times in seconds. `tau_syn` of shape (2, neurons), for both inputs of the chip, is averaged. Refractory times
        within 1e-4 of a whole number of steps are that number.
    c_mem, g_l : number or tensor (neurons,)
        Membrane capacitance and leak conductance: `c_mem / g_l` is the membrane time constant in seconds. None for
        `g_l` is 1.
    method, alpha
        Surrogate gradient, see `threshold`.
    exp_slope, exp_threshold, subthreshold_adaptation_strength, spike_triggered_adaptation_increment
        Numbers or tensors (neurons,) of the terms that are switched on by `exponential`, `subthreshold_adaptation` and
        `spike_triggered_adaptation`.
    hw_data : handle, optional
        With fields `voltage` and `adaptation` (`AnalogObservable`) and `spikes`, each None where nothing was measured.
        The integration is as long as the shortest of them or the input; from there on potentials and currents are held
        and there are no spikes.
    dt : float
        Length of a time step in seconds.
    leaky, fire, refractory, exponential, subthreshold_adaptation, spike_triggered_adaptation : bool
        Terms of the equations.
    integration_step_code : str
        Source of one step, from `CuBaStepCode(...).generate()` for the same terms; it may be changed. Unchanged code is
        not executed: for float32 tensors on the CPU, a compiled loop does the same.

    Returns
    -------
    AELIFTraces
        membrane, membrane_madc, current, adaptation, adaptation_madc, spikes; zeros for what the neuron does not have.

    Raises
    ------
    ValueError
        Shapes do not fit, a time constant is not positive, unknown method.
    RuntimeError
        The step code failed; the message has the line.
    """
    summed = _summed(input)
    observed = Observed.of(hw_data)
    observed.check(summed)
    terms = CuBaStepCode(
        leaky, fire, refractory and fire, exponential, subthreshold_adaptation, spike_triggered_adaptation,
        hw_voltage_trace_available=observed.voltage is not None,
        hw_adaptation_trace_available=observed.adaptation is not None,
        hw_spikes_available=observed.spikes is not None)
    parameters = CuBaParameters(
        leak, reset, threshold, tau_syn, c_mem, g_l, refractory_time, exp_slope, exp_threshold,
        subthreshold_adaptation_strength, spike_triggered_adaptation_increment, tau_adap, method, alpha, dt,
    ).checked(terms, summed.shape[2])
    if integration_step_code == terms.source() and aelif_fused.suits(summed, parameters, observed):
        traces = aelif_fused.integrate(summed, parameters, terms, observed)
    else:
        traces = aelif_generic.integrate(summed, parameters, terms, observed, integration_step_code)
    membrane, current, adaptation, spikes = traces
    return AELIFTraces(membrane, observed.voltage_madc, current, adaptation, observed.adaptation_madc, spikes)


def _summed(input: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    inputs = (input,) if torch.is_tensor(input) else tuple(input)
    if not inputs:
        raise ValueError("no input, expected at least one tensor (time, batch, neurons)")
    for one in inputs:
        if one.ndim != 3 or one.shape[0] == 0 or one.shape != inputs[0].shape:
            raise ValueError(
                f"inputs of shapes {', '.join(str(tuple(x.shape)) for x in inputs)}, expected (time, batch, neurons), "
                "the same for all, and at least one time step")
    return sum(inputs[1:], start=inputs[0])
