"""All 512 neurons fire on their own: the leak potential is above the threshold.

On the left every neuron has the same settings. No two circuits of a chip are equal, so some neurons fire several times
as fast as others and some not at all: the fixed-pattern variation of the chip. Part of it is common to the 128 neurons
of a quadrant. On the right every neuron has settings of its own, those that a perfect calibration would find for equal
potentials and time constants, and the rates agree. They stay a little below the closed form of an integrate-and-fire
neuron, because the current of the leak saturates.

Run with ``python examples/leak_over_threshold.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import NEURONS, STYLE, Spikes, configure, neuron_of, play, route_to_host, run_script, save

import chipsim
import lola

SEED = 1
DURATION_US = 1000
SHOWN_US = 300

# Potentials in LSB of the column ADC, times in µs.
TARGETS = {"leak": 140, "reset": 70, "threshold": 125, "tau_mem": 10, "refractory_time": 2}


def ideal_rate_khz() -> float:
    """Rate of an integrate-and-fire neuron with the targets."""
    leak, reset, threshold, tau, refractory = TARGETS.values()
    return 1e3 / (refractory + tau * np.log((leak - reset) / (leak - threshold)))


def calibrated(chip: chipsim.Chip) -> lola.Chip:
    """Settings of every neuron such that all have the same potentials and time constants."""
    config = chip.oracle.chip(**TARGETS)
    route_to_host(config)
    neurons = config.neuron_block.atomic_neurons.columns
    neurons.excitatory_input.enable = neurons.inhibitory_input.enable = False
    return config


def equal(config: lola.Chip) -> lola.Chip:
    """The same settings for every neuron: the medians of those of `config`."""
    config = config.copy()
    neurons = config.neuron_block.atomic_neurons.columns
    for block, name in (
        (neurons.leak, "v_leak"), (neurons.leak, "i_bias"), (neurons.reset, "v_reset"),
        (neurons.threshold, "v_threshold"),
    ):  # fmt: skip
        setattr(block, name, int(np.median(getattr(block, name))))
    return config


def measure(config: lola.Chip) -> Spikes:
    """Spikes of all neurons of the chip with some settings."""
    with chipsim.ManagedSimConnection(chipsim.Chip(SEED)) as connection:
        configure(connection, config)
        return play(connection, DURATION_US)


def rates_khz(spikes: Spikes) -> np.ndarray:
    """Rate of every neuron."""
    return np.bincount(neuron_of(spikes.labels), minlength=NEURONS) / DURATION_US * 1e3


def draw(results: dict[str, Spikes], path: Path) -> None:
    """Raster and histogram of rates for each kind of settings."""
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(11, 8), height_ratios=[2.2, 1], sharex="row")
        fastest = max(rates_khz(spikes).max() for spikes in results.values())
        bins = np.arange(0, fastest + 4, 2)
        for (raster, histogram), (title, spikes), colour in zip(
            panels.T, results.items(), ("#d62728", "#1f77b4"), strict=True
        ):
            shown = spikes.times < SHOWN_US
            raster.scatter(
                spikes.times[shown], neuron_of(spikes.labels[shown]), s=1.5, color=colour, linewidths=0, rasterized=True
            )
            raster.set(title=title, xlabel="time / µs", ylabel="neuron", xlim=(0, SHOWN_US), ylim=(-2, NEURONS + 1))
            raster.set_yticks(range(0, NEURONS + 1, 128))
            rates = rates_khz(spikes)
            histogram.hist(rates, bins, color=colour)
            histogram.axvline(ideal_rate_khz(), color="black", linewidth=1, linestyle="--", label="closed form")
            histogram.legend()
            histogram.set(
                xlabel="rate / kHz", ylabel="neurons per 2 kHz", xlim=(0, bins[-1]),
                title=f"({rates.mean():.1f} ± {rates.std():.1f}) kHz, {np.sum(rates == 0)} neurons silent",
            )  # fmt: skip
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    config = calibrated(chipsim.Chip(SEED))
    results = {"equal settings": measure(equal(config)), "calibrated settings": measure(config)}
    draw(results, output / "leak_over_threshold.png")
    numbers = {"rate of the closed form / kHz": ideal_rate_khz()}
    for name, spikes in results.items():
        rates = rates_khz(spikes)
        numbers[f"mean rate, {name} / kHz"] = rates.mean()
        numbers[f"relative deviation, {name} / %"] = 100 * rates.std() / rates.mean()
        numbers[f"silent neurons, {name}"] = int(np.sum(rates == 0))
    return numbers


if __name__ == "__main__":
    run_script(main, __doc__)
