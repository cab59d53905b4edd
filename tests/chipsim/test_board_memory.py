"""External memories of the board."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.board import Board
from stadls import words as ut

SIZE = 1 << 26
"""Words of the DRAM, 256 MiB."""
BASE = 0x84000000


def execute(board: Board, accesses: list[tuple[int, int, int]]) -> None:
    """Write words: place, word, byte enables."""
    parts = [ut.omnibus_write([BASE + place], [word], [enables]) for place, word, enables in accesses]
    board.execute(np.concatenate([*parts, ut.loopback(False)]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(
    st.one_of(st.sampled_from([0, 1, 4095, 4096, SIZE - 1]), st.integers(0, SIZE - 1)),
    st.integers(0, 2**32 - 1), st.integers(0, 15),
), min_size=1, max_size=30))
def test_dram_is_a_memory_of_bytes(accesses: list[tuple[int, int, int]]) -> None:
    board, model = Board(), {}
    execute(board, accesses)
    for place, word, enables in accesses:
        for k in range(4):
            if enables >> k & 1:
                model[place, k] = word >> 8 * k & 0xFF
    for place, _, _ in accesses:
        for near in {place, max(place - 1, 0), min(place + 1, SIZE - 1)}:
            assert board.peek(BASE + near) == sum(model.get((near, k), 0) << 8 * k for k in range(4))


def test_dram_through_containers() -> None:
    connection = chipsim.SimConnection()
    builder, _ = stadls.SystemInit().generate()
    block = lola.ExternalPPUDRAMMemoryBlock(8)
    Byte = haldls.ExternalPPUDRAMMemoryByte
    block.bytes = [Byte(Byte.Value(i)) for i in range(11, 19)]
    last = halco.ExternalPPUDRAMMemoryByteOnFPGA.size - 1
    for begin in (43, last - 7):
        place = halco.ExternalPPUDRAMMemoryBlockOnFPGA(
            halco.ExternalPPUDRAMMemoryByteOnFPGA(begin), halco.ExternalPPUDRAMMemoryByteOnFPGA(begin + 7))
        builder.write(place, block)
        ticket = builder.read(place)
        quad = builder.read(halco.ExternalPPUDRAMMemoryQuadOnFPGA(begin // 4))
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(connection, builder.done())
        assert ticket.get() == block
        assert [int(v) for v in quad.get().quad] == ([0, 0, 0, 11] if begin == 43 else [11, 12, 13, 14])


def test_clones_have_memories_of_their_own() -> None:
    board = Board()
    execute(board, [(5, 1, 15), (SIZE - 1, 2, 15)])
    other = board.clone()
    execute(other, [(5, 3, 15)])
    execute(board, [(6, 4, 15)])
    assert [board.peek(BASE + i) for i in (5, 6, SIZE - 1)] == [1, 4, 2]
    assert [other.peek(BASE + i) for i in (5, 6, SIZE - 1)] == [3, 0, 2]


@pytest.mark.parametrize("address", [0x80000000, BASE])
def test_reset_of_the_chip_keeps_external_memories(address: int) -> None:
    board = Board()
    board.execute(np.concatenate([ut.omnibus_write([address + 9], [77]), ut.reset(True), ut.reset(False),
                                  ut.loopback(False)]))
    assert board.peek(address + 9) == 77


@pytest.mark.parametrize("address", [0x80008000, BASE - 1, BASE + SIZE])
def test_there_is_nothing_beyond_the_memories(address: int) -> None:
    assert Board().peek(address) is None
