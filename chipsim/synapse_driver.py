"""Pulses of the synapse drivers: short-term plasticity, and activations in MAC (hagen) mode. Units: V, µs, ns.

A pulse starts with a voltage ramp and ends when the ramp, which falls from `RAMP_START`, crosses a voltage: a higher
one is reached earlier, so the pulse is shorter, and a larger ramp current makes all pulses shorter. The voltage is that
of the STP circuit, or that of a DAC for the five low bits of the label.

STP circuit
    Its state is the modulation m, 0 at rest: V = v_recover + m (v_charge - v_recover). An event first does
    m := m + U (1 - m), then makes its pulse, and between events m decays with the recovery time constant. As long as
    the cells do not change, this is V := V + U (v_charge - V) and an exponential return to v_recover; with m, a driver
    follows when its cells change. m is 0 after power-up.

Offset
    A part of the calibration current, 0..15, is taken from the ramp during its first `TRIM_TIME`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np

import haldls
from chipsim.cells import Reader, read_block_cells, read_columns, read_single_cells
from chipsim.circuits import CELL_LSB, CELL_OFFSET, PULSE, PULSE_EXTENSION
from chipsim.die import Array

RAMP_START = 1.0
"""V."""
RAMP_LSB = 3600.0
"""ns/V times LSB: a ramp with the usual current of 600 takes 6 ns for 1 V. Then cells of 100, 180 and 400 give 4.0, 3.1
and 0.6 ns."""
TRIM_TIME = 2.0
"""ns."""
TRIM_SHARE = 0.8 / 15
"""Part of the calibration current per step: a step is 0.11 ns if it is equal to that of the ramp, the range 1.6 ns."""

UTILIZATION_STEPS = 24.0
"""U = (code + 1) / this: 0.2 with codes 4 and 5 on average, 0.04 ... 0.67."""

RECOVERY_MIN, RECOVERY_MAX = 1.0, 1000.0
"""µs. The time constant grows exponentially with `recovery` and falls with `recovery_clock_speed`, over all 31 sums."""
RECOVERY_STEPS = 30.0

HAGEN_BIAS = 820.0
"""Code of `hagen_ibias_dac_*` for which the next two hold; they are proportional to it."""
HAGEN_LONGEST = 2.4
"""ns: pulse for activation 31 with the largest ramp current, offset 0 of the DAC, and `offset` 7."""
HAGEN_STEP = 0.9 * HAGEN_LONGEST / 31 * 600 / RAMP_LSB
"""V per activation: 0.9 of that pulse for 31 with a ramp current of 600."""
HAGEN_OFFSET_STEP = 0.0132
"""V per step of the offset."""
HAGEN_BASE = 0.4666
"""V at activation 0 and offset 0. With a ramp current of 600 this is 3.20 ns, of which offset 31 (2.45) and `offset` 7
(0.75) leave nothing: pulses are then proportional to the activation."""


class Mode(IntEnum):
    """What the length of a pulse depends on."""

    FULL = 0
    STP = 1
    HAGEN = 2


class DriverDie(Protocol):
    """Deviations of a chip that drivers see."""

    stp_ramp: Any
    """(4,): factor of the ramp current of a CapMem block."""
    driver_ramp: Any
    """(2, 128): factor of the ramp current of a driver."""
    driver_offset: Any
    """(2, 128), ns: added to modulated pulses."""
    hagen_offset: Any
    """(2, 128), ns: added to pulses of activations, beside the former."""


@dataclass(frozen=True)
class DriverParameters:
    """All synapse drivers; C-contiguous arrays (2, 128), hemisphere and driver, unless another shape is given.

    The pulse of an event is, in ns, with V and m as in the text of the module,

    - `Mode.FULL`: full
    - `Mode.STP`: clip(p0 - p1 V, 0, full)
    - `Mode.HAGEN`: clip(h0 + h1 a, 0, full) with the activation a = 32 - label bits 4:0, 1 ... 32
    """

    receives: Array
    """uint8: listens to its bus."""
    compare_mask: Array
    """uint8: an event is accepted if (row select ^ driver // 4) & mask is 0."""
    forwards: Array
    """uint8: all six label bits reach the synapses, not only the highest."""
    row_modes: Array
    """uint8 (2, 256): bit 0 excitatory, bit 1 inhibitory. Rows 2 d and 2 d + 1 are bottom and top row of driver d."""
    mode: Array
    """uint8, `Mode`."""
    full: Array
    """float32, ns: longest pulse."""
    utilization: Array
    """float32: U."""
    recovery_rate: Array
    """float32, 1/µs: inverse time constant of the recovery, 0 where it is off."""
    v_charge: Array
    """float32, V."""
    v_recover: Array
    """float32, V."""
    p0: Array
    """float32, ns."""
    p1: Array
    """float32, ns/V."""
    h0: Array
    """float32, ns."""
    h1: Array
    """float32, ns."""

    def stp_pulse(self, modulation: Any) -> Array:
        """ns of pulses with short-term plasticity for modulations m that broadcast to (2, 128)."""
        volts = self.v_recover + np.asarray(modulation) * (self.v_charge - self.v_recover)
        return np.clip(self.p0 - self.p1 * volts, 0, self.full)

    def hagen_pulse(self, activation: Any) -> Array:
        """ns of pulses for activations that broadcast to (2, 128)."""
        return np.clip(self.h0 + self.h1 * np.asarray(activation), 0, self.full)


_CELLS = (
    "stp_v_charge_0", "stp_v_charge_1", "stp_v_recover_0", "stp_v_recover_1", "stp_i_ramp", "stp_i_calib",
    "stp_i_bias_comparator",
)
_HAGEN_CELLS = ("hagen_ibias_dac_top", "hagen_ibias_dac_bottom")
_DRIVER = np.arange(128)
_BUS = _DRIVER % 4
BLOCK_OF_DRIVER = 2 * np.arange(2)[:, None] + _DRIVER % 2
"""CapMem block of a driver, (2, 128)."""


def utilization(code: Any) -> Any:
    """Part of the distance to v_charge that an event covers."""
    return (np.asarray(code) + 1.0) / UTILIZATION_STEPS


def recovery_time(recovery: Any, clock_speed: Any) -> Any:
    """Time constant of the recovery, µs."""
    steps = np.asarray(recovery, dtype=np.float64) + 15 - np.asarray(clock_speed, dtype=np.float64)
    return RECOVERY_MIN * (RECOVERY_MAX / RECOVERY_MIN) ** (steps / RECOVERY_STEPS)


def derive_drivers(read: Reader, die: DriverDie) -> DriverParameters:
    """Parameters of all synapse drivers from the registers of the chip.

    Parameters
    ----------
    read : callable
        Gives words (uint32) at addresses (uint32); see `chipsim.cells.Reader`.
    die : DriverDie
        The deviations of the chip.
    """
    drivers = read_columns(haldls.SynapseDriverConfig, read)
    common = read_columns(haldls.CommonSTPConfig, read)
    extension = PULSE_EXTENSION * read_columns(haldls.CommonPADIBusConfig, read).dacen_pulse_extension[:, _BUS]
    cells = {name: codes[BLOCK_OF_DRIVER] for name, codes in read_block_cells(_CELLS, read).items()}

    def of(name: str) -> Array:
        return getattr(drivers, name).reshape(2, 128)

    second = of("select_target_voltages") == 1
    full = PULSE + extension
    # ns for 1 V, and how much later the trimmed ramp arrives.
    ramp = cells["stp_i_ramp"] * np.asarray(die.stp_ramp)[BLOCK_OF_DRIVER] * die.driver_ramp
    working = (ramp > 0) & (cells["stp_i_bias_comparator"] > 0)
    ramp = np.maximum(ramp, 1.0)
    slope = RAMP_LSB / ramp
    trim = TRIM_TIME * TRIM_SHARE * of("offset") * cells["stp_i_calib"] / ramp
    shift = die.driver_offset - trim + extension
    speed = common.recovery_clock_speed[:, None]
    recovers = of("enable_recovery") & common.enable_recovery_clock[:, None]
    dac = np.array(list(read_single_cells(_HAGEN_CELLS, read).values()))[:, None] / HAGEN_BIAS
    base = RAMP_START - HAGEN_BASE - HAGEN_OFFSET_STEP * dac * of("hagen_dac_offset")
    return DriverParameters(
        receives=_bytes(of("enable_receiver")),
        compare_mask=_bytes(of("row_address_compare_mask")),
        forwards=_bytes(of("enable_address_out")),
        row_modes=_row_modes(drivers),
        mode=_bytes(_modes(of)),
        full=_floats(full),
        utilization=_floats(utilization(of("utilization"))),
        recovery_rate=_floats(np.where(recovers, 1.0 / recovery_time(of("recovery"), speed), 0.0)),
        v_charge=_volts(np.where(second, cells["stp_v_charge_1"], cells["stp_v_charge_0"])),
        v_recover=_volts(np.where(second, cells["stp_v_recover_1"], cells["stp_v_recover_0"])),
        # A ramp that never arrives, or a comparator that never answers, lets the pulse have its full length.
        p0=_floats(np.where(working, slope * RAMP_START + shift, full)),
        p1=_floats(np.where(working, slope, 0.0)),
        h0=_floats(np.where(working, slope * base + shift + die.hagen_offset, full)),
        h1=_floats(np.where(working, slope * HAGEN_STEP * dac, 0.0)),
    )


def _modes(of: Any) -> Array:
    """MAC mode needs the whole set of its switches; without it, short-term plasticity is what `enable_stp` says."""
    hagen = of("enable_hagen_modulation") & of("enable_hagen_dac") & of("enable_stp") & ~of("enable_address_out")
    return np.where(hagen, Mode.HAGEN, np.where(of("enable_stp"), Mode.STP, Mode.FULL))


def _row_modes(drivers: Any) -> Array:
    rows = np.stack([drivers.row_mode_bottom, drivers.row_mode_top], axis=-1)
    return _bytes(rows.reshape(2, 256))


def _bytes(values: Any) -> Array:
    return np.ascontiguousarray(values, dtype=np.uint8)


def _floats(values: Any) -> Array:
    return np.ascontiguousarray(np.broadcast_to(values, (2, 128)), dtype=np.float32)


def _volts(codes: Array) -> Array:
    return _floats(CELL_OFFSET + CELL_LSB * codes)
