"""Known instruction words of whole builder commands, worked out by hand for every back end."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import halco as hc
import haldls as hal
import lola
import stadls
from halco.common import Enum


def made(container: Any, **fields: Any) -> Any:
    """The container with fields set; a list is applied element by element."""
    for name, value in fields.items():
        if isinstance(value, list):
            for position, item in enumerate(value):
                getattr(container, name)[position] = item
        else:
            setattr(container, name, value)
    return container


def labels(*values: int) -> list[Any]:
    return [hc.SpikeLabel(value) for value in values]


def powered_down(*channels: int) -> Any:
    """Control of a DAC with the given channels off."""
    control = hal.DACControl()
    for channel in channels:
        control.set_enable_channel(hc.DACChannelOnDAC(channel), False)
    return control


def expander(output: int, polarity: int, mode: int) -> Any:
    """Configuration of the IO expander from three bytes, bit n for channel n."""
    config = hal.TCA9554Config()
    polarities = hal.TCA9554Config.ChannelPolarity.normal, hal.TCA9554Config.ChannelPolarity.inverted
    modes = hal.TCA9554Config.ChannelMode.output, hal.TCA9554Config.ChannelMode.input
    for position in range(8):
        channel = hc.TCA9554ChannelOnBoard(position)
        config.channel_output[channel] = bool(output >> position & 1)
        config.channel_polarity[channel] = polarities[polarity >> position & 1]
        config.channel_mode[channel] = modes[mode >> position & 1]
    return config


def byte(value: int) -> Any:
    return hal.ExternalPPUMemoryByte(hal.ExternalPPUMemoryByte.Value(value))


def dram_byte(value: int) -> Any:
    return hal.ExternalPPUDRAMMemoryByte(hal.ExternalPPUDRAMMemoryByte.Value(value))


def quad(enables: list[bool]) -> Any:
    """The bytes 12 34 56 78, of which only those with an enable are written."""
    values = [hal.ExternalPPUMemoryByte.Value(value) for value in (0x12, 0x34, 0x56, 0x78)]
    return made(hal.ExternalPPUMemoryQuad(), quad=values, enables=enables)


def block(*values: int) -> Any:
    container = lola.ExternalPPUMemoryBlock(hc.ExternalPPUMemoryBlockSize(len(values)))
    container.bytes = [byte(value) for value in values]
    return container


def block_on(first: int, last: int) -> Any:
    return hc.ExternalPPUMemoryBlockOnFPGA(hc.ExternalPPUMemoryByteOnFPGA(first), hc.ExternalPPUMemoryByteOnFPGA(last))


def dram_block(*values: int) -> Any:
    container = lola.ExternalPPUDRAMMemoryBlock(hc.ExternalPPUDRAMMemoryBlockSize(len(values)))
    container.bytes = [dram_byte(value) for value in values]
    return container


def dram_block_on(first: int, last: int) -> Any:
    bounds = hc.ExternalPPUDRAMMemoryByteOnFPGA(first), hc.ExternalPPUDRAMMemoryByteOnFPGA(last)
    return hc.ExternalPPUDRAMMemoryBlockOnFPGA(*bounds)


def reset_sequence(b: Any) -> None:
    """Reset of the chip and of its JTAG state machine."""
    b.write(hc.ResetChipOnDLS(), hal.ResetChip(True))
    b.write(hc.TimerOnDLS(), hal.Timer())
    b.block_until(hc.TimerOnDLS(), hal.Timer.Value(10))
    b.write(hc.ResetChipOnDLS(), hal.ResetChip(False))
    b.block_until(hc.TimerOnDLS(), hal.Timer.Value(100))
    b.write(hc.JTAGClockScalerOnDLS(), hal.JTAGClockScaler(hal.JTAGClockScaler.Value(3)))
    b.write(hc.ResetJTAGTapOnDLS(), hal.ResetJTAGTap())


# (name, commands on the builder b, instruction words); an underscore parts address or data from what precedes it
# address words 0b (1f: read, 0f: write of all bytes), data words 0c
OMNIBUS = [
    ("write one word",
     lambda b: b.write(hc.EventRecordingConfigOnFPGA(), made(hal.EventRecordingConfig(),
         enable_event_recording=True)),
     [0x0b00000f_88000005, 0x0c000000_00000001]),
    ("write chip register",
     lambda b: b.write(hc.CrossbarNodeOnDLS(hc.CrossbarOutputOnDLS(6), hc.CrossbarInputOnDLS(10)),
         made(hal.CrossbarNode(), mask=0x2000, target=0x2000)),
     [0x0b00000f_00130049, 0x0c000000_20002000]),
    ("write three words", lambda b: b.write(hc.SynapseDriverOnDLS(Enum(255)), hal.SynapseDriverConfig()),
     [0x0b00000f_001185fc, 0x0c000000_00003e00, 0x0b00000f_001185fd, 0x0c000000_00003f00, 0x0b00000f_001185fe,
      0x0c000000_00000040]),
    ("write control word last",
     lambda b: b.write(hc.BackgroundSpikeSourceOnDLS(3), made(hal.BackgroundSpikeSource(), seed=0x89abcdef,
         period=1000, enable=True)),
     [0x0b00000f_0013000b, 0x0c000000_89abcdef, 0x0b00000f_0013000c, 0x0c000000_00000000, 0x0b00000f_0013000a,
      0x0c000000_03e80001]),
    ("write polling config",
     lambda b: b.write(hc.PollingOmnibusBlockConfigOnFPGA(), made(hal.PollingOmnibusBlockConfig(),
         address=hc.OmnibusAddress(0x02a00001), target=1, mask=3)),
     [0x0b00000f_88000006, 0x0c000000_02a00001, 0x0b00000f_88000007, 0x0c000000_00000001, 0x0b00000f_88000008,
      0x0c000000_00000003]),
    ("write with the default back end named",
     lambda b: b.write(hc.PADIEventOnDLS.bottom, made(hal.PADIEvent(), fire_bus=[True, False, True, False],
         event_address=13, row_select_address=7), hal.Backend.Omnibus),
     [0x0b00000f_00118000, 0x0c000000_01cd0005]),
    ("read one word", lambda b: b.read(hc.CrossbarInputOnDLS(19)), [0x0b00001f_00130078]),
    ("read five words", lambda b: b.read(hc.PhyStatusOnFPGA(3)),
     [0x0b00001f_88004007, 0x0b00001f_8800400f, 0x0b00001f_88004017, 0x0b00001f_8800c006, 0x0b00001f_8800c007]),
    ("read a block",
     lambda b: b.read(hc.PPUMemoryBlockOnDLS(hc.PPUMemoryBlockOnPPU(hc.PPUMemoryWordOnPPU(42),
         hc.PPUMemoryWordOnPPU(44)), hc.PPUOnDLS.bottom)),
     [0x0b00001f_0380002a, 0x0b00001f_0380002b, 0x0b00001f_0380002c]),
    ("read high word first", lambda b: b.read(hc.FPGADeviceDNAOnFPGA()), [0x0b00001f_88000003, 0x0b00001f_88000004]),
]

# instruction words 02, data words 03 (keep response, number of bits, data)
JTAG = [
    ("omnibus write", lambda b: b.write(hc.CommonPhyConfigChipOnDLS(), hal.CommonPhyConfigChip()),
     [0x02000000_00000005, 0x03002100_00040000, 0x02000000_00000006, 0x03002000_000000ff, 0x02000000_00000007,
      0x03000300_00000000]),
    ("omnibus write of a chip register",
     lambda b: b.write(hc.PPUControlRegisterOnDLS(1), made(hal.PPUControlRegister(), inhibit_reset=True),
         hal.Backend.OmnibusChipOverJTAG),
     [0x02000000_00000005, 0x03002100_03a00000, 0x02000000_00000006, 0x03002000_00000001, 0x02000000_00000007,
      0x03000300_00000000]),
    ("omnibus write of two words",
     lambda b: b.write(hc.SystimeSyncBaseOnDLS(), made(hal.SystimeSyncBase(), value=0x5a3_89abcdef),
         hal.Backend.OmnibusChipOverJTAG),
     [0x02000000_00000005, 0x03002100_00000000, 0x02000000_00000006, 0x03002000_89abcdef, 0x02000000_00000007,
      0x03000300_00000000, 0x02000000_00000005, 0x03002100_00000001, 0x02000000_00000006, 0x03002000_000005a3,
      0x02000000_00000007, 0x03000300_00000000]),
    ("omnibus write of a PLL", lambda b: b.write(hc.ADPLLOnDLS(1), hal.ADPLL(), hal.Backend.OmnibusChipOverJTAG),
     [0x02000000_00000005, 0x03002100_00080002, 0x02000000_00000006, 0x03002000_2a20a902, 0x02000000_00000007,
      0x03000300_00000000, 0x02000000_00000005, 0x03002100_00080003, 0x02000000_00000006, 0x03002000_c0cbf200,
      0x02000000_00000007, 0x03000300_00000000]),
    ("omnibus read", lambda b: b.read(hc.CommonPhyConfigChipOnDLS()),
     [0x02000000_00000005, 0x03002101_00040000, 0x02000000_00000007, 0x03000300_00000000, 0x02000000_00000006,
      0x03012000_00000000]),
    ("omnibus read of a status", lambda b: b.read(hc.PLLSelfTestStatusOnDLS()),
     [0x02000000_00000005, 0x03002101_00080007, 0x02000000_00000007, 0x03000300_00000000, 0x02000000_00000006,
      0x03012000_00000000]),
    ("omnibus read of two words", lambda b: b.read(hc.ADPLLOnDLS(0), hal.Backend.OmnibusChipOverJTAG),
     [0x02000000_00000005, 0x03002101_00080000, 0x02000000_00000007, 0x03000300_00000000, 0x02000000_00000006,
      0x03012000_00000000, 0x02000000_00000005, 0x03002101_00080001, 0x02000000_00000007, 0x03000300_00000000,
      0x02000000_00000006, 0x03012000_00000000]),
    ("omnibus read of a chip register",
     lambda b: b.read(hc.PPUMemoryWordOnDLS(hc.PPUMemoryWordOnPPU.return_code, hc.PPUOnDLS.bottom),
         hal.Backend.OmnibusChipOverJTAG),
     [0x02000000_00000005, 0x03002101_03800bff, 0x02000000_00000007, 0x03000300_00000000, 0x02000000_00000006,
      0x03012000_00000000]),
    ("clock scaler default", lambda b: b.write(hc.JTAGClockScalerOnDLS(), hal.JTAGClockScaler()),
     [0x01000000_00000006]),
    ("clock scaler 3", lambda b: b.write(hc.JTAGClockScalerOnDLS(), hal.JTAGClockScaler(hal.JTAGClockScaler.Value(3))),
     [0x01000000_00000003]),
    ("clock scaler 255",
     lambda b: b.write(hc.JTAGClockScalerOnDLS(), hal.JTAGClockScaler(hal.JTAGClockScaler.Value(255))),
     [0x01000000_000000ff]),
    ("id code", lambda b: b.read(hc.JTAGIdCodeOnDLS()), [0x02000000_00000001, 0x03012000_00000000]),
    ("PLL registers of an ADPLL", lambda b: b.write(hc.ADPLLOnDLS(0), hal.ADPLL()),
     [0x02000000_00000003, 0x03000400_00000000, 0x02000000_00000004, 0x03002000_2a20a902, 0x02000000_00000003,
      0x03000400_00000001, 0x02000000_00000004, 0x03002000_c0cbf200]),
    ("PLL registers of the second ADPLL",
     lambda b: b.write(hc.ADPLLOnDLS(1), made(hal.ADPLL(), loop_div_n=9), hal.Backend.JTAGPLLRegister),
     [0x02000000_00000003, 0x03000400_00000002, 0x02000000_00000004, 0x03002000_2a20a502, 0x02000000_00000003,
      0x03000400_00000003, 0x02000000_00000004, 0x03002000_c0cbf200]),
    ("PLL register of the outputs", lambda b: b.write(hc.PLLClockOutputBlockOnDLS(), hal.PLLClockOutputBlock()),
     [0x02000000_00000003, 0x03000400_00000004, 0x02000000_00000004, 0x03002000_110d0101]),
    ("PLL register of the self test",
     lambda b: b.write(hc.PLLSelfTestOnDLS(), made(hal.PLLSelfTest(), pre_scaler_p=8, check_range=2,
         check_value=10240)),
     [0x02000000_00000003, 0x03000400_00000005, 0x02000000_00000004, 0x03002000_02800210]),
    ("PHY register 7", lambda b: b.write(hc.PhyConfigChipOnDLS(0), hal.PhyConfigChip()),
     [0x02000000_0000007c, 0x03001600_00204000]),
    ("PHY register 0", lambda b: b.write(hc.PhyConfigChipOnDLS(7), hal.PhyConfigChip()),
     [0x02000000_00000044, 0x03001600_00204000]),
    ("PHY register 4",
     lambda b: b.write(hc.PhyConfigChipOnDLS(3), made(hal.PhyConfigChip(), vbias=7, manual_delay=10,
         enable_auto_init=False)),
     [0x02000000_00000064, 0x03001600_00007014]),
    ("reset of the TAP", lambda b: b.write(hc.ResetJTAGTapOnDLS(), hal.ResetJTAGTap()), [0x00000000_00000000]),
]

# one word per command, except for the timer, whose read is an Omnibus read
TIMING = [
    ("reset on", lambda b: b.write(hc.ResetChipOnDLS(), hal.ResetChip(True)), [0x09000000_00000001]),
    ("reset off", lambda b: b.write(hc.ResetChipOnDLS(), hal.ResetChip(False)), [0x09000000_00000000]),
    ("reset default", lambda b: b.write(hc.ResetChipOnDLS(), hal.ResetChip()), [0x09000000_00000000]),
    ("timer reset", lambda b: b.write(hc.TimerOnDLS(), hal.Timer()), [0x04000000_00000000]),
    ("timer value is not written", lambda b: b.write(hc.TimerOnDLS(), hal.Timer(hal.Timer.Value(12345))),
     [0x04000000_00000000]),
    ("timer read", lambda b: b.read(hc.TimerOnDLS()), [0x0b00001f_8800000c]),
    ("wait until 0", lambda b: b.block_until(hc.TimerOnDLS(), hal.Timer.Value(0)), [0x05000000_00000000]),
    ("wait until 0x123", lambda b: b.block_until(hc.TimerOnDLS(), hal.Timer.Value(0x123)), [0x05000000_00000123]),
    ("wait until maximum", lambda b: b.block_until(hc.TimerOnDLS(), hal.Timer.Value(0xffffffff)),
     [0x05000000_ffffffff]),
    ("barrier omnibus", lambda b: b.block_until(hc.BarrierOnFPGA(), hal.Barrier.omnibus), [0x07000000_00000001]),
    ("barrier jtag", lambda b: b.block_until(hc.BarrierOnFPGA(), hal.Barrier.jtag), [0x07000000_00000002]),
    ("barrier systime", lambda b: b.block_until(hc.BarrierOnFPGA(), hal.Barrier.systime), [0x07000000_00000004]),
    ("barrier multi_fpga", lambda b: b.block_until(hc.BarrierOnFPGA(), hal.Barrier.multi_fpga), [0x07000000_00000008]),
    ("barrier systime_correction", lambda b: b.block_until(hc.BarrierOnFPGA(), hal.Barrier.systime_correction),
     [0x07000000_00000010]),
    ("barrier of three",
     lambda b: b.block_until(hc.BarrierOnFPGA(), made(hal.Barrier(), enable_omnibus=True, enable_jtag=True,
         enable_systime_correction=True)),
     [0x07000000_00000013]),
    ("systime sync", lambda b: b.write(hc.SystimeSyncOnFPGA(), hal.SystimeSync()), [0x06000000_00000001]),
    ("systime sync true", lambda b: b.write(hc.SystimeSyncOnFPGA(), hal.SystimeSync(True)), [0x06000000_00000001]),
    ("systime message only", lambda b: b.write(hc.SystimeSyncOnFPGA(), hal.SystimeSync(False)), [0x06000000_00000000]),
    ("polling default", lambda b: b.block_until(hc.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock()),
     [0x08000000_00000001]),
    ("polling for equality", lambda b: b.block_until(hc.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock(True)),
     [0x08000000_00000001]),
    ("polling for inequality", lambda b: b.block_until(hc.PollingOmnibusBlockOnFPGA(), hal.PollingOmnibusBlock(False)),
     [0x08000000_00000000]),
    ("null payload", lambda b: b.read(hc.NullPayloadReadableOnFPGA()), [0x0a000000_00000001]),
    ("null payload twice", lambda b: (b.read(hc.NullPayloadReadableOnFPGA()), b.read(hc.NullPayloadReadableOnFPGA())),
     [0x0a000000_00000001, 0x0a000000_00000001]),
    ("reset sequence", lambda b: reset_sequence(b),
     [0x09000000_00000001, 0x04000000_00000000, 0x05000000_0000000a, 0x09000000_00000000, 0x05000000_00000064,
      0x01000000_00000003, 0x00000000_00000000]),
]

# the first label is the most significant one
SPIKES = [
    ("pack 1 a285", lambda b: b.write(hc.SpikePack1ToChipOnDLS(), hal.SpikePack1ToChip(labels(0xa285))),
     [0x0d000000_0000a285]),
    ("pack 1 0000", lambda b: b.write(hc.SpikePack1ToChipOnDLS(), hal.SpikePack1ToChip(labels(0x0000))),
     [0x0d000000_00000000]),
    ("pack 1 ffff", lambda b: b.write(hc.SpikePack1ToChipOnDLS(), hal.SpikePack1ToChip(labels(0xffff))),
     [0x0d000000_0000ffff]),
    ("pack 2 1234 abcd", lambda b: b.write(hc.SpikePack2ToChipOnDLS(), hal.SpikePack2ToChip(labels(0x1234, 0xabcd))),
     [0x0e000000_1234abcd]),
    ("pack 2 0001 0000", lambda b: b.write(hc.SpikePack2ToChipOnDLS(), hal.SpikePack2ToChip(labels(0x0001, 0x0000))),
     [0x0e000000_00010000]),
    ("pack 2 ffff 8000", lambda b: b.write(hc.SpikePack2ToChipOnDLS(), hal.SpikePack2ToChip(labels(0xffff, 0x8000))),
     [0x0e000000_ffff8000]),
    ("pack 3 0001 0002 0003",
     lambda b: b.write(hc.SpikePack3ToChipOnDLS(), hal.SpikePack3ToChip(labels(0x0001, 0x0002, 0x0003))),
     [0x0f000001_00020003]),
    ("pack 3 0123 4567 89ab",
     lambda b: b.write(hc.SpikePack3ToChipOnDLS(), hal.SpikePack3ToChip(labels(0x0123, 0x4567, 0x89ab))),
     [0x0f000123_456789ab]),
    ("pack 3 ffff 0000 fffe",
     lambda b: b.write(hc.SpikePack3ToChipOnDLS(), hal.SpikePack3ToChip(labels(0xffff, 0x0000, 0xfffe))),
     [0x0f00ffff_0000fffe]),
]

# Omnibus writes of single bytes; bit 31 marks the last byte of a frame
SPI = [
    ("shift register default", lambda b: b.write(hc.ShiftRegisterOnBoard(), hal.ShiftRegister()),
     [0x0b00000f_88007001, 0x0c000000_000000ff, 0x0b00000f_88007001, 0x0c000000_0000009c, 0x0b00000f_88007001,
      0x0c000000_80000040]),
    ("shift register multiplexer",
     lambda b: b.write(hc.ShiftRegisterOnBoard(), made(hal.ShiftRegister(),
         select_analog_readout_mux_1_input=hal.ShiftRegister.AnalogReadoutMux1Input.readout_chain_1,
         enable_i_ref_board=False, enable_adc_reset=True)),
     [0x0b00000f_88007001, 0x0c000000_000000ff, 0x0b00000f_88007001, 0x0c000000_000000dc, 0x0b00000f_88007001,
      0x0c000000_80000002]),
    ("shift register measurement",
     lambda b: b.write(hc.ShiftRegisterOnBoard(), made(hal.ShiftRegister(),
         select_analog_readout_mux_3_input=hal.ShiftRegister.AnalogReadoutMux3Input.mux_rfu_2,
         enable_measure_i_ref=True, enable_dac_to_readout_1=True)),
     [0x0b00000f_88007001, 0x0c000000_000000ff, 0x0b00000f_88007001, 0x0c000000_0000009e, 0x0b00000f_88007001,
      0x0c000000_800000f0]),
    ("DAC data 0 on DAC 0", lambda b: b.write(hc.DACChannelOnBoard.v_reset, hal.DACChannel()),
     [0x0b00000f_88007002, 0x0c000000_00000000, 0x0b00000f_88007002, 0x0c000000_80000000, 0x0b00000f_88007002,
      0x0c000000_000000a0, 0x0b00000f_88007002, 0x0c000000_80000002]),
    ("DAC data 0x5a3 on DAC 1",
     lambda b: b.write(hc.DACChannelOnBoard.vdd12_pll, hal.DACChannel(hal.DACChannel.Value(0x5a3))),
     [0x0b00000f_88007004, 0x0c000000_00000055, 0x0b00000f_88007004, 0x0c000000_800000a3, 0x0b00000f_88007004,
      0x0c000000_000000a0, 0x0b00000f_88007004, 0x0c000000_80000002]),
    ("DAC data maximum on DAC 1",
     lambda b: b.write(hc.DACChannelOnBoard.general_purpose_1, hal.DACChannel(hal.DACChannel.Value(4095))),
     [0x0b00000f_88007004, 0x0c000000_0000007f, 0x0b00000f_88007004, 0x0c000000_800000ff, 0x0b00000f_88007004,
      0x0c000000_000000a0, 0x0b00000f_88007004, 0x0c000000_80000002]),
    ("DAC data 0x081 on DAC 0",
     lambda b: b.write(hc.DACChannelOnBoard.mux_dac_25, hal.DACChannel(hal.DACChannel.Value(0x081))),
     [0x0b00000f_88007002, 0x0c000000_00000070, 0x0b00000f_88007002, 0x0c000000_80000081, 0x0b00000f_88007002,
      0x0c000000_000000a0, 0x0b00000f_88007002, 0x0c000000_80000002]),
    ("DAC control default", lambda b: b.write(hc.DACOnBoard(0), hal.DACControl()),
     [0x0b00000f_88007002, 0x0c000000_00000080, 0x0b00000f_88007002, 0x0c000000_8000000c, 0x0b00000f_88007002,
      0x0c000000_000000c0, 0x0b00000f_88007002, 0x0c000000_80000000]),
    ("DAC control, four channels down", lambda b: b.write(hc.DACOnBoard(1), powered_down(0, 2, 5, 6)),
     [0x0b00000f_88007004, 0x0c000000_00000080, 0x0b00000f_88007004, 0x0c000000_8000000c, 0x0b00000f_88007004,
      0x0c000000_000000c0, 0x0b00000f_88007004, 0x0c000000_80000065]),
    ("DAC control, all channels down", lambda b: b.write(hc.DACOnBoard(1), powered_down(*range(8))),
     [0x0b00000f_88007004, 0x0c000000_00000080, 0x0b00000f_88007004, 0x0c000000_8000000c, 0x0b00000f_88007004,
      0x0c000000_000000c0, 0x0b00000f_88007004, 0x0c000000_800000ff]),
]

# Omnibus accesses of single bytes; bit 7 of the address is the stop condition
I2C = [
    ("TMP112 read", lambda b: b.read(hc.TMP112StatusOnBoard()),
     [0x0b00000f_88007848, 0x0c000000_00000000, 0x0b00001f_88007848, 0x0b00001f_880078c8]),
    ("INA219 status read vdd12_digital", lambda b: b.read(hc.INA219StatusOnBoard(0)),
     [0x0b00000f_88007840, 0x0c000000_00000002, 0x0b00001f_88007840, 0x0b00001f_880078c0, 0x0b00000f_88007840,
      0x0c000000_00000001, 0x0b00001f_88007840, 0x0b00001f_880078c0]),
    ("INA219 status read vdd25_analog", lambda b: b.read(hc.INA219StatusOnBoard(3)),
     [0x0b00000f_88007843, 0x0c000000_00000002, 0x0b00001f_88007843, 0x0b00001f_880078c3, 0x0b00000f_88007843,
      0x0c000000_00000001, 0x0b00001f_88007843, 0x0b00001f_880078c3]),
    ("INA219 status read vdd12_pll", lambda b: b.read(hc.INA219StatusOnBoard(5)),
     [0x0b00000f_88007845, 0x0c000000_00000002, 0x0b00001f_88007845, 0x0b00001f_880078c5, 0x0b00000f_88007845,
      0x0c000000_00000001, 0x0b00001f_88007845, 0x0b00001f_880078c5]),
    ("INA219 config write default", lambda b: b.write(hc.INA219ConfigOnBoard(0), hal.INA219Config()),
     [0x0b00000f_88007840, 0x0c000000_00000000, 0x0b00000f_88007840, 0x0c000000_00000001, 0x0b00000f_880078c0,
      0x0c000000_0000009f]),
    ("INA219 config write",
     lambda b: b.write(hc.INA219ConfigOnBoard(2), made(hal.INA219Config(),
         shunt_adc_mode=hal.INA219Config.ADCMode.bits12_samples2, bus_adc_mode=hal.INA219Config.ADCMode.bits10)),
     [0x0b00000f_88007842, 0x0c000000_00000000, 0x0b00000f_88007842, 0x0c000000_00000000, 0x0b00000f_880078c2,
      0x0c000000_000000af]),
    ("INA219 config write maximum",
     lambda b: b.write(hc.INA219ConfigOnBoard(5), made(hal.INA219Config(),
         shunt_adc_mode=hal.INA219Config.ADCMode.bits12_samples128,
         bus_adc_mode=hal.INA219Config.ADCMode.bits12_samples128)),
     [0x0b00000f_88007845, 0x0c000000_00000000, 0x0b00000f_88007845, 0x0c000000_00000005, 0x0b00000f_880078c5,
      0x0c000000_000000df]),
    ("INA219 config read 0", lambda b: b.read(hc.INA219ConfigOnBoard(0)),
     [0x0b00000f_88007840, 0x0c000000_00000000, 0x0b00001f_88007840, 0x0b00001f_880078c0]),
    ("INA219 config read 4", lambda b: b.read(hc.INA219ConfigOnBoard(4)),
     [0x0b00000f_88007844, 0x0c000000_00000000, 0x0b00001f_88007844, 0x0b00001f_880078c4]),
    ("TCA9554 inputs read", lambda b: b.read(hc.TCA9554InputsOnBoard()),
     [0x0b00000f_88007838, 0x0c000000_00000000, 0x0b00001f_880078b8]),
    ("TCA9554 config write default", lambda b: b.write(hc.TCA9554ConfigOnBoard(), hal.TCA9554Config()),
     [0x0b00000f_88007838, 0x0c000000_00000001, 0x0b00000f_880078b8, 0x0c000000_00000000, 0x0b00000f_88007838,
      0x0c000000_00000002, 0x0b00000f_880078b8, 0x0c000000_00000000, 0x0b00000f_88007838, 0x0c000000_00000003,
      0x0b00000f_880078b8, 0x0c000000_00000000]),
    ("TCA9554 config write", lambda b: b.write(hc.TCA9554ConfigOnBoard(), expander(0x4d, 0x16, 0xa3)),
     [0x0b00000f_88007838, 0x0c000000_00000001, 0x0b00000f_880078b8, 0x0c000000_0000004d, 0x0b00000f_88007838,
      0x0c000000_00000002, 0x0b00000f_880078b8, 0x0c000000_00000016, 0x0b00000f_88007838, 0x0c000000_00000003,
      0x0b00000f_880078b8, 0x0c000000_000000a3]),
    ("TCA9554 config write maximum", lambda b: b.write(hc.TCA9554ConfigOnBoard(), expander(0xff, 0xff, 0xff)),
     [0x0b00000f_88007838, 0x0c000000_00000001, 0x0b00000f_880078b8, 0x0c000000_000000ff, 0x0b00000f_88007838,
      0x0c000000_00000002, 0x0b00000f_880078b8, 0x0c000000_000000ff, 0x0b00000f_88007838, 0x0c000000_00000003,
      0x0b00000f_880078b8, 0x0c000000_000000ff]),
    ("TCA9554 config read", lambda b: b.read(hc.TCA9554ConfigOnBoard()),
     [0x0b00000f_88007838, 0x0c000000_00000001, 0x0b00001f_880078b8, 0x0b00000f_88007838, 0x0c000000_00000002,
      0x0b00001f_880078b8, 0x0b00000f_88007838, 0x0c000000_00000003, 0x0b00001f_880078b8]),
    ("AD5252 write default", lambda b: b.write(hc.AD5252ChannelConfigOnBoard(Enum(0)), hal.AD5252ChannelConfig()),
     [0x0b00000f_8800782c, 0x0c000000_00000001, 0x0b00000f_880078ac, 0x0c000000_00000090]),
    ("AD5252 write",
     lambda b: b.write(hc.AD5252ChannelConfigOnBoard(Enum(3)), made(hal.AD5252ChannelConfig(), value=0x5a)),
     [0x0b00000f_8800782d, 0x0c000000_00000003, 0x0b00000f_880078ad, 0x0c000000_0000005a]),
    ("AD5252 write maximum",
     lambda b: b.write(hc.AD5252ChannelConfigOnBoard(Enum(5)), made(hal.AD5252ChannelConfig(), value=255)),
     [0x0b00000f_8800782e, 0x0c000000_00000003, 0x0b00000f_880078ae, 0x0c000000_000000ff]),
    ("AD5252 read", lambda b: b.read(hc.AD5252ChannelConfigOnBoard(Enum(4))),
     [0x0b00000f_8800782e, 0x0c000000_00000001, 0x0b00001f_880078ae]),
    ("AD5252 persistent write default",
     lambda b: b.write(hc.AD5252ChannelConfigPersistentOnBoard(Enum(0)), hal.AD5252ChannelConfigPersistent()),
     [0x0b00000f_8800782c, 0x0c000000_00000021, 0x0b00000f_880078ac, 0x0c000000_00000090]),
    ("AD5252 persistent write",
     lambda b: b.write(hc.AD5252ChannelConfigPersistentOnBoard(Enum(3)), made(hal.AD5252ChannelConfigPersistent(),
         value=0x3c)),
     [0x0b00000f_8800782d, 0x0c000000_00000023, 0x0b00000f_880078ad, 0x0c000000_0000003c]),
    ("AD5252 persistent read", lambda b: b.read(hc.AD5252ChannelConfigPersistentOnBoard(Enum(5))),
     [0x0b00000f_8800782e, 0x0c000000_00000023, 0x0b00001f_880078ae]),
    ("DAC6573 write 0x0",
     lambda b: b.write(hc.DAC6573ChannelOnBoard(Enum(0)),
         hal.DAC6573ChannelConfig(hal.DAC6573ChannelConfig.Value(0x0))),
     [0x0b00000f_8800784c, 0x0c000000_00000010, 0x0b00000f_8800784c, 0x0c000000_00000000, 0x0b00000f_880078cc,
      0x0c000000_00000000]),
    ("DAC6573 write 0x2a5",
     lambda b: b.write(hc.DAC6573ChannelOnBoard(Enum(2)),
         hal.DAC6573ChannelConfig(hal.DAC6573ChannelConfig.Value(0x2a5))),
     [0x0b00000f_8800784c, 0x0c000000_00000014, 0x0b00000f_8800784c, 0x0c000000_000000a9, 0x0b00000f_880078cc,
      0x0c000000_00000040]),
    ("DAC6573 write 0x3ff",
     lambda b: b.write(hc.DAC6573ChannelOnBoard(Enum(3)),
         hal.DAC6573ChannelConfig(hal.DAC6573ChannelConfig.Value(0x3ff))),
     [0x0b00000f_8800784c, 0x0c000000_00000016, 0x0b00000f_8800784c, 0x0c000000_000000ff, 0x0b00000f_880078cc,
      0x0c000000_000000c0]),
    ("DAC6573 read", lambda b: b.read(hc.DAC6573ChannelOnBoard(Enum(1))),
     [0x0b00000f_8800784c, 0x0c000000_00000012, 0x0b00001f_8800784c, 0x0b00001f_880078cc]),
    ("TCA9546 write default", lambda b: b.write(hc.TCA9546OnBoard(), hal.TCA9546ChannelConfig()),
     [0x0b00000f_880078f0, 0x0c000000_0000000f]),
    ("TCA9546 write default_mux", lambda b: b.write(hc.TCA9546OnBoard(), hal.TCA9546ChannelConfig.default_mux),
     [0x0b00000f_880078f0, 0x0c000000_00000007]),
    ("TCA9546 read", lambda b: b.read(hc.TCA9546OnBoard()),
     [0x0b00000f_88007870, 0x0c000000_00000000, 0x0b00001f_880078f0]),
]

# bit 32 + k of the address word enables byte k, the bits 8 k + 7 to 8 k
BYTE_ENABLES = [
    ("byte 0 of a word", lambda b: b.write(hc.ExternalPPUMemoryByteOnFPGA(20), byte(0x12)),
     [0x0b000008_80000005, 0x0c000000_12000000]),
    ("byte 1 of a word", lambda b: b.write(hc.ExternalPPUMemoryByteOnFPGA(21), byte(0x34)),
     [0x0b000004_80000005, 0x0c000000_00340000]),
    ("byte 2 of a word", lambda b: b.write(hc.ExternalPPUMemoryByteOnFPGA(22), byte(0x56)),
     [0x0b000002_80000005, 0x0c000000_00005600]),
    ("byte 3 of a word", lambda b: b.write(hc.ExternalPPUMemoryByteOnFPGA(23), byte(0x78)),
     [0x0b000001_80000005, 0x0c000000_00000078]),
    ("last byte", lambda b: b.write(hc.ExternalPPUMemoryByteOnFPGA(131071), byte(0xff)),
     [0x0b000001_80007fff, 0x0c000000_000000ff]),
    ("byte read", lambda b: b.read(hc.ExternalPPUMemoryByteOnFPGA(22)), [0x0b00001f_80000005]),
    ("DRAM byte", lambda b: b.write(hc.ExternalPPUDRAMMemoryByteOnFPGA(268435453), dram_byte(0xa5)),
     [0x0b000004_87ffffff, 0x0c000000_00a50000]),
    ("quad, all bytes", lambda b: b.write(hc.ExternalPPUMemoryQuadOnFPGA(22), quad([True, True, True, True])),
     [0x0b00000f_80000016, 0x0c000000_12345678]),
    ("quad, without entry 1", lambda b: b.write(hc.ExternalPPUMemoryQuadOnFPGA(22), quad([True, False, True, True])),
     [0x0b00000b_80000016, 0x0c000000_12345678]),
    ("quad, entries 0 and 3", lambda b: b.write(hc.ExternalPPUMemoryQuadOnFPGA(22), quad([True, False, False, True])),
     [0x0b000009_80000016, 0x0c000000_12345678]),
    ("quad, entry 2", lambda b: b.write(hc.ExternalPPUMemoryQuadOnFPGA(22), quad([False, False, True, False])),
     [0x0b000002_80000016, 0x0c000000_12345678]),
    ("quad, no byte", lambda b: b.write(hc.ExternalPPUMemoryQuadOnFPGA(22), quad([False, False, False, False])),
     [0x0b000000_80000016, 0x0c000000_12345678]),
    ("quad read", lambda b: b.read(hc.ExternalPPUMemoryQuadOnFPGA(22)), [0x0b00001f_80000016]),
    ("DRAM quad", lambda b: b.write(hc.ExternalPPUDRAMMemoryQuadOnFPGA(22), hal.ExternalPPUDRAMMemoryQuad()),
     [0x0b00000f_84000016, 0x0c000000_00000000]),
    ("block of the bytes 43 to 50", lambda b: b.write(block_on(43, 50), block(1, 2, 3, 4, 5, 6, 7, 8)),
     [0x0b000001_8000000a, 0x0c000000_00000001, 0x0b00000f_8000000b, 0x0c000000_02030405, 0x0b00000e_8000000c,
      0x0c000000_06070800]),
    ("block inside one word", lambda b: b.write(block_on(45, 46), block(0xab, 0xcd)),
     [0x0b000006_8000000b, 0x0c000000_00abcd00]),
    ("block of whole words", lambda b: b.write(block_on(131064, 131071), block(8, 7, 6, 5, 4, 3, 2, 1)),
     [0x0b00000f_80007ffe, 0x0c000000_08070605, 0x0b00000f_80007fff, 0x0c000000_04030201]),
    ("block read", lambda b: b.read(block_on(43, 50)), [0x0b00001f_8000000a, 0x0b00001f_8000000b, 0x0b00001f_8000000c]),
    ("DRAM block of the bytes 43 to 50", lambda b: b.write(dram_block_on(43, 50), dram_block(1, 2, 3, 4, 5, 6, 7, 8)),
     [0x0b000001_8400000a, 0x0c000000_00000001, 0x0b00000f_8400000b, 0x0c000000_02030405, 0x0b00000e_8400000c,
      0x0c000000_06070800]),
    ("FIFO word, no entry",
     lambda b: b.write(hc.VectorGeneratorFIFOWordOnFPGA(0), made(hal.VectorGeneratorFIFOWord(), values=[0, 0, 0, 0],
         last=[False, False, False, False], enable=[False, False, False, False])),
     [0x0b000000_84000200, 0x0c000000_00000000]),
    ("FIFO word, entries 0 to 2",
     lambda b: b.write(hc.VectorGeneratorFIFOWordOnFPGA(1), made(hal.VectorGeneratorFIFOWord(), values=[18, 11, 29,
         0], last=[False, False, True, False], enable=[True, True, True, False])),
     [0x0b00000e_84001200, 0x0c000000_120b9d00]),
    ("FIFO word, entry 3",
     lambda b: b.write(hc.VectorGeneratorFIFOWordOnFPGA(0), made(hal.VectorGeneratorFIFOWord(), values=[0, 0, 0, 31],
         last=[False, False, False, True], enable=[False, False, False, True])),
     [0x0b000001_84000200, 0x0c000000_0000009f]),
]

CASES = [*OMNIBUS, *JTAG, *TIMING, *SPIKES, *SPI, *I2C, *BYTE_ENABLES]


@pytest.mark.parametrize(("commands", "words"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_words(commands: Callable[[Any], Any], words: list[int]) -> None:
    builder = stadls.PlaybackProgramBuilder()
    commands(builder)
    to_fpga = builder.done().to_fpga
    assert to_fpga.dtype == np.uint64
    assert [f"{int(word):016x}" for word in to_fpga] == [f"{word:016x}" for word in words]
