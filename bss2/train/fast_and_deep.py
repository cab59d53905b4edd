"""Training of first spike times: all information is in the time of the first spike of each neuron.

On the chip only spikes are recorded; the closed form of `first_spike` gives the gradient at the recorded times.

References
----------
Göltz, Kriener et al.: Fast and energy-efficient neuromorphic deep learning with first-spike times, 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from bss2.datasets.mnist import Split
from bss2.train.first_spike import first_spike_times, spike_time_loss
from bss2.train.first_spike_chip import RecordedLayers
from bss2.train.images import samples_of
from bss2.train.neurons import ALIKE, MAX_WEIGHT, NeuronSettings, Spread
from bss2.train.task import Settings, Task
from bss2.train.yin_yang_data import yin_yang

Record = Callable[[Tensor, Sequence[Tensor]], Sequence[Tensor]]
"""From input times (batch, inputs) and the weights of all layers to recorded times of all layers (batch, neurons)."""


@dataclass(frozen=True)
class FirstSpikeSettings(Settings):
    """Settings; times are in units of the time constant, weights in units of the threshold.

    Attributes
    ----------
    data : "yin-yang" or "mnist"
        Data set; MNIST has 16x16 pixels.
    hidden : int
        Neurons of the hidden layer.
    copies : int
        Synapses of an input on the chip, which share its weight: one of them is weak, and has few levels.
    weight_mean, weight_std : (float, float)
        First weights of both layers.
    bias_time : float or None
        Spike of a further input, which is the same for all samples.
    early, late : float
        Input times of 1 and 0 for MNIST, where pixels of 0 are silent; of 0 and 1 for yin-yang.
    noise : float
        Standard deviation of input times in training.
    missing : (float, float)
        Part of missing spikes that each layer may have before its weights are raised.
    bump : float
        By how much they are raised; twice as much after each step that did not suffice.
    alpha, beta, xi : float
        Of the loss, see `first_spike.spike_time_loss`.
    largest_step : float
        Norm of the largest change of the weights of a layer in one step.
    tau : float
        Time constants on the chip, s.
    refractory_time : float
        On the chip, s; long enough that no neuron fires twice.
    threshold : (int, int)
        Of both layers on the chip, LSB of the column ADC; leak and reset are at 80. A near one needs little charge, so
        that many inputs at a time do not saturate.
    i_synin_gm : (int, int)
        Strength of the excitatory and inhibitory inputs on the chip, CapMem LSB.
    synapse_dac_bias : int
        Strength of the synapses on the chip, CapMem LSB. With weak ones and large weights there are more levels.
    weight_scale : (float, float)
        Synaptic weights on the chip for a weight of 1.
    duration : float
        Time that one sample has on the chip.
    delay : float
        What recorded spikes of each layer are later than the equations say.
    decalibration : float
        Relative spread of time constants and thresholds on the chip.
    decalibration_seed : int
        Of what is drawn.
    """

    batch_size: int = 150
    learning_rate: float = 5e-3
    decay: float = 0.95
    decay_epochs: int = 20
    average: float = 0.999
    data: Literal["yin-yang", "mnist"] = "yin-yang"
    hidden: int = 120
    copies: int = 1
    weight_mean: tuple[float, float] = (1.5, 0.5)
    weight_std: tuple[float, float] = (0.8, 0.8)
    bias_time: float | None = 0.9
    early: float = 0.15
    late: float = 2.0
    noise: float = 0.0
    missing: tuple[float, float] = (0.3, 0.0)
    bump: float = 5e-4
    alpha: float = 0.005
    beta: float = 1.0
    xi: float = 0.2
    largest_step: float = 0.2
    tau: float = 6e-6
    refractory_time: float = 30e-6
    threshold: tuple[int, int] = (150, 150)
    i_synin_gm: tuple[int, int] = ALIKE
    synapse_dac_bias: int = 1000
    weight_scale: tuple[float, float] = (76.0, 76.0)
    duration: float = 5.0
    delay: float = 0.1
    decalibration: float = 0.0
    decalibration_seed: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("data", self.data in ("yin-yang", "mnist"), "'yin-yang' or 'mnist'")
        self._check("hidden", self.hidden >= 1, "at least 1")
        self._check("copies", self.copies >= 1, "at least 1")
        self._check("late", 0 <= self.early < self.late, f"more than early, {self.early}")


PUBLISHED = {
    ("yin-yang", False): {
        "batch_size": 40, "learning_rate": 2e-3, "missing": (0.3, 0.05), "copies": 10, "threshold": (130, 90),
        "i_synin_gm": (700, 788), "synapse_dac_bias": 400, "weight_scale": (97.0, 19.6), "delay": 0.07, "decay": 0.97,
        "decay_epochs": 1,
    },
    ("yin-yang", True): {},
    ("mnist", False): {
        "hidden": 246, "batch_size": 200, "learning_rate": 3e-3, "decay": 0.9, "decay_epochs": 10,
        "weight_mean": (0.01, 0.006), "weight_std": (0.03, 0.1), "noise": 0.3, "missing": (0.5, 0.5), "bump": 5e-3,
        "bias_time": None,
    },
}
"""Settings that differ from the defaults, by data set and whether the model runs on the host.

Yin-yang on the chip begins with the weights that are published for the host; copies, thresholds, strengths, scale and
decay are ours. MNIST has the same on both.
"""


def published(data: str, mock: bool) -> dict[str, Any]:
    """Settings of a set-up that differ from the defaults of `FirstSpikeSettings`.

    Raises
    ------
    ValueError
        There is no such data set.
    """
    if data not in ("yin-yang", "mnist"):
        raise ValueError(f"data is {data!r}, expected 'yin-yang' or 'mnist'")
    return {"data": data} | PUBLISHED[data, mock and data == "yin-yang"]


TRAIN, TEST = (5000, 42), (1000, 40)
"""Sizes and seeds of the yin-yang data."""


class FirstSpikeNetwork(torch.nn.Module):
    """Layers of neurons of which only the first spikes count.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, and of neurons of each layer.
    weight_mean, weight_std : sequence of float
        Normal distribution of the first weights of each layer.
    record : Record, optional
        Runs the network somewhere else; without it, the closed form gives the times.

    Attributes
    ----------
    weights : torch.nn.ParameterList
        (neurons, inputs) for each layer.
    """

    def __init__(
        self, sizes: Sequence[int], weight_mean: Sequence[float], weight_std: Sequence[float],
        record: Record | None = None,
    ) -> None:
        super().__init__()
        self.weights = torch.nn.ParameterList(
            torch.nn.Parameter(mean + std * torch.randn(neurons, inputs))
            for inputs, neurons, mean, std in zip(sizes[:-1], sizes[1:], weight_mean, weight_std, strict=True)
        )
        self.record = record

    def forward(self, times: Tensor) -> list[Tensor]:
        """Spike times of each layer, (batch, neurons); inf for none."""
        recorded = [None] * len(self.weights) if self.record is None else self.record(times, list(self.weights))
        layers = []
        for weights, known in zip(self.weights, recorded, strict=True):
            times = first_spike_times(times, weights, recorded=known)
            layers.append(times)
        return layers


class FastAndDeep(Task):
    """The task.

    Parameters
    ----------
    settings : FirstSpikeSettings
        Settings.
    split : Split, optional
        Images, for MNIST.
    """

    name = "fast-and-deep"
    classes: ClassVar[int]
    settings: FirstSpikeSettings
    model: FirstSpikeNetwork

    def __init__(self, settings: FirstSpikeSettings, split: Split | None = None) -> None:
        self.classes = 3 if settings.data == "yin-yang" else 10  # type: ignore[misc]
        if settings.data == "yin-yang":
            train, test = (yin_yang(size, seed) for size, seed in (TRAIN, TEST))
        elif split is not None:
            train, test = samples_of(split, flat=True)
        else:
            raise ValueError("fast-and-deep: training with MNIST needs its images")
        inputs = train[0].shape[1] + (settings.bias_time is not None)
        sizes = (inputs, settings.hidden, self.classes)
        torch.manual_seed(settings.seed)
        record = None if settings.mock else _on_chip(settings, sizes)
        model = FirstSpikeNetwork(sizes, settings.weight_mean, settings.weight_std, record)
        super().__init__(settings, model, train, test)
        self._layers: list[Tensor] = []
        self._bumps = [settings.bump] * len(model.weights)
        self._before = [weights.detach().clone() for weights in model.weights]

    def input_times(self, values: Tensor) -> Tensor:
        """Times of all inputs, (batch, inputs), of coordinates or grey values from 0 to 1, (batch, values)."""
        settings = self.settings
        mnist = settings.data == "mnist"
        times = settings.early + (settings.late - settings.early) * (1 - values if mnist else values)
        if settings.noise and self.model.training:
            jitter = torch.randn(times.shape, generator=self.generator)
            times = (times + settings.noise * jitter).clamp(min=0)
        if mnist:
            times = times.where(values > 0, torch.inf)
        if settings.bias_time is not None:
            times = torch.cat([times, times.new_full((len(times), 1), settings.bias_time)], dim=1)
        return times

    def scores(self, inputs: Tensor) -> Tensor:
        """The earlier an output spike, the larger its score."""
        self._layers = self.model(self.input_times(inputs))
        return -self._layers[-1]

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        settings = self.settings
        return spike_time_loss(-scores, labels, settings.alpha, settings.beta, settings.xi)

    @torch.no_grad()
    def after_step(self) -> None:
        """Short steps; more weight for the first layer that is too silent; weights as the chip can have them."""
        for weights, before in zip(self.model.weights, self._before, strict=True):
            step = weights - before
            weights.copy_(before + step * (self.settings.largest_step / step.norm()).clamp(max=1))
        self._raise_silent_neurons()
        if self.model.record is not None:
            synapses = (self.settings.copies, 1)
            for weights, number, scale in zip(self.model.weights, synapses, self.settings.weight_scale, strict=True):
                weights.clamp_(-MAX_WEIGHT * number / scale, MAX_WEIGHT * number / scale)
        for weights, before in zip(self.model.weights, self._before, strict=True):
            before.copy_(weights)

    def _raise_silent_neurons(self) -> None:
        too_silent = False
        for number, (times, allowed) in enumerate(zip(self._layers, self.settings.missing, strict=True)):
            missing = torch.isinf(times).float()
            if not too_silent and missing.mean() > allowed:
                too_silent = True
                self.model.weights[number][missing.mean(dim=0) > allowed] += self._bumps[number]
                self._bumps[number] *= 2
            else:
                self._bumps[number] = self.settings.bump

    def observables(self) -> dict[str, float]:
        hidden, output = (times.detach() for times in self._layers)
        fires = torch.isfinite(hidden)
        return {
            "hidden spikes": fires.float().sum(dim=1).mean().item(),
            "silent outputs": torch.isinf(output).float().mean().item(),
        }

    def state(self) -> dict[str, Any]:
        return {"bumps": list(self._bumps)}

    def load_state(self, state: dict[str, Any]) -> None:
        self._bumps = list(state["bumps"])
        self._before = [weights.detach().clone() for weights in self.model.weights]


def _on_chip(settings: FirstSpikeSettings, sizes: Sequence[int]) -> RecordedLayers:
    neurons = [
        NeuronSettings(
            tau_mem=settings.tau, tau_syn=settings.tau, refractory_time=settings.refractory_time, threshold=threshold,
            i_synin_gm=settings.i_synin_gm, synapse_dac_bias=settings.synapse_dac_bias,
        )
        for threshold in settings.threshold
    ]
    return RecordedLayers(
        sizes, neurons, settings.weight_scale, settings.duration, settings.copies, settings.delay * settings.tau,
        Spread(settings.decalibration, settings.decalibration_seed),
    )
