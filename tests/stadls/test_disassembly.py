"""Text of programs and responses, state of registers."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import lola
import stadls
from stadls.disassembly import field_text, lines, register_difference, register_state


def texts(builder: stadls.PlaybackProgramBuilder) -> list[str]:
    return [re.sub(r"\s+", " ", line).strip() for line in lines(builder.done())]


def test_a_small_script() -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    config = haldls.NeuronBackendConfig()
    config.address_out, config.enable_spike_out = 0xA5, True
    builder.write(halco.NeuronBackendConfigOnDLS(halco.Enum(0)), config)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(250))
    labels = [halco.SpikeLabel(0xA285), halco.SpikeLabel(1)]
    builder.write(halco.SpikePack2ToChipOnDLS(), haldls.SpikePack2ToChip(labels))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    builder.read(halco.CapMemCellOnDLS())
    builder.read(halco.TimerOnDLS())
    where = (
        "NeuronBackendConfig at NeuronBackendConfigOnDLS(NeuronBackendConfigOnNeuronBackendConfigBlock(0), "
        "NeuronBackendConfigBlockOnDLS(0))"
    )
    assert texts(builder) == [
        "0 0 (0.000 us) timer reset",
        f"1 0 (0.000 us) write 0x001a1000 {where} word 0",
        "2 1 (0.008 us) data 0x000000d6 address_out[7:2] stored 0x16",
        f"3 2 (0.016 us) write 0x001a1001 {where} word 1",
        "4 3 (0.024 us) data 0x000000ef address_out[1:0] stored 0x2",
        f"5 4 (0.032 us) write 0x001a1002 {where} word 2",
        "6 5 (0.040 us) data 0x000000bc defaults",
        f"7 6 (0.048 us) write 0x001a1003 {where} word 3",
        "8 7 (0.056 us) data 0x00000010 enable_spike_out=True",
        "9 250 (2.000 us) wait until 250 (2.000 us)",
        "10 251 (2.008 us) spike 0xa285 (spl1 2, neuron 0x2285, row select 10, synapse 5); "
        "0x0001 (spl1 0, neuron 0x0001, row select 0, synapse 1)",
        "11 252 (2.016 us) wait barrier omnibus",
        "12 253 (2.024 us) read 0x00140000 CapMemCell at CapMemCellOnDLS(CapMemCellOnCapMemBlock("
        "CapMemColumnOnCapMemBlock(0), CapMemRowOnCapMemBlock(0); Enum(0)), CapMemBlockOnDLS(0)) word 0",
        "13 254 (2.032 us) read 0x8800000c playback timer",
    ]


def test_accesses_over_jtag_spi_and_i2c() -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(5), haldls.Backend.OmnibusChipOverJTAG)
    builder.write(halco.PhyConfigChipOnDLS(2), haldls.PhyConfigChip())
    builder.write(halco.DACChannelOnBoard.v_reset, haldls.DACChannel(1))
    builder.read(halco.TMP112StatusOnBoard())
    text = texts(builder)
    assert "jtag OMNIBUS_ADDRESS 0x140000 (33 bit): write 0x00140000 CapMemCell at" in text[1]
    assert text[3].endswith("jtag OMNIBUS_DATA 0x5 (32 bit) value=5")
    assert "jtag select PHY register 5" in text[6]
    assert text[8].endswith("write 0x88007002 SPI master")
    assert text[-1].endswith("read 0x880078c8 I2C master, device 0x48, stop")


def test_fields_of_arrays_and_structs() -> None:
    assert field_text(haldls.SynapseQuad, 0, 0x10081804) == "weights=[1 2 3 4]"
    assert field_text(haldls.ColumnCurrentQuad, 0, 1 << 24) == (
        "switches.enable_synaptic_current_excitatory=[True False False False]"
    )
    assert field_text(haldls.NeuronConfig, 1, 1 << 5) == "readout_source=exc_synin"
    assert field_text(haldls.NeuronConfig, 99, 5) == ""


def test_byte_enables_are_shown() -> None:
    builder = stadls.PlaybackProgramBuilder()
    value = haldls.ExternalPPUMemoryByte.Value(7)
    builder.write(halco.ExternalPPUMemoryByteOnFPGA(1), haldls.ExternalPPUMemoryByte(value))
    assert texts(builder)[0].endswith("word 0 bytes 0100")


def test_responses() -> None:
    from stadls import words as ut
    from stadls._wire import encode_messages

    names = ["timing_from_fpga::Systime", "event_from_fpga::SpikePack<1>", "omnibus_from_fpga::Data",
             "event_from_fpga::MADCSamplePack<1>", "timing_from_fpga::Sysdelta", "from_fpga_system::Loopback"]
    program = stadls.PlaybackProgram()
    program.from_fpga = encode_messages([ut.FROM_FPGA_CODES[n] for n in names], [1000, 0x058285, 7, 0x090455, 10, 0])
    assert [re.sub(r"\s+", " ", line).strip() for line in lines(program, "from_fpga")] == [
        "0 1000 (8.000 us) systime 1000",
        "1 1001 (8.008 us) spike 0x8285 (spl1 2, neuron 0x0285, row select 10, synapse 5) stamp 5",
        "2 1002 (8.016 us) omnibus data 0x00000007",
        "3 1003 (8.024 us) sample 85 channel 1 stamp 9",
        "4 1014 (8.112 us) sysdelta 10",
        "5 1015 (8.120 us) halt",
    ]


@settings(max_examples=200, deadline=None)
@given(words=st.lists(st.integers(0, 2**64 - 1), max_size=40))
def test_any_words_have_a_text(words: list[int]) -> None:
    array = np.array(words, dtype=np.uint64)
    assert len(list(lines(array))) == len(words)
    assert len(list(lines(array & np.uint64(0x0FFFFFFFFFFFFFFF)))) == len(words)
    register_state(array)


def test_register_state_is_what_was_written_last() -> None:
    builder = stadls.PlaybackProgramBuilder()
    cell = halco.CapMemCellOnDLS()
    for value in (5, 9):
        builder.write(cell, haldls.CapMemCell(value))
    for byte in (1, 6):
        container = haldls.ExternalPPUMemoryByte(haldls.ExternalPPUMemoryByte.Value(byte))
        builder.write(halco.ExternalPPUMemoryByteOnFPGA(byte), container)
    addresses, words = register_state(builder.done())
    assert dict(zip(addresses.tolist(), words.tolist(), strict=True)) == {
        0x00140000: 9, 0x80000000: 1 << 16, 0x80000001: 6 << 8,
    }


def test_register_difference() -> None:
    programs = []
    for value in (300, 301):
        builder, chip = stadls.PlaybackProgramBuilder(), lola.Chip()
        chip.neuron_block.atomic_neurons[0].leak.v_leak = value
        builder.write(halco.ChipOnDLS(), chip)
        programs.append(builder.done())
    difference = register_difference(*programs)
    assert len(difference) == 1
    assert difference[0].startswith("0x00140000 CapMemCell at ")
    assert difference[0].endswith("0x0000012c (value=300) -> 0x0000012d (value=301)")
    assert register_difference(programs[0], programs[0]) == []
    assert "not written -> " in register_difference(stadls.PlaybackProgram(), programs[0])[0]
