"""Training of a network that tells handwritten digits apart, with all products on the chip.

Run with ``python -m hxtorch.examples.perceptron.mnist``; ``--help`` tells the options.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

import hxtorch
from bss2.datasets import mnist
from hxtorch import perceptron
from hxtorch.perceptron import nn

_KERNELS = {28: (10, 5), 16: (6, 3)}
"""Size of kernels and stride by the size of images; both give 5 x 5 positions."""
_POSITIONS = 25
_CHANNELS = 20

log = hxtorch.logger.get("hxtorch.examples.perceptron.mnist")


class Model(torch.nn.Module):
    """A convolution and two linear layers.

    Parameters
    ----------
    size : int
        Images are 28 x 28 or 16 x 16 pixels.
    mock : bool
        Whether to compute without a chip.
    """

    def __init__(self, size: int = 28, mock: bool = False) -> None:
        super().__init__()
        kernel, stride = _KERNELS[size]
        self.features = torch.nn.Sequential(
            nn.Conv2d(1, _CHANNELS, kernel, stride, padding=1, bias=False, wait_between_events=2, mock=mock),
            nn.ConvertingReLU(shift=1, mock=mock),
        )
        self.classifier = torch.nn.Sequential(
            nn.Linear(_CHANNELS * _POSITIONS, 128, bias=False, wait_between_events=2, mock=mock),
            nn.ConvertingReLU(shift=1, mock=mock),
            nn.Linear(128, 10, bias=False, wait_between_events=2, mock=mock),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of the ten digits, [batch, 10], for activations [batch, 1, size, size]."""
        scores: torch.Tensor = self.classifier(self.features(images).flatten(1))
        return scores


class Data:
    """Images as activations, and their digits."""

    def __init__(self, images: np.ndarray, digits: np.ndarray, fraction: float) -> None:
        count = max(1, round(fraction * len(images)))
        # 255 grey values are 31 activations.
        self.images = torch.from_numpy(images[:count]).float()[:, None] * (31 / 255)
        self.digits = torch.from_numpy(digits[:count])

    def batches(self, size: int, shuffled: bool = False) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Parts of the data."""
        order = torch.randperm(len(self.images)) if shuffled else torch.arange(len(self.images))
        for part in order.split(size):
            yield self.images[part], self.digits[part]


def train(model: Model, data: Data, optimizer: torch.optim.Optimizer, batch_size: int) -> float:
    """One epoch; gives the mean loss."""
    model.train()
    losses = []
    for images, digits in data.batches(batch_size, shuffled=True):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), digits)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses))


@torch.no_grad()
def test(model: Model, data: Data, batch_size: int) -> float:
    """Part of the images whose digit is found."""
    model.eval()
    right = [(model(images).argmax(1) == digits).sum().item() for images, digits in data.batches(batch_size)]
    return sum(right) / len(data.images)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description="Train a network on MNIST, on the chip or in mock mode.")
    parser.add_argument("--mock", action="store_true", help="compute without a chip")
    parser.add_argument("--calibration-path", type=Path, help="calibration for products; default: that of the chip")
    parser.add_argument("--data-path", type=Path, help="MNIST; default: where bss2.datasets.mnist finds it")
    parser.add_argument("--embedded", action="store_true", help="use the images that come with the package, 16 x 16")
    parser.add_argument("--dataset-fraction", type=float, default=1.0, help="part of the images that is used")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--test-batch-size", type=int, default=500)
    parser.add_argument("--lr", type=float, default=1.0, help="learning rate at the start")
    parser.add_argument("--gamma", type=float, default=0.99, help="its factor after each epoch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume-from", type=Path, help="file with parameters to begin with")
    parser.add_argument("--save-model", type=Path, help="file for the parameters at the end")
    options = parser.parse_args(arguments)
    if not 0 < options.dataset_fraction <= 1:
        parser.error(f"--dataset-fraction is {options.dataset_fraction}, expected above 0 and at most 1")
    return options


def main(arguments: Sequence[str] | None = None) -> float:
    """Train and test.

    Parameters
    ----------
    arguments : sequence of str, optional
        Options; default: those of the command line.

    Returns
    -------
    float
        Part of the test images whose digit is found after the last epoch.
    """
    options = parse(arguments)
    torch.manual_seed(options.seed)
    split = mnist.embedded() if options.embedded else mnist.load(options.data_path)
    trained = Data(split.x_train, split.y_train, options.dataset_fraction)
    tested = Data(split.x_test, split.y_test, options.dataset_fraction)
    before = perceptron.get_mock_parameter()
    try:
        if not options.mock:
            _init_hardware(options.calibration_path)
        return _run(options, Model(split.x_train.shape[1], options.mock), trained, tested)
    finally:
        perceptron.set_mock_parameter(before)
        hxtorch.release_hardware()


def _init_hardware(calibration_path: Path | None) -> None:
    if calibration_path is None:
        hxtorch.init_hardware(ann=True)
    else:
        hxtorch.init_hardware(hxtorch.CalibrationPath(str(calibration_path)))
    # Initial weights and gradients depend on the gain of the chip.
    measured = perceptron.measure_mock_parameter()
    perceptron.set_mock_parameter(measured)
    log.INFO(f"measured: {measured}")


def _run(options: argparse.Namespace, model: Model, trained: Data, tested: Data) -> float:
    if options.resume_from is not None:
        model.load_state_dict(torch.load(options.resume_from, weights_only=True))
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, options.gamma)
    accuracy = test(model, tested, options.test_batch_size)
    log.INFO(f"before training: accuracy {accuracy:.3f}")
    for epoch in range(options.epochs):
        loss = train(model, trained, optimizer, options.batch_size)
        schedule.step()
        accuracy = test(model, tested, options.test_batch_size)
        log.INFO(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy {accuracy:.3f}")
    if options.save_model is not None:
        torch.save(model.state_dict(), options.save_model)
    return accuracy


if __name__ == "__main__":
    main()
