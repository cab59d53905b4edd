"""What the experiments on the simulated chip share: routes of the spikes, execution, and the frame of a script."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import halco
import haldls
import lola
import stadls

CYCLES_PER_US = 125
NEURONS = 512

STYLE = {
    "font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "lines.linewidth": 1.2, "figure.dpi": 110, "figure.constrained_layout.use": True,
}  # fmt: skip


class Spikes(NamedTuple):
    """Recorded spikes: times since the begin of the recording, µs, and 16-bit labels."""

    times: np.ndarray
    labels: np.ndarray


# -- routes ---------------------------------------------------------------------------------------------------------


def open_node(config: lola.Chip, output: int, source: int) -> None:
    """Let all events of a crossbar input pass to an output."""
    node = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(source))
    config.crossbar.nodes[node] = haldls.CrossbarNode()


def route_to_host(config: lola.Chip) -> None:
    """Close the crossbar but for the way from the neurons to the host, and give neurons addresses to tell them apart.

    A neuron event output carries the spikes of 32 columns in both rows; so row and column modulo 32 are the address.
    """
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        config.crossbar.nodes[node] = haldls.CrossbarNode.drop_all
    number = np.arange(NEURONS)
    config.neuron_block.atomic_neurons.columns.event_routing.address = number // 256 * 32 + number % 32
    for output in range(8):
        open_node(config, 8 + output % 4, output)


def neuron_of(labels: np.ndarray) -> np.ndarray:
    """Number of the neuron that sent a spike, see `route_to_host`: bits 10:8 of a label are the event output."""
    return (labels >> 5 & 1) * 256 + (labels >> 8 & 7) * 32 + (labels & 31)


def driver_settings(config: lola.Chip, driver: int) -> haldls.SynapseDriverConfig:
    """Settings of a synapse driver of the top hemisphere."""
    block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top]
    return block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(driver)]


def drive(config: lola.Chip, driver: int, bottom: Any, top: Any = 0) -> None:
    """Let the host drive the two synapse rows of a driver of the top hemisphere.

    The bottom row is excitatory and takes events of label 0, the top one is inhibitory and takes those of label 1.

    Parameters
    ----------
    driver : int
        0..127.
    bottom, top : array_like
        Weights 0..63 of the two rows, for all columns or (256,).
    """
    modes = haldls.SynapseDriverConfig.RowMode
    settings = driver_settings(config, driver)
    settings.enable_receiver = True
    settings.row_mode_bottom, settings.row_mode_top = modes.excitatory, modes.inhibitory
    matrix = config.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix
    for row, weights in ((2 * driver, bottom), (2 * driver + 1, top)):
        matrix.weights[row] = np.broadcast_to(weights, 256)
        matrix.labels[row] = np.full(256, row % 2)
    config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top].padi_bus.enable_spl1.fill(True)
    open_node(config, driver % 4, 8 + driver % 4)


def input_label(driver: int, synapse_label: int = 0) -> int:
    """16-bit label of an input spike for a driver: its PADI bus, its place on that bus, the synapses that take it."""
    return driver % 4 << 14 | driver // 4 << 6 | synapse_label


# -- execution ------------------------------------------------------------------------------------------------------


def configure(connection: Any, config: lola.Chip, settling_us: float = 200) -> None:
    """Initialise the chip, write its configuration, and wait until the membranes have settled."""
    builder, _ = stadls.SystemInit().generate()
    builder.write(halco.ChipOnDLS(), config)
    recording = haldls.EventRecordingConfig()
    recording.enable_event_recording = True
    builder.write(halco.EventRecordingConfigOnFPGA(), recording)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
    play(connection, settling_us)


def play(connection: Any, duration_us: float, times_us: Any = (), labels: Any = ()) -> Spikes:
    """Send spikes, wait for the end of the experiment, and give the recorded spikes."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write_spikes(np.round(np.asarray(times_us) * CYCLES_PER_US).astype(int), np.asarray(labels, dtype=int))
    return run(connection, builder, duration_us)


def run(connection: Any, experiment: stadls.PlaybackProgramBuilder, duration_us: float) -> Spikes:
    """Reset the timer, execute an experiment, wait for its end, and give the recorded spikes."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    begin = builder.read(halco.NullPayloadReadableOnFPGA())
    builder.merge_back(experiment)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(duration_us * CYCLES_PER_US)))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    program = builder.done()
    stadls.run(connection, program)
    recorded = program.spikes.to_numpy()
    times = recorded["chip_time"].astype(np.int64) - int(begin.fpga_time)
    return Spikes(times / CYCLES_PER_US, recorded["label"].astype(int))


# -- scripts --------------------------------------------------------------------------------------------------------


def run_script(main: Callable[[Path], dict[str, Any]], doc: str | None) -> None:
    """Run the `main` of a script with the output directory of its command line, and print the numbers it gives."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="default: %(default)s")
    output = parser.parse_args().output
    for name, value in main(output).items():
        print(f"{name:<44}{value:g}" if np.isscalar(value) else f"{name:<44}{np.array2string(value, precision=3)}")


def save(figure: Any, path: Path) -> None:
    """Write a picture, and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
    print(f"picture: {path}")
