"""MNIST with surrogate gradients on the chip in the loop: 256 inputs, 246 LIF neurons, 10 readout neurons.

All 512 neuron circuits and all synapses are in use: each neuron has two circuits, so that it has 256 signed inputs.

References
----------
Cramer et al.: Surrogate gradients for analog neuromorphic computing, 2022.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from bss2.datasets.augmentation import rotate
from bss2.datasets.encoding import first_spikes_to_dense, latency, shift_to_earliest
from bss2.datasets.mnist import Split
from bss2.train.images import samples_of
from bss2.train.neurons import NeuronSettings, Spread, clamp_to_chip, scale_to_chip, scaled_synapse
from bss2.train.routing import SharedDriverRouter
from bss2.train.task import Settings, Task
from hxtorch.spiking import LI, LIF, BatchDropout, Experiment, LIFObservables, run
from hxtorch.spiking.morphology import SingleCompartmentNeuron

DT = 1.7e-6
"""Length of a step, s: the period of the column ADC in the published set-up."""
STEPS = 20
CIRCUITS = 2
"""Neuron circuits of a neuron."""
TEST_BATCH = 500
NEURONS = NeuronSettings(capacitance=DT, exact=True, alpha=6.0)


@dataclass(frozen=True)
class MnistSettings(Settings):
    """Settings; the defaults are the published ones where there are any, but for three.

    The surrogate gradient is wider (`alpha` of 6 instead of 50): a neuron that has fired is recorded after its reset,
    far from the threshold, and would learn nothing from that. Weights are averaged over steps, and large scores have a
    penalty, without which potentials grow out of the range of the chip.

    Attributes
    ----------
    hidden : int
        Neurons of the hidden layer.
    tau_input, theta : float
        Time constant, s, and threshold of the spike times of grey values.
    weight_mean : float
        Mean of the first weights of the hidden layer.
    weight_gain : float
        Standard deviation of the first weights times the root of the number of inputs, in units of what a step adds.
    weight_scale, largest_scale : float
        Synaptic weight on the chip for a weight of 1: of the hidden layer, and at most for the readout.
    readout_scale : float
        Factor of the largest potentials over time, which are the scores.
    bursts, weights, readout : float
        Penalties of squared spike counts of hidden neurons, of squared hidden weights, and of squared scores.
    sparse : float
        Penalty of hidden spikes of an image beyond `sparse_target`, squared.
    rotation : float
        Training images are turned by up to so many degrees.
    dropout : float
        Part of the hidden neurons that is left out for a batch.
    decalibration : float
        Relative spread of time constants and thresholds on the chip, drawn anew for each neuron.
    decalibration_seed : int
        Of what is drawn.
    """

    learning_rate: float = 1.5e-3
    decay: float = 0.97
    average: float = 0.999
    hidden: int = 246
    tau_input: float = 8e-6
    theta: float = 0.2
    weight_mean: float = 1e-3
    weight_gain: float = 0.7
    weight_scale: float = 240.0
    largest_scale: float = 250.0
    readout_scale: float = 10.0
    bursts: float = 5e-4
    weights: float = 0.1
    readout: float = 0.003
    sparse: float = 0.0
    sparse_target: float = 20.0
    rotation: float = 0.0
    dropout: float = 0.0
    decalibration: float = 0.0
    decalibration_seed: int = 1
    neurons: NeuronSettings = NEURONS

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("hidden", 1 <= self.hidden <= 246, "1 to 246, as 10 of 256 neurons are readout")
        self._check("dropout", 0 <= self.dropout < 1, "0 to less than 1")
        self._check("rotation", 0 <= self.rotation <= 180, "0 to 180 degrees")
        self._check("decalibration", 0 <= self.decalibration <= 0.5, "0 to 0.5")


TRANSFER: dict[str, Any] = {"weight_scale": 243.0, "neurons": replace(NEURONS, threshold=130)}
"""Settings that differ from the defaults for weights that were trained on the host before.

With smaller potentials the chip is closer to the model. From random weights they are worse: neurons fire too often.
"""


class MnistNetwork(torch.nn.Module):
    """Inputs, hidden LIF neurons, readout neurons whose membranes are recorded.

    Attributes
    ----------
    experiment : hxtorch.spiking.Experiment
        Where it runs.
    hidden_observables, readout_observables : Handle
        What the last run recorded.
    info : hxtorch.spiking.ExecutionInfo or None
        How the chip did in the last run.
    """

    def __init__(self, settings: MnistSettings, inputs: int = 256, classes: int = 10) -> None:
        super().__init__()
        self.experiment = Experiment(mock=settings.mock, dt=DT, hw_routing_func=SharedDriverRouter())
        step = -math.expm1(-DT / settings.neurons.tau_mem)
        spread = Spread(settings.decalibration, settings.decalibration_seed)
        structure = SingleCompartmentNeuron(CIRCUITS)

        def synapse(sources: int, targets: int, mean: float) -> Any:
            std = settings.weight_gain * step / math.sqrt(sources)
            return scaled_synapse(sources, targets, self.experiment, settings.weight_scale, mean, std)

        self.hidden_synapse = synapse(inputs, settings.hidden, settings.weight_mean)
        self.hidden = LIF(
            settings.hidden, self.experiment, neuron_structure=structure,
            **settings.neurons.spiking(settings.hidden, DT, spread),
        )
        self.dropout = BatchDropout(settings.hidden, settings.dropout, self.experiment)
        self.readout_synapse = synapse(settings.hidden, classes, 0.0)
        self.readout = LI(
            classes, self.experiment, neuron_structure=structure, **settings.neurons.readout(classes, DT, spread)
        )
        self.hidden_observables: Any = None
        self.readout_observables: Any = None
        self.info: Any = None

    def forward(self, spikes: Tensor) -> Tensor:
        """Membranes of the readout neurons, (steps, batch, classes), for input spikes (steps, batch, inputs)."""
        hidden = self.hidden(self.hidden_synapse(LIFObservables(spikes=spikes)))
        after = self.dropout(hidden) if self.dropout.dropout else hidden
        readout = self.readout(self.readout_synapse(after))
        self.info = run(self.experiment, len(spikes))
        self.hidden_observables, self.readout_observables = hidden, readout
        return readout.membrane_cadc


class Mnist(Task):
    """The task.

    Parameters
    ----------
    settings : MnistSettings
        Settings.
    split : Split
        Images of 16x16 pixels.
    """

    name = "mnist"
    classes = 10
    settings: MnistSettings
    model: MnistNetwork

    def __init__(self, settings: MnistSettings, split: Split) -> None:
        if split.x_train.shape[1:] != (16, 16):
            raise ValueError(f"images of {split.x_train.shape[1:]} pixels, expected (16, 16)")
        torch.manual_seed(settings.seed)
        train, test = samples_of(split)
        super().__init__(settings, MnistNetwork(settings), train, test, TEST_BATCH)
        scale_to_chip(self.model.readout_synapse, settings.largest_scale)

    def encode(self, images: Tensor) -> Tensor:
        """Spikes (steps, batch, 256) of images (batch, 16, 16), which are turned in training."""
        settings = self.settings
        if self.model.training:
            images = rotate(images, settings.rotation, self.generator)
        times = latency(images.flatten(1), settings.tau_input, settings.theta)
        return first_spikes_to_dense(shift_to_earliest(times), DT, STEPS)

    def scores(self, inputs: Tensor) -> Tensor:
        """The largest potential of each readout neuron over time, scaled."""
        membrane = self.model(self.encode(inputs))
        # Membranes that never move have many maxima, which have to share the gradient.
        return self.settings.readout_scale * membrane.amax(dim=0)

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        settings, model = self.settings, self.model
        counts = model.hidden_observables.spikes.sum(dim=0)
        result = torch.nn.functional.cross_entropy(scores, labels)
        result = result + settings.bursts * counts.square().mean()
        result = result + settings.weights * model.hidden_synapse.weight.square().mean()
        if settings.readout:
            result = result + settings.readout * scores.square().mean()
        if settings.sparse:
            result = result + settings.sparse * (counts.sum(dim=1) - settings.sparse_target).relu().square().mean()
        return result

    def after_step(self) -> None:
        clamp_to_chip(self.model.hidden_synapse)
        scale_to_chip(self.model.readout_synapse, self.settings.largest_scale)

    def observables(self) -> dict[str, float]:
        spikes = self.model.hidden_observables.spikes.detach()
        return {"hidden spikes": spikes.sum().item() / spikes.shape[1]}

    def load_state(self, state: dict[str, Any]) -> None:
        scale_to_chip(self.model.readout_synapse, self.settings.largest_scale)


