"""Pictures of results: spikes, and samples of both converters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from grenade.common import PopulationOnNetwork
from grenade.plot.style import GRID, TEXT, colours, new_figure, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grenade.experiment.result import Result

_CYCLES_PER_US = 125
_LINES = 12
"""More circuits than this are drawn as an image instead of a line each."""

Arrays = dict[PopulationOnNetwork, np.ndarray]


def plot_result(result: Result, entry: int = 0, title: str = "Result") -> Figure:
    """Draw what an experiment recorded: spikes, CADC and MADC samples, one below the other.

    Parameters
    ----------
    result : Result
        The result.
    entry : int
        Entry of the batch.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

    Raises
    ------
    IndexError
        There is no such entry.
    """
    size = result.experiment.batch_size
    if not 0 <= entry < size:
        raise IndexError(f"entry {entry} of a batch of {size}")
    panels: list[tuple[Callable[..., None], Arrays, float]] = []
    for draw, arrays, height in ((_draw_spikes, result.spikes, 3.0), (_draw_cadc, result.cadc, 2.4),
                                 (_draw_madc, result.madc, 2.4)):
        if arrays:
            chosen = {population: values[values["batch"] == entry] for population, values in arrays.items()}
            panels.append((draw, chosen, height))
    end = _end(result, entry, [arrays for _, arrays, _ in panels])
    with settings():
        figure = new_figure(10.5, 0.8 + sum(height for *_, height in panels) if panels else 2.0)
        of = f", batch entry {entry} of {size}" if size > 1 else ""
        figure.suptitle(f"{title}{of}", x=0.01, ha="left", fontweight="bold", fontsize=12)
        if not panels:
            figure.text(0.5, 0.5, "nothing was recorded", ha="center", color=TEXT)
            return figure
        all_axes = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": [h for *_, h in panels]}
        )[:, 0]
        unit, scale = ("ms", 1000 * _CYCLES_PER_US) if end >= 2000 * _CYCLES_PER_US else ("µs", _CYCLES_PER_US)
        for axes, (draw, arrays, _) in zip(all_axes, panels, strict=True):
            draw(figure, axes, arrays, scale, result)
        all_axes[-1].set(xlabel=f"time / {unit}", xlim=(-0.005 * end / scale, 1.005 * end / scale))
    return figure


def _end(result: Result, entry: int, panels: list[Arrays]) -> int:
    """End of the run in FPGA cycles: the longest runtime, or the last thing recorded."""
    runtimes = [int(cycles[entry % len(cycles)]) for cycles in result.experiment.runtimes.values()]
    last = [int(values["time"].max()) for arrays in panels for values in arrays.values() if len(values)]
    return max([*runtimes, *last, 1])


def _name(population: PopulationOnNetwork, result: Result) -> str:
    if len(result.experiment.network.execution_instances) == 1:
        return f"population {population.__index__()}"
    return f"population {population.__index__()} of instance {population.toExecutionInstanceID().value()}"


def _size(population: PopulationOnNetwork, result: Result) -> int:
    instance = result.experiment.network.execution_instances[population.toExecutionInstanceID()]
    return instance.populations[population.toPopulationOnExecutionInstance()].size


def _draw_spikes(figure: Figure, axes: Axes, arrays: Arrays, scale: float, result: Result) -> None:
    """All recorded populations, one above the other, each neuron in a row."""
    total = sum(map(len, arrays.values()))
    sizes = [max(_size(population, result), 1) for population in arrays]
    # Small populations get more room than their number of neurons, so that there is some for their names.
    heights = np.maximum(sizes, 0.11 * sum(sizes))
    bounds = np.concatenate([[0.0], np.cumsum(heights)])
    many, crowded = total > 20_000, total > 2000 or max(sizes) > 40
    marker: Any = {"marker": "." if crowded else "|", "markersize": 1.2 if many else 2.5 if total > 2000 else 4}
    ticks = []
    for (population, spikes), size, height, first, colour in zip(
        arrays.items(), sizes, heights, bounds, colours(len(arrays)), strict=False
    ):
        row = first + (spikes["neuron"] + 0.5) * height / size
        axes.plot(spikes["time"] / scale, row, linestyle="", color=colour, rasterized=True, **marker)
        ticks.append((first + height / 2, f"{_name(population, result)}\n{len(spikes):,} spikes"))
    for bound in bounds[1:-1]:
        axes.axhline(bound, color=GRID, linewidth=0.8)
    axes.set(ylim=(0, bounds[-1]))
    axes.set_yticks([at for at, _ in ticks], [text for _, text in ticks])
    axes.tick_params(axis="y", length=0)
    axes.set_title(f"spikes: {total:,}, a neuron in each row", loc="left")


def _draw_cadc(figure: Figure, axes: Axes, arrays: Arrays, scale: float, result: Result) -> None:
    _draw_traces(figure, axes, arrays, scale, result, "CADC", "LSB, signed")


def _draw_madc(figure: Figure, axes: Axes, arrays: Arrays, scale: float, result: Result) -> None:
    _draw_traces(figure, axes, arrays, scale, result, "MADC", "LSB")


def _draw_traces(
    figure: Figure, axes: Axes, arrays: Arrays, scale: float, result: Result, name: str, unit: str
) -> None:
    traces: list[tuple[str, np.ndarray, np.ndarray]] = []
    for population, samples in arrays.items():
        places = np.stack([samples["neuron"], samples["compartment"], samples["circuit"]], axis=1)
        known, index = np.unique(places, axis=0, return_inverse=True)
        order = np.argsort(index.reshape(-1), kind="stable")
        parts = np.split(samples[order], np.cumsum(np.bincount(index.reshape(-1), minlength=len(known)))[:-1])
        for (neuron, compartment, circuit), part in zip(known.tolist(), parts, strict=False):
            where = f", compartment {compartment}, circuit {circuit}" if compartment or circuit else ""
            traces.append((f"{_name(population, result)}, neuron {neuron}{where}", part["time"] / scale, part["value"]))
    count = sum(len(values) for *_, values in traces)
    axes.set_title(f"{name}: {count:,} samples of {len(traces)} circuits", loc="left")
    if len(traces) > _LINES:
        _draw_image(figure, axes, traces, f"{name} / {unit}")
        return
    for (label, time, values), colour in zip(traces, colours(len(traces)), strict=True):
        axes.plot(time, values, color=colour, linewidth=0.9, label=label, marker="." if len(time) < 200 else "",
                  markersize=3)
    axes.set_ylabel(f"{name} / {unit}")
    if traces:
        axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), fontsize=7, borderaxespad=0)


def _draw_image(figure: Figure, axes: Axes, traces: list[tuple[str, Any, Any]], label: str) -> None:
    """A row for each circuit; circuits are sampled together, so the first one's times are those of all."""
    longest = max(traces, key=lambda each: len(each[1]))
    edges = np.append(longest[1], longest[1][-1] + (np.median(np.diff(longest[1])) if len(longest[1]) > 1 else 1.0))
    image = np.full((len(traces), len(longest[1])), np.nan)
    for row, (_, time, values) in enumerate(traces):
        image[row, np.searchsorted(longest[1], time).clip(max=len(longest[1]) - 1)] = values
    mesh = axes.pcolormesh(edges, np.arange(len(traces) + 1), image, cmap="viridis", rasterized=True)
    axes.set_ylabel("recorded circuit")
    figure.colorbar(mesh, ax=axes, label=label, pad=0.01, aspect=12)
