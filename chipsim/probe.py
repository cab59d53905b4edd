"""Probes: signals of circuits as the chip knows them, at any interval, outside the instruction stream."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import halco
from chipsim.core import SIGNALS
from chipsim.events import TICK_US, EventLog

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


class DriverProbe:
    """Pulses of a synapse driver and the state of its short-term plasticity, event by event.

    Made by `Chip.probe_driver`. It records while programs run and does not disturb them.

    Attributes
    ----------
    driver : SynapseDriverOnDLS
        The driver.
    start_us : float
        Chip time of the begin, us since power-up.
    """

    def __init__(self, board: Board, driver: Any, limit: int) -> None:
        if isinstance(driver, int):
            driver = halco.SynapseDriverOnDLS(halco.Enum(driver))
        self.driver = driver
        self._board = board
        self._place = int(driver.toEnum().value())
        self._log = EventLog(board, (driver,), limit)
        self._first = self._now()
        self.start_us = board.analog.core.now * TICK_US

    def _now(self) -> float:
        return float(self._board.analog.modulations()[self._place])

    def stop(self) -> None:
        """Record no more; what has been recorded stays."""
        self._log.stop()

    @property
    def dropped(self) -> int:
        """Number of events that were lost because of the limit."""
        return self._log.dropped

    @property
    def times_us(self) -> Array:
        """Chip times of the events, us since power-up, shape (n,)."""
        return self._log.events["time_us"]

    @property
    def pulses_ns(self) -> Array:
        """Lengths of the pulses, ns, shape (n,)."""
        return self._log.events["pulse_ns"]

    @property
    def modulation(self) -> Array:
        """State after each event, 0 recovered ... 1 charged, shape (n,)."""
        return self._log.events["modulation"]

    def sample(self, times_us: Any) -> Array:
        """State at any times: between events it decays with the recovery time constant.

        Parameters
        ----------
        times_us : array_like, (m,)
            Chip times, us since power-up.

        Returns
        -------
        ndarray of float, (m,)
            State; nan before the probe began, and before the first event that is left of those that were dropped.
        """
        wanted = np.asarray(times_us, dtype=float)
        records = np.sort(self._log._recorder.records(), order="tick", kind="stable")
        ticks, rates = records["tick"] * TICK_US, records["recovery_rate"].astype(float)
        now = self._board.analog.driver_states()[2, self._place]
        starts, states = np.append(self.start_us, ticks), np.append(self._first, records["modulation"])
        # The rate of the next event is that at which the chip lets the state decay.
        rates = np.append(rates, now)
        if self.dropped:
            states[0] = np.nan
        last = np.searchsorted(starts, wanted, side="right") - 1
        passed = wanted - starts[last]
        return np.where(last < 0, np.nan, states[last] * np.exp(-rates[last] * passed))

    def plot(self, axes: Axes | None = None, **style: Any) -> Axes:
        """Draw the state over the chip time, with a point for every event; gives the axes."""
        import matplotlib.pyplot as plt

        axes = plt.gca() if axes is None else axes
        end = max([self._board.analog.core.now * TICK_US, *self.times_us[-1:]])
        times = np.sort(np.concatenate([np.linspace(self.start_us, end, 1000), self.times_us]))
        line, = axes.plot(times, self.sample(times), **{"label": f"driver {self._place}", "linewidth": 1, **style})
        axes.plot(self.times_us, self.modulation, ".", color=line.get_color())
        axes.set_xlabel("chip time / µs")
        axes.set_ylabel("modulation")
        return axes

    def save(self, path: str | Path) -> None:
        """Write the events: `.npz` (arrays times_us, modulation, pulses_ns), or text with three columns."""
        path = Path(path)
        events = self._log.events
        if path.suffix == ".npz":
            np.savez_compressed(
                path, times_us=events["time_us"], modulation=events["modulation"], pulses_ns=events["pulse_ns"],
            )
        else:
            columns = [events["time_us"], events["modulation"], events["pulse_ns"]]
            np.savetxt(path, np.column_stack(columns), header="time/us modulation pulse/ns")
