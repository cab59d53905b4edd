"""Time of the simulated board: timer, waits, barriers, system time, order of responses."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import stadls
from chipsim import timing
from stadls import words as ut
from tests.chipsim.experiment import ctrl_c_after

TIMER, BARRIER = halco.TimerOnDLS(), halco.BarrierOnFPGA()


@pytest.fixture
def connection() -> chipsim.SimConnection:
    connection = chipsim.SimConnection()
    builder, _ = stadls.SystemInit().generate()
    stadls.run(connection, builder.done())
    return connection


def test_timer_and_waits(connection: chipsim.SimConnection) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(TIMER, haldls.Timer())
    tickets = [builder.read(TIMER)]
    for until in (1000, 5000, 3000):
        builder.block_until(TIMER, haldls.Timer.Value(until))
        tickets.append(builder.read(TIMER))
    builder.block_until(BARRIER, haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
    values = [int(ticket.get().get()) for ticket in tickets]
    # A wait that has passed does not wait: the instruction takes one cycle.
    assert values[0] == 0 and values[1:] == [1001, 5001, 5003]
    times = [int(ticket.fpga_time) for ticket in tickets]
    assert np.diff(times).tolist() == np.diff(values).tolist()


def test_barriers_wait_for_the_accesses_before_them(connection: chipsim.SimConnection) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(TIMER, haldls.Timer())
    chip = builder.read(halco.CapMemCellOnDLS())
    without = builder.read(TIMER)
    builder.block_until(BARRIER, haldls.Barrier.omnibus)
    with_barrier = builder.read(TIMER)
    builder.block_until(BARRIER, haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
    assert int(without.get().get()) == 1
    assert int(with_barrier.get().get()) >= 2 * timing.LINK_LATENCY
    assert int(chip.fpga_time) < int(with_barrier.fpga_time)


def test_without_a_barrier_reads_are_lost(connection: chipsim.SimConnection) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.read(halco.CapMemCellOnDLS())
    with pytest.raises(stadls.ExecutionError, match="0 of 1 Omnibus answers"):
        stadls.run(connection, builder.done())


def test_before_the_synchronisation_times_count_messages() -> None:
    builder = stadls.PlaybackProgramBuilder()
    tickets = [builder.read(TIMER) for _ in range(3)]
    builder.block_until(TIMER, haldls.Timer.Value(1000))
    tickets.append(builder.read(TIMER))
    builder.block_until(BARRIER, haldls.Barrier.omnibus)
    stadls.run(chipsim.SimConnection(), builder.done())
    assert [int(ticket.fpga_time) for ticket in tickets] == [1, 2, 3, 4]


def test_systime_starts_at_its_base(connection: chipsim.SimConnection) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.SystimeSyncBaseOnDLS(), haldls.SystimeSyncBase(10**12))
    builder.block_until(BARRIER, haldls.Barrier.omnibus)
    builder.write(halco.SystimeSyncOnFPGA(), haldls.SystimeSync())
    builder.block_until(BARRIER, haldls.Barrier.systime)
    ticket = builder.read(halco.NullPayloadReadableOnFPGA())
    builder.block_until(TIMER, haldls.Timer.Value(2**20))
    stadls.run(connection, builder.done())
    assert 0 < int(ticket.fpga_time) - 10**12 < 1000


@settings(max_examples=60, deadline=None)
@given(gaps=st.lists(st.integers(0, 600), min_size=1, max_size=40))
def test_annotated_times_are_those_of_the_instructions(gaps: list[int]) -> None:
    connection = chipsim.SimConnection()
    setup = stadls.PlaybackProgramBuilder()
    setup.write(halco.SystimeSyncOnFPGA(), haldls.SystimeSync())
    stadls.run(connection, setup.done())
    builder, now = stadls.PlaybackProgramBuilder(), 0
    builder.write(TIMER, haldls.Timer())
    expected, tickets = [], []
    for gap in gaps:
        if gap:
            builder.block_until(TIMER, haldls.Timer.Value(now + gap))
            now += gap + 1
        tickets.append(builder.read(halco.NullPayloadReadableOnFPGA()))
        expected.append(now)
        now += 1
    builder.block_until(TIMER, haldls.Timer.Value(now + 10))
    stadls.run(connection, builder.done())
    times = np.array([int(ticket.fpga_time) for ticket in tickets])
    assert (times - times[0]).tolist() == (np.array(expected) - expected[0]).tolist()


def test_state_and_time_go_on_between_programs(connection: chipsim.SimConnection) -> None:
    times = []
    for _ in range(2):
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(halco.NullPayloadReadableOnFPGA())
        builder.block_until(BARRIER, haldls.Barrier.omnibus)
        stadls.run(connection, builder.done())
        times.append(int(ticket.fpga_time))
    assert times[1] > times[0] > 0


def test_same_program_same_bytes() -> None:
    streams = []
    for _ in range(2):
        connection = chipsim.SimConnection()
        builder, _ = stadls.SystemInit().generate()
        source = haldls.BackgroundSpikeSource()
        source.enable, source.enable_random, source.rate, source.period, source.seed = True, True, 99, 50, 1234
        builder.write(halco.BackgroundSpikeSourceOnDLS(2), source)
        builder.block_until(TIMER, haldls.Timer.Value(10**6))
        program = builder.done()
        stadls.run(connection, program)
        streams.append(program.from_fpga.tobytes())
    assert streams[0] == streams[1] and len(streams[0]) > 1000


def test_random_instructions_never_crash() -> None:
    rng = np.random.default_rng(7)
    addresses = np.array(
        [0x140000, 0x130000, 0x130001, 0x130019, 0x2C00000, 0x2CF0000, 0x122000, 0x88000005, 0x88007801, 0x88007002,
         0x80000000, 0x110000, 0, 0x2A00001, 0x3C90000], dtype=np.uint64,
    )
    for i in range(6000):
        if i % 300 == 0:
            board = chipsim.Board()
        words = random_program(rng, addresses, 60)
        # Links up, so that the chip answers; a short time-out.
        setup = ut.omnibus_write([0x88004000, 0x88000009], [0xFF, 100])
        program = stadls.PlaybackProgram()
        program.from_fpga = board.execute(np.concatenate([setup, words]))


def random_program(rng: np.random.Generator, addresses: np.ndarray, size: int) -> np.ndarray:
    """Instructions of any kind, half of them near registers that do something."""
    codes = rng.integers(0, 20, size).astype(np.uint64)
    payloads = rng.integers(0, 2**56, size, dtype=np.uint64)
    spread = addresses[rng.integers(0, len(addresses), size)] + rng.integers(0, 200, size, dtype=np.uint64)
    payloads = np.where(rng.random(size) < 0.5, spread | payloads & np.uint64(0x1F00000000), payloads)
    # Waits of up to half a millisecond.
    payloads = np.where(codes == 5, payloads & np.uint64(0xFFFF), payloads)
    return codes << np.uint64(56) | payloads


def test_a_long_program_can_be_interrupted() -> None:
    connection = chipsim.SimConnection()
    builder, _ = stadls.SystemInit().generate()
    for i in range(8):
        source = haldls.BackgroundSpikeSource()
        source.enable = True
        builder.write(halco.BackgroundSpikeSourceOnDLS(i), source)
    builder.write(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
    builder.block_until(TIMER, haldls.Timer.Value(2**32 - 1))

    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt), ctrl_c_after(0.3):
        stadls.run(connection, builder.done())
    assert time.perf_counter() - begin < 5
