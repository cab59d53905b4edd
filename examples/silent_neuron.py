"""A neuron at rest, seen in three ways: by a probe, by the column ADC, and next to all other neurons.

No input, no threshold: the leak pulls every membrane to the leak potential, which the calibration has set to 80 LSB of
the column ADC (CADC). The probe looks at the circuit itself and sees a constant. The CADC, which is what the real chip
offers, adds noise from read to read, and small deviations from neuron to neuron that the calibration leaves.

Run with ``python examples/silent_neuron.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import CYCLES_PER_US, NEURONS, STYLE, configure, route_to_host, run, run_script, save

import chipsim
import halco
import stadls
from haldls import Timer

SEED = 1
NEURON = 42
TARGET = 80
READS = 300
INTERVAL_US = 4


def measure(chip: chipsim.Chip) -> tuple[np.ndarray, chipsim.Probe]:
    """Reads of the CADC, (reads, 512), LSB, and the membrane of one neuron during them."""
    config = chip.oracle.chip(leak=TARGET, threshold=None)
    route_to_host(config)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config)
        probe = chip.probe(NEURON, interval_us=1)
        builder, tickets = stadls.PlaybackProgramBuilder(), []
        for i in range(READS):
            builder.block_until(halco.TimerOnDLS(), Timer.Value(i * INTERVAL_US * CYCLES_PER_US))
            tickets.append(builder.read(halco.CADCSamplesOnDLS()))
        run(connection, builder, READS * INTERVAL_US)
    return np.stack([ticket.get().causal.to_numpy().ravel() for ticket in tickets]), probe


def draw(reads: np.ndarray, membrane: np.ndarray, path: Path) -> None:
    """The neuron over time and its histogram, and the means of all neurons.

    Parameters
    ----------
    reads : (n, 512)
        LSB.
    membrane : (m,)
        What the CADC would read of the probed membrane without noise, LSB.
    """
    own, means = reads[:, NEURON], reads.mean(axis=0)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(11, 6.5))
        (trace, histogram), (chip, spread) = figure.subplots(2, 2, width_ratios=[4, 1], sharey="row")
        trace.plot(np.arange(READS) * INTERVAL_US, own, ".", markersize=4, color="#1f77b4", label="CADC")
        trace.plot(np.arange(len(membrane)), membrane, color="#d62728", label="probe, in LSB of the CADC")
        trace.axhline(TARGET, color="black", linestyle=":", label="target")
        trace.set(title=f"neuron {NEURON}", xlabel="time / µs", ylabel="membrane / LSB", ylim=(TARGET - 5, TARGET + 5))
        trace.set_xlim(0, READS * INTERVAL_US)
        trace.legend(ncols=3, loc="upper right")
        levels = np.arange(TARGET - 5, TARGET + 6)
        histogram.barh(levels, [np.mean(own == level) for level in levels], 0.9, color="#1f77b4")
        histogram.set(title=f"noise: {own.std():.2f} LSB", xlabel="share of reads")
        chip.plot(np.arange(NEURONS), means, ".", markersize=4, color="#2ca02c")
        chip.axhline(TARGET, color="black", linestyle=":")
        chip.set(title=f"all neurons, mean of {READS} reads", xlabel="neuron", ylabel="membrane / LSB")
        chip.set(xlim=(-1, NEURONS), ylim=(TARGET - 5, TARGET + 5), xticks=range(0, NEURONS + 1, 128))
        spread.hist(means, np.arange(TARGET - 5, TARGET + 5.1, 0.5), orientation="horizontal", color="#2ca02c")
        spread.set(title=f"spread: {means.std():.2f} LSB", xlabel="neurons")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    chip = chipsim.Chip(SEED)
    reads, probe = measure(chip)
    cadc = chip.oracle.cadc()
    membrane = chip.oracle.reads(cadc, probe.values[:, None])[:, NEURON]
    draw(reads, membrane, output / "silent_neuron.png")
    return {
        "membrane by the probe / V": probe.values.mean(),
        "change of the membrane / mV": 1e3 * np.ptp(probe.values),
        "target / LSB": TARGET,
        "mean read of the neuron / LSB": reads[:, NEURON].mean(),
        "noise of the reads / LSB": reads.std(axis=0).mean(),
        "mean over all neurons / LSB": reads.mean(),
        "spread of all neurons / LSB": reads.mean(axis=0).std(),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
