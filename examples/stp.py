"""Short-term plasticity: a synapse driver makes its events stronger or weaker, depending on the events before.

Four drivers send the same train of events to the same neuron, one after the other. Without plasticity all events are
equal. With it, the length of the pulses follows a voltage in the driver, which every event moves a part of the way from
a recovery to a charge voltage, and which comes back in the time without events. Which of the two is higher decides
whether the driver facilitates or depresses. The last driver recovers faster than the one before. As circuits differ, no
two drivers have first events of quite the same strength.

Run with ``python examples/stp.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import STYLE, configure, drive, driver_settings, input_label, play, route_to_host, run_script, save

import chipsim
import halco
import lola

SEED = 1
NEURON = 42
WEIGHT = 40
EVENTS_US = np.append(20 + 15 * np.arange(8), 300)
DURATION_US = 340
STEP_US = 0.02

# Voltage cells of both sorts of drivers, as events move the voltage: longest pulses are at low voltages.
CELLS = {
    "stp_v_recover_0": 400, "stp_v_charge_0": 100,  # facilitating: from short to long pulses
    "stp_v_recover_1": 100, "stp_v_charge_1": 400,  # depressing: from long to short pulses
    "stp_i_ramp": 600, "stp_i_calib": 600, "stp_i_bias_comparator": 1022,
}  # fmt: skip
RECOVERY_CLOCK = 5

# Drivers 0, 1, ... with their settings.
DRIVERS: dict[str, dict[str, Any]] = {
    "no plasticity": {},
    "facilitating": {"enable_stp": True, "select_target_voltages": 0, "recovery": 10},
    "depressing": {"enable_stp": True, "select_target_voltages": 1, "recovery": 10},
    "depressing, fast recovery": {"enable_stp": True, "select_target_voltages": 1, "recovery": 4},
}


def configuration(chip: chipsim.Chip) -> lola.Chip:
    """A neuron with short time constants, and the four drivers."""
    config = chip.oracle.chip(leak=80, threshold=None, tau_mem=4, tau_syn=2)
    route_to_host(config)
    block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top]
    for cell, code in CELLS.items():
        getattr(block, cell).fill(code)
    block.stp.enable_recovery_clock, block.stp.recovery_clock_speed = True, RECOVERY_CLOCK
    for driver, changes in enumerate(DRIVERS.values()):
        drive(config, driver, bottom=WEIGHT)
        settings = driver_settings(config, driver)
        # `offset` shortens pulses; its middle makes good for an offset of the comparator on average.
        settings.offset, settings.utilization, settings.enable_recovery = 7, 4, True
        for name, value in changes.items():
            setattr(settings, name, value)
    return config


def measure(chip: chipsim.Chip) -> tuple[np.ndarray, np.ndarray]:
    """Membrane above rest, (drivers, time), and drop of the synaptic line by each event, (drivers, events); mV."""
    times = np.concatenate([DURATION_US * driver + EVENTS_US for driver in range(len(DRIVERS))])
    labels = np.repeat([input_label(driver) for driver in range(len(DRIVERS))], len(EVENTS_US))
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, configuration(chip))
        probes = [chip.probe(NEURON, signal, interval_us=STEP_US) for signal in ("membrane", "exc_synin")]
        play(connection, DURATION_US * len(DRIVERS) + 1, times, labels)  # probes may be a step of 0.5 us behind
    steps = round(DURATION_US / STEP_US)
    membrane, line = (1e3 * p.values[: steps * len(DRIVERS)].reshape(len(DRIVERS), steps) for p in probes)
    # An event reaches the synapse within half a microsecond, and there the line drops from one sample to the next.
    after = np.round(EVENTS_US / STEP_US).astype(int)[:, None] + np.arange(round(0.5 / STEP_US))
    drops = np.diff(line[:, after], axis=2).max(axis=2)
    return membrane - membrane[:, :1], drops


def draw(membrane: np.ndarray, drops: np.ndarray, path: Path) -> None:
    """Membrane for each driver, and the strengths of the events."""
    time = np.arange(membrane.shape[1]) * STEP_US
    colours = ("0.4", "#d62728", "#1f77b4", "#17becf")
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(11, 7))
        left, right = figure.subfigures(1, 2, width_ratios=[1.7, 1])
        traces = left.subplots(len(DRIVERS), 1, sharex=True, sharey=True)
        axes = right.subplots()
        for trace, title, colour, values, drop in zip(traces, DRIVERS, colours, membrane, drops, strict=True):
            trace.plot(time, values, color=colour)
            trace.set_title(title, loc="left", color=colour)
            axes.plot(np.arange(len(drop)) + 1, drop, "o-", color=colour, label=title)
        traces[-1].set(xlabel="time / µs", xlim=(0, DURATION_US))
        left.supylabel("membrane − rest / mV", fontsize=9)
        axes.set(xlabel=f"event (the last one {EVENTS_US[-1] - EVENTS_US[-2]:.0f} µs after the others)", ylim=(0, None))
        axes.set(ylabel="drop of the synaptic line / mV", title="strength of the events")
        axes.legend(loc="lower right")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    membrane, drops = measure(chipsim.Chip(SEED))
    draw(membrane, drops, output / "stp.png")
    return {f"drops, {name} / mV": drop for name, drop in zip(DRIVERS, drops, strict=True)}


if __name__ == "__main__":
    run_script(main, __doc__)
