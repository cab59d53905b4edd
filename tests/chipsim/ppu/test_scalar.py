"""Scalar instructions: against the emulator, and where it differs from the processor against numbers worked by hand."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from chipsim.ppu import Fault, State, execute
from tests.chipsim.ppu import unicorn_core
from tests.chipsim.ppu.encoding import SPR, encode, operand_fields, variants
from tests.chipsim.ppu.random_programs import (
    CORNERS,
    REGISTER_INSTRUCTIONS,
    SCALAR_STATE,
    differences,
    random_scalar_program,
    random_state,
)

ORIGIN = 0x80000000
RESULT, CONDITION, EXCEPTION, START = 26, 27, 28, 29
"""Registers behind the corners: result, CR, XER, and what XER is before."""


def registers(**values: int) -> State:
    """State with the given registers: r<number> or the name of an attribute."""
    state = State()
    for name, value in values.items():
        if name[0] == "r" and name[1:].isdigit():
            state.gpr[int(name[1:])] = value
        else:
            setattr(state, name, value)
    return state


def put(state: State, address: int, data: bytes) -> State:
    memory, offset = (state.external, address - 0x40000000) if address >= 0x40000000 else (state.memory, address)
    memory[offset:offset + len(data)] = np.frombuffer(data, dtype=np.uint8)
    return state


def corner_program(name: str, rng: Random) -> list[int]:
    """All pairs of corners through one instruction; result, CR and XER of each go to the memory."""
    fields = operand_fields(name)
    words = []
    for number in range(len(CORNERS) ** 2):
        a, b = divmod(number, len(CORNERS))
        if fields[:2] == ["RA", "RS"]:
            known = {"RA": RESULT, "RS": a, "RB": b}
        else:
            known = {"RT": RESULT, "RA": a, "RB": b, "RS": a}
        widths = {"SI": 16, "UI": 16, "BF": 3, "BFA": 3, "L": 1, "FXM": 8}
        operands = [known.get(field, rng.getrandbits(widths.get(field, 5))) for field in fields]
        if name == "mtocrf":
            operands[0] = 1 << rng.randrange(8)
        if name.startswith("div") and CORNERS[b] == 0:
            continue
        words += [encode("addis", START, 0, rng.randrange(8) << 13), encode("mtspr", SPR["XER"], START),
                  encode(name, *operands), encode("mfcr", CONDITION), encode("mfspr", EXCEPTION, SPR["XER"])]
        words += [encode("stw", RESULT + k, 12 * number + 4 * k, 0) for k in range(3)]
    return words


@pytest.mark.parametrize("name", [v for n in (*REGISTER_INSTRUCTIONS, "divw", "divwu") for v in variants(n)])
def test_every_instruction(name: str) -> None:
    state = State(cr=0x12345678)
    state.gpr[:len(CORNERS)] = CORNERS
    words = corner_program(name, Random(name))
    assert not differences(execute(words, state), unicorn_core.run(words, state), SCALAR_STATE)


def compare_random_programs(seeds: range, atoms: int) -> int:
    """Number of instructions of the programs, all of which do the same in the emulator."""
    count = 0
    for seed in seeds:
        # Every second one where branches to absolute addresses reach it.
        origin = ORIGIN if seed % 2 else 0x4000
        words = random_scalar_program(Random(seed), atoms, origin)
        state = random_state(np.random.default_rng(seed))
        expected = unicorn_core.run(words, state, origin=origin)
        assert expected.pc == origin + 4 * len(words)
        found = differences(execute(words, state, origin=origin), expected, SCALAR_STATE)
        assert not found, f"seed {seed}: {found}"
        count += len(words)
    return count


@pytest.mark.parametrize("part", range(5))
def test_a_million_random_instructions(part: int) -> None:
    assert compare_random_programs(range(1000 * part, 1000 * part + 150), 750) >= 200_000


def test_short_random_programs() -> None:
    """Few instructions each, so that nothing later hides a difference of the final registers."""
    compare_random_programs(range(10_000, 10_400), 8)


LOOPS = {
    "sum of 1 to r3": [
        encode("mtspr", SPR["CTR"], 3), encode("addi", 4, 0, 0), encode("mfspr", 5, SPR["CTR"]),
        encode("add", 4, 4, 5), encode("bc", 16, 0, -8),
    ],
    "bits of r3, record form and branch": [
        encode("addi", 4, 0, 0), encode("addi", 5, 3, -1), encode("addi", 4, 4, 1), encode("and.", 3, 3, 5),
        encode("bc", 4, 2, -12),
    ],
    "calls": [
        encode("b", 16), encode("add", 4, 4, 3), encode("bclr", 20, 0), encode("addi", 9, 0, 1),
        encode("bl", -12), encode("bl", -16), encode("bcl", 20, 31, 4), encode("mfspr", 6, SPR["LR"]),
    ],
    "copy of strings with updates": [
        encode("addi", 5, 0, 0xFF), encode("addi", 6, 0, 0x1FF), encode("mtspr", SPR["CTR"], 3),
        encode("lbzu", 7, 1, 5), encode("stbu", 7, 1, 6), encode("bc", 16, 0, -8),
    ],
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("r3", [1, 2, 100])
def test_loops(name: str, r3: int) -> None:
    state = random_state(np.random.default_rng(r3))
    state.gpr[3] = r3
    assert not differences(execute(LOOPS[name], state), unicorn_core.run(LOOPS[name], state), SCALAR_STATE)


def test_the_given_state_stays_as_it_is() -> None:
    state = random_state(np.random.default_rng(1))
    before = random_state(np.random.default_rng(1))
    result = execute([encode("addi", 3, 0, 7), encode("stw", 3, 0x100, 0), encode("mtspr", SPR["LR"], 3)], state)
    assert state == before
    assert result.gpr[3] == 7 and result.lr == 7 and bytes(result.memory[0x100:0x104]) == b"\0\0\0\7"
    assert result.pc == ORIGIN + 12


@pytest.mark.parametrize(("name", "rs", "expected"), [
    ("popcntb", 0x00000000, 0x00000000),
    ("popcntb", 0xFF0103AA, 0x08010204),
    ("popcntb", 0x7F80F00F, 0x07010404),
    ("prtyw", 0x00000000, 0),
    ("prtyw", 0x01000000, 1),
    ("prtyw", 0x01010001, 1),
    ("prtyw", 0x01010101, 0),
    ("prtyw", 0xFEFEFEFE, 0),  # only the lowest bit of each byte counts
    ("prtyw", 0xFEFFFEFE, 1),
])
def test_bytes_of_a_word(name: str, rs: int, expected: int) -> None:
    assert execute([encode(name, 4, 3)], registers(r3=rs, r4=99)).gpr[4] == expected


@pytest.mark.parametrize(("name", "a", "b", "quotient", "overflow"), [
    ("divw", 5, 0, 0xFFFFFFFF, True),
    ("divw", 0, 0, 0xFFFFFFFF, True),
    ("divw", 0xFFFFFFFB, 0, 0, True),
    ("divw", 0x80000000, 0xFFFFFFFF, 0x80000000, True),
    ("divw", 0xFFFFFFF9, 2, 0xFFFFFFFD, False),  # -7 / 2 = -3
    ("divwu", 5, 0, 0xFFFFFFFF, True),
    ("divwu", 0x80000000, 0, 0xFFFFFFFF, True),
    ("divwu", 0x80000000, 0xFFFFFFFF, 0, False),
    ("divwu", 0xFFFFFFF9, 2, 0x7FFFFFFC, False),
])
def test_division_without_a_quotient(name: str, a: int, b: int, quotient: int, overflow: bool) -> None:
    """The divider's rule; OV is written only by the forms with OE, SO is sticky."""
    plain = execute([encode(name, 5, 3, 4)], registers(r3=a, r4=b, xer=0x40000000))
    assert (plain.gpr[5], plain.xer) == (quotient, 0x40000000)
    counted = execute([encode(name + "o", 5, 3, 4)], registers(r3=a, r4=b, xer=0x60000000))
    assert (counted.gpr[5], counted.xer) == (quotient, 0xE0000000 if overflow else 0x20000000)


def test_one_field_of_the_condition_register() -> None:
    """`mfocrf` copies the selected field and keeps the other bits of its target."""
    state = registers(r3=0xFFFFFFFF, cr=0x12345678)
    assert execute([encode("mfocrf", 3, 0x80)], state).gpr[3] == 0x1FFFFFFF
    assert execute([encode("mfocrf", 3, 0x10)], state).gpr[3] == 0xFFF4FFFF
    assert execute([encode("mfocrf", 3, 0x01)], state).gpr[3] == 0xFFFFFFF8
    assert execute([encode("mfcr", 3)], state).gpr[3] == 0x12345678


def test_fields_written_to_the_condition_register() -> None:
    state = registers(r3=0xABCDEF01, cr=0x12345678)
    assert execute([encode("mtcrf", 0xFF, 3)], state).cr == 0xABCDEF01
    assert execute([encode("mtcrf", 0x81, 3)], state).cr == 0xA2345671
    assert execute([encode("mtocrf", 0x20, 3)], state).cr == 0x12C45678
    assert execute([encode("mtcrf", 0, 3)], state).cr == 0x12345678


def test_only_three_bits_of_the_exception_register_exist() -> None:
    words = [encode("mtspr", SPR["XER"], 3), encode("mfspr", 4, SPR["XER"])]
    result = execute(words, registers(r3=0xFFFFFFFF))
    assert (result.xer, result.gpr[4]) == (0xE0000000, 0xE0000000)


@pytest.mark.parametrize("base", [0x100, 0x40000100])
def test_halfword_at_an_odd_address_inside_a_word(base: int) -> None:
    """Only the last byte of a word is no place for a halfword."""
    state = put(registers(r3=base, r5=0x1234), base, bytes.fromhex("0182f304"))
    assert execute([encode("lhz", 4, 1, 3)], state).gpr[4] == 0x82F3
    assert execute([encode("lha", 4, 1, 3)], state).gpr[4] == 0xFFFF82F3
    result = execute([encode("sth", 5, 1, 3), encode("lwz", 6, 0, 3)], state)
    assert result.gpr[6] == 0x01123404 and result.pc == ORIGIN + 8
    result = execute([encode("lhzu", 4, 1, 3)], state)
    assert (result.gpr[4], result.gpr[3]) == (0x82F3, base + 1)


def test_addresses_wrap_around() -> None:
    state = put(registers(r3=0xFFFFFFF0, r4=0x110), 0x100, bytes.fromhex("cafe0123"))
    assert execute([encode("lwz", 5, 0x110, 3)], state).gpr[5] == 0xCAFE0123
    assert execute([encode("lwzx", 5, 3, 4)], state).gpr[5] == 0xCAFE0123


def test_register_zero_as_base_is_the_number_zero() -> None:
    state = put(registers(r0=0x55, r4=0x100), 0x100, bytes.fromhex("00c0ffee"))
    words = [encode("lwz", 5, 0x100, 0), encode("lwzx", 6, 0, 4), encode("addi", 7, 0, 1), encode("addis", 8, 0, 1)]
    assert execute(words, state).gpr[5:9].tolist() == [0xC0FFEE, 0xC0FFEE, 1, 0x10000]


def test_both_memories_are_big_endian_words() -> None:
    state = registers(r3=0x11223344, r4=0x40000000)
    result = execute([encode("stw", 3, 0x20, 0), encode("stw", 3, 0x24, 4)], state)
    assert bytes(result.memory[0x20:0x24]) == bytes.fromhex("11223344")
    assert bytes(result.external[0x24:0x28]) == bytes.fromhex("11223344")


SHIFTS = [  # instruction, operand, amount, Power ISA (six bits of the amount), processor as built (five bits)
    ("slw", 0x00000001, 32, 0x00000000, 0x00000001),
    ("slw", 0x00000003, 63, 0x00000000, 0x80000000),
    ("slw", 0x00000003, 64, 0x00000003, 0x00000003),
    ("srw", 0x80000000, 32, 0x00000000, 0x80000000),
    ("srw", 0xC0000000, 33, 0x00000000, 0x60000000),
    ("sraw", 0x80000000, 32, 0xFFFFFFFF, 0x80000000),
    ("sraw", 0xC0000000, 33, 0xFFFFFFFF, 0xE0000000),
    ("sraw", 0x40000000, 40, 0x00000000, 0x00400000),
    ("srw", 0xC0000000, 31, 0x00000001, 0x00000001),
]


@pytest.mark.parametrize(("name", "value", "amount", "power", "built"), SHIFTS)
def test_shifts_by_a_word_and_more(name: str, value: int, amount: int, power: int, built: int) -> None:
    words, state = [encode(name, 5, 3, 4)], registers(r3=value, r4=amount)
    assert execute(words, state).gpr[5] == power
    assert execute(words, state, strict=True).gpr[5] == built


@pytest.mark.parametrize("name", ["lha", "lhau"])
def test_displacement_of_algebraic_loads(name: str) -> None:
    """Signed as in Power ISA; in the processor as built it is not."""
    words = [encode(name, 4, -4, 3)]
    below = put(registers(r3=0x104), 0x100, bytes.fromhex("8001"))
    assert execute(words, below).gpr[4] == 0xFFFF8001
    above = put(registers(r3=0xFFFF1000), 0xFFC, bytes.fromhex("8002"))  # 0xffff1000 + 0xfffc = 0xffc
    assert execute(words, above, strict=True).gpr[4] == 0xFFFF8002


UNDEFINED = {
    "sc": 0x44000002, "isync": 0x4C00012C, "eieio": 0x7C0006AC, "mftb": 0x7C6C42E6, "lwarx": 0x7C602028,
    "lwbrx": 0x7C60242C, "stwbrx": 0x7C60252C, "lhbrx": 0x7C60262C, "dcbz": 0x7C0027EC, "icbi": 0x7C0027AC,
    "lswi": 0x7C6424AA, "isel": 0x7C64281E, "popcntw": 0x7C8302F4, "cmpb": 0x7C832BF8, "wrteei": 0x7C008146,
    "mcrxr": 0x7C000400, "fadd": 0xFC22182A, "lfs": 0xC0240000, "stfd": 0xD8240000, "opcode 1": 0x04642800,
    "opcode 62": 0xF8640001, "wait with the number of later cores": 0x7C00003C,
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_undefined_instructions_do_nothing(name: str) -> None:
    state = random_state(np.random.default_rng(5))
    state.gpr[4] = 0x100
    result = execute([UNDEFINED[name], encode("ori", 0, 0, 0)], state)
    state.pc = ORIGIN + 8
    assert not differences(result, state, SCALAR_STATE)


@pytest.mark.parametrize("address", [0x4000, 0x3FFFFFFC, 0x40020000, 0xFFFFFFFC])
@pytest.mark.parametrize("name", ["lwz", "stw", "lbz", "sth"])
def test_access_without_a_memory(name: str, address: int) -> None:
    with pytest.raises(Fault):
        execute([encode(name, 4, 0, 3)], registers(r3=address))


def test_limit() -> None:
    with pytest.raises(Fault):
        execute([encode("b", 0)], State(), limit=1000)
    words = [encode("addi", 3, 3, 1)] * 50
    assert execute(words, State(), limit=50).gpr[3] == 50


@pytest.mark.parametrize(("words", "address"), [
    ([encode("b", 0x100)], ORIGIN + 0x100),
    ([encode("mtspr", SPR["CTR"], 3), encode("bcctr", 20, 0)], 0x1234),
    ([encode("mtspr", SPR["LR"], 3), encode("bclr", 20, 0)], 0x1234),
    ([encode("ba", 0x100)], 0x100),
    ([encode("ba", -0x100)], 0xFFFFFF00),
    ([encode("bca", 20, 0, 0x8000)], 0xFFFF8000),
    ([encode("b", -0x2000000)], 0x7E000000),
], ids=["forward", "count register", "link register", "absolute", "absolute negative", "conditional absolute", "far"])
def test_a_branch_out_of_the_program_ends_it(words: list[int], address: int) -> None:
    """The two lowest bits of a target in a register do not count."""
    assert execute([*words, encode("addi", 5, 0, 1)], registers(r3=0x1237)).pc == address
