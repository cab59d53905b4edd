"""Vector unit: numbers worked by hand for model and simulator, then the simulator against the model."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.ppu import EQUAL, GREATER, LESSER, State, execute
from tests.chipsim.ppu import vector_model
from tests.chipsim.ppu.encoding import VECTOR, encode
from tests.chipsim.ppu.random_programs import VECTOR_STATE, differences, random_vector_program, random_vector_state
from tests.chipsim.ppu.vector_model import FORMS, TO_REGISTER, as_bytes

Run = Callable[[list[int], State], State]


@pytest.fixture(params=["model", "simulator"])
def run(request: pytest.FixtureRequest) -> Run:
    return {"model": vector_model.run, "simulator": execute}[request.param]


def test_encoding() -> None:
    """Words of the assembler of the original tool chain."""
    assert encode("fxvmahm", 1, 2, 3, 1) == 0x10221831
    assert encode("fxvmtacbf", 2, 1) == 0x10020079
    assert encode("fxvinx", 1, 4, 5) == 0x10242BB0
    assert encode("fxvaddactacbf", 2, 1) == 0x100205F5
    assert encode("fxvstax", 1, 4, 5, 1) == 0x10242FF1


# Instruction, operands a and b, accumulator, result in every lane. Accumulators have twice the width of the lane.
BYTES_TO_REGISTER = [
    ("fxvaddbm", 0xFF, 0x01, 0, 0x00), ("fxvaddbm", 0x7F, 0x01, 0, 0x80),
    ("fxvaddbfs", 0x7F, 0x01, 0, 0x7F), ("fxvaddbfs", 0x80, 0xFF, 0, 0x80), ("fxvaddbfs", 0x80, 0x7F, 0, 0xFF),
    ("fxvsubbm", 0x80, 0x01, 0, 0x7F), ("fxvsubbm", 0x00, 0x01, 0, 0xFF),
    ("fxvsubbfs", 0x00, 0x80, 0, 0x7F), ("fxvsubbfs", 0x80, 0x80, 0, 0x00), ("fxvsubbfs", 0x80, 0x01, 0, 0x80),
    ("fxvmulbm", 0x12, 0x34, 0, 0xA8), ("fxvmulbm", 0xFF, 0x02, 0, 0xFE),
    ("fxvmulbfs", 0x80, 0x80, 0, 0x7F), ("fxvmulbfs", 0x40, 0x20, 0, 0x10), ("fxvmulbfs", 0xFF, 0x01, 0, 0xFF),
    ("fxvmulbfs", 0x7F, 0x7F, 0, 0x7E), ("fxvmulbfs", 0x80, 0x7F, 0, 0x81),
    ("fxvmabm", 0x7F, 0x7F, 0x0102, 0x03), ("fxvmabm", 0x03, 0xFE, 0x000A, 0x04),
    ("fxvmabfs", 0x80, 0x80, 0x0000, 0x7F), ("fxvmabfs", 0x40, 0x40, 0x7000, 0x7F),
    ("fxvmabfs", 0x80, 0x7F, 0x8000, 0x80), ("fxvmabfs", 0x40, 0x40, 0x1000, 0x30),
    ("fxvmabfs", 0x80, 0x80, 0xFF00, 0x7E),  # -1 * -1 is 0x7fff, and 0x7fff - 0x0100 = 0x7eff
    ("fxvaddacbm", 0x80, 0, 0x1280, 0x00), ("fxvaddacbm", 0x01, 0, 0x12FF, 0x00),
    ("fxvaddacbfs", 0x01, 0, 0x7F80, 0x7F), ("fxvaddacbfs", 0xFF, 0, 0x8080, 0x80),
    ("fxvaddacbfs", 0x00, 0, 0xFFFF, 0xFF),
]
HALFWORDS_TO_REGISTER = [
    ("fxvaddhm", 0x7FFF, 0x0001, 0, 0x8000), ("fxvaddhm", 0x00FF, 0x0001, 0, 0x0100),
    ("fxvaddhfs", 0x7FFF, 0x0001, 0, 0x7FFF), ("fxvaddhfs", 0x8000, 0xFFFF, 0, 0x8000),
    ("fxvsubhm", 0x0000, 0x0001, 0, 0xFFFF),
    ("fxvsubhfs", 0x0000, 0x8000, 0, 0x7FFF), ("fxvsubhfs", 0xFFFF, 0x8000, 0, 0x7FFF),
    ("fxvsubhfs", 0x8000, 0x0001, 0, 0x8000),
    ("fxvmulhm", 0x0102, 0x0304, 0, 0x0A08),
    ("fxvmulhfs", 0x8000, 0x8000, 0, 0x7FFF), ("fxvmulhfs", 0x4000, 0x2000, 0, 0x1000),
    ("fxvmulhfs", 0xFFFF, 0x0001, 0, 0xFFFF),
    ("fxvmahm", 0x0003, 0xFFFE, 0x0000000A, 0x0004), ("fxvmahm", 0x4000, 0x0004, 0x00012345, 0x2345),
    ("fxvmahfs", 0x4000, 0x4000, 0x60000000, 0x7FFF), ("fxvmahfs", 0x4000, 0x4000, 0x10000000, 0x3000),
    ("fxvmahfs", 0x8000, 0x8000, 0x00000000, 0x7FFF), ("fxvmahfs", 0xFFFF, 0x0001, 0x00000000, 0xFFFF),
    ("fxvaddachm", 0xFFFF, 0, 0x00010000, 0xFFFF), ("fxvaddachm", 0x0001, 0, 0x12345678, 0x5679),
    ("fxvaddachfs", 0x0001, 0, 0x7FFE8000, 0x7FFF), ("fxvaddachfs", 0x0002, 0, 0x7FFE8000, 0x7FFF),
    ("fxvaddachfs", 0xFFFF, 0, 0x80000000, 0x8000), ("fxvaddachfs", 0x0000, 0, 0xFFFFFFFF, 0xFFFF),
]
BYTES_TO_ACCUMULATOR = [
    ("fxvmtacb", 0x85, 0, 0x1234, 0xFF85), ("fxvmtacbf", 0x85, 0, 0x1234, 0x8500),
    ("fxvaddtacb", 0x80, 0x80, 0, 0xFF00), ("fxvaddtacb", 0x7F, 0x7F, 0, 0x00FE),
    ("fxvaddactacbm", 0xFF, 0, 0x0000, 0xFFFF), ("fxvaddactacbm", 0x01, 0, 0x7FFF, 0x8000),
    ("fxvaddactacbf", 0x01, 0, 0x7F00, 0x7FFF), ("fxvaddactacbf", 0xFF, 0, 0x8000, 0x8000),
    ("fxvmultacbm", 0x80, 0x80, 0, 0x4000), ("fxvmultacbm", 0xFF, 0x02, 0, 0xFFFE),
    ("fxvmultacbfs", 0x80, 0x80, 0, 0x7FFF), ("fxvmultacbfs", 0x40, 0x40, 0, 0x2000),
    ("fxvmultacbfs", 0xFF, 0x01, 0, 0xFFFE),
    ("fxvmatacbm", 0x7F, 0x7F, 0x7FFF, 0xBF00), ("fxvmatacbm", 0xFF, 0x02, 0x0001, 0xFFFF),
    ("fxvmatacbfs", 0x80, 0x7F, 0xFF00, 0x8000), ("fxvmatacbfs", 0x40, 0x40, 0x6000, 0x7FFF),
    ("fxvmatacbfs", 0x40, 0x40, 0x1001, 0x3001),
]
HALFWORDS_TO_ACCUMULATOR = [
    ("fxvmtach", 0x8005, 0, 0x12345678, 0xFFFF8005), ("fxvmtachf", 0x8005, 0, 0x12345678, 0x80050000),
    ("fxvaddtach", 0x8000, 0x8000, 0, 0xFFFF0000), ("fxvaddtach", 0x7FFF, 0x7FFF, 0, 0x0000FFFE),
    ("fxvaddactachm", 0x0001, 0, 0x7FFFFFFF, 0x80000000), ("fxvaddactachm", 0xFFFF, 0, 0x00000000, 0xFFFFFFFF),
    ("fxvaddactachf", 0x0001, 0, 0x7FFF0000, 0x7FFFFFFF), ("fxvaddactachf", 0xFFFF, 0, 0x80000000, 0x80000000),
    ("fxvaddactachf", 0x0002, 0, 0x00000001, 0x00020001),
    ("fxvmultachm", 0x8000, 0x8000, 0, 0x40000000), ("fxvmultachm", 0xFFFF, 0x0002, 0, 0xFFFFFFFE),
    ("fxvmultachfs", 0x8000, 0x8000, 0, 0x7FFFFFFF), ("fxvmultachfs", 0x4000, 0x4000, 0, 0x20000000),
    ("fxvmatachm", 0xFFFF, 0x0002, 0x00000001, 0xFFFFFFFF), ("fxvmatachm", 0x7FFF, 0x7FFF, 0x7FFFFFFF, 0xBFFF0000),
    ("fxvmatachfs", 0x4000, 0x4000, 0x7FFFFFFF, 0x7FFFFFFF), ("fxvmatachfs", 0x8000, 0x7FFF, 0x80000000, 0x80000000),
    ("fxvmatachfs", 0x8000, 0x7FFF, 0xFFFF0000, 0x80000000),
]


def splat(value: int, w: int) -> np.ndarray:
    return as_bytes(np.full(1024 // w, value), w)


def accumulators(value: int, w: int) -> np.ndarray:
    """Accumulator with the same number of 2w bits in every lane."""
    return np.full(64, value if w == 16 else value << 16 | value, dtype=np.uint32)


def operands_of(name: str, *registers: int, cond: int = 0) -> list[int]:
    """Word with registers 1, 2, 3 or fewer: those that the instruction has."""
    chosen = dict(zip(("VRT", "VRA", "VRB"), registers, strict=True))
    return [encode(name, *(chosen[field] for field in VECTOR[name][1].split(",") if field != "COND"), cond)]


@pytest.mark.parametrize(("name", "a", "b", "acc", "expected", "w"),
                         [(*case, 8) for case in BYTES_TO_REGISTER] + [(*case, 16) for case in HALFWORDS_TO_REGISTER])
def test_result_to_register(run: Run, name: str, a: int, b: int, acc: int, expected: int, w: int) -> None:
    state = State(acc=accumulators(acc, w))
    state.vr[2], state.vr[3] = splat(a, w), splat(b, w)
    result = run(operands_of(name, 1, 2, 3), state)
    assert result.vr[1].tolist() == splat(expected, w).tolist()
    assert result.acc.tolist() == state.acc.tolist()


@pytest.mark.parametrize(("name", "a", "b", "acc", "expected", "w"),
                         [(*case, 8) for case in BYTES_TO_ACCUMULATOR]
                         + [(*case, 16) for case in HALFWORDS_TO_ACCUMULATOR])
def test_result_to_accumulator(run: Run, name: str, a: int, b: int, acc: int, expected: int, w: int) -> None:
    state = State(acc=accumulators(acc, w))
    state.vr[2], state.vr[3] = splat(a, w), splat(b, w)
    result = run(operands_of(name, 1, 2, 3), state)
    assert result.acc.tolist() == accumulators(expected, w).tolist()
    assert result.vr.tolist() == state.vr.tolist()


def test_every_multiply_add_has_a_number_worked_by_hand() -> None:
    cases = BYTES_TO_REGISTER + HALFWORDS_TO_REGISTER + BYTES_TO_ACCUMULATOR + HALFWORDS_TO_ACCUMULATOR
    assert {VECTOR[case[0]][0] for case in cases} == set(FORMS)


def test_lanes_of_halfwords_are_big_endian(run: Run) -> None:
    state = State()
    state.vr[2] = np.arange(128)
    state.vr[3] = splat(0x00FF, 16)
    result = run([encode("fxvaddhm", 1, 2, 3), encode("fxvmtach", 2)], state)
    # Lane 0: 0x0001 + 0x00ff; lane 1: 0x0203 + 0x00ff.
    assert result.vr[1, :4].tolist() == [0x01, 0x00, 0x03, 0x02]
    assert result.acc[:3].tolist() == [0x0001, 0x0203, 0x0405]


def test_lanes_of_the_accumulator(run: Run) -> None:
    """Byte lane 2i is the upper half of element i."""
    state = State()
    state.vr[2, :4] = 0x11, 0x82, 0x33, 0x44
    result = run([encode("fxvmtacb", 2)], state)
    assert result.acc[:3].tolist() == [0x0011FF82, 0x00330044, 0]


@pytest.mark.parametrize(("name", "value", "flags"), [
    ("fxvcmpb", 0x0000, (EQUAL, EQUAL)), ("fxvcmpb", 0x01FF, (GREATER, LESSER)),
    ("fxvcmpb", 0x807F, (LESSER, GREATER)), ("fxvcmpb", 0x0080, (EQUAL, LESSER)),
    ("fxvcmph", 0x0000, (EQUAL, EQUAL)), ("fxvcmph", 0x00FF, (GREATER, GREATER)),
    ("fxvcmph", 0x8000, (LESSER, LESSER)), ("fxvcmph", 0x7FFF, (GREATER, GREATER)),
    ("fxvcmph", 0xFF01, (LESSER, LESSER)),
])
@pytest.mark.parametrize("cond", range(4))
def test_compare(run: Run, name: str, value: int, flags: tuple[int, int], cond: int) -> None:
    """All flags are overwritten; COND does nothing."""
    state = State(vcr=np.full(128, GREATER | LESSER | EQUAL, dtype=np.uint8))
    state.vr[2] = splat(value, 16)
    assert run([encode(name, 2, cond)], state).vcr.tolist() == list(flags) * 64


MASKED = [  # by one of 1: flag gt, 2: flag lt, 3: flag eq; bytes 0 to 3 of the vector have gt, lt, eq, gt
    (0, [0x11, 0x22, 0x33, 0x44]), (1, [0x11, 0xBB, 0xCC, 0x44]),
    (2, [0xAA, 0x22, 0xCC, 0xDD]), (3, [0xAA, 0xBB, 0x33, 0xDD]),
]


@pytest.mark.parametrize(("cond", "expected"), MASKED)
def test_masked_write(run: Run, cond: int, expected: list[int]) -> None:
    """The two bytes of a halfword are masked on their own."""
    state = State()
    state.vcr[:4] = GREATER, LESSER, EQUAL, GREATER
    state.vr[1, :4], state.vr[2, :4] = (0xAA, 0xBB, 0xCC, 0xDD), (0x11, 0x22, 0x33, 0x44)
    for name in ("fxvaddbm", "fxvaddhm", "fxvsubhfs"):
        assert run([encode(name, 1, 2, 3, cond)], state).vr[1, :4].tolist() == expected
    # A selection takes the second operand where the flag is set.
    assert run([encode("fxvsel", 4, 1, 2, cond)], state).vr[4, :4].tolist() == expected


@pytest.mark.parametrize(("cond", "expected"), [
    (0, 0x00001122), (1, 0x0000BBBB), (2, 0xAAAA1122), (3, 0xAAAABBBB),
])
def test_masked_accumulator(run: Run, cond: int, expected: int) -> None:
    """The flag of an even byte masks the upper, that of an odd byte the lower 16 bits."""
    state = State(acc=np.full(64, 0xAAAABBBB, dtype=np.uint32))
    state.vcr[0::2], state.vcr[1::2] = GREATER, LESSER
    state.vr[2] = splat(0x1122, 16)
    assert run([encode("fxvmtach", 2, cond)], state).acc.tolist() == [expected] * 64


@pytest.mark.parametrize("cond", [1, 2, 3])
def test_no_flags_are_set_after_a_reset(run: Run, cond: int) -> None:
    state = State()
    state.vr[2] = 5
    result = run([encode("fxvaddbm", 1, 2, 2, cond), encode("fxvmtacb", 2, cond)], state)
    assert not result.vr[1].any() and not result.acc.any()


SHIFTS = [
    ("fxvshh", 0x8421, 0, 0x8421), ("fxvshh", 0x8421, 1, 0x0842), ("fxvshh", 0x8421, 15, 0x8000),
    ("fxvshh", 0x8421, -1, 0x4210), ("fxvshh", 0x8421, -15, 0x0001), ("fxvshh", 0x8421, -16, 0x0000),
    ("fxvshb", 0x8421, 1, 0x0842), ("fxvshb", 0x8421, 7, 0x0080), ("fxvshb", 0x8421, 8, 0x0000),
    ("fxvshb", 0x8421, 15, 0x0000), ("fxvshb", 0x8421, -1, 0x4210), ("fxvshb", 0x8421, -7, 0x0100),
    ("fxvshb", 0x8421, -8, 0x0000), ("fxvshb", 0xFFFF, -16, 0x0000),
]


@pytest.mark.parametrize(("name", "value", "amount", "expected"), SHIFTS)
def test_shift(run: Run, name: str, value: int, amount: int, expected: int) -> None:
    """Zeros come in from both sides; COND does nothing."""
    state = State()
    state.vr[2] = splat(value, 16)
    for cond in range(4):
        assert run([encode(name, 1, 2, amount, cond)], state).vr[1].tolist() == splat(expected, 16).tolist()


@pytest.mark.parametrize(("name", "expected"), [
    ("fxvpckbu", (0xAB, 0x55, 0x2A, 0x15)), ("fxvpckbl", (0xCD, 0x73, 0x3C, 0x0F)),
])
def test_pack(run: Run, name: str, expected: tuple[int, ...]) -> None:
    state = State()
    state.vr[2] = state.vr[3] = splat(0xABCD, 16)
    for size in range(4):
        assert run([encode(name, 1, 2, 3, size)], state).vr[1].tolist() == [expected[size]] * 128


@pytest.mark.parametrize("name", ["fxvupckbl", "fxvupckbr"])
def test_unpack(run: Run, name: str) -> None:
    state = State()
    state.vr[2], state.vr[3] = 0xAB, 0xCD
    for size, expected in enumerate((0xABCD, 0x5734, 0xACD0, 0x5B40)):
        assert run([encode(name, 1, 2, 3, size)], state).vr[1].tolist() == splat(expected, 16).tolist()


def test_pack_and_unpack_work_in_slices(run: Run) -> None:
    """Slices of 16 bytes: the left half of each becomes halfwords 8s to 8s + 7."""
    state = State()
    state.vr[2] = np.arange(128)
    words = [
        encode("fxvupckbl", 3, 2, 1), encode("fxvupckbr", 4, 2, 1),  # register 1 is zero
        encode("fxvpckbu", 5, 3, 4), encode("fxvpckbu", 6, 4, 3), encode("fxvpckbl", 7, 3, 4),
    ]
    result = run(words, state)
    s, k = np.divmod(np.arange(64), 8)
    assert result.vr[3, 0::2].tolist() == (16 * s + k).tolist() and not result.vr[3, 1::2].any()
    assert result.vr[4, 0::2].tolist() == (16 * s + 8 + k).tolist() and not result.vr[4, 1::2].any()
    assert result.vr[5].tolist() == list(range(128))
    assert result.vr[6, :16].tolist() == [*range(8, 16), *range(8)]
    assert not result.vr[7].any()


@pytest.mark.parametrize(("name", "expected"), [("fxvsplatb", 0xCDCD), ("fxvsplath", 0xABCD)])
def test_splat(run: Run, name: str, expected: int) -> None:
    """Register 0 is a register here, not the number zero."""
    state = State()
    state.gpr[[0, 5]] = 0x1234ABCD
    for register in (0, 5):
        assert run([encode(name, 1, register, 3)], state).vr[1].tolist() == splat(expected, 16).tolist()


@pytest.mark.parametrize("base", [0, 0x40000000])
@pytest.mark.parametrize("offset", [0, 4, 0x7C, 0x101, 0x102, 0x103])
def test_load_and_store(run: Run, base: int, offset: int) -> None:
    """Any word can be the first; the two lowest bits of the address are dropped; COND does nothing."""
    rng = np.random.default_rng(offset)
    state = State(memory=rng.integers(0, 256, 0x4000, dtype=np.uint8),
                  external=rng.integers(0, 256, 0x20000, dtype=np.uint8))
    memory = "external" if base else "memory"
    state.gpr[[0, 4, 5, 6]] = 0xDEAD, base, offset, base + 0x1000
    state.vr[2] = rng.integers(0, 256, 128)
    result = run([encode("fxvlax", 1, 4, 5, 2), encode("fxvstax", 2, 6, 5, 3), encode("fxvlax", 3, 0, 4)], state)
    start = offset & ~3
    assert result.vr[1].tolist() == getattr(state, memory)[start:start + 128].tolist()
    assert result.vr[3].tolist() == getattr(state, memory)[:128].tolist()
    expected = getattr(state, memory).copy()
    expected[0x1000 + start:0x1080 + start] = state.vr[2]
    assert getattr(result, memory).tolist() == expected.tolist()


def test_vector_address_wraps_around(run: Run) -> None:
    state = State()
    state.memory[:0x200] = np.arange(0x200) // 4
    state.gpr[4:6] = 0xFFFFFF00, 0x180
    assert run([encode("fxvlax", 1, 4, 5)], state).vr[1].tolist() == state.memory[0x80:0x100].tolist()


def test_words_of_a_vector_are_reversed_in_external_memory(run: Run) -> None:
    state = State()
    state.gpr[4:7] = 0x80000000, 0x18, 0x40000180
    state.vr[2] = np.arange(128)
    result = run([encode("fxvoutx", 2, 4, 5), encode("fxvinx", 3, 4, 5)], state)
    block = result.external[0x180:0x200]
    assert block[:8].tolist() == [124, 125, 126, 127, 120, 121, 122, 123] and block[124:].tolist() == [0, 1, 2, 3]
    assert result.vr[3].tolist() == list(range(128))
    assert not result.external[:0x180].any() and not result.external[0x200:].any()
    # The same block as data is in the order of the memory.
    assert run([encode("fxvlax", 3, 0, 6)], result).vr[3].tolist() == block.tolist()


def test_vectors_in_external_memory_begin_at_16_bytes(run: Run) -> None:
    state = State()
    state.gpr[5] = 0x80000001
    state.vr[2] = 7
    result = run([encode("fxvoutx", 2, 0, 5)], state)
    assert np.flatnonzero(result.external).tolist() == list(range(16, 144))


@pytest.mark.parametrize(("cond", "flag"), [(1, GREATER), (2, LESSER), (3, EQUAL)])
def test_enabled_bytes_of_input_and_output(run: Run, cond: int, flag: int) -> None:
    """Only bytes with the flag are written; others are read as zero."""
    state = State(external=np.full(0x20000, 0xEE, dtype=np.uint8))
    state.gpr[5] = 0x80000000
    state.vcr[[0, 1, 2, 127]] = flag
    state.vr[2], state.vr[3] = 0x55, 0x99
    result = run([encode("fxvoutx", 2, 0, 5, cond), encode("fxvinx", 3, 0, 5, cond)], state)
    assert np.flatnonzero(result.external == 0x55).tolist() == [3, 124, 125, 126]
    assert np.flatnonzero(result.external != 0xEE).tolist() == [3, 124, 125, 126]
    assert np.flatnonzero(result.vr[3] == 0x55).tolist() == [0, 1, 2, 127]
    assert np.count_nonzero(result.vr[3]) == 4


@pytest.mark.parametrize("xo", [0, 1, 46, 140, 318, 511])
def test_undefined_vector_instructions_do_nothing(xo: int) -> None:
    state = random_vector_state(np.random.default_rng(xo))
    result = execute([4 << 26 | 0x222 << 12 | xo << 2], state)
    assert not differences(result, state, VECTOR_STATE)


def compare(words: list[int], state: State) -> None:
    assert not differences(execute(words, state), vector_model.run(words, state), VECTOR_STATE)


@pytest.mark.parametrize("cond", range(4))
@pytest.mark.parametrize("name", VECTOR)
def test_every_instruction(name: str, cond: int) -> None:
    rng = Random(name)
    for seed in range(3):
        state = random_vector_state(np.random.default_rng(seed))
        words = [word & ~3 | cond for word in random_vector_program(rng, 40, state, [name])]
        compare(words, state)


def test_random_programs() -> None:
    for seed in range(100):
        state = random_vector_state(np.random.default_rng(seed))
        compare(random_vector_program(Random(seed), 150, state), state)


EXHAUSTIVE = [name for name, (xo, _) in VECTOR.items() if xo in FORMS and FORMS[xo][2] == 8]


@pytest.mark.parametrize("name", EXHAUSTIVE)
@pytest.mark.parametrize("third", [0x00, 0x7F, 0x80, 0xFF])
def test_all_pairs_of_bytes(name: str, third: int) -> None:
    """Both operands through all values, with an accumulator of `third` as fraction. Both bytes of an accumulator are
    read back, by the modular and the fractional sum with zero."""
    target, rule, w = FORMS[VECTOR[name][0]]
    state = State()
    state.vr[1], state.vr[2], state.vr[4] = np.arange(128), np.arange(128, 256), third
    words, place = [encode("addis", 6, 0, 0x4000)], 0
    outcomes = ["fxvaddacbfs", "fxvaddacbm"]
    for b in range(256):
        words += [encode("addi", 5, 0, b), encode("fxvsplatb", 3, 5)]
        for half in (1, 2):
            words += [encode("fxvmtacbf", 4), *operands_of(name, 7, half, 3)]
            if target is not TO_REGISTER:
                words += [encode(read, 7 + k, 0) for k, read in enumerate(outcomes)]
            for k in range(1 if target is TO_REGISTER else 2):
                words += [encode("fxvstax", 7 + k, 0, 6), encode("addi", 6, 6, 128)]
                place += 128
    result = execute(words, state)
    a, b = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    a, b = np.roll(a, 128, axis=1), np.roll(b, 128, axis=0)  # in the order 0 to 127, -128 to -1
    expected = target[rule](a, b, np.full_like(a, (third << 8 ^ 0x8000) - 0x8000), w)
    if target is not TO_REGISTER:
        halves = [expected.reshape(512, 128) >> 8, expected.reshape(512, 128)]
        expected = np.stack(halves, axis=1)
    assert np.array_equal(result.external[:place], (expected & 0xFF).ravel())


HALFWORDS = np.array([
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x5A82, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xA57E, 0xFF00, 0xFFFE, 0xFFFF,
])


@pytest.mark.parametrize("name", [name for name, (xo, _) in VECTOR.items() if xo in FORMS and FORMS[xo][2] == 16])
def test_pairs_of_halfword_corners(name: str) -> None:
    """16 values of a halfword times 16, with accumulators of all their pairs."""
    pairs = np.stack(np.meshgrid(HALFWORDS, HALFWORDS)).reshape(2, 4, 64)
    for first in HALFWORDS.tolist():
        for part in range(4):
            state = State()
            state.vr[2] = as_bytes(pairs[0, part], 16)
            state.vr[3] = as_bytes(pairs[1, part], 16)
            state.acc = (first << 16 | np.roll(HALFWORDS, part).repeat(4)).astype(np.uint32)
            compare(operands_of(name, 1, 2, 3), state)


ACCUMULATING = [
    name for name, (xo, _) in VECTOR.items()
    if xo in FORMS and (FORMS[xo][0] is not TO_REGISTER or FORMS[xo][1].startswith(("multiply-add", "add accumulator")))
]
STEP = st.tuples(st.sampled_from([*ACCUMULATING, "fxvcmpb", "fxvcmph"]), st.integers(0, 7), st.integers(0, 7),
                 st.integers(0, 7), st.integers(0, 3))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEP, min_size=2, max_size=24),
       values=st.lists(st.sampled_from(HALFWORDS.tolist()), min_size=8, max_size=8), seed=st.integers(0, 3))
def test_chains_of_the_accumulator(steps: list[tuple[str, int, int, int, int]], values: list[int], seed: int) -> None:
    """Byte and halfword forms, right and left aligned, on the same accumulator and with masks."""
    state = random_vector_state(np.random.default_rng(seed))
    for register, value in enumerate(values):
        state.vr[register, :64] = splat(value, 16)[:64]
    words = [word for name, t, a, b, cond in steps for word in operands_of(name, t, a, b, cond=cond)]
    compare(words, state)
