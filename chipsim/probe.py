"""Probes: signals of circuits as the chip knows them, at any interval, outside the instruction stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import halco
from chipsim.core import SIGNALS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chipsim.board import Board

Array = np.ndarray[Any, np.dtype[Any]]

UNITS = {"membrane": "V", "exc_synin": "V", "inh_synin": "V", "adaptation": "µA"}


class Probe:
    """Samples of one signal, without noise and without what the readout adds.

    Made by `Chip.probe`. It records while programs run and does not disturb them: responses are the same with it.

    Attributes
    ----------
    neuron : int
        Number of the circuit (`AtomicNeuronOnDLS`).
    signal : str
        What is recorded: the membrane, the drop of a synaptic line from its resting voltage, or the adaptation current.
    interval_us : float
        Distance of the samples, us.
    start_us : float
        Chip time of the first sample, us since power-up.
    """

    def __init__(self, board: Board, neuron: Any, signal: str, interval_us: float) -> None:
        if signal not in SIGNALS:
            raise ValueError(f"unknown signal {signal!r}, expected one of {', '.join(SIGNALS)}")
        if not interval_us > 0:
            raise ValueError(f"the distance of samples is {interval_us} us, expected more than 0")
        if isinstance(neuron, int):
            neuron = halco.AtomicNeuronOnDLS(halco.Enum(neuron))
        self.neuron = int(neuron.toEnum().value())
        self.signal, self.interval_us = signal, float(interval_us)
        self._board = board
        self._number = board.analog.add_probe(self.neuron, signal, self.interval_us)
        self.start_us = board.analog.core.now * 0.004

    @property
    def values(self) -> Array:
        """Samples so far, float32, shape (n,)."""
        return self._board.analog.core.samples(self._number)

    @property
    def times_us(self) -> Array:
        """Chip time of the samples, us since power-up, shape (n,)."""
        return self.start_us + self.interval_us * np.arange(len(self.values))

    def plot(self, axes: Axes | None = None, **style: Any) -> Axes:
        """Draw the signal over the chip time; gives the axes."""
        import matplotlib.pyplot as plt

        axes = plt.gca() if axes is None else axes
        axes.plot(self.times_us, self.values, **{"label": f"neuron {self.neuron}", "linewidth": 1, **style})
        axes.set_xlabel("chip time / µs")
        axes.set_ylabel(f"{self.signal} / {UNITS[self.signal]}")
        return axes

    def save(self, path: str | Path) -> None:
        """Write the samples: `.npz` (arrays times_us, values), or text with two columns for any other ending."""
        path = Path(path)
        if path.suffix == ".npz":
            np.savez_compressed(path, times_us=self.times_us, values=self.values)
        else:
            header = f"time/us {self.signal}/{UNITS[self.signal]}"
            np.savetxt(path, np.column_stack([self.times_us, self.values]), header=header)
