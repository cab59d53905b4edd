"""Correlation sensors of synapses: the curve of spike-timing-dependent plasticity.

A sensor adds up pairs of an event at its synapse and a spike of its neuron: event before spike on a causal capacitor,
spike before event on an acausal one, the less the longer the time between them. The column ADC reads how far their
voltages have fallen. Amplitude and time constant (5 µs by its settings) differ from synapse to synapse.

Run with ``python examples/correlation.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from experiment import CYCLES_PER_US, STYLE, configure, drive, route_to_host, run_script, save

import chipsim
import halco
import haldls
import lola
import stadls

SEED = 1
ROW = 0
LABEL = 0
COLUMNS = np.array([0, 2, 4, 6])
"""Columns of the first quad, whose neurons spike together."""
DELAYS_US = np.array([1, 2, 3, 4, 6, 8, 11, 15, 20])
PAIRS = 100
APART_US = 200


def settings(chip: chipsim.Chip) -> lola.Chip:
    """Biases of the sensors, and a synapse row that takes events."""
    config = chip.oracle.chip(threshold=None)
    route_to_host(config)
    drive(config, ROW // 2, bottom=0)
    for chain in config.cadc_readout_chains:
        chain.correlation.i_bias_store, chain.correlation.i_bias_ramp = [70] * 2, [80] * 2
        chain.correlation.i_bias_corout = [600] * 2
    return config


def prepare(connection: Any) -> None:
    """Voltages of the board, sensors to the column ADC, and the PADI bus to events of the host."""
    board = lola.DACChannelBlock()
    board.set_voltage(halco.DACChannelOnBoard.mux_dac_25, 1.85)
    board.set_voltage(halco.DACChannelOnBoard.v_res_meas, 0.9)
    switch = haldls.ColumnCorrelationQuad.ColumnCorrelationSwitch()
    switch.enable_internal_causal = switch.enable_internal_acausal = True
    quad = haldls.ColumnCorrelationQuad()
    for entry in halco.iter_all(halco.EntryOnQuad):
        quad.set_switch(entry, switch)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.DACChannelBlockOnBoard(), board)
    for at in halco.iter_all(halco.ColumnCorrelationQuadOnDLS):
        builder.write(at, quad)
    builder.write(halco.CommonPADIBusConfigOnDLS(halco.PADIBusBlockOnDLS.top), haldls.CommonPADIBusConfig())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())


def read(builder: stadls.PlaybackProgramBuilder) -> Any:
    return builder.read(halco.CADCSampleRowOnDLS(halco.SynapseRowOnSynram(ROW), halco.SynramOnDLS.top))


def fall(connection: Any, delay_us: float) -> np.ndarray:
    """How far pairs lower the reads, LSB per pair: causal and acausal, (2, columns)."""
    event = haldls.PADIEvent()
    event.event_address, event.fire_bus[halco.PADIBusOnPADIBusBlock(0)] = LABEL, True
    pre = (halco.PADIEventOnDLS(halco.PADIBusBlockOnDLS.top), event)
    quad = halco.SynapseQuadColumnOnDLS(0)
    post = (halco.NeuronResetQuadOnDLS(quad, halco.SynramOnDLS.top), haldls.NeuronResetQuad())
    first, second = (pre, post) if delay_us > 0 else (post, pre)
    timer = halco.TimerOnDLS()
    builder = stadls.PlaybackProgramBuilder()
    # The last pulse before the reset is one of the second kind, so that all pairs are alike.
    builder.write(*second)
    builder.write(halco.CorrelationResetOnDLS(halco.Enum(64 * ROW)), haldls.CorrelationReset())
    before = read(builder)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    builder.write(timer, haldls.Timer())
    for pair in range(1, PAIRS + 1):
        builder.block_until(timer, haldls.Timer.Value(pair * APART_US * CYCLES_PER_US))
        builder.write(*first)
        builder.block_until(timer, haldls.Timer.Value(round((pair * APART_US + abs(delay_us)) * CYCLES_PER_US)))
        builder.write(*second)
    after = read(builder)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
    low, high = (np.stack([np.asarray(t.get().causal), np.asarray(t.get().acausal)]).astype(int)
                 for t in (after, before))
    return (high - low)[:, COLUMNS] / PAIRS


def measure(chip: chipsim.Chip) -> np.ndarray:
    """Fall per pair, LSB: (delays, causal and acausal, columns); delays negative ones first."""
    config = settings(chip)
    with chipsim.ManagedSimConnection(chip) as connection:
        configure(connection, config)
        prepare(connection)
        return np.array([fall(connection, delay) for delay in all_delays()])


def all_delays() -> np.ndarray:
    return np.concatenate([-DELAYS_US[::-1], DELAYS_US])


def fits(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Amplitude (LSB per pair) and time constant (µs) of exponentials: (causal and acausal, columns) each."""
    amplitudes, taus = np.empty((2, 2, len(COLUMNS)))
    n = len(DELAYS_US)
    for branch, part in enumerate((curves[n:, 0], curves[:n, 1][::-1])):
        for column, values in enumerate(part.T):
            # A step of the ADC is the error of every value, so large values count more.
            slope, start = np.polyfit(DELAYS_US, np.log(np.maximum(values, 0.1 / PAIRS)), 1, w=np.maximum(values, 0))
            amplitudes[branch, column], taus[branch, column] = np.exp(start), -1 / slope
    return amplitudes, taus


def draw(curves: np.ndarray, amplitudes: np.ndarray, taus: np.ndarray, path: Path) -> None:
    """Falls over the delay with their fits: causal and acausal."""
    delays = all_delays()
    fine = np.linspace(0, DELAYS_US[-1], 200)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(11, 5))
        for k, column in enumerate(COLUMNS):
            colour = f"C{k}"
            axes.plot(delays[delays > 0], curves[delays > 0, 0, k], "o", color=colour, label=f"synapse {column}")
            axes.plot(delays[delays < 0], curves[delays < 0, 1, k], "s", color=colour, markerfacecolor="white")
            for branch, sign in ((0, 1), (1, -1)):
                axes.plot(sign * fine, amplitudes[branch, k] * np.exp(-fine / taus[branch, k]), color=colour)
        axes.axvline(0, color="0.8", linewidth=1, zorder=0)
        axes.axhline(0, color="0.8", linewidth=1, zorder=0)
        axes.set(xlabel="spike of the neuron − event at the synapse / µs", ylabel="fall of the read / LSB per pair")
        axes.set_title("acausal: event after spike", loc="left")
        axes.set_title("causal: event before spike", loc="right")
        axes.legend(title=f"row {ROW}", loc="upper left")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    curves = measure(chipsim.Chip(SEED))
    amplitudes, taus = fits(curves)
    draw(curves, amplitudes, taus, output / "correlation.png")
    negative = all_delays() < 0
    return {
        "causal amplitudes / LSB per pair": amplitudes[0],
        "acausal amplitudes / LSB per pair": amplitudes[1],
        "causal time constants / µs": taus[0],
        "acausal time constants / µs": taus[1],
        "largest fall of the other branch / LSB": max(curves[negative, 0].max(), curves[~negative, 1].max()) * PAIRS,
    }


if __name__ == "__main__":
    run_script(main, __doc__)
