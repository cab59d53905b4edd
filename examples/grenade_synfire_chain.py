"""A synfire chain over two chips: volleys of spikes travel along groups of neurons.

Each group of excitatory neurons excites the next one and a group of inhibitory neurons, which silences it soon after.
The first groups are an execution instance on one chip, the others an execution instance on a second one. The host
records the last group of the first chip, and sends its spikes to the second chip, 5 us later.

A volley goes on if it has enough spikes at about the same time: the batch has input volleys of different sizes and
spreads.

Run with ``python examples/grenade_synfire_chain.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, run_script, save
from networks import CYCLES_PER_US, EXCITATORY, INHIBITORY, Place, connect, execute, neurons, sources

import chipsim
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.execution import JITGraphExecutor
from grenade.network import (
    InterExecutionInstanceProjection,
    NetworkBuilder,
    NetworkGraph,
    PopulationOnNetwork,
    build_network_graph,
    extract_spike_arrays,
)
from grenade.network.routing import PortfolioRouter

SEEDS = (1, 2)
GROUPS_PER_CHIP, EXCITATORY_NEURONS, INHIBITORY_NEURONS = 6, 24, 8
DELAY_US, START_US, DURATION_US = 5, 20, 80
WEIGHTS = (14, 34)
"""Smallest and largest weight between groups."""
SIZES, SPREADS_US = np.arange(6, 25, 2), np.arange(0, 8)
"""Input volleys: numbers of spikes, and standard deviations of their times."""
BATCH_SIZE = len(SIZES) * len(SPREADS_US)


class Chain(NamedTuple):
    """The graph, the input, and the groups of both chips."""

    graph: NetworkGraph
    source: PopulationOnNetwork
    groups: list[PopulationOnNetwork]


def place(number: int) -> Place:
    """Chip of an execution instance: the only one of its connection."""
    return ChipOnConnection(), ConnectionOnExecutor(number)


def add_part(builder: NetworkBuilder, instance: int) -> list[PopulationOnNetwork]:
    """Source and groups of one chip."""
    chip, per_group = place(instance), EXCITATORY_NEURONS + INHIBITORY_NEURONS
    random = np.random.default_rng(instance)
    before = first = builder.add(sources(EXCITATORY_NEURONS, chip), instance)
    groups = []
    for number in range(GROUPS_PER_CHIP):
        circuits = np.arange(per_group) + per_group * number
        group = builder.add(neurons(circuits[:EXCITATORY_NEURONS], chip), instance)
        inhibitory = builder.add(neurons(circuits[EXCITATORY_NEURONS:], chip), instance)
        for target, count in ((group, EXCITATORY_NEURONS), (inhibitory, INHIBITORY_NEURONS)):
            weights = random.integers(*WEIGHTS, (EXCITATORY_NEURONS, count))
            builder.add(connect(before, target, weights, EXCITATORY, chip), instance)
        silenced = np.full((INHIBITORY_NEURONS, EXCITATORY_NEURONS), 63)
        builder.add(connect(inhibitory, group, silenced, INHIBITORY, chip), instance)
        groups.append(group)
        before = group
    return [first, *groups]


def chain() -> Chain:
    """Describe the chain, and place both of its parts."""
    builder = NetworkBuilder()
    source, *first = add_part(builder, 0)
    entrance, *second = add_part(builder, 1)
    neuron = np.arange(EXCITATORY_NEURONS)
    table = np.stack([neuron, 0 * neuron, neuron, 0 * neuron, 0 * neuron + DELAY_US * CYCLES_PER_US], axis=1)
    builder.add(InterExecutionInstanceProjection(table, first[-1], entrance))
    network = builder.done()
    return Chain(build_network_graph(network, PortfolioRouter()(network)), source, [*first, *second])


def volleys() -> list[list[list[int]]]:
    """Times of the input spikes, FPGA cycles, of each entry of the batch and source: at most one each."""
    random = np.random.default_rng(0)
    result = []
    for size in SIZES:
        for spread in SPREADS_US:
            times = (START_US + spread * random.standard_normal(EXCITATORY_NEURONS).clip(-3, 3)) * CYCLES_PER_US
            first = random.permutation(EXCITATORY_NEURONS)[:size]
            # Times at the middle of the volley would move with the spread otherwise.
            times += START_US * CYCLES_PER_US - times[first].mean()
            result.append([[int(max(times[each], 0))] if each in first else [] for each in range(len(times))])
    return result


def measure(described: Chain) -> list[np.ndarray]:
    """Spikes of each group; entries of the batch are volleys of all sizes, each with all spreads."""
    chips = [chipsim.Chip(seed) for seed in SEEDS]
    settings = {
        ExecutionInstanceID(number): chip.oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)
        for number, chip in enumerate(chips)
    }
    executor = JITGraphExecutor(
        {ConnectionOnExecutor(number): chipsim.SimConnection(chip) for number, chip in enumerate(chips)}
    )
    output = execute(executor, described.graph, settings, {described.source: volleys()}, DURATION_US, BATCH_SIZE)
    spikes = extract_spike_arrays(output.snippets[0], described.graph)
    return [spikes[group] for group in described.groups]


def arrived(groups: list[np.ndarray]) -> np.ndarray:
    """Mean number of spikes of the neurons of each group, (groups, sizes, spreads)."""
    counts = np.stack([np.bincount(spikes["batch"], minlength=BATCH_SIZE) for spikes in groups])
    return counts.reshape(len(groups), len(SIZES), len(SPREADS_US)) / EXCITATORY_NEURONS


def draw(groups: list[np.ndarray], path: Path) -> None:
    """Spikes after a wide and a narrow volley, and which volleys arrive."""
    number = len(groups)
    chosen = [(len(SIZES) - 1, len(SPREADS_US) - 1), (SIZES.tolist().index(18), 3)]
    with plt.rc_context(STYLE):
        figure, (*rasters, ends) = plt.subplots(1, 3, figsize=(12, 5), width_ratios=[1, 1, 1.1])
        for axes, (size, spread) in zip(rasters, chosen, strict=True):
            sent = volleys()[size * len(SPREADS_US) + spread]
            source, time = zip(*((each, times[0]) for each, times in enumerate(sent) if times), strict=True)
            axes.plot(np.array(time) / CYCLES_PER_US, np.array(source) - EXCITATORY_NEURONS, ".", color="0.4", ms=3)
            for group, spikes in enumerate(groups):
                own = spikes[spikes["batch"] == size * len(SPREADS_US) + spread]
                colour = "#1f77b4" if group < GROUPS_PER_CHIP else "#d62728"
                axes.plot(own["time"] / CYCLES_PER_US, own["neuron"] + EXCITATORY_NEURONS * group, ".", color=colour,
                          ms=3)
            axes.set(title=f"{SIZES[size]} spikes within ±{SPREADS_US[spread]} µs", xlabel="time on the chip / µs")
            axes.set_yticks(EXCITATORY_NEURONS * (np.arange(-1, number) + 0.5), ["input", *range(1, number + 1)])
            axes.set(xlim=(0, DURATION_US), ylim=(-EXCITATORY_NEURONS, EXCITATORY_NEURONS * number))
        rasters[0].set_ylabel("group; blue on the first chip, red on the second")
        edges = [-0.5, len(SPREADS_US) - 0.5, SIZES[0] - 1, SIZES[-1] + 1]
        image = ends.imshow(arrived(groups)[-1], origin="lower", aspect="auto", extent=edges, cmap="viridis")
        ends.set(title="what arrives at the last group", xlabel="spread of the input volley / µs", yticks=SIZES)
        ends.set_ylabel("spikes of the input volley")
        figure.colorbar(image, ax=ends, label="spikes per neuron")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    groups = measure(chain())
    draw(groups, output / "grenade_synfire_chain.png")
    counts = arrived(groups)
    strongest = (len(SIZES) - 1) * len(SPREADS_US)
    times = [spikes["time"][spikes["batch"] == strongest] / CYCLES_PER_US for spikes in groups]
    means, spreads = np.array([[each.mean(), each.std()] for each in times]).T
    return {
        "volleys that arrive": np.count_nonzero(counts[-1] > 0.5),
        "volleys that do not": np.count_nonzero(counts[-1] <= 0.5),
        "smallest volley without spread that arrives": SIZES[counts[-1, :, 0] > 0.5].min(),
        "largest volley: times of the groups / µs": means,
        "largest volley: spread within a group / µs": spreads,
        "from one chip to the other / µs": means[GROUPS_PER_CHIP] - means[GROUPS_PER_CHIP - 1],
    }


if __name__ == "__main__":
    run_script(main, __doc__)
