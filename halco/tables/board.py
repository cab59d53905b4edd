"""Boards: supplies, DACs, I2C and SPI devices."""

from __future__ import annotations

from ..declare import CONTAINER, IMPLICIT, pair, ranged, required, singleton

TABLE = [
    # xBoard
    singleton("ShiftRegisterOnBoard", CONTAINER, "shift register of the xBoard"),
    ranged("ADCSourceOnBoard", 0, 9, IMPLICIT, "input of the xBoard ADC multiplexer",
           names=(
               "readout_chain_0 readout_chain_1 mux_rfu_0 v_reset vdd_res_meas mux_dac_25 i_ref mux_rfu_1 "
               "mux_rfu_2 none"
           )),
    ranged("LEDOnBoard", 0, 5, IMPLICIT, "LED of the xBoard (labels 1,2,3,4,7,8)",
           names="led_1 led_2 led_3 led_4 led_7 led_8"),
    ranged("VDDOnBoard", 0, 5, IMPLICIT, "supply rail that a DAC channel can set",
           names="vdd25_digital vdd12_digital vdd25_analog vdd12_analog vdd12_madc vdd12_pll",
           toDACChannelOnBoard=lambda e: e + 8),
    singleton("ADCOnBoard", 0, "ADC of the xBoard"),
    ranged("INA219OnBoard", 0, 5, CONTAINER, "power monitor of a supply rail",
           names="vdd12_digital vdd25_digital vdd12_analog vdd25_analog vdd12_madc vdd12_pll",
           same="INA219ConfigOnBoard INA219StatusOnBoard"),
    ranged("INA219ConfigOnBoard", 0, 5, CONTAINER, "config of a power monitor",
           names="vdd12_digital vdd25_digital vdd12_analog vdd25_analog vdd12_madc vdd12_pll",
           same="INA219OnBoard INA219StatusOnBoard"),
    ranged("INA219StatusOnBoard", 0, 5, CONTAINER, "reading of a power monitor",
           names="vdd12_digital vdd25_digital vdd12_analog vdd25_analog vdd12_madc vdd12_pll",
           same="INA219OnBoard INA219ConfigOnBoard"),
    # Board DACs
    ranged("DACOnBoard", 0, 1, CONTAINER | IMPLICIT, "DAC chip on the xBoard"),
    ranged("DACChannelOnDAC", 0, 7, IMPLICIT, "channel of an xBoard DAC"),
    pair("DACChannelOnBoard", "DACOnBoard", "DACChannelOnDAC", "channel dac=", CONTAINER, "DAC channel on the xBoard",
         names=(
             "v_reset v_res_meas mux_rfu_0 mux_rfu_1 i_ref_board ana_readout_debug_0 ana_readout_debug_1 "
             "mux_dac_25 vdd25_digital vdd12_digital vdd25_analog vdd12_analog vdd12_madc vdd12_pll "
             "general_purpose_0 general_purpose_1"
         ),
         toVDDOnBoard=required(lambda e: e - 8 if 8 <= e < 14 else None, "this channel sets no supply rail")),
    singleton("DACControlBlockOnBoard", CONTAINER, "control of all xBoard DACs"),
    singleton("DACChannelBlockOnBoard", CONTAINER, "values of all xBoard DAC channels"),
    # SPI
    singleton("SPIShiftRegisterOnBoard", 0, "xBoard shift register on SPI"),
    ranged("SPIDACDataRegisterOnDAC", 0, 7, IMPLICIT, "data register of an xBoard DAC"),
    ranged("SPIDACControlRegisterOnDAC", 0, 3, IMPLICIT, "control register of an xBoard DAC",
           names="gain_reference ldac power_down reset"),
    pair("SPIDACControlRegisterOnBoard", "DACOnBoard", "SPIDACControlRegisterOnDAC", "channel dac=", 0,
         "DAC control register on the xBoard"),
    pair("SPIDACDataRegisterOnBoard", "DACOnBoard", "SPIDACDataRegisterOnDAC", "channel dac=", 0,
         "DAC data register on the xBoard"),
    # I2C
    singleton("I2CIdRegisterOnBoard", 0, "id register of the board on I2C"),
    singleton("I2CTCA9546RegisterOnBoard", 0, "I2C multiplexer register"),
    singleton("I2CTempRegisterOnBoard", 0, "temperature register on I2C"),
    ranged("I2CINA219RoRegisterOnINA219", 0, 3, 0, "read-only register of a power monitor",
           names="shunt bus power current"),
    ranged("I2CINA219RwRegisterOnINA219", 0, 1, 0, "writable register of a power monitor",
           names="config calibration"),
    pair("I2CINA219RoRegisterOnBoard", "INA219OnBoard", "I2CINA219RoRegisterOnINA219", "reg ina=", 0,
         "read-only power monitor register on the board"),
    pair("I2CINA219RwRegisterOnBoard", "INA219OnBoard", "I2CINA219RwRegisterOnINA219", "reg ina=", 0,
         "writable power monitor register on the board"),
    ranged("I2CTCA9554RoRegisterOnTCA9554", 0, 0, 0, "read-only register of a port expander", names="inputs"),
    ranged("I2CTCA9554RwRegisterOnTCA9554", 0, 2, 0, "writable register of a port expander",
           names="outputs polarity config"),
    pair("I2CTCA9554RoRegisterOnBoard", "TCA9554OnBoard", "I2CTCA9554RoRegisterOnTCA9554", "reg tca=", 0,
         "read-only port expander register on the board"),
    pair("I2CTCA9554RwRegisterOnBoard", "TCA9554OnBoard", "I2CTCA9554RwRegisterOnTCA9554", "reg tca=", 0,
         "writable port expander register on the board"),
    pair("I2CAD5252RwRegisterOnBoard", "AD5252ChannelOnBoard", "I2CAD5252RwRegisterOnAD5252Channel", "reg ad=", 0,
         "digital potentiometer register on the board", toAD5252ChannelOnAD5252=lambda parent: parent % 2),
    ranged("I2CAD5252RwRegisterOnAD5252Channel", 0, 1, 0, "register kind of one potentiometer channel",
           names="rdac_volatile eemem_persistent",
           constants={"rdac_volatile_prefix": 0, "eemem_persistent_prefix": 32}),
    pair("I2CDAC6573RwRegisterOnBoard", "DAC6573OnBoard", "DAC6573ChannelOnDAC6573", "ch dac=", 0,
         "I2C DAC channel register on the board", constants={"register_base_addr": 16}),
    # Devices of the jBOA carrier
    singleton("TCA9554OnBoard", CONTAINER, "I2C port expander", same="TCA9554ConfigOnBoard TCA9554InputsOnBoard"),
    singleton("TCA9554ConfigOnBoard", CONTAINER, "its configuration", same="TCA9554OnBoard TCA9554InputsOnBoard"),
    singleton("TCA9554InputsOnBoard", CONTAINER, "its input state", same="TCA9554OnBoard TCA9554ConfigOnBoard"),
    ranged("TCA9554ChannelOnBoard", 0, 7, CONTAINER, "one pin of the port expander",
           names=(
               "disable_vdd25_digital disable_vdd12_digital disable_vdd12_pll disable_vdd12_madc "
               "disable_vdd25_analog disable_vdd12_analog disable_led disable_power"
           ),
           toTCA9554OnBoard=lambda e: e // 8),
    ranged("AD5252OnBoard", 0, 2, CONTAINER, "digital potentiometer chip",
           names="vdd_25digital_12digital vdd_12pll_12madc vdd_12analog_25analog"),
    ranged("AD5252ChannelOnAD5252", 0, 1, 0, "channel of a potentiometer (hardware channels 1 and 3)",
           names="channel_1 channel_3"),
    pair("AD5252ChannelOnBoard", "AD5252OnBoard", "AD5252ChannelOnAD5252", "reg ad=", CONTAINER,
         "potentiometer channel on the board",
         names="vdd_25digital vdd_12digital vdd_12pll vdd_12madc vdd_12analog vdd_25analog",
         same="AD5252ChannelConfigOnBoard AD5252ChannelConfigPersistentOnBoard"),
    pair("AD5252ChannelConfigOnBoard", "AD5252OnBoard", "AD5252ChannelOnAD5252", "reg ad=", CONTAINER,
         "volatile setting of a potentiometer channel",
         names="vdd_25digital vdd_12digital vdd_12pll vdd_12madc vdd_12analog vdd_25analog",
         same="AD5252ChannelOnBoard AD5252ChannelConfigPersistentOnBoard"),
    pair("AD5252ChannelConfigPersistentOnBoard", "AD5252OnBoard", "AD5252ChannelOnAD5252", "reg ad=", CONTAINER,
         "non-volatile setting of a potentiometer channel",
         names="vdd_25digital vdd_12digital vdd_12pll vdd_12madc vdd_12analog vdd_25analog",
         same="AD5252ChannelOnBoard AD5252ChannelConfigOnBoard"),
    singleton("DAC6573OnBoard", CONTAINER, "I2C DAC chip"),
    ranged("DAC6573ChannelOnDAC6573", 0, 3, 0, "channel of the I2C DAC"),
    pair("DAC6573ChannelOnBoard", "DAC6573OnBoard", "DAC6573ChannelOnDAC6573", "reg dac=", CONTAINER,
         "I2C DAC channel on the board", names="v_reset i_ref_board v_res_meas v_readout"),
    singleton("TCA9546OnBoard", CONTAINER, "I2C multiplexer"),
    ranged("TCA9546ChannelOnBoard", 0, 3, CONTAINER, "channel of the I2C multiplexer",
           toTCA9546OnBoard=lambda e: e // 4),
    # Chip carrier
    singleton("TMP112StatusOnBoard", CONTAINER, "temperature sensor on the chip carrier"),
]
