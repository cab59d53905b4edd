"""Loops that wait are skipped, and nobody can tell: the same program is executed instruction by instruction beside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.ppu import Processor
from chipsim.ppu.assembler import assemble
from chipsim.ppu.state import State

DATA = 0x400
"""Where the loops look at memory."""

PLACES = [f"l{i}" for i in range(8)]

REGISTERS = st.integers(0, 4)
LOADS = st.builds(
    "{} r{},{}(r{})".format, st.sampled_from(["lwz", "lhz", "lbz"]), REGISTERS, st.sampled_from([0, 4, 8]),
    st.sampled_from([10, 11]),
)
COMPARISONS = st.one_of(
    st.builds("{} cr{},r{},{}".format, st.sampled_from(["cmpwi", "cmplwi"]), st.integers(0, 7), REGISTERS,
              st.integers(0, 3)),
    st.builds("{} cr{},r{},r{}".format, st.sampled_from(["cmpw", "cmplw"]), st.integers(0, 7), REGISTERS, REGISTERS),
)
BRANCHES = st.builds(
    "{} cr{},{}".format, st.sampled_from(["beq", "bne", "blt", "bgt", "ble", "bge"]), st.integers(0, 7),
    st.sampled_from(PLACES),
)
OTHERS = st.sampled_from(["nop", "addi r4,r4,1", "stw r4,8(r10)", "b l0", "b l7", "bl l3", "ori r3,r2,1"])
BLOCKS = st.lists(st.lists(st.one_of(LOADS, COMPARISONS, BRANCHES, OTHERS), max_size=4), min_size=8, max_size=8)


def state_of(source: str, values: list[int]) -> State:
    state = State()
    words = np.asarray(assemble(source), dtype=">u4")
    state.memory[: 4 * len(words)] = words.view(np.uint8)
    state.memory[DATA : DATA + 4 * len(values)] = np.asarray(values, ">u4").view(np.uint8)
    return state


def same(one: Processor, other: Processor) -> None:
    assert (one.pc, one.cycles) == (other.pc, other.cycles)
    a, b = one.state(), other.state()
    for name in ("gpr", "memory"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.cr, a.lr, a.time) == (b.cr, b.lr, b.time)


def compare(source: str, values: list[int], chunks: list[tuple[int, int]]) -> None:
    """Run for some cycles at a time, and write a word of memory in between."""
    fast, slow = (Processor.alone(state_of(source, values)) for _ in range(2))
    slow.trace(10)
    for cycles, value in chunks:
        for processor in (fast, slow):
            processor.run(cycles)
        same(fast, slow)
        for processor in (fast, slow):
            state = processor.state()
            state.memory[DATA + 3] = value
            processor.load(state)


@settings(max_examples=400, deadline=None)
@given(
    blocks=BLOCKS, values=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    chunks=st.lists(st.tuples(st.integers(1, 700), st.integers(0, 3)), min_size=1, max_size=6),
)
def test_any_loop(blocks: list[list[str]], values: list[int], chunks: list[tuple[int, int]]) -> None:
    lines = [f"{place}: nop; {'; '.join(block)}" for place, block in zip(PLACES, blocks, strict=True)]
    compare(f"li r10,{DATA}; li r11,{DATA + 4}\n" + "\n".join(lines) + "\nb l0", values, chunks)


WAITING = """
    li r10,0x400
again:
    lwz r3,0(r10)
    cmpwi r3,3
    ble low
    cmplwi r3,5
    bne again
    addi r5,r5,1
    b again
low:
    cmplwi r3,0
    beq work
    cmplwi r3,2
    bne again
work:
    addi r4,r4,1
    li r6,1
    stw r6,0(r10)
    b again
"""


@pytest.mark.parametrize("cycles", [1, 7, 63, 255, 256, 1000, 4321])
def test_a_loop_that_waits_for_commands(cycles: int) -> None:
    compare(WAITING, [1, 0, 0, 0], [(cycles, value) for value in (1, 2, 1, 5, 0, 7, 2, 3, 0, 1)])


def test_waiting_is_cheap() -> None:
    """A second of waiting would be more than 10^7 iterations; the test ends."""
    processor = Processor.alone(state_of(WAITING, [1, 0, 0, 0]))
    processor.run(250_000_000)
    assert processor.cycles >= 250_000_000 and processor.state().gpr[4] == 0
