"""Experiments with a whole chip: configuration, input spikes, spikes and probes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import chipsim
import halco
import haldls
import lola
import stadls

US = 125
"""FPGA cycles per us."""


def address(circuit: int) -> int:
    """`address_out` that tells the circuits of one event output apart: row, and column modulo 32."""
    return circuit // 256 * 32 + circuit % 32


def circuit_of(label: int) -> int:
    """Circuit that sends a label, see `address`."""
    return (label >> 5 & 1) * 256 + (label >> 8 & 7) * 32 + (label & 31)


@contextmanager
def ctrl_c_after(seconds: float) -> Iterator[None]:
    """Interrupt what runs, as Ctrl-C does it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


class Experiment:
    """A chip and its configuration; the neurons send their spikes to the host."""

    def __init__(self, chip: chipsim.Chip, config: lola.Chip) -> None:
        self.chip, self.config = chip, config
        self.connection = chipsim.SimConnection(chip)
        for circuit in range(512):
            routing = config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(circuit))].event_routing
            routing.address, routing.enable_digital = address(circuit), True
            routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
        for output in range(8):
            config.crossbar.nodes[halco.CrossbarNodeOnDLS(
                halco.CrossbarOutputOnDLS(8 + output % 4), halco.CrossbarInputOnDLS(output)
            )] = haldls.CrossbarNode()

    def input_row(self, hemisphere: int, driver: int, mode: str, weights: Any, label: int = 0) -> None:
        """Let the host drive the bottom row of a driver; `weights` broadcast to the 256 columns."""
        config = self.config
        block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(hemisphere)]
        settings = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(driver)]
        settings.enable_receiver = True
        settings.row_mode_bottom = getattr(haldls.SynapseDriverConfig.RowMode, mode)
        matrix = config.synapse_blocks[halco.SynapseBlockOnDLS(hemisphere)].matrix
        matrix.weights[2 * driver] = np.broadcast_to(weights, 256)
        matrix.labels[2 * driver] = np.full(256, label)
        block.padi_bus.enable_spl1.fill(True)
        config.crossbar.nodes[halco.CrossbarNodeOnDLS(
            halco.CrossbarOutputOnDLS(4 * hemisphere + driver % 4), halco.CrossbarInputOnDLS(8)
        )] = haldls.CrossbarNode()

    def usual_stp_cells(self, hemisphere: int) -> None:
        """Set the cells that modulated pulses of the drivers of a hemisphere need."""
        block = self.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(hemisphere)]
        for cell, code in {
            "stp_i_ramp": 600, "stp_i_calib": 600, "stp_i_bias_comparator": 1022, "stp_v_charge_0": 100,
            "stp_v_recover_0": 400, "stp_v_charge_1": 330, "stp_v_recover_1": 50, "hagen_i_bias_dac": 820,
        }.items():
            values = getattr(block, cell)
            if hasattr(values, "fill"):
                values.fill(code)
            else:
                setattr(block, cell, code)

    def configure(self) -> None:
        """Initialise the chip and write the configuration."""
        builder, _ = stadls.SystemInit().generate()
        builder.write(halco.ChipOnDLS(), self.config)
        recording = haldls.EventRecordingConfig()
        recording.enable_event_recording = True
        builder.write(halco.EventRecordingConfigOnFPGA(), recording)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(self.connection, builder.done())

    def run(self, duration_us: float, times_us: Any = (), labels: Any = ()) -> stadls.PlaybackProgram:
        """Send spikes and wait; the program with its responses."""
        builder = stadls.PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        if len(times_us):
            builder.write_spikes(times=np.round(np.asarray(times_us) * US).astype(int), labels=labels)
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(duration_us * US)))
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        program = builder.done()
        stadls.run(self.connection, program)
        return program

    def samples(self) -> np.ndarray:
        """Read all channels of the column ADC once: (2, 2, 256), hemisphere, causal or acausal, column."""
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(halco.CADCSamplesOnDLS())
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(self.connection, builder.done())
        samples = ticket.get()
        return np.stack([samples.causal.to_numpy(), samples.acausal.to_numpy()], axis=1)

    def cadc(self) -> np.ndarray:
        """Read all neurons once: causal channels, (2, 256)."""
        return self.samples()[:, 0]
