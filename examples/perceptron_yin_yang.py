"""Training in mock mode, inference on the chip, and a second training with the chip in the loop.

The yin-yang task has three classes of points in a circle: yin, yang, and the dots. The network learns them without a
chip first, with the gain and the noise that were measured, and then gets better on the chip, whose deviations its
weights have not seen until then.

Run with ``python examples/perceptron_yin_yang.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from experiment import STYLE, run_script, save
from matplotlib.colors import ListedColormap

import chipsim
import hxtorch
from hxtorch.perceptron import get_mock_parameter, measure_mock_parameter, nn, set_mock_parameter
from hxtorch.spiking.datasets import YinYangDataset

SEED, HIDDEN = 1, 128
TRAINED, TESTED, BATCH = 2100, 500, 350
EPOCHS_IN_MOCK_MODE, BATCHES_ON_THE_CHIP = 80, 20
GRID = 24


class Model(torch.nn.Module):
    """Two layers; each output is the average of five columns."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, HIDDEN, mock=True), nn.Linear(HIDDEN, 3, mock=True, avg=5)
        self.rectify = nn.ConvertingReLU(shift=1, mock=True)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.second(self.rectify(self.first(points)))

    def use_chip(self) -> None:
        for layer in (self.first, self.second, self.rectify):
            layer.mock = False


def points(size: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Activations [size, 4] and classes."""
    data = YinYangDataset(size=size, seed=seed)
    values, classes = zip(*(data[i] for i in range(size)), strict=True)
    return 31 * torch.tensor(np.array(values), dtype=torch.float32), torch.tensor(classes)


def train(model: Model, data: tuple[torch.Tensor, torch.Tensor], batches: int, rate: float, decay: float) -> None:
    """Train with as many batches, in an order that changes."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, decay)
    for _ in range(batches):
        chosen = torch.randint(len(data[0]), (BATCH,))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(data[0][chosen]), data[1][chosen]).backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def accuracy(model: Model, data: tuple[torch.Tensor, torch.Tensor]) -> float:
    return 100 * (model(data[0]).argmax(1) == data[1]).float().mean().item()


@torch.no_grad()
def classes_of_grid(model: Model) -> np.ndarray:
    """Class of each point of a grid over the circle; -1 outside of it."""
    x, y = np.meshgrid(*[(np.arange(GRID) + 0.5) / GRID] * 2)
    inputs = 31 * torch.tensor(np.stack([x, y, 1 - x, 1 - y], -1), dtype=torch.float32)
    return np.where((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.25, model(inputs).argmax(-1), -1)


def draw(pictures: dict[str, np.ndarray], path: Path) -> None:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, len(pictures), figsize=(11, 4.6))
        for ax, (title, classes) in zip(axes, pictures.items(), strict=True):
            ax.imshow(classes, cmap=ListedColormap(["white", "#1f77b4", "#ff7f0e", "#2ca02c"]), vmin=-1, vmax=2,
                      origin="lower")
            ax.set(title=title, xticks=[], yticks=[])
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    torch.manual_seed(SEED)
    trained, tested = points(TRAINED, 42), points(TESTED, 41)
    numbers, pictures, before = {}, {}, get_mock_parameter()
    hxtorch.init_hardware(ann=True, connection=chipsim.SimConnection(chipsim.Chip(SEED)))
    try:
        set_mock_parameter(measure_mock_parameter())
        model = Model()
        train(model, trained, EPOCHS_IN_MOCK_MODE * TRAINED // BATCH, rate=1, decay=0.99)

        def look(name: str) -> None:
            numbers[f"{name}: right / %"] = accuracy(model, tested)
            pictures[name] = classes_of_grid(model)

        look("mock mode")
        model.use_chip()
        look("the same weights on the chip")
        train(model, trained, BATCHES_ON_THE_CHIP, rate=0.2, decay=0.95)
        look("after training with the chip")
    finally:
        hxtorch.release_hardware()
        set_mock_parameter(before)
    draw(pictures, output / "perceptron_yin_yang.png")
    return numbers


if __name__ == "__main__":
    run_script(main, __doc__)
