"""Pictures of chip configurations and playback programs, for the examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import halco
import lola
from stadls import words as instruction

US_PER_CYCLE = 8e-3


class Block(NamedTuple):
    """Part of the system, and where its registers are: first and last Omnibus address of every range."""

    name: str
    colour: str
    ranges: tuple[tuple[int, int], ...]


# From the host towards the chip, and across the chip along the way of an event.
BLOCKS = (
    Block("FPGA, board", "#4d4d4d", ((0x84000000, 0xFFFFFFFF),)),
    Block("external memory", "#969696", ((0x80000000, 0x83FFFFFF),)),
    Block("links, clocks, references", "#525252", ((0x0, 0xFFFF), (0xC0000, 0xC0FFF))),
    Block("crossbar", "#1f77b4", ((0x130000, 0x130FFF),)),
    Block("synapse drivers", "#17becf", ((0x100000, 0x118FFF),)),
    Block("synapses", "#2ca02c", (
        (0x2000000, 0x20FFFFF), (0x2C00000, 0x2C03FFF), (0x2C10000, 0x2C13FFF), (0x2C40000, 0x2C43FFF),
        (0x2CF0000, 0x2CF7FFF), (0x3000000, 0x30FFFFF), (0x3C00000, 0x3C03FFF), (0x3C10000, 0x3C13FFF),
        (0x3C40000, 0x3C43FFF), (0x3CF0000, 0x3CF7FFF),
    )),
    Block("column switches, CADC", "#bcbd22", (
        (0x2200000, 0x24FFFFF), (0x2C04000, 0x2C0FFFF), (0x2C14000, 0x2C3FFFF), (0x2C44000, 0x2CEFFFF),
        (0x2CF8000, 0x2FFFFFF), (0x3200000, 0x34FFFFF), (0x3C04000, 0x3C0FFFF), (0x3C14000, 0x3C3FFFF),
        (0x3C44000, 0x3CEFFFF), (0x3CF8000, 0x3FFFFFF),
    )),
    Block("neurons", "#d62728", ((0x122000, 0x12FFFF), (0x160000, 0x17FFFF), (0x1A0000, 0x1AFFFF))),
    Block("CapMem", "#ff7f0e", ((0x140000, 0x15FFFF),)),
    Block("PPU memory", "#9467bd", ((0x2800000, 0x2AFFFFF), (0x3800000, 0x3AFFFFF))),
)  # fmt: skip


def block_of(addresses: np.ndarray) -> np.ndarray:
    """Index into `BLOCKS` of every Omnibus address; -1 for addresses in none of them."""
    result = np.full(len(addresses), -1)
    for index, block in enumerate(BLOCKS):
        for first, last in block.ranges:
            result[(addresses >= first) & (addresses <= last)] = index
    return result


def register_accesses(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Instruction index and Omnibus address of every access in a program."""
    codes, payloads = instruction.disassemble(words)
    index = np.flatnonzero(codes == instruction.TO_FPGA_CODES["omnibus_to_fpga::Address"])
    return index, (payloads[index] & np.uint64(0xFFFFFFFF)).astype(np.int64)


def sent_spikes(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Instruction index of every spike in a program, and its 16-bit label."""
    codes, payloads = instruction.disassemble(words)
    first = instruction.TO_FPGA_CODES["event_to_fpga::SpikePack<1>"]
    parts = []
    for size in (1, 2, 3):
        index = np.flatnonzero(codes == first + size - 1)
        parts += [(index, payloads[index] >> np.uint64(16 * place) & np.uint64(0xFFFF)) for place in range(size)]
    indices, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return indices, labels.astype(np.int64)


def draw_program(chip: lola.Chip, program: Any, phases: Any, train: Any, path: Path) -> None:
    """Synapses of a chip, registers that a program accesses, and the spikes that it sends, as a PNG file."""
    with plt.rc_context({"font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = plt.figure(figsize=(12, 13), dpi=110, layout="constrained")
        top, middle, bottom = figure.subfigures(3, 1, height_ratios=[3.6, 5.4, 3.6], hspace=0.04)
        _draw_synapses(top, chip)
        _draw_accesses(middle, program.to_fpga, phases)
        _draw_spikes(bottom, train)
        figure.savefig(path)
        plt.close(figure)


def _draw_synapses(figure: Any, chip: lola.Chip) -> None:
    figure.suptitle("(a) synapses as configured", x=0.01, ha="left", fontweight="bold")
    matrices = {name: chip.synapse_blocks[getattr(halco.SynapseBlockOnDLS, name)].matrix for name in ("top", "bottom")}
    images = [
        ("weights, top hemisphere", matrices["top"].weights.to_numpy(), "weight / LSB", "viridis", 63),
        ("weights, bottom hemisphere", matrices["bottom"].weights.to_numpy(), "weight / LSB", "viridis", 63),
        ("labels, both hemispheres", matrices["top"].labels.to_numpy(), "label", plt.get_cmap("Set2", 8), 7),
    ]
    for axes, (title, values, label, colours, highest) in zip(figure.subplots(1, 3), images, strict=True):
        edges = (-0.5, highest + 0.5) if highest < 63 else (0, highest)
        image = axes.imshow(values, cmap=colours, vmin=edges[0], vmax=edges[1], origin="lower", interpolation="nearest")
        axes.set(title=title, xlabel="synapse column (= neuron column)", ylabel="synapse row")
        axes.set_xticks(range(0, 257, 64))
        axes.set_yticks(range(0, 257, 64))
        bar = figure.colorbar(image, ax=axes, label=label, fraction=0.046, pad=0.03)
        if highest < 63:
            bar.set_ticks(range(highest + 1))


def _draw_accesses(figure: Any, words: np.ndarray, phases: Any) -> None:
    figure.suptitle("(b) what the program reaches: registers and event inputs", x=0.01, ha="left", fontweight="bold")
    index, addresses = register_accesses(words)
    blocks = block_of(addresses)
    bands = [(block.name, block.colour, index[blocks == i], addresses[blocks == i]) for i, block in enumerate(BLOCKS)]
    bands.append(("event inputs", "#e377c2", *sent_spikes(words)))
    panels = figure.subplots(1, len(phases), sharey=True, gridspec_kw={"width_ratios": [2, 4, 3, 3]})
    for axes, phase in zip(panels, phases, strict=True):
        for number, (_, colour, at, places) in enumerate(bands):
            inside = (at >= phase.start) & (at < phase.stop)
            # Height in the band: rank of the address, or label, among those that the program uses in the block.
            known = np.unique(places)
            height = np.searchsorted(known, places[inside]) / max(len(known) - 1, 1)
            size = 9 if inside.sum() < 500 else 1.5
            axes.scatter(at[inside], number + 0.12 + 0.76 * height, s=size, color=colour, linewidths=0, rasterized=True)
        margin = 0.02 * (phase.stop - phase.start)
        axes.set_xlim(phase.start - margin, phase.stop + margin)
        axes.set_title(f"{phase.name}\n{phase.stop - phase.start:,} instructions")
        axes.xaxis.set_major_locator(plt.MaxNLocator(3, integer=True))
        axes.xaxis.set_major_formatter(_index_text)
        for number in range(0, len(bands), 2):
            axes.axhspan(number, number + 1, color="0.955", zorder=0, linewidth=0)
        axes.set_ylim(len(bands), 0)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(np.arange(len(bands)) + 0.5, [name for name, *_ in bands])
    for tick, (_, colour, *_) in zip(panels[0].get_yticklabels(), bands, strict=True):
        tick.set_color(colour)
    figure.supxlabel("instruction index (each panel has its own scale)", fontsize=9)
    panels[0].set_ylabel("block of the system, in each by address (spikes: by label)")


def _index_text(value: float, position: int | None = None) -> str:
    return f"{value / 1000:g} k" if value >= 10_000 else f"{value:g}"


def _draw_spikes(figure: Any, train: Any) -> None:
    figure.suptitle("(c) input spikes", x=0.01, ha="left", fontweight="bold")
    axes = figure.subplots()
    dots = axes.scatter(
        train.cycles * US_PER_CYCLE, train.channels, c=train.labels, cmap=plt.get_cmap("Set2", 8), vmin=-0.5, vmax=7.5,
        s=4, linewidths=0,
    )
    axes.set(xlabel="time after the timer reset / µs", ylabel="input channel\n(synapse driver in each hemisphere)")
    axes.set_xlim(0, train.cycles.max() * US_PER_CYCLE)
    axes.set_ylim(-1, 128)
    axes.set_yticks([0, 32, 64, 96, 127])
    figure.colorbar(dots, ax=axes, label="synapse label", ticks=range(8), pad=0.01)
