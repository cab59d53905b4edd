"""Programs of the PPUs on a simulated chip, driven by the host with playback programs like every other experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

import chipsim
import halco
import haldls
import lola
import stadls
from grenade.ppu import Program

US = 125
"""FPGA cycles per us."""

IDLE, RESET_NEURONS, BASELINE_READ, READ, PERIODIC_READ, STOP_PERIODIC_READ, STOP, SCHEDULER = 1, 2, 3, 4, 5, 7, 8, 9

_TIMEOUT_US = 100_000


class ChipProgram:
    """Both PPUs of a chip with the same program.

    Parameters
    ----------
    connection : chipsim.SimConnection
        Connection to the chip, which has to be initialised.
    program : Program
        What is loaded.
    internal : mapping of str to bytes, or pair of bytes, optional
        Values of variables in the images that are loaded, the same for both PPUs or one for each.
    """

    def __init__(self, connection: chipsim.SimConnection, program: Program, **internal: Any) -> None:
        self.connection = connection
        self.symbols = program.file.read_symbols()
        memory = program.file.read_program()
        builder = stadls.PlaybackProgramBuilder()
        for ppu in halco.iter_all(halco.PPUOnDLS):
            _reset(builder, ppu, run=False)
            image = np.array(memory.internal._words).astype(">u4").tobytes()
            values = {"ppu": int(ppu).to_bytes(4, "big"), **internal}
            for name, value in values.items():
                if name in self.symbols or name in internal:
                    data = value if isinstance(value, bytes) else value[int(ppu)]
                    first = 4 * int(self.symbols[name].coordinate.toMin())
                    image = image[:first] + data + image[first + len(data):]
            words = _words(0, len(image) // 4)
            builder.write(halco.PPUMemoryBlockOnDLS(words, ppu), _block(image))
        if memory.external is not None:
            builder.write(_bytes(halco.ExternalPPUMemoryBlockOnFPGA, 0, len(memory.external)), memory.external)
        if memory.external_dram is not None:
            builder.write(
                _bytes(halco.ExternalPPUDRAMMemoryBlockOnFPGA, 0, len(memory.external_dram)), memory.external_dram
            )
        self._run(builder)

    def start(self) -> None:
        """Release the reset; returns when both PPUs are idle."""
        builder = stadls.PlaybackProgramBuilder()
        for ppu in halco.iter_all(halco.PPUOnDLS):
            _reset(builder, ppu, run=True)
        self._wait_for(builder, "status", IDLE)
        self._run(builder)

    def run_until_sleep(self) -> None:
        """Start a program without commands; returns when both PPUs sleep."""
        builder = stadls.PlaybackProgramBuilder()
        for ppu in halco.iter_all(halco.PPUOnDLS):
            _reset(builder, ppu, run=True)
        config = haldls.PollingOmnibusBlockConfig()
        for address in (0x02A00001, 0x03A00001):
            config.address, config.mask, config.target = address, 0xFFFFFFFF, 1
            self._poll(builder, config)
        self._run(builder)

    def command(self, *commands: tuple[int, float], wait: bool = True) -> None:
        """Write commands to both PPUs, each followed by a time in us until the next one.

        With `wait` this returns when both PPUs are idle.
        """
        builder = stadls.PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        time = 0.0
        for status, duration_us in commands:
            for ppu in halco.iter_all(halco.PPUOnDLS):
                builder.write(
                    halco.PPUMemoryBlockOnDLS(self.symbols["status"].coordinate, ppu), _block(status.to_bytes(4, "big"))
                )
            time += duration_us
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(time * US)))
        if wait:
            self._wait_for(builder, "status", IDLE)
        self._run(builder)

    def schedule(self, duration_us: float) -> None:
        """Execute plasticity rules for some time."""
        self.write("runtime", round(duration_us * 250).to_bytes(8, "big"))
        self.command((SCHEDULER, duration_us))

    def stop(self) -> None:
        """End the program and hold the PPUs in reset."""
        builder = stadls.PlaybackProgramBuilder()
        for ppu in halco.iter_all(halco.PPUOnDLS):
            builder.write(
                halco.PPUMemoryBlockOnDLS(self.symbols["status"].coordinate, ppu), _block(STOP.to_bytes(4, "big"))
            )
        self._wait_for(builder, "stopped", 1)
        for ppu in halco.iter_all(halco.PPUOnDLS):
            _reset(builder, ppu, run=False)
        self._run(builder)

    def exit_codes(self) -> list[int]:
        """What both programs left in the word below the mailbox."""
        word = halco.PPUMemoryWordOnPPU.return_code
        return [self._read_words(halco.PPUMemoryBlockOnPPU(word, word), ppu)[0].item()
                for ppu in halco.iter_all(halco.PPUOnDLS)]

    def mailboxes(self) -> list[str]:
        """Messages of both programs."""
        words = halco.PPUMemoryBlockOnPPU.mailbox
        return [self._read_words(words, ppu).astype(">u4").tobytes().split(b"\0")[0].decode()
                for ppu in halco.iter_all(halco.PPUOnDLS)]

    def write(self, name: str, value: bytes) -> None:
        """Write a variable in internal memory of both PPUs."""
        builder = stadls.PlaybackProgramBuilder()
        first = int(self.symbols[name].coordinate.toMin())
        for ppu in halco.iter_all(halco.PPUOnDLS):
            builder.write(halco.PPUMemoryBlockOnDLS(_words(first, len(value) // 4), ppu), _block(value))
        self._run(builder)

    def read(self, name: str, size: int | None = None) -> Any:
        """Bytes of a variable: a list for both PPUs if it is in internal memory.

        `size` is for the first bytes only.
        """
        coordinate = self.symbols[name].coordinate
        if isinstance(coordinate, halco.PPUMemoryBlockOnPPU):
            return [self._read_words(coordinate, ppu).astype(">u4").tobytes()[:size]
                    for ppu in halco.iter_all(halco.PPUOnDLS)]
        if size is not None:
            coordinate = _bytes(type(coordinate), int(coordinate.toMin()), size)
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(coordinate)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        self._run(builder)
        return bytes(ticket.get())

    def read_words(self, name: str) -> list[int]:
        """A variable of one word in internal memory of both PPUs."""
        return [int.from_bytes(value, "big") for value in self.read(name)]

    def _read_words(self, words: Any, ppu: Any) -> np.ndarray:
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(halco.PPUMemoryBlockOnDLS(words, ppu))
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        self._run(builder)
        return np.array([int(word.value) for word in ticket.get().words], np.uint32)

    def _wait_for(self, builder: stadls.PlaybackProgramBuilder, name: str, value: int) -> None:
        config = haldls.PollingOmnibusBlockConfig()
        for base in (0x02800000, 0x03800000):
            config.address = base + int(self.symbols[name].coordinate.toMin())
            config.mask, config.target = 0xFFFFFFFF, value
            self._poll(builder, config)

    @staticmethod
    def _poll(builder: stadls.PlaybackProgramBuilder, config: haldls.PollingOmnibusBlockConfig) -> None:
        timeout = haldls.InstructionTimeoutConfig()
        timeout.value = haldls.InstructionTimeoutConfig.Value(_TIMEOUT_US * US)
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), timeout)
        builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock())
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), haldls.InstructionTimeoutConfig())

    def _run(self, builder: stadls.PlaybackProgramBuilder) -> None:
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(self.connection, builder.done())


def _reset(builder: stadls.PlaybackProgramBuilder, ppu: Any, run: bool) -> None:
    control = haldls.PPUControlRegister()
    control.inhibit_reset = run
    builder.write(ppu.toPPUControlRegisterOnDLS(), control)


def _words(first: int, count: int) -> Any:
    return halco.PPUMemoryBlockOnPPU(halco.PPUMemoryWordOnPPU(first), halco.PPUMemoryWordOnPPU(first + count - 1))


def _bytes(interval: Any, first: int, count: int) -> Any:
    return interval(interval.bound_type(first), interval.bound_type(first + count - 1))


def _block(data: bytes) -> haldls.PPUMemoryBlock:
    block = haldls.PPUMemoryBlock(len(data) // 4)
    block._words[:] = np.frombuffer(data, ">u4")
    return block


def read_weights(connection: chipsim.SimConnection) -> np.ndarray:
    """Weights of all synapses, shape (2, 256, 256) for hemispheres, rows and columns."""
    builder = stadls.PlaybackProgramBuilder()
    tickets = [builder.read(synram.toSynapseWeightMatrixOnDLS()) for synram in halco.iter_all(halco.SynramOnDLS)]
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
    return np.stack([ticket.get().values.to_numpy() for ticket in tickets])


def write_weights(connection: chipsim.SimConnection, weights: np.ndarray) -> None:
    """Set the weights of all synapses, shape as of `read_weights`."""
    builder = stadls.PlaybackProgramBuilder()
    for synram, values in zip(halco.iter_all(halco.SynramOnDLS), weights, strict=True):
        matrix = lola.SynapseWeightMatrix()
        matrix.values.from_numpy(values)
        builder.write(synram.toSynapseWeightMatrixOnDLS(), matrix)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(connection, builder.done())
