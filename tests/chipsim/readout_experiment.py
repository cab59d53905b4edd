"""Programs that record with the membrane ADC."""

from __future__ import annotations

from typing import Any

import numpy as np

import chipsim
import halco
import haldls
import lola
import stadls
from tests.chipsim.experiment import US, Experiment


def experiment(seed: int | None = None, noise: bool = False, **targets: Any) -> Experiment:
    chip = chipsim.Chip(seed, noise=noise)
    return Experiment(chip, chip.oracle.chip(**targets))


def neuron(e: Experiment, circuit: int) -> Any:
    return e.config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(circuit))]


def connect(e: Experiment, *circuits: int, source: str = "membrane") -> None:
    """Connect one or two circuits to the source multiplexers 0 and 1, alternating sample by sample if there are two."""
    chain = e.config.readout_chain
    for m, circuit in enumerate(circuits):
        readout = neuron(e, circuit).readout
        readout.enable_amplifier = readout.enable_buffered_access = True
        readout.source = getattr(lola.AtomicNeuron.Readout.Source, source)
        line = "neuron_odd" if circuit % 2 else "neuron_even"
        getattr(chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(m)], line)[
            halco.HemisphereOnDLS(circuit // 256)] = True
    chain.dynamic_mux.input_select_length = len(circuits) - 1


def control(**bits: bool) -> haldls.MADCControl:
    config = haldls.MADCControl()
    config.enable_pre_amplifier = config.enable_continuous_sampling = True
    for name, value in bits.items():
        setattr(config, name, value)
    return config


MADC = halco.MADCControlOnDLS()


def synchronise(e: Experiment) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.SystimeSyncOnFPGA(), haldls.SystimeSync())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.systime)
    stadls.run(e.connection, builder.done())


def start_recording(wait_us: float = 10) -> stadls.PlaybackProgramBuilder:
    """A program that wakes the converter up and lets it record continuously, `wait_us` after its timer is reset."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(MADC, control(wake_up=True))
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(wait_us * US)))
    builder.write(MADC, control(start_recording=True))
    return builder


def record(e: Experiment, duration_us: float, times_us: Any = (), labels: Any = ()) -> stadls.PlaybackProgram:
    """Wake the converter up, record continuously for a time, with input spikes relative to its beginning."""
    at = np.round(np.asarray(times_us, dtype=float) * US).astype(int)
    builder = start_recording()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    if len(at):
        builder.write_spikes(times=at, labels=labels)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(duration_us * US)))
    builder.write(MADC, control(stop_recording=True))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(2 * US))
    program = builder.done()
    stadls.run(e.connection, program)
    return program
