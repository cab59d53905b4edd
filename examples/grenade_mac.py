"""MAC mode: a classifier of two layers, whose products the analog circuits of the chip compute.

The classifier tells 16 patterns of 12 x 12 pixels apart, of which 30 % of the pixels are changed at random. Its weights
are not trained: each output of the first layer is a pattern compared with another one, and each output of the second
layer counts the comparisons that a pattern has won. Images are activations of 0 to 31, which the chip multiplies with
signed weights; `ConvertingReLU` makes activations of the results, and `ArgMax` the class.

Run with ``python examples/grenade_mac.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, run_script, save

import chipsim
from grenade.compute import MAC, ArgMax, ConvertingReLU, Sequence
from grenade.execution import JITGraphExecutor

SEED = 1
CLASSES, SIDE, IMAGES, CHANGED = 16, 12, 512, 0.3
ACTIVATION, WEIGHT = 31, 40
SHIFT = 1


class Layers(NamedTuple):
    """Images (images, pixels), their classes, and the weights of both layers."""

    patterns: np.ndarray
    images: np.ndarray
    classes: np.ndarray
    first: np.ndarray
    second: np.ndarray


def task() -> Layers:
    """Patterns, images made of them, and the weights that tell them apart."""
    random = np.random.default_rng(SEED)
    patterns = random.random((CLASSES, SIDE * SIDE)) < 0.4
    classes = random.integers(0, CLASSES, IMAGES)
    images = patterns[classes] ^ (random.random((IMAGES, SIDE * SIDE)) < CHANGED)
    pairs = np.array(list(permutations(range(CLASSES), 2)))
    first = WEIGHT * (patterns[pairs[:, 0]].astype(int) - patterns[pairs[:, 1]]).T
    second = WEIGHT * (pairs[:, :1] == np.arange(CLASSES)) - WEIGHT * (pairs[:, 1:] == np.arange(CLASSES))
    return Layers(patterns, ACTIVATION * images, classes, first, second)


def draw(layers: Layers, products: np.ndarray, expected: np.ndarray, found: np.ndarray, path: Path) -> None:
    """Some images, products of the first layer, and the confusion of the classes."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(11, 4.2))
        left, middle, right = figure.subfigures(1, 3, width_ratios=[0.9, 1, 1])
        left.suptitle("patterns, and images of them", fontsize=10)
        shown = np.array([np.flatnonzero(layers.classes == each)[0] for each in range(4)])
        for axes, pixels in zip(
            left.subplots(4, 2).flat, np.stack([layers.patterns[:4], layers.images[shown]], axis=1).reshape(8, -1),
            strict=True,
        ):
            axes.imshow(pixels.reshape(SIDE, SIDE), cmap="Greys")
            axes.set(xticks=[], yticks=[])
        axes = middle.subplots()
        axes.plot(expected.ravel()[::37], products.ravel()[::37], ".", markersize=1, color="#1f77b4")
        axes.set(title="first layer", xlabel="product, as numbers", ylabel="read by the CADC / LSB")
        axes = right.subplots()
        confusion = np.zeros((CLASSES, CLASSES), int)
        np.add.at(confusion, (layers.classes, found), 1)
        image = axes.imshow(confusion, cmap="viridis")
        ticks = range(0, CLASSES, 5)
        axes.set(title="number of images", xlabel="class that was found", ylabel="class", xticks=ticks, yticks=ticks)
        right.colorbar(image, ax=axes, fraction=0.046)
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    layers, chip = task(), chipsim.Chip(SEED)
    config, executor = chip.oracle.mac_chip(), JITGraphExecutor(chipsim.SimConnection(chip))
    first, second = MAC(layers.first), MAC(layers.second)
    network = Sequence([first, ConvertingReLU(first.output_size(), SHIFT), second, ArgMax(CLASSES)])

    begin = perf_counter()
    found = network.run(layers.images, config, executor)[:, 0].astype(int)
    duration = perf_counter() - begin
    products = first.run(layers.images, config, executor).astype(int)
    expected = layers.images @ layers.first
    exact = (np.maximum(expected, 0) @ layers.second).argmax(axis=1)
    draw(layers, products, expected, found, output / "grenade_mac.png")
    print(f"{IMAGES} images in {duration:.2f} s")
    return {
        "outputs of the first layer": first.output_size(),
        "images of the right class / %": 100 * (found == layers.classes).mean(),
        "the same with exact products / %": 100 * (exact == layers.classes).mean(),
        "correlation with exact products": np.corrcoef(expected.ravel(), products.ravel())[0, 1],
        "largest result / LSB": products.max(),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
