"""MNIST with analog vector-matrix products: a convolution and two linear layers, without bias.

References
----------
Weis et al.: Inference with artificial neural networks on analog neuromorphic hardware, 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bss2.datasets.augmentation import rotate, shift
from bss2.datasets.mnist import Split
from bss2.train.images import samples_of
from bss2.train.task import Settings, Task
from hxtorch import perceptron
from hxtorch.perceptron import constants, nn

CHANNELS, UNITS, CLASSES = 20, 128, 10
POSITIONS = 5
"""Positions of the kernel in each direction."""
KERNELS = {28: (10, 5), 16: (6, 3)}
"""Kernel size and stride for the image sizes; both give the same number of positions."""
WAIT_BETWEEN_EVENTS = 2
PADDING = 1
TEST_BATCH = 500


@dataclass(frozen=True)
class MacSettings(Settings):
    """Settings; the defaults are the published ones, except for smaller batches, and that weights are averaged.

    Attributes
    ----------
    gain, noise_std : float
        Of a product: results for a product of 1, and noise of results, in LSB. They set the scale of first weights and
        gradients, and what the model on the host computes. On the chip they are to be measured,
        see `hxtorch.perceptron.measure_mock_parameter`.
    rotation : float
        Training images are turned by up to so many degrees.
    shift : int
        Training images are moved by up to so many pixels in both directions.
    """

    batch_size: int = 200
    learning_rate: float = 1.0
    decay: float = 0.99
    average: float = 0.999
    gain: float = constants.defaults.gain
    noise_std: float = constants.defaults.noise_std
    rotation: float = 0.0
    shift: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("gain", 0 < self.gain <= 1, "more than 0, at most 1")
        self._check("noise_std", self.noise_std >= 0, "0 or more")
        self._check("rotation", 0 <= self.rotation <= 180, "0 to 180 degrees")
        self._check("shift", self.shift >= 0, "0 or more pixels")


class MacNetwork(torch.nn.Module):
    """Images of activations to scores."""

    def __init__(self, size: int, mock: bool) -> None:
        super().__init__()
        kernel, stride = KERNELS[size]
        options: dict[str, Any] = {"bias": False, "wait_between_events": WAIT_BETWEEN_EVENTS, "mock": mock}
        self.layers = torch.nn.Sequential(
            nn.Conv2d(1, CHANNELS, kernel, stride=stride, padding=PADDING, **options),
            nn.ConvertingReLU(shift=1, mock=mock),
            torch.nn.Flatten(),
            nn.Linear(CHANNELS * POSITIONS**2, UNITS, **options),
            nn.ConvertingReLU(shift=1, mock=mock),
            nn.Linear(UNITS, CLASSES, **options),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores (batch, classes) of activations (batch, 1, height, width)."""
        scores: Tensor = self.layers(images)
        return scores


class Mac(Task):
    """The task. The gain of the settings becomes that of `hxtorch.perceptron`.

    Parameters
    ----------
    settings : MacSettings
        Settings.
    split : Split
        Images of 28x28 or 16x16 pixels.
    """

    name = "mnist-mac"
    classes = CLASSES
    settings: MacSettings

    def __init__(self, settings: MacSettings, split: Split) -> None:
        size = split.x_train.shape[1]
        if size not in KERNELS:
            raise ValueError(f"images of {size} pixels, expected {' or '.join(map(str, KERNELS))}")
        perceptron.set_mock_parameter(
            perceptron.MockParameter(noise_std=settings.noise_std, gain=settings.gain)
        )
        torch.manual_seed(settings.seed)
        super().__init__(settings, MacNetwork(size, settings.mock), *samples_of(split), TEST_BATCH)

    def scores(self, inputs: Tensor) -> Tensor:
        if self.model.training:
            inputs = shift(rotate(inputs, self.settings.rotation, self.generator), self.settings.shift, self.generator)
        activations = constants.input_activation_max * inputs.unsqueeze(1)
        scores: Tensor = self.model(activations)
        return scores

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(scores, labels)


def measured(seed: int = 0) -> dict[str, float]:
    """Gain and noise of the chip, as settings, with three digits."""
    torch.manual_seed(seed)
    found = perceptron.measure_mock_parameter()
    return {name: float(f"{getattr(found, name):.3g}") for name in ("gain", "noise_std")}
