"""Kinds and times of the instructions of programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import stadls
from grenade.plot import Timeline
from grenade.plot.program import LANES
from stadls.disassembly import lines


def program() -> stadls.PlaybackProgram:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(5))
    for _ in range(2):
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        builder.write_spikes(np.array([100, 100, 100, 300]), np.arange(4))
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(1000))
        builder.read(halco.NeuronConfigOnDLS())
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    return builder.done()


def test_items_of_every_kind() -> None:
    timeline = Timeline.of(program())
    reads = len(haldls.NeuronConfig()._to_bytes()) // 4
    expected = {"spikes": 8, "writes": 1, "reads": 2 * reads, "JTAG": 0, "barriers, polling": 2, "system": 2}
    assert {lane: timeline.total(lane) for lane in expected} == expected
    assert sum((timeline.lanes == i).sum() for i in range(len(LANES))) == len(program().to_fpga)


def test_sections_follow_one_another() -> None:
    timeline = Timeline.of(program())
    first, second = timeline.resets
    # Before the first reset are the address and the data of a write.
    assert first == 2
    spikes = timeline.times[timeline.lanes == 0]
    assert spikes.min() == first + 101 and spikes.max() == second + 301
    half = len(spikes) // 2
    assert (spikes[half:] - spikes[:half] == second - first).all()
    reads = timeline.times[timeline.lanes == LANES.index("reads")]
    assert reads.min() == first + 1001 and timeline.duration - second == second - first
    assert (np.diff(timeline.times) >= 0).all()


def test_waits_have_a_begin_and_an_end() -> None:
    timeline = Timeline.of(program())
    first = timeline.resets[0]
    assert (timeline.waits[0] - first).tolist() == [0, 100]
    assert (timeline.waits[:, 1] > timeline.waits[:, 0]).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=40), st.lists(st.integers(0, 40), max_size=3))
def test_times_are_those_of_the_disassembly(waits: list[int], resets: list[int]) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    for index, wait in enumerate(waits):
        if index in resets:
            builder.write(halco.TimerOnDLS(), haldls.Timer())
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(wait))
        builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(index))
    words = builder.done().to_fpga
    timeline = Timeline.of(words)
    start = np.append(timeline.resets, 2**62)
    origin = start[np.searchsorted(start, timeline.times, side="right") - 1]
    shown = [int(line.split()[1]) for line in lines(words)]
    is_reset = timeline.lanes == LANES.index("system")
    # The instruction before a reset may end where the next section begins.
    assert [t for t, r in zip(shown, is_reset, strict=True) if not r] == [
        t for t, r in zip((timeline.times - origin).tolist(), is_reset, strict=True) if not r
    ]


@pytest.mark.parametrize("words", [np.zeros(0, np.uint64), program().to_fpga[:1]])
def test_small_programs(words: np.ndarray) -> None:
    assert Timeline.of(words).duration == len(words)


def test_timelines_print_what_they_hold() -> None:
    text = repr(Timeline.of(program()))
    assert text.startswith("Timeline(16.") and "8 spikes" in text and "2 barriers" in text and "JTAG" not in text
