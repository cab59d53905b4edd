"""What the PPUs do in an execution instance: their program, the commands that drive it, and its results."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

import halco
import haldls
import lola
from grenade.execution import ppu_results
from grenade.execution.plasticity import RulesOfInstance
from grenade.execution.ppu_image import PPUS, Patch, decoded, image_of, read_count
from grenade.execution.ppu_results import PeriodicSamples, SampleMemory, log_entries
from grenade.ppu import Program
from grenade.ppu.plasticity import (
    SNIPPET_SYMBOL,
    event_drop_count_symbols,
    has_snippets,
    recording_period_symbol,
    recording_symbol,
)
from grenade.ppu.recording import TimedRecording
from grenade.signal_flow.vertices.readout import CADCMode as Mode
from haldls.container import container_type, linear_number
from haldls.ppu import PPU_MEMORY
from stadls import PlaybackProgramBuilder
from stadls.backend import Backend, read_instructions

US = 125
"""FPGA cycles per us."""

COMMAND_RESPONSES = 2
"""Omnibus responses to a command: the status of each PPU before."""

_START_STOP_TIMEOUT_US = 1_000_000
_IDLE_TIMEOUT_US = 100_000

_COLUMNS = 256
_LOGGER = logging.getLogger("grenade.execution")


class Status(IntEnum):
    """State of the program of a PPU: what it does, or what the host wants it to do."""

    INITIAL = 0
    IDLE = 1
    RESET_NEURONS = 2
    BASELINE_READ = 3
    READ = 4
    PERIODIC_READ = 5
    INSIDE_PERIODIC_READ = 6
    STOP_PERIODIC_READ = 7
    STOP = 8
    SCHEDULER = 9


class PPUProgram:
    """What the PPUs do in an execution instance, over all its snippets.

    Methods that take a builder append instructions to it; those that read are answered by Omnibus responses, of which
    each entry of a batch has the same number. Methods that decode take these responses of all entries at once.

    Attributes
    ----------
    program : Program
        The program.
    mode : CADCMembraneReadoutView.Mode or None
        How the CADC is read.
    num_samples : int
        Periodic CADC samples that are read for each hemisphere.
    rules : tuple of PlasticityRule
        Plasticity rules.

    Parameters
    ----------
    columns : pair of array_like of int
        Columns of both hemispheres whose periodic samples are read, in ascending order.
    """

    def __init__(
        self, program: Program, mode: Mode | None, rules: RulesOfInstance, neuron_reset_mask: np.ndarray,
        num_samples: int, columns: Sequence[Any],
    ) -> None:
        self.program, self.mode, self.num_samples = program, mode, num_samples
        self.rules = rules.rules
        self._rules = rules
        self._image = image_of(program)
        self._neuron_reset_mask = neuron_reset_mask
        self._samples = [
            SampleMemory(each, num_samples, name) for each, name in zip(columns, ("top", "bottom"), strict=True)
        ]
        self._recorded = [(i, rule) for i, rule in enumerate(rules.rules) if rule.recording is not None]
        self._drop_counts = ["scheduler_event_drop_count"] + [
            name for rule in rules.rules for name in event_drop_count_symbols(rule)
        ]
        self._read_symbols: list[str] = []
        self._patch = self._patched({})

    def use_symbols(self, write_symbols: Mapping[str, Any], read_symbols: Iterable[str]) -> None:
        """Set the values that variables have in the images, and the variables that `read_symbols` reads.

        Raises
        ------
        RuntimeError
            The program has no such variable, or a value does not fit.
        """
        self._read_symbols = sorted(read_symbols)
        for name in self._read_symbols:
            self._image.place(name)
        if write_symbols:
            self._patch = self._patched(write_symbols)

    # -- images --------------------------------------------------------------------------------------------------------

    def _patched(self, symbols: Mapping[str, Any]) -> Patch:
        patch = Patch(self._image, self._external_scratch())
        patch.set_words("ppu", range(len(PPUS)))
        patch.set_words("neuron_reset_mask", _mask_words(self._neuron_reset_mask))
        patch.set_symbols(symbols)
        return patch

    def apply(self, chip: lola.Chip) -> None:
        """Put the program into the memories of a chip, all of which are overwritten."""
        for memory, words in zip(chip.ppu_memory, self._patch.internal, strict=True):
            memory._words[:] = words
        chip.external_ppu_memory._words[:] = self._patch.external

    def dram_writes(self) -> list[tuple[Any, Any]]:
        """Coordinates and contents of what lies in external DRAM.

        Memory of timed recordings is left out: it can be large, and it is written before it is read.
        """
        writes = []
        for first, last in self._dram_parts():
            block = lola.ExternalPPUDRAMMemoryBlock.from_bytes(self._image.dram[first:last])
            writes.append((_interval(halco.ExternalPPUDRAMMemoryBlockOnFPGA, first, last - first), block))
        return writes + self._patch.dram

    def _dram_parts(self) -> list[tuple[int, int]]:
        """Begins and ends of the image of the DRAM without timed recordings."""
        left_out = []
        for _, rule in self._recorded:
            place = self._image.place(recording_symbol(rule))
            in_dram = isinstance(place, halco.ExternalPPUDRAMMemoryBlockOnFPGA)
            if in_dram and isinstance(rule.recording, TimedRecording):
                left_out.append((int(place.toMin()), int(place.toMax()) + 1))
        parts, begin = [], 0
        for first, last in [*sorted(left_out), (len(self._image.dram), 0)]:
            if begin < first:
                parts.append((begin, first))
            begin = last
        return parts

    def _external_scratch(self) -> slice:
        """Words of the external SRAM with periodic CADC samples."""
        if self.mode is not Mode.periodic:
            return slice(0, 0)
        first, last = (self._image.place(f"periodic_cadc_samples_{name}") for name in ("top", "bot"))
        return slice(int(first.toMin()) // 4, (int(last.toMax()) + 1) // 4)

    def volatile_words(self) -> tuple[np.ndarray, tuple[int, int]]:
        """What the running program may change in the memories and needs as it was.

        The rest of what it changes, stack and memory of periodic CADC samples, begins as `FILLER` and may stay.

        Returns
        -------
        words : ndarray of int
            Words of the internal memory of each PPU: data and mailbox.
        external : tuple of int
            Begin and end of the bytes in external SRAM: data, and recordings of plasticity rules.
        """
        first = self._image.external_code_size // 4 * 4
        return self._image.volatile_words(bool(self.rules)), (first, max(first, self._image.external_size))

    def spoil(self, chip: lola.Chip) -> None:
        """Change everything in a chip's configuration that may differ on the chip after a run.

        A differential configuration with the changed one as reference writes all of it again: the memories, and with
        plasticity rules also the synapses and the switches of the CADC's channels.
        """
        words, (first, last) = self.volatile_words()
        for memory in chip.ppu_memory:
            memory._words[words] ^= np.uint32(0xFFFFFFFF)
        chip.external_ppu_memory._words[first // 4:-(-last // 4)] ^= np.uint32(0xFFFFFFFF)
        if self.rules:
            for block in chip.synapse_blocks:
                block.matrix._words[...] ^= np.uint32(0xFFFFFFFF)
            for chain in chip.cadc_readout_chains:
                for channels in (chain.channels_causal.columns, chain.channels_acausal.columns):
                    for switch in ("enable_connect_correlation", "enable_connect_neuron", "enable_connect_debug"):
                        setattr(channels, switch, ~getattr(channels, switch))

    # -- commands ------------------------------------------------------------------------------------------------------

    def start(self, builder: PlaybackProgramBuilder) -> None:
        """Release the resets; goes on when both PPUs are idle."""
        _release(builder, True)
        self._poll(builder, "status", Status.IDLE, _START_STOP_TIMEOUT_US)

    def stop(self, builder: PlaybackProgramBuilder) -> None:
        """End the program and hold the PPUs in reset."""
        for ppu in PPUS:
            self._write_word(builder, ppu, "status", Status.STOP)
        self._poll(builder, "stopped", 1, _START_STOP_TIMEOUT_US)
        _release(builder, False)

    def command(self, builder: PlaybackProgramBuilder, status: Status) -> None:
        """Give both PPUs a command: six cycles, in which the status before is read (see `check_command`)."""
        word = halco.PPUMemoryWordOnPPU(self._image.word("status"))
        for ppu in PPUS:
            builder.read(halco.PPUMemoryWordOnDLS(word, ppu))
            self._write_word(builder, ppu, "status", status)

    def check_command(self, words: np.ndarray, expected: Status = Status.IDLE) -> None:
        """Log a warning if the PPUs were not in the expected state when they got a command.

        Parameters
        ----------
        words : ndarray of uint32, (batch, 2)
            Answers to the reads of `command`.
        expected : Status
            State before the command.
        """
        for ppu, before in zip(PPUS, words.T, strict=True):
            what = f"PPU {int(ppu)} got a command while it was not {expected.name.lower()}"
            log_entries(logging.WARNING, what, before != expected)

    def write_runtime(self, builder: PlaybackProgramBuilder, ppu_cycles: int, snippet: int = 0) -> None:
        """Say for how long rules are scheduled with the next command, and in which snippet.

        Parameters
        ----------
        builder : PlaybackProgramBuilder
            Where to append.
        ppu_cycles : int
            PPU cycles (4 ns).
        snippet : int
            Index of the snippet, of which the timers will run and the records will be written.
        """
        values = {"runtime": [ppu_cycles >> 32, ppu_cycles & 0xFFFFFFFF]}
        if has_snippets(self.rules):
            values[SNIPPET_SYMBOL] = [snippet]
        for i, rule in self._recorded:
            if isinstance(rule.recording, TimedRecording):
                values[recording_period_symbol(rule)] = [self._rules.first_records[snippet][i]]
        for ppu in PPUS:
            for name, words in values.items():
                for offset, word in enumerate(words):
                    self._write_word(builder, ppu, name, word, offset)

    def wait_idle(self, builder: PlaybackProgramBuilder, timeout_us: float = _IDLE_TIMEOUT_US) -> None:
        """Wait until both PPUs have finished; after the timeout the program fails."""
        self._poll(builder, "status", Status.IDLE, timeout_us)

    def _write_word(
        self, builder: PlaybackProgramBuilder, ppu: Any, name: str, value: int, offset: int = 0
    ) -> None:
        word = haldls.PPUMemoryWord()
        word._mem[0] = value
        builder.write(halco.PPUMemoryWordOnDLS(halco.PPUMemoryWordOnPPU(self._image.word(name) + offset), ppu), word)

    def _poll(self, builder: PlaybackProgramBuilder, name: str, value: int, timeout_us: float) -> None:
        timeout = haldls.InstructionTimeoutConfig()
        timeout.value = haldls.InstructionTimeoutConfig.Value(round(timeout_us * US))
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), timeout)
        for base in PPU_MEMORY:
            config = haldls.PollingOmnibusBlockConfig()
            config.address = base + self._image.word(name)
            config.mask, config.target = 0xFFFFFFFF, value
            builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
            builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
            builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock())
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), haldls.InstructionTimeoutConfig())

    # -- results of the CADC -------------------------------------------------------------------------------------------

    def read_cadc_result(self, builder: PlaybackProgramBuilder) -> None:
        """Read the differences to the baseline of both hemispheres: 128 responses."""
        for ppu in PPUS:
            builder.read(halco.PPUMemoryBlockOnDLS(self._image.place("cadc_result"), ppu))

    def decode_cadc_result(self, words: np.ndarray) -> np.ndarray:
        """Differences to the baseline: int8 (batch, 2, 256), from uint32 (batch, 128)."""
        return ppu_results.cadc_result(words)

    def read_periodic(self, builder: PlaybackProgramBuilder) -> None:
        """Read the periodic samples of the columns in use.

        The PPUs have to be idle. The next samples will be written to the same memory.
        """
        for name, samples in zip(("top", "bot"), self._samples, strict=True):
            place = self._image.place(f"periodic_cadc_samples_{name}")
            first = _interval(type(place), int(place.toMin()), 4)
            kind = container_type(first)
            addresses = kind._read_addresses(linear_number(kind, first), Backend.Omnibus) + samples.words
            reads = read_instructions(Backend.Omnibus, addresses)
            builder.write_words(reads.instructions, (reads.answers, 0, 0))
        for ppu in PPUS:
            self._write_word(builder, ppu, "periodic_cadc_readout_memory_offset", 0)

    def decode_periodic(self, words: np.ndarray) -> tuple[PeriodicSamples, PeriodicSamples]:
        """Periodic samples of the top and the bottom hemisphere, from uint32 (batch, responses)."""
        top, bottom = np.split(words, [len(self._samples[0].words)], axis=1)
        return self._samples[0].decode(top), self._samples[1].decode(bottom)

    # -- results of plasticity rules -----------------------------------------------------------------------------------

    @property
    def records(self) -> bool:
        """Whether a plasticity rule records something."""
        return bool(self._recorded)

    def read_recordings(self, builder: PlaybackProgramBuilder) -> None:
        """Read the recordings of all rules, one response for each word that they touch."""
        for _, rule in self._recorded:
            builder.read(self._image.place(recording_symbol(rule)))

    def decode_recordings(self, words: np.ndarray) -> dict[int, np.ndarray]:
        """Recorded bytes.

        Parameters
        ----------
        words : ndarray of uint32, (batch, responses)
            Answers to `read_recordings`.

        Returns
        -------
        dict of int to ndarray of uint8, (batch, size)
            By index of the rule in `rules`: its memory with the records of all snippets.
        """
        recordings, begin = {}, 0
        for i, rule in self._recorded:
            place = self._image.place(recording_symbol(rule))
            end = begin + read_count(place)
            recordings[i] = ppu_results.bytes_of(words[:, begin:end], int(place.toMin()) % 4, place.length())
            begin = end
        return recordings

    def recording_of(self, descriptor: int, snippet: int, recordings: Mapping[int, np.ndarray]) -> np.ndarray | None:
        """Bytes of `decode_recordings` that belong to a vertex in a snippet, (batch, size); None if it records none."""
        records = self._rules.records.get((snippet, descriptor))
        return None if records is None else recordings[records.rule][:, records.begin:records.end]

    def read_status(self, builder: PlaybackProgramBuilder) -> None:
        """Read state, numbers of dropped events and mailboxes of both PPUs."""
        for ppu in PPUS:
            for place in self._status_places():
                builder.read(halco.PPUMemoryBlockOnDLS(place, ppu))

    def _status_places(self) -> list[Any]:
        names = ["status", *self._drop_counts]
        return [*(self._image.place(name) for name in names), halco.PPUMemoryBlockOnPPU.mailbox]

    def check_status(self, words: np.ndarray) -> None:
        """Log an error if a PPU is not idle or has dropped events; its messages are logged for debugging.

        Parameters
        ----------
        words : ndarray of uint32, (batch, responses)
            Answers to `read_status`.
        """
        for ppu, values in zip(PPUS, np.split(words, len(PPUS), axis=1), strict=True):
            name = f"PPU {int(ppu)}"
            log_entries(logging.ERROR, f"{name} has not finished its plasticity rules", values[:, 0] != Status.IDLE)
            for symbol, counts in zip(self._drop_counts, values[:, 1:].T, strict=False):
                log_entries(logging.ERROR, f"{name}: {symbol} is up to {counts.max(initial=0)}", counts > 0)
            if _LOGGER.isEnabledFor(logging.DEBUG) and len(values):
                mailbox = np.ascontiguousarray(values[-1, 1 + len(self._drop_counts):]).astype(">u4").tobytes()
                _LOGGER.debug("%s says:\n%s", name, mailbox.split(b"\0")[0].decode("latin-1"))

    # -- variables -----------------------------------------------------------------------------------------------------

    def read_symbols(self, builder: PlaybackProgramBuilder, names: Iterable[str] | None = None) -> None:
        """Read variables, default those of `plan`; the ones in internal memory of both PPUs."""
        for place in self._symbol_places(self._read_symbols if names is None else names):
            builder.read(place)

    def _symbol_places(self, names: Iterable[str]) -> list[Any]:
        places = []
        for name in names:
            place = self._image.place(name)
            is_internal = isinstance(place, halco.PPUMemoryBlockOnPPU)
            places += [halco.PPUMemoryBlockOnDLS(place, ppu) for ppu in PPUS] if is_internal else [place]
        return places

    def decode_symbols(self, words: np.ndarray, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Values of variables by name, for each entry of the batch.

        Parameters
        ----------
        words : ndarray of uint32, (batch, responses)
            Answers to `read_symbols` of the same names.

        Returns
        -------
        list of dict
            For variables in internal memory a dict of `HemisphereOnDLS` to `PPUMemoryBlock`, for others an
            `ExternalPPUMemoryBlock` or `ExternalPPUDRAMMemoryBlock`.
        """
        names = self._read_symbols if names is None else list(names)
        values: list[dict[str, Any]] = [{} for _ in words]
        begin = 0
        for name in names:
            for place in self._symbol_places([name]):
                end = begin + read_count(place)
                for value, answers in zip(values, words[:, begin:end], strict=True):
                    if isinstance(place, halco.PPUMemoryBlockOnDLS):
                        hemisphere = place.toPPUOnDLS().toHemisphereOnDLS()
                        value.setdefault(name, {})[hemisphere] = decoded(place, answers)
                    else:
                        value[name] = decoded(place, answers)
                begin = end
        return values


def _mask_words(mask: np.ndarray) -> np.ndarray:
    """Words of the variable `neuron_reset_mask` of both PPUs, (2, 64), from switches of the columns, (2, 256).

    Even columns come first, then odd ones, four in a word. The first of the four is in the lowest byte, which the
    PPU's vector unit takes for the last one: this is how the real system does it, so that a mask that differs within
    such a group resets the opposite neurons of the group.
    """
    groups = mask.reshape(2, _COLUMNS // 8, 4, 2).transpose(0, 3, 1, 2).reshape(2, _COLUMNS // 4, 4)
    return (groups << np.arange(0, 32, 8)).sum(axis=2)


def _release(builder: PlaybackProgramBuilder, run: bool) -> None:
    for ppu in PPUS:
        control = haldls.PPUControlRegister()
        control.inhibit_reset = run
        builder.write(ppu.toPPUControlRegisterOnDLS(), control)


def _interval(kind: Any, first: int, size: int) -> Any:
    return kind(kind.bound_type(first), kind.bound_type(first + size - 1))
