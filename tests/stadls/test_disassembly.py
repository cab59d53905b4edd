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
from stadls import words as ut
from stadls._wire import encode_messages
from stadls.disassembly import lines, register_difference, register_state


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
        "2 1 (0.008 us) data 0x000000d6 address_out[7:2]=0x16 (encoded)",
        f"3 2 (0.016 us) write 0x001a1001 {where} word 1",
        "4 3 (0.024 us) data 0x000000ef address_out[1:0]=0x2 (encoded)",
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


def test_accesses_over_jtag() -> None:
    builder = stadls.PlaybackProgramBuilder()
    over_jtag = haldls.Backend.OmnibusChipOverJTAG
    builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(5), over_jtag)
    builder.read(halco.CapMemCellOnDLS(), over_jtag)
    cell = (
        "0x00140000 CapMemCell at CapMemCellOnDLS(CapMemCellOnCapMemBlock(CapMemColumnOnCapMemBlock(0), "
        "CapMemRowOnCapMemBlock(0); Enum(0)), CapMemBlockOnDLS(0)) word 0"
    )
    assert [line.partition("jtag  ")[2] for line in lines(builder.done())] == [
        "select OMNIBUS_ADDRESS",
        f"OMNIBUS_ADDRESS 0x140000 (33 bit): write {cell}",
        "select OMNIBUS_DATA",
        "OMNIBUS_DATA 0x5 (32 bit)  value=5",
        "select OMNIBUS_REQUEST",
        "OMNIBUS_REQUEST 0x0 (3 bit): write",
        "select OMNIBUS_ADDRESS",
        f"OMNIBUS_ADDRESS 0x100140000 (33 bit): read {cell}",
        "select OMNIBUS_REQUEST",
        "OMNIBUS_REQUEST 0x0 (3 bit): read",
        "select OMNIBUS_DATA",
        "OMNIBUS_DATA 0x0 (32 bit, keep)",
    ]


def test_registers_behind_jtag_spi_and_i2c() -> None:
    builder = stadls.PlaybackProgramBuilder()
    phy = haldls.PhyConfigChip()
    phy.enable_initialization_master_mode = not phy.enable_initialization_master_mode
    builder.write(halco.PhyConfigChipOnDLS(2), phy)
    pll = haldls.ADPLL()
    pll.enable = not pll.enable
    builder.write(halco.ADPLLOnDLS(1), pll)
    builder.write(halco.DACChannelOnBoard.v_reset, haldls.DACChannel(1))
    builder.write(halco.ShiftRegisterOnBoard(), haldls.ShiftRegister())
    builder.read(halco.TMP112StatusOnBoard())
    text = texts(builder)
    assert "jtag select PHY register 5" in text[0]
    assert f"PhyConfigChip at {halco.PhyConfigChipOnDLS(2)!r} enable_initialization_master_mode=" in text[1]
    assert text[3].endswith("PLL_TARGET_REG 0x2 (4 bit): ADPLL at ADPLLOnDLS(1) word 0")
    assert text[7].endswith("ADPLL at ADPLLOnDLS(1) word 1") and text[9].endswith(f" enable={pll.enable}")
    masters = re.findall(r"(?:SPI|I2C) master.*", "\n".join(text))
    assert masters[0] == "SPI master, DAC 0" and masters[4] == "SPI master, shift register"
    assert masters[-2:] == ["I2C master, TMP112 at 0x48", "I2C master, TMP112 at 0x48, stop"]


def test_time_is_the_earliest_one_since_the_timer_reset() -> None:
    setup, wait = ut.setup(), ut.wait_until
    program = np.concatenate([wait(7), setup, wait(3), wait(2), ut.barrier(3), wait(250), setup, ut.barrier(0)])
    times = [line[10:34].split(" (")[0].strip() for line in lines(program)]
    assert times == ["", "0", "3", "4", "5", "250", "0", "0"]
    assert [line[36:] for line in lines(program[4:5])] == ["wait  barrier omnibus jtag"]


def test_words_without_meaning() -> None:
    unknown = np.array([0xFF00000000000001], dtype=np.uint64)
    program = np.concatenate([
        ut.omnibus_read(0x00160000), ut.omnibus_address(0x00140000, 0), unknown, ut.omnibus_data(5), ut.jtag_data(1, 3),
    ])
    assert [line[36:] for line in lines(program)] == [
        "read  0x00160000 (no container)",
        next(lines(program[1:]))[36:],
        "unknown instruction 0xff00000000000001",
        "data  0x00000005 without address",
        "jtag  IDCODE 0x1 (3 bit)",
    ]


def test_byte_enables_are_shown() -> None:
    builder = stadls.PlaybackProgramBuilder()
    value = haldls.ExternalPPUMemoryByte.Value(7)
    builder.write(halco.ExternalPPUMemoryByteOnFPGA(1), haldls.ExternalPPUMemoryByte(value))
    assert texts(builder)[0].endswith("word 0 bytes 0100")


def test_responses() -> None:
    names = ["timing_from_fpga::Systime", "event_from_fpga::SpikePack<1>", "omnibus_from_fpga::Data",
             "event_from_fpga::MADCSamplePack<1>", "timing_from_fpga::Sysdelta", "from_fpga_system::Loopback"]
    program = stadls.PlaybackProgram()
    program.from_fpga = encode_messages([ut.FROM_FPGA_CODES[n] for n in names], [1000, 0x058285, 7, 0x090455, 10, 0])
    assert [re.sub(r"\s+", " ", line).strip() for line in lines(program, "from_fpga")] == [
        "0 1000 (8.000 us) systime 1000",
        "1 1001 (8.008 us) spike 0x8285 (spl1 2, neuron 0x0285, row select 10, synapse 5) chip time 898",
        "2 1002 (8.016 us) omnibus data 0x00000007",
        "3 1003 (8.024 us) sample 85 channel 1 chip time 900",
        "4 1014 (8.112 us) sysdelta 10",
        "5 1015 (8.120 us) halt",
    ]


def test_notifications_and_events_of_the_past() -> None:
    names = ["timing_from_fpga::Systime", "event_from_fpga::SpikePack<1>",
             "from_fpga_system::TimeoutNotification", "from_fpga_system::HighspeedLinkNotification"]
    stream = encode_messages([ut.FROM_FPGA_CODES[n] for n in names], [128, 0xFE0001, 3 << 39 | 2 << 32 | 77, 0x30])
    _, spike, timeout, link = lines(stream, "from_fpga")
    assert spike.endswith("chip time 127")  # the spike is older than the last multiple of 128 cycles
    assert timeout.endswith("time-out of instruction 77 (trace stalls 2, Omnibus reads in flight 3)")
    assert link.endswith("link up)")


def test_chip_times_are_those_of_the_decoder() -> None:
    stamps = np.random.default_rng(1).integers(0, 256, 200).tolist()
    codes = [ut.FROM_FPGA_CODES["timing_from_fpga::Systime"]]
    codes += [ut.FROM_FPGA_CODES["event_from_fpga::SpikePack<1>"]] * len(stamps)
    program = stadls.PlaybackProgram()
    program.from_fpga = encode_messages(codes, [1000, *(stamp << 16 for stamp in stamps)])
    shown = [int(line.split("chip time ")[1]) for line in list(lines(program, "from_fpga"))[1:]]
    assert shown == program.spikes.to_numpy()["chip_time"].tolist()


def test_a_damaged_response_stream_is_shown_as_far_as_possible() -> None:
    message = encode_messages([ut.FROM_FPGA_CODES["omnibus_from_fpga::Data"]], [7])
    stream = np.concatenate([message, np.array([0x7F00000000000001], dtype=np.uint64), message])
    assert [line[36:] for line in lines(stream, "from_fpga")] == [
        "omnibus data 0x00000007", "unknown response in word 0x7f00000000000001", "omnibus data 0x00000007",
    ]


# Words of all instructions, with any payload, and of none.
any_words = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 2**60 - 1), max_size=40)
# As these, but most instructions are accesses to registers.
accesses = st.lists(
    st.builds(
        lambda code, high, address: code << 56 | high << 32 | address,
        st.sampled_from([0x02, 0x03, 0x0B, 0x0C]), st.integers(0, 2**24 - 1),
        st.integers(0, 2**32 - 1) | st.integers(0, 7) | st.integers(0x00080000, 0x001FFFFF),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(words=any_words | accesses)
def test_any_words_have_a_text(words: list[int]) -> None:
    array = np.array(words, dtype=np.uint64)
    assert len(list(lines(array))) == len(words)
    addresses, values = register_state(array)
    assert len(addresses) == len(values)
    assert register_difference(array, array) == []
    assert len(register_difference(array, np.zeros(0, dtype=np.uint64))) == len(addresses)


@settings(max_examples=300, deadline=None)
@given(words=any_words)
def test_any_response_words_have_a_text(words: list[int]) -> None:
    text = list(lines(np.array(words, dtype=np.uint64), "from_fpga"))
    assert [int(line.split()[0]) for line in text] == list(range(len(text)))


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


def test_register_state_of_writes_over_both_ways() -> None:
    builder = stadls.PlaybackProgramBuilder()
    jtag, cells = haldls.Backend.OmnibusChipOverJTAG, [halco.CapMemCellOnDLS(halco.Enum(i)) for i in range(3)]
    builder.write(cells[0], haldls.CapMemCell(1))
    builder.write(cells[0], haldls.CapMemCell(2), jtag)
    builder.write(cells[1], haldls.CapMemCell(3), jtag)
    builder.write(cells[1], haldls.CapMemCell(4))
    builder.read(cells[2], jtag)
    builder.read(cells[2])
    assert register_state(builder.done())[1].tolist() == [2, 4]


def test_a_reset_of_jtag_forgets_what_was_selected() -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(1), haldls.Backend.OmnibusChipOverJTAG)
    words = builder.done().to_fpga
    assert len(register_state(words)[0]) == 1
    assert len(register_state(np.concatenate([words[:5], ut.jtag_init(), words[4:]]))[0]) == 0


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
    assert difference[0].endswith("0x0000012c -> 0x0000012d  value 300 -> 301")
    assert register_difference(programs[0], programs[0]) == []
    assert "not written -> " in register_difference(stadls.PlaybackProgram(), programs[0])[0]
