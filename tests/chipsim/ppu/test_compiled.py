"""Compiled programs: the simulator and the emulator end with the same registers and memories, and with the right ones.

The programs are in the folder `programs`; what they leave in their global variables is computed here once more.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chipsim.ppu import State, run_elf
from lola import PPUElfFile
from tests.chipsim.ppu import unicorn_core
from tests.chipsim.ppu.random_programs import SCALAR_STATE, differences

ppu = pytest.importorskip("grenade.ppu")

PROGRAMS = Path(__file__).parent / "programs"
SLEEP = bytes.fromhex("7c00007c")


@cache
def compiled(name: str, compiler: str, option: str) -> PPUElfFile:
    try:
        program = ppu.compile_program([PROGRAMS / f"{name}.c"], compiler=compiler, options=[option])
        return PPUElfFile.from_bytes(program.elf, name)
    except ppu.CompilerNotFound as error:
        pytest.skip(str(error))


@cache
def results(name: str, compiler: str, option: str) -> tuple[State, State]:
    """States of the simulator and of the emulator, at the instruction that puts the processor to sleep."""
    file = compiled(name, compiler, option)
    internal, external, _ = file.read_images()
    simulated = run_elf(file).state
    return simulated, unicorn_core.run_images(internal, external, until=simulated.pc)


class Variables:
    """Global variables of a program after its end."""

    def __init__(self, file: PPUElfFile, state: State) -> None:
        self.symbols, self.state = file.read_symbols(), state

    def __call__(self, name: str, dtype: str) -> list[int]:
        """All elements of a variable in internal memory, of a type of numpy (big-endian)."""
        block = self.symbols[name].coordinate
        first, last = 4 * int(block.toMin()), 4 * int(block.toMax()) + 4
        return self.state.memory[first:last].view(dtype).tolist()


def as_int(value: int, bits: int) -> int:
    """Low bits as a number in two's complement."""
    return (value & (1 << bits) - 1 ^ 1 << bits - 1) - (1 << bits - 1)


def sorting() -> dict[tuple[str, str], list[int]]:
    seed, numbers = 1, []
    for _ in range(100):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        numbers.append(as_int(seed, 32) >> (seed & 7))
    numbers.sort()
    place = max(k for k, x in enumerate(numbers) if x <= numbers[50])
    return {("quick", ">i4"): numbers, ("heap", ">i4"): numbers, ("place_of_median", ">u4"): [place]}


def checksums() -> dict[tuple[str, str], list[int]]:
    text = b"The quick brown fox jumps over the lazy dog, 0123456789 times."
    crc16, fnv = 0, 0x811C9DC5
    for byte in text:
        fnv = (fnv ^ byte) * 0x01000193 & 0xFFFFFFFF
        crc16 ^= byte << 8
        for _ in range(8):
            crc16 = (crc16 << 1 ^ (0x1021 if crc16 & 0x8000 else 0)) & 0xFFFF
    return {
        ("crc32", ">u4"): [zlib.crc32(text)], ("crc32_by_bits", ">u4"): [zlib.crc32(text)],
        ("adler32", ">u4"): [zlib.adler32(text)], ("fnv", ">u4"): [fnv], ("crc16", ">u4"): [crc16],
    }


def division() -> dict[tuple[str, str], list[int]]:
    mask, seed = (1 << 64) - 1, 88172645463325252

    def following() -> int:
        nonlocal seed
        seed ^= seed << 13 & mask
        seed ^= seed >> 7
        seed ^= seed << 17 & mask
        return seed >> (seed & 63)

    rows = []
    for i in range(12):
        a = following()
        b = following() >> (i & 31) | 1
        c, d = as_int(a ^ 0xFFFF << 48, 64), as_int(b, 64)
        quotient = abs(c) // abs(d) * (1 if (c < 0) == (d < 0) else -1)  # C cuts towards zero
        rows.append((a // b, a % b, a // b, quotient, c - quotient * d,
                     as_int(a << 7 ^ 1 << 63, 64) >> 5 * i, math.isqrt(a), math.gcd(a, b)))
    columns = list(map(list, zip(*rows, strict=True)))
    names = ("quotients", "remainders", "by_shifts", "signed_quotients", "signed_remainders", "shifted", "roots",
             "divisors")
    return {(name, ">i8" if name.startswith("s") else ">u8"): column
            for name, column in zip(names, columns, strict=True)}


def strings() -> dict[tuple[str, str], list[int]]:
    source = "  one two  three four five six seven  "
    total = 0
    for character in source.encode():
        total = (total * 31 + character) & 0xFFFFFFFF

    def text(value: str, size: int) -> list[int]:
        return list(value.encode().ljust(size, b"\0"))

    return {
        ("reversed", "u1"): text(source[::-1], 64), ("upper", "u1"): text(source.upper(), 64),
        ("numbers", "u1"): text("0,7,-7,1234567,-2147483648,2147483647,", 96), ("longest", "u1"): text("three", 16),
        ("hexadecimal", "u1"): text(f"{total:08x}", 9), ("words", ">u4"): [7], ("sum", ">u4"): [total],
        ("order", ">u4"): [31], ("parsed", ">i4"): [-86400],
    }


def filtering() -> dict[tuple[str, str], list[int]]:
    def saturated(x: int) -> int:
        return min(max(x, -32768), 32767)

    noise, x = 12345, []
    for i in range(128):
        noise = (noise * 1103515245 + 12345) & 0xFFFFFFFF
        half = math.trunc(as_int(noise >> 16, 16) / 2)
        x.append(saturated((24000 if i // 16 % 2 else -24000) + half))
    taps = (2048, 8192, 14336, 8192, 2048)
    smooth = [saturated(as_int((1 << 14) + sum(t * x[i - k] for k, t in enumerate(taps) if i >= k), 32) >> 15)
              for i in range(128)]
    y: list[int] = []
    for i in range(128):
        past = [x[i], x[i - 1] if i else 0, x[i - 2] if i > 1 else 0]
        out = [y[i - 1] if i else 0, y[i - 2] if i > 1 else 0]
        total = 9000 * past[0] + 18000 * past[1] + 9000 * past[2] + 12000 * out[0] - 5000 * out[1]
        y.append(saturated(as_int(total >> 14, 32)))
    return {
        ("input", ">i2"): x, ("smooth", ">i2"): smooth, ("recursive", ">i2"): y,
        ("energy", ">i8"): [sum(a * b for a, b in zip(y, smooth, strict=True))],
        ("coarse", "i1"): [as_int(a >> 8, 8) for a in y], ("peak", ">u4"): [max(abs(a) for a in y)],
    }


def interpreting() -> dict[tuple[str, str], list[int]]:
    primes = [n for n in range(2, 60) if all(n % d for d in range(2, n))]
    padded = primes + [0] * (32 - len(primes))
    return {("primes", ">i4"): padded, ("again", ">i4"): padded, ("count", ">u4"): [17], ("count_again", ">u4"): [17]}


def records() -> dict[tuple[str, str], list[int]]:
    times = [i * i * 1999 & 0xFFFFF for i in range(24)]
    charge = 0
    for i in range(24):
        weight, sign = as_int(i - 8, 4), as_int(i * 37, 8)
        charge += as_int(i * 3001, 16) * weight if i & 1 else sign
    # Arguments of the call in the program, and their factors.
    arguments = (1, 250, -3, 5, 6, -7, 8, 9, 65535, -11, 0xFFFFFFFE, 3)
    factors = (1, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    return {
        ("length", ">u4"): [24], ("total_time", ">u4"): [sum(times)], ("charge", ">i4"): [charge],
        ("ackermann", ">u4"): [15], ("varied", ">i4"): [as_int(1 - 2 + 3000000000 + 4 - 5 - 6, 32)],
        ("mixed", ">u4"): [sum(a * f for a, f in zip(arguments, factors, strict=True)) & 0xFFFFFFFF],
    }


EXPECTED: dict[str, tuple[Callable[[], dict[tuple[str, str], list[int]]], int]] = {
    "sorting": (sorting, 0), "checksums": (checksums, 0), "division": (division, 0), "strings": (strings, 0),
    "filter": (filtering, 0), "interpreter": (interpreting, 17), "records": (records, -1),
}
"""What each program leaves, and the exit code."""

every_program = pytest.mark.parametrize("name", EXPECTED)
every_option = pytest.mark.parametrize("option", ["-O0", "-O2", "-Os"])
every_compiler = pytest.mark.parametrize("compiler", ["zig", "gcc"])


@every_option
@every_compiler
@every_program
def test_simulator_and_emulator_agree(name: str, compiler: str, option: str) -> None:
    simulated, emulated = results(name, compiler, option)
    assert bytes(simulated.memory[simulated.pc:simulated.pc + 4]) == SLEEP
    assert not differences(simulated, emulated, SCALAR_STATE)


@every_option
@every_compiler
@every_program
def test_results(name: str, compiler: str, option: str) -> None:
    expected, exit_code = EXPECTED[name]
    file = compiled(name, compiler, option)
    result: Any = run_elf(file)
    variables = Variables(file, result.state)
    assert result.exit_code == exit_code
    for (variable, dtype), values in expected().items():
        # Variables begin at words, and a block has whole words: what is behind a short one is not its own.
        assert variables(variable, dtype)[:len(values)] == values, variable


def test_programs_are_all_tested() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.c")} == set(EXPECTED)


@every_compiler
def test_steps_of_both_interpreters(compiler: str) -> None:
    variables = Variables(compiled("interpreter", compiler, "-O2"), results("interpreter", compiler, "-O2")[0])
    assert variables("steps", ">u4") == variables("steps_again", ">u4")
    assert np.all(np.array(variables("steps", ">u4")) > 5000)
