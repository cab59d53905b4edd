"""A network: Poisson spikes of 64 sources reach 128 neurons over excitatory and inhibitory synapses.

The network is described, placed on the chip, and run 32 times with other random input, as entries of one batch. The
rate of the input rises halfway. Recorded are all spikes, the membranes of 16 neurons by the column ADC (CADC), and the
membrane of one by the membrane ADC (MADC).

Run with ``python examples/grenade_feed_forward.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, run_script, save
from networks import CYCLES_PER_US, EXCITATORY, INHIBITORY, connect, execute, neurons, sources

import chipsim
from grenade.execution import JITGraphExecutor
from grenade.network import (
    AtomicNeuronOnExecutionInstance,
    CADCRecording,
    MADCRecording,
    NetworkBuilder,
    NetworkGraph,
    PopulationOnNetwork,
    build_network_graph,
    extract_cadc_arrays,
    extract_madc_arrays,
    extract_spike_arrays,
    extract_statistics,
)
from grenade.network.routing import PortfolioRouter

SEED = 1
SOURCES, NEURONS, TRACES, TRIALS = 64, 128, 16, 32
DURATION_US, RATES_KHZ = 1000, (8, 12)
"""Input has the first rate in the first half, then the second."""


class Network(NamedTuple):
    """A network that is placed, with the descriptors of its populations."""

    graph: NetworkGraph
    source: PopulationOnNetwork
    neuron: PopulationOnNetwork


class Record(NamedTuple):
    """Recorded spikes and samples, structured arrays with times in FPGA cycles."""

    spikes: np.ndarray
    cadc: np.ndarray
    madc: np.ndarray


def network() -> Network:
    """Describe the network, find a place for everything, and make the graph of it."""
    random, builder = np.random.default_rng(SEED), NetworkBuilder()
    neuron = builder.add(neurons(range(NEURONS)))
    source = builder.add(sources(SOURCES))
    connected = random.random((SOURCES, NEURONS)) < 0.5
    inhibits = (np.arange(SOURCES) % 4 == 3)[:, None]
    weights = random.integers(10, 40, (SOURCES, NEURONS)) * connected
    builder.add(connect(source, neuron, weights * ~inhibits, EXCITATORY))
    builder.add(connect(source, neuron, weights * inhibits, INHIBITORY))
    recorded = [AtomicNeuronOnExecutionInstance(neuron, each) for each in range(TRACES)]
    builder.add(CADCRecording([CADCRecording.Neuron(each) for each in recorded], placement_on_dram=True))
    builder.add(MADCRecording([MADCRecording.Neuron(recorded[0])]))
    described = builder.done()
    return Network(build_network_graph(described, PortfolioRouter()(described)), source, neuron)


def poisson() -> list[list[np.ndarray]]:
    """Times of the input spikes in FPGA cycles, of each trial and source."""
    random, half = np.random.default_rng(SEED), DURATION_US * CYCLES_PER_US // 2
    trains = []
    for _ in range(TRIALS * SOURCES):
        counts = random.poisson([rate * DURATION_US / 2000 for rate in RATES_KHZ])
        first, second = (random.integers(0, half, count) for count in counts)
        trains.append(np.sort(np.concatenate([first, second + half])))
    return [trains[trial * SOURCES:(trial + 1) * SOURCES] for trial in range(TRIALS)]


def record(net: Network) -> Record:
    """Run all trials on one chip."""
    chip = chipsim.Chip(SEED)
    settings = chip.oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)
    executor = JITGraphExecutor(chipsim.SimConnection(chip))
    output = execute(executor, net.graph, settings, {net.source: poisson()}, DURATION_US, TRIALS)
    snippet = output.snippets[0]
    parts = (extract(snippet, net.graph)[net.neuron]
             for extract in (extract_spike_arrays, extract_cadc_arrays, extract_madc_arrays))
    return Record(*parts)


def draw(got: Record, path: Path) -> None:
    """Spikes of a trial, rate over all trials, and membranes."""
    first = Record(*(each[each["batch"] == 0] for each in got))
    with plt.rc_context(STYLE):
        figure, ((raster, membranes), (rate, membrane)) = plt.subplots(2, 2, figsize=(11, 7), sharex=True)
        raster.plot(first.spikes["time"] / CYCLES_PER_US, first.spikes["neuron"], ".", color="0.2", markersize=2)
        raster.set(title="spikes of the first trial", ylabel="neuron", ylim=(-1, NEURONS))
        bins = np.linspace(0, DURATION_US, 51)
        count, _ = np.histogram(got.spikes["time"] / CYCLES_PER_US, bins)
        rate.stairs(count / (TRIALS * NEURONS) / np.diff(bins) * 1000, bins, color="#1f77b4", fill=True)
        rate.axvline(DURATION_US / 2, color="0.3", linestyle="--", linewidth=1)
        rate.text(DURATION_US / 2 - 10, 7.5, "input gets stronger", ha="right", va="center", color="0.3")
        rate.set(title=f"mean of {TRIALS} trials and {NEURONS} neurons", xlabel="time / µs", ylabel="rate / kHz")
        for neuron in range(4):
            own = first.cadc[first.cadc["neuron"] == neuron]
            membranes.plot(own["time"] / CYCLES_PER_US, own["value"].astype(int) + 80 * neuron, linewidth=0.9)
        membranes.set(title="membranes by the CADC, 80 LSB apart", ylabel="value / LSB")
        membrane.plot(first.madc["time"] / CYCLES_PER_US, first.madc["value"], color="#1f77b4", linewidth=0.6)
        membrane.set(title="membrane of neuron 0 by the MADC", xlabel="time / µs", ylabel="value / LSB")
        membrane.set_xlim(0, DURATION_US)
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    net = network()
    got = record(net)
    draw(got, output / "grenade_feed_forward.png")
    used = extract_statistics(net.graph).execution_instances[0]
    late = got.spikes["time"] >= DURATION_US * CYCLES_PER_US // 2
    per_khz = TRIALS * NEURONS * DURATION_US / 2000
    own = got.cadc[(got.cadc["neuron"] == 0) & (got.cadc["batch"] == 0)]
    return {
        "synapses": used.num_synapses,
        "synapse drivers": used.num_synapse_drivers,
        "spikes": len(got.spikes),
        "rate in the first half / kHz": (~late).sum() / per_khz,
        "rate in the second half / kHz": late.sum() / per_khz,
        "silent neurons": NEURONS - len(np.unique(got.spikes["neuron"])),
        "distance of CADC samples / µs": np.median(np.diff(own["time"])) / CYCLES_PER_US,
        "CADC samples of a neuron in a trial": len(own),
        "MADC samples of a trial": np.count_nonzero(got.madc["batch"] == 0),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
