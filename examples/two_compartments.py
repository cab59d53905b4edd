"""A neuron with two compartments: a postsynaptic potential in one, smaller and later in the other.

Two neuron circuits side by side are a soma and a dendrite, which a conductance joins. An event at a synapse of one
raises its membrane; the other one follows through the conductance. The chip holds six such neurons that differ in the
conductance only: the stronger the coupling, the smaller the attenuation and the delay.

Run with ``python examples/two_compartments.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, configure, drive, input_label, play, route_to_host, run_script, save

import chipsim
import halco
import lola

SEED = 1
CONDUCTANCES = np.array([25, 50, 100, 200, 400, 800])  # codes of the bias
SHOWN = 2  # the neuron whose potentials are drawn
WEIGHT = 40
EVENTS_US = np.array([20, 170])  # at the dendrite, at the soma
DURATION_US = 150
STEP_US = 0.1
NAMES = ("dendrite", "soma")


def morphology() -> lola.Morphology:
    """Compartments 0 (dendrite) and 1 (soma) on a common somatic line, the dendrite behind a conductance."""
    circuit = halco.AtomicNeuronOnLogicalNeuron
    result = lola.Morphology()
    result.create_compartment([circuit(0, 0)])
    result.create_compartment([circuit(1, 0)])
    result.connect_soma_line(0, 1, 0)
    result.connect_resistor_to_soma(circuit(0, 0))
    result.connect_to_soma(circuit(1, 0))
    return result


def configuration(chip: chipsim.Chip) -> lola.Chip:
    """Neurons in columns 0 and 1, 2 and 3, ... of the top row, calibrated; driver 0 for dendrites, 1 for somata."""
    config = chip.oracle.chip(leak=90, threshold=None, tau_mem=10, tau_syn=5)
    route_to_host(config)
    compartments, neuron = morphology().done()
    circuits = neuron.collapse_neuron()
    for i, code in enumerate(CONDUCTANCES):
        anchor = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(2 * i), halco.NeuronRowOnDLS.top)
        placed = halco.LogicalNeuronOnDLS(compartments, anchor).get_placed_compartments()
        for compartment, places in placed.items():
            for place, circuit in zip(places, circuits[compartment], strict=True):
                settings = config.neuron_block.atomic_neurons[place]
                settings.multicompartment = circuit.multicompartment
                settings.multicompartment.i_bias_nmda = int(code)
    columns = np.arange(256)
    used = columns < 2 * len(CONDUCTANCES)
    for driver in range(2):
        drive(config, driver, bottom=np.where(used & (columns % 2 == driver), WEIGHT, 0))
    return config


def measure(chip: chipsim.Chip) -> np.ndarray:
    """Membranes, mV above rest: input (dendrite, soma), neuron, compartment (dendrite, soma), time."""
    steps, shape = round(DURATION_US / STEP_US), (len(CONDUCTANCES), 2, 2, -1)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, configuration(chip))
        probes = [chip.probe(circuit, interval_us=STEP_US) for circuit in range(2 * len(CONDUCTANCES))]
        play(connection, 2 * DURATION_US, EVENTS_US, [input_label(0), input_label(1)])
    traces = np.stack([1e3 * (p.values[: 2 * steps] - p.values[0]) for p in probes])
    return traces.reshape(shape).transpose(2, 0, 1, 3)


def draw(traces: np.ndarray, attenuation: np.ndarray, delay: np.ndarray, path: Path) -> None:
    """Potentials of one of the neurons, and attenuation and delay of all of them."""
    time = np.arange(traces.shape[-1]) * STEP_US - EVENTS_US[0]
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(11, 7))
        for where, axes in enumerate(panels[0]):
            for compartment, colour in enumerate(("#2ca02c", "#9467bd")):
                axes.plot(time, traces[where, SHOWN, compartment], color=colour, label=NAMES[compartment])
            axes.set(title=f"event at the {NAMES[where]}, conductance {CONDUCTANCES[SHOWN]} LSB", xlim=(-10, 80))
            axes.set(xlabel="time after the event / µs", ylabel="membrane − rest / mV")
            axes.legend()
        panels[0, 1].sharey(panels[0, 0])
        for axes, values, label in zip(
            panels[1], (attenuation, delay), ("height there / height here", "peak there − peak here / µs"), strict=True
        ):
            axes.plot(CONDUCTANCES, values[0], "o-", color="#2ca02c", markersize=8, label="event at the dendrite")
            axes.plot(CONDUCTANCES, values[1], "x", color="#9467bd", markersize=8, label="event at the soma")
            axes.set(xscale="log", xlabel="bias of the conductance / LSB", ylabel=label, ylim=(0, None))
            axes.set_xticks(CONDUCTANCES, CONDUCTANCES, minor=False)
            axes.minorticks_off()
            axes.legend()
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    traces = measure(chipsim.Chip(SEED))
    heights, peaks = traces.max(axis=3), traces.argmax(axis=3) * STEP_US
    here, there = np.array([0, 1]), np.array([1, 0])
    attenuation = heights[here, :, there] / heights[here, :, here]
    delay = peaks[here, :, there] - peaks[here, :, here]
    draw(traces, attenuation, delay, output / "two_compartments.png")
    return {
        "conductance / LSB": CONDUCTANCES,
        "height in the soma / in the dendrite": attenuation[0],
        "height in the dendrite / in the soma": attenuation[1],
        "delay of the soma / µs": delay[0],
        "delay of the dendrite / µs": delay[1],
    }


if __name__ == "__main__":
    run_script(main, __doc__)
