"""Where the time of a program goes: counts of instructions, traces, sums over functions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from chipsim.ppu import FunctionTime, by_function
from chipsim.ppu.processor import PROFILE
from chipsim.ppu.profile import table
from tests.chipsim.ppu.ppu_experiment import TOP, PPUExperiment, program

LOOP = "li r3,ROUNDS; mtctr r3; bl 0x80; wait\n.org 0x80\nadd r5,r5,r5; bdnz 0x80; blr"
FUNCTIONS = {"start": 0x40, "work": 0x80}


def profile(source: str, **symbols: int) -> tuple[np.ndarray, PPUExperiment]:
    """Counts of a program on a chip."""
    e = PPUExperiment()
    e.chip.ppus[TOP].profile()
    e.run(TOP, source, **symbols)
    return e.chip.ppus[TOP].profiled(), e


def test_every_instruction_is_counted() -> None:
    counts, e = profile(LOOP, ROUNDS=700)
    awake = counts[counts["pc"] != 0x4C]
    assert dict(zip(awake["pc"].tolist(), awake["count"].tolist(), strict=True)) == {
        0: 1, 0x40: 1, 0x44: 1, 0x48: 1, 0x80: 700, 0x84: 700, 0x88: 1,
    }
    assert counts["stalls"].sum() == 0 and np.all(counts["cycles"] >= counts["count"])
    assert not e.chip.ppus[1 - TOP].profiled().size


def test_the_profile_agrees_with_the_trace() -> None:
    e = PPUExperiment()
    ppu = e.chip.ppus[TOP]
    ppu.profile()
    ppu.trace(10_000)
    e.run(TOP, """
        li r3,50; mtctr r3; li r4,DATA
    loop: fxvlax 1,r4,r4; fxvaddbm 1,1,1; stw r3,0(r4); sync 0; bdnz loop
        wait
    """)
    steps, counts = ppu.traced(), ppu.profiled()
    awake = counts[counts["pc"] != steps["pc"][-1]]
    assert dict(zip(awake["pc"].tolist(), awake["count"].tolist(), strict=True)) == Counter(steps["pc"][:-1].tolist())
    assert awake["cycles"].sum() == steps["tick"][-1] - steps["tick"][0]


def test_stalls_are_those_of_vector_instructions() -> None:
    counts, _ = profile("li r4,DATA; fxvlax 1,r4,r4; sync 0; li r4,0; fxvinx 1,r4,r4; sync 0; wait")
    (load,), (read,) = np.split(counts[counts["stalls"] > 0], 2)
    assert (load["pc"], read["pc"]) == (0x48, 0x54)
    # Cycles of a vector from memory and from the synapses, without those of the measurement.
    assert 35 <= load["stalls"] <= 50 and 8 <= read["stalls"] <= 20
    assert load["stalls"] <= load["cycles"] and read["stalls"] <= read["cycles"]


def test_a_multiple_access_is_one_instruction() -> None:
    counts, _ = profile("LOAD r4,SRAM_TOP; lmw r20,0x1000(r4); wait")
    (load,) = counts[counts["pc"] == 0x48]
    assert load["count"] == 1


def test_the_profile_can_be_switched_off_and_begun_anew() -> None:
    e = PPUExperiment()
    ppu = e.chip.ppus[TOP]
    ppu.profile()
    e.run(TOP, LOOP, ROUNDS=10)
    assert ppu.profiled()["count"].max() == 10
    ppu.profile()
    assert not ppu.profiled().size
    e.run(TOP, LOOP, ROUNDS=20)
    assert ppu.profiled()["count"].max() == 20
    ppu.profile(False)
    e.run(TOP, LOOP, ROUNDS=30)
    assert not ppu.profiled().size


def test_many_addresses() -> None:
    """More of them than a table of the usual size holds."""
    e = PPUExperiment()
    e.chip.ppus[TOP].profile()
    words = program("nop\n" * 3900 + "wait")
    words[16:16 + 3900] = program("addi r3,r3,1")[16]
    e.load(TOP, words)
    e.start(TOP)
    e.finish(TOP)
    counts = e.chip.ppus[TOP].profiled()
    assert np.array_equal(counts["pc"][1:3901], 0x40 + 4 * np.arange(3900)) and np.all(counts["count"] == 1)


def test_the_trace_keeps_the_last_instructions() -> None:
    e = PPUExperiment()
    ppu = e.chip.ppus[TOP]
    ppu.trace(5)
    e.run(TOP, LOOP, ROUNDS=100)
    assert ppu.traced()["pc"].tolist() == [0x84, 0x80, 0x84, 0x88, 0x4C]
    ppu.trace(0)
    assert not ppu.traced().size
    with pytest.raises(ValueError, match="-1 instructions"):
        ppu.trace(-1)


def counted(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(list(rows), dtype=PROFILE)


def test_sums_over_functions() -> None:
    counts = counted((0, 1, 2, 0), (0x40, 3, 30, 5), (0x7C, 1, 9, 0), (0x80, 100, 200, 150), (0x90000000, 1, 1, 0))
    times = by_function(counts, FUNCTIONS | {"far": 0x90000000})
    assert times == [
        FunctionTime("work", 100, 200, 150), FunctionTime("start", 4, 39, 5), FunctionTime("", 1, 2, 0),
        FunctionTime("far", 1, 1, 0),
    ]
    lines = table(times).splitlines()
    assert [line.split()[-1] for line in lines] == ["function", "work", "start", "?", "far"]
    assert lines[1].split() == ["100", "200", "82.6%", "150", "work"]


def test_a_profile_of_a_program_by_functions() -> None:
    counts, _ = profile(LOOP, ROUNDS=300)
    times = {time.name: time for time in by_function(counts, FUNCTIONS)}
    assert times["work"].instructions == 601 and times["work"].cycles > 20 * times["start"].cycles
    assert sum(time.cycles for time in times.values()) == counts["cycles"].sum()


def test_without_names_all_is_one() -> None:
    counts = counted((0, 1, 2, 0), (4, 1, 3, 1))
    assert by_function(counts, None) == [FunctionTime("", 2, 5, 1)]
    assert by_function(counted(), FUNCTIONS) == [] and len(table([]).splitlines()) == 1
