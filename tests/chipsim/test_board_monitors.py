"""Self test of the clocks, test of the link speed, status of the links."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import stadls
from haldls.backend import Backend

OMNIBUS = halco.BarrierOnFPGA()
JTAG = Backend.OmnibusChipOverJTAG
CYCLE_NS = 8


class Session:
    """An initialised board; commands are collected and run."""

    def __init__(self) -> None:
        self.connection = chipsim.SimConnection()
        self.builder, _ = stadls.SystemInit().generate()
        self.run()

    def run(self) -> None:
        self.builder.block_until(OMNIBUS, haldls.Barrier.omnibus)
        stadls.run(self.connection, self.builder.done())

    def wait(self, cycles: int) -> None:
        self.builder.write(halco.TimerOnDLS(), haldls.Timer())
        self.builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(cycles))

    def read(self, coordinate: Any, *backend: Backend) -> Any:
        ticket = self.builder.read(coordinate, *backend)
        self.run()
        return ticket.get()


@pytest.fixture(scope="module")
def board() -> Session:
    return Session()


def clock_test(board: Session, output: int, p: int, value: int, within: int) -> haldls.PLLSelfTestStatus:
    test = haldls.PLLSelfTest()
    test.select_source, test.pre_scaler_p = halco.PLLClockOutputOnDLS(output), p
    test.check_value, test.check_range = value, within
    for on in (False, True):
        test.clock_enable = on
        board.builder.write(halco.PLLSelfTestOnDLS(), test)
    # 2**(p + 2) cycles of 50 MHz, and some more.
    board.wait(2 ** (p + 2) * 20 // CYCLE_NS + 10)
    return board.read(halco.PLLSelfTestStatusOnDLS(), JTAG)


def test_upstreams_check_of_the_default_clock(board: Session) -> None:
    status = clock_test(board, 0, 8, 10240, 2)
    assert status.finished and status.success and int(status.counter_value) == 10240


@pytest.mark.parametrize(("output", "mhz"), [(0, 500), (1, 500), (2, 250), (3, 500)])
@pytest.mark.parametrize("p", [0, 5, 11])
def test_default_frequencies(board: Session, output: int, mhz: int, p: int) -> None:
    status = clock_test(board, output, p, mhz // 50 << p + 2, 0)
    assert status.finished and status.success


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 31), m=st.tuples(st.integers(1, 31), st.integers(1, 31)),
    pre=st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(2, 4)), output=st.sampled_from((0, 1, 2)),
    off=st.integers(-20, 20), within=st.integers(0, 15),
)
def test_dividers(n: int, m: tuple[int, int], pre: tuple[int, int, int], output: int, off: int, within: int) -> None:
    board, pll, block = Session(), haldls.ADPLL(), haldls.PLLClockOutputBlock()
    pll.loop_div_n, pll.core_div_m0, pll.core_div_m1 = n, *m
    pll.pre_div_p0, pll.pre_div_p1, pll.pre_div_p2 = pre
    board.builder.write(halco.ADPLLOnDLS(1), pll)
    clock = block.get_clock_output(halco.PLLClockOutputOnDLS(3))
    clock.select_adpll, clock.select_adpll_output = halco.ADPLLOnDLS(1), haldls.ADPLL.Output(output)
    block.set_clock_output(halco.PLLClockOutputOnDLS(3), clock)
    board.builder.write(halco.PLLClockOutputBlockOnDLS(), block)
    ratio = pre[0] * n / (pre[2] if output == 2 else pre[1] * m[output])
    expected = max(round(ratio * 2**12) + off, 0)
    status = clock_test(board, 3, 10, expected, within)
    assert abs(int(status.counter_value) - ratio * 2**12) <= 1
    assert status.success == (abs(int(status.counter_value) - expected) <= within)


@pytest.mark.parametrize(("field", "value", "ratio"), [("enable_bypass", True, 1), ("enable_output", False, 0)])
def test_bypass_and_switch_of_an_output(field: str, value: bool, ratio: int) -> None:
    board, block = Session(), haldls.PLLClockOutputBlock()
    output = halco.PLLClockOutputOnDLS(2)
    clock = block.get_clock_output(output)
    setattr(clock, field, value)
    block.set_clock_output(output, clock)
    board.builder.write(halco.PLLClockOutputBlockOnDLS(), block)
    assert int(clock_test(board, 2, 6, 0, 0).counter_value) == ratio * 256


@pytest.mark.parametrize("field", ["enable", "enable_output_clock"])
def test_a_generator_that_is_off(field: str) -> None:
    board, pll = Session(), haldls.ADPLL()
    setattr(pll, field, False)
    board.builder.write(halco.ADPLLOnDLS(0), pll)
    assert int(clock_test(board, 0, 6, 0, 0).counter_value) == 0
    assert int(clock_test(board, 2, 6, 0, 0).counter_value) == 5 * 256


def test_a_clock_test_takes_its_time_and_starts_with_the_switch() -> None:
    board, test = Session(), haldls.PLLSelfTest()
    test.pre_scaler_p, test.clock_enable = 15, True
    board.builder.write(halco.PLLSelfTestOnDLS(), test)
    board.wait(2**17 * 20 // CYCLE_NS - 5000)
    assert not board.read(halco.PLLSelfTestStatusOnDLS(), JTAG).finished
    board.wait(5000)
    status = board.read(halco.PLLSelfTestStatusOnDLS(), JTAG)
    assert status.finished and int(status.counter_value) == min(10 << 17, (1 << 20) - 1)
    test.pre_scaler_p = 0
    board.builder.write(halco.PLLSelfTestOnDLS(), test)
    assert board.read(halco.PLLSelfTestStatusOnDLS(), JTAG) == status
    assert board.read(halco.PLLSelfTestOnDLS(), JTAG) == test


def test_reset_forgets_a_clock_test() -> None:
    board = Session()
    clock_test(board, 0, 0, 0, 0)
    board.builder, _ = stadls.ChipInit().generate()
    assert board.read(halco.PLLSelfTestStatusOnDLS(), JTAG) == haldls.PLLSelfTestStatus()


def test_link_test() -> None:
    board = Session()
    status = [board.read(halco.PerfTestStatusOnFPGA())]
    for on in (True, False, False, True):
        board.builder.write(halco.PerfTestOnFPGA(), haldls.PerfTest(on))
        board.wait(1000)
        status.append(board.read(halco.PerfTestStatusOnFPGA()))
    counts = [int(s.sent) for s in status]
    assert counts[0] == 0 and 900 < counts[1] < 1200 and counts[1] < counts[2] == counts[3] and 900 < counts[4] < 1200
    assert [int(s.received) for s in status[2:4]] == [int(s.in_order) for s in status[2:4]] == counts[2:4]
    assert all(int(s.error_word) == 0 for s in status)


def set_links(board: Session, fpga: int, chip: int) -> None:
    """Bit n is link n, on both sides."""
    fpga_side, chip_side = haldls.CommonPhyConfigFPGA(), haldls.CommonPhyConfigChip()
    for n in range(8):
        fpga_side.set_enable_phy(halco.PhyConfigFPGAOnDLS(n), bool(fpga >> n & 1))
        chip_side.set_enable_phy(halco.PhyConfigChipOnDLS(n), bool(chip >> n & 1))
    board.builder.write(halco.CommonPhyConfigChipOnDLS(), chip_side)
    board.builder.write(halco.CommonPhyConfigFPGAOnDLS(), fpga_side)


@pytest.mark.parametrize(("fpga", "chip"), [(0xFF, 0xFF), (0x0F, 0xFF), (0x81, 0x7F), (0x06, 0x04)])
def test_status_of_links(fpga: int, chip: int) -> None:
    board, n = Session(), 40
    before = [board.read(halco.PhyStatusOnFPGA(i)) for i in range(8)]
    set_links(board, fpga, chip)
    for _ in range(n):
        board.builder.read(halco.CapMemCellOnDLS())
    board.run()
    board.wait(1000)
    after = [board.read(halco.PhyStatusOnFPGA(i)) for i in range(8)]
    on = [bool((fpga & chip) >> i & 1) for i in range(8)]
    assert [int(s.online_time) > 1000 for s in after] == on
    assert all(int(s.crc_error_count) == int(s.rx_dropped_count) == 0 for s in after)
    words = [int(a.tx_count) - int(b.tx_count) for a, b in zip(after, before, strict=True)]
    assert sum(words) == n and all(w == 0 for w, up in zip(words, on, strict=True) if not up)
    assert [int(s.tx_count) for s in after] == [int(s.rx_count) for s in after]


def test_links_that_are_on_at_one_side_only() -> None:
    board = Session()
    set_links(board, 0x0F, 0xF0)
    board.run()
    assert board.connection.chip.board.link_fault() == "no link is on at both sides"
    board.builder.read(halco.CapMemCellOnDLS())
    with pytest.raises(stadls.TimeoutNotificationError):
        board.run()


def test_online_time_counts_cycles(board: Session) -> None:
    first = board.builder.read(halco.PhyStatusOnFPGA(3))
    board.wait(5000)
    second = board.read(halco.PhyStatusOnFPGA(3))
    assert 5000 <= int(second.online_time) - int(first.get().online_time) < 5020


def test_the_link_sends_nothing_twice(board: Session) -> None:
    for _ in range(3):
        board.read(halco.CapMemCellOnDLS())
    status = board.read(halco.HicannARQStatusOnFPGA())
    assert int(status.write_count) == int(status.tx_count) > 0 and int(status.read_count) == int(status.rx_count) > 0
