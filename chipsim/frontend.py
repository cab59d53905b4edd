"""Analog readout of a running chip: samples of the membrane ADC, debug lines, pads.

Probes of the analog core record what is connected to the membrane ADC at the instants of its samples; from time to time
they are collected and become codes. Times are chip cycles of 4 ns ("ticks"), two cycles of the converter's clock each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

import haldls
from chipsim import circuits
from chipsim.board_voltages import BoardVoltages
from chipsim.cells import read_columns
from chipsim.core import SIGNALS
from chipsim.die import Array
from chipsim.madc import MADC, convert, derive_settings
from chipsim.readout import Kind, ReadoutState, Wire, derive_readout, line_voltage

HORIZON = 8192
"""Ticks after which samples are collected at the latest."""
NEVER = 1 << 62
FAR = 1e30

MEMBRANE, EXC, INH, ADAPTATION = range(4)
assert SIGNALS == ("membrane", "exc_synin", "inh_synin", "adaptation")

_BARE = {Kind.MEMBRANE: MEMBRANE, Kind.LINE_EXC: EXC, Kind.LINE_INH: INH}

Signal = Callable[[int, int], Any]
"""Gives a signal of a circuit by their numbers."""


class Frontend:
    """Readout of a chip.

    Parameters
    ----------
    analog : chipsim.analog.Analog
        The circuits.

    Attributes
    ----------
    board : BoardVoltages
        What the board drives.
    external : list of float or None
        Voltages that a user drives at the pads, V; these beat the board.
    outdated : bool
        The connections have to be derived again.
    """

    def __init__(self, analog: Any) -> None:
        self.analog = analog
        self.board = BoardVoltages()
        self.external: list[float | None] = [None, None]
        self._probes: list[int] = []
        self._aimed: dict[tuple[int, int], int] = {}
        self.power_up()

    def power_up(self) -> None:
        """Converter off; the board stays as it is."""
        self.madc = MADC()
        self.madc.advance(self.analog.core.now / 2)
        self.outdated = True
        self._state: ReadoutState | None = None
        self._since = self.analog.core.now
        self._collected: list[tuple[Array, Array]] = []
        self._drivers: tuple[Array, Array, Array] | None = None
        self._park()

    def copy_from(self, other: Frontend) -> None:
        """Take over the state of the readout of another chip, whose circuits have been taken over already."""
        self.board, self.external = other.board, list(other.external)
        self.madc = copy.deepcopy(other.madc)
        self.outdated, self._state, self._since = other.outdated, other._state, other._since
        self._collected = list(other._collected)
        self._drivers = other._drivers

    # -- connections -------------------------------------------------------------------------------------------

    @property
    def state(self) -> ReadoutState:
        """Connections, from the registers."""
        if self.outdated or self._state is None:
            self._state = derive_readout(self.analog.read)
            self._cells = read_columns(haldls.CapMemCell, self.analog.read).value
            self.outdated = False
        return self._state

    @property
    def driven_pads(self) -> tuple[float | None, float | None]:
        """Voltages that are driven at the pads, V, None where nobody does."""
        first, second = (
            board if external is None else external
            for board, external in zip(self.board.pads, self.external, strict=True)
        )
        return first, second

    def _voltage(self, signal: Signal, driver: Callable[[int], Any]) -> Callable[[Kind, int], Any]:
        """Voltages of sources, with signals of circuits from `signal`."""

        def voltage(kind: Kind, member: int) -> Any:
            if kind is Kind.NEURON:
                source, offset, reference = self.analog.readout_of(member)
                value = signal(member, source)
                if source == MEMBRANE:
                    return value + offset
                if source == ADAPTATION:
                    return reference + value / circuits.ADAPT_READOUT + offset
                return circuits.LINE_REST - value + offset
            if kind is Kind.MEMBRANE:
                return signal(member, MEMBRANE)
            if kind in (Kind.LINE_EXC, Kind.LINE_INH):
                return circuits.LINE_SUPPLY - signal(member, _BARE[kind])
            if kind is Kind.DRIVER:
                return driver(member)
            if kind is Kind.CAPMEM:
                return circuits.CELL_OFFSET + circuits.CELL_LSB * int(self._cells[member])
            if kind is Kind.PAD:
                return self.driven_pads[member]
            return None

        return voltage

    def voltage_now(self, wire: Wire) -> float | None:
        """Voltage of a wire now, V, None if it floats."""
        modulation = self.analog.modulations()
        return line_voltage(
            wire, self._voltage(self.analog.value, lambda d: self.analog.driver_voltage(d, float(modulation[d])))
        )

    def debug_voltages(self) -> tuple[float, float]:
        """Causal and acausal debug line of the column ADC now, V; 0 for a line that floats."""
        causal, acausal = (self.voltage_now(wire) for wire in self.state.cadc_debug)
        return causal or 0.0, acausal or 0.0

    def pad_voltage(self, pad: int) -> float | None:
        """Voltage of a pad now, V, None if it floats."""
        return self.voltage_now(self.state.pads[pad])

    # -- membrane ADC ------------------------------------------------------------------------------------------

    def control(self, word: int) -> None:
        """The control register is written now; the samples so far have been collected."""
        self.madc.configure(derive_settings(self.analog.read), self.analog.core.now / 2)
        self.madc.write(word, self.analog.core.now / 2)

    def plan(self) -> int:
        """Let probes record what the converter will see; gives the tick at which to collect and plan again."""
        now = self.analog.core.now
        self.madc.configure(derive_settings(self.analog.read), now / 2)
        self._since = now
        series = self.madc.upcoming()
        if series is None:
            self._park()
            return now if self._collected else NEVER
        first, period, end = series
        wanted = sorted(self._wanted())
        core = self.analog.core
        while len(self._probes) < len(wanted):
            circuit = wanted[len(self._probes)][0]
            self._probes.append(core.add_probe(circuit, SIGNALS[0], 1.0))
        self._park()
        for number, (circuit, signal) in zip(self._probes, wanted, strict=False):
            core.aim_probe(number, circuit, signal, first / 2, period / 2)
            self._aimed[circuit, signal] = number
        return min(now + HORIZON, NEVER if end is None else end // 2)

    def _wanted(self) -> set[tuple[int, int]]:
        """Signals of simulated circuits that are connected to the converter."""
        found = set()
        for wire in self.state.madc:
            for source in wire:
                for member in source.members:
                    if source.kind is Kind.NEURON:
                        found.add((member, self.analog.readout_of(member)[0]))
                    elif source.kind in _BARE:
                        found.add((member, _BARE[source.kind]))
        return {(c, s) for c, s in found if self.analog.core.lane_of_circuit[c] >= 0}

    def _park(self) -> None:
        """Probes wait."""
        self._aimed = {}
        for number in self._probes:
            self.analog.core.aim_probe(number, 0, MEMBRANE, FAR, FAR)

    def collect(self) -> None:
        """Make codes of all samples up to now."""
        now = self.analog.core.now
        samples = self.madc.samples(self._since / 2, now / 2)
        self.madc.forget(now / 2)
        self._since = now
        # A sample at this very instant belongs to what follows; the core may have rounded it down.
        recorded = {key: self.analog.core.take_samples(n)[: len(samples)] for key, n in self._aimed.items()}
        latest = self.analog.driver_states()
        before = latest if self._drivers is None else self._drivers
        self._drivers = latest
        if not len(samples):
            return
        ticks = samples.clock / 2

        def signal(circuit: int, number: int) -> Any:
            values = recorded.get((circuit, number))
            return self.analog.value(circuit, number) if values is None else values

        def driver(number: int) -> Any:
            # The state before the last event holds for the samples before it.
            m0, t0, _ = (states[number] for states in before)
            m1, t1, rate = (states[number] for states in latest)
            modulation, since = np.where(ticks < t1, m0, m1), np.where(ticks < t1, t0, t1)
            return self.analog.driver_voltage(number, modulation * np.exp(-rate * 0.004 * (ticks - since)))

        voltage = self._voltage(signal, driver)
        volts = np.zeros(len(samples))
        for m, wire in enumerate(self.state.madc):
            mine = samples.multiplexer == m
            if mine.any():
                value = line_voltage(wire, voltage)
                volts[mine] = np.broadcast_to(0.0 if value is None else value, volts.shape)[mine]
        codes = convert(
            volts, samples.multiplexer, samples.index, self.analog.die,
            self.analog.noise_seed if self.analog.noise else None, samples.settling, samples.dummy,
        )
        self._collected.append((samples.clock // 2, codes | samples.channel.astype(np.uint16) << 10))

    def take(self) -> tuple[Array, Array]:
        """Samples that have been collected, taken out: ticks (int64) and value fields (uint16)."""
        parts, self._collected = self._collected, []
        if not parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint16)
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
