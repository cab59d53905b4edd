"""A training set-up of your own: a readout neuron learns to tell two spike patterns apart, on a simulated chip.

A task has a model made of hxtorch modules, samples, scores and a loss. The trainer does the rest: batches, tests,
checkpoints, progress.

Run with ``python examples/train_own_task.py [--epochs N]``.
"""

from __future__ import annotations

import argparse

import torch
from torch import Tensor

from bss2.train.chip import hardware
from bss2.train.neurons import NeuronSettings, clamp_to_chip, scaled_synapse
from bss2.train.task import Batch, Settings, Task
from bss2.train.trainer import Trainer
from hxtorch.spiking import LI, Experiment, LIFObservables, run

INPUTS, STEPS, DT = 30, 40, 1e-6
JITTER = 3  # steps


class Network(torch.nn.Module):
    """Inputs to two readout neurons."""

    def __init__(self) -> None:
        super().__init__()
        self.experiment = Experiment(dt=DT)
        self.synapse = scaled_synapse(INPUTS, 2, self.experiment, scale=70.0, mean=0.0, std=0.1)
        self.readout = LI(2, self.experiment, **NeuronSettings().readout(2, DT))

    def forward(self, spikes: Tensor) -> Tensor:
        output = self.readout(self.synapse(LIFObservables(spikes=spikes)))
        run(self.experiment, STEPS)
        return output.membrane_cadc


class Patterns(Task):
    """Each class has a spike time for each input; samples have jitter."""

    name = "patterns"
    classes = 2

    def __init__(self, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        templates = torch.randint(0, STEPS - 2 * JITTER, (2, INPUTS))
        super().__init__(settings, Network(), self.samples(templates, 200), self.samples(templates, 100))

    @staticmethod
    def samples(templates: Tensor, count: int) -> Batch:
        labels = torch.arange(count) % 2
        return templates[labels] + torch.randint(0, 2 * JITTER, (count, INPUTS)), labels

    def scores(self, inputs: Tensor) -> Tensor:
        spikes = torch.nn.functional.one_hot(inputs, STEPS).float().permute(2, 0, 1)
        return 10 * self.model(spikes).amax(dim=0)

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(scores, labels)

    def after_step(self) -> None:
        clamp_to_chip(self.model.synapse)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3, help="default: %(default)s")
    epochs = parser.parse_args().epochs
    with hardware(1):
        trainer = Trainer(Patterns(Settings(chip=1, batch_size=50, learning_rate=0.02)))
        for result in trainer.run(epochs):
            print(result)


if __name__ == "__main__":
    main()
