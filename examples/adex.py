"""Firing patterns of the adaptive exponential integrate-and-fire neuron (AdEx).

Eight neurons with different settings of exponential current, adaptation, leak and reset answer to a step of a constant
current with eight patterns of Naud et al. (2008). The biological parameters of the paper are translated to codes of the
registers: a thousand times faster, 10 mV for 1 mV, all conductances and currents scaled with the capacitance.

The calibration does not cover exponential current and adaptation, so the chip is one without mismatch.

Run with ``python examples/adex.py [--output DIRECTORY]``.

References: Naud, Marcille, Clopath, Gerstner, Firing patterns in the adaptive exponential integrate-and-fire model,
Biological Cybernetics 99 (2008).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from experiment import CYCLES_PER_US, NEURONS, STYLE, Spikes, configure, neuron_of, route_to_host, run, run_script, save

import chipsim
import halco
import lola
import stadls
from chipsim import circuits as c
from haldls import Timer

STEP_AT_US = 50
DURATION_US = 450
SAMPLE_US = 0.1


class AdEx(NamedTuple):
    """Capacitance, pF; leak, nS, mV; exponential, mV; a, nS; tau_w, ms; b, pA; reset, mV; step of the current, pA."""

    c: float
    g_l: float
    e_l: float
    v_t: float
    delta_t: float
    a: float
    tau_w: float
    b: float
    v_r: float
    i: float


PATTERNS = {
    "tonic spiking": AdEx(200, 10, -70, -50, 2, 2, 30, 0, -58, 500),
    "adaptation": AdEx(200, 12, -70, -50, 2, 2, 300, 60, -58, 500),
    "initial burst": AdEx(130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
    "regular bursting": AdEx(200, 10, -58, -50, 2, 2, 120, 100, -46, 210),
    "delayed accelerating": AdEx(200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
    "delayed regular bursting": AdEx(100, 10, -65, -50, 2, -10, 90, 30, -47, 110),
    "transient spiking": AdEx(100, 10, -65, -50, 2, 10, 90, 100, -47, 180),
    "irregular spiking": AdEx(100, 12, -60, -50, 2, -11, 130, 30, -48, 160),
}

ADAPTATION_PULSE = 4  # scale of the clock that times the pulse of a spike: 0.128 µs
PULSE_US = 0.128


def volts(millivolts: float) -> float:
    """Membrane voltage of the circuit: 0.6 V for -50 mV, 10 mV for 1 mV."""
    return 0.6 + 0.01 * (millivolts + 50)


def cell(membrane: float) -> int:
    """Code of a cell that acts on the membrane through a source follower."""
    return round(((membrane + c.FOLLOWER_DROP) / c.FOLLOWER_GAIN - c.CELL_OFFSET) / c.CELL_LSB)


def set_neuron(neuron: lola.AtomicNeuron, p: AdEx) -> None:
    """Settings of a neuron circuit with full capacitance; its constant current stays off."""
    capacitance = 63 * c.CAPACITANCE_LSB + c.CAPACITANCE_INTRINSIC
    conductance = capacitance / p.c  # µS per nS
    current = 0.01 * conductance  # µA per pA
    delta = 0.01 * p.delta_t
    neuron.leak.v_leak = cell(volts(p.e_l))
    neuron.leak.enable_degeneration = True  # a wider linear range, for half the conductance
    neuron.leak.i_bias = round(c.DEGENERATION * conductance * p.g_l / c.LEAK_LSB)
    neuron.reset.v_reset = cell(volts(p.v_r))
    neuron.threshold.v_threshold = round((volts(-30) - c.CELL_OFFSET) / c.CELL_LSB)
    exponential, adaptation = neuron.exponential, neuron.adaptation
    exponential.enable, exponential.i_bias = True, round(c.EXP_SLOPE / delta)
    # AdEx has a current of g_l delta at V_T, the circuit one of EXP_CURRENT at v_exp.
    onset = delta * np.log(conductance * p.g_l * delta / c.EXP_CURRENT)
    exponential.v_exp = cell(volts(p.v_t) - onset)
    adaptation.enable = adaptation.enable_pulse = True
    adaptation.v_leak = cell(volts(p.e_l))
    adaptation.invert_a, adaptation.i_bias_a = p.a < 0, round(abs(conductance * p.a) / c.ADAPT_A_LSB)
    adaptation.i_bias_b = round(current * p.b / (c.ADAPT_B_LSB * PULSE_US))
    adaptation.i_bias_tau = round(c.ADAPT_TAU / p.tau_w)
    neuron.constant_current.i_offset = round(current * p.i / c.OFFSET_LSB)


def measure() -> tuple[Spikes, list[chipsim.Probe], list[chipsim.Probe]]:
    """Spikes, membranes and adaptation currents of neurons 0 ... 7, one for each pattern."""
    chip = chipsim.Chip.ideal()
    config = chip.oracle.chip(refractory_time=0.6, membrane_capacitance=63)
    route_to_host(config)
    for common in config.neuron_block.backends:
        common.clock_scale_adaptation_pulse = ADAPTATION_PULSE
    places = [halco.AtomicNeuronOnDLS(halco.Enum(i)) for i in range(len(PATTERNS))]
    neurons = [config.neuron_block.atomic_neurons[place] for place in places]
    columns = config.neuron_block.atomic_neurons.columns
    columns.threshold.enable = np.arange(NEURONS) < len(PATTERNS)
    columns.excitatory_input.enable = columns.inhibitory_input.enable = False
    for neuron, parameters in zip(neurons, PATTERNS.values(), strict=True):
        set_neuron(neuron, parameters)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config, settling_us=1000)
        probes = [[chip.probe(i, s, SAMPLE_US) for i in range(len(PATTERNS))] for s in ("membrane", "adaptation")]
        builder = stadls.PlaybackProgramBuilder()
        builder.block_until(halco.TimerOnDLS(), Timer.Value(STEP_AT_US * CYCLES_PER_US))
        for place, neuron in zip(places, neurons, strict=True):
            neuron.constant_current.enable = True
            builder.write(place.toNeuronConfigOnDLS(), neuron.asNeuronConfig())
        return run(connection, builder, DURATION_US), *probes


def draw(membranes: list[chipsim.Probe], currents: list[chipsim.Probe], path: Path) -> None:
    """Membrane and adaptation current of every pattern."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(12, 12))
        panels = figure.subplots(8, 2, sharex=True, sharey="row", height_ratios=[2, 1] * 4)
        for i, name in enumerate(PATTERNS):
            top, bottom = panels[i // 2 * 2, i % 2], panels[i // 2 * 2 + 1, i % 2]
            time = np.arange(len(membranes[i].values)) * SAMPLE_US
            top.plot(time, membranes[i].values, color="#1f77b4", linewidth=0.9)
            top.set_title(name, loc="left")
            bottom.plot(time, 1e3 * currents[i].values, color="#d62728", linewidth=0.9)
            for axes in (top, bottom):
                axes.axvline(STEP_AT_US, color="0.7", linewidth=0.8, linestyle="--", zorder=0)
        for top, bottom in panels[:, 0].reshape(-1, 2):
            top.set_ylabel("membrane / V")
            bottom.set_ylabel("adaptation / nA", fontsize=7.5)
        for axes in panels[-1]:
            axes.set(xlabel="time / µs (the current is switched on at the dashed line)", xlim=(0, DURATION_US))
        figure.align_ylabels(panels[:, 0])
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    spikes, membranes, currents = measure()
    draw(membranes, currents, output / "adex.png")
    numbers = {}
    for i, name in enumerate(PATTERNS):
        times = spikes.times[neuron_of(spikes.labels) == i]
        numbers[f"spikes, {name}"] = len(times)
        numbers[f"intervals, {name} / µs"] = np.diff(times)[:12].round(1)
    return numbers


if __name__ == "__main__":
    run_script(main, __doc__)
