"""Plasticity on the chip: a processor (PPU) adapts weights until all neurons fire at the same rate.

Random events reach every neuron of the top hemisphere over 16 rows of synapses. The strength of the synaptic inputs is
not calibrated, and weights begin at random; so the rates are very different. A kernel in C++, compiled here, runs on
the top PPU once per millisecond: it reads and clears the spike counters, moves all weights of a neuron by one towards
the target rate, and records counts and weights. The host only starts it and looks at the record afterwards. Weights end
where they make good for the strength of the inputs, which has two groups: the left and the right half of the chip.

A compiler is needed, see the documentation of ``grenade``: ``pip install 'bss2[ppu]'``.

Run with ``python examples/ppu_rate_homeostasis.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import CYCLES_PER_US, STYLE, configure, open_node, run, run_script, save

import chipsim
import halco
import haldls
import lola
import stadls
from grenade.ppu import Program, program
from grenade.ppu.plasticity import Handles, NeuronView, PlasticityRule, SynapseView, Timer, recording_symbol
from grenade.ppu.recording import ObservablePerNeuron, ObservablePerSynapse, TimedRecording
from stadls.ppu import load_and_start_program

SEED = 1
TOP = halco.PPUOnDLS(0)
NEURONS, CHANNELS, BUS = 256, 16, 0
ROWS = tuple(2 * (4 * (channel // 2) + BUS) + channel % 2 for channel in range(CHANNELS))
TARGET = 20
PERIOD_US, PERIODS = 1000, 100
PPU_CYCLES_PER_US = 250

# One event per bin of 4 ns times (PERIOD + 1) with a probability of (RATE + 1) / 256: 21 kHz for each of the rows.
PERIOD, RATE = 91, 31

# Commands of the host to the program, see the documentation.
SCHEDULER, STOP = 9, 8

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
        return;
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
"""


class Record(NamedTuple):
    """What the kernel recorded: times of its calls, µs, spikes (calls, neurons), weights (calls, rows, neurons)."""

    times: np.ndarray
    counts: np.ndarray
    weights: np.ndarray


def plasticity_rule() -> PlasticityRule:
    """The kernel, where it works, when, and what it records."""
    columns = tuple(range(NEURONS))
    handles = Handles(
        synapses=(SynapseView(0, columns, ROWS),),
        neurons=(NeuronView(0, columns),),
        timers=(Timer(PERIOD_US * PPU_CYCLES_PER_US, PERIOD_US * PPU_CYCLES_PER_US, PERIODS),),
    )
    recording = TimedRecording(
        {"counts": ObservablePerNeuron("uint8"), "weights": ObservablePerSynapse("uint8")}, placement_in_dram=True
    )
    kernel = KERNEL.replace("TARGET", str(TARGET))
    return PlasticityRule(kernel, (handles,), recording, name="homeostasis.cpp")


def calibrated(chip: chipsim.Chip) -> lola.Chip:
    """Neurons that are all alike."""
    return chip.oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)


def input_biases(config: lola.Chip) -> np.ndarray:
    """Biases by which the excitatory inputs of the top neurons have their strength."""
    return np.array(config.neuron_block.atomic_neurons.columns.excitatory_input.i_bias_gm[:NEURONS])


def configuration(chip: chipsim.Chip) -> lola.Chip:
    """Neurons whose inputs differ in strength, a generator of random events, and random weights."""
    config = calibrated(chip)
    biases = input_biases(config)
    config.neuron_block.atomic_neurons.columns.excitatory_input.i_bias_gm = int(np.median(biases))
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        config.crossbar.nodes[node] = haldls.CrossbarNode.drop_all
    open_node(config, BUS, 12 + BUS)
    source = config.background_spike_sources[halco.BackgroundSpikeSourceOnDLS(BUS)]
    source.seed, source.period, source.rate, source.mask = 12345, PERIOD, RATE, CHANNELS - 1
    source.enable = source.enable_random = True

    excitatory, random = haldls.SynapseDriverConfig.RowMode.excitatory, np.random.default_rng(SEED)
    block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top]
    matrix = config.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix
    block.padi_bus.enable_spl1.fill(True)
    offsets = random.integers(0, 54, NEURONS)
    for label, row in enumerate(ROWS):
        settings = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(row // 2)]
        settings.enable_receiver, settings.row_address_compare_mask = True, 0  # all events of the bus
        settings.row_mode_bottom = settings.row_mode_top = excitatory
        matrix.labels[row] = np.full(NEURONS, label)
        matrix.weights[row] = offsets + random.integers(0, 10, NEURONS)
    return config


def command(builder: stadls.PlaybackProgramBuilder, symbols: dict[str, Any], name: str, *values: int) -> None:
    """Write words of a variable of the program."""
    first = int(symbols[name].coordinate.toMin())
    for place, value in enumerate(values, first):
        builder.write(halco.PPUMemoryWordOnDLS(halco.PPUMemoryWordOnPPU(place), TOP), haldls.PPUMemoryWord(value))


def measure(chip: chipsim.Chip, rule: PlasticityRule, compiled: Program) -> Record:
    """Let the PPU work, and decode its record."""
    symbols, layout = compiled.file.read_symbols(), rule.layout
    duration_us = PERIOD_US * (PERIODS + 1)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, configuration(chip))
        load_and_start_program(connection, compiled.file, TOP)
        builder = stadls.PlaybackProgramBuilder()
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(300 * CYCLES_PER_US))  # it waits for commands then
        command(builder, symbols, "runtime", 0, duration_us * PPU_CYCLES_PER_US)
        for neuron in range(NEURONS):
            place = halco.AtomicNeuronOnDLS(halco.Enum(neuron))
            builder.write(place.toSpikeCounterResetOnDLS(), haldls.SpikeCounterReset())
        command(builder, symbols, "status", SCHEDULER)
        run(connection, builder, duration_us + 1000)
        builder = stadls.PlaybackProgramBuilder()
        command(builder, symbols, "status", STOP)
        block = builder.read(symbols[recording_symbol(rule)].coordinate)
        run(connection, builder, 100)
    data = layout.decode(bytes(block.get()))
    return Record(
        data["counts"].time / PPU_CYCLES_PER_US, data["counts"].data[0].astype(int), data["weights"].data[0].astype(int)
    )


def draw(record: Record, biases: np.ndarray, path: Path) -> None:
    """Weights and rates over time, weights at the end, and the rates at both ends."""
    time, rates = record.times / 1000, record.counts / (PERIOD_US / 1000)
    weights = record.weights.mean(axis=1)
    shown = np.argsort(weights[0])[:: NEURONS // 32]
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.95, len(shown)))
    with plt.rc_context(STYLE):
        figure, ((top, final), (bottom, histogram)) = plt.subplots(2, 2, figsize=(11, 7), width_ratios=[1.9, 1])
        for neuron, colour in zip(shown, colours, strict=True):
            top.plot(time, weights[:, neuron], color=colour, linewidth=0.9)
        top.set(title=f"weights of {len(shown)} neurons, mean over {CHANNELS} rows", ylabel="weight", ylim=(0, 63))
        low, middle, high = np.percentile(rates, (10, 50, 90), axis=1)
        bottom.fill_between(time, low, high, color="#1f77b4", alpha=0.25, linewidth=0, label="80 % of all neurons")
        bottom.plot(time, middle, color="#1f77b4", label="median")
        bottom.axhline(TARGET / (PERIOD_US / 1000), color="0.3", linestyle="--", linewidth=1, label="target")
        bottom.set(title="rates of all neurons", xlabel="time / ms", ylabel="rate / kHz", ylim=(0, None))
        bottom.legend(loc="upper right")
        for axes in (top, bottom):
            axes.set_xlim(0, time[-1])
        final.scatter(biases, weights[-10:].mean(axis=0), s=8, color="0.3", linewidths=0)
        final.set(title="weak inputs have got larger weights", xlabel="bias that a calibration would choose")
        final.set(ylabel="weight in the last 10 ms", ylim=(0, 63))
        bins = np.linspace(0, rates.max(), 40)
        for part, colour, name in ((rates[:10], "#d62728", "first 10 ms"), (rates[-10:], "#1f77b4", "last 10 ms")):
            histogram.hist(part.mean(axis=0), bins, color=colour, alpha=0.7, label=name)
        histogram.set(title="mean rates", xlabel="rate / kHz", ylabel="neurons")
        histogram.legend()
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    rule, chip = plasticity_rule(), chipsim.Chip(SEED)
    record, biases = measure(chip, rule, program.build([rule])), input_biases(calibrated(chip))
    draw(record, biases, output / "ppu_rate_homeostasis.png")
    rates = record.counts / (PERIOD_US / 1000)
    first, last = rates[:10].mean(axis=0), rates[-10:].mean(axis=0)
    return {
        "calls of the kernel": len(record.times),
        "rates in the first 10 ms / kHz, mean": first.mean(),
        "rates in the first 10 ms / kHz, deviation": first.std(),
        "rates in the last 10 ms / kHz, mean": last.mean(),
        "rates in the last 10 ms / kHz, deviation": last.std(),
        "weights in the last 10 ms, mean": record.weights[-10:].mean(),
        "correlation of weights and biases": np.corrcoef(record.weights[-10:].mean(axis=(0, 1)), biases)[0, 1],
    }


if __name__ == "__main__":
    run_script(main, __doc__)
