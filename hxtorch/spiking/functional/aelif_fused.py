"""The integration as one compiled loop over time, with its adjoint as gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from hxtorch.spiking.functional import _kernels, aelif_generic, workers
from hxtorch.spiking.functional.aelif_terms import CuBaParameters, Value
from hxtorch.spiking.functional.arrays import empty, plain
from hxtorch.spiking.functional.observed import Observed
from hxtorch.spiking.functional.step_code import CuBaStepCode

_PERIOD = 1024
"""Coefficients are repeated to about this many columns, so that loops over few neurons are not short."""

Traces = aelif_generic.Traces


def suits(input: torch.Tensor, parameters: CuBaParameters, observed: Observed) -> bool:
    """Whether the compiled loop takes these: float32 on the CPU."""
    if input.numel() == 0 or any(data.device.type != "cpu" for data in observed.dense().values()):
        return False
    tensors = [value for value in parameters if torch.is_tensor(value)]
    return _plain(input) and all(_plain(t) or (t.ndim == 0 and t.device.type == "cpu") for t in tensors)


def _plain(tensor: torch.Tensor) -> bool:
    return tensor.device.type == "cpu" and tensor.dtype == torch.float32


def integrate(
    input: torch.Tensor, parameters: CuBaParameters, terms: CuBaStepCode, observed: Observed
) -> Traces:
    """As `aelif_generic.integrate` with the source of `terms`: the same values, but for rounding of the exponential
    term, and the same gradients."""
    numbers = (value if torch.is_tensor(value) else float(value) for value in _numbers(parameters))
    membrane, current, adaptation, spikes = _Integration.apply(
        _Setting(parameters, terms, observed), input.contiguous(), *numbers)
    nothing = input.new_zeros(()).expand(input.shape)
    return membrane, current, nothing if adaptation is None else adaptation, nothing if spikes is None else spikes


class _Setting(NamedTuple):
    """What has no gradient; the numbers in `parameters` are those of `_Integration.apply`."""

    parameters: CuBaParameters
    terms: CuBaStepCode
    observed: Observed

    def flags(self) -> int:
        t = self.terms
        chosen = {
            _kernels.FIRE: t.fire,
            _kernels.REFRACTORY: t.fire and t.refractory,
            _kernels.EXPONENTIAL: t.exponential,
            _kernels.ADAPTS: t.adapts,
            _kernels.HW_VOLTAGE: t.hw_voltage_trace_available,
            _kernels.HW_ADAPTATION: t.hw_adaptation_trace_available and t.adapts,
            _kernels.HW_SPIKES: t.hw_spikes_available and t.fire,
        }
        return sum(flag for flag, on in chosen.items() if on)


_NUMBERS = tuple(name for name in CuBaParameters._fields if name not in ("method", "alpha", "dt", "refractory_time"))


def _numbers(parameters: CuBaParameters) -> tuple[Value, ...]:
    return tuple(getattr(parameters, name) for name in _NUMBERS)


def _coefficients(parameters: CuBaParameters, terms: CuBaStepCode, size: int) -> torch.Tensor:
    """Coefficients of the compiled step, (COEFFICIENTS, neurons), in the order of integration.h.

    They are the same expressions as in the source of the step, and differentiable.
    """
    p, dt = parameters, parameters.dt
    adapts, exponential = terms.adapts, terms.exponential
    rests = terms.leaky or terms.subthreshold_adaptation
    rows = (
        1 - dt / p.tau_syn,
        dt / p.c,
        p.g_l if terms.leaky else 0.0,
        p.leak,
        p.threshold if terms.fire else 0.0,
        p.reset if terms.fire else 0.0,
        p.refractory_steps() if terms.refractory else 0.0,
        p.g_l * p.exp_slope if exponential else 0.0,
        p.exp_threshold if exponential else 0.0,
        p.exp_slope if exponential else 1.0,
        1 - dt / p.tau_adap if adapts else 0.0,
        dt / p.tau_adap * p.subthreshold_adaptation_strength if terms.subthreshold_adaptation else 0.0,
        p.spike_triggered_adaptation_increment if terms.spike_triggered_adaptation and terms.fire else 0.0,
        p.leak if rests else 0.0,
    )
    if not any(torch.is_tensor(row) for row in rows):
        return torch.tensor(rows, dtype=torch.float32).unsqueeze(1).expand(-1, size)
    return torch.stack([torch.as_tensor(row, dtype=torch.float32).expand(size) for row in rows])


def periodic(coefficients: torch.Tensor, batch: int) -> torch.Tensor:
    """Repeated along the neurons, as often as batch entries follow each other in a period."""
    return coefficients.repeat(1, max(1, min(batch, _PERIOD // coefficients.shape[1]))).contiguous()


class _Integration(torch.autograd.Function):
    """(membrane, current, adaptation or None, spikes or None) of a setting, graded spikes and `_NUMBERS`."""

    @staticmethod
    def forward(ctx: Any, setting: _Setting, input: torch.Tensor, *numbers: Value) -> tuple[Any, ...]:
        terms, observed = setting.terms, setting.observed
        steps = observed.steps(input.shape[0])
        membrane, current = empty(input, *input.shape), empty(input, *input.shape)
        adaptation = empty(input, *input.shape) if terms.adapts else None
        spikes = empty(input, *input.shape) if terms.fire else None
        marks = terms.refractory and any(ctx.needs_input_grad)
        refractory = torch.empty_like(input, dtype=torch.uint8) if marks else None
        with torch.no_grad():
            coefficients = periodic(_coefficients(setting.parameters, terms, input.shape[2]), input.shape[1])
        measured = {f"hw_{name}": plain(data.detach()) for name, data in observed.dense().items()}
        job = _kernels.Job(
            steps, setting.flags(), setting.parameters.alpha, coefficients, input=input, voltage=membrane,
            current=current, adaptation=adaptation, spikes=spikes, refractory=refractory, **measured)
        workers.run_shares(job.periods, job.work, job.integrate)
        _extend(steps, (membrane, current, adaptation), spikes)
        ctx.setting, ctx.steps, ctx.kept = setting, steps, (coefficients, refractory)
        ctx.is_tensor = tuple(torch.is_tensor(number) for number in numbers)
        ctx.save_for_backward(
            input, membrane, current, adaptation, spikes, *(number for number in numbers if torch.is_tensor(number)))
        ctx.set_materialize_grads(False)
        return membrane, current, adaptation, spikes

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:  # type: ignore[override]
        if torch.is_grad_enabled():
            return _twice_differentiable(ctx, gradients)
        input, membrane, current, adaptation, spikes, *tensors = ctx.saved_tensors
        setting, (coefficients, refractory) = ctx.setting, ctx.kept
        flags, trains = setting.flags(), any(ctx.needs_input_grad[2:])
        d_membrane, d_current, d_adaptation, d_spikes = (None if g is None else g.contiguous() for g in gradients)
        d_input = empty(input, *input.shape)
        d_input[ctx.steps:] = 0
        job = _kernels.Job(
            ctx.steps, flags, setting.parameters.alpha, coefficients,
            hw_voltage=membrane if flags & _kernels.HW_VOLTAGE else None,
            hw_spikes=spikes if flags & _kernels.HW_SPIKES else None,
            voltage=membrane, current=current, adaptation=adaptation, refractory=refractory,
            d_voltage=d_membrane, d_current=d_current, d_adaptation=d_adaptation, d_spikes=d_spikes, d_input=d_input)
        sums = _Sums(coefficients) if trains else None
        workers.run_shares(
            job.periods, job.work, lambda first, last: job.adjoint(first, last, sums.one() if sums else None))
        numbers = iter(tensors)
        values = [next(numbers) if is_tensor else None for is_tensor in ctx.is_tensor]
        d_numbers = [None] * len(values) if sums is None else _of_parameters(ctx, values, sums.total(), input.shape[2])
        return None, d_input if ctx.needs_input_grad[1] else None, *d_numbers


class _Sums:
    """Sums over time and batch, one of each thread."""

    def __init__(self, coefficients: torch.Tensor) -> None:
        self._shape = coefficients.shape
        self._all: list[torch.Tensor] = []

    def one(self) -> torch.Tensor:
        self._all.append(torch.zeros(self._shape, dtype=torch.float64))
        return self._all[-1]

    def total(self) -> torch.Tensor:
        return torch.stack(self._all).sum(0)


def _extend(steps: int, states: tuple[torch.Tensor | None, ...], spikes: torch.Tensor | None) -> None:
    """Hold states and stop spikes after the last step."""
    for state in states:
        if state is not None and steps < state.shape[0]:
            state[steps:] = state[steps - 1]
    if spikes is not None:
        spikes[steps:] = 0


def _of_parameters(
    ctx: Any, values: list[torch.Tensor | None], sums: torch.Tensor, size: int
) -> list[torch.Tensor | None]:
    """Gradient of the parameters from that of the coefficients (COEFFICIENTS, period)."""
    d_coefficients = sums.unflatten(1, (-1, size)).sum(1).float()
    leaves = {
        name: value.detach().requires_grad_()
        for name, value, needed in zip(_NUMBERS, values, ctx.needs_input_grad[2:], strict=True)
        if needed and value is not None
    }
    with torch.enable_grad():
        coefficients = _coefficients(ctx.setting.parameters._replace(**leaves), ctx.setting.terms, size)
        if not coefficients.requires_grad:
            return [None] * len(values)
        found = torch.autograd.grad(coefficients, list(leaves.values()), d_coefficients, allow_unused=True)
    by_name = dict(zip(leaves, found, strict=True))
    return [by_name.get(name) for name in _NUMBERS]


def _twice_differentiable(ctx: Any, gradients: tuple[torch.Tensor | None, ...]) -> tuple[Any, ...]:
    """The gradient by way of the generic integration, of which there is a derivative again."""
    input, _, _, _, _, *tensors = ctx.saved_tensors
    remaining = iter(tensors)
    values = {name: next(remaining) for name, is_tensor in zip(_NUMBERS, ctx.is_tensor, strict=True) if is_tensor}
    setting = ctx.setting
    parameters = setting.parameters._replace(**values)
    traces = aelif_generic.integrate(input, parameters, setting.terms, setting.observed, setting.terms.source())
    arguments = [input, *(values.get(name) for name in _NUMBERS)]
    wanted = [k for k, needed in enumerate(ctx.needs_input_grad[1:]) if needed]
    used = [(trace, g) for trace, g in zip(traces, gradients, strict=True) if g is not None and trace.requires_grad]
    found = torch.autograd.grad(
        [trace for trace, _ in used], [arguments[k] for k in wanted], [g for _, g in used], create_graph=True,
        allow_unused=True)
    result: list[Any] = [None] * len(arguments)
    for k, gradient in zip(wanted, found, strict=True):
        result[k] = gradient
    return None, *result
