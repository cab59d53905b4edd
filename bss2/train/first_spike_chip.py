"""First spike times on the chip: spikes are sent and recorded with their exact times instead of on a grid of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bss2.train.neurons import NeuronSettings, Spread, bottom_row
from bss2.train.routing import SharedDriverRouter
from grenade.network import InputGenerator
from hxtorch.spiking import LIF, Experiment, InputNeuron, LIFObservables, Synapse, SynapseHandle, run
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.observables import HardwareObservables

CYCLES_PER_S = 125e6
DT = 1e-6
SIGNED_INPUTS = 128
"""Inputs of one neuron circuit with weights of both signs."""


class TimedInput(InputNeuron):
    """Inputs that spike once at given times: handles have them as `spikes` (1, batch, size), s, inf for none."""

    def add_to_input_generator(self, input: Any, builder: InputGenerator) -> None:
        times = input.spikes[0].detach().numpy()
        entry, neuron = np.nonzero(np.isfinite(times))
        cycles = np.rint(times[entry, neuron] * CYCLES_PER_S).astype(np.int64)
        builder.add_events(entry, neuron, cycles, self.descriptor)


class UnusedSynapse(Synapse):
    """Synapses of the chip that the model does not need."""

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        return SynapseHandle(graded_spikes=None)


class TimedNeuron(LIF):
    """Neurons of the chip whose first spikes are recorded: `spikes` (1, batch, size), s, inf for none."""

    def post_process(self, hw_data: HardwareObservables, runtime: float) -> Any:
        recorded: Any = hw_data.spikes
        found = np.full((recorded.batch_size, self.size), np.inf)
        columns = recorded.columns()
        np.minimum.at(found, (columns["batch"], columns["neuron"]), columns["time"] / CYCLES_PER_S)
        return LIFObservables(spikes=torch.from_numpy(found).float().unsqueeze(0))

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        return LIFObservables(spikes=hw_data.spikes)


def shared_weights(weights: Tensor, copies: int) -> Tensor:
    """Whole numbers that differ by 1 at most and add up to the rounded weights: (neurons, copies * inputs) of
    (neurons, inputs)."""
    total = weights.round()
    return torch.cat([torch.floor((total + k) / copies) for k in range(copies)], dim=1)


class RecordedLayers:
    """Runs a network of neurons on the chip and gives their first spike times; see `fast_and_deep.Record`.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, and of neurons of each layer.
    neurons : sequence of NeuronSettings
        Settings of the neurons of each layer.
    weight_scale : sequence of float
        Synaptic weight on the chip for a weight of 1, of each layer.
    duration : float
        Time of one sample, in units of the membrane time constant.
    copies : int
        Synapses, each with a source of its own, that an input has on each neuron of the first layer.
    delay : float
        What recorded times are later than those of the model, s: the way of a spike to a synapse and that of the spike
        of a neuron to the host.
    spread : Spread, optional
        Deviation of the targets of the calibration.

    Attributes
    ----------
    experiment : hxtorch.spiking.Experiment
        Where it runs.
    """

    def __init__(
        self, sizes: Sequence[int], neurons: Sequence[NeuronSettings], weight_scale: Sequence[float], duration: float,
        copies: int = 1, delay: float = 0.0, spread: Spread | None = None,
    ) -> None:
        sources = copies * sizes[0]
        self.experiment = Experiment(dt=DT, hw_routing_func=SharedDriverRouter() if sources > SIGNED_INPUTS else None)
        self._tau, self._delay, self._scales, self._copies = neurons[0].tau_mem, delay, weight_scale, copies
        self._steps = math.ceil(duration * self._tau / DT)
        self._inputs = TimedInput(sources, self.experiment)
        # Neurons of all layers have the same form where the first ones need two circuits.
        structure = SingleCompartmentNeuron(2 if sources > SIGNED_INPUTS else 1)
        self.synapses, self.neurons = [], []
        for number, (inputs, size, own) in enumerate(zip((sources, *sizes[1:-1]), sizes[1:], neurons, strict=True)):
            is_apart = number > 0 and sources <= SIGNED_INPUTS
            self.synapses.append(UnusedSynapse(inputs, size, self.experiment))
            self.neurons.append(TimedNeuron(
                size, self.experiment, neuron_structure=structure, enable_cadc_recording=False,
                placement_constraint=bottom_row(size) if is_apart else None,
                **own.spiking(size, DT, spread),
            ))

    @torch.no_grad()
    def __call__(self, times: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
        """Recorded times of all layers, (batch, neurons), in units of the time constant; inf for none."""
        layer: Any = self._inputs(LIFObservables(spikes=self._tau * times.repeat(1, self._copies).unsqueeze(0)))
        outputs = []
        for number, (synapse, neurons, values) in enumerate(zip(self.synapses, self.neurons, weights, strict=True)):
            synapse.weight.copy_(shared_weights(self._scales[number] * values, 1 if number else self._copies))
            layer = neurons(synapse(layer))
            outputs.append(layer)
        run(self.experiment, self._steps)
        return [
            ((output.spikes[0] - number * self._delay) / self._tau).clamp(min=0)
            for number, output in enumerate(outputs, start=1)
        ]
