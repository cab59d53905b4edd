"""The emulator unicorn (QEMU's PowerPC) as reference of the scalar core.

The 7457 has every scalar instruction of the processor but `popcntb` and `prtyw`. It differs in what Power ISA leaves
open or to the implementation; programs for a comparison keep away from: division by zero, `mfocrf`, odd addresses of
halfwords, addresses of words that are no multiples of four, the unused bits of XER, traps, MSR, timers.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from chipsim.ppu.state import State

unicorn = pytest.importorskip("unicorn", reason="the reference of the scalar core is the emulator unicorn")
ppc = pytest.importorskip("unicorn.ppc_const")

XER_BITS = 0xE0000000
"""SO, OV and CA: the other bits do not exist in the processor."""

_DATA_EXTERNAL, _CODE_EXTERNAL = 0x40000000, 0x80000000
_PAGE = 0x1000
# The emulator keeps SO, OV and CA apart from the register that its interface calls XER: two instructions at an
# address of their own move them from and to r0.
_STUB = 0xF0000000
_MTXER_R0, _MFXER_R0 = 0x7C0103A6, 0x7C0102A6


class _Core:
    """An emulator with the two memories of a state as data."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.uc: Any = unicorn.Uc(unicorn.UC_ARCH_PPC, unicorn.UC_MODE_PPC32 | unicorn.UC_MODE_BIG_ENDIAN)
        self.uc.ctl_set_cpu_model(ppc.UC_CPU_PPC32_7457_V1_2)
        self.memories = {"memory": (0, state.memory), "external": (_DATA_EXTERNAL, state.external)}
        # The external memory is in memory of our own, to be seen at a second address too.
        self.external = ctypes.create_string_buffer(state.external.tobytes(), state.external.size)
        self.uc.mem_map(0, state.memory.size)
        self.uc.mem_write(0, state.memory.tobytes())
        self.map_external(_DATA_EXTERNAL)
        self.uc.mem_map(_STUB, _PAGE)
        self.uc.mem_write(_STUB, struct.pack(">2I", _MTXER_R0, _MFXER_R0))

    def map_external(self, address: int) -> None:
        self.uc.mem_map_ptr(address, self.state.external.size, unicorn.UC_PROT_ALL, ctypes.addressof(self.external))

    def run(self, origin: int, until: int) -> State:
        uc, state = self.uc, self.state
        uc.reg_write(ppc.UC_PPC_REG_0, state.xer)
        uc.emu_start(_STUB, _STUB + 4)
        for number, value in enumerate(state.gpr.tolist()):
            uc.reg_write(ppc.UC_PPC_REG_0 + number, value)
        uc.reg_write(ppc.UC_PPC_REG_LR, state.lr)
        uc.reg_write(ppc.UC_PPC_REG_CTR, state.ctr)
        uc.reg_write(ppc.UC_PPC_REG_CR, state.cr)
        uc.emu_start(origin, until)
        values: dict[str, Any] = {
            "gpr": np.array([uc.reg_read(ppc.UC_PPC_REG_0 + number) for number in range(32)], dtype=np.uint32),
            "lr": uc.reg_read(ppc.UC_PPC_REG_LR),
            "ctr": uc.reg_read(ppc.UC_PPC_REG_CTR),
            "cr": uc.reg_read(ppc.UC_PPC_REG_CR),
            "pc": uc.reg_read(ppc.UC_PPC_REG_PC),
        }
        uc.emu_start(_STUB + 4, _STUB + 8)
        values["xer"] = uc.reg_read(ppc.UC_PPC_REG_0) & XER_BITS
        for name, (address, memory) in self.memories.items():
            values[name] = np.frombuffer(uc.mem_read(address, memory.size), dtype=np.uint8).copy()
        return State(**{**vars(state), **values})


def run(words: Sequence[int], state: State, *, origin: int = 0x80000000) -> State:
    """Run a program in the emulator.

    Parameters
    ----------
    words : sequence of int
        Program, at addresses `origin`, `origin` + 4, ... of a memory that is not the one of the data. It must come
        to the address behind its last word.
    state : State
        Registers and memories before the first instruction; not changed.
    origin : int
        Address of the first word, at which execution begins.

    Returns
    -------
    State
        GPRs, LR, CTR, CR, XER, pc and memories afterwards; all else as before.

    Raises
    ------
    unicorn.UcError
        An instruction that the emulator does not have, or an access outside the memories.
    """
    core = _Core(state)
    end = origin + 4 * len(words)
    first_page = origin // _PAGE * _PAGE
    core.uc.mem_map(first_page, (end - first_page + _PAGE) // _PAGE * _PAGE)
    core.uc.mem_write(origin, struct.pack(f">{len(words)}I", *words))
    return core.run(origin, end)


def run_images(internal: bytes, external: bytes, until: int) -> State:
    """Run a program from address 0 to an address, with code and data in both memories, as at the reset.

    Parameters
    ----------
    internal, external : bytes
        Contents of the memories from their first addresses on; the rest is zero.
    until : int
        Address at which execution ends.
    """
    state = State()
    for memory, data in ((state.memory, internal), (state.external, external)):
        memory[:len(data)] = np.frombuffer(data, dtype=np.uint8)
    core = _Core(state)
    core.map_external(_CODE_EXTERNAL)
    return core.run(0, until)
