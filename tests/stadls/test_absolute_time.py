"""Commands at absolute times."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import stadls
from stadls import AbsoluteTimePlaybackProgramBuilder as Builder
from stadls import words as ut

T = haldls.Timer.Value
CELL = halco.CapMemCellOnDLS()


def plan(builder: stadls.PlaybackProgramBuilder) -> list[tuple[str, int]]:
    """Waits and written words of a program."""
    codes, payloads = ut.disassemble(builder.done().to_fpga)
    names = {ut.TO_FPGA_CODES[n]: k for n, k in
             (("timing::Setup", "reset"), ("timing::WaitUntil", "wait"), ("omnibus_to_fpga::Data", "write"))}
    return [(names[c], int(p)) for c, p in zip(codes.tolist(), payloads, strict=True) if c in names]


def test_commands_are_sorted_and_released_one_cycle_early() -> None:
    builder = Builder()
    builder.write(T(100), CELL, haldls.CapMemCell(2))
    builder.write(T(10), CELL, haldls.CapMemCell(1))
    assert plan(builder.done()) == [("reset", 0), ("wait", 9), ("write", 1), ("wait", 99), ("write", 2)]
    assert builder.empty()


def test_simultaneous_commands_keep_their_order() -> None:
    builder = Builder()
    for value in (1, 2, 3):
        builder.write(T(10), CELL, haldls.CapMemCell(value))
    builder.write(T(12), CELL, haldls.CapMemCell(4))
    # Three commands take one cycle each, so that the fourth is due at once.
    assert plan(builder.done()) == [("reset", 0), ("wait", 9), *(("write", v) for v in (1, 2, 3, 4))]


def test_late_commands_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    builder = Builder()
    for _ in range(1300):
        builder.write(T(10), CELL, haldls.CapMemCell())
    builder.done()
    assert "late by" in caplog.text


def test_containers_are_copied_when_given() -> None:
    builder, cell = Builder(), haldls.CapMemCell(1)
    builder.write(T(5), CELL, cell)
    cell.value = 9
    assert plan(builder.done())[-1] == ("write", 1)


def test_differential_write() -> None:
    builder = Builder()
    builder.write(T(5), CELL, haldls.CapMemCell(1), haldls.CapMemCell(1))
    assert plan(builder.done()) == [("reset", 0), ("wait", 4)]


def test_shift_and_scale() -> None:
    builder = Builder()
    builder.write(T(10), CELL, haldls.CapMemCell(1))
    assert plan((builder + T(5)).done())[1] == ("wait", 14)
    assert plan((builder * 2.46).done())[1] == ("wait", 24)
    builder += T(1)
    builder *= 2
    assert plan(builder.done())[1] == ("wait", 21)
    with pytest.raises((OverflowError, TypeError)):
        late = Builder()
        late.write(T(2**32 - 1), CELL, haldls.CapMemCell())
        late += T(1)


def test_merge_and_copy() -> None:
    first, second = Builder(), Builder()
    second.write(T(3), CELL, haldls.CapMemCell(1))
    first.copy(second)
    assert not second.empty()
    first.merge(second)
    assert second.empty() and second.is_write_only()
    assert [kind for kind, _ in plan(first.done())].count("write") == 2
    second.read(T(1), CELL)
    for command in (lambda: first.copy(second), lambda: second + T(1), lambda: second * 2.0):
        with pytest.raises(RuntimeError, match="with reads cannot be copied"):
            command()
    with pytest.raises(RuntimeError, match="itself"):
        first.merge(first)


def test_reads_give_tickets() -> None:
    builder = Builder()
    ticket = builder.read(T(5), CELL)
    assert not ticket.valid() and ticket.get_coordinate() == CELL and not builder.is_write_only()
    with pytest.raises(RuntimeError, match="not part of a program"):
        ticket.get()
    program = builder.done().done()
    stadls.run(stadls.ZeroMockConnection(), program)
    assert ticket.valid() and ticket.get() == haldls.CapMemCell() and int(ticket.fpga_time) == 1
    assert builder.is_write_only()


def test_refused() -> None:
    builder = Builder()
    with pytest.raises(RuntimeError, match="timer"):
        builder.write(T(1), halco.TimerOnDLS(), haldls.Timer())
    with pytest.raises(RuntimeError, match="no container"):
        builder.read(T(1), halco.HemisphereOnDLS())
    with pytest.raises(TypeError):
        builder.write(1.5, CELL, haldls.CapMemCell())
    assert builder.empty()


@settings(max_examples=50, deadline=None)
@given(times=st.lists(st.integers(1, 10**6), max_size=30))
def test_nothing_is_released_before_its_time(times: list[int]) -> None:
    builder = Builder()
    for i, time in enumerate(times):
        builder.write(T(time), CELL, haldls.CapMemCell(i))
    now, seen = 0, []
    for kind, value in plan(builder.done()):
        if kind == "wait":
            now = max(now, value)
        elif kind == "write":
            assert now >= times[value] - 1
            seen.append(value)
            now += 1
    assert seen == sorted(range(len(times)), key=lambda i: times[i])


def test_builders_by_time() -> None:
    builder = Builder()
    for i, time in enumerate((7, 3, 7)):
        builder.write(T(time), CELL, haldls.CapMemCell(i))
    groups = builder.timed_builders()
    assert [time for time, _ in groups] == [3, 7]
    assert [[value for _, value in plan(group)] for _, group in groups] == [[1], [0, 2]]
    assert not builder.empty(), "the commands are copied"
    builder.read(T(9), CELL)
    with pytest.raises(RuntimeError, match="with reads"):
        builder.timed_builders()
