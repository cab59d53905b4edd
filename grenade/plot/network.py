"""Pictures of networks: populations as boxes, projections as arrows, layer by layer from the sources on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from grenade.network.network import ExecutionInstance, Network
from grenade.network.population import (
    AnyPopulation,
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.receptor import Receptor
from grenade.plot.network_layout import HEIGHT, MARGIN, WIDTH, Arrow, Frame, lay_out
from grenade.plot.style import EXCITATORY, GRID, INHIBITORY, TEXT, new_figure, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grenade.network.projection import InterExecutionInstanceProjection, Projection

_LEFT = -WIDTH / 2 - MARGIN
_LABELLED = 60
"""Pictures with more projections than this have no texts at the arrows."""

_KINDS: dict[type, tuple[str, str, str]] = {
    Population: ("neurons", "neuron", "#dcefdc"),
    ExternalSourcePopulation: ("external sources", "source", "#ebebeb"),
    BackgroundSourcePopulation: ("background sources", "source", "#fbe6cf"),
    SpikeIOSourcePopulation: ("serial sources", "source", "#e6def0"),
}
_BETWEEN = "#606060"


def plot_network(network: Network, title: str = "Network") -> Figure:
    """Draw the populations and projections of a network.

    Parameters
    ----------
    network : Network
        The network.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.
    """
    arrows = _arrows(network)
    labelled = len(arrows) <= _LABELLED
    layout = lay_out(network, arrows, labelled)
    largest = max((arrow.size for arrow in arrows), default=0)
    right = max((frame.right for frame in layout.frames.values()), default=WIDTH) + 0.1
    bottom = min((frame.low for frame in layout.frames.values()), default=-HEIGHT) - 0.1
    with settings():
        figure = new_figure(max(right - _LEFT, 6.5), 1.0 - bottom)
        axes = figure.subplots()
        axes.set(xlim=(_LEFT - 0.1, right), ylim=(bottom, 0.1), aspect="equal")
        axes.axis("off")
        axes.set_title(title, loc="left", fontweight="bold", fontsize=12)
        for number, frame in layout.frames.items():
            _draw_frame(axes, f"execution instance {number}", frame)
        for arrow in arrows:
            _draw_arrow(axes, arrow, largest, labelled)
        for instance, content in network.execution_instances.items():
            recorded = _recorded(content)
            for descriptor, population in content.populations.items():
                x, y = layout.boxes[int(instance), int(descriptor)]
                _draw_box(axes, x, y, int(descriptor), population, recorded[int(descriptor)])
        _draw_legend(figure, network, arrows)
    return figure


def _arrows(network: Network) -> list[Arrow]:
    arrows = []
    for instance, content in network.execution_instances.items():
        plastic = {int(each) for rule in content.plasticity_rules.values() for each in rule.projections}
        for descriptor, projection in content.projections.items():
            excites = projection.receptor.type == Receptor.Type.excitatory
            text = f"{int(descriptor)}: {_connections(projection, 'weight')}"
            arrows.append(Arrow(
                (int(instance), int(projection.population_pre)), (int(instance), int(projection.population_post)),
                text + (", plastic" if int(descriptor) in plastic else ""), EXCITATORY if excites else INHIBITORY,
                len(projection.table),
            ))
    for between in network.inter_execution_instance_projections:
        pre, post = (
            (int(end.toExecutionInstanceID()), int(end.toPopulationOnExecutionInstance()))
            for end in (between.population_pre, between.population_post)
        )
        arrows.append(Arrow(pre, post, _connections(between, "delay"), _BETWEEN, len(between.table), True))
    return arrows


def _connections(projection: Projection | InterExecutionInstanceProjection, last: str) -> str:
    """Number of connections, and their weights or delays."""
    count = len(projection.table)
    if not count:
        return "0"
    low, high = int(projection.table[:, 4].min()), int(projection.table[:, 4].max())
    if last == "delay":
        return f"{count:,}, delay {low * 8e-3:g}{'' if low == high else f'–{high * 8e-3:g}'} µs"
    return f"{count:,}, weight {low}{'' if low == high else f'–{high}'}"


def _recorded(instance: ExecutionInstance) -> dict[int, list[str]]:
    """What is recorded of each population."""
    texts = {int(descriptor): _recorded_spikes(each) for descriptor, each in instance.populations.items()}
    for name, recording in (("MADC", instance.madc_recording), ("CADC", instance.cadc_recording)):
        counts = Counter(int(each.coordinate.population) for each in recording.neurons) if recording else Counter()
        for population, count in counts.items():
            texts[population].append(f"{count} × {name}")
    pads = instance.pad_recording.recordings.items() if instance.pad_recording else ()
    for pad, source in pads:
        texts[int(source.neuron.coordinate.population)].append(f"pad {int(pad)}")
    return texts


def _recorded_spikes(population: AnyPopulation) -> list[str]:
    """Whether spikes of a population are recorded, and of how many of its neurons if not of all."""
    flags = population.spike_masters[:, 3] if isinstance(population, Population) else population.recorded
    count = int(flags.sum())
    if not count:
        return []
    return ["spikes" if count == population.size else f"{count} × spikes"]


def _draw_frame(axes: Axes, name: str, frame: Frame) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(FancyBboxPatch(
        (_LEFT, frame.low), frame.right - _LEFT, frame.high - frame.low, boxstyle="round,pad=0,rounding_size=0.15",
        facecolor="none", edgecolor=GRID, linewidth=1, zorder=0,
    ))
    axes.text(_LEFT + 0.12, frame.high - 0.1, name, va="top", color=TEXT, fontsize=9)


def _draw_box(axes: Axes, x: float, y: float, number: int, population: AnyPopulation, records: list[str]) -> None:
    from matplotlib.patches import FancyBboxPatch

    _, unit, colour = _KINDS[type(population)]
    axes.add_patch(FancyBboxPatch(
        (x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.1", facecolor=colour,
        edgecolor=TEXT, linewidth=0.9, zorder=4,
    ))
    lines = [f"{population.size:,} {unit}{'' if population.size == 1 else 's'}"]
    if records:
        lines.append("recorded: " + ", ".join(records))
    axes.text(x, y + 0.24, f"population {number}", ha="center", va="center", fontweight="bold", zorder=5)
    axes.text(x, y - 0.12, "\n".join(lines), ha="center", va="center", fontsize=8, color=TEXT, zorder=5)


def _draw_arrow(axes: Axes, arrow: Arrow, largest: int, labelled: bool) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    codes = [Path.MOVETO] + [Path.CURVE4] * (len(arrow.points) - 1)
    axes.add_patch(FancyArrowPatch(
        path=Path(arrow.points, codes), arrowstyle="-|>", mutation_scale=11, color=arrow.colour,
        linewidth=0.8 + 1.7 * float(np.log1p(arrow.size) / np.log1p(max(largest, 1))),
        linestyle=(0, (4, 3)) if arrow.between else "-", shrinkA=0, shrinkB=0, zorder=3,
    ))
    if labelled:
        axes.text(
            *arrow.label, arrow.text, ha="center", va="center", fontsize=7, color=arrow.colour, zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )


def _draw_legend(figure: Figure, network: Network, arrows: list[Arrow]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    present = {type(each) for content in network.execution_instances.values() for each in content.populations.values()}
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor=TEXT, linewidth=0.7, label=name)
        for kind, (name, _, colour) in _KINDS.items() if kind in present
    ]
    names = {EXCITATORY: "excitatory", INHIBITORY: "inhibitory", _BETWEEN: "by the host"}
    drawn = {arrow.colour for arrow in arrows}
    handles += [
        Line2D([], [], color=colour, label=name, linestyle="--" if colour == _BETWEEN else "-")
        for colour, name in names.items() if colour in drawn
    ]
    shown = 0 < len(arrows) <= _LABELLED
    text = "at the arrows: number of the projection, connections, their weight" if shown else None
    if handles:
        columns = min(len(handles), int(figure.get_figwidth() / 1.6))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=columns, handlelength=1.6, title=text, title_fontsize=8
        )
