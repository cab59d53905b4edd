"""Background generators drive neurons: events that are made on the chip, through synapses, to spikes.

A generator sends random events with one of 64 labels. The crossbar brings them to a bus of synapse drivers, and to the
host for recording. Of the 64 synapse rows on that bus, each takes one of the labels; 48 excite and 16 inhibit. Every
neuron has synapses in a fifth of the rows, at random, with random weights.

Run with ``python examples/background_to_neuron.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, Spikes, configure, neuron_of, open_node, play, route_to_host, run_script, save

import chipsim
import halco
import haldls
import lola

SEED = 1
CHANNELS = 64
EXCITATORY = 48
CONNECTED = 0.2
BUS = 0
DURATION_US = 2000
SHOWN_US = 500
NEURONS, SHOWN_NEURONS = 256, 64  # those of the top hemisphere

# One event per bin of 4 ns times (period + 1) with a probability of (rate + 1) / 256.
PERIOD, RATE = 24, 255 // 8
BACKGROUND = 1 << 13  # a bit of the label that neither drivers nor neurons use


def ideal_rate_mhz() -> float:
    """Rate of the generator."""
    return (RATE + 1) / 256 / (0.004 * (PERIOD + 1))


def configuration(chip: chipsim.Chip) -> lola.Chip:
    """Calibrated neurons, a generator, and the synapses between them."""
    config = chip.oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)
    route_to_host(config)
    source = config.background_spike_sources[halco.BackgroundSpikeSourceOnDLS(BUS)]
    source.seed, source.period, source.rate = 12345, PERIOD, RATE
    source.neuron_label, source.mask = BACKGROUND, CHANNELS - 1  # the bits of the mask are random
    source.enable = source.enable_random = True
    open_node(config, BUS, 12 + BUS)
    open_node(config, 8 + BUS, 12 + BUS)

    modes, random = haldls.SynapseDriverConfig.RowMode, np.random.default_rng(SEED)
    block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top]
    matrix = config.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix
    block.padi_bus.enable_spl1.fill(True)
    for position in range(CHANNELS // 2):
        driver = 4 * position + BUS
        settings = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(driver)]
        settings.enable_receiver = True
        settings.row_address_compare_mask = 0  # all events of the bus
        mode = modes.excitatory if 2 * position < EXCITATORY else modes.inhibitory
        settings.row_mode_bottom = settings.row_mode_top = mode
        for side in (0, 1):
            matrix.labels[2 * driver + side] = np.full(256, 2 * position + side)
            matrix.weights[2 * driver + side] = random.integers(10, 64, 256) * (random.random(256) < CONNECTED)
    return config


def measure(chip: chipsim.Chip) -> tuple[Spikes, Spikes]:
    """Events of the generator and spikes of the neurons."""
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, configuration(chip))
        recorded = play(connection, DURATION_US)
    background = recorded.labels & BACKGROUND > 0
    return tuple(Spikes(recorded.times[part], recorded.labels[part]) for part in (background, ~background))


def rates_khz(numbers: np.ndarray, count: int) -> np.ndarray:
    """Rate of each of the senders 0 ... count - 1."""
    return np.bincount(numbers, minlength=count)[:count] / DURATION_US * 1e3


def draw(background: Spikes, spikes: Spikes, path: Path) -> None:
    """Rasters of events and spikes, and the rates of labels and neurons."""
    labels, neurons = background.labels % CHANNELS, neuron_of(spikes.labels)
    colours = np.where(labels < EXCITATORY, "#d62728", "#1f77b4")
    with plt.rc_context(STYLE):
        figure, ((events, event_rates), (raster, rates)) = plt.subplots(2, 2, figsize=(11, 7.5), width_ratios=[3, 1])
        shown = background.times < SHOWN_US
        events.scatter(background.times[shown], labels[shown], s=5, c=colours[shown], linewidths=0)
        events.set(title="events of the generator: excitatory (red), inhibitory (blue)", ylabel="synapse label")
        shown = (spikes.times < SHOWN_US) & (neurons < SHOWN_NEURONS)
        raster.scatter(spikes.times[shown], neurons[shown], s=5, c="black", linewidths=0)
        raster.set(title=f"spikes of {SHOWN_NEURONS} of {NEURONS} neurons", ylabel="neuron")
        for axes in (events, raster):
            axes.set(xlabel="time / µs", xlim=(0, SHOWN_US), ylim=(-1, 64))
        for axes, values, name in (
            (event_rates, rates_khz(labels, CHANNELS), "labels"), (rates, rates_khz(neurons, NEURONS), "neurons"),
        ):  # fmt: skip
            axes.hist(values, 16, color="0.4")
            axes.set(title=f"({values.mean():.1f} ± {values.std():.1f}) kHz", xlabel="rate / kHz", ylabel=name)
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    background, spikes = measure(chipsim.Chip(SEED))
    draw(background, spikes, output / "background_to_neuron.png")
    rates = rates_khz(neuron_of(spikes.labels), NEURONS)
    return {
        "events": len(background.times),
        "rate of the generator / MHz": len(background.times) / DURATION_US,
        "rate by its settings / MHz": ideal_rate_mhz(),
        "spikes": len(spikes.times),
        "mean rate of a neuron / kHz": rates.mean(),
        "silent neurons": int(np.sum(rates == 0)),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
