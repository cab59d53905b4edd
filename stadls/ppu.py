"""Programs on the PPUs from the host's side: load and start, wait, stop.

The names and what they do are those of the tool `run_ppu_program` of the real system (facts: PPU system, 4.1).
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import halco
import haldls
from lola import PPUElfFile
from stadls.builder import PlaybackProgramBuilder
from stadls.run import run

if TYPE_CHECKING:
    from stadls.connection import Connection

_TOP = halco.PPUOnDLS(0)

POLL_CYCLES = 1000
"""FPGA cycles between two looks whether a program has finished."""


class PPUTimeoutError(RuntimeError):
    """A program has not finished in time."""


def load_and_start_program(
    connection: Connection, program: str | PathLike[str] | PPUElfFile, ppu: Any = _TOP
) -> None:
    """Load a program into a PPU that is held in reset meanwhile, and let it run.

    Parameters
    ----------
    connection : Connection
        Connection to an initialised chip.
    program : path or PPUElfFile
        The program; its parts in external memory are shared by both PPUs.
    ppu : PPUOnDLS
        The PPU, default the top one.

    Raises
    ------
    PPUElfError
        The file is no program for a PPU.
    """
    file = program if isinstance(program, PPUElfFile) else PPUElfFile(program)
    memory = file.read_program()
    builder = PlaybackProgramBuilder()
    _hold(builder, ppu, False)
    words = halco.PPUMemoryBlockOnPPU(
        halco.PPUMemoryWordOnPPU(0), halco.PPUMemoryWordOnPPU(len(memory.internal) - 1))
    builder.write(halco.PPUMemoryBlockOnDLS(words, ppu), memory.internal)
    for contents, block, byte in (
        (memory.external, halco.ExternalPPUMemoryBlockOnFPGA, halco.ExternalPPUMemoryByteOnFPGA),
        (memory.external_dram, halco.ExternalPPUDRAMMemoryBlockOnFPGA, halco.ExternalPPUDRAMMemoryByteOnFPGA),
    ):
        if contents is not None:
            builder.write(block(byte(0), byte(len(contents) - 1)), contents)  # type: ignore[arg-type]
    _hold(builder, ppu, True)
    _finish(connection, builder)


def wait_until_ppu_finished(
    connection: Connection, timeout: int | None = None, ppu: Any = _TOP
) -> None:
    """Wait until a PPU sleeps.

    Parameters
    ----------
    connection : Connection
        Connection to the chip.
    timeout : int, optional
        FPGA cycles of 8 ns after which to give up, at least one look; default never.
    ppu : PPUOnDLS
        The PPU, default the top one.

    Raises
    ------
    PPUTimeoutError
        The PPU is still awake.
    """
    polls = 0
    while timeout is None or polls < max(timeout // POLL_CYCLES, 1):
        builder = PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(POLL_CYCLES))
        ticket = builder.read(ppu.toPPUStatusRegisterOnDLS())
        _finish(connection, builder)
        if ticket.get().sleep:
            return
        polls += 1
    raise PPUTimeoutError(f"{ppu} is still awake after {timeout} FPGA cycles")


def stop_program(connection: Connection, print_mailbox: bool = True, ppu: Any = _TOP) -> int:
    """Hold a PPU in reset.

    Parameters
    ----------
    connection : Connection
        Connection to the chip.
    print_mailbox : bool
        Print the text in the mailbox.
    ppu : PPUOnDLS
        The PPU, default the top one.

    Returns
    -------
    int
        What the program returned, signed.
    """
    builder = PlaybackProgramBuilder()
    _hold(builder, ppu, False)
    code = builder.read(halco.PPUMemoryWordOnDLS(halco.PPUMemoryWordOnPPU.return_code, ppu))
    mailbox = builder.read(halco.PPUMemoryBlockOnDLS(halco.PPUMemoryBlockOnPPU.mailbox, ppu))
    _finish(connection, builder)
    if print_mailbox:
        print(mailbox.get().to_string())
    value = int(code.get().value)
    return value - (1 << 32) if value >> 31 else value


def _hold(builder: PlaybackProgramBuilder, ppu: Any, inhibit_reset: bool) -> None:
    control = haldls.PPUControlRegister()
    control.inhibit_reset = inhibit_reset
    builder.write(ppu.toPPUControlRegisterOnDLS(), control)


def _finish(connection: Connection, builder: PlaybackProgramBuilder) -> None:
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    run(connection, builder.done())
