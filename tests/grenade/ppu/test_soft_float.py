"""Floating point arithmetic of PPU programs: bit for bit that of numpy, for both formats and both compilers."""

from __future__ import annotations

import numpy as np
import pytest

from chipsim.ppu import Processor, State
from grenade.ppu import Program, compile_program
from tests.grenade.ppu.compilers import REASONS
from tests.grenade.ppu.emulator import Memory, load, run

COUNT = 512
SOURCE = """
#include <stdint.h>

#define TABLE __attribute__((section("ext.data")))

TABLE T a[COUNT], b[COUNT];
TABLE T sum[COUNT], difference[COUNT], product[COUNT], quotient[COUNT], negative[COUNT];
TABLE T from_i32[COUNT], from_u32[COUNT], from_i64[COUNT], from_u64[COUNT];
TABLE OTHER converted[COUNT];
TABLE uint64_t integer[COUNT];
TABLE uint8_t conditions[COUNT];
TABLE int32_t i32[COUNT];
TABLE uint32_t u32[COUNT];
TABLE int64_t i64[COUNT];
TABLE uint64_t u64[COUNT];

int start(void)
{
	for (int i = 0; i < COUNT; ++i) {
		T const x = a[i], y = b[i];
		sum[i] = x + y;
		difference[i] = x - y;
		product[i] = x * y;
		quotient[i] = x / y;
		negative[i] = -x;
		converted[i] = x;
		conditions[i] = (x < y) | (x <= y) << 1 | (x == y) << 2 | (x != y) << 3 | (x > y) << 4 | (x >= y) << 5
			| __builtin_isunordered(x, y) << 6;
		from_i32[i] = (int32_t) integer[i];
		from_u32[i] = (uint32_t) integer[i];
		from_i64[i] = (int64_t) integer[i];
		from_u64[i] = integer[i];
		i32[i] = (int32_t) x;
		u32[i] = (uint32_t) x;
		i64[i] = (int64_t) x;
		u64[i] = (uint64_t) x;
	}
	return 0;
}
"""

FORMATS = {"float": (np.float32, np.uint32, 23), "double": (np.float64, np.uint64, 52)}
CONDITIONS = (np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal)


@pytest.fixture(scope="module", params=[f"{c}-{t}" for c in REASONS for t in FORMATS])
def case(request: pytest.FixtureRequest) -> tuple[Program, str]:
    compiler, _, type_ = request.param.partition("-")
    if REASONS[compiler]:
        pytest.skip(REASONS[compiler])
    other = {"float": "double", "double": "float"}[type_]
    defines = {"T": type_, "OTHER": other, "COUNT": COUNT}
    # The programs are the same for all tests of a format, so they are compiled once.
    return compile_program([("arithmetic.c", SOURCE)], defines=defines, compiler=compiler), type_


def operands(a: np.ndarray, b: np.ndarray, integer: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Contents of the tables: operands are repeated until they fill them."""
    integer = np.zeros(1, np.uint64) if integer is None else integer
    tables = {"a": a, "b": b, "integer": integer}
    values = {name: np.resize(table, COUNT) for name, table in tables.items()}
    return {name: table.astype(table.dtype.newbyteorder(">")) for name, table in values.items()}


def execute(program: Program, a: np.ndarray, b: np.ndarray, integer: np.ndarray | None = None) -> Memory:
    return run(program, operands(a, b, integer))


def assert_same(memory: Memory, name: str, expected: np.ndarray) -> None:
    """Bit patterns are equal; a NaN is any NaN."""
    expected = np.resize(expected, COUNT)
    got = memory.read(name, expected.dtype.newbyteorder(">").str).astype(expected.dtype)
    bits = np.dtype(f"u{expected.itemsize}")
    wrong = (got.view(bits) != expected.view(bits)) & ~(np.isnan(got) & np.isnan(expected))
    assert not wrong.any(), (name, np.flatnonzero(wrong)[:5], got[wrong][:5], expected[wrong][:5])


def assert_arithmetic(memory: Memory, a: np.ndarray, b: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        assert_same(memory, "sum", a + b)
        assert_same(memory, "difference", a - b)
        assert_same(memory, "product", a * b)
        assert_same(memory, "quotient", a / b)
        assert_same(memory, "negative", -a)
        assert_same(memory, "converted", a.astype(np.float64 if a.dtype == np.float32 else np.float32))
    bits = sum(condition(a, b).astype(np.uint8) << i for i, condition in enumerate(CONDITIONS))
    bits = bits | (np.isnan(a) | np.isnan(b)).astype(np.uint8) << 6
    np.testing.assert_array_equal(memory.read("conditions", "u1"), np.resize(bits, COUNT))


def patterns(type_: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Operands: any bit patterns, numbers of like size, short fractions (whose results are often halfway)."""
    value, bits, fraction = FORMATS[type_]
    width = np.dtype(bits).itemsize * 8
    any_a, any_b = rng.integers(0, 1 << width, (2, COUNT), dtype=bits)
    exponent = rng.integers(0, (1 << (width - 1 - fraction)) - 1, COUNT).astype(bits)
    near = np.clip(exponent.astype(int) + rng.integers(-fraction - 3, fraction + 3, COUNT), 0, None).astype(bits)
    sign, mask = bits(1 << (width - 1)), bits((1 << fraction) - 1)
    like_a = (any_a & (sign | mask)) | exponent << bits(fraction)
    like_b = (any_b & (sign | mask)) | near << bits(fraction)
    ends = ~bits((1 << (fraction // 2)) - 1)
    tiny = any_a & (sign | mask)
    kind = rng.integers(0, 5, COUNT)
    a = np.select([kind == 0, kind == 1, kind == 2, kind == 3], [any_a, like_a, like_a & ends, tiny], tiny)
    b = np.select([kind == 0, kind == 1, kind == 2, kind == 3], [any_b, like_b, like_b & ends, like_b], any_b & ends)
    return a.astype(bits).view(value), b.astype(bits).view(value)


@pytest.mark.parametrize("seed", range(4))
def test_random_operands(case: tuple[Program, str], seed: int) -> None:
    program, type_ = case
    a, b = patterns(type_, np.random.default_rng(seed))
    assert_arithmetic(execute(program, a, b), a, b)


def test_special_operands(case: tuple[Program, str]) -> None:
    program, type_ = case
    value = FORMATS[type_][0]
    info = np.finfo(value)
    one, tiny = value(1), info.smallest_subnormal
    positive = [
        0, tiny, 2 * tiny, info.tiny - tiny, info.tiny, 0.5, 1 - info.epsneg, 1, 1 + info.eps, 1.5, 2, 3,
        info.max, np.inf, np.nan,
    ]  # fmt: skip
    special = np.array([*positive, *(-one * np.array(positive, value))], value)[:22]
    a, b = (grid.ravel() for grid in np.meshgrid(special, special))
    assert a.size <= COUNT
    assert_arithmetic(execute(program, a, b), np.resize(a, COUNT), np.resize(b, COUNT))


def test_halfway_results_are_even(case: tuple[Program, str]) -> None:
    program, type_ = case
    value = FORMATS[type_][0]
    half = np.finfo(value).eps / 2
    steps = np.arange(COUNT).astype(value)
    a = (1 + steps * 2 * half).astype(value)
    b = np.full(COUNT, half, value)
    memory = execute(program, a, b)
    assert_same(memory, "sum", a + b)
    odd = memory.read("sum", a.dtype.newbyteorder(">").str).view(f">u{a.itemsize}") & 1
    assert not odd.any()


def test_integers_to_floats(case: tuple[Program, str]) -> None:
    program, type_ = case
    value = FORMATS[type_][0]
    rng = np.random.default_rng(7)
    shifts = rng.integers(0, 64, COUNT).astype(np.uint64)
    integer = rng.integers(0, 1 << 64, COUNT, dtype=np.uint64) >> shifts
    integer[:8] = [0, 1, (1 << 24) + 1, (1 << 25) + 3, (1 << 53) + 1, (1 << 63), (1 << 64) - 1, (1 << 31)]
    memory = execute(program, np.zeros(1, value), np.zeros(1, value), integer)
    for name, dtype in (("i32", np.int32), ("u32", np.uint32), ("i64", np.int64), ("u64", np.uint64)):
        assert_same(memory, f"from_{name}", integer.astype(dtype).astype(value))


def test_floats_to_integers(case: tuple[Program, str]) -> None:
    program, type_ = case
    value = FORMATS[type_][0]
    rng = np.random.default_rng(8)
    a = np.ldexp(rng.uniform(-1, 1, COUNT), rng.integers(-3, 66, COUNT)).astype(value)
    a[:12] = [0, -0.0, 0.99, -0.99, 2**31, -(2**31), 2**32, 2**63, -(2**63), 2**64, np.inf, -np.inf]
    a[12] = np.nan
    memory = execute(program, a, a)
    for name, dtype in (("i32", np.int32), ("u32", np.uint32), ("i64", np.int64), ("u64", np.uint64)):
        limits = np.iinfo(dtype)
        exact = [0 if np.isnan(x) else x if np.isinf(x) else int(x) for x in a.tolist()]
        # Beyond the range the nearest integer is given.
        expected = [int(min(max(x, limits.min), limits.max)) for x in exact]
        got = memory.read(name, np.dtype(dtype).newbyteorder(">").str).tolist()
        assert got == expected, name


def test_shifts_need_five_bits_of_the_count(case: tuple[Program, str]) -> None:
    """The logic of the processor may look at no more, while compilers rely on six for 64-bit numbers."""
    program, type_ = case
    a, b = patterns(type_, np.random.default_rng(5))
    memory = load(program, operands(a, b))
    state = State()
    state.memory[:], state.external[:] = memory.internal, memory.external
    processor = Processor.alone(state, strict=True)
    assert processor.run(10_000_000)
    memory.external[:] = processor.state().external
    assert_arithmetic(memory, a, b)
