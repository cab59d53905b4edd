"""Benchmarks of coordinates, containers, logical objects and playback programs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

import halco
import haldls
import lola
from benchmarks.runner import Goal, Measurement, benchmark
from stadls import PlaybackProgram, PlaybackProgramBuilder
from stadls._wire import encode_messages
from stadls.words import FROM_FPGA_CODES

SPIKES = 1_000_000
WRITES = 100_000
SYNAPSES = 131_072


def _random_weights(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 64, size=(2, 256, 256))


def _set_weights(chip: lola.Chip, weights: np.ndarray) -> None:
    for block, values in zip(chip.synapse_blocks, weights, strict=True):
        block.matrix.weights.from_numpy(values)


@benchmark("chip-encode", "Encode a default `lola.Chip` to words and (kept) addresses", "ms", Goal(5))
def chip_encode() -> Measurement:
    chip = lola.Chip()
    return lambda: haldls.encode(chip, halco.ChipOnDLS())


@benchmark("chip-write", "Append a `lola.Chip` to a program, as instruction words", "ms")
def chip_write() -> Measurement:
    chip = lola.Chip()

    def once() -> None:
        PlaybackProgramBuilder().write(halco.ChipOnDLS(), chip)

    return once


@benchmark("chip-diff", "Differential write of a `lola.Chip` after changing all 131,072 weights", "ms", Goal(5))
def chip_diff() -> Measurement:
    old = lola.Chip()
    new = old.copy()
    _set_weights(new, np.full((2, 256, 256), 63))

    def once() -> PlaybackProgramBuilder:
        builder = PlaybackProgramBuilder()
        builder.write(halco.ChipOnDLS(), new, old)
        return builder

    if once().size_to_fpga() != 2 * SYNAPSES // 4:  # address and data for every quad
        raise RuntimeError(f"the difference has {once().size_to_fpga()} instructions, expected those of all weights")
    return once


@benchmark("chip-weights", "Set all 131,072 weights of a `lola.Chip` from numpy", "ms")
def chip_weights() -> Measurement:
    chip = lola.Chip()
    weights = _random_weights(1)
    return lambda: _set_weights(chip, weights)


@benchmark("chip-copy", "Copy a `lola.Chip`", "ms", Goal(1))
def chip_copy() -> Measurement:
    chip = lola.Chip()
    _set_weights(chip, _random_weights(2))
    return chip.copy


@benchmark("program-spikes", "Build a program with 10⁶ input spikes at random times", "s", Goal(0.3))
def program_spikes() -> Measurement:
    random = np.random.default_rng(3)
    times = random.integers(0, 100 * SPIKES, size=SPIKES)
    labels = random.integers(0, 1 << 16, size=SPIKES)

    def once() -> None:
        builder = PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        builder.write_spikes(times, labels)
        builder.done()

    return once


@benchmark("decode-spikes", "Decode a response stream with 10⁶ spikes to a numpy array", "s", Goal(0.1))
def decode_spikes() -> Measurement:
    responses = _spike_responses(SPIKES)
    program = PlaybackProgram()

    def once() -> None:
        program.from_fpga = responses
        program.spikes.to_numpy()

    once()
    if len(program.spikes) != SPIKES:
        raise RuntimeError(f"decoded {len(program.spikes)} spikes, sent {SPIKES}")
    return once


def _spike_responses(count: int) -> np.ndarray:
    """Response words, uint64: packs of one to three spikes, each after the time that has passed since the last one."""
    random = np.random.default_rng(4)
    sizes = np.zeros(0, dtype=np.int64)
    while sizes.sum() < count:
        sizes = np.concatenate([sizes, random.integers(1, 4, size=count // 2)])
    packs = int(np.searchsorted(np.cumsum(sizes), count)) + 1
    sizes = sizes[:packs]
    sizes[-1] -= sizes.sum() - count
    # The label is the lower part of a spike, the time stamp the upper one: 24 random bits are a spike.
    spikes = random.integers(0, 1 << 24, size=(3, packs), dtype=np.uint64)
    low = spikes[0].copy()
    low[sizes > 1] |= spikes[1][sizes > 1] << np.uint64(24)
    low[sizes > 2] |= spikes[2][sizes > 2] << np.uint64(48)
    codes = np.empty(2 * packs, dtype=np.uint8)
    payloads_low = np.zeros(2 * packs, dtype=np.uint64)
    payloads_high = np.zeros(2 * packs, dtype=np.uint64)
    codes[0::2] = FROM_FPGA_CODES["timing_from_fpga::Sysdelta"]
    payloads_low[0::2] = random.integers(1, 64, size=packs)
    codes[1::2] = FROM_FPGA_CODES["event_from_fpga::SpikePack<1>"] + sizes - 1
    payloads_low[1::2] = low
    payloads_high[1::2][sizes > 2] = spikes[2][sizes > 2] >> np.uint64(16)
    return encode_messages(codes, payloads_low, payloads_high)


@benchmark("container-writes", "Write 10⁵ containers of six types, one call each", "s", Goal(1))
def container_writes() -> Measurement:
    kinds = (
        haldls.CapMemCell, haldls.NeuronConfig, haldls.NeuronBackendConfig, haldls.SynapseDriverConfig,
        haldls.SynapseQuad, haldls.CrossbarNode,
    )
    pairs = []
    for kind in kinds:
        coordinates = list(halco.iter_all(kind.coordinate_type))
        pairs.append([(coordinates[i % len(coordinates)], kind()) for i in range(-(-WRITES // len(kinds)))])
    writes = [pair for group in zip(*pairs, strict=True) for pair in group][:WRITES]

    def once() -> None:
        builder = PlaybackProgramBuilder()
        for coordinate, container in writes:
            builder.write(coordinate, container)
        builder.done()

    return once


@benchmark("import", "`import haldls, lola, stadls` in a fresh interpreter", "s", Goal(0.5))
def import_time() -> Measurement:
    code = "import time; t = time.perf_counter(); import haldls, lola, stadls; print(time.perf_counter() - t)"

    def once() -> float:
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return float(child.stdout)

    return once


@benchmark("iter-synapses", "Iterate over all 131,072 synapse coordinates", "s", Goal(0.3))
def iter_synapses() -> Measurement:
    def once() -> None:
        count = sum(1 for _ in halco.iter_all(halco.SynapseOnDLS))
        if count != SYNAPSES:
            raise RuntimeError(f"{count} synapses, expected {SYNAPSES}")

    return once
