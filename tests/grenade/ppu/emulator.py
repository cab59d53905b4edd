"""Runs programs for the PPU on an emulator of the Power architecture, which knows no vector unit and no chip."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

import halco
import lola
from grenade.ppu import Program

unicorn = pytest.importorskip("unicorn", reason="the emulator `unicorn` is not installed")
from unicorn import ppc_const  # noqa: E402

_INTERNAL_SIZE, _EXTERNAL_SIZE = 0x4000, 0x20000
_EXTERNAL_DATA, _EXTERNAL_CODE = 0x40000000, 0x80000000
_WAIT = 0x7C00007C
_EXIT_CODE = 0x2FFC


@dataclass
class Memory:
    """Memories of a processor, with the places of variables."""

    internal: np.ndarray
    external: np.ndarray
    symbols: Mapping[str, object]

    @property
    def exit_code(self) -> int:
        """What the program said at its end, as a signed number."""
        return struct.unpack(">i", self.internal[_EXIT_CODE : _EXIT_CODE + 4])[0]

    def read(self, name: str, dtype: str) -> np.ndarray:
        """Values of a variable."""
        coordinate = self.symbols[name].coordinate
        begin, end = int(coordinate.toMin()), int(coordinate.toMax()) + 1
        if isinstance(coordinate, halco.PPUMemoryBlockOnPPU):
            return self.internal[4 * begin : 4 * end].view(dtype)
        return self.external[begin:end].view(dtype)


def load(program: Program, values: Mapping[str, np.ndarray] | None = None) -> Memory:
    """Memories before a program starts.

    Parameters
    ----------
    program : Program
        A program.
    values : mapping of str to array
        Contents of variables, big endian.
    """
    file = lola.PPUElfFile(program.path)
    memory = Memory(np.zeros(_INTERNAL_SIZE, np.uint8), np.zeros(_EXTERNAL_SIZE, np.uint8), file.read_symbols())
    image = file.read_program()
    words = np.array([int(word.value) for word in image.internal], dtype=">u4").view(np.uint8)
    memory.internal[: len(words)] = words
    if image.external is not None:
        memory.external[: len(image.external)] = np.frombuffer(bytes(image.external), dtype=np.uint8)
    for name, array in (values or {}).items():
        memory.read(name, "u1")[: array.nbytes] = array.view(np.uint8)
    return memory


def run(program: Program, values: Mapping[str, np.ndarray] | None = None, limit: int = 50_000_000) -> Memory:
    """Run a program until the processor sleeps.

    Parameters
    ----------
    program, values
        See `load`.
    limit : int
        Instructions after which a program is taken for one that does not end.
    """
    memory = load(program, values)
    machine = unicorn.Uc(unicorn.UC_ARCH_PPC, unicorn.UC_MODE_PPC32 | unicorn.UC_MODE_BIG_ENDIAN)
    machine.mem_map_ptr(0, _INTERNAL_SIZE, unicorn.UC_PROT_ALL, memory.internal.ctypes.data)
    # Two views on one external memory.
    for base in (_EXTERNAL_DATA, _EXTERNAL_CODE):
        machine.mem_map_ptr(base, _EXTERNAL_SIZE, unicorn.UC_PROT_ALL, memory.external.ctypes.data)
    end = 4 * int(np.flatnonzero(memory.internal.view(">u4") == _WAIT)[0])
    try:
        machine.emu_start(0, end, count=limit)
    except unicorn.UcError as error:
        registers = (machine.reg_read(number) for number in (ppc_const.UC_PPC_REG_PC, ppc_const.UC_PPC_REG_LR))
        raise RuntimeError("{}: pc 0x{:08x}, lr 0x{:08x}".format(error, *registers)) from error
    if machine.reg_read(ppc_const.UC_PPC_REG_PC) != end:
        raise TimeoutError(f"the program did not end within {limit} instructions")
    machine.mem_unmap(0, _INTERNAL_SIZE)
    for base in (_EXTERNAL_DATA, _EXTERNAL_CODE):
        machine.mem_unmap(base, _EXTERNAL_SIZE)
    return memory
