"""Board devices on the I2C bus of the FPGA."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

import halco
from halco.core import RangedInt
from haldls.backend import SIMULATION, Backend
from haldls.codec import SHUNT_VOLTAGE, TEMPERATURE
from haldls.container import Container
from haldls.field import array, bits, field, flag


class TMP112Status(
    Container,
    coordinate=halco.TMP112StatusOnBoard,
    words=1,
    write=0,
    backends=(Backend.I2CTempRegister,),
    unreadable_on=SIMULATION,
    word_bits=16,
    address=lambda e: e,
):
    """Temperature of the chip carrier board."""

    class Temperature(RangedInt, min=-14080, max=32752):
        """Raw temperature."""

        def toUncalibratedTemperature(self) -> float:
            """Temperature in degrees Celsius."""
            return int(self.value() / 16) * 0.0625

    temperature = field(Temperature, 0, 0, 16, codec=TEMPERATURE, doc="raw temperature")


class INA219Config(
    Container,
    coordinate=halco.INA219ConfigOnBoard,
    words=1,
    backends=(Backend.I2CINA219RwRegister,),
    unreadable_on=SIMULATION,
    word_bits=16,
    address=lambda e: 2 * e,
    fixed={0: 0b111},
):
    """Supply monitor of the board: resolution and averaging."""

    class ADCMode(IntEnum):
        """Selection for `INA219Config`."""

        bits9 = 0
        bits10 = 1
        bits11 = 2
        bits12 = 3
        bits12_samples1 = 4
        bits12_samples2 = 5
        bits12_samples4 = 6
        bits12_samples8 = 7
        bits12_samples16 = 8
        bits12_samples32 = 9
        bits12_samples64 = 10
        bits12_samples128 = 11

    shunt_adc_mode = field(ADCMode, 0, 3, 4, default=ADCMode.bits12, doc="shunt ADC resolution/averaging")
    bus_adc_mode = field(ADCMode, 0, 7, 4, default=ADCMode.bits12, doc="bus ADC resolution/averaging")


class INA219Status(
    Container,
    coordinate=halco.INA219StatusOnBoard,
    words=2,
    write=0,
    backends=(Backend.I2CINA219RoRegister,),
    unreadable_on=SIMULATION,
    word_bits=16,
    address=lambda e: 4 * e,
    offsets=(1, 0),
):
    """Readings of a supply monitor."""

    class BusVoltage(RangedInt, max=4000):
        """Supply voltage, 4 mV per LSB."""

        def toUncalibratedVoltage(self) -> float:
            """Voltage in V."""
            return self.value() * 4 / 1000

    class ShuntVoltage(RangedInt, min=-4000, max=4000):
        """Voltage over the shunt resistor, 10 uV per LSB."""

        def toUncalibratedVoltage(self) -> float:
            """Voltage in V."""
            return self.value() * 10 / 1e6

    @dataclass
    class UncalibratedPower:
        """Power from the two voltages (V) and the shunt resistance (Ohm)."""

        uncalibrated_bus_voltage: float = 0.0
        uncalibrated_shunt_voltage: float = 0.0
        shunt_resistance: float = 0.027

        def calculate(self) -> float:
            """Power in W."""
            return self.uncalibrated_bus_voltage * self.uncalibrated_shunt_voltage / self.shunt_resistance

    bus_voltage = field(BusVoltage, 0, 3, 13, doc="4 mV per LSB")
    bus_voltage_overflow = flag(0, 0, doc="overflow flag")
    shunt_voltage = field(
        ShuntVoltage, 1, 0, 16, codec=SHUNT_VOLTAGE,
        doc="10 uV per LSB",
    )

    def toUncalibratedPower(self) -> INA219Status.UncalibratedPower:
        return INA219Status.UncalibratedPower(
            self.bus_voltage.toUncalibratedVoltage(), self.shunt_voltage.toUncalibratedVoltage()
        )


class TCA9554Inputs(
    Container,
    coordinate=halco.TCA9554InputsOnBoard,
    words=1,
    write=0,
    backends=(Backend.I2CTCA9554RoRegister,),
    unreadable_on=SIMULATION,
    word_bits=8,
    address=lambda e: e,
):
    """Levels of the IO expander of the Jboa board."""

    channel_input = array(bool, halco.TCA9554ChannelOnBoard, bits(0, 0, 8), doc="pin levels")


class TCA9554Config(
    Container,
    coordinate=halco.TCA9554ConfigOnBoard,
    words=3,
    backends=(Backend.I2CTCA9554RwRegister,),
    unreadable_on=SIMULATION,
    word_bits=8,
    address=lambda e: 3 * e,
):
    """Outputs, polarity and direction of the IO expander of the Jboa board."""

    class ChannelPolarity(IntEnum):
        """Selection for `TCA9554Config`."""

        normal = 0
        inverted = 1

    class ChannelMode(IntEnum):
        """Selection for `TCA9554Config`."""

        output = 0
        input = 1

    channel_output = array(bool, halco.TCA9554ChannelOnBoard, bits(0, 0, 8), doc="output levels")
    channel_polarity = array(
        ChannelPolarity, halco.TCA9554ChannelOnBoard, bits(1, 0, 8), default=ChannelPolarity.normal,
        doc="input inversion",
    )
    channel_mode = array(
        ChannelMode, halco.TCA9554ChannelOnBoard, bits(2, 0, 8), default=ChannelMode.output,
        doc="pin direction",
    )


class AD5252ChannelConfig(
    Container,
    coordinate=halco.AD5252ChannelConfigOnBoard,
    words=1,
    backends=(Backend.I2CAD5252RwRegister,),
    unreadable_on=SIMULATION,
    word_bits=8,
    address=lambda e: 2 * e,
):
    """Supply potentiometer of the Jboa board."""

    class WiperSetting(RangedInt, max=255, default=144):
        """0..255."""

    value = field(WiperSetting, 0, 0, 8, doc="wiper position")

    default_pot_25: ClassVar[AD5252ChannelConfig]
    default_pot_12: ClassVar[AD5252ChannelConfig]
    default_pot_12_digital: ClassVar[AD5252ChannelConfig]


class AD5252ChannelConfigPersistent(
    Container,
    coordinate=halco.AD5252ChannelConfigPersistentOnBoard,
    words=1,
    backends=(Backend.I2CAD5252RwRegister,),
    unreadable_on=SIMULATION,
    word_bits=8,
    address=lambda e: 2 * e + 1,
):
    """Supply potentiometer of the Jboa board, in the memory that survives power-off."""

    class WiperSetting(RangedInt, max=255, default=144):
        """0..255."""

    value = field(WiperSetting, 0, 0, 8, doc="wiper position")


class DAC6573ChannelConfig(
    Container,
    coordinate=halco.DAC6573ChannelOnBoard,
    words=1,
    backends=(Backend.I2CDAC6573RwRegister,),
    unreadable_on=SIMULATION,
    word_bits=10,
    address=lambda e: e,
    init=('value',),
):
    """A channel of the DAC of the Jboa board."""

    class Value(RangedInt, max=1023):
        """0..1023."""

    value = field(Value, 0, 0, 10, doc="DAC code")


class TCA9546ChannelConfig(
    Container,
    coordinate=halco.TCA9546OnBoard,
    words=1,
    backends=(Backend.I2CTCA9546Register,),
    unreadable_on=SIMULATION,
    word_bits=8,
    address=lambda e: e,
):
    """I2C switch of the Jboa board."""

    channel_status = array(
        bool, halco.TCA9546ChannelOnBoard, bits(0, 0, 4), default=True,
        doc="I2C multiplexer channels switched through",
    )

    default_mux: ClassVar[TCA9546ChannelConfig]


def _wiper(setting: int) -> AD5252ChannelConfig:
    config = AD5252ChannelConfig()
    config.value = AD5252ChannelConfig.WiperSetting(setting)
    return config


AD5252ChannelConfig.default_pot_25 = _wiper(0xA7)
AD5252ChannelConfig.default_pot_12 = _wiper(0xA8)
AD5252ChannelConfig.default_pot_12_digital = _wiper(0x93)

TCA9546ChannelConfig.default_mux = TCA9546ChannelConfig()
TCA9546ChannelConfig.default_mux.channel_status = [True, True, True, False]
