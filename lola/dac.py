"""DACs of the board."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import halco
from haldls import DACChannel, DACControl
from haldls.composite import Composite, Part, values

_CHANNEL = halco.DACChannelOnBoard
# Full-scale voltage of the channels that have a meaning in volts.
_REFERENCE_V = {
    2.5: ("i_ref_board", "ana_readout_debug_0", "ana_readout_debug_1", "mux_dac_25"),
    1.2: ("v_reset", "v_res_meas", "mux_rfu_0", "mux_rfu_1"),
}
_FULL_SCALE = 4095


class DACChannelBlock(
    Composite,
    coordinate=halco.DACChannelBlockOnBoard,
    parts=[Part("channels", DACChannel, lambda e: e[:, None] + np.arange(16), count=16)],
):
    """Values of all channels of the board DACs."""

    default_ldo_1: ClassVar[DACChannelBlock]
    default_ldo_2: ClassVar[DACChannelBlock]

    value = values(DACChannel.Value, _CHANNEL, [f"channels[{i}]" for i in range(16)], doc="DAC codes")

    def set_voltage(self, channel: halco.DACChannelOnBoard, voltage: float) -> None:
        """Set the output of a channel.

        Parameters
        ----------
        channel : DACChannelOnBoard
            A channel of the first DAC.
        voltage : float
            Voltage in V, 0 to the reference of the channel.

        Raises
        ------
        ValueError
            The output of the channel is not a voltage of known scale.
        """
        self.value[channel] = DACChannel.Value(int(voltage / self._reference(channel) * _FULL_SCALE))

    def get_voltage(self, channel: halco.DACChannelOnBoard) -> float:
        """Output of a channel in V."""
        return int(self.value[channel]) / _FULL_SCALE * self._reference(channel)

    @staticmethod
    def _reference(channel: halco.DACChannelOnBoard) -> float:
        for reference, names in _REFERENCE_V.items():
            if any(channel == getattr(_CHANNEL, name) for name in names):
                return reference
        raise ValueError(f"no voltage scale is known for {channel!r}")


def _ldo(**supplies: int) -> DACChannelBlock:
    block = DACChannelBlock()
    for name, setting in supplies.items():
        block.value[getattr(_CHANNEL, name)] = setting
    return block


DACChannelBlock.default_ldo_1 = _ldo(
    vdd25_digital=275, vdd25_analog=275, vdd12_digital=315, vdd12_analog=315, vdd12_madc=440, vdd12_pll=440
)
DACChannelBlock.default_ldo_2 = _ldo(
    vdd25_digital=608, vdd25_analog=608, vdd12_digital=2090, vdd12_analog=1630, vdd12_madc=440, vdd12_pll=440
)


class DACControlBlock(
    Composite,
    coordinate=halco.DACControlBlockOnBoard,
    parts=[Part("dacs", DACControl, lambda e: e[:, None] + np.arange(2), count=2)],
):
    """Channels of the board DACs that are on."""

    enable = values(
        bool, _CHANNEL, [f"dacs[{i // 8}].enable_channel[{i % 8}]" for i in range(16)], doc="channel on"
    )
