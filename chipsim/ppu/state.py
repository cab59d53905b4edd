"""State of a plasticity processor as plain values and arrays, as tests and teaching need it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

SRAM_BYTES = 0x4000
EXTERNAL_BYTES = 0x20000

GREATER, LESSER, EQUAL = 1, 2, 4
"""Flags of a byte in `State.vcr`; COND of an instruction is 1, 2 or 3 for them."""


def _zeros(shape: tuple[int, ...] | int, dtype: type) -> np.ndarray:
    return field(default_factory=lambda: np.zeros(shape, dtype=dtype))  # type: ignore[return-value]


@dataclass(eq=False)
class State:
    """Registers and memories of a processor.

    Attributes
    ----------
    gpr : ndarray of uint32, (32,)
        General purpose registers.
    lr, ctr, cr, xer, msr, pc : int
        Link, count, condition (field 0 in the upper four bits), SO/OV/CA (the upper three bits), machine state
        register; address of the next instruction.
    srr0, srr1, esr, dec, decar, tcr, tsr : int
        Registers of interrupts and timers.
    time : int
        Time base: clock cycles since the reset.
    vr : ndarray of uint8, (32, 128)
        Vector registers; byte k is the byte at address EA + k of `fxvlax`, halfword i has bytes 2i (high) and 2i + 1.
    acc : ndarray of uint32, (64,)
        Accumulator of the halfword lanes; byte lane 2i is the upper, 2i + 1 the lower half of element i.
    vcr : ndarray of uint8, (128,)
        Vector condition register, flags `GREATER`, `LESSER`, `EQUAL` of every byte.
    memory : ndarray of uint8, (16384,)
        Internal SRAM.
    external : ndarray of uint8, (131072,)
        External SRAM: data 0x40000000, instructions 0x80000000, vectors 0x80000000.
    """

    gpr: np.ndarray = _zeros(32, np.uint32)
    lr: int = 0
    ctr: int = 0
    cr: int = 0
    xer: int = 0
    msr: int = 0
    pc: int = 0
    srr0: int = 0
    srr1: int = 0
    esr: int = 0
    dec: int = 0
    decar: int = 0
    tcr: int = 0
    tsr: int = 0
    time: int = 0
    vr: np.ndarray = _zeros((32, 128), np.uint8)
    acc: np.ndarray = _zeros(64, np.uint32)
    vcr: np.ndarray = _zeros(128, np.uint8)
    memory: np.ndarray = _zeros(SRAM_BYTES, np.uint8)
    external: np.ndarray = _zeros(EXTERNAL_BYTES, np.uint8)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    def __str__(self) -> str:
        rows = [f"pc {self.pc:08x}  lr {self.lr:08x}  ctr {self.ctr:08x}  cr {self.cr:08x}  xer {self.xer:08x}",
                f"msr {self.msr:08x}  srr0 {self.srr0:08x}  srr1 {self.srr1:08x}  esr {self.esr:08x}  time {self.time}"]
        for first in range(0, 32, 4):
            rows.append("  ".join(f"{f'r{i}':<3} {int(self.gpr[i]):08x}" for i in range(first, first + 4)))
        used = [i for i in range(32) if self.vr[i].any()]
        rows += [f"v{i:<2} {self.vr[i].tobytes().hex(' ', 16)}" for i in used]
        return "\n".join(rows)
