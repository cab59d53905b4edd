"""MNIST with 784 inputs and 256 hidden neurons, which do not fit on the chip together: parts run in turn.

A neuron of one circuit has 128 signed inputs. With 784 inputs it takes eight circuits, and 64 such neurons fill the
chip. Spikes of each part are recorded, and sent to the readout in a run of its own.

References
----------
Arnold et al.: Scalable network emulation on analog neuromorphic hardware, 2025.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

import hxtorch.spiking.functional as F
from bss2.datasets.augmentation import rotate
from bss2.datasets.mnist import Split
from bss2.train.images import samples_of
from bss2.train.neurons import MAX_WEIGHT, NeuronSettings, scaled_synapse
from bss2.train.task import Settings, Task
from hxtorch.spiking import LI, LIF, ExecutionInstance, Experiment, LIFObservables, Synapse, SynapseHandle, run
from hxtorch.spiking.morphology import SingleCompartmentNeuron

DT = 1e-6
STEPS = 30
"""Steps in which inputs spike; the run is `AFTER` longer."""
AFTER = 2
SIGNED_INPUTS = 128
"""Inputs of one neuron circuit with weights of both signs."""
CIRCUITS = 512
WAIT = 50 * 125
"""FPGA cycles from one image to the next, at least."""
POWER = 4
"""Penalties are means of this power."""


@dataclass(frozen=True)
class PartitionedSettings(Settings):
    """Settings; the defaults are the published ones.

    Attributes
    ----------
    hidden : int
        Neurons of the hidden layer.
    hidden_mean, hidden_std, output_mean, output_std : float
        First weights.
    weight_scale : float
        Synaptic weight on the chip for a weight of 1.
    readout_scale : float
        Factor of the largest potentials over time.
    bursts, bursts_decay, weights, readout : float
        Penalties of spike counts of hidden neurons and their factor after each epoch, of weights, and of scores.
    rotation, rotated : float
        A part `rotated` of the training images is turned by up to so many degrees.
    """

    learning_rate: float = 2e-3
    decay: float = 0.985
    hidden: int = 256
    hidden_mean: float = -0.05
    hidden_std: float = 0.2
    output_mean: float = 0.01
    output_std: float = 0.2
    weight_scale: float = 50.0
    readout_scale: float = 3.0
    bursts: float = 0.0025
    bursts_decay: float = 0.985
    weights: float = 0.0033
    readout: float = 1.6e-4
    rotation: float = 25.0
    rotated: float = 0.5
    neurons: NeuronSettings = field(default_factory=lambda: NeuronSettings(tau_syn=5.7e-6, threshold=120))

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("hidden", 1 <= self.hidden <= 256, "1 to 256, the inputs of a readout of two circuits")
        self._check("rotation", 0 <= self.rotation <= 180, "0 to 180 degrees")
        self._check("rotated", 0 <= self.rotated <= 1, "0 to 1")


def circuits_for(inputs: int) -> int:
    """Circuits of a neuron with so many signed inputs: a power of two, so that columns are used completely."""
    circuits = 1
    while circuits * SIGNED_INPUTS < inputs:
        circuits *= 2
    return circuits


def parts_of(neurons: int, inputs: int) -> list[int]:
    """Sizes of the parts of a layer, each of which fits on the chip."""
    largest = CIRCUITS // circuits_for(inputs)
    if largest == 0:
        raise ValueError(f"{inputs} inputs of a neuron, possible are {CIRCUITS * SIGNED_INPUTS}")
    return [min(largest, neurons - first) for first in range(0, neurons, largest)]


class ClampedSynapse(Synapse):
    """Synapses whose weights approach what the chip can have, and keep a gradient there."""

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        scale = self.weight_transform.keywords["scale"]  # type: ignore[attr-defined]
        return SynapseHandle(F.linear_exponential_clamp(input.spikes, self.weight, cap=MAX_WEIGHT / scale))


class PartitionedNetwork(torch.nn.Module):
    """Inputs to all parts of the hidden layer, and these to the readout.

    Attributes
    ----------
    experiment : hxtorch.spiking.Experiment
        Where it runs; each part and the readout have an execution instance of their own.
    hidden_observables : list of Handle
        What the last run recorded of each part.
    readout_observables : Handle
        Of the readout.
    """

    def __init__(self, settings: PartitionedSettings, inputs: int, classes: int = 10) -> None:
        super().__init__()
        self.experiment = Experiment(mock=settings.mock, dt=DT)
        self.experiment.inter_batch_entry_wait = WAIT
        sizes = parts_of(settings.hidden, inputs)
        instances = [None if settings.mock else ExecutionInstance() for _ in range(len(sizes) + 1)]
        synapse = partial(scaled_synapse, experiment=self.experiment, scale=settings.weight_scale, kind=ClampedSynapse)
        structure = SingleCompartmentNeuron(circuits_for(inputs))
        self.hidden_synapses, self.hidden, self.readout_synapses = (torch.nn.ModuleList() for _ in range(3))
        for size, instance in zip(sizes, instances[:-1], strict=True):
            self.hidden_synapses.append(synapse(
                inputs, size, mean=settings.hidden_mean, std=settings.hidden_std, execution_instance=instance
            ))
            self.hidden.append(LIF(
                size, self.experiment, execution_instance=instance, neuron_structure=structure,
                **settings.neurons.spiking(size, DT),
            ))
            self.readout_synapses.append(synapse(
                size, classes, mean=settings.output_mean, std=settings.output_std, execution_instance=instances[-1]
            ))
        self.readout = LI(
            classes, self.experiment, execution_instance=instances[-1],
            neuron_structure=SingleCompartmentNeuron(circuits_for(settings.hidden)),
            **settings.neurons.readout(classes, DT),
        )
        self.hidden_observables: list[Any] = []
        self.readout_observables: Any = None

    def forward(self, spikes: Tensor) -> Tensor:
        """Membranes of the readout neurons, (steps, batch, classes), for input spikes (steps, batch, inputs)."""
        images = LIFObservables(spikes=spikes)
        hidden = [part(synapse(images)) for part, synapse in zip(self.hidden, self.hidden_synapses, strict=True)]
        for synapse, part in zip(self.readout_synapses, hidden, strict=True):
            readout = self.readout(synapse(part))
        run(self.experiment, len(spikes))
        self.hidden_observables, self.readout_observables = hidden, readout
        return readout.membrane_cadc


class Partitioned(Task):
    """The task.

    Parameters
    ----------
    settings : PartitionedSettings
        Settings.
    split : Split
        Images.
    """

    name = "mnist-partitioned"
    classes = 10
    settings: PartitionedSettings
    model: PartitionedNetwork

    def __init__(self, settings: PartitionedSettings, split: Split) -> None:
        torch.manual_seed(settings.seed)
        super().__init__(settings, PartitionedNetwork(settings, split.x_train[0].size), *samples_of(split))

    def encode(self, images: Tensor) -> Tensor:
        """Spikes (steps, batch, pixels) of images (batch, height, width); the brighter, the earlier, black has none."""
        settings = self.settings
        if self.model.training:
            chosen = torch.rand(len(images), generator=self.generator) < settings.rotated
            turned = rotate(images, settings.rotation, self.generator)
            images = torch.where(chosen[:, None, None], turned, images)
        step = STEPS - torch.round(STEPS * images.flatten(1)).long()
        spikes = torch.zeros((STEPS + 1, *step.shape)).scatter_(0, step.unsqueeze(0), 1.0)
        # The last step stands for no spike.
        spikes[STEPS] = 0
        return torch.cat([spikes, spikes.new_zeros((AFTER - 1, *step.shape))])

    def scores(self, inputs: Tensor) -> Tensor:
        """The largest potential of each readout neuron over time, scaled."""
        return (self.settings.readout_scale * self.model(self.encode(inputs))).amax(dim=0)

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        settings, model = self.settings, self.model
        # The scheduler counts epochs.
        bursts = settings.bursts * settings.bursts_decay**self.scheduler.last_epoch
        counts = torch.cat([part.spikes.sum(dim=0) for part in model.hidden_observables], dim=1)
        result = torch.nn.functional.cross_entropy(scores, labels)
        result = result + bursts * counts.pow(POWER).mean() + settings.readout * scores.pow(POWER).mean()
        for synapses in (model.hidden_synapses, model.readout_synapses):
            weights = torch.cat([values.flatten() for values in synapses.parameters()])
            result = result + settings.weights * weights.pow(POWER).mean()
        return result

    def observables(self) -> dict[str, float]:
        parts = [part.spikes.detach() for part in self.model.hidden_observables]
        return {"hidden spikes": sum(part.sum().item() for part in parts) / parts[0].shape[1]}
