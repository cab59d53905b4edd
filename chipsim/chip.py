"""A board with one particular chip: what a user makes, clones, connects to and looks into."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from chipsim import spike_path
from chipsim.board import Board
from chipsim.die import Die
from chipsim.events import EventLog
from chipsim.oracle import Oracle
from chipsim.ppu import PPUWarning, Processor
from chipsim.probe import DriverProbe, Probe
from chipsim.progress import Progress
from chipsim.spike_path import SpikePath
from chipsim.trace import OmnibusTrace
from stadls.words import Words

DEFAULT_SEED = 1

SEED_VARIABLE = "BSS2_CHIP_SEED"
NOISE_VARIABLE = "BSS2_CHIP_NOISE"
NOISE_SEED_VARIABLE = "BSS2_CHIP_NOISE_SEED"
CAPMEM_VARIABLE = "BSS2_CHIP_CAPMEM"

CAPMEM_KINDS = ("ideal", "real")


class Chip:
    """A simulated board with a chip.

    Parameters
    ----------
    seed : int or None, optional
        Seed of the die: the same seed is the same chip, for ever. None is a die without mismatch. Default: the
        environment variable `BSS2_CHIP_SEED` (a number or "ideal"), else 1.
    noise : bool, optional
        Temporal noise. Default: `BSS2_CHIP_NOISE` (0 or 1), else on.
    noise_seed : int, optional
        Seed of the temporal noise. Default: `BSS2_CHIP_NOISE_SEED`, else 0.
    capmem : {"ideal", "real"}, optional
        Cells of the CapMem: ideal ones have a new code at once; real ones take some ms to get there, and disturb each
        other where they are equal. Default: `BSS2_CHIP_CAPMEM`, else ideal.

    Attributes
    ----------
    die : Die
        Fixed deviations of the circuits.
    board : Board
        FPGA, registers and circuits.
    capmem : str
        "ideal" or "real".

    Raises
    ------
    ValueError
        `capmem`, or an environment variable, has no valid value.
    """

    def __init__(self, seed: int | None | str = "environment", *, noise: bool | None = None,
                 noise_seed: int | None = None, capmem: str | None = None) -> None:
        if seed == "environment":
            seed = _seed_from_environment()
        if isinstance(seed, str):
            raise TypeError(f"the seed of a chip is an int or None, got {seed!r}")
        if noise is None:
            noise = _number_from_environment(NOISE_VARIABLE, 1) != 0
        if noise_seed is None:
            noise_seed = _number_from_environment(NOISE_SEED_VARIABLE, 0)
        self.seed, self.capmem = seed, _capmem_from_environment() if capmem is None else capmem
        _check_capmem(self.capmem, "capmem")
        self.die = Die.ideal() if seed is None else Die(seed)
        self.board = Board(0 if seed is None else seed & 0xFFFFFFFF, self.die, noise, noise_seed,
                           self.capmem == "real")

    @classmethod
    def ideal(cls, *, noise: bool = False, capmem: str = "ideal") -> Chip:
        """A chip without mismatch, and without noise and real CapMem cells unless asked for."""
        return cls(None, noise=noise, capmem=capmem)

    @property
    def identifier(self) -> str:
        """Name of the chip, which carries the seed."""
        return "chipsim-ideal" if self.seed is None else f"chipsim-{self.seed}"

    @cached_property
    def oracle(self) -> Oracle:
        """Settings that a perfect calibration of this chip would find."""
        return Oracle(self.die)

    def execute(self, words: Words, progress: Callable[[Progress], object] | None = None) -> Words:
        """Execute instruction words (uint64) and give the packed response words.

        `progress` is called about every 0.1 s. When it raises, or with Ctrl-C, the program ends where it is; chip and
        board keep that state and can be used further. What a PPU does that is hardly meant (illegal instructions,
        misaligned accesses, accesses to nothing, ...) is told as a `chipsim.ppu.PPUWarning`.
        """
        responses: Words = self.board.execute(words, progress)
        for ppu in self.ppus:
            for report in ppu.new_reports():
                warnings.warn(PPUWarning(str(report)), stacklevel=2)
        return responses

    @property
    def ppus(self) -> tuple[Processor, Processor]:
        """Plasticity processors, top and bottom: their state, and what they have done."""
        return self.board.processors.top, self.board.processors.bottom

    def clone(self, noise_stream: int = 0, spare: Chip | None = None) -> Chip:
        """Another board and chip in the same state; from here on the two are independent.

        Parameters
        ----------
        noise_stream : int
            0: from here on the temporal noise of the clone is that of the chip. Any other number gives it noise of
            its own, the same for the same chip and number.
        spare : Chip, optional
            An earlier clone of this chip that is not needed any more: its memory is used for the new one.

        Raises
        ------
        ValueError
            The spare chip is no clone of this one.
        """
        if spare is not None and (spare is self or spare.die is not self.die or spare.capmem != self.capmem):
            raise ValueError("only a clone of a chip can become another clone of it")
        other = Chip.__new__(Chip)
        other.seed, other.die, other.capmem = self.seed, self.die, self.capmem
        other.board = self.board.clone(
            self._noise_seed(noise_stream) if noise_stream else None, None if spare is None else spare.board
        )
        return other

    def _noise_seed(self, stream: int) -> int:
        own = int(self.board.analog.noise_seed)
        return int(np.random.SeedSequence((own, stream)).generate_state(1, np.uint64)[0])

    def probe(self, neuron: Any, signal: str = "membrane", interval_us: float = 0.1) -> Probe:
        """Record a signal of a neuron circuit from now on, whatever the program does.

        Parameters
        ----------
        neuron : AtomicNeuronOnDLS or int
            The circuit, or its number.
        signal : str
            "membrane", "exc_synin", "inh_synin" or "adaptation".
        interval_us : float
            Distance of the samples, us.

        Raises
        ------
        ValueError
            Unknown signal or neuron, or a distance that is not positive.
        """
        return Probe(self.board, neuron, signal, interval_us)

    def probe_driver(self, driver: Any, *, limit: int = 1_000_000) -> DriverProbe:
        """Record the pulses of a synapse driver and the state of its short-term plasticity from now on.

        Parameters
        ----------
        driver : SynapseDriverOnDLS or int
            The driver, or its number.
        limit : int
            Most events that are kept; the oldest ones are dropped.
        """
        return DriverProbe(self.board, driver, limit)

    def record_events(self, *what: Any, limit: int = 1_000_000) -> EventLog:
        """Record events on the chip from now on.

        Parameters
        ----------
        *what
            Kinds of events (see `chipsim.events.KINDS`), or coordinates of places: `CrossbarInputOnDLS`,
            `CrossbarNodeOnDLS`, `CrossbarOutputOnDLS`, `PADIBusOnDLS`, `SynapseDriverOnDLS`, `AtomicNeuronOnDLS`,
            `CrossbarL2OutputOnDLS`. Default all kinds at all places.
        limit : int
            Most events that are kept; the oldest ones are dropped.

        Raises
        ------
        ValueError
            An unknown kind, or a coordinate of another type.
        """
        return EventLog(self.board, what, limit)

    def trace_omnibus(self, *what: Any, reads: bool = True, writes: bool = True, limit: int = 100_000) -> OmnibusTrace:
        """Record register accesses from now on.

        Parameters
        ----------
        *what
            Container types, or ranges of addresses (`range`). Default all registers.
        reads, writes : bool
            Which accesses.
        limit : int
            Most accesses that are kept; the oldest ones are dropped.

        Raises
        ------
        ValueError
            Neither a range nor a container type of the Omnibus.
        """
        return OmnibusTrace(self.board, what, reads, writes, limit)

    def trace_spike(self, label: Any) -> SpikePath:
        """Where a spike of the host arrives with the present settings, and why not elsewhere.

        Parameters
        ----------
        label : int or SpikeLabel
            Label of 16 bits.
        """
        return spike_path.trace_spike(self.board, label)

    def trace_neuron(self, neuron: Any) -> SpikePath:
        """Where a spike of a neuron arrives with the present settings, and what keeps the neuron from firing.

        Parameters
        ----------
        neuron : AtomicNeuronOnDLS or int
            The neuron, or its number.
        """
        return spike_path.trace_neuron(self.board, neuron)

    def trace_background(self, source: Any, label: int | None = None) -> SpikePath:
        """Where an event of a background generator arrives with the present settings.

        Parameters
        ----------
        source : BackgroundSpikeSourceOnDLS or int
            The generator, or its number.
        label : int, optional
            Label of 14 bits; default that of the generator with its random bits as they are stored.

        Raises
        ------
        ValueError
            A label that the generator does not send.
        """
        return spike_path.trace_background(self.board, source, label)

    def trace_padi(self, bus: Any, row_select: int, label: int) -> SpikePath:
        """Where an event written to a PADI bus (`PADIEvent`) arrives with the present settings.

        Parameters
        ----------
        bus : PADIBusOnDLS or int
            The bus, or its number.
        row_select, label : int
            Row select address of 5 bits and synapse label of 6 bits.
        """
        return spike_path.trace_padi(self.board, bus, row_select, label)

    def pad_voltage(self, pad: int) -> float | None:
        """Voltage of a readout pad (0 or 1) now, V; None if nothing drives it.

        Raises
        ------
        ValueError
            There is no such pad.
        """
        _check_pad(pad)
        voltage: float | None = self.board.pad_voltage(pad)
        return voltage

    def drive_pad(self, pad: int, volts: float | None) -> None:
        """Drive a readout pad (0 or 1) from outside, against whatever the board does; None lets it go.

        Raises
        ------
        ValueError
            There is no such pad, or the voltage is not a number.
        """
        _check_pad(pad)
        if volts is not None and not math.isfinite(volts):
            raise ValueError(f"the voltage at a pad is {volts}, expected a finite number")
        self.board.drive_pad(pad, volts)

    def __repr__(self) -> str:
        return f"Chip({self.seed!r})"


def _check_capmem(kind: object, where: str) -> None:
    if kind not in CAPMEM_KINDS:
        raise ValueError(f"{where} is {kind!r}, expected {' or '.join(map(repr, CAPMEM_KINDS))}")


def _check_pad(pad: int) -> None:
    if pad not in (0, 1):
        raise ValueError(f"pad {pad!r}, expected 0 or 1")


def _seed_from_environment() -> int | None:
    text = os.environ.get(SEED_VARIABLE, "")
    if text.strip().lower() == "ideal":
        return None
    return _number_from_environment(SEED_VARIABLE, DEFAULT_SEED)


def _capmem_from_environment() -> str:
    kind = os.environ.get(CAPMEM_VARIABLE, "").strip().lower() or "ideal"
    _check_capmem(kind, CAPMEM_VARIABLE)
    return kind


def _number_from_environment(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = int(text, 0)
    except ValueError:
        raise ValueError(f"{variable} is {text!r}, expected a number") from None
    if value < 0:
        raise ValueError(f"{variable} is {value}, expected a number that is not negative")
    return value
