"""First program: configure a chip, write a playback program, execute it, and look at what it does.

What is shown here is what goes *to* the chip. The zero mock stands in for it: it takes every instruction and answers
every read with zeros. `leak_over_threshold.py` shows what comes from a simulated chip.

Run with ``python examples/first_program.py [--output DIRECTORY]``.
"""

from __future__ import annotations

import argparse
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

import halco
import haldls
import lola
import stadls
from stadls import disassembly
from stadls import words as instruction

CYCLES_PER_US = 125
DURATION_US = 1000
CHANNELS = 128
LABELS = 8  # synapse labels in use, of 64

# Instruction of each phase at which the printed excerpt begins: the chip reset, neurons, weights, spikes.
EXCERPTS = {"SystemInit": 152, "write Chip": 133_720, "new weights": 0, "spike train": 0}


class Phase(NamedTuple):
    """Part of a program: its name, its first instruction and the one after its last."""

    name: str
    start: int
    stop: int


class Input(NamedTuple):
    """Input spikes: times in FPGA cycles (8 ns), channels 0..127 (one synapse driver each), synapse labels."""

    cycles: np.ndarray
    channels: np.ndarray
    labels: np.ndarray

    def spike_labels(self) -> np.ndarray:
        """16-bit labels: which PADI bus, which driver on it, which synapse label."""
        drivers = halco.SynapseDriverOnSynapseDriverBlock
        bus = halco.convert(drivers, "toPADIBusOnPADIBusBlock", self.channels)
        position = halco.convert(drivers, "toSynapseDriverOnPADIBus", self.channels)
        return bus << 14 | position << 6 | self.labels


# -- the chip -------------------------------------------------------------------------------------------------------


def topographic_weights(shift: int = 0) -> np.ndarray:
    """Weights (256, 256), rows by columns: every input excites the neurons around its place, and inhibits further ones.

    Odd rows are excitatory, even ones inhibitory; the places lie on a ring.
    """
    rows, columns = np.mgrid[0:256, 0:256]
    distance = np.abs((columns - shift - rows + 128) % 256 - 128)
    excitation = 63 * np.exp(-((distance / 14) ** 2))
    inhibition = 40 * np.exp(-(((distance - 44) / 16) ** 2))
    return np.where(rows % 2 == 1, excitation, inhibition).round().astype(int)


def sparse_weights(seed: int = 1) -> np.ndarray:
    """Weights (256, 256): one synapse in ten is used, with an exponentially distributed weight."""
    random = np.random.default_rng(seed)
    weights = random.exponential(16, size=(256, 256)).clip(1, 63).round().astype(int)
    return weights * (random.random((256, 256)) < 0.1)


def synapse_labels() -> np.ndarray:
    """Labels (256, 256): an event reaches those columns of its row that have its label."""
    rows, columns = np.mgrid[0:256, 0:256]
    return (columns // 32 + rows // 32) % LABELS


def configure_chip() -> lola.Chip:
    """Neurons that fire on their own (leak over threshold), synapses with a pattern, and the way to them."""
    chip = lola.Chip()
    configure_neurons(chip)
    for block, weights in zip(chip.synapse_blocks, (topographic_weights(), sparse_weights()), strict=True):
        block.matrix.weights.from_numpy(weights)
        block.matrix.labels.from_numpy(synapse_labels())
    for drivers in chip.synapse_driver_blocks:
        configure_drivers(drivers)
    configure_crossbar(chip.crossbar)
    return chip


def configure_neurons(chip: lola.Chip) -> None:
    """All 512 circuits at once: a column is an array with one entry per circuit."""
    columns = chip.neuron_block.atomic_neurons.columns
    columns.leak.v_leak = 750
    columns.leak.i_bias = 300
    columns.threshold.enable = True
    columns.threshold.v_threshold = 500
    columns.reset.v_reset = 300
    columns.reset.i_bias = 1000
    columns.membrane_capacitance.capacitance = 63
    columns.excitatory_input.enable = True
    columns.inhibitory_input.enable = True
    columns.refractory_period.refractory_time = 10
    columns.event_routing.enable_digital = True
    columns.event_routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
    columns.event_routing.address = np.arange(512) % 256


def configure_drivers(block: lola.SynapseDriverBlock) -> None:
    """Every driver listens to its own address; its top row is excitatory, its bottom row inhibitory."""
    modes = haldls.SynapseDriverConfig.RowMode
    drivers = block.synapse_drivers.columns
    drivers.enable_receiver = True
    drivers.row_address_compare_mask = 31
    drivers.row_mode_top = modes.excitatory
    drivers.row_mode_bottom = modes.inhibitory
    block.padi_bus.enable_spl1.fill(True)


def configure_crossbar(crossbar: lola.Crossbar) -> None:
    """Input channel k to the PADI buses k of both hemispheres, neurons to the host; everything else is closed."""
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        channel = node.y().toSPL1Address()
        bus = node.x().toPADIBusOnDLS()
        inwards = channel is not None and bus is not None and bus.toPADIBusOnPADIBusBlock().value() == channel.value()
        outwards = node.y().toNeuronEventOutputOnDLS() is not None and bus is None
        crossbar.nodes[node] = haldls.CrossbarNode() if inwards or outwards else haldls.CrossbarNode.drop_all


# -- the program ----------------------------------------------------------------------------------------------------


def travelling_input(spikes: int = 6000, seed: int = 2) -> Input:
    """Activity that travels over the channels three times, and a tenth of background."""
    random = np.random.default_rng(seed)
    cycles = random.integers(0, DURATION_US * CYCLES_PER_US, size=spikes)
    centre = 3 * CHANNELS * cycles / (DURATION_US * CYCLES_PER_US)
    channels = np.round(centre + random.normal(0, 5, size=spikes)).astype(int) % CHANNELS
    background = random.random(spikes) < 0.1
    channels[background] = random.integers(0, CHANNELS, size=background.sum())
    return Input(cycles, channels, random.integers(0, LABELS, size=spikes))


def build_program(
    connection: stadls.Connection, chip: lola.Chip, train: Input
) -> tuple[stadls.PlaybackProgram, list[Phase], stadls.ContainerTicket]:
    """Initialise, write the chip, change the weights of one hemisphere, play the spikes, read a counter."""
    builder, _ = stadls.generate(stadls.SystemInit(connection.get_hwdb_entry()[0]))
    marks = [("SystemInit", builder.size_to_fpga())]

    builder.write(halco.ChipOnDLS(), chip)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    marks.append(("write Chip", builder.size_to_fpga()))

    learned = chip.copy()
    learned.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix.weights.from_numpy(topographic_weights(shift=6))
    builder.write(halco.ChipOnDLS(), learned, chip)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    marks.append(("new weights", builder.size_to_fpga()))

    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.write_spikes(train.cycles, train.spike_labels())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(DURATION_US * CYCLES_PER_US))
    ticket = builder.read(halco.SpikeCounterReadOnDLS())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    marks.append(("spike train", builder.size_to_fpga()))

    starts = [0, *(stop for _, stop in marks)]
    phases = [Phase(name, start, stop) for start, (name, stop) in zip(starts, marks, strict=False)]
    return builder.done(), phases, ticket


# -- looking at it --------------------------------------------------------------------------------------------------


def summary(program: stadls.PlaybackProgram, phases: list[Phase], train: Input) -> str:
    """Table of the phases, and some instructions of each."""
    lines = [f"{'phase':<14}{'instructions':>14}{'register writes':>17}{'spikes':>9}"]
    codes, _ = instruction.disassemble(program.to_fpga)
    data = instruction.TO_FPGA_CODES["omnibus_to_fpga::Data"]
    pack = instruction.TO_FPGA_CODES["event_to_fpga::SpikePack<1>"]
    for phase in phases:
        part = codes[phase.start : phase.stop].astype(int)
        spikes = np.where(part >= pack, part - pack + 1, 0).sum()
        writes = np.count_nonzero(part == data)
        lines.append(f"{phase.name:<14}{len(part):>14,}{writes:>17,}{spikes:>9,}")
    lines.append(f"{'total':<14}{len(codes):>14,}{np.count_nonzero(codes == data):>17,}{len(train.cycles):>9,}")
    for phase in phases:
        part = program.to_fpga[phase.start : phase.stop]
        shown = min(EXCERPTS[phase.name], len(part))
        lines += ["", f"{phase.name}, from instruction {phase.start + shown:,} on, with times since the timer reset:"]
        lines += islice(disassembly.lines(part[shown:]), 6)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="default: %(default)s")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)

    begin = time.perf_counter()
    chip, train = configure_chip(), travelling_input()
    with stadls.ManagedZeroMockConnection() as connection:
        program, phases, ticket = build_program(connection, chip, train)
        built = time.perf_counter()
        stadls.run(connection, program)
    ran = time.perf_counter()
    print(summary(program, phases, train))
    print(f"\nbuilt in {1e3 * (built - begin):.0f} ms, executed by the zero mock in {1e3 * (ran - built):.0f} ms")
    print(f"spike counter of the first neuron, as the zero mock answers it: {int(ticket.get().count)}")

    file = output / "first_program.bss2"
    stadls.save(program, file)
    assert stadls.load(file) == program
    print(f"program file: {file} ({file.stat().st_size / 1e6:.1f} MB, read back and equal)")

    from pictures import draw_program  # matplotlib is slow to import, so only now

    picture = output / "first_program.png"
    draw_program(chip, program, phases, train, picture)
    print(f"picture: {picture}")


if __name__ == "__main__":
    main()
