"""Correlation sensors of the synapses. Units: V, µs.

Every sensor remembers whether its last pulse was a presynaptic or a postsynaptic one, and when it came. A pulse of the
other kind closes a pair: pre before post adds amplitude * exp(-dt / tau) to the causal capacitor, post before pre to
the acausal one, each with parameters of its own. A pulse of the same kind takes the place of the remembered one, so
pairs are those of nearest neighbours, and no pulse is the second one of two pairs.

What is read is the voltage that a capacitor is reset to, less what it has accumulated.

A port to Cython is one loop per method: `pre` over the columns of a row, `post` over the rows of a column. With the
amplitudes a and rates b of the parameters, the bodies are

    pre (where the label matches):
        if last[h, r, c] == POST: level[1, h, r, c] += a[1, h, r, c] * exp(-(t - post_time[h, c]) * b[1, h, r, c])
        last[h, r, c] = PRE; pre_time[h, r, c] = t
    post:
        if last[h, r, c] == PRE: level[0, h, r, c] += a[0, h, r, c] * exp(-(t - pre_time[h, r, c]) * b[0, h, r, c])
        last[h, r, c] = POST; post_time[h, c] = t
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

import haldls
from chipsim.cells import Reader, read_block_cells, read_columns
from chipsim.die import Array

CAUSAL, ACAUSAL = 0, 1
NONE, PRE, POST = 0, 1, 2
"""Last pulse of a sensor."""

AMPLITUDE = 2.25e-3
"""V per pair at no delay: half a step of the column ADC with its usual range."""
AMPLITUDE_BIAS = 70.0
"""`syn_i_bias_store` for this amplitude, which is inversely proportional to it."""
TAU = 5.0
TAU_BIAS = 80.0
"""Time constant, µs, with this `syn_i_bias_ramp`, likewise."""
AMPLITUDE_TRIM = 0.25
TAU_TRIM = 0.25
"""Amplitude and time constant are divided by 1 + this * calibration bits of the synapse (0..3)."""
V_RES_MEAS = 0.9
V_RES_MEAS_SCALE = 0.06
"""V: the amplitude is that above at the first voltage of the board, and grows by e per the second one."""
V_RESET = 1.85
"""V of the board that sensors are reset to."""
OUTPUT_DROP = 0.80
"""V between a capacitor and the line that it is read on: at rest 1.05 V, step 220 of the column ADC."""
OUTPUT_MIN = 0.15
"""V: the lowest voltage on that line."""

QUADRANT_OF_COLUMN = 2 * np.arange(2)[:, None] + np.arange(256) // 128
"""CapMem block of a column, (2, 256)."""


class CorrelationDie(Protocol):
    """Deviations of a chip; arrays (2, 2, 256, 256): causal or acausal, hemisphere, row, column."""

    correlation_amplitude: Any
    """Factors of the amplitude."""
    correlation_tau: Any
    """Factors of the time constant."""


@dataclass(frozen=True)
class CorrelationParameters:
    """Parameters of all sensors."""

    amplitude: Array
    """float32 (2, 2, 256, 256), V: causal or acausal, hemisphere, row, column."""
    rate: Array
    """float32 (2, 2, 256, 256), 1/µs: inverse time constants; 0 for sensors that forget nothing."""
    rest: float
    """V that is read after a reset."""
    output_on: Array
    """bool (2, 256): the output amplifiers of a column work."""


_CELLS = ("syn_i_bias_store", "syn_i_bias_ramp", "syn_i_bias_corout")


def derive_correlation(
    read: Reader, die: CorrelationDie, v_res_meas: float = V_RES_MEAS, v_reset: float = V_RESET
) -> CorrelationParameters:
    """Parameters of all correlation sensors.

    Parameters
    ----------
    read : callable
        Gives words (uint32) at addresses (uint32); see `chipsim.cells.Reader`.
    die : CorrelationDie
        The deviations of the chip.
    v_res_meas, v_reset : float
        Voltages that the board gives, V.
    """
    store, ramp, output = (read_block_cells(_CELLS, read)[name][QUADRANT_OF_COLUMN] for name in _CELLS)
    calib = read_columns(haldls.SynapseCorrelationCalibQuad, read)
    amplitude_trim = 1 + AMPLITUDE_TRIM * _by_column(calib.amp_calibs)
    tau_trim = 1 + TAU_TRIM * _by_column(calib.time_calibs)
    with np.errstate(divide="ignore"):
        # Without a bias nothing is stored.
        amplitude = np.where(store > 0, AMPLITUDE * AMPLITUDE_BIAS / store, 0.0)
    amplitude = amplitude * np.exp((v_res_meas - V_RES_MEAS) / V_RES_MEAS_SCALE)
    rate = ramp / (TAU * TAU_BIAS)
    return CorrelationParameters(
        amplitude=_floats(amplitude[:, None, :] / amplitude_trim * die.correlation_amplitude),
        rate=_floats(rate[:, None, :] * tau_trim / die.correlation_tau),
        rest=v_reset - OUTPUT_DROP,
        output_on=output > 0,
    )


def largest_amplitude(read: Reader, v_res_meas: float) -> float:
    """Largest amplitude of a synapse without deviations and without trim, V per pair."""
    store = read_block_cells(_CELLS, read)["syn_i_bias_store"]
    largest = AMPLITUDE * AMPLITUDE_BIAS / store[store > 0].min() if np.any(store > 0) else 0.0
    return float(largest * np.exp((v_res_meas - V_RES_MEAS) / V_RES_MEAS_SCALE))


_QUADS = np.arange(64)
_COLUMN = (_QUADS % 32 * 4)[:, None] * 2 + 2 * np.arange(4) + (_QUADS // 32)[:, None]
"""Column of every entry of a quad: quads 0..31 are even columns, 32..63 odd ones."""


def _by_column(quads: Array) -> Array:
    """(32768 quads, 4 entries) as float32 (2, 256, 256): hemisphere, row, column."""
    result = np.empty((2, 256, 256), dtype=np.float32)
    result[:, :, _COLUMN] = quads.reshape(2, 256, 64, 4)
    return result


def _floats(values: Any) -> Array:
    return np.ascontiguousarray(np.broadcast_to(values, (2, 2, 256, 256)), dtype=np.float32)


class CorrelationSensors:
    """State of all sensors. Times are µs and do not go back.

    Attributes
    ----------
    level : ndarray of float32, (2, 2, 256, 256)
        Accumulated V: causal or acausal, hemisphere, row, column.
    last : ndarray of uint8, (2, 256, 256)
        Kind of the last pulse.
    pre_time : ndarray of float64, (2, 256, 256)
        Time of the last presynaptic pulse of a synapse.
    post_time : ndarray of float64, (2, 256)
        Time of the last postsynaptic pulse of a column.
    """

    def __init__(self, parameters: CorrelationParameters):
        self.parameters = parameters
        self.level = np.zeros((2, 2, 256, 256), dtype=np.float32)
        self.last = np.zeros((2, 256, 256), dtype=np.uint8)
        self.pre_time = np.zeros((2, 256, 256))
        self.post_time = np.zeros((2, 256))

    def pre(self, hemisphere: int, row: int, columns: Any, time: float) -> None:
        """A pulse on a row.

        Parameters
        ----------
        hemisphere, row : int
        columns : array_like
            Columns whose synapse has the label of the event: bool (256,), or numbers.
        time : float
            µs.
        """
        h, r, p = hemisphere, row, self.parameters
        last = self.last[h, r]
        matching = _mask(columns)
        closing = matching & (last == POST)
        if closing.any():
            dt = time - self.post_time[h, closing]
            decay = np.exp(-dt * p.rate[ACAUSAL, h, r, closing])
            self.level[ACAUSAL, h, r, closing] += p.amplitude[ACAUSAL, h, r, closing] * decay
        last[matching] = PRE
        self.pre_time[h, r, matching] = time

    def post(self, hemisphere: int, columns: Any, time: float) -> None:
        """Pulses of neurons: a column, or some (bool (256,) or numbers), at a time in µs."""
        h, p = hemisphere, self.parameters
        numbers = np.atleast_1d(np.flatnonzero(columns) if _is_mask(columns) else columns)
        rows, which = np.nonzero(self.last[h][:, numbers] == PRE)
        closing = h, rows, numbers[which]
        decay = np.exp(-(time - self.pre_time[closing]) * p.rate[(CAUSAL, *closing)])
        self.level[(CAUSAL, *closing)] += p.amplitude[(CAUSAL, *closing)] * decay
        self.last[h, :, numbers] = POST
        self.post_time[h, numbers] = time

    def reset(self, hemisphere: int, row: int, columns: Any, causal: bool = True, acausal: bool = True) -> None:
        """Charge the capacitors of some synapses of a row; the sensors still remember their last pulse."""
        chosen = _mask(columns)
        for branch, wanted in ((CAUSAL, causal), (ACAUSAL, acausal)):
            if wanted:
                self.level[branch, hemisphere, row, chosen] = 0

    def read(self, hemisphere: int, row: int) -> Array:
        """Voltages of a row on the column lines, V, float32 (2, 256): causal and acausal; 0 without output bias."""
        volts = np.maximum(self.parameters.rest - self.level[:, hemisphere, row], OUTPUT_MIN)
        return np.where(self.parameters.output_on[hemisphere], volts, 0).astype(np.float32)


def _is_mask(columns: Any) -> bool:
    return np.asarray(columns).dtype == np.bool_


def _mask(columns: Any) -> Array:
    if _is_mask(columns):
        return np.asarray(columns)
    mask = np.zeros(256, dtype=bool)
    mask[columns] = True
    return mask
