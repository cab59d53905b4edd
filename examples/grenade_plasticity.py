"""A network with a plasticity rule: neurons keep their rate although their input changes.

Poisson spikes of 32 sources reach 128 neurons. Every millisecond the plasticity processor (PPU) of the chip calls the
rule, a kernel in C++: it reads and clears the spike counters, moves all weights of a neuron by one towards the target
rate, and records counts and weights. Weights begin at random. Halfway the input gets twice as strong.

A compiler is needed, see the documentation of ``grenade.ppu``: ``pip install 'bss2[ppu]'``.

Run with ``python examples/grenade_plasticity.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, run_script, save
from networks import CYCLES_PER_US, SOMA, connect, execute, neurons, sources

import chipsim
from grenade.execution import JITGraphExecutor
from grenade.network import (
    NetworkBuilder,
    PlasticityRule,
    build_network_graph,
    extract_plasticity_rule_recording_data,
)
from grenade.network.routing import PortfolioRouter

SEED = 1
SOURCES, NEURONS = 32, 128
TARGET = 20
PERIOD_US, PERIODS = 1000, 80
RATES_KHZ = (15, 30)
"""Rates of a source in the first and in the second half."""

PPU_CYCLES_PER_US = 250

KERNEL = """\
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "libnux/vx/vector_if.h"

using namespace grenade::vx::ppu;
using namespace libnux::vx;

void PLASTICITY_RULE_KERNEL(
    std::array<SynapseArrayViewHandle, 1>& synapses, std::array<NeuronViewHandle, 1>& neurons, Recording& recording)
{
    if (synapses[0].hemisphere != ppu) {
        return;  // both processors call the kernel
    }
    recording.time = now();
    VectorRowMod8 const counts = neurons[0].get_rate_counters(true);
    std::get<0>(recording.counts) = counts;

    // From 0..255 to -128..127, so that a comparison with zero tells which neurons are too slow or too fast.
    VectorRowFracSat8 const error = VectorRowFracSat8(TARGET - 128) - counts.convert_contiguous();
    VectorRowFracSat8 const zero(0), up(1), down(-1);
    auto const step = vector_if(
        error, VectorIfCondition::greater, up, vector_if(error, VectorIfCondition::lesser, down, zero));

    for (size_t i = 0; i < synapses[0].rows.size(); ++i) {
        SynapseRowViewHandle const row(synapses[0], i);
        row.set_weights(row.get_weights() + step);  // limited to 0..63
        std::get<0>(recording.weights)[i] = row.get_weights<VectorRowMod8>();
    }
}
""".replace("TARGET", str(TARGET))


class Record(NamedTuple):
    """What the rule recorded: times of its calls, µs, spikes (calls, neurons), weights (calls, sources, neurons)."""

    times: np.ndarray
    counts: np.ndarray
    weights: np.ndarray


def rule(projection: Any, population: Any) -> PlasticityRule:
    """The kernel, the synapses and neurons that it gets, when it is called, and what it records."""
    recording = PlasticityRule.TimedRecording
    cycles = PERIOD_US * PPU_CYCLES_PER_US
    observed = recording(
        {
            "counts": recording.ObservablePerNeuron(recording.ObservablePerNeuron.Type.uint8),
            "weights": recording.ObservablePerSynapse(recording.ObservablePerSynapse.Type.uint8),
        },
        placement_in_dram=True,
    )
    nothing_read: list[Any] = [{SOMA: [None]}] * NEURONS  # by the column ADC
    return PlasticityRule(
        [projection], [PlasticityRule.PopulationHandle(population, nothing_read)], KERNEL,
        PlasticityRule.Timer(cycles, cycles, PERIODS), recording=observed,
    )


def poisson(random: np.random.Generator) -> list[np.ndarray]:
    """Times of the input spikes of each source, FPGA cycles."""
    half = PERIOD_US * (PERIODS + 1) // 2
    trains = []
    for _ in range(SOURCES):
        parts = [
            number * half + random.uniform(0, half, random.poisson(rate * half / 1000))
            for number, rate in enumerate(RATES_KHZ)
        ]
        trains.append(np.sort(np.concatenate(parts) * CYCLES_PER_US).astype(int))
    return trains


def measure() -> Record:
    """Describe, place and run the network; give what the rule recorded."""
    random, builder = np.random.default_rng(SEED), NetworkBuilder()
    neuron, source = builder.add(neurons(range(NEURONS))), builder.add(sources(SOURCES))
    weights = random.integers(1, 24, NEURONS) + random.integers(0, 4, (SOURCES, NEURONS))
    projection = builder.add(connect(source, neuron, weights))
    learning = builder.add(rule(projection, neuron))
    network = builder.done()
    graph = build_network_graph(network, PortfolioRouter()(network))

    chip = chipsim.Chip(SEED)
    settings = chip.oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)
    executor = JITGraphExecutor(chipsim.SimConnection(chip))
    output = execute(executor, graph, settings, {source: poisson(random)}, PERIOD_US * (PERIODS + 1))
    data = extract_plasticity_rule_recording_data(output.snippets[0], graph, learning)
    (counts,), (synapses,) = data.data_per_neuron["counts"].values(), data.data_per_synapse["weights"].values()
    return Record(
        np.array([period.time for period in counts[0]]) / CYCLES_PER_US,
        np.array([period.data.values for period in counts[0]]).astype(int),
        np.array([period.data.values.reshape(SOURCES, NEURONS) for period in synapses[0]]).astype(int),
    )


def draw(record: Record, path: Path) -> None:
    """Weights and rates over time."""
    time, weights = record.times / 1000, record.weights.mean(axis=1)
    shown = np.argsort(weights[0])[:: NEURONS // 32]
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.95, len(shown)))
    with plt.rc_context(STYLE):
        figure, (top, bottom) = plt.subplots(2, 1, figsize=(10, 7), sharex=True)
        for neuron, colour in zip(shown, colours, strict=True):
            top.plot(time, weights[:, neuron], color=colour, linewidth=0.9)
        top.set(title=f"weights of {len(shown)} neurons, mean over {SOURCES} sources", ylabel="weight", ylim=(0, None))
        low, middle, high = np.percentile(record.counts / PERIOD_US * 1000, (10, 50, 90), axis=1)
        bottom.fill_between(time, low, high, color="#1f77b4", alpha=0.25, linewidth=0, label="80 % of all neurons")
        bottom.plot(time, middle, color="#1f77b4", label="median")
        bottom.axhline(TARGET / PERIOD_US * 1000, color="0.3", linestyle="--", linewidth=1, label="target")
        bottom.set(title="rates of all neurons; halfway the input gets twice as strong", xlabel="time / ms")
        bottom.set(ylabel="rate / kHz", ylim=(0, None), xlim=(0, time[-1]))
        bottom.legend(loc="upper right")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    record = measure()
    draw(record, output / "grenade_plasticity.png")
    rates, half = record.counts / PERIOD_US * 1000, PERIODS // 2
    parts = {
        "the first 5 ms": slice(0, 5), "5 ms before the change": slice(half - 5, half),
        "2 ms after the change": slice(half + 1, half + 3), "the last 5 ms": slice(-5, None),
    }
    results: dict[str, Any] = {"calls of the kernel": len(record.times)}
    for name, part in parts.items():
        results[f"mean rate in {name} / kHz"] = rates[part].mean()
        results[f"deviation in {name} / kHz"] = rates[part].mean(axis=0).std()
        results[f"mean weight in {name}"] = record.weights[part].mean()
    return results


if __name__ == "__main__":
    run_script(main, __doc__)
