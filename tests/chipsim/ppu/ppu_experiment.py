"""Programs of the assembler on the PPUs of a whole chip, driven by the host with playback programs."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.ppu.assembler import assemble
from stadls.ppu import wait_until_ppu_finished

TOP, BOTTOM = 0, 1

EXTERNAL, DRAM = 0x40000000, 0x50000000
"""External memories, for data."""
EXTERNAL_CODE, DRAM_CODE = 0x80000000, 0x90000000
"""External memories, for instructions."""
DATA = 0x1000
"""Byte address in internal memory behind all programs of the tests."""

ADDRESSES = {
    "EXTERNAL": EXTERNAL, "DRAM": DRAM, "EXTERNAL_CODE": EXTERNAL_CODE, "DRAM_CODE": DRAM_CODE, "DATA": DATA,
    "FPGA": 0x40000000, "SRAM_TOP": 0x8A000000, "SRAM_BOTTOM": 0x8E000000, "CONTROL_TOP": 0x8A800000,
    "CONTROL_BOTTOM": 0x8E800000, "STATUS_TOP": 0x8A800004, "STATUS_BOTTOM": 0x8E800004,
    # vector IO
    "WEIGHTS": 0x00000000, "TIME_CALIB": 0x00010000, "AMP_CALIB": 0x00020000, "LABELS": 0x00040000,
    "CAUSAL": 0x00080000, "ACAUSAL": 0x000C0000, "BUFFERED": 0x00200000, "RANDOM": 0x000E0000, "RAW": 0x000F0000,
    "NEURON_RESET": 0x00C90200, "EXTERNAL_IO": 0x80000000, "DRAM_IO": 0x81000000, "SWITCHES": 512,
}
"""Names in the programs; those of vector IO are for row 0 and even columns."""

COUNTER = "li r4,DATA; li r3,0; loop: addi r3,r3,1; stw r3,0(r4); b loop"
"""Counts in memory for ever."""

SLEEP = "wait"
FIRST = 0x40
"""Byte address of the first instruction behind the interrupt vectors."""


def program(source: str, handler: str = SLEEP, **symbols: int) -> np.ndarray:
    """Words of a program for internal memory from address 0 on.

    ``LOAD rN, expression`` stands for the two instructions that load a number of 32 bits.

    Parameters
    ----------
    source : str
        What happens from the reset on.
    handler : str
        One instruction, executed at every interrupt.
    **symbols : int
        Values of names in the source.
    """
    text = f"b {FIRST}\n" + f"{handler}\n" * 12 + f".org {FIRST}\n" + expand(source)
    return assemble(text, 0, {**ADDRESSES, **symbols})


def expand(source: str) -> str:
    """The source with two instructions for every ``LOAD``."""
    lines = []
    for line in source.replace(";", "\n").splitlines():
        label, colon, rest = line.rpartition(":")
        words = rest.split(None, 1)
        if words and words[0] == "LOAD":
            register, _, value = words[1].partition(",")
            line = f"{label}{colon} lis {register},({value})@ha; addi {register},{register},({value})@l"
        lines.append(line)
    return "\n".join(lines)


@cache
def _initialised(seed: int | None, noise: bool) -> chipsim.Chip:
    chip = chipsim.Chip(seed, noise=noise)
    stadls.run(chipsim.SimConnection(chip), stadls.SystemInit().generate()[0].done())
    return chip


class PPUExperiment:
    """A chip after its initialisation, whose PPUs are in reset.

    Parameters
    ----------
    seed, noise
        As of `chipsim.Chip`.
    chip : chipsim.Chip, optional
        Another initialised chip.
    """

    def __init__(self, seed: int | None = None, noise: bool = False, chip: chipsim.Chip | None = None) -> None:
        self.chip = _initialised(seed, noise).clone() if chip is None else chip
        self.connection = chipsim.SimConnection(self.chip)

    def clone(self) -> PPUExperiment:
        return PPUExperiment(chip=self.chip.clone())

    # -- playback programs -------------------------------------------------------------------------------------

    def play(self, fill: Callable[[stadls.PlaybackProgramBuilder], Any], wait_us: float = 0) -> Any:
        """Run what `fill` writes to a builder, then wait; give what `fill` returned."""
        builder = stadls.PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        result = fill(builder)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        if wait_us:
            builder.write(halco.TimerOnDLS(), haldls.Timer())
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(125 * wait_us)))
        self.played = builder.done()
        stadls.run(self.connection, self.played)
        return result

    def wait(self, duration_us: float) -> None:
        self.play(lambda builder: None, duration_us)

    def write(self, *writes: tuple[Any, Any]) -> None:
        """Write containers to coordinates."""

        def fill(builder: stadls.PlaybackProgramBuilder) -> None:
            for coordinate, container in writes:
                builder.write(coordinate, container)

        self.play(fill)

    def read(self, coordinate: Any) -> Any:
        """Read a container."""
        return self.play(lambda builder: builder.read(coordinate)).get()

    # -- memories ----------------------------------------------------------------------------------------------

    def write_memory(self, ppu: int, byte: int, words: Any) -> None:
        """Write words to internal memory."""
        self.write(memory_block(ppu, byte, words))

    def memory(self, ppu: int, byte: int, count: int) -> np.ndarray:
        """Words of internal memory, uint32 (count,)."""
        return np.array(self.read(_words(ppu, byte, count))._words, dtype=np.uint32)

    def vectors(self, ppu: int, byte: int, count: int) -> np.ndarray:
        """Vectors in internal memory, uint8 (count, 128)."""
        return bytes_of(self.memory(ppu, byte, 32 * count)).reshape(count, 128)

    def external(self, byte: int, count: int, dram: bool = False) -> np.ndarray:
        """Bytes of an external memory, uint8 (count,)."""
        return np.frombuffer(bytes(self.read(_external(byte, count, dram))), dtype=np.uint8)

    def write_external(self, byte: int, data: Any, dram: bool = False) -> None:
        """Write bytes, or the bytes of words, to an external memory."""
        data = np.asarray(data)
        data = bytes_of(data) if data.dtype == np.uint32 else data.astype(np.uint8)
        kind = lola.ExternalPPUDRAMMemoryBlock if dram else lola.ExternalPPUMemoryBlock
        block = kind.from_bytes(data.tobytes())
        self.write((_external(byte, len(data), dram), block))

    def peek(self, address: int) -> int:
        """Contents of a register, which takes no time."""
        value: int = self.chip.board.peek(address)
        return value

    # -- synapses ----------------------------------------------------------------------------------------------

    def weights(self, hemisphere: int, row: int) -> np.ndarray:
        """Weights of a row, (256,), in the order of the columns."""
        return np.asarray(self.read(_row(halco.SynapseWeightRowOnDLS, hemisphere, row)).values, dtype=int)

    # -- control -----------------------------------------------------------------------------------------------

    def load(self, ppu: int, words: Any) -> None:
        """Hold a PPU in reset, and write its program."""
        self.control(ppu)
        self.write_memory(ppu, 0, words)

    def control(self, ppu: int, **bits: bool) -> None:
        """Write the control register."""
        register = haldls.PPUControlRegister()
        for name, value in bits.items():
            setattr(register, name, value)
        self.write((halco.PPUOnDLS(ppu).toPPUControlRegisterOnDLS(), register))

    def start(self, *ppus: int) -> None:
        for ppu in ppus or (TOP, BOTTOM):
            self.control(ppu, inhibit_reset=True)

    def sleeps(self, ppu: int) -> bool:
        """What the status register says."""
        return bool(self.read(halco.PPUOnDLS(ppu).toPPUStatusRegisterOnDLS()).sleep)

    def finish(self, *ppus: int, timeout_us: float = 2000) -> None:
        """Wait until PPUs sleep."""
        for ppu in ppus or (TOP, BOTTOM):
            wait_until_ppu_finished(self.connection, round(125 * timeout_us), halco.PPUOnDLS(ppu))

    def run(self, ppu: int, source: str, timeout_us: float = 2000, **symbols: int) -> None:
        """Load and start a program and wait until it sleeps; it does nothing that is warned of."""
        self.load(ppu, program(source, **symbols))
        with warnings.catch_warnings():
            warnings.simplefilter("error", chipsim.ppu.PPUWarning)
            self.start(ppu)
            self.finish(ppu, timeout_us=timeout_us)


def memory_block(ppu: int, byte: int, words: Any) -> tuple[Any, haldls.PPUMemoryBlock]:
    """Words from an address of internal memory on: coordinate and container."""
    block = haldls.PPUMemoryBlock(len(words))
    block._words[:] = words
    return _words(ppu, byte, len(words)), block


def address_of(words: np.ndarray, marked: int) -> int:
    """Byte address of a word that is once in a program."""
    (at,) = np.flatnonzero(words == marked)
    return 4 * int(at)


def bytes_of(words: Any) -> np.ndarray:
    """Bytes of words in the order of the PPU."""
    return np.asarray(words, dtype=np.uint32).astype(">u4").view(np.uint8)


def words_of(data: Any) -> np.ndarray:
    """Words of bytes in the order of the PPU."""
    return np.ascontiguousarray(data, dtype=np.uint8).ravel().view(">u4").astype(np.uint32)


def by_columns(even: Any, odd: Any) -> np.ndarray:
    """Values of both parities in the order of the columns."""
    return np.stack([even, odd], axis=-1).reshape(-1)


def _words(ppu: int, byte: int, count: int) -> Any:
    first = halco.PPUMemoryWordOnPPU(byte // 4)
    last = halco.PPUMemoryWordOnPPU(byte // 4 + count - 1)
    return halco.PPUMemoryBlockOnDLS(halco.PPUMemoryBlockOnPPU(first, last), halco.PPUOnDLS(ppu))


def _external(byte: int, count: int, dram: bool) -> Any:
    interval = halco.ExternalPPUDRAMMemoryBlockOnFPGA if dram else halco.ExternalPPUMemoryBlockOnFPGA
    return interval(interval.bound_type(byte), interval.bound_type(byte + count - 1))


def _row(kind: Any, hemisphere: int, row: int) -> Any:
    return kind(halco.SynapseRowOnSynram(row), halco.SynramOnDLS(hemisphere))


# -- ELF files -------------------------------------------------------------------------------------------------------


def elf(sections: dict[str, tuple[int, Any]], functions: dict[str, tuple[int, int]] | None = None) -> bytes:
    """ELF file of a program.

    Parameters
    ----------
    sections : dict
        Name to address and words; sections with code have "text" in their names.
    functions : dict, optional
        Name to address and size in bytes.
    """
    symbols, names = struct.pack(">IIIBBH", 0, 0, 0, 0, 0, 0), b"\0"
    for name, (address, size) in (functions or {}).items():
        symbols += struct.pack(">IIIBBH", len(names), address, size, 0x12, 0, 1)
        names += name.encode() + b"\0"
    rows = [(name, 1, 6 if "text" in name else 2, address, bytes_of(words).tobytes(), 0)
            for name, (address, words) in sections.items()]
    rows += [(".symtab", 2, 0, 0, symbols, len(rows) + 2), (".strtab", 3, 0, 0, names, 0)]
    section_names = b"\0".join([b"", *(row[0].encode() for row in rows), b".shstrtab", b""])
    rows.append((".shstrtab", 3, 0, 0, section_names, 0))
    body, headers = b"", bytes(40)
    for name, kind, flags, address, data, link in rows:
        at = section_names.index(b"\0" + name.encode() + b"\0") + 1
        headers += struct.pack(">10I", at, kind, flags, address, 52 + len(body), len(data), link, 0, 4, 0)
        body += data
    return struct.pack(">16sHHIIIIIHHHHHH", b"\x7fELF\x01\x02\x01", 2, 20, 1, 0, 0, 52 + len(body), 0, 52, 0, 0, 40,
                       len(rows) + 1, len(rows)) + body + headers
