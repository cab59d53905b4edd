"""The headers for programs of the plasticity processors: test programs, compiled by both compilers and executed."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import chipsim
import halco
import lola
import stadls
from chipsim.ppu import Fault, run_elf
from grenade.ppu import CompilationError, compile_program
from tests.chipsim.test_correlation_program import COLUMNS, ROW, host_rows_off, pairs, prepared, read_row, reset
from tests.grenade.ppu.chip_program import ChipProgram
from tests.grenade.ppu.compilers import COMPILERS, INSTALLED, needs_compiler

PROGRAMS = Path(__file__).parent / "libnux"
INCLUDE = Path(__file__).parents[3] / "grenade" / "ppu" / "include"
WARNINGS = ("-Wall", "-Wextra", "-Werror")

compilers = pytest.mark.parametrize("compiler", COMPILERS)


class Run:
    """A program of the folder `libnux` after it has ended: exit code, text and variables."""

    def __init__(self, name: str, compiler: str, **defines: object) -> None:
        program = compile_program([PROGRAMS / name], compiler=compiler, options=WARNINGS, defines=defines)
        result = run_elf(program.elf)
        self.exit_code, self.mailbox = result.exit_code, result.mailbox
        self._memory, self._external = result.state.memory, result.state.external
        self._symbols: Mapping[str, object] = lola.PPUElfFile(program.path).read_symbols()

    def read(self, name: str, dtype: str) -> np.ndarray:
        """Values of a variable."""
        coordinate = self._symbols[name].coordinate
        begin, end = int(coordinate.toMin()), int(coordinate.toMax()) + 1
        if isinstance(coordinate, halco.PPUMemoryBlockOnPPU):
            return self._memory[4 * begin : 4 * end].view(dtype)
        return self._external[begin:end].view(dtype)


@cache
def run(name: str, compiler: str, **defines: object) -> Run:
    """A program after it has ended; the same one for all tests that look at it."""
    return Run(name, compiler, **defines)


# -- headers ----------------------------------------------------------------------------------------------------------

HEADERS = ["s2pp.h", *sorted(str(path.relative_to(INCLUDE)) for path in (INCLUDE / "libnux").rglob("*.h*"))]


def test_there_are_headers() -> None:
    assert len(HEADERS) > 60


@needs_compiler
def test_headers_stand_alone() -> None:
    """Each is enough for itself, and may be included twice."""
    sources = [(f"header_{index}.cpp", f'#include "{name}"\n' * 2) for index, name in enumerate(HEADERS)]
    compile_program([*sources, ("start.cpp", "int start() { return 0; }\n")], compiler=INSTALLED[-1])


@compilers
def test_headers_are_without_warnings(compiler: str, tmp_path: Path) -> None:
    """All together, from another folder: compilers are silent about headers of the system, which ours are."""
    folder = shutil.copytree(INCLUDE, tmp_path / "include")
    text = "".join(f'#include "{name}"\n' for name in HEADERS) + "int start() { return 0; }\n"
    compile_program([("all.cpp", text)], compiler=compiler, include_directories=[folder], options=WARNINGS)


@compilers
def test_conversions_that_do_not_exist(compiler: str) -> None:
    """Between rows of different width only unsigned with unsigned and signed with signed."""
    text = '#include "libnux/vx/vector_row.h"\nusing namespace libnux::vx;\nint start() {{ {0} x; {1} y({2}(x)); }}\n'
    types = ("VectorRowFracSat16", "VectorRowMod8", "static_cast<VectorRowMod8>")
    with pytest.raises(CompilationError, match="VectorRow"):
        compile_program([("rows.cpp", text.format(*types))], compiler=compiler)
    types = ("VectorRowFracSat16", "VectorRowFracSat8", "static_cast<VectorRowFracSat8>")
    compile_program([("rows.cpp", text.format(*types).replace("; }", "; return y[0]; }"))], compiler=compiler)


# -- programs that check themselves -----------------------------------------------------------------------------------


@compilers
@pytest.mark.parametrize("name", ["rows", "builtins", "external", "scalar", "scheduler", "interrupts", "uart"])
def test_program(name: str, compiler: str) -> None:
    result = run(f"{name}.cpp", compiler)
    assert "failed: 0\n" in result.mailbox
    assert (result.exit_code, [line for line in result.mailbox.splitlines() if ": failed: " in line]) == (0, [])


MESSAGES = """\
Failing.Messages
failing.cpp:6: failed: ==(1, 2)
failing.cpp:7: failed: !=(3, 3)
failing.cpp:8: failed: >(1, 1)
failing.cpp:9: failed: >=(0, 1)
failing.cpp:10: failed: <(1, 1)
failing.cpp:11: failed: <=(2, 1)
failing.cpp:12: failed: true(false)
failing.cpp:13: failed: false(true)
failing.cpp:15: failed: equal()
failing.cpp:16: failed: true()
failing.cpp:17: failed: null()
failing.cpp:18: failed: not_null()
passed: 1, failed: 12
Passing.Nothing
passed: 1, failed: 0
test cases passed: 1, failed: 1
"""


@compilers
@pytest.mark.parametrize(("action", "exit_code", "last"), [
    (0, 11, ""), (1, 1, "direct\n"), (2, 1, "direct\nfailing.cpp:35: failed: true(ACTION == 1)\n"),
])
def test_failures_are_told(compiler: str, action: int, exit_code: int, last: str) -> None:
    """Messages of failed tests, the result of all, and the end of a program by a failed test."""
    result = run("failing.cpp", compiler, ACTION=action)
    assert (result.mailbox, result.exit_code) == (MESSAGES + last, exit_code)


@compilers
def test_too_many_tests(compiler: str) -> None:
    tests = "".join(f"TEST(Many, Number{number}) {{}}\n" for number in range(33))
    text = f'#include "libnux/vx/testing.h"\n{tests}int start() {{ return RUN_ALL_TESTS(); }}\n'
    result = run_elf(compile_program([("many.cpp", text)], compiler=compiler).elf)
    assert (result.mailbox, result.exit_code) == ("too many tests in one program\n", 1)


@compilers
@pytest.mark.parametrize(("statement", "exit_code"), [
    ("vector_if(VectorMod8(1), static_cast<VectorIfCondition>(6), VectorMod8(2), VectorMod8(3));", 1),
    ("vector_if(VectorRowMod16(1), static_cast<VectorIfCondition>(7), VectorRowMod16(2), VectorRowMod16(3));", 1),
    ("UartConfiguration(17, Parity::NONE, 1);", 1), ("UartConfiguration(16, Parity::NONE, 1);", 0), ("exit(-5);", -5),
])
def test_ends(compiler: str, statement: str, exit_code: int) -> None:
    """Misuse ends the program."""
    includes = "".join(f'#include "libnux/vx/{name}.h"\n' for name in ("vector_if", "uart"))
    text = f"{includes}using namespace libnux::vx;\nint start() {{ {statement} return 0; }}\n"
    assert run_elf(compile_program([("end.cpp", text)], compiler=compiler).elf).exit_code == exit_code


@compilers
def test_no_chip(compiler: str) -> None:
    """Rows of synapses are not in memory."""
    text = '#include "libnux/vx/vector.h"\nint start() { return libnux::vx::get_row_via_vector(0, 0)[3]; }\n'
    with pytest.raises(Fault):
        run_elf(compile_program([("row.cpp", text)], compiler=compiler).elf)


# -- numbers for the host ---------------------------------------------------------------------------------------------


@compilers
def test_mailbox(compiler: str) -> None:
    def vector(*first: int, size: int = 128) -> str:
        return "{" + ",".join(map(str, [*first, *[0] * (size - len(first))])) + "}\n"

    result = run("mailbox.cpp", compiler)
    lines = [vector(0, 7, 128, 255), vector(0, 7, -128, -1)]
    lines += [vector(1, 40000, 65535, size=64), vector(1, -25536, -1, size=64)]
    assert result.mailbox == "text\n0 4294967295 -2147483648 1905\n" + "".join(lines) + "-3/128\n"
    # Offsets behind what was written and read; what is outside of the mailbox is left out.
    expected = [5, 0, 1, 10, 11, 4, *(len(line) - 1 for line in lines)]
    expected += [4006, 4005, 2509, 4096, 4096, 1241]
    assert result.read("returned", ">u4").tolist() == expected
    assert result.exit_code == 0


@compilers
def test_mailbox_is_full(compiler: str) -> None:
    result = run("mailbox_full.cpp", compiler)
    assert result.mailbox == "abcdefg\n" * 512
    assert result.exit_code == 4096


def xorshift32(seed: int) -> int:
    seed ^= seed << 13 & 0xFFFFFFFF
    seed ^= seed >> 17
    return seed ^ seed << 5 & 0xFFFFFFFF


@compilers
def test_random_numbers(compiler: str) -> None:
    result = run("scalar.cpp", compiler)
    numbers, seed = [], 0x12345678
    for _ in range(64):
        numbers.append(seed := xorshift32(seed))
    assert result.read("xorshift_numbers", ">u4").tolist() == numbers
    numbers, seed = [], 99
    for _ in range(64):
        numbers.append(seed := (1664525 * seed + 1013904223) % 2**32)
    assert result.read("lcg_numbers", ">u4").tolist() == numbers
    times, seed = [], 2463534242
    for _ in range(64):
        steps = 0
        while (seed := xorshift32(seed)) > 0x20000000:
            steps += 1
        times.append(5 * steps)
    assert result.read("poisson_numbers", ">u4").tolist() == times
    assert max(times) > 50


def taylor(x: float) -> float:
    """Six terms of the series of the exponential function."""
    return sum(x**term / math.factorial(term) for term in range(6))


@compilers
def test_exponential(compiler: str) -> None:
    result = run("scalar.cpp", compiler)
    for index, number in enumerate(result.read("exp_6_numbers", ">i4").tolist()):
        assert abs(number / 65536 - taylor((index - 32) / 32)) < 4 / 65536, index
    for index, number in enumerate(result.read("exp_6b_numbers", ">i4").tolist()):
        x = (index - 40) / 2
        exact = math.exp(math.floor(x)) * taylor(x - math.floor(x)) if -11 <= x else 0
        assert number == 2**31 - 1 if x > 10.39 else abs(number - 65536 * exact) <= 2 + 1e-4 * 65536 * exact, index


# -- vector classes ---------------------------------------------------------------------------------------------------

def saturated(values: np.ndarray, width: int) -> np.ndarray:
    """Values in the range of signed numbers."""
    return np.clip(values, -(1 << (width - 1)), (1 << (width - 1)) - 1)


def shifted(values: np.ndarray, bits: int, width: int, signed: bool) -> np.ndarray:
    """Elements after `<<` with a count of any sign."""
    if abs(bits) >= width:
        return np.zeros_like(values)
    if bits <= 0:
        return values >> -bits
    if not signed:
        return values << bits & ((1 << width) - 1)
    below_sign = (1 << (width - 1)) - 1
    sign = np.where(values < 0, -(below_sign + 1), 0)
    return sign + (values << bits & below_sign)


@compilers
@pytest.mark.parametrize("width", [8, 16])
class TestOperators:
    """Results of `operators.cpp` against numpy."""

    @pytest.fixture
    def run(self, compiler: str, width: int) -> Run:
        return run("operators.cpp", compiler, WIDTH=width)

    @staticmethod
    def operands(run: Run, width: int, signed: bool) -> tuple[np.ndarray, np.ndarray]:
        """First operands, and second operands by rotation; both as wide integers."""
        kind = f">{'i' if signed else 'u'}{width // 8}"
        first, second = run.read("firsts", kind).astype(int), run.read("seconds", kind).astype(int)
        lanes = np.arange(len(first)) % (1024 // width)
        return first, second[(lanes + np.arange(len(second))[:, None]) % len(second)]

    def test_all_firsts(self, run: Run, width: int) -> None:
        """The operands have the corners, and all bytes."""
        first, second = self.operands(run, width, signed=True)
        largest = (1 << (width - 1)) - 1
        assert {-largest - 1, -largest, -1, 0, 1, largest - 1, largest} <= set(first) & set(second[0]) | {-largest}
        assert width != 8 or len(set(first)) == 256

    def test_modulo(self, run: Run, width: int) -> None:
        first, second = self.operands(run, width, signed=False)
        for name, expected in (("sums", first + second), ("differences", first - second), ("products", first * second)):
            result = run.read(f"modulo_{name}", f">u{width // 8}").reshape(second.shape)
            np.testing.assert_array_equal(result, expected % (1 << width), err_msg=name)

    def test_fractional(self, run: Run, width: int) -> None:
        first, second = self.operands(run, width, signed=True)
        products = first * second >> (width - 1)
        for name, expected in (("sums", first + second), ("differences", first - second), ("products", products)):
            result = run.read(f"fractional_{name}", f">i{width // 8}").reshape(second.shape)
            np.testing.assert_array_equal(result, saturated(expected, width), err_msg=name)

    @pytest.mark.parametrize("signed", [False, True])
    def test_shifts(self, run: Run, width: int, signed: bool) -> None:
        first, _ = self.operands(run, width, signed)
        name, kind = ("fractional_shifts", ">i") if signed else ("modulo_shifts", ">u")
        result = run.read(name, f"{kind}{width // 8}").reshape(-1, len(first))
        for bits, row in zip(range(-17, 18), result, strict=True):
            np.testing.assert_array_equal(row, shifted(first, bits, width, signed), err_msg=f"<< {bits}")

    def test_negation(self, run: Run, width: int) -> None:
        unsigned, _ = self.operands(run, width, signed=False)
        signed, _ = self.operands(run, width, signed=True)
        np.testing.assert_array_equal(run.read("modulo_negations", f">u{width // 8}"), -unsigned % (1 << width))
        np.testing.assert_array_equal(run.read("fractional_negations", f">i{width // 8}"), saturated(-signed, width))

    def test_conversions(self, run: Run, width: int) -> None:
        unsigned, _ = self.operands(run, width, signed=False)
        signed, _ = self.operands(run, width, signed=True)
        half = 1 << (width - 1)
        np.testing.assert_array_equal(run.read("signed_contiguous", f">i{width // 8}"), unsigned - half)
        np.testing.assert_array_equal(run.read("unsigned_contiguous", f">u{width // 8}"), signed + half)
        np.testing.assert_array_equal(run.read("signed_bits", f">i{width // 8}"), signed)
        np.testing.assert_array_equal(run.read("unsigned_bits", f">u{width // 8}"), unsigned)

    def test_spellings_agree(self, run: Run, width: int) -> None:
        """In place, with an element on either side, shifts by constants: compared by the program."""
        assert run.read("wrong", ">u4").tolist() == [0] * 8
        assert run.exit_code == 0


# -- on a chip --------------------------------------------------------------------------------------------------------


@compilers
def test_chip(compiler: str) -> None:
    """Rows, random numbers, hemispheres and resets on both hemispheres at once."""
    connection = chipsim.SimConnection(chipsim.Chip.ideal())
    stadls.run(connection, stadls.SystemInit().generate()[0].done())
    program = compile_program([PROGRAMS / "on_chip.cpp"], compiler=compiler, options=WARNINGS)
    chip = ChipProgram(connection, program)
    chip.run_until_sleep()
    failures = [line for text in chip.mailboxes() for line in text.splitlines() if ": failed: " in line]
    assert (chip.exit_codes(), failures) == ([0, 0], [])
    assert chip.read_words("location") == [0, 1]


@compilers
@pytest.mark.parametrize("whole", [0, 1])
def test_correlation(compiler: str, whole: int) -> None:
    """The processor reads what the host reads, and its reset brings the first values back."""
    e = prepared()
    host_rows_off(e)
    reset(e)
    first = read_row(e)
    pairs(e, 2.5, 100)
    expected = read_row(e)
    program = compile_program([PROGRAMS / "correlation.cpp"], compiler=compiler, options=WARNINGS)
    chip = ChipProgram(e.connection, program, row=ROW.to_bytes(4, "big"), all=whole.to_bytes(4, "big"))
    chip.run_until_sleep()

    def rows(data: bytes) -> np.ndarray:
        """Samples by channel and column: even columns come before odd ones."""
        halves = np.frombuffer(data, np.uint8).reshape(-1, 2, 2, 128)
        return halves.swapaxes(2, 3).reshape(-1, 2, 256).astype(int)

    samples, alone = (rows(chip.read(name)[0]) for name in ("samples", "alone"))
    assert np.all((first - expected)[0, COLUMNS] > 10)
    np.testing.assert_array_equal(samples[0], expected)
    np.testing.assert_array_equal(alone[0], expected)
    np.testing.assert_array_equal(samples[1], expected)
    np.testing.assert_array_equal(samples[2], first)
    np.testing.assert_array_equal(read_row(e), first)
