"""One time step of a current-based neuron as Python source, for those terms of the equations that are in use.

Names in the source, all of shape (batch, neurons) or broadcastable to it:

============================ =======================================================================================
`ts`, `dt`                   index of the step, its length in seconds
`input[ts]`                  graded spikes of this step
`i`, `v`, `adaptation`, `z`  synaptic current, membrane, adaptation current, spikes: before and after the step
`dv`                         change of the membrane in this step
`refractory_counter`         steps for which the neuron stays refractory
`refractory_steps`           refractory time in steps
`leak`, `reset`, `threshold` potentials
`c`, `g_l`, `tau_syn`, ...   all other parameters of `cuba_aelif_integration`, by their names (`c` is `c_mem`)
`voltage_hw[ts]`, `adaptation_hw[ts]`, `spikes_hw[ts]`
                             what the chip has measured
`spike(u)`                   `threshold(u, method, alpha)`
`inject(model, measured)`    `Unterjubel.apply`
`limited(x)`                 x, at most 30, so that its exponential and its gradients stay finite
============================ =======================================================================================
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class CuBaStepCode:
    """The step for a choice of terms; `generate()` gives its source, which may be changed before it is used.

    The first six arguments are as for `cuba_aelif_integration`; the others say which measured data are injected.
    """

    leaky: bool = True
    fire: bool = True
    refractory: bool = False
    exponential: bool = False
    subthreshold_adaptation: bool = False
    spike_triggered_adaptation: bool = False
    hw_voltage_trace_available: bool = False
    hw_adaptation_trace_available: bool = False
    hw_spikes_available: bool = False

    @property
    def adapts(self) -> bool:
        """Whether there is an adaptation current."""
        return self.subthreshold_adaptation or self.spike_triggered_adaptation

    def generate(self) -> str:
        """Python source of one step.

        Warns
        -----
        UserWarning
            A refractory time of neurons that do not fire, which has no effect.
        """
        if self.refractory and not self.fire:
            warnings.warn("neurons that do not fire have no refractory time; it is ignored", UserWarning, stacklevel=2)
        return self.source()

    def source(self) -> str:
        """As `generate`, without the warning."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"dv = dt / c * ({' '.join(self._drive())})"
        yield "i = i * (1 - dt / tau_syn) + input[ts]"
        yield "v = v + dv"
        yield from self._voltage_from_chip()
        if self.fire:
            yield "z = spike(v - threshold)"
            yield from self._spikes_from_chip()
        if self.adapts:
            yield f"adaptation = {' '.join(self._adaptation())}"
            if self.hw_adaptation_trace_available:
                yield "adaptation = inject(adaptation, adaptation_hw[ts])"
        if self.fire and not self.hw_voltage_trace_available:
            yield "v = (1 - z.detach()) * v + z.detach() * reset"
        if self.fire and self.refractory:
            yield from self._refractory()

    def _drive(self) -> Iterator[str]:
        yield "i"
        if self.leaky:
            yield "+ g_l * (leak - v)"
        if self.exponential:
            yield "+ g_l * exp_slope * torch.exp(limited((v - exp_threshold) / exp_slope))"
        if self.adapts:
            yield "- adaptation"

    def _adaptation(self) -> Iterator[str]:
        yield "adaptation * (1 - dt / tau_adap)"
        if self.subthreshold_adaptation:
            yield "+ dt / tau_adap * subthreshold_adaptation_strength * (v - leak)"
        if self.spike_triggered_adaptation and self.fire:
            yield "+ spike_triggered_adaptation_increment * z"

    def _refractory(self) -> Iterator[str]:
        yield "is_refractory = (refractory_counter > 0).to(v.dtype)"
        yield "v = (1 - is_refractory) * v + is_refractory * reset"
        yield from self._voltage_from_chip()
        yield "z = (1 - is_refractory) * z"
        yield from self._spikes_from_chip()
        yield "refractory_counter = (1 - z.detach()) * torch.relu(refractory_counter - is_refractory) " \
              "+ z.detach() * refractory_steps"

    def _voltage_from_chip(self) -> Iterator[str]:
        if self.hw_voltage_trace_available:
            yield "v = inject(v, voltage_hw[ts])"

    def _spikes_from_chip(self) -> Iterator[str]:
        if self.hw_spikes_available:
            yield "z = inject(z, spikes_hw[ts])"
