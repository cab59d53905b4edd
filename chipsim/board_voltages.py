"""Voltages that the board gives to the chip, from its DACs and analog multiplexers."""

from __future__ import annotations

from typing import NamedTuple

import halco
from chipsim.devices import Devices

FULL_SCALE = 4095
_REFERENCE = {"v_res_meas": 1.2, "mux_dac_25": 2.5, "ana_readout_debug_0": 2.5, "ana_readout_debug_1": 2.5}
"""V at the full scale of a channel."""
_MULTIPLEXED = {1: "mux_dac_25", 2: "v_res_meas", 3: "mux_dac_25"}
"""DAC behind the inputs of the second board multiplexer. The net "v_reset" has the voltage of `mux_dac_25`."""


class BoardVoltages(NamedTuple):
    """Voltages in V.

    Attributes
    ----------
    pads : tuple of float or None
        At the readout pads; None where the board drives nothing.
    v_res_meas, v_reset : float
        Of the correlation sensors.
    """

    pads: tuple[float | None, float | None] = (None, None)
    v_res_meas: float = 0.0
    v_reset: float = 0.0


def board_voltages(devices: Devices) -> BoardVoltages:
    """What the board drives with the present settings of its DACs and of its shift register."""
    word = devices.shift_register
    pads: list[float | None] = [None, None]
    for p in range(2):
        values = [_voltage(devices, f"ana_readout_debug_{p}")] if word >> (8 + p) & 1 else []
        # The first multiplexer selects the pad, the second one what it is joined with.
        if word & 3 == p + 1 and word >> 2 & 3:
            values.append(_voltage(devices, _MULTIPLEXED[word >> 2 & 3]))
        driven = [v for v in values if v is not None]
        if driven:
            pads[p] = sum(driven) / len(driven)
    return BoardVoltages(
        (pads[0], pads[1]), _voltage(devices, "v_res_meas") or 0.0, _voltage(devices, "mux_dac_25") or 0.0
    )


def _voltage(devices: Devices, name: str) -> float | None:
    """Output of a DAC channel, None if it is powered down."""
    number = int(getattr(halco.DACChannelOnBoard, name).toEnum().value())
    dac, channel = divmod(number, 8)
    if devices.dac.get((dac, "power_down"), 0) >> channel & 1:
        return None
    return _REFERENCE[name] * devices.dac.get((dac, channel), 0) / FULL_SCALE
