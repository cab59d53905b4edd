"""Interrupts, timers, special registers and sleep of the processor."""

from __future__ import annotations

import numpy as np
import pytest

from chipsim.ppu import State, execute, run_image
from tests.chipsim.ppu.encoding import SPR, encode
from tests.chipsim.ppu.random_programs import differences, random_state

ORIGIN = 0x80000000
ALIGNMENT, PROGRAM, FIXED_INTERVAL, DECREMENTER = 0x18, 0x1C, 0x2C, 0x30  # addresses of the vectors
CE, EE, ME, DE, IS, DS = 0x20000, 0x8000, 0x1000, 0x200, 0x20, 0x10
MSR = CE | EE | ME | DE | IS | DS
DIE, FIE, ARE = 0x04000000, 0x00800000, 0x00400000  # TCR
SLOW = 3 << 24
"""TCR with the longest of the fixed intervals, 2^21 cycles, so that none ends in a short test."""
DIS, FIS = 0x08000000, 0x04000000  # TSR
NOP = encode("ori", 0, 0, 0)
COUNT = encode("addi", 3, 3, 1)
LOOP = [COUNT] * 4 + [encode("b", -16)]
"""Counts in r3 for ever."""


def interrupted(result: State, vector: int, srr0: int, msr: int, esr: int) -> bool:
    """The state is that at the entry of an interrupt at `srr0` with an MSR of `msr` before."""
    return (result.pc, result.srr0, result.srr1, result.msr, result.esr) \
        == (vector, srr0, msr, msr & (CE | ME | DE), esr)


# Instruction, whether it is a load, and the addresses modulo 4 that it cannot use.
ACCESSES = [
    *((name, (1, 2, 3)) for name in ("lwz", "lwzu", "lwzx", "lwzux", "stw", "stwu", "stwx", "stwux", "lmw", "stmw")),
    *((name, (3,)) for name in ("lhz", "lhzu", "lhzx", "lhzux", "lha", "lhau", "lhax", "lhaux", "sth", "sthu", "sthx",
                                "sthux")),
    *((name, ()) for name in ("lbz", "lbzu", "lbzx", "lbzux", "stb", "stbu", "stbx", "stbux")),
]


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize(("name", "wrong"), ACCESSES)
def test_alignment(name: str, wrong: tuple[int, ...], offset: int) -> None:
    """A misaligned access changes neither registers nor memory; the second instruction is the one at fault."""
    state = random_state(np.random.default_rng(offset))
    state.gpr[8], state.gpr[9] = 0x200, 0x100 + offset
    state.msr, state.esr, state.srr0 = MSR, 0x00800000, 0x1234
    access = encode(name, 28, 8, 9) if name.endswith("x") else encode(name, 28, 0x200, 9)
    result = execute([NOP, access, NOP], state)
    if offset in wrong:
        assert interrupted(result, ALIGNMENT, ORIGIN + 4, MSR, 0)
        assert not differences(result, state, ("gpr", "memory", "external", "cr", "xer", "lr", "ctr"))
    else:
        assert (result.pc, result.srr0, result.msr, result.esr) == (ORIGIN + 12, 0x1234, MSR, 0x00800000)
        assert not np.array_equal(result.memory, state.memory) or not np.array_equal(result.gpr, state.gpr)


TRAPS = [  # a, b, bits of TO that trap: 16 a < b, 8 a > b, 4 equal, 2 and 1 less and greater without sign
    (1, 2, 16 | 2), (2, 1, 8 | 1), (5, 5, 4), (0xFFFFFFFF, 1, 16 | 1), (1, 0xFFFFFFFF, 8 | 2),
    (0x80000000, 0x7FFFFFFF, 16 | 1), (0, 0, 4),
]


@pytest.mark.parametrize("to", range(32))
@pytest.mark.parametrize(("a", "b", "bits"), TRAPS)
def test_trap(a: int, b: int, bits: int, to: int) -> None:
    state = State(msr=MSR, esr=0x00800000)
    state.gpr[4:6] = a, b
    result = execute([COUNT, encode("tw", to, 4, 5), COUNT], state)
    if to & bits:
        assert interrupted(result, PROGRAM, ORIGIN + 4, MSR, 0x02000000) and result.gpr[3] == 1
    else:
        assert (result.pc, result.msr, result.gpr[3]) == (ORIGIN + 12, MSR, 2)


@pytest.mark.parametrize(("a", "immediate", "bits"), [
    (0xFFFFFFFF, -1, 4), (0, -1, 8 | 2), (0x8000, -0x8000, 8 | 2), (0x7FFF, 0x7FFF, 4), (0xFFFF8000, 5, 16 | 1),
])
def test_trap_on_an_immediate(a: int, immediate: int, bits: int) -> None:
    state = State()
    state.gpr[4] = a
    for to in range(32):
        result = execute([encode("twi", to, 4, immediate)], state)
        assert result.pc == (PROGRAM if to & bits else ORIGIN + 4)


def test_immediate_of_a_trap_has_no_sign_in_the_processor_as_built() -> None:
    state = State()
    state.gpr[4:6] = 0xFFFFFFFF, 0xFFFF
    assert execute([encode("twi", 4, 4, -1)], state, strict=True).pc == ORIGIN + 4
    assert execute([encode("twi", 4, 5, -1)], state, strict=True).pc == PROGRAM


def test_bits_of_the_machine_state() -> None:
    state = State(msr=EE)
    state.gpr[4] = 0xFFFFFFFF
    result = execute([encode("mfmsr", 5), encode("mtmsr", 4), encode("mfmsr", 6), encode("mtmsr", 7)], state)
    assert result.gpr[5:7].tolist() == [EE, MSR] and result.msr == 0


@pytest.mark.parametrize(("name", "pc", "msr"), [
    ("rfi", "SRR0", "SRR1"), ("rfci", "CSRR0", "CSRR1"), ("rfmci", "MCSRR0", "MCSRR1"),
])
def test_return_from_interrupt(name: str, pc: str, msr: str) -> None:
    state = State(msr=DE)
    state.gpr[4:6] = 0x1234, 0xFFFFFFFF & ~EE
    words = [encode("mtspr", SPR[pc], 4), encode("mtspr", SPR[msr], 5), encode(name), COUNT]
    result = execute(words, state)
    assert (result.pc, result.msr, result.gpr[3]) == (0x1234, MSR & ~EE, 0)


@pytest.mark.parametrize("name", ["LR", "CTR", "SRR0", "SRR1", "DECAR", "CSRR0", "CSRR1", "DEAR", "GOUT", "GOE", "TBU",
                                  "MCSRR0", "MCSRR1"])
def test_special_registers_of_32_bits(name: str) -> None:
    state = State()
    state.gpr[4:6] = 0xFEDCBA98, 0x01234567
    words = [encode("mtspr", SPR[name], 4), encode("mfspr", 6, SPR[name]), encode("mtspr", SPR[name], 5),
             encode("mfspr", 7, SPR[name])]
    assert execute(words, state).gpr[6:8].tolist() == [0xFEDCBA98, 0x01234567]


@pytest.mark.parametrize(("name", "written", "kept"), [
    ("XER", 0xFFFFFFFF, 0xE0000000), ("ESR", 0xFFFFFFFF, 0x0F8F07E2), ("TCR", 0x07C00000, 0x07C00000),
])
def test_special_registers_with_few_bits(name: str, written: int, kept: int) -> None:
    state = State()
    state.gpr[4] = written
    assert execute([encode("mtspr", SPR[name], 4), encode("mfspr", 5, SPR[name])], state).gpr[5] == kept


def test_ones_clear_the_timer_status() -> None:
    state = State(tsr=DIS | FIS)
    state.gpr[4:6] = FIS, 0
    words = [encode("mfspr", 6, SPR["TSR"]), encode("mtspr", SPR["TSR"], 5), encode("mfspr", 7, SPR["TSR"]),
             encode("mtspr", SPR["TSR"], 4), encode("mfspr", 8, SPR["TSR"])]
    result = execute(words, state)
    assert result.gpr[6:9].tolist() == [DIS | FIS, DIS | FIS, DIS] and result.tsr == DIS


def test_time_base() -> None:
    """It goes on with every cycle, carries into its upper half, and both halves can be written."""
    result = execute([NOP] * 100, State(time=0xFFFFFFF0))
    assert 0x100000000 + 84 <= result.time < 0x100000000 + 1000
    state = State(time=0x500000010)
    state.gpr[4] = 0x1000
    words = [encode("mtspr", SPR["TBL"], 4), encode("mfspr", 5, SPR["TBL"]), encode("mfspr", 6, SPR["TBU"]),
             encode("mtspr", SPR["TBU"], 4), encode("mfspr", 7, SPR["TBU"])]
    result = execute(words, state)
    assert 0x1000 <= result.gpr[5] < 0x1020 and result.gpr[6:8].tolist() == [5, 0x1000]
    assert result.time >> 32 == 0x1000


def readings(state: State, count: int, between: int) -> tuple[np.ndarray, np.ndarray]:
    """Time base and decrementer, read one behind the other again and again, with other instructions between."""
    words = []
    for k in range(count):
        words += [encode("mfspr", 4, SPR["TBL"]), encode("mfspr", 5, SPR["DEC"]), encode("stw", 4, 8 * k, 0),
                  encode("stw", 5, 8 * k + 4, 0)] + [NOP] * between
    pairs = execute(words, state).memory[:8 * count].view(">u4").astype(np.int64)
    return pairs[0::2], pairs[1::2]


def test_decrementer_counts_cycles_and_stops_at_zero() -> None:
    time, dec = readings(State(dec=500), 60, 5)
    assert np.all(np.diff(time) > 5)
    running = dec > 0
    assert running[:10].all() and not running[np.argmin(running):].any()
    assert len(set((time + dec)[running])) == 1
    assert execute([NOP] * 10, State(dec=500, tcr=SLOW)).tsr == 0
    stopped = execute([NOP] * 600, State(dec=500, tcr=SLOW))
    assert (stopped.tsr, stopped.dec) == (DIS, 0)


def test_decrementer_reloads() -> None:
    """From 1 it goes to DECAR, so that it has a period of DECAR cycles."""
    time, dec = readings(State(dec=500, decar=70, tcr=ARE | SLOW), 60, 10)
    reloaded = dec <= 70
    assert reloaded.sum() > 10 and dec.min() >= 1
    assert len(set(((time + dec) % 70)[reloaded])) == 1
    assert execute([NOP] * 600, State(dec=500, decar=70, tcr=ARE | SLOW)).tsr == DIS


def test_decrementer_is_written() -> None:
    state = State(tcr=SLOW)
    state.gpr[4] = 1000
    result = execute([encode("mtspr", SPR["DEC"], 4), encode("mfspr", 5, SPR["DEC"]), *[NOP] * 1100], state)
    assert 950 < result.gpr[5] <= 1000 and result.tsr == DIS


@pytest.mark.parametrize(("period", "bit"), [(0, 8), (1, 12), (2, 16), (3, 20)])
@pytest.mark.parametrize(("start", "happens"), [(1, True), (3, True), (2, False), (4, False)])
def test_fixed_interval_timer(period: int, bit: int, start: int, happens: bool) -> None:
    """The event is a bit of the time base that goes from 0 to 1."""
    state = State(time=(start << bit) - 8, tcr=period << 24)
    assert execute([NOP] * 60, state).tsr == (FIS if happens else 0)
    assert execute([NOP] * 60, State(time=(start << bit) + 8, tcr=period << 24)).tsr == 0


@pytest.mark.parametrize(("state", "vector", "status"), [
    (State(dec=300, tcr=DIE | SLOW, msr=MSR), DECREMENTER, DIS),
    (State(time=(1 << 8) - 50, tcr=FIE, msr=EE), FIXED_INTERVAL, FIS),
    (State(dec=50, time=(1 << 12) - 150, tcr=FIE | 1 << 24, msr=EE), FIXED_INTERVAL, DIS | FIS),
    (State(dec=50, decar=50, tcr=DIE | ARE, msr=EE | CE), DECREMENTER, DIS),
], ids=["decrementer", "fixed interval", "only the enabled one", "with reload"])
def test_timer_interrupt(state: State, vector: int, status: int) -> None:
    """It comes between two instructions, and SRR0 is the address of the one that is next."""
    result = execute(LOOP, state)
    assert interrupted(result, vector, result.srr0, state.msr, 0) and result.tsr == status
    # Every round of the loop counts to four.
    rounds, rest = divmod(int(result.gpr[3]), 4)
    assert result.srr0 in ({ORIGIN, ORIGIN + 16} if rest == 0 else {ORIGIN + 4 * rest}) and rounds > 3


@pytest.mark.parametrize("middle", [[], [encode("b", 4)], [encode("bc", 4, 0, 4)]],
                         ids=["straight", "jump", "branch not taken"])
def test_timer_interrupt_between_any_two_instructions(middle: list[int]) -> None:
    state = State(dec=20, tcr=DIE | SLOW, msr=EE, cr=0xF0000000)
    result = execute([COUNT] * 50 + middle + [COUNT] * 50, state)
    assert interrupted(result, DECREMENTER, ORIGIN + 80, EE, 0) and result.gpr[3] == 20


@pytest.mark.parametrize("state", [
    State(dec=50, tcr=DIE | SLOW), State(dec=50, tcr=FIE | SLOW, msr=EE), State(time=250, tcr=DIE, msr=EE),
    State(time=250, tcr=FIE),
], ids=["not enabled", "decrementer not enabled", "interval not enabled", "neither enabled"])
def test_no_timer_interrupt(state: State) -> None:
    state.gpr[4] = 100
    result = execute([encode("mtspr", SPR["CTR"], 4), COUNT, COUNT, encode("bc", 16, 0, -8)], state)
    assert (result.pc, result.gpr[3], result.srr0) == (ORIGIN + 16, 200, 0)
    assert result.tsr == (DIS if state.dec else FIS)


def test_interval_timer_is_served_first() -> None:
    assert execute(LOOP, State(tsr=DIS | FIS, tcr=DIE | FIE, msr=EE)).pc == FIXED_INTERVAL
    assert execute(LOOP, State(tsr=DIS | FIS, tcr=DIE, msr=EE)).pc == DECREMENTER


@pytest.mark.parametrize("how", ["mtmsr", "rfi", "mtspr"])
def test_interrupt_that_waited_for_its_permission(how: str) -> None:
    """It comes when the machine state or the control register of the timers lets it."""
    state = State(tsr=DIS, tcr=DIE)
    state.gpr[4] = EE
    if how == "mtspr":
        state.tcr, state.msr, state.gpr[4] = 0, EE, DIE
    state.gpr[5] = ORIGIN + 16
    enable = {"mtmsr": [encode("mtmsr", 4), NOP], "rfi": [encode("mtspr", SPR["SRR1"], 4), encode("rfi")],
              "mtspr": [encode("mtspr", SPR["TCR"], 4), NOP]}[how]
    result = execute([COUNT, encode("mtspr", SPR["SRR0"], 5), *enable, *LOOP], state)
    assert (result.pc, result.srr1, result.msr) == (DECREMENTER, EE, 0)
    if how == "rfi":
        assert result.srr0 == ORIGIN + 16 and result.gpr[3] == 1


def test_sleep() -> None:
    """Nothing behind `wait` is executed; other values of its operand do not halt."""
    assert execute([COUNT, encode("wait", 0), COUNT], State()).gpr[3] == 1
    for condition in (1, 2, 3):
        result = execute([COUNT, encode("wait", condition), COUNT], State())
        assert (result.gpr[3], result.pc) == (2, ORIGIN + 12)
    assert encode("wait", 0) == 0x7C00007C


def test_a_timer_wakes_without_an_interrupt_if_those_are_off() -> None:
    result = execute([COUNT, encode("wait"), COUNT], State(dec=1000, tcr=DIE | SLOW))
    assert (result.gpr[3], result.pc, result.tsr, result.srr0) == (2, ORIGIN + 12, DIS, 0)
    assert 1000 <= result.time < 1100


def test_a_request_that_is_there_already_lets_nobody_sleep() -> None:
    result = execute([COUNT, encode("wait"), COUNT], State(tsr=DIS, tcr=DIE | SLOW))
    assert (result.gpr[3], result.pc) == (2, ORIGIN + 12) and result.time < 100


def test_a_timer_that_is_not_enabled_does_not_wake() -> None:
    assert execute([COUNT, encode("wait"), COUNT], State(dec=1000, msr=EE)).gpr[3] == 1


def test_an_interrupt_out_of_sleep_returns_to_it() -> None:
    result = execute([COUNT, encode("wait"), COUNT], State(dec=1000, tcr=DIE, msr=EE | ME))
    assert interrupted(result, DECREMENTER, ORIGIN + 4, EE | ME, 0) and result.gpr[3] == 1


def image(program: list[int], handlers: dict[int, list[int]]) -> np.ndarray:
    """Memory with branches from address 0 and the vectors to a program and handlers; others branch to address 0."""
    words = np.zeros(0x1000, dtype=np.uint32)
    words[:13] = [encode("b", -4 * k) for k in range(13)]
    place = 0x40
    for vector, code in {0: program, **handlers}.items():
        words[vector // 4] = encode("b", place - vector)
        words[place // 4:place // 4 + len(code)] = code
        place += 4 * len(code)
    return words.astype(">u4").view(np.uint8)


SKIP = [encode("mfspr", 10, SPR["SRR0"]), encode("addi", 10, 10, 4), encode("mtspr", SPR["SRR0"], 10),
        encode("addi", 11, 11, 1), encode("rfi")]
"""Handler which counts in r11 and goes on behind the instruction at fault."""


def test_handlers_of_faults() -> None:
    program = [
        encode("lwz", 4, 1, 0), encode("addi", 5, 5, 1), encode("tw", 31, 0, 0), encode("addi", 5, 5, 1),
        encode("lhz", 4, 7, 0), encode("addi", 5, 5, 1), encode("wait"),
    ]
    result = run_image(image(program, {ALIGNMENT: SKIP, PROGRAM: [encode("addi", 12, 12, 1), *SKIP]}))
    assert (result.gpr[5], result.gpr[11], result.gpr[12], result.msr) == (3, 3, 1, 0)


def test_a_decrementer_that_reloads_interrupts_again_and_again() -> None:
    """Five ticks of 1000 cycles from sleep; the handler clears the request by writing a one."""
    handler = [encode("addis", 9, 0, DIS >> 16), encode("mtspr", SPR["TSR"], 9), encode("addi", 6, 6, 1),
               encode("cmpi", 0, 0, 6, 5), encode("bc", 4, 2, 12), encode("mfspr", 7, SPR["TBL"]), encode("wait"),
               encode("rfi")]
    program = [
        encode("addi", 4, 0, 1000), encode("mtspr", SPR["DECAR"], 4), encode("mtspr", SPR["DEC"], 4),
        encode("addis", 4, 0, (DIE | ARE) >> 16), encode("mtspr", SPR["TCR"], 4),
        encode("addi", 4, 0, 1), encode("rlwinm", 4, 4, 15, 0, 31), encode("mtmsr", 4),
        encode("wait"), encode("b", -4),
    ]
    result = run_image(image(program, {DECREMENTER: handler}), limit=10_000)
    # The sixth request wakes the last `wait`, with interrupts off, and rfi goes back into the loop of the program.
    assert result.gpr[6] >= 5 and 5000 <= result.gpr[7] < 5200


def test_an_interrupt_leaves_the_interrupted_program_as_it_was() -> None:
    """A sum of 64 bits in a loop, with its carry, is the same with and without interrupts in it."""
    handler = [encode("addis", 9, 0, DIS >> 16), encode("mtspr", SPR["TSR"], 9), encode("addi", 8, 8, 1), encode("rfi")]
    program = [
        encode("addi", 4, 0, 37), encode("mtspr", SPR["DECAR"], 4), encode("mtspr", SPR["DEC"], 4),
        encode("addis", 4, 0, (DIE | ARE) >> 16), encode("mtspr", SPR["TCR"], 4), encode("addi", 4, 0, 1000),
        encode("mtspr", SPR["CTR"], 4), encode("addi", 4, 0, 1), encode("rlwinm", 4, 4, 15, 0, 31), encode("mtmsr", 4),
        encode("addi", 7, 0, -1),
        encode("mfspr", 5, SPR["CTR"]), encode("mullw", 6, 5, 5), encode("addc", 7, 7, 6), encode("addze", 3, 3),
        encode("bc", 16, 0, -16), encode("addi", 4, 0, 0), encode("mtmsr", 4), encode("mtspr", SPR["TCR"], 4),
        encode("wait"),
    ]
    result = run_image(image(program, {DECREMENTER: handler}), limit=100_000)
    assert (int(result.gpr[3]) << 32 | int(result.gpr[7])) == 0xFFFFFFFF + sum(k * k for k in range(1, 1001))
    assert result.gpr[8] > 50
