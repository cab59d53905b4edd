"""Benchmarks of the plasticity processors."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import halco
import haldls
import stadls
from benchmarks.chip import _configure, _input, _network, _simulate, _wait
from benchmarks.runner import Goal, Measurement, Peer, benchmark
from chipsim import Chip, SimConnection
from chipsim.ppu import Processor, State
from chipsim.ppu.assembler import assemble
from grenade.ppu import prebuild
from stadls.ppu import load_and_start_program

_RATE = "M/s"
_PERIODIC_READ = 5  # command of the standard program

# A checksum over a table: what compilers make of `for (...) { sum = rotate(sum ^ table[i], 5) + i; table[i] = sum; }`.
_SCALAR = """
        lwzu 6, 4(4)
        xor 5, 5, 6
        rotlwi 5, 5, 5
        add 5, 5, 7
        addi 7, 7, 1
        stw 5, 0(4)
        cmpw 7, 8
        bne skip
        li 7, 0
        addi 4, 4, -1024
skip:   andi. 9, 5, 1
"""

_VECTOR = """
        fxvlax 1, 0, 4
        fxvsubbfs 2, 1, 3
        fxvmulbfs 3, 2, 1
        fxvmtacbf 3
        fxvmatacbfs 2, 1
        fxvaddacbfs 4, 3
        fxvcmpb 4
        fxvsel 5, 4, 2, 1
        fxvshb 5, 5, -1
        fxvaddbm 5, 5, 1
"""


def _speed(body: str, rounds: int) -> Callable[[], Measurement]:
    """Millions of instructions per second of a loop."""

    def prepare() -> Measurement:
        words = assemble(f"""
            lis 3, {rounds >> 16}
            ori 3, 3, {rounds & 0xFFFF}
            mtctr 3
            li 4, 0x1000
            li 8, 256
    loop: {body}
            bdnz loop
            wait
        """)
        state = State()
        state.memory[: 4 * len(words)] = words.astype(">u4").view(np.uint8)
        counted = Processor.alone(state)
        counted.profile()
        counted.run(100_000)
        profile = counted.profiled()
        per_round = profile["count"].sum() / profile["count"][profile["pc"] == 20][0]  # the first of the loop

        def once() -> float:
            processor = Processor.alone(state)
            begin = time.perf_counter()
            processor.run()
            return 1e-6 * rounds * per_round / (time.perf_counter() - begin)

        return once

    return prepare


benchmark("ppu-scalar", "Scalar instructions of a compiled loop", _RATE, Goal(150, "at least"),
          Peer(360, "Unicorn, which translates to machine code"))(_speed(_SCALAR, 2_000_000))
benchmark("ppu-vector", "Vector instructions", _RATE, Goal(20, "at least"))(_speed(_VECTOR, 200_000))


@benchmark(
    "recording-overhead", "Run time with periodic CADC recording by the PPUs / without PPUs (100 Hz)", "×", Goal(1.1)
)
def recording_overhead() -> Measurement:
    chip, config = _network()
    _configure(chip, config)
    words = _input(100)
    plain = _simulate(chip, words)
    chip = chip.clone()
    start_recording(chip)
    recorded = _simulate(chip, words)
    return lambda: plain() / recorded()


def start_recording(chip: Chip) -> None:
    """Let both PPUs record all neurons into DRAM."""
    program, connection = prebuild.load("dram"), SimConnection(chip)
    symbols = program.file.read_symbols()
    for ppu in halco.iter_all(halco.PPUOnDLS):
        load_and_start_program(connection, program.file, ppu)
    _wait(chip, 100)  # they are idle then
    builder = stadls.PlaybackProgramBuilder()
    for name, values in (("ppu", (0, 1)), ("status", (_PERIODIC_READ, _PERIODIC_READ))):
        for ppu, value in zip(halco.iter_all(halco.PPUOnDLS), values, strict=True):
            word = halco.PPUMemoryWordOnDLS(symbols[name].coordinate.toMin(), ppu)
            builder.write(word, haldls.PPUMemoryWord(value))
    stadls.run(connection, builder.done())
    _wait(chip, 20)
