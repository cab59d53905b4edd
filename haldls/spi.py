"""Board devices on the SPI bus of the FPGA."""

from __future__ import annotations

from enum import IntEnum

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.codec import inverted
from haldls.container import Container
from haldls.field import array, bits, field, flag


class ShiftRegister(
    Container,
    coordinate=halco.ShiftRegisterOnBoard,
    words=1,
    read=0,
    backends=(Backend.SPIShiftRegister,),
    differential=True,
    word_bits=24,
    address=lambda e: e,
):
    """Switches of the board: readout multiplexers, LEDs, supplies."""

    class AnalogReadoutMux1Input(IntEnum):
        """Selection for `ShiftRegister`."""

        off = 0
        readout_chain_0 = 1
        readout_chain_1 = 2
        mux_rfu_0 = 3

    class AnalogReadoutMux2Input(IntEnum):
        """Selection for `ShiftRegister`."""

        off = 0
        v_reset = 1
        vdd_res_meas = 2
        mux_dac_25 = 3

    class AnalogReadoutMux3Input(IntEnum):
        """Selection for `ShiftRegister`."""

        off = 0
        i_ref = 1
        mux_rfu_1 = 2
        mux_rfu_2 = 3

    select_analog_readout_mux_1_input = field(AnalogReadoutMux1Input, 0, 0, 2, doc="board analog mux 1")
    select_analog_readout_mux_2_input = field(AnalogReadoutMux2Input, 0, 2, 2, doc="board analog mux 2")
    select_analog_readout_mux_3_input = field(AnalogReadoutMux3Input, 0, 4, 2, doc="board analog mux 3")
    enable_i_ref_board = flag(0, 6, True, doc="connect board reference current to the chip")
    enable_measure_i_ref = flag(0, 7, doc="reference current to ground through 2.2 MOhm for measurement")
    enable_dac_to_readout_0 = flag(0, 8, doc="DAC drives readout debug line 0")
    enable_dac_to_readout_1 = flag(0, 9, doc="DAC drives readout debug line 1")
    enable_led = array(
        bool, halco.LEDOnBoard, [(0, 10), (0, 11), (0, 12), (0, 15), (0, 22), (0, 23)], codec=inverted(1),
        doc="board LEDs; only through the methods",
    )
    enable_adc_power_down = flag(0, 13, doc="ADC power-down pin")
    enable_adc_reset = flag(0, 14, doc="ADC reset pin")
    enable_vdd = array(
        bool, halco.VDDOnBoard, bits(0, 16, 6), default=True,
        doc="supply switches; only through the methods",
    )

    def get_enable_led(self, coord: halco.LEDOnBoard) -> bool:
        return self.enable_led[coord]

    def set_enable_led(self, coord: halco.LEDOnBoard, value: bool) -> None:
        self.enable_led[coord] = value

    def get_enable_vdd(self, coord: halco.VDDOnBoard) -> bool:
        return self.enable_vdd[coord]

    def set_enable_vdd(self, coord: halco.VDDOnBoard, value: bool) -> None:
        self.enable_vdd[coord] = value


class DACChannel(
    Container,
    coordinate=halco.DACChannelOnBoard,
    words=1,
    read=0,
    backends=(Backend.SPIDACDataRegister,),
    differential=True,
    word_bits=12,
    address=lambda e: e,
    init=('value',),
):
    """A channel of the board DACs."""

    class Value(RangedInt, max=4095):
        """0..4095."""

    value = field(Value, 0, 0, 12, doc="DAC code")


class DACControl(
    Container,
    coordinate=halco.DACOnBoard,
    words=2,
    read=0,
    backends=(Backend.SPIDACControlRegister,),
    differential=True,
    word_bits=13,
    address=lambda e: 4 * e,
    offsets=(0, 2),
    fixed={0: 0b001100},
):
    """Channels of a board DAC that are on. The first word selects the gain and reference of the DAC."""

    enable_channel = array(
        bool, halco.DACChannelOnDAC, bits(1, 0, 8), default=True, codec=inverted(1),
        doc="only through the methods",
    )

    def get_enable_channel(self, coord: halco.DACChannelOnDAC) -> bool:
        return self.enable_channel[coord]

    def set_enable_channel(self, coord: halco.DACChannelOnDAC, value: bool) -> None:
        self.enable_channel[coord] = value
