"""Pictures of a chip's occupancy: synapses, neuron circuits, synapse drivers, crossbar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grenade.plot.occupancy import BUSES, COLUMNS, DRIVERS, HEMISPHERES, INPUTS, OUTPUTS, ROWS, NodeState, Occupancy
from grenade.plot.style import BOTH, EXCITATORY, GRID, INHIBITORY, TEXT, UNUSED, colours, new_figure, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    import lola

_HEMISPHERES = ("top", "bottom")
_MAX_WEIGHT = 63
_DOTS = 1500
"""Fewer synapses than this are drawn as dots, as a pixel each is easily overlooked."""

_NUMBERED = 6
"""Populations with fewer circuits than this in a row get no number there."""

_DRIVER_KINDS = ("unused", "no row", "excitatory", "inhibitory", "both")
_DRIVER_COLOURS = (UNUSED, "#8c8c8c", EXCITATORY, INHIBITORY, BOTH)
_NODE_COLOURS = ("white", "#d9d9d9", "#ffbf00", "#2ca02c")
_NODE_NAMES = ("", "drops all", "filters", "passes all")


def plot_chip(chip: lola.Chip, title: str = "Configuration of the chip") -> Figure:
    """Draw what a configuration uses of the chip.

    Parameters
    ----------
    chip : lola.Chip
        Configuration.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture; ``figure.savefig(path)`` writes it.
    """
    return plot_occupancy(Occupancy.of_chip(chip), title)


def plot_routing(routing: Any, populations: Any = None, title: str = "Routing result") -> Figure:
    """Draw what the routing result of one execution instance uses of the chip.

    Parameters
    ----------
    routing : network.routing.RoutingResult.ExecutionInstance
        Routing result of the instance.
    populations : dict of PopulationOnExecutionInstance to population, optional
        Populations of the instance in the network, for the neuron circuits.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.
    """
    return plot_occupancy(Occupancy.of_routing(routing, populations), title)


def plot_occupancy(occupancy: Occupancy, title: str = "Occupancy of the chip") -> Figure:
    """Draw the occupancy of a chip: synapse matrices with signed weights, circuits, drivers by bus, crossbar nodes.

    Parameters
    ----------
    occupancy : Occupancy
        What is in use.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.
    """
    with settings():
        figure = new_figure(12.5, 10.5)
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
        left, right = _halves(figure, 1, 2, width_ratios=[5.6, 6.4], wspace=0.02)
        _draw_array(left, occupancy)
        upper, lower = _halves(right, 2, 1, height_ratios=[1.0, 1.1], hspace=0.03)
        _draw_drivers(upper, occupancy)
        _draw_crossbar(lower, occupancy)
    return figure


def _halves(figure: Figure | SubFigure, rows: int, columns: int, **shape: Any) -> tuple[SubFigure, SubFigure]:
    """Two parts of a figure, one beside or below the other."""
    first, second = np.ravel(np.asarray(figure.subfigures(rows, columns, **shape), dtype=object))
    return first, second


def _draw_array(figure: SubFigure, occupancy: Occupancy) -> None:
    """The floor plan: synapses of the top hemisphere, two rows of neuron circuits, synapses of the bottom one."""
    heights = [ROWS, 26, ROWS]
    top, neurons, bottom = figure.subplots(3, 1, sharex=True, gridspec_kw={"height_ratios": heights})
    signs = _signed(occupancy)
    image: Any = None
    for number, axes in enumerate((top, bottom)):
        rows = slice(ROWS * number, ROWS * (number + 1))
        image = _draw_synapses(axes, occupancy.weights[rows], signs[rows])
        used = np.count_nonzero(occupancy.weights[rows] >= 0)
        axes.set_title(f"synapses, {_HEMISPHERES[number]} hemisphere: {used:,} in use", loc="left")
    _draw_neurons(neurons, occupancy)
    bottom.set_xlabel("column")
    bar = figure.colorbar(image, ax=[top, neurons, bottom], fraction=0.04, aspect=45, pad=0.02)
    both = ", violet: on both lines" if ((signs == 2)[:, None] & (occupancy.weights >= 0)).any() else ""
    bar.set_label(f"weight / LSB, inhibitory ones negative{both}")
    bar.set_ticks([-63, -32, 0, 32, 63], labels=["−63", "−32", "0", "32", "63"])
    bar.outline.set_visible(False)  # type: ignore[operator]


def _signed(occupancy: Occupancy) -> np.ndarray:
    """Sign of each synapse row: 1, -1; 2 for rows that drive both lines and 0 for those that drive none."""
    return np.array([0, 1, -1, 2])[occupancy.row_modes]


def _draw_synapses(axes: Axes, weights: np.ndarray, signs: np.ndarray) -> Any:
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap

    colour_map = LinearSegmentedColormap.from_list("weights", [INHIBITORY, "#d4d4d4", EXCITATORY])
    scale: dict[str, Any] = {"cmap": colour_map, "vmin": -_MAX_WEIGHT, "vmax": _MAX_WEIGHT}
    used, drives_both = weights >= 0, (signs == 2)[:, None]
    both = used & drives_both
    values = np.where(drives_both, 0, signs[:, None] * weights).astype(float)
    result: Any
    if np.count_nonzero(used) < _DOTS:
        row, column = np.nonzero(used)
        result = axes.scatter(column, row, c=values[used], s=7, linewidths=0, **scale)
        row, column = np.nonzero(both)
        axes.scatter(column, row, color=BOTH, s=7, linewidths=0)
    else:
        how: dict[str, Any] = {"aspect": "auto", "interpolation": "nearest"}
        result = axes.imshow(np.ma.masked_array(values, ~used), **scale, **how)
        axes.imshow(np.ma.masked_array(np.ones_like(values), ~both), cmap=ListedColormap([BOTH]), **how)
    axes.set(xlim=(-0.5, COLUMNS - 0.5), ylim=(ROWS - 0.5, -0.5), ylabel="synapse row")
    axes.set_xticks(range(0, COLUMNS + 1, 32))
    axes.set_yticks(range(0, ROWS + 1, 32))
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(GRID)
    return result


def _draw_neurons(axes: Axes, occupancy: Occupancy) -> None:
    """Two rows of neuron circuits, coloured by population."""
    neurons = occupancy.neurons.reshape(HEMISPHERES, COLUMNS)
    populations, index = np.unique(neurons, return_inverse=True)
    known = populations >= 0
    table = np.ones((len(populations), 4))
    table[~known] = [0.95, 0.95, 0.95, 1]
    table[known] = colours(int(known.sum()))
    axes.imshow(table[index.reshape(neurons.shape)], aspect="auto", interpolation="nearest")
    axes.set_yticks([0, 1], list(_HEMISPHERES))
    axes.tick_params(length=0)
    axes.axhline(0.5, color="white", linewidth=1)
    for boundary in (32, 64, 96, 128, 160, 192, 224):
        axes.axvline(boundary - 0.5, color="white", linewidth=2 if boundary == COLUMNS // 2 else 0.6)
    for population in populations[known].tolist() if known.sum() > 1 else ():
        for row, circuits in enumerate(neurons == population):
            if circuits.sum() >= _NUMBERED:
                # Not in the middle, where a boundary between event outputs may be.
                at = np.flatnonzero(circuits)[min(int(circuits.sum()) // 2, 16)]
                axes.text(at, row, str(population), ha="center", va="center", color="white", fontsize=8)
    numbers = ", ".join(map(str, populations[known][:8].tolist())) + (", ..." if known.sum() > 8 else "")
    of = f", populations {numbers}" if known.sum() > 1 else ""
    axes.set_title(f"neuron circuits: {occupancy.num_neurons} of 512 in use{of}", loc="left")
    axes.spines[:].set_visible(False)


def _draw_drivers(figure: SubFigure, occupancy: Occupancy) -> None:
    """Drivers by bus (across) and index on the bus (down), with the number in use on top."""
    kinds = _driver_kinds(occupancy)
    table = np.array([_rgb(colour) for colour in _DRIVER_COLOURS])
    buses = kinds.reshape(HEMISPHERES, DRIVERS // BUSES, BUSES).transpose(1, 0, 2).reshape(DRIVERS // BUSES, -1)
    gap = np.zeros((DRIVERS // BUSES, 1), dtype=int)
    axes = figure.subplots()
    shown = np.concatenate([buses[:, :BUSES], gap, buses[:, BUSES:]], axis=1)
    image = table[shown]
    image[:, BUSES] = 1
    axes.imshow(image.transpose(1, 0, 2), aspect="auto", interpolation="nearest")
    places = [*range(BUSES), *range(BUSES + 1, 2 * BUSES + 1)]
    axes.set_yticks(places, [f"{name} {bus}" for name in _HEMISPHERES for bus in range(BUSES)])
    axes.set(xlabel="index of the driver on its PADI bus", ylabel="PADI bus")
    axes.set_xticks(range(0, DRIVERS // BUSES, 4))
    for index in range(1, DRIVERS // BUSES):
        axes.axvline(index - 0.5, color="white", linewidth=0.8)
    for place in range(HEMISPHERES * BUSES + 1):
        axes.axhline(place - 0.5, color="white", linewidth=2.5)
    for place, used, rows in zip(
        places, occupancy.drivers_per_bus.ravel(), occupancy.rows_per_bus.reshape(-1, 2), strict=True
    ):
        for x, text in ((34.2, f"{used}/32"), (36.4, f"{rows[0]}"), (38.4, f"{rows[1]}")):
            axes.text(x, place, text, va="center", ha="right", color=TEXT)
    for x, text in ((34.2, "drivers"), (36.4, "exc."), (38.4, "inh.\nrows")):
        axes.text(x, -0.7, text, va="bottom", ha="right", color=TEXT, fontsize=8)
    axes.set_title(f"synapse drivers: {int(occupancy.drivers.sum())} of 256 in use", loc="left")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    present = [kind for kind in range(len(_DRIVER_KINDS)) if kind != 1 or (kinds == 1).any()]
    _legend(figure, [(_DRIVER_KINDS[kind], _DRIVER_COLOURS[kind]) for kind in present])


def _driver_kinds(occupancy: Occupancy) -> np.ndarray:
    """What each driver is for, as an index into `_DRIVER_KINDS`."""
    rows = occupancy.row_modes.reshape(-1, 2)
    lines = rows[:, 0] | rows[:, 1]
    return np.where(occupancy.drivers, 1 + lines, 0)


def _draw_crossbar(figure: SubFigure, occupancy: Occupancy) -> None:
    table = np.array([_rgb(colour) for colour in _NODE_COLOURS])
    axes = figure.subplots()
    axes.imshow(table[occupancy.nodes], aspect="auto", interpolation="nearest")
    for column in range(INPUTS + 1):
        axes.axvline(column - 0.5, color="white", linewidth=3 if column in (8, 12) else 1.2)
    for row in range(OUTPUTS + 1):
        axes.axhline(row - 0.5, color="white", linewidth=3 if row in (4, 8) else 1.2)
    axes.set_xticks(range(INPUTS), [*map(str, range(8)), *map(str, range(4)), *map(str, range(8))])
    axes.set_yticks(range(OUTPUTS), [f"PADI {name} {i}" for name in _HEMISPHERES for i in range(4)]
                    + [f"L2 {i}" for i in range(4)])
    for x, name in ((3.5, "neuron event output"), (9.5, "L2 (FPGA)"), (15.5, "background generator")):
        axes.annotate(name, (x, 0), xycoords=("data", "axes fraction"), xytext=(0, -24), textcoords="offset points",
                      ha="center", color=TEXT)
    axes.set_xlabel("input", labelpad=14)
    axes.set_ylabel("output")
    axes.set_title("crossbar nodes", loc="left")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    states = (NodeState.drop_all, NodeState.filter, NodeState.pass_all)
    _legend(figure, [(_NODE_NAMES[state], _NODE_COLOURS[state]) for state in states])


def _legend(figure: SubFigure, entries: list[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=colour, label=name) for name, colour in entries]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), handlelength=1, columnspacing=1.2)


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)
