"""Pictures of trainings, as matplotlib figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bss2.train.trainer import Epoch

TRAINED, TESTED, CHIP, MODEL = "#9aa5b1", "#1f77b4", "#1f77b4", "#d62728"


def _axes(width: float, height: float, *shape: int, **options: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(*shape, **options)


def _clean(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def curves(history: Sequence[Epoch]) -> Figure:
    """Loss and accuracy over the epochs."""
    figure, (left, right) = _axes(9, 3.4, 1, 2)
    epochs = [epoch.number for epoch in history]
    for axes, name, trained, tested in (
        (left, "loss", [e.loss for e in history], [e.test_loss for e in history]),
        (right, "accuracy / %", [100 * e.accuracy for e in history], [100 * e.test_accuracy for e in history]),
    ):
        axes.plot(epochs, trained, "o-", color=TRAINED, label="training")
        axes.plot(epochs, tested, "o-", color=TESTED, label="test")
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _clean(axes)
    left.set_ylim(bottom=0)
    right.annotate(
        f"{100 * history[-1].test_accuracy:.1f} %", (epochs[-1], 100 * history[-1].test_accuracy), (8, 0),
        textcoords="offset points", va="center", color=TESTED,
    )
    right.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.12))
    return figure


def confusion(counts: NDArray[np.int64]) -> Figure:
    """Numbers of samples by label (rows) and answer (columns)."""
    figure, axes = _axes(5.2, 4.4)
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    for label, answer in zip(*np.nonzero(counts), strict=True):
        colour = "white" if parts[label, answer] > 0.5 else "#333"
        axes.text(answer, label, counts[label, answer], ha="center", va="center", fontsize=8, color=colour)
    ticks = range(len(counts))
    axes.set(xlabel="answer", ylabel="right class", xticks=ticks, yticks=ticks)
    return figure


def raster(image: NDArray[Any], inputs: NDArray[Any], hidden: NDArray[Any], dt_us: float) -> Figure:
    """An image, the spikes of its pixels and those of the hidden neurons.

    Parameters
    ----------
    image : ndarray, shape (height, width)
        Grey values.
    inputs, hidden : ndarray, shape (steps, n)
        Spikes, not 0.
    dt_us : float
        Length of a step, µs.
    """
    figure, (left, middle, right) = _axes(9, 3.4, 1, 3, width_ratios=[1, 1.6, 1.6])
    left.imshow(image, cmap="gray_r")
    left.set(xticks=[], yticks=[], title="image")
    for axes, spikes, title in ((middle, inputs, "inputs: a pixel each"), (right, hidden, "hidden neurons")):
        step, neuron = np.nonzero(spikes)
        axes.plot(step * dt_us, neuron, ".", markersize=3, color="#222")
        axes.set(
            xlim=(-0.5, len(spikes) * dt_us), ylim=(-2, spikes.shape[1] + 1), xlabel="time / µs",
            title=f"{title}, {len(step)} spikes",
        )
        _clean(axes)
    return figure


def traces(
    times_us: NDArray[Any], hidden: tuple[NDArray[Any], NDArray[Any]], readout: tuple[NDArray[Any], NDArray[Any]],
    neuron: int, label: int,
) -> Figure:
    """Membranes on the chip and in the model: a hidden neuron, and all readout neurons.

    Parameters
    ----------
    times_us : ndarray, shape (steps,)
        Times, µs.
    hidden : (ndarray, ndarray), shape (steps,)
        Membrane of a hidden neuron on the chip and in the model.
    readout : (ndarray, ndarray), shape (steps, classes)
        Membranes of the readout neurons.
    neuron, label : int
        Number of the hidden neuron, and right class.
    """
    figure, (left, middle, right) = _axes(9, 3.4, 1, 3)
    for values, colour, name in zip(hidden, (CHIP, MODEL), ("chip", "model"), strict=True):
        left.plot(times_us, values, color=colour, label=name)
    left.axhline(1, color="#999", linewidth=0.8, linestyle=":")
    left.set(title=f"hidden neuron {neuron}", xlabel="time / µs", ylabel="membrane / threshold")
    left.legend(frameon=False)
    _clean(left)
    low, high = (min(map(np.min, readout)), max(map(np.max, readout)))
    for axes, values, name in zip((middle, right), readout, ("chip", "model"), strict=True):
        axes.plot(times_us, np.delete(values, label, axis=1), color="#bbb", linewidth=1)
        axes.plot(times_us, values[:, label], color=TESTED, label=f"digit {label}")
        axes.set(title=f"readout neurons, {name}", xlabel="time / µs", ylim=(low - 0.05, high + 0.05))
        axes.legend(frameon=False, loc="upper left")
        _clean(axes)
    return figure


def synapses(weights: NDArray[np.int64], fields: NDArray[np.int64]) -> Figure:
    """Weights of the synapse arrays, and what some neurons see of an image.

    Parameters
    ----------
    weights : ndarray of int, shape (2, drivers, columns)
        Signed weights of both arrays.
    fields : ndarray of int, shape (n, height, width)
        Signed weights of the inputs of some neurons, at the places of their pixels.
    """
    figure = Figure(figsize=(9, 5), layout="constrained")
    arrays, neurons = figure.subfigures(1, 2, squeeze=False, width_ratios=[1.25, 1])[0]
    # Few weights are large.
    limit = max(1.0, float(np.quantile(np.abs(weights), 0.99)))
    for axes, values, name in zip(arrays.subplots(2, 1, sharex=True), weights, ("top", "bottom"), strict=True):
        shown = axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest", aspect="auto")
        axes.set(title=f"{name} synapse array", ylabel="synapse driver")
    axes.set(xlabel="neuron column")
    arrays.colorbar(shown, ax=arrays.axes, shrink=0.85, label="weight")
    columns = 4
    panels = neurons.subplots(-(-len(fields) // columns), columns)
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, values in zip(panels.flat, fields, strict=False):
        axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    neurons.suptitle("weights of the pixels of some hidden neurons", fontsize="large")
    return figure
