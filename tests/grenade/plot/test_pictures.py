"""Pictures: they can be drawn without a screen, and show what they should."""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import lola
import stadls
from grenade.common import ExecutionInstanceID, PopulationOnExecutionInstance, PopulationOnNetwork
from grenade.experiment import Experiment, Result
from grenade.network import ExternalSourcePopulation, Network, Population, Projection, Receptor
from grenade.network.builder import NetworkBuilder
from grenade.network.extract import CADC_SAMPLE, MADC_SAMPLE_OF_POPULATION, SPIKE
from grenade.network.routing import PortfolioRouter
from grenade.plot import plot_chip, plot_network, plot_program, plot_result, plot_routing
from grenade.plot.network import _arrows
from grenade.plot.network_layout import HEIGHT, WIDTH, lay_out
from tests.grenade.experiment.networks import SHAPES, networks, neuron

EXCITATORY, INHIBITORY = (Receptor(Receptor.ID(0), type_) for type_ in Receptor.Type)
INSTANCE = ExecutionInstanceID()


def layered() -> Network:
    """Sources, two populations that drive each other, one that drives itself, and a projection over two layers."""
    builder = NetworkBuilder()
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 4))
    for first in (0, 10, 20):
        builder.add(Population([
            neuron(first + i, SHAPES["point"], True, [{EXCITATORY, INHIBITORY}]) for i in range(4)
        ]))
    for pre, post, receptor in (
        (0, 1, EXCITATORY), (1, 2, EXCITATORY), (2, 1, INHIBITORY), (2, 3, EXCITATORY), (2, 3, INHIBITORY),
        (0, 3, EXCITATORY), (3, 3, INHIBITORY),
    ):
        table = np.array([[i, 0, i, 0, 10 * i] for i in range(4)])
        builder.add(Projection().from_numpy(
            receptor, table, PopulationOnExecutionInstance(pre), PopulationOnExecutionInstance(post)
        ))
    return builder.done()


def texts(figure: Any) -> str:
    from matplotlib.text import Text

    return "\n".join(text.get_text() for text in figure.findobj(Text))


def drawn(figure: Any) -> np.ndarray:
    """Pixels of the picture."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


def result(batch_size: int = 2) -> Result:
    population = PopulationOnNetwork(1)
    spikes = np.zeros(50, SPIKE)
    spikes["time"], spikes["neuron"] = np.arange(50) * 100, np.arange(50) % 4
    cadc = np.zeros(60, CADC_SAMPLE)
    cadc["time"], cadc["circuit"], cadc["value"] = np.arange(60) // 20 * 200, np.arange(60) % 20, np.arange(60)
    madc = np.zeros(200, MADC_SAMPLE_OF_POPULATION)
    madc["time"], madc["value"] = np.arange(200) * 4, 500
    return Result(
        Experiment(layered(), runtimes={0: 125_000}, batch_size=batch_size), {population: spikes}, {population: cadc},
        {population: madc},
    )


# -- networks ----------------------------------------------------------------------------------------------------------


def test_networks_show_populations_and_projections() -> None:
    found = texts(plot_network(layered(), "Title"))
    for text in ("Title", "execution instance 0", "4 sources", "4 neurons\nrecorded: spikes", "0: 4, weight 0–30"):
        assert text in found
    assert all(f"population {i}" in found for i in range(4))


def test_layers_go_from_the_sources_to_the_end() -> None:
    network = layered()
    arrows = _arrows(network)
    boxes = lay_out(network, arrows).boxes
    x = [boxes[0, population][0] for population in range(4)]
    assert x[0] < x[1] == x[2] < x[3]


@settings(max_examples=50, deadline=None)
@given(network=networks())
def test_boxes_lie_apart_and_inside_their_frames(network: Network) -> None:
    arrows = _arrows(network)
    layout = lay_out(network, arrows)
    assert len(layout.boxes) == sum(len(each.populations) for each in network.execution_instances.values())
    for (x, y), (x1, y1) in combinations(layout.boxes.values(), 2):
        assert abs(x - x1) >= WIDTH or abs(y - y1) >= HEIGHT
    for (number, _), (x, y) in layout.boxes.items():
        frame = layout.frames[number]
        assert frame.low < y - HEIGHT / 2 and y + HEIGHT / 2 < frame.high and x + WIDTH / 2 < frame.right
    frames = sorted(layout.frames.values(), key=lambda frame: -frame.high)
    assert all(upper.low > lower.high for upper, lower in zip(frames, frames[1:], strict=False))
    for arrow in arrows:
        assert np.isfinite(arrow.points).all() and len(arrow.points) % 3 == 1


def test_arrows_over_several_layers_run_past_the_boxes() -> None:
    network = layered()
    arrows = _arrows(network)
    layout = lay_out(network, arrows)
    (far,) = (arrow for arrow in arrows if arrow.pre == (0, 0) and arrow.post == (0, 3))
    t = np.linspace(0, 1, 50)[:, None]
    for i in range(0, len(far.points) - 1, 3):
        a, b, c, d = far.points[i : i + 4]
        way = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for box in ((0, 1), (0, 2)):
            x, y = layout.boxes[box]
            assert not ((abs(way[:, 0] - x) < WIDTH / 2) & (abs(way[:, 1] - y) < HEIGHT / 2)).any()


def test_texts_of_arrows_lie_apart() -> None:
    network = layered()
    arrows = _arrows(network)
    lay_out(network, arrows)
    for first, second in combinations(arrows, 2):
        assert abs(first.label[1] - second.label[1]) > 0.12 or abs(first.label[0] - second.label[0]) > 1.0


# -- everything can be drawn -------------------------------------------------------------------------------------------


def test_empty_things_can_be_drawn() -> None:
    empty = NetworkBuilder().done()
    for figure in (
        plot_network(empty), plot_chip(lola.Chip()), plot_program(np.zeros(0, np.uint64)),
        plot_result(Result(Experiment(empty))),
    ):
        assert drawn(figure).size
    assert "nothing was recorded" in texts(plot_result(Result(Experiment(empty))))


@settings(max_examples=5, deadline=None)
@given(network=networks())
def test_any_network_can_be_drawn(network: Network) -> None:
    assert drawn(plot_network(network)).size


@pytest.mark.parametrize("dense", [False, True])
def test_routing_results_show_synapses_drivers_and_nodes(dense: bool) -> None:
    builder = NetworkBuilder()
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 40))
    builder.add(Population([neuron(i, SHAPES["point"], True, [{EXCITATORY}]) for i in range(100)]))
    table = np.zeros((4000 if dense else 40, 5), np.int64)
    table[:, 0], table[:, 2] = np.divmod(np.arange(len(table)), 100)
    table[:, 4] = 63
    pre, post = PopulationOnExecutionInstance(0), PopulationOnExecutionInstance(1)
    builder.add(Projection().from_numpy(EXCITATORY, table, pre, post))
    network = builder.done()
    routing = PortfolioRouter()(network).execution_instances[INSTANCE]
    figure = plot_routing(routing, network.execution_instances[INSTANCE].populations, "Title")
    found = texts(figure)
    assert f"synapses, top hemisphere: {len(table):,} in use" in found
    assert "neuron circuits: 100 of 512 in use" in found and "crossbar nodes" in found and "Title" in found
    # Synapses of full weight are red: a column of the picture's colours has them.
    pixels = drawn(figure)[..., :3].astype(int)
    red = (abs(pixels - [214, 39, 40]) < 12).all(axis=-1).sum()
    assert red > (20_000 if dense else 200)


def test_programs_show_their_instructions() -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write_spikes(np.arange(5000) * 50, np.arange(5000) % 9)
    figure = plot_program(builder.done(), "Title")
    assert "Title: " in texts(figure) and "5,000" in texts(figure) and "µs" in texts(figure)
    assert drawn(figure).size


def test_results_show_what_was_recorded() -> None:
    found = texts(plot_result(result(), 0, "Title"))
    for text in ("Title, batch entry 0 of 2", "spikes: 50", "CADC: 60 samples of 20 circuits", "MADC: 200 samples"):
        assert text in found
    assert "spikes: 0" in texts(plot_result(result(), 1))
    assert drawn(plot_result(result(), 1)).size


@pytest.mark.parametrize("entry", [-1, 2])
def test_entries_that_are_not_there(entry: int) -> None:
    with pytest.raises(IndexError, match="of a batch of 2"):
        plot_result(result(), entry)


# -- surroundings ------------------------------------------------------------------------------------------------------


def test_pictures_need_no_screen_and_leave_pyplot_alone(tmp_path: Path) -> None:
    code = (
        "import sys, grenade.plot\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import lola\n"
        f"grenade.plot.plot_chip(lola.Chip()).savefig({str(tmp_path / 'a.png')!r})\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    environment = {"PATH": "", "MPLBACKEND": "TkAgg", "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_pictures_can_be_written_in_several_formats(ending: str) -> None:
    file = io.BytesIO()
    plot_network(layered()).savefig(file, format=ending)
    assert len(file.getvalue()) > 5000


def test_settings_of_the_user_stay() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn(plot_network(layered()))
    assert dict(matplotlib.rcParams) == before
