"""Gradients of spike times (EventProp) for synapses and neurons that fire.

References
----------
T. Wunderlich and C. Pehle, Event-based backpropagation can compute exact gradients for spiking neural networks,
Scientific Reports 11 (2021).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable

from hxtorch.spiking.functional import _kernels, aelif_fused, products, workers
from hxtorch.spiking.functional.aelif_terms import Value, check_positive, check_shape, one_row
from hxtorch.spiking.functional.arrays import empty
from hxtorch.spiking.functional.observed import Observed, held, silent


class EventPropSynapseFunction(torch.autograd.Function):
    """`apply(input, weight)`: spikes (time, batch, in) times weights (out, in), stacked with zeros.

    The result is (2, time, batch, out). Its second half only serves to bring a second gradient back from
    `EventPropLIFFunction`: the first one is that of the weights, the second one that of the spikes. A third argument is
    ignored.
    """

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, weight: torch.Tensor, _: Any = None) -> torch.Tensor:
        ctx.save_for_backward(input, weight)
        ctx.few = products.suits(input, weight)
        graded = empty(input, 2, *input.shape[:-1], weight.shape[0])
        if ctx.few:
            products.product(input, weight.t(), result=graded[0])
        else:
            torch.matmul(input, weight.t(), out=graded[0])
        graded[1] = 0
        return graded

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:  # type: ignore[override]
        input, weight = ctx.saved_tensors
        to_input, to_weight = ctx.needs_input_grad[:2]  # the third argument may be missing
        if ctx.few:
            d_input = products.input_gradient(gradient[1], weight) if to_input else None
            d_weight = products.weight_gradient(input, gradient[0]) if to_weight else None
        else:
            d_input = gradient[1] @ weight if to_input else None
            d_weight = gradient[0].flatten(0, -2).t() @ input.flatten(0, -2) if to_weight else None
        return d_input, d_weight, None


class EventPropLIFFunction(torch.autograd.Function):
    """`apply(input, leak, reset, threshold, tau_syn, tau_mem, hw_data=None, dt=1e-6)` -> (spikes, membrane, current).

    Input is that of an `EventPropSynapseFunction`, (2, time, batch, neurons), the results are (time, batch, neurons).
    Row t of a result is the state before the input of step t. Potentials and times (seconds) are numbers or tensors
    (neurons,); they get no gradient, and the gradients of membrane and current are ignored. With data of the hardware
    (a handle with `spikes` and `voltage`), the results are what was recorded, for as long as the input lasts, and no
    current.

    Raises
    ------
    ValueError
        Shapes do not fit, a time constant is not positive.
    """

    @staticmethod
    def forward(
        ctx: Any, input: torch.Tensor, leak: Value, reset: Value, threshold: Value, tau_syn: Value, tau_mem: Value,
        hw_data: Any = None, dt: float = 1e-6,
    ) -> tuple[Any, ...]:
        if input.ndim != 4 or input.shape[0] != 2 or input.shape[1] == 0:
            raise ValueError(f"input of shape {tuple(input.shape)}, expected (2, time, batch, neurons)")
        neuron = _Neuron.of(leak, reset, threshold, tau_syn, tau_mem, dt, input[0])
        observed = Observed.of(hw_data)
        observed.check(input[0])
        membrane: torch.Tensor | None = None
        current: torch.Tensor | None = None
        if observed.spikes is None:
            spikes, membrane, current = neuron.integrate(input[0])
            kept = current
        else:
            length = input.shape[1]
            spikes = silent(observed.spikes[:length].to(input), length)
            if observed.voltage is not None:
                membrane = held(observed.voltage[:length].to(input), length)
            kept = input[0]
        ctx.neuron, ctx.has_current = neuron, current is not None
        ctx.save_for_backward(kept, spikes)
        ctx.mark_non_differentiable(*(trace for trace in (membrane, current) if trace is not None))
        ctx.set_materialize_grads(False)
        return spikes, membrane, current

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_spikes: torch.Tensor | None, *_: Any) -> tuple[Any, ...]:  # type: ignore[override]
        nothing = (None,) * 7
        if d_spikes is None:
            return None, *nothing
        kept, spikes = ctx.saved_tensors
        current = kept if ctx.has_current else ctx.neuron.integrate(kept)[2]
        return ctx.neuron.adjoint(current, spikes, d_spikes), *nothing


class _Neuron(NamedTuple):
    """Parameters of neurons, each a tensor (neurons,)."""

    decay: torch.Tensor
    step: torch.Tensor
    leak: torch.Tensor
    threshold: torch.Tensor
    reset: torch.Tensor
    tau_syn: torch.Tensor

    @classmethod
    def of(
        cls, leak: Value, reset: Value, threshold: Value, tau_syn: Value, tau_mem: Value, dt: float, like: torch.Tensor
    ) -> _Neuron:
        size = like.shape[-1]
        tau_syn = one_row(tau_syn, size)
        given = {"leak": leak, "reset": reset, "threshold": threshold, "tau_syn": tau_syn, "tau_mem": tau_mem, "dt": dt}
        for name, value in given.items():
            check_shape(name, value, size)
        for name in ("tau_syn", "tau_mem", "dt"):
            check_positive(name, given[name])
        values = (1 - dt / tau_syn, dt / tau_mem, leak, threshold, reset, tau_syn)
        return cls(*(
            torch.as_tensor(value, dtype=like.dtype, device=like.device).detach().expand(size) for value in values))

    def _fused(self, like: torch.Tensor) -> bool:
        return like.dtype == torch.float32 and like.device.type == "cpu" and like.numel() > 0

    def _table(self, like: torch.Tensor) -> torch.Tensor:
        """Coefficients for the compiled loops; rows that they do not use are zeros."""
        table = torch.zeros(_kernels.COEFFICIENT_COUNT, like.shape[-1])
        for row, name in (("DECAY_SYN", "decay"), ("STEP", "step"), ("LEAK", "leak"), ("THRESHOLD", "threshold"),
                          ("RESET", "reset"), ("START", "leak")):
            table[getattr(_kernels, row)] = getattr(self, name)
        return aelif_fused.periodic(table, like.shape[1])

    def integrate(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Spikes, membrane, current, for graded spikes (time, batch, neurons)."""
        if not self._fused(input):
            return self._integrate_in_steps(input)
        spikes, membrane, current = (empty(input, *input.shape) for _ in range(3))
        job = _kernels.Job(
            input.shape[0], 0, 0.0, self._table(input), input=input.contiguous(), voltage=membrane, current=current,
            spikes=spikes)
        workers.run_shares(job.periods, job.work, job.eventprop)
        return spikes, membrane, current

    def _integrate_in_steps(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        z = i = torch.zeros_like(input[0])
        v = z + self.leak
        rows = [(z, v, i)]
        for x in input[:-1]:
            i = i * self.decay + x
            v = v + self.step * (self.leak - v + i)
            z = (v > self.threshold).to(v.dtype)
            v = torch.where(z > 0, self.reset, v)
            rows.append((z, v, i))
        spikes, membrane, current = (torch.stack(column) for column in zip(*rows, strict=True))
        return spikes, membrane, current

    def adjoint(self, current: torch.Tensor, spikes: torch.Tensor, d_spikes: torch.Tensor) -> torch.Tensor:
        """Gradient (2, time, batch, neurons) of the input: tau_syn lambda_i and lambda_v - lambda_i."""
        result = empty(spikes, 2, *spikes.shape)
        if self._fused(spikes):
            job = _kernels.Job(
                spikes.shape[0], 0, 0.0, self._table(spikes), current=current, spikes=spikes.contiguous(),
                d_spikes=d_spikes.contiguous(), d_input=result[0], d_current=result[1])
            workers.run_shares(job.periods, job.work, job.eventprop_adjoint)
        else:
            self._adjoint_in_steps(current, spikes, d_spikes, result)
        result[0] *= self.tau_syn
        return result

    def _adjoint_in_steps(
        self, current: torch.Tensor, spikes: torch.Tensor, d_spikes: torch.Tensor, result: torch.Tensor
    ) -> None:
        lambda_v = lambda_i = torch.zeros_like(spikes[0])
        result[:, -1] = 0
        for t in range(spikes.shape[0] - 1, 0, -1):
            lambda_i = lambda_i + (1 - self.decay) * (lambda_v - lambda_i)
            decayed = lambda_v * (1 - self.step)
            before = self.leak - self.threshold + current[t - 1]
            after = self.leak - self.reset + current[t - 1]
            z = spikes[t]
            lambda_v = (1 - z) * decayed + _finite(z * (after / before) * decayed) + _finite(z / before * d_spikes[t])
            result[0, t - 1], result[1, t - 1] = lambda_i, lambda_v - lambda_i


def _finite(term: torch.Tensor) -> torch.Tensor:
    """Zero where a membrane that only just reaches the threshold has no derivative."""
    return term.nan_to_num(0.0, 0.0, 0.0)
