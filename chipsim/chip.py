"""A board with one particular chip: what a user makes, clones, connects to and looks into."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from chipsim.board import Board
from chipsim.die import Die
from chipsim.oracle import Oracle
from chipsim.probe import Probe
from stadls.words import Words

DEFAULT_SEED = 1

SEED_VARIABLE = "BSS2_CHIP_SEED"
NOISE_VARIABLE = "BSS2_CHIP_NOISE"
NOISE_SEED_VARIABLE = "BSS2_CHIP_NOISE_SEED"


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

    Attributes
    ----------
    die : Die
        Fixed deviations of the circuits.
    board : Board
        FPGA, registers and circuits.

    Raises
    ------
    ValueError
        An environment variable has no valid value.
    """

    def __init__(self, seed: int | None | str = "environment", *, noise: bool | None = None,
                 noise_seed: int | None = None) -> None:
        if seed == "environment":
            seed = _seed_from_environment()
        if isinstance(seed, str):
            raise TypeError(f"the seed of a chip is an int or None, got {seed!r}")
        if noise is None:
            noise = _number_from_environment(NOISE_VARIABLE, 1) != 0
        if noise_seed is None:
            noise_seed = _number_from_environment(NOISE_SEED_VARIABLE, 0)
        self.seed = seed
        self.die = Die.ideal() if seed is None else Die(seed)
        self.board = Board(0 if seed is None else seed & 0xFFFFFFFF, self.die, noise, noise_seed)

    @classmethod
    def ideal(cls, *, noise: bool = False) -> Chip:
        """A chip without mismatch, and without noise unless asked for."""
        return cls(None, noise=noise)

    @property
    def identifier(self) -> str:
        """Name of the chip, which carries the seed."""
        return "chipsim-ideal" if self.seed is None else f"chipsim-{self.seed}"

    @cached_property
    def oracle(self) -> Oracle:
        """Settings that a perfect calibration of this chip would find."""
        return Oracle(self.die)

    def execute(self, words: Words) -> Words:
        """Execute instruction words (uint64) and give the packed response words."""
        return self.board.execute(words)

    def clone(self) -> Chip:
        """Another board and chip in the same state; from here on the two are independent."""
        other = Chip.__new__(Chip)
        other.seed, other.die = self.seed, self.die
        other.board = self.board.clone()
        return other

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

    def __repr__(self) -> str:
        return f"Chip({self.seed!r})"


def _seed_from_environment() -> int | None:
    text = os.environ.get(SEED_VARIABLE, "")
    if text.strip().lower() == "ideal":
        return None
    return _number_from_environment(SEED_VARIABLE, DEFAULT_SEED)


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
