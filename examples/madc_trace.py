"""Membrane trace by the membrane ADC, next to a probe of the same membrane.

A neuron gets events of an excitatory synapse: single ones, and groups that make it fire. The membrane ADC takes one
sample of ten bits per 34 ns. What it sees is the membrane with the offset of the readout amplifier of the neuron and
the ADC's own offset, gain and noise. A user of a real chip does not know these; here, as in a characterisation, a line
through samples and membrane gives them, and converts samples to volts.

Run with ``python examples/madc_trace.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import CYCLES_PER_US, NEURONS, STYLE, configure, drive, input_label, route_to_host, run_script, save

import chipsim
import halco
import haldls
import lola
import stadls

SEED = 1
NEURON = 42
WEIGHT = 50
TIMES_US = np.array([20, 70, 90, 140, 142, 144, 200, 240, 242, 244])
DURATION_US = 300
SETTLING_US = 10
"""Samples before this time are invalid, as the input of the converter settles."""
PERIOD_US = 0.034
STEP_US = 0.01


def connect(config: lola.Chip) -> None:
    """Let the membrane ADC listen to the neuron, which is in an even column of the top row."""
    neuron = config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(NEURON))]
    neuron.readout.enable_buffered_access = True
    first = config.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)]
    first.neuron_even[halco.HemisphereOnDLS.top] = True


def control(**bits: bool) -> haldls.MADCControl:
    """A word for the control register of the converter."""
    word = haldls.MADCControl()
    word.enable_pre_amplifier = word.enable_continuous_sampling = True
    for name, value in bits.items():
        setattr(word, name, value)
    return word


def record(connection: Any) -> tuple[stadls.PlaybackProgram, int]:
    """Wake the converter up, record, and send the events meanwhile; the program, and the FPGA cycle of its begin."""
    madc, timer = halco.MADCControlOnDLS(), halco.TimerOnDLS()
    builder = stadls.PlaybackProgramBuilder()
    begin = builder.read(halco.NullPayloadReadableOnFPGA())
    builder.write(madc, control(wake_up=True))
    builder.write(timer, haldls.Timer())
    builder.block_until(timer, haldls.Timer.Value(10 * CYCLES_PER_US))
    builder.write(madc, control(start_recording=True))
    builder.write(timer, haldls.Timer())
    builder.write_spikes(TIMES_US * CYCLES_PER_US, np.full(len(TIMES_US), input_label(0)))
    builder.block_until(timer, haldls.Timer.Value(DURATION_US * CYCLES_PER_US))
    builder.write(madc, control(stop_recording=True))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    program = builder.done()
    stadls.run(connection, program)
    return program, int(begin.fpga_time)


def aligned(times: np.ndarray, samples: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """The probe at the times of the samples, V: with the delay, known to half a µs, at which both fit a line best."""
    grid = np.arange(len(probe)) * STEP_US
    candidates = [np.interp(times + shift, grid, probe) for shift in np.arange(-0.5, 0.5, STEP_US)]
    return max(candidates, key=lambda candidate: np.corrcoef(candidate, samples)[0, 1])


def measure(chip: chipsim.Chip) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times of the samples (µs), the samples, the membrane at these times (V), and times of the spikes (µs)."""
    config = chip.oracle.chip()
    route_to_host(config)
    drive(config, 0, bottom=WEIGHT)
    connect(config)
    # Only the neuron itself sends spikes.
    config.neuron_block.atomic_neurons.columns.event_routing.enable_digital = np.arange(NEURONS) == NEURON
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config)
        probe = chip.probe(NEURON, interval_us=STEP_US)
        program, begin = record(connection)
    samples, spikes = program.madc_samples.to_numpy(), program.spikes.to_numpy()
    first = int(samples["chip_time"][0])
    # Time stamps are FPGA cycles, but the samples are equidistant.
    times = np.arange(len(samples)) * PERIOD_US
    valid = times >= SETTLING_US
    times, values = times[valid], samples["value"][valid].astype(float)
    membrane = aligned(times + (first - begin) / CYCLES_PER_US, values, probe.values)
    return times, values, membrane, (spikes["chip_time"].astype(np.int64) - first) / CYCLES_PER_US


def draw(times: np.ndarray, volts: np.ndarray, membrane: np.ndarray, spikes: np.ndarray, path: Path) -> None:
    """Both traces, a part of them with single samples, and their difference."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplot_mosaic([["all", "all"], ["part", "difference"]], figsize=(11, 7))
        for name, style in (("all", {"linewidth": 0.6}), ("part", {"marker": ".", "markersize": 3, "linestyle": ""})):
            axes[name].plot(times, volts, color="#9ecae1", label="membrane ADC", **style)
            axes[name].plot(times, membrane, color="#08306b", label="probe", linewidth=1)
            axes[name].set(xlabel="time / µs", ylabel="membrane / V")
        low, high = membrane.min(), membrane.max()
        top = high + 0.12 * (high - low)
        axes["all"].plot(TIMES_US, np.full(len(TIMES_US), low - 0.12 * (high - low)), "^", color="#2ca02c",
                         label="input events")
        axes["all"].plot(spikes, np.full(len(spikes), top), "v", color="#d62728", label="spikes")
        axes["all"].set_title(f"neuron {NEURON}", loc="left")
        axes["all"].set_xlim(times[0], DURATION_US)
        axes["all"].legend(ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
        centre = spikes[0] if len(spikes) else DURATION_US / 2
        axes["part"].set(title="around the first spike", xlim=(centre - 6, centre + 6))
        difference = 1e3 * (volts - membrane)
        axes["difference"].hist(difference, np.arange(-12, 12.1, 0.5), color="#9ecae1", edgecolor="white")
        axes["difference"].set(title="membrane ADC − probe", xlabel="difference / mV", ylabel="samples")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    times, samples, membrane, spikes = measure(chipsim.Chip(SEED))
    lsb, start = np.polyfit(samples, membrane, 1)
    volts = lsb * samples + start
    draw(times, volts, membrane, spikes, output / "madc_trace.png")
    return {
        "samples": len(times),
        "step of the membrane ADC / mV": 1e3 * lsb,
        "noise / mV": 1e3 * np.std(volts - membrane),
        "spikes": len(spikes),
        "highest voltage by the probe / V": membrane.max(),
        "lowest voltage by the probe / V": membrane.min(),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
