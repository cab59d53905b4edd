"""What programs for the PPU find when they run: start and end, places of code and data, integers, memory functions."""

from __future__ import annotations

import numpy as np
import pytest

from grenade.ppu import Program, compile_program
from tests.grenade.ppu.compilers import COMPILERS
from tests.grenade.ppu.emulator import Memory, run

pytestmark = pytest.mark.parametrize("compiler", COMPILERS)


def build(text: str, compiler: str, name: str = "program.cpp", **parameters: object) -> Program:
    return compile_program([(name, text)], compiler=compiler, **parameters)


def outcome(text: str, compiler: str, **parameters: object) -> int:
    """Exit code of a program."""
    return run(build(text, compiler, **parameters)).exit_code


# -- start and end -------------------------------------------------------------------------------------------------


def test_start_in_cpp(compiler: str) -> None:
    assert outcome("int start() { return 5; }", compiler) == 5


def test_start_in_c(compiler: str) -> None:
    assert outcome("int start(void) { return -6; }", compiler, name="program.c") == -6


def test_start_without_result(compiler: str) -> None:
    assert outcome('extern "C" void exit(int); void start() { exit(7); }', compiler) == 7


def test_start_in_assembly(compiler: str) -> None:
    text = ".globl start\n.text\nstart: li %r3, 8\n blr\n"
    assert outcome(text, compiler, name="program.S") == 8


def test_constructors_run_in_order_and_destructors_in_reverse(compiler: str) -> None:
    text = """
    extern "C" void exit(int);
    int volatile events = 0;
    struct Object
    {
        int digit;
        Object(int d) : digit(d) { events = events * 10 + digit; }
        ~Object() { events = events * 10 + digit; }
    };
    Object first(1), second(2);
    Object early __attribute__((init_priority(200)))(3);
    int start()
    {
        static Object local(4);
        return 0;
    }
    """
    assert run(build(text, compiler)).read("events", ">i4")[0] == 31244213


def test_destructors_leave_the_exit_code(compiler: str) -> None:
    text = """
    int volatile work = 3;
    struct Object { ~Object() { for (int i = 0; i < 9; ++i) work = work * 5; } } object;
    int start() { return 77; }
    """
    assert outcome(text, compiler) == 77


def test_exit_at_once_from_a_deep_place(compiler: str) -> None:
    text = """
    extern "C" void exit(int);
    __attribute__((noinline)) int down(int n) { if (n == 0) exit(-9); return down(n - 1) + n; }
    struct Object { ~Object() { exit(1); } } object;
    int start() { return down(20); }
    """
    assert outcome(text, compiler) == -9


def test_stack_begins_below_the_mailbox(compiler: str) -> None:
    text = "int start() { return (int) __builtin_frame_address(0); }"
    assert 0x2F00 < outcome(text, compiler) <= 0x2FF0
    memory = run(build(text, compiler))
    assert memory.internal[0x2FF0:0x2FF4].view(">u4")[0] == 0x2FF0


def test_stack_is_aligned(compiler: str) -> None:
    text = """
    __attribute__((noinline)) int low_bits(int depth)
    {
        __attribute__((aligned(128))) char volatile block[128];
        block[depth] = 1;
        int const here = (int) block & 127;
        return depth ? here | low_bits(depth - 1) : here;
    }
    int start() { return low_bits(5) | ((int) __builtin_frame_address(0) & 15); }
    """
    assert outcome(text, compiler) == 0


@pytest.mark.parametrize(
    "body",
    ["abort();", "pure();", "while (true) last = new int[100];", "std::vector<int> v; v.at(3) = 1;"],
)
def test_what_cannot_go_on_ends_with_one(compiler: str, body: str) -> None:
    text = f"""
    #include <cstdlib>
    #include <vector>
    struct Base {{ Base() {{ indirect(); }} void indirect() {{ call(); }} virtual void call() = 0; }};
    struct Derived : Base {{ void call() override {{}} }};
    void pure() {{ Derived d; }}
    int* volatile last;
    int start() {{ {body} return 0; }}
    """
    assert outcome(text, compiler) == 1


# -- calls between memories ----------------------------------------------------------------------------------------

FAR_CALLS = """
#define INTERNAL __attribute__((noinline, section("int.text")))
#define EXTERNAL __attribute__((noinline, section("ext.text")))
EXTERNAL int outside(int n);
INTERNAL int inside(int n) { return n == 0 ? 1 : 2 * outside(n - 1); }
EXTERNAL int outside(int n) { return n == 0 ? 1 : 3 * inside(n - 1); }
typedef int Function(int);
Function* const volatile table[] = {inside, outside};
struct Object { int value; Object() : value(inside(2)) {} };
Object object;
int start() { return table[0](5) * 1000 + table[1](4) * 10 + object.value; }
"""


def test_calls_between_internal_and_external_memory(compiler: str) -> None:
    program = build(FAR_CALLS, compiler)
    assert run(program).exit_code == 72 * 1000 + 36 * 10 + 6
    image = program.file.read_program()
    assert image.external is not None and image.external_dram is None


def test_all_code_in_internal_memory(compiler: str) -> None:
    program = build(FAR_CALLS, compiler, internal_text=True)
    assert run(program).exit_code == 72 * 1000 + 36 * 10 + 6
    assert program.file.read_program().external is None


def test_variables_are_where_their_section_says(compiler: str) -> None:
    text = """
    int inside = 1;
    __attribute__((section("ext.data"))) int outside = 2;
    __attribute__((section("ext.data.keep"), aligned(128))) int volatile kept = 3;
    int volatile sum;
    int start() { sum = inside + outside; inside = 5; outside = 6; return (int) &kept & 127; }
    """
    memory = run(build(text, compiler))
    assert memory.exit_code == 0
    values = {name: memory.read(name, ">i4")[0] for name in ("inside", "outside", "kept", "sum")}
    assert values == {"inside": 5, "outside": 6, "kept": 3, "sum": 3}
    kinds = {name: type(memory.symbols[name].coordinate).__name__ for name in values}
    assert kinds == {
        "inside": "PPUMemoryBlockOnPPU", "sum": "PPUMemoryBlockOnPPU",
        "outside": "ExternalPPUMemoryBlockOnFPGA", "kept": "ExternalPPUMemoryBlockOnFPGA",
    }  # fmt: skip


# -- integers ------------------------------------------------------------------------------------------------------

INTEGERS = """
#include <stdint.h>
#define COUNT 256
#define TABLE __attribute__((section("ext.data")))
TABLE uint64_t a[COUNT], b[COUNT];
TABLE uint64_t quotient[COUNT], remainder[COUNT], left[COUNT], right[COUNT], product[COUNT];
TABLE int64_t signed_quotient[COUNT], signed_remainder[COUNT], signed_right[COUNT];
TABLE uint8_t zeros[COUNT], ones[COUNT], trailing[COUNT];
uint64_t __ashldi3(uint64_t, int), __lshrdi3(uint64_t, int), __udivmoddi4(uint64_t, uint64_t, uint64_t*);
int64_t __ashrdi3(int64_t, int);
int start(void)
{
    for (int i = 0; i < COUNT; ++i) {
        uint64_t const x = a[i], y = b[i];
        int64_t const sx = (int64_t) x, sy = (int64_t) y;
        int const n = y & 63;
        quotient[i] = x / y;
        remainder[i] = x % y;
        signed_quotient[i] = sx / sy;
        signed_remainder[i] = sx % sy;
        left[i] = __ashldi3(x, n);
        right[i] = __lshrdi3(x, n);
        signed_right[i] = __ashrdi3(sx, n);
        if (left[i] != x << n || right[i] != x >> n || signed_right[i] != sx >> n)
            return 1;
        product[i] = x * y;
        zeros[i] = __builtin_clzll(y);
        trailing[i] = __builtin_ctzll(y);
        ones[i] = __builtin_popcountll(x);
    }
    return 0;
}
"""


def test_integers_of_64_bit(compiler: str) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(1, 1 << 64, (2, 256), dtype=np.uint64) >> rng.integers(0, 64, (2, 256)).astype(np.uint64)
    b = np.maximum(b, 1)
    a[:6] = [0, 1 << 63, 1 << 63, (1 << 64) - 1, (1 << 64) - 1, 1 << 32]
    b[:6] = [5, 1, 2, (1 << 64) - 1, 1 << 32, (1 << 32) - 1]
    memory = run(build(INTEGERS, compiler, name="program.c"), {"a": a.astype(">u8"), "b": b.astype(">u8")})
    assert memory.exit_code == 0
    sa, sb, shift = a.view(np.int64), b.view(np.int64), b & 63
    pairs = list(zip(sa.tolist(), sb.tolist(), strict=True))
    # Towards zero, unlike Python's.
    signed_quotient = [abs(x) // abs(y) * (-1 if (x < 0) != (y < 0) else 1) for x, y in pairs]
    signed_remainder = [abs(x) % abs(y) * (-1 if x < 0 else 1) for x, y in pairs]
    expected = {
        "quotient": a // b, "remainder": a % b, "product": a * b, "left": a << shift, "right": a >> shift,
        "signed_right": sa >> shift.astype(np.int64),
        "signed_quotient": np.array(signed_quotient, np.int64),
        "signed_remainder": np.array(signed_remainder, np.int64),
        "ones": np.bitwise_count(a),
        "zeros": np.array([64 - int(y).bit_length() for y in b], np.uint8),
        "trailing": np.array([(int(y) & -int(y)).bit_length() - 1 for y in b], np.uint8),
    }  # fmt: skip
    for name, values in expected.items():
        np.testing.assert_array_equal(memory.read(name, values.dtype.newbyteorder(">").str), values, err_msg=name)


def test_division_by_zero_is_all_ones(compiler: str) -> None:
    text = """
    extern "C" unsigned long long __udivdi3(unsigned long long, unsigned long long);
    unsigned long long volatile one = 1, zero = 0;
    int start() { return __udivdi3(one, zero) == ~0ull; }
    """
    assert outcome(text, compiler) == 1


# -- memory and strings --------------------------------------------------------------------------------------------

COPIES = """
#include <string.h>
#define SIZE 64
unsigned char source[SIZE], target[SIZE];
int to, from, size, operation;
void* (*const volatile copy)(void*, void const*, size_t) = memcpy;
void* (*const volatile move)(void*, void const*, size_t) = memmove;
void* (*const volatile set)(void*, int, size_t) = memset;
__attribute__((section("ext.data.keep"))) signed char order[SIZE * SIZE];
int start(void)
{
    void* result = target + to;
    if (operation == 0) result = copy(target + to, source + from, size);
    if (operation == 1) result = move(target + to, target + from, size);
    if (operation == 2) result = set(target + to, from + 0x1280, size);
    return result == target + to;
}
"""


@pytest.mark.parametrize("operation", ["memcpy", "memmove", "memset"])
def test_copies_at_all_alignments(compiler: str, operation: str) -> None:
    program = build(COPIES, compiler, name="program.c")
    source, target = np.arange(1, 65, dtype=np.uint8), np.arange(101, 165, dtype=np.uint8)
    number = ["memcpy", "memmove", "memset"].index(operation)
    cases = [(to, start, size) for to in (0, 1, 4, 7) for start in (0, 2, 4, 9) for size in (0, 1, 3, 4, 17, 36, 50)]
    for to, start, size in cases:
        values = {name: np.array([value], ">i4") for name, value in (("to", to), ("from", start), ("size", size))}
        values |= {"operation": np.array([number], ">i4"), "source": source, "target": target}
        memory = run(program, values)
        expected = target.copy()
        expected[to : to + size] = {0: source, 1: target.copy(), 2: np.full(64, 0x80 + start, np.uint8)}[number][
            slice(0, size) if number == 2 else slice(start, start + size)
        ]
        np.testing.assert_array_equal(memory.read("target", "u1"), expected, err_msg=f"{to} {start} {size}")
        assert memory.exit_code == 1


def test_strings(compiler: str) -> None:
    text = r"""
    #include <cstring>
    char const* volatile abc = "abc";
    char const* volatile abd = "abd";
    int start()
    {
        char text[16] = "12345678901234";
        int failures = 0;
        auto check = [&, bit = 1](bool condition) mutable { failures |= condition ? 0 : bit; bit <<= 1; };
        check(std::strlen(abc) == 3 && std::strlen("") == 0);
        check(std::strcmp(abc, abd) < 0 && std::strcmp(abd, abc) > 0 && std::strcmp(abc, "abc") == 0);
        check(std::strcmp(abc, "ab") > 0 && std::strncmp(abc, abd, 2) == 0 && std::strncmp(abc, abd, 3) < 0);
        check(std::strcmp("\x80", "\x01") > 0);
        check(std::memcmp(abc, abd, 2) == 0 && std::memcmp(abc, abd, 3) < 0 && std::memcmp("\xff", "\x01", 1) > 0);
        check(std::strcpy(text, abc) == text && std::strcmp(text, "abc") == 0 && text[4] == '5');
        check(std::strcmp(std::strcat(text, abd), "abcabd") == 0);
        check(std::strncpy(text, "xy", 4) == text && text[1] == 'y' && !text[2] && !text[3] && text[4] == 'b');
        check(std::strchr(abc, 'b') == abc + 1 && !std::strchr(abc, 'z') && *std::strchr(abc, 0) == 0);
        check(std::strrchr("abab", 'a')[1] == 'b' && std::strlen(std::strrchr("abab", 'a')) == 2);
        check(std::memchr(abc, 'c', 3) == abc + 2 && !std::memchr(abc, 'c', 2));
        return failures;
    }
    """
    assert outcome(text, compiler) == 0


# -- compilers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["-O0", "-Os", "-O3"])
def test_levels_of_optimization(compiler: str, level: str) -> None:
    text = """
    #include <functional>
    #include <vector>
    __attribute__((noinline)) int same(int a) { asm volatile("" ::: "memory"); return a; }
    int many()
    {
        int const a = same(1), b = same(2), c = same(3), d = same(4), e = same(5), f = same(6);
        return same(a + b * c + d * e * f) + same(a * b * c + d + e + f) + a + b + c + d + e + f;
    }
    int start()
    {
        std::vector<std::function<int()>> functions{many, [] { return 1; }};
        return functions[0]() + functions[1]();
    }
    """
    assert outcome(text, compiler, options=(level,)) == 127 + 21 + 21 + 1


def test_same_memory_from_both_compilers(compiler: str) -> None:
    """Results do not depend on the compiler: the values are literal, so each compiler is held to the same ones."""
    text = """
    #include <stdint.h>
    char letter = -1;
    __attribute__((packed)) struct { char a; uint32_t b; uint16_t c; } packed = {1, 0x12345678, 0x9abc};
    struct { unsigned a : 3; unsigned b : 7; unsigned c : 22; } volatile bits = {5, 100, 0x12345};
    double volatile number = -2.5;
    int letter_value, division, remainder, shift, unaligned;
    int volatile minus_seven = -7;
    int start()
    {
        letter_value = letter;
        division = minus_seven / 2;
        remainder = minus_seven % 2;
        shift = minus_seven >> 1;
        unaligned = packed.b + packed.c;
        number = number;
        bits.a = bits.a;
        return sizeof(packed) + sizeof(bits) + sizeof(long);
    }
    """.replace("__attribute__((packed)) struct {", "struct __attribute__((packed)) {")
    memory: Memory = run(build(text, compiler))
    names = ("letter_value", "division", "remainder", "shift", "unaligned")
    assert [int(memory.read(name, ">i4")[0]) for name in names] == [255, -3, -1, -4, 0x12345678 + 0x9ABC]
    assert memory.read("bits", ">u4")[0] == 5 << 29 | 100 << 22 | 0x12345
    assert memory.read("number", ">f8")[0] == -2.5
    assert memory.exit_code == 7 + 4 + 4
