"""Random states and programs of the processor, and the comparison of their outcomes.

A scalar program is made of atoms: one instruction, or an instruction behind those that bring its operands into
range (an address into the memory, a divisor away from zero). Branches go forward, to the beginning of an atom. Every
few atoms all registers are stored, so that a wrong result is seen even if the program overwrites it later.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from chipsim.ppu.state import EQUAL, GREATER, LESSER, State
from tests.chipsim.ppu.encoding import INSTRUCTIONS, SPR, VECTOR, encode, variants

CORNERS = (
    0, 1, 2, 3, 0x1F, 0x20, 0x21, 0x3F, 0x40, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFE,
    0x7FFFFFFF, 0x80000000, 0x80000001, 0xAAAAAAAA, 0xFFFF8000, 0xFFFFFF80, 0xFFFFFFE0, 0xFFFFFFFE, 0xFFFFFFFF,
)
"""Operands at which carries, overflows, shifts and extensions change."""

TRACE = 0x1000
"""Address of the first copy of all registers; below lies the window of the other loads and stores."""
_COPY_BYTES = 128
_COPIES = (0x4000 - TRACE) // _COPY_BYTES
_ATOMS_PER_COPY = 8


def _excluded(name: str) -> bool:
    """Not for the comparison, or made by an atom of its own."""
    return (
        name in ("popcntb", "prtyw", "mfocrf", "wait", "tw", "twi", "divw", "divwu")
        or any(field in INSTRUCTIONS[name][2].split(",") for field in ("D", "LI", "BD", "BO", "SPR"))
        or name.endswith("x") or "msr" in name or name.startswith("rf")
    )


REGISTER_INSTRUCTIONS = tuple(name for name in INSTRUCTIONS if not _excluded(name))
"""Instructions on registers that do the same in the reference for all operands."""

_PLAIN = tuple((v, INSTRUCTIONS[name][2].split(",") if INSTRUCTIONS[name][2] else [])
               for name in REGISTER_INSTRUCTIONS for v in variants(name))
_DIVISIONS = tuple(v for name in ("divw", "divwu") for v in variants(name))
_WIDTH = {"w": 4, "b": 1, "h": 2}
_ACCESSES = tuple(
    (name, layout.split(",")[1] == "D", _WIDTH[name.removeprefix("st").removeprefix("l")[0]], "u" in name)
    for name, (_, _, layout) in INSTRUCTIONS.items()
    if layout in ("RT,D,RA", "RS,D,RA") and "m" not in name or name.endswith("x") and layout[3:] == "RA,RB"
)
_BITS = {"SI": 16, "UI": 16, "BF": 3, "BFA": 3, "L": 1, "FXM": 8}


def random_state(rng: np.random.Generator) -> State:
    """State with random registers, about half of them corners, and random memories."""
    gpr = rng.integers(0, 1 << 32, 32, dtype=np.uint32)
    gpr = np.where(rng.random(32) < 0.5, rng.choice(np.array(CORNERS, dtype=np.uint32), 32), gpr)
    lr, ctr, cr = (int(x) for x in rng.integers(0, 1 << 32, 3))
    return State(
        gpr=gpr, lr=lr & ~3, ctr=ctr, cr=cr, xer=int(rng.integers(8)) << 29,
        memory=rng.integers(0, 256, 0x4000, dtype=np.uint8), external=rng.integers(0, 256, 0x20000, dtype=np.uint8),
    )


def random_vector_state(rng: np.random.Generator) -> State:
    """State with random vector registers, accumulator and flags; half of the bytes are corners of signed numbers."""
    def some(shape: tuple[int, ...]) -> np.ndarray:
        corners = rng.choice(np.array([0, 1, 0x7F, 0x80, 0xFF], dtype=np.uint8), shape)
        return np.where(rng.random(shape) < 0.5, corners, rng.integers(0, 256, shape, dtype=np.uint8))

    state = random_state(rng)
    state.vr = some((32, 128))
    state.acc = np.frombuffer(some((256,)).tobytes(), dtype=">u4").astype(np.uint32)
    state.vcr = rng.choice(np.array([GREATER, LESSER, EQUAL], dtype=np.uint8), 128)
    return state


def _constant(rng: Random, register: int, value: int | None = None) -> list[int]:
    if value is None:
        value = rng.choice(CORNERS) if rng.random() < 0.5 else rng.getrandbits(32)
    return [encode("addis", register, 0, value >> 16), encode("ori", register, register, value & 0xFFFF)]


def _plain(rng: Random) -> list[int]:
    name, fields = rng.choice(_PLAIN)
    operands = [rng.getrandbits(_BITS.get(field, 5)) for field in fields]
    if name == "mtocrf":  # names one field; the reference does nothing for several
        operands[0] = 1 << rng.randrange(8)
    return [encode(name, *operands)]


def _division(rng: Random) -> list[int]:
    t, a, b = (rng.randrange(32) for _ in range(3))
    return [encode("ori", b, b, 1 << rng.randrange(16)), encode(rng.choice(_DIVISIONS), t, a, b)]


def _address(rng: Random, register: int, width: int) -> list[int]:
    """Bring a register to a multiple of `width` in 0x400 to 0x7ff, in one of the two memories."""
    words = [encode("rlwinm", register, rng.randrange(32), rng.randrange(32), 22, 32 - width.bit_length()),
             encode("addi", register, register, 0x400)]
    return words + [encode("oris", register, register, 0x4000)] if rng.random() < 0.3 else words


def _access(rng: Random) -> list[int]:
    name, immediate, width, update = rng.choice(_ACCESSES)
    a, b = rng.sample(range(1, 32), 2)
    # Update forms with RA = RT are invalid in loads.
    t = rng.choice([r for r in range(32) if r != a]) if update else rng.randrange(32)
    if immediate and not update and rng.random() < 0.2:
        return [encode(name, t, rng.randrange(0, TRACE, width), 0)]
    if immediate:
        return [*_address(rng, a, width), encode(name, t, rng.randrange(-0x400, 0x400, width), a)]
    index = _constant(rng, b, rng.randrange(-0x400, 0x400, width) & 0xFFFFFFFF)
    if not update and rng.random() < 0.2:
        return [*_address(rng, b, width), encode(name, t, 0, b)]
    return [*_address(rng, a, width), *index, encode(name, t, a, b)]


def _multiple(rng: Random) -> list[int]:
    first = rng.randrange(2, 32)
    name = rng.choice(["lmw", "stmw"])
    if rng.random() < 0.5:
        return [encode(name, first, rng.randrange(0, TRACE - 128, 4), 0)]
    a = rng.randrange(1, first)  # a load into RA is invalid
    return [*_address(rng, a, 4), encode(name, first, rng.randrange(-0x400, 0x400, 4), a)]


def _move_special(rng: Random) -> list[int]:
    name, r = rng.choice(["LR", "CTR", "XER", "SRR0", "SRR1"]), rng.randrange(32)
    if rng.random() < 0.5:
        return [encode("mfspr", r, SPR[name])]
    guard = [encode("rlwinm", r, r, 0, 0, 2)] if name == "XER" else []
    return [*guard, encode("mtspr", SPR[name], r)]


def _new_value(rng: Random) -> list[int]:
    return _constant(rng, rng.randrange(32))


def _copy(rng: Random, number: int) -> list[int]:
    """Store all registers, two of them with CR and XER."""
    return [encode("mfcr", rng.randrange(32)), encode("mfspr", rng.randrange(32), SPR["XER"]),
            encode("stmw", 0, TRACE + _COPY_BYTES * number, 0)]


_BRANCHES = {"b": 1, "bc": 1, "bclr": 4, "bcctr": 4}
"""Length of a branch with what brings its target into LR or CTR."""


def _branch(rng: Random, kind: str, start: int, target: int, absolute: bool) -> list[int]:
    link = rng.choice(["", "l"])
    if kind in ("b", "bc"):
        a = "a" if absolute and rng.random() < 0.5 else ""
        condition = [] if kind == "b" else [rng.randrange(32), rng.randrange(32)]
        return [encode(kind + link + a, *condition, target if a else target - start)]
    register = rng.randrange(32)
    # A branch to CTR that counts down is invalid.
    bo = rng.randrange(32) | (4 if kind == "bcctr" else 0)
    return [*_constant(rng, register, target | rng.randrange(4)), encode("mtspr", SPR[kind[2:].upper()], register),
            encode(kind + link, bo, rng.randrange(32))]


_ATOMS = (_plain, _division, _access, _multiple, _move_special, _new_value)
_WEIGHTS = (60, 4, 18, 2, 6, 4)


def random_scalar_program(rng: Random, atoms: int, origin: int = 0x80000000) -> list[int]:
    """Program that ends behind its last word.

    Parameters
    ----------
    rng : Random
        Source of all choices.
    atoms : int
        Number of atoms, at most 750 (the copies of the registers fill the memory).
    origin : int
        Address of the program. With one of 0x4000 to 0x7000 there are also branches to absolute addresses.
    """
    if atoms > _ATOMS_PER_COPY * (_COPIES - 1):
        raise ValueError(f"{atoms} atoms leave more copies of the registers than fit into the memory")
    parts: list[list[int] | str] = []  # a branch by its kind, until the addresses of its targets are known
    for k in range(atoms):
        if rng.random() < 0.06:
            parts.append(rng.choice(tuple(_BRANCHES)))
        else:
            parts.append(rng.choices(_ATOMS, _WEIGHTS)[0](rng))
        if k % _ATOMS_PER_COPY == 0:
            parts.append(_copy(rng, k // _ATOMS_PER_COPY))
    starts = [origin]
    for part in parts:
        starts.append(starts[-1] + 4 * (_BRANCHES[part] if isinstance(part, str) else len(part)))
    words: list[int] = []
    for k, part in enumerate(parts):
        if isinstance(part, str):
            target = starts[min(k + rng.randrange(1, 6), len(parts))]
            part = _branch(rng, part, starts[k], target, absolute=starts[-1] < 0x8000)
        words += part
    return words


_VECTOR_ADDRESSES = {1: 0x0, 2: 0x3F00, 3: 0x40000000, 4: 0x4001FF00, 5: 0x80000000, 6: 0x80001FE0}
"""General purpose registers with addresses of vectors: two of each memory and two of the vector port."""


def random_vector_program(rng: Random, length: int, state: State, names: Sequence[str] = tuple(VECTOR)) -> list[int]:
    """Program of vector instructions on all registers; the general purpose registers of the state become addresses."""
    for register, address in _VECTOR_ADDRESSES.items():
        state.gpr[register] = address
    for register in range(7, 12):
        state.gpr[register] = rng.randrange(0x80)  # unaligned on purpose
    state.gpr[12] = rng.randrange(0x18)
    words = []
    for _ in range(length):
        name = rng.choice(names)
        fields = VECTOR[name][1].split(",")
        operands = {field: rng.getrandbits(2 if field == "COND" else 5) for field in fields}
        if name in ("fxvlax", "fxvstax"):
            operands["RA"], operands["RB"] = rng.choice([(0, 1), (0, 3), (rng.randrange(1, 5), rng.randrange(7, 12))])
        if name in ("fxvinx", "fxvoutx"):
            operands["RA"], operands["RB"] = rng.choice([(0, 5), (rng.randrange(5, 7), 12)])
        words.append(encode(name, *(operands[field] for field in fields)))
    return words


def differences(actual: State, expected: State, names: Sequence[str] = ()) -> str:
    """What differs between two states, one line a register; empty if nothing does.

    Parameters
    ----------
    actual, expected : State
        States to compare.
    names : sequence of str
        Attributes to look at: all that a program can change without interrupts and timers if empty.
    """
    lines = []
    for name in names or ("gpr", "lr", "ctr", "cr", "xer", "pc", "vr", "acc", "vcr", "memory", "external"):
        a, b = np.asarray(getattr(actual, name)), np.asarray(getattr(expected, name))
        different = np.argwhere(a != b)
        if len(different):
            first = tuple(different[0].tolist())
            lines.append(f"{name}{list(first) if first else ''}: {int(a[first]):#x} instead of {int(b[first]):#x}"
                         + (f" and {len(different) - 1} more" if len(different) > 1 else ""))
    return "\n".join(lines)


SCALAR_STATE = ("gpr", "lr", "ctr", "cr", "xer", "pc", "memory", "external")
VECTOR_STATE = ("gpr", "vr", "acc", "vcr", "memory", "external")
