"""Membrane ADC: when it samples, and what numbers it makes.

The converter counts cycles of its clock of 500 MHz, four to an FPGA cycle, so that all instants are exact integers.

Its states follow from the levels of the control word:

======================  ==========================================  ==================================================
state                   goes to                                     when
======================  ==========================================  ==================================================
off                     waking                                      `wake_up`
waking                  ready                                       after `powerup_wait_value` clock cycles
ready                   recording                                   `start_recording` without `stop_recording`
recording               ready, or off with                          after `number_of_samples`, or `stop_recording`
                        `enable_power_down_after_sampling`
======================  ==========================================  ==================================================

As the bits are levels, a recording whose start bit is still set when it ends is followed by another one.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

import haldls
from chipsim.cells import Reader, read_columns
from chipsim.die import Array, Die
from haldls.constants import MINIMAL_MADC_CLOCK_CYCLES_PER_SAMPLE

CLOCK = 500.0
"""MHz."""
CLOCKS_PER_FPGA_CYCLE = 4

LSB = 1.89e-3
"""V per code."""
OFFSET = 0.095
"""V: code 0 is -OFFSET."""
MAX_CODE = 1023
NOISE = 1.5
"""Standard deviation of a sample, codes."""
SETTLING = 0.6
"""µs: time constant with which the pre-amplifier leaves 0 V after the start. What is left of 0.8 V after 120 samples of
34 ns (which users drop) is half a code, after 8 µs nothing."""


@dataclass(frozen=True)
class MADCSettings:
    """Settings of the converter; they take effect with the next wake-up or recording."""

    period: int = 17
    """Clock cycles per sample."""
    wake_up: int = 96
    """Clock cycles from `wake_up` to ready."""
    number_of_samples: int = 0
    """Samples of a recording that is not continuous; there is no recording of none."""
    initial: int = 0
    """Source multiplexer of the first sample."""
    select_length: int = 0
    """Samples until the other multiplexer takes over; 0: never."""
    dummy_data: bool = False
    """Codes are the number of the sample."""


def derive_settings(read: Reader) -> MADCSettings:
    """Settings from the registers of the chip."""
    config = read_columns(haldls.MADCConfig, read)
    scale = 2 * (int(config.madc_clock_scale_value[0]) + 1) if config.enable_madc_clock_scaling[0] else 1
    return MADCSettings(
        period=(MINIMAL_MADC_CLOCK_CYCLES_PER_SAMPLE + int(config.sample_duration_adjust[0])) * scale,
        wake_up=int(config.powerup_wait_value[0]),
        number_of_samples=int(config.number_of_samples[0]),
        initial=int(config.active_mux_initially_selected_input[0]),
        select_length=int(config.active_mux_input_select_length[0]),
        dummy_data=bool(config.enable_dummy_data[0]),
    )


class State(Enum):
    OFF = "off"
    WAKING = "waking"
    READY = "ready"
    RECORDING = "recording"


@dataclass(frozen=True)
class Recording:
    """A series of samples."""

    start: int
    """Clock cycle of the first sample."""
    end: int | None
    """Clock cycle at which it is over; None: not known yet."""
    first_index: int
    """Number of its first sample among all samples of the converter."""
    continuous: bool
    amplified: bool
    """The pre-amplifier was on at the start."""
    settings: MADCSettings


@dataclass(frozen=True)
class Samples:
    """Samples in the order of time; arrays of equal length."""

    clock: Array
    """int64, clock cycles of 2 ns: four times the FPGA cycle."""
    multiplexer: Array
    """uint8: source multiplexer that the converter listened to."""
    channel: Array
    """uint8: channel that the sample is sent with. It is the multiplexer of the sample before, so that two channels
    that alternate come exchanged."""
    index: Array
    """uint64: number among all samples of the converter."""
    age: Array
    """int64: number within the recording."""
    settling: Array
    """float64: part of the input that has arrived, 0..1; 0 without pre-amplifier."""
    dummy: Array
    """bool: the code is the number of the sample."""

    def __len__(self) -> int:
        return len(self.clock)

    @property
    def time_us(self) -> Array:
        """Instants in µs, float64."""
        return self.clock / CLOCK


class MADC:
    """State of the converter. Times are FPGA cycles of 8 ns (halves and quarters are exact) and never go back.

    Attributes
    ----------
    state : State
        State at the latest time that was asked for.
    """

    def __init__(self, settings: MADCSettings | None = None):
        self.settings = MADCSettings() if settings is None else settings
        self.state = State.OFF
        self.recordings: list[Recording] = []
        self._control = haldls.MADCControl()
        self._now = 0
        self._ready_at = 0
        self._next_index = 0

    def configure(self, settings: MADCSettings, time: float) -> None:
        """Change the settings at a time."""
        self.advance(time)
        self.settings = settings

    def write(self, word: int, time: float) -> None:
        """Write the control register (`haldls.MADCControl`) at a time."""
        self.advance(time)
        # The register cannot be read, so it has no decoding; its fields are those of the word all the same.
        self._control = haldls.Columns(haldls.MADCControl, np.array([[word]], dtype=np.uint32))[0].copy()
        if self.state is State.RECORDING and self._control.stop_recording:
            self._finish(self._now)
        self._run(self._now)

    def advance(self, time: float) -> None:
        """Let time pass.

        Raises
        ------
        ValueError
            The time is before one that was given earlier.
        """
        clock = round(time * CLOCKS_PER_FPGA_CYCLE)
        if clock < self._now:
            raise ValueError(f"MADC: FPGA cycle {time} is before {self._now / CLOCKS_PER_FPGA_CYCLE}")
        self._run(clock)
        self._now = clock

    def samples(self, begin: float, end: float) -> Samples:
        """All samples of an interval of time.

        Parameters
        ----------
        begin, end : float
            FPGA cycles; the end is not included. Time advances to the end, if it is not there yet.

        Returns
        -------
        Samples
        """
        if end * CLOCKS_PER_FPGA_CYCLE > self._now:
            self.advance(end)
        first, last = round(begin * CLOCKS_PER_FPGA_CYCLE), round(end * CLOCKS_PER_FPGA_CYCLE)
        parts = [_samples_of(r, first, last) for r in self.recordings if r.end is None or r.end > first]
        return _joined(parts)

    def upcoming(self) -> tuple[int, int, int | None] | None:
        """The next samples if the control register stays as it is.

        Returns
        -------
        tuple or None
            Of the current or the next recording that has samples to come: clock cycle of the next one, clock cycles
            per sample, end (None: not known). None if there is no such recording.
        """
        machine = copy.copy(self)
        machine.recordings = list(self.recordings)
        # A recording without further samples, power-down, wake-up, the next recording.
        for _ in range(4):
            if machine.state is State.RECORDING:
                r = machine.recordings[-1]
                first = r.start + _count(r, machine._now) * r.settings.period
                if r.end is None or first < r.end:
                    return first, r.settings.period, r.end
                at = r.end
            elif machine.state is State.WAKING:
                at = machine._ready_at
            else:
                return None
            machine._run(at)
            machine._now = at
        return None

    def forget(self, time: float) -> None:
        """Drop recordings that were over before a time."""
        clock = round(time * CLOCKS_PER_FPGA_CYCLE)
        self.recordings = [r for r in self.recordings if r.end is None or r.end > clock]

    def _run(self, clock: int) -> None:
        """All transitions up to and at a clock cycle, with the present control word."""
        at = self._now
        while at <= clock:
            if self.state is State.OFF:
                if not self._control.wake_up:
                    return
                self.state, self._ready_at = State.WAKING, at + self.settings.wake_up
            elif self.state is State.WAKING:
                at = max(at, self._ready_at)
                if at <= clock:
                    self.state = State.READY
            elif self.state is State.READY:
                if not self._start(at):
                    return
            else:
                end = self.recordings[-1].end
                if end is None or end > clock:
                    return
                at = end
                self._finish(at)

    def _start(self, clock: int) -> bool:
        """Begin a recording if the control word says so."""
        control = self._control
        continuous = bool(control.enable_continuous_sampling)
        if not control.start_recording or control.stop_recording:
            return False
        if not continuous and not self.settings.number_of_samples:
            return False
        s = self.settings
        end = None if continuous else clock + s.number_of_samples * s.period
        self.recordings.append(
            Recording(clock, end, self._next_index, continuous, bool(control.enable_pre_amplifier), s)
        )
        self.state = State.RECORDING
        return True

    def _finish(self, clock: int) -> None:
        """End the recording."""
        recording = self.recordings[-1]
        self.recordings[-1] = replace(recording, end=clock)
        self._next_index = recording.first_index + _count(recording, clock)
        self.state = State.OFF if self._control.enable_power_down_after_sampling else State.READY


def _count(recording: Recording, clock: int) -> int:
    """Samples of a recording before a clock cycle."""
    return max(0, -(-(clock - recording.start) // recording.settings.period))


def _samples_of(recording: Recording, first: int, last: int) -> Samples:
    """Samples of a recording in [first, last) clock cycles."""
    s = recording.settings
    stop = last if recording.end is None else min(last, recording.end)
    age = np.arange(_count(recording, first), _count(recording, stop), dtype=np.int64)
    clock = recording.start + age * s.period

    def multiplexer(number: Array) -> Array:
        swapped = number // s.select_length & 1 if s.select_length else np.zeros_like(number)
        return (s.initial ^ swapped).astype(np.uint8)

    settled = 1 - np.exp(-(clock - recording.start) / (CLOCK * SETTLING))
    return Samples(
        clock=clock,
        multiplexer=multiplexer(age),
        channel=multiplexer(age - 1),
        index=(recording.first_index + age).astype(np.uint64),
        age=age,
        settling=settled if recording.amplified else np.zeros(len(age)),
        dummy=np.full(len(age), s.dummy_data),
    )


def _joined(parts: list[Samples]) -> Samples:
    parts = parts or [_samples_of(Recording(0, 0, 0, False, False, MADCSettings()), 0, 0)]
    names = ("clock", "multiplexer", "channel", "index", "age", "settling", "dummy")
    return Samples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def convert(
    voltages: Any, channel: Any, index: Any, die: Die, noise_seed: int | None, settling: Any = 1.0, dummy: Any = False
) -> Array:
    """Codes of samples: (V + offset of the die + OFFSET) / LSB * gain of the die, with noise, rounded down, 0..1023.

    Parameters
    ----------
    voltages : array_like, (n,)
        Inputs, V.
    channel : array_like of int, (n,)
        Source multiplexers; offset and gain of a die may differ between them, shapes () or (2,).
    index : array_like of uint64, (n,)
        Numbers of the samples: the noise is a function of seed and number.
    die : Die
        `madc_offset`, V, and `madc_gain` are those of the chip.
    noise_seed : int or None
        Seed of the noise, None for none.
    settling : array_like, (n,)
        Part of the input that has arrived, see `Samples`.
    dummy : array_like of bool, (n,)
        Where the code is the ten lowest bits of the number.

    Returns
    -------
    ndarray of uint16, (n,)
    """
    channel, index = np.asarray(channel, dtype=np.intp), np.asarray(index, dtype=np.uint64)
    offset = np.broadcast_to(die.madc_offset, (2,))[channel]
    gain = np.broadcast_to(die.madc_gain, (2,))[channel]
    codes = (np.asarray(voltages, dtype=np.float64) * settling + offset + OFFSET) / LSB * gain
    if noise_seed is not None:
        codes = codes + NOISE * normal(noise_seed, index)
    # Not a number is what a wire without any voltage would be: code 0.
    codes = np.clip(np.floor(np.nan_to_num(codes, nan=0.0)), 0, MAX_CODE).astype(np.uint16)
    return np.where(dummy, (index & np.uint64(MAX_CODE)).astype(np.uint16), codes)


def normal(seed: int, index: Array) -> Array:
    """Numbers of a standard normal distribution, a function of seed and index; float64 of the shape of `index`."""
    bits = _splitmix(_splitmix(np.uint64(seed & 0xFFFFFFFFFFFFFFFF)) ^ np.asarray(index, dtype=np.uint64))
    # Two uniform numbers of 32 bits; the first one is never 0.
    u = ((bits >> np.uint64(32)).astype(np.float64) + 0.5) / 2.0**32
    v = (bits & np.uint64(0xFFFFFFFF)).astype(np.float64) / 2.0**32
    return np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)


def _splitmix(x: Any) -> Any:
    """Output of the generator "splitmix64" for a state, modulo 2**64."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        return x ^ x >> np.uint64(31)
