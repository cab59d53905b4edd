"""Neurons of the training set-ups: parameters of the model and targets of the calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

import halco
from hxtorch.spiking import ExecutionInstance, Experiment, Synapse
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

MAX_WEIGHT = 63
"""Largest weight of a synapse."""
ALIKE = (500, 563)
"""Settings of `i_synin_gm` with which excitatory and inhibitory inputs are equally strong."""
LARGEST_CHANGE = 0.9
"""Targets that are drawn at random stay within these bounds: no time constant vanishes, and no distance."""


@dataclass(frozen=True)
class NeuronSettings:
    """What the neurons of a network have in common.

    Attributes
    ----------
    tau_mem, tau_syn : float
        Time constants, s.
    leak, reset, threshold : int
        Potentials on the chip, LSB of the column ADC. In the model they are 0, 0 and 1.
    i_synin_gm : int or (int, int)
        Strength of the synaptic inputs, CapMem LSB: of both, or of the excitatory and the inhibitory one. At equal
        settings the inhibitory one is weaker, by 12 %.
    synapse_dac_bias : int
        Strength of the synapses, CapMem LSB.
    refractory_time : float
        On the chip, s; the model has none.
    capacitance : float or None
        Of the model; with `dt` an input of 1 moves the membrane by 1 in the next step, with `tau_mem` (None) a constant
        input of 1 moves it to 1 in the end.
    exact : bool
        Whether currents and membranes decay by exp(-dt/tau) in a step; otherwise by 1 - dt/tau, as hxtorch does it.
    alpha : float
        Steepness of the surrogate gradient of the threshold.
    trace_scale : float or None
        Potential of the model for 1 LSB of the column ADC; None: what the potentials say.
    """

    tau_mem: float = 6e-6
    tau_syn: float = 6e-6
    leak: int = 80
    reset: int = 80
    threshold: int = 150
    i_synin_gm: int | tuple[int, int] = 500
    synapse_dac_bias: int = 1000
    refractory_time: float = 2e-6
    capacitance: float | None = None
    exact: bool = False
    alpha: float = 50.0
    trace_scale: float | None = None

    @property
    def scale(self) -> float:
        """Potential of the model for 1 LSB of the column ADC."""
        return 1 / (self.threshold - self.leak) if self.trace_scale is None else self.trace_scale

    def readout(self, size: int, dt: float, spread: Spread | None = None) -> dict[str, Any]:
        """Arguments of `LI` for `size` neurons, with targets that differ by `spread`."""
        tau_mem, tau_syn = (_model_tau(tau, dt) if self.exact else tau for tau in (self.tau_mem, self.tau_syn))
        spread = spread if spread is not None else Spread(0.0)
        capacitance = tau_mem if self.capacitance is None else self.capacitance
        return {
            "leak": MixedHXModelParameter(0.0, self.leak),
            "tau_mem": MixedHXModelParameter(tau_mem, spread.around(self.tau_mem, size)),
            "tau_syn": MixedHXModelParameter(tau_syn, spread.around(self.tau_syn, size)),
            "membrane_capacitance": MixedHXModelParameter(capacitance, 63),
            "i_synin_gm": self.i_synin_gm,
            "synapse_dac_bias": self.synapse_dac_bias,
            "trace_scale": self.scale,
            "shift_cadc_to_first": True,
        }

    def spiking(self, size: int, dt: float, spread: Spread | None = None) -> dict[str, Any]:
        """Arguments of `LIF` for `size` neurons, with targets that differ by `spread`."""
        arguments = self.readout(size, dt, spread)
        distance = (spread if spread is not None else Spread(0.0)).around(self.threshold - self.leak, size)
        return arguments | {
            "reset": MixedHXModelParameter(0.0, self.reset),
            "threshold": MixedHXModelParameter(1.0, self.leak + distance),
            "refractory_time": MixedHXModelParameter(0.0, self.refractory_time),
            "alpha": self.alpha,
        }


class Spread:
    """Draws targets of a calibration that is wrong on purpose: normal, with a relative standard deviation.

    Parameters
    ----------
    relative : float
        Standard deviation, 0 to 0.5.
    seed : int
        Of the random numbers.

    Raises
    ------
    ValueError
        The deviation is out of range.
    """

    def __init__(self, relative: float, seed: int = 0) -> None:
        if not 0 <= relative <= 0.5:
            raise ValueError(f"a spread of {relative:g} of the targets, possible are 0 to 0.5")
        self.relative = relative
        self._generator = torch.Generator().manual_seed(seed)

    def around(self, value: float, size: int) -> float | Tensor:
        """Targets around a value, (size,); the value itself if there is no spread."""
        if not self.relative:
            return value
        change = (self.relative * torch.randn(size, generator=self._generator)).clamp(-LARGEST_CHANGE, LARGEST_CHANGE)
        return value * (1 + change)


def _model_tau(tau: float, dt: float) -> float:
    """Time constant with which a step of explicit Euler is the exact one: 1 - dt/result = exp(-dt/tau)."""
    return dt / -math.expm1(-dt / tau)


def bottom_row(size: int) -> list[halco.LogicalNeuronOnDLS]:
    """Places of the first neurons of the bottom row, where a readout does not need the drivers of the top row."""
    shape = SingleCompartmentNeuron(1).compartments
    return [halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(256 + i))) for i in range(size)]


def scaled_synapse(
    inputs: int, outputs: int, experiment: Experiment, scale: float, mean: float, std: float,
    kind: type[Synapse] = Synapse, execution_instance: ExecutionInstance | None = None,
) -> Synapse:
    """Synapses with normally distributed weights, and `scale` on the chip for a weight of 1."""
    synapse = kind(
        inputs, outputs, experiment, execution_instance, transform=partial(linear_saturating, scale=scale)
    )
    torch.nn.init.normal_(synapse.weight, mean, std)
    return synapse


@torch.no_grad()
def clamp_to_chip(synapse: Any) -> None:
    """Keep weights within what synapses can have at their scale."""
    limit = MAX_WEIGHT / synapse.weight_transform.keywords["scale"]
    synapse.weight.clamp_(-limit, limit)


@torch.no_grad()
def scale_to_chip(synapse: Any, largest_scale: float) -> None:
    """Choose the scale such that the largest weight is that of a full synapse, or `largest_scale` if that is less."""
    largest = synapse.weight.abs().max().item()
    synapse.weight_transform.keywords["scale"] = min(MAX_WEIGHT / largest, largest_scale) if largest else largest_scale


