"""Postsynaptic potentials: what single events do to the membrane of a neuron at rest.

Every event of an excitatory synapse raises the membrane, every event of an inhibitory one lowers it; the height is
proportional to the weight. Each weight sits in another synapse row, with a driver of its own, and the label of an event
chooses the row and the sign. Synaptic and membrane time constant are both 10 µs, so the potential is an alpha function,
which peaks after this time.

Run with ``python examples/psps.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, configure, drive, input_label, play, route_to_host, run_script, save

import chipsim

SEED = 1
NEURON = 42
WEIGHTS = np.array([8, 16, 24, 32, 48, 63])
TAU_US = 10
DISTANCE_US = 120
BEFORE_US = 10
STEP_US = 0.25


def measure(chip: chipsim.Chip) -> np.ndarray:
    """Deviation from rest after an event: sign (excitatory, inhibitory), weight, time; mV."""
    config = chip.oracle.chip(leak=110, threshold=None, tau_mem=TAU_US, tau_syn=TAU_US)
    route_to_host(config)
    for driver, weight in enumerate(WEIGHTS):
        drive(config, driver, bottom=weight, top=weight)
    labels = [input_label(driver, sign) for sign in (0, 1) for driver in range(len(WEIGHTS))]
    times = BEFORE_US + DISTANCE_US * np.arange(len(labels))
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config)
        probe = chip.probe(NEURON, interval_us=STEP_US)
        play(connection, len(labels) * DISTANCE_US, times, labels)
    steps = round(DISTANCE_US / STEP_US)
    traces = probe.values[: len(labels) * steps].reshape(2, len(WEIGHTS), steps)
    return 1e3 * (traces - traces[:, :, :1])


def draw(traces: np.ndarray, heights: np.ndarray, path: Path) -> None:
    """Potentials over time, and their heights over the weight; mV."""
    time = np.arange(traces.shape[2]) * STEP_US - BEFORE_US
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), width_ratios=[1.6, 1])
        colours = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(WEIGHTS)))
        for weight, pair, colour in zip(WEIGHTS, traces.swapaxes(0, 1), colours, strict=True):
            left.plot(time, pair[0], color=colour, label=f"{weight}")
            left.plot(time, pair[1], color=colour, linestyle="--")
        left.legend(title="weight", loc="upper right")
        left.set(title="excitatory (solid) and inhibitory (dashed)", xlim=(time[0], 70))
        left.set(xlabel="time after the event / µs", ylabel="membrane − rest / mV")
        for name, colour, height in zip(("excitatory", "inhibitory"), ("#d62728", "#1f77b4"), heights, strict=True):
            slope = height @ WEIGHTS / (WEIGHTS @ WEIGHTS)
            right.plot(WEIGHTS, height, "o", color=colour, label=f"{name}, {slope:.2f} mV per LSB")
            right.plot([0, 63], [0, 63 * slope], color=colour, linewidth=1)
        right.axhline(0, color="0.8", linewidth=1, zorder=0)
        left.axhline(0, color="0.8", linewidth=1, zorder=0)
        right.set(title="height", xlabel="weight / LSB", ylabel="peak − rest / mV", xlim=(0, 66))
        right.legend(loc="upper left")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    traces = measure(chipsim.Chip(SEED))
    heights = np.stack([traces[0].max(axis=1), traces[1].min(axis=1)])
    draw(traces, heights, output / "psps.png")
    return {
        "weights": WEIGHTS,
        "height of excitatory potentials / mV": heights[0],
        "height of inhibitory potentials / mV": heights[1],
        "time from event to peak / µs": (traces[0].argmax(axis=1) * STEP_US - BEFORE_US).mean(),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
