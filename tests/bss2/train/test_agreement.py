"""A network that was trained on the host gives the same answers on a chip without mismatch."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from bss2.datasets import mnist as digits
from bss2.datasets.mnist import Split
from bss2.train.chip import hardware
from bss2.train.mnist import DT, Mnist, MnistSettings
from bss2.train.neurons import NeuronSettings
from bss2.train.trainer import Trainer

# A threshold that is near, so that inputs are far from saturation, and the scale with which potentials agree: where the
# real neuron moves by w t/dt exp(-t/tau), the model does so one step earlier, which makes it exp(dt/tau) larger.
SETTINGS = MnistSettings(
    learning_rate=2e-3, decay=0.8, rotation=15.0, dropout=0.2, weight_scale=170.0, largest_scale=170.0,
    neurons=NeuronSettings(threshold=115, capacitance=DT, exact=True, alpha=15.0),
)


def trained(split: Split, epochs: int) -> dict[str, Any]:
    """Weights after training on the host, as whole numbers on the chip."""
    task = Mnist(SETTINGS, split)
    Trainer(task).run(epochs)
    with torch.no_grad():
        for synapse in (task.model.hidden_synapse, task.model.readout_synapse):
            scale = synapse.weight_transform.keywords["scale"]
            synapse.weight.copy_((synapse.weight * scale).round() / scale)
    return task.model.state_dict()


@torch.no_grad()
def answers(weights: dict[str, Any], split: Split, chip: Any) -> Tensor:
    """Classes of the test images."""
    with hardware(chip):
        task = Mnist(replace(SETTINGS, chip=chip), split)
        task.model.load_state_dict(weights)
        task.after_step()
        task.model.eval()
        return torch.cat([task.scores(images).argmax(1) for images, _ in task.test_batches()])


def agreement(split: Split, epochs: int) -> float:
    """Part of the test images for which model and chip give the same answer."""
    weights = trained(split, epochs)
    model, chip = (answers(weights, split, each) for each in (None, "ideal"))
    assert (model == torch.as_tensor(split.y_test)).float().mean() > 0.88, "this network has learned nothing"
    return (model == chip).float().mean().item()


def test_answers_with_few_images() -> None:
    """Of 90 % right answers many are near the border to another one."""
    assert agreement(digits.embedded().first(3000, 500), 10) >= 0.95


@pytest.mark.slow
@pytest.mark.skipif("BSS2_MNIST" not in os.environ, reason="needs all images of MNIST, BSS2_MNIST says where")
def test_answers() -> None:
    assert agreement(digits.load(size=16).first(None, 2000), 4) >= 0.98
