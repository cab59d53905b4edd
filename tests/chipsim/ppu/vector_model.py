"""The vector unit in numpy: a second, slow description of its arithmetic against which the simulator is tested.

Lanes are signed 64-bit integers here, so that every product and sum is exact before it is cut or saturated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from chipsim.ppu.state import EQUAL, EXTERNAL_BYTES, GREATER, LESSER, SRAM_BYTES, State

Array = np.ndarray

FLAG_OF_COND = {1: GREATER, 2: LESSER, 3: EQUAL}
DATA_EXTERNAL = 0x40000000
IO_EXTERNAL = 0x80000000


def saturate(x: Array, bits: int) -> Array:
    """Clamp to signed numbers of `bits` bits."""
    return np.clip(x, -(1 << bits - 1), (1 << bits - 1) - 1)


def fractional_product(a: Array, b: Array, w: int) -> Array:
    """Product of fractions of `w` bits in 2w bits; only -1 * -1 does not fit and becomes the greatest number."""
    return saturate(2 * a * b, 2 * w)


Rule = Callable[[Array, Array, Array, int], Array]

# Results of the multiply-add unit from operands a, b and accumulator c with lanes of w bits (accumulator: 2w bits).
# All are cut to the width of the target afterwards.
TO_REGISTER: dict[str, Rule] = {
    "add modulo": lambda a, b, c, w: a + b,
    "add saturating": lambda a, b, c, w: saturate(a + b, w),
    "subtract modulo": lambda a, b, c, w: a - b,
    "subtract saturating": lambda a, b, c, w: saturate(a - b, w),
    "multiply modulo": lambda a, b, c, w: a * b,
    "multiply fractional": lambda a, b, c, w: fractional_product(a, b, w) >> w,
    "multiply-add modulo": lambda a, b, c, w: a * b + c,
    "multiply-add fractional": lambda a, b, c, w: saturate(fractional_product(a, b, w) + c, 2 * w) >> w,
    "add accumulator modulo": lambda a, b, c, w: a + c,
    "add accumulator fractional": lambda a, b, c, w: saturate((a << w) + c, 2 * w) >> w,
}
TO_ACCUMULATOR: dict[str, Rule] = {
    "move": lambda a, b, c, w: a,
    "move fractional": lambda a, b, c, w: a << w,
    "add": lambda a, b, c, w: a + b,
    "multiply": lambda a, b, c, w: a * b,
    "multiply fractional": lambda a, b, c, w: fractional_product(a, b, w),
    "accumulate modulo": lambda a, b, c, w: c + a,
    "accumulate fractional": lambda a, b, c, w: saturate(c + (a << w), 2 * w),
    "multiply-accumulate modulo": lambda a, b, c, w: c + a * b,
    "multiply-accumulate fractional": lambda a, b, c, w: saturate(c + fractional_product(a, b, w), 2 * w),
}

# Extended opcodes of the halfword forms; the byte forms have the next number.
MADD: dict[int, tuple[dict[str, Rule], str]] = {
    12: (TO_REGISTER, "multiply-add modulo"),
    28: (TO_REGISTER, "multiply-add fractional"),
    44: (TO_ACCUMULATOR, "multiply-accumulate modulo"),
    60: (TO_ACCUMULATOR, "multiply-accumulate fractional"),
    76: (TO_REGISTER, "multiply modulo"),
    92: (TO_REGISTER, "multiply fractional"),
    108: (TO_ACCUMULATOR, "multiply"),
    124: (TO_ACCUMULATOR, "multiply fractional"),
    332: (TO_REGISTER, "subtract modulo"),
    348: (TO_REGISTER, "subtract saturating"),
    364: (TO_ACCUMULATOR, "accumulate modulo"),
    380: (TO_ACCUMULATOR, "accumulate fractional"),
    396: (TO_REGISTER, "add accumulator modulo"),
    412: (TO_REGISTER, "add accumulator fractional"),
    428: (TO_ACCUMULATOR, "add"),
    460: (TO_REGISTER, "add modulo"),
    476: (TO_REGISTER, "add saturating"),
}

# In the two moves the byte form is the even number.
FORMS: dict[int, tuple[dict[str, Rule], str, int]] = {
    **{xo: (target, rule, 16) for xo, (target, rule) in MADD.items()},
    **{xo + 1: (target, rule, 8) for xo, (target, rule) in MADD.items()},
    14: (TO_ACCUMULATOR, "move", 8),
    15: (TO_ACCUMULATOR, "move", 16),
    30: (TO_ACCUMULATOR, "move fractional", 8),
    31: (TO_ACCUMULATOR, "move fractional", 16),
}


def lanes(register: Array, w: int, signed: bool = True) -> Array:
    """Lanes of `w` bits of a register of bytes, or of an accumulator of uint32, as int64."""
    raw = register.astype(">u4") if register.dtype == np.uint32 else register
    return np.frombuffer(raw.tobytes(), dtype=f">{'i' if signed else 'u'}{w // 8}").astype(np.int64)


def as_bytes(values: Array, w: int) -> Array:
    """Low `w` bits of every lane, the most significant byte first."""
    return np.frombuffer((values & (1 << w) - 1).astype(f">u{w // 8}").tobytes(), dtype=np.uint8)


class VectorModel:
    """Executes vector instructions on a copy of a state.

    Parameters
    ----------
    state : State
        Registers and memories before the first instruction.
    """

    def __init__(self, state: State) -> None:
        self.state = State(**{
            name: value.copy() if isinstance(value, np.ndarray) else value for name, value in vars(state).items()
        })

    def enabled(self, cond: int) -> Array:
        """Bytes for which a condition holds, bool (128,)."""
        if cond == 0:
            return np.ones(128, dtype=bool)
        return (self.state.vcr & FLAG_OF_COND[cond]) != 0

    def step(self, word: int) -> None:
        """Execute one vector instruction."""
        t, a, b = word >> 21 & 31, word >> 16 & 31, word >> 11 & 31
        xo, cond = word >> 2 & 0x1FF, word & 3
        if word >> 26 != 4:
            raise ValueError(f"{word:#010x} is no vector instruction")
        if xo in FORMS:
            self._multiply_add(xo, t, a, b, cond)
        else:
            OTHER_UNITS[xo](self, t, a, b, cond)

    def _multiply_add(self, xo: int, t: int, a: int, b: int, cond: int) -> None:
        target, rule, w = FORMS[xo]
        s = self.state
        result = target[rule](lanes(s.vr[a], w), lanes(s.vr[b], w), lanes(s.acc, 2 * w), w)
        if target is TO_REGISTER:
            s.vr[t] = np.where(self.enabled(cond), as_bytes(result, w), s.vr[t])
        else:
            # Every byte of the register masks two bytes of the accumulator, which is twice as wide.
            old = as_bytes(lanes(s.acc, 32, signed=False), 32)
            new = np.where(np.repeat(self.enabled(cond), 2), as_bytes(result, 2 * w), old)
            s.acc = new.view(">u4").astype(np.uint32)

    def _pack(self, t: int, a: int, b: int, size: int, upper: bool) -> None:
        n = 8 - size
        shift = 16 - n if upper else 16 - 2 * n
        halves = [lanes(self.state.vr[r], 16, signed=False).reshape(8, 8) for r in (a, b)]
        self.state.vr[t] = (np.concatenate(halves, axis=1) >> shift & (1 << n) - 1).astype(np.uint8).ravel()

    def _unpack(self, t: int, a: int, b: int, size: int, first: int) -> None:
        n = 8 - size
        high, low = (
            self.state.vr[r].reshape(8, 16)[:, first:first + 8].astype(np.int64) & (1 << n) - 1 for r in (a, b)
        )
        self.state.vr[t] = as_bytes(high << 16 - n | low << 16 - 2 * n, 16)

    def _compare(self, a: int, w: int) -> None:
        x = lanes(self.state.vr[a], w)
        flags = np.select([x > 0, x < 0], [GREATER, LESSER], EQUAL).astype(np.uint8)
        self.state.vcr = np.repeat(flags, w // 8)

    def _select(self, t: int, a: int, b: int, cond: int) -> None:
        self.state.vr[t] = np.where(self.enabled(cond), self.state.vr[b], self.state.vr[a])

    def _splat(self, t: int, a: int, w: int) -> None:
        self.state.vr[t] = as_bytes(np.full(1024 // w, int(self.state.gpr[a]), dtype=np.int64), w)

    def _shift(self, t: int, a: int, sh: int, w: int) -> None:
        amount = sh - 32 if sh & 16 else sh
        x = lanes(self.state.vr[a], w, signed=False)
        self.state.vr[t] = as_bytes(x << amount if amount >= 0 else x >> -amount, w)

    def _address(self, a: int, b: int) -> int:
        base = int(self.state.gpr[a]) if a else 0
        return base + int(self.state.gpr[b]) & 0xFFFFFFFF

    def _bytes_at(self, ea: int) -> list[tuple[Array, int]]:
        """Memory and offset of each of the 128 bytes behind an address; its two lowest bits are dropped."""
        places = []
        for k in range(128):
            address = (ea & ~3) + k & 0xFFFFFFFF
            if address < SRAM_BYTES:
                places.append((self.state.memory, address))
            elif DATA_EXTERNAL <= address < DATA_EXTERNAL + EXTERNAL_BYTES:
                places.append((self.state.external, address - DATA_EXTERNAL))
            else:
                raise IndexError(f"no memory at {address:#010x}")
        return places

    def _load(self, t: int, a: int, b: int) -> None:
        self.state.vr[t] = [memory[offset] for memory, offset in self._bytes_at(self._address(a, b))]

    def _store(self, t: int, a: int, b: int) -> None:
        for value, (memory, offset) in zip(self.state.vr[t], self._bytes_at(self._address(a, b)), strict=True):
            memory[offset] = value

    def _io_window(self, a: int, b: int) -> Array:
        """Offsets of the bytes of a vector in external memory: its words lie there in reversed order."""
        address = self._address(a, b)
        start = (address - IO_EXTERNAL) * 16
        if not 0 <= start <= EXTERNAL_BYTES - 128:
            raise IndexError(f"no vector at {address:#010x}")
        k = np.arange(128)
        return start + 4 * (31 - k // 4) + k % 4

    def _input(self, t: int, a: int, b: int, cond: int) -> None:
        # Bytes whose enable is low read as zero.
        self.state.vr[t] = np.where(self.enabled(cond), self.state.external[self._io_window(a, b)], 0)

    def _output(self, t: int, a: int, b: int, cond: int) -> None:
        enabled = self.enabled(cond)
        self.state.external[self._io_window(a, b)[enabled]] = self.state.vr[t][enabled]


OTHER_UNITS: dict[int, Callable[[VectorModel, int, int, int, int], None]] = {
    236: VectorModel._input,
    239: lambda m, t, a, b, size: m._pack(t, a, b, size, upper=True),
    252: VectorModel._output,
    255: lambda m, t, a, b, size: m._pack(t, a, b, size, upper=False),
    268: lambda m, t, a, b, cond: m._splat(t, a, 16),
    269: lambda m, t, a, b, cond: m._splat(t, a, 8),
    271: lambda m, t, a, b, size: m._unpack(t, a, b, size, first=8),
    287: lambda m, t, a, b, size: m._unpack(t, a, b, size, first=0),
    300: lambda m, t, a, b, cond: m._compare(a, 16),
    301: lambda m, t, a, b, cond: m._compare(a, 8),
    316: lambda m, t, a, b, cond: m._shift(t, a, b, 16),
    317: lambda m, t, a, b, cond: m._shift(t, a, b, 8),
    319: VectorModel._select,
    492: lambda m, t, a, b, cond: m._load(t, a, b),
    508: lambda m, t, a, b, cond: m._store(t, a, b),
}


def run(words: Iterable[int], state: State) -> State:
    """State after a program of vector instructions; the given one is not changed."""
    model = VectorModel(state)
    for word in words:
        model.step(word)
    return model.state
