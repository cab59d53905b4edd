"""Builder: what is appended, what is refused, tickets, merging."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import lola
import stadls
from haldls.backend import Backend
from stadls import words as ut


def values(builder: stadls.PlaybackProgramBuilder) -> list[int]:
    return builder.done().to_fpga.tolist()


def written(addresses: list[int], words: list[int]) -> list[int]:
    return ut.omnibus_write(addresses, words).tolist()


THREE_VALUES = st.lists(st.integers(0, 1022), min_size=3, max_size=3)


@pytest.fixture
def builder() -> stadls.PlaybackProgramBuilder:
    return stadls.PlaybackProgramBuilder()


def test_empty(builder: stadls.PlaybackProgramBuilder) -> None:
    assert builder.empty() and builder.is_write_only()
    assert builder.size_to_fpga() == builder.size_from_fpga() == 0
    assert repr(builder) == "PlaybackProgramBuilder(to FPGA size: 0, is write only: true)"
    assert builder.done().empty()


def test_write_read_and_wait_are_counted(builder: stadls.PlaybackProgramBuilder) -> None:
    builder.write(halco.NeuronConfigOnDLS(), haldls.NeuronConfig())
    assert builder.size_to_fpga() == 12
    builder.read(halco.NeuronConfigOnDLS())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    assert (builder.size_to_fpga(), builder.size_from_fpga()) == (19, 6)
    assert not builder.is_write_only()
    assert repr(builder) == "PlaybackProgramBuilder(to FPGA size: 19, is write only: false)"
    assert len(str(builder).splitlines()) == 19


def test_done_resets(builder: stadls.PlaybackProgramBuilder) -> None:
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    assert builder.done().size_to_fpga() == 1
    assert builder.empty() and builder.done().empty()


REFUSED = [
    (lambda b: b.write(halco.SpikeCounterReadOnDLS(), haldls.SpikeCounterRead()), "not writeable: SpikeCounterRead"),
    (lambda b: b.read(halco.MADCControlOnDLS()), "not readable: MADCControl"),
    (lambda b: b.read(halco.ADPLLOnDLS()), "JTAGPLLRegister are not readable"),
    (lambda b: b.write(halco.NeuronResetOnDLS(), haldls.NeuronConfig()), "NeuronConfig is addressed by"),
    (lambda b: b.read(halco.HemisphereOnDLS()), "no container is addressed by HemisphereOnDLS"),
    (lambda b: b.write(halco.BarrierOnFPGA(), haldls.Barrier.omnibus), "condition for block_until"),
    (lambda b: b.block_until(halco.TimerOnDLS(), haldls.Barrier.omnibus), "Barrier is watched at BarrierOnFPGA"),
    (lambda b: b.write(halco.PADIEventOnDLS(), haldls.PADIEvent(), haldls.PADIEvent()), "does not support differ"),
    (lambda b: b.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(), haldls.NeuronConfig()), "expected CapMemCell"),
    (lambda b: b.merge_back(b), "merged with itself"),
]


@pytest.mark.parametrize(("command", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_refused_commands_append_nothing(builder: stadls.PlaybackProgramBuilder, command: object, text: str) -> None:
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    with pytest.raises(RuntimeError, match=text):
        command(builder)  # type: ignore[operator]
    assert builder.size_to_fpga() == 1


def test_wrong_types_are_refused(builder: stadls.PlaybackProgramBuilder) -> None:
    for command in (
        lambda: builder.write(halco.TimerOnDLS(), 5),
        lambda: builder.block_until(halco.TimerOnDLS(), "soon"),
        lambda: builder.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(), "Omnibus"),
        lambda: builder.merge_back(None),
    ):
        with pytest.raises(TypeError):
            command()
    assert builder.empty()


def test_builders_are_not_copied_or_pickled(builder: stadls.PlaybackProgramBuilder) -> None:
    for command in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            command(builder)
    with pytest.raises(RuntimeError):
        pickle.dumps(builder)


@settings(max_examples=30, deadline=None)
@given(old=THREE_VALUES, new=THREE_VALUES)
def test_differential_write_sends_the_changed_words_in_order(old: list[int], new: list[int]) -> None:
    builder = stadls.PlaybackProgramBuilder()
    before, after = haldls.CapMemBlock(), haldls.CapMemBlock()
    cells = [halco.CapMemCellOnCapMemBlock(halco.X(x), halco.Y(y)) for x, y in ((5, 0), (2, 3), (129, 23))]
    for cell, a, b in zip(cells, old, new, strict=True):
        before.set_cell(cell, a)
        after.set_cell(cell, b)
    builder.write(halco.CapMemBlockOnDLS(1), after, before)
    addresses = [0x148000 + 32 * x + y for x, y in ((5, 0), (2, 3), (129, 23))]
    changed = [(a, b) for a, b, o in zip(addresses, new, old, strict=True) if b != o]
    assert values(builder) == written([a for a, _ in changed], [b for _, b in changed])


def test_differential_chip_write_is_the_changed_words_only(builder: stadls.PlaybackProgramBuilder) -> None:
    old = lola.Chip()
    new = old.copy()
    new.synapse_blocks[1].matrix.weights[7][11] = 1
    new.neuron_block.atomic_neurons[511].leak.v_leak = 77
    builder.write(halco.ChipOnDLS(), new, old)
    # Column 11 is entry 1 of quad 33; weight 1 is stored as 16.
    assert values(builder) == written([0x03CF0000 + 128 * 7 + 33, 0x158000 + 32 * 127], [16 << 16, 77])
    builder.write(halco.ChipOnDLS(), new, new)
    assert builder.empty()


def test_debug_coordinate_does_not_leave_a_chip(builder: stadls.PlaybackProgramBuilder) -> None:
    chip = lola.Chip()
    chip.capmem.blocks[2].debug_capmem_coord = halco.CapMemCellOnCapMemBlock(halco.X(4), halco.Y(5))
    assert chip != lola.Chip()
    assert np.array_equal(haldls.encode(chip, halco.ChipOnDLS())[1], haldls.encode(lola.Chip(), halco.ChipOnDLS())[1])
    builder.write(halco.ChipOnDLS(), chip, lola.Chip())
    assert builder.empty()


def test_back_end_argument(builder: stadls.PlaybackProgramBuilder) -> None:
    cell = haldls.CapMemCell(5)
    builder.write(halco.CapMemCellOnDLS(), cell, Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 6
    builder.write(halco.CapMemCellOnDLS(), cell, haldls.CapMemCell(5), Backend.OmnibusChipOverJTAG)
    assert builder.size_to_fpga() == 6
    ticket = builder.read(halco.CapMemCellOnDLS(), Backend.OmnibusChipOverJTAG)
    assert (builder.size_to_fpga(), builder.size_from_fpga()) == (12, 1) and not ticket.valid()


def test_columns_are_written_as_the_single_containers(builder: stadls.PlaybackProgramBuilder) -> None:
    columns = haldls.columns(haldls.NeuronConfig, 512)
    columns.membrane_capacitor_size = np.arange(512) % 64
    builder.write(list(halco.iter_all(halco.NeuronConfigOnDLS)), columns)
    one_by_one = stadls.PlaybackProgramBuilder()
    for i, coordinate in enumerate(halco.iter_all(halco.NeuronConfigOnDLS)):
        one_by_one.write(coordinate, columns[i])
    assert np.array_equal(builder.done().to_fpga, one_by_one.done().to_fpga)


def test_short_and_long_way_of_writing_agree(builder: stadls.PlaybackProgramBuilder) -> None:
    config = haldls.NeuronBackendConfig()
    config.address_out = 0x5A
    coordinate = halco.NeuronBackendConfigOnDLS(halco.Enum(300))
    builder.write(coordinate, config)
    builder.write(coordinate, config, Backend.Omnibus)
    words = builder.done().to_fpga
    assert np.array_equal(words[:8], words[8:])


def test_spike_trains(builder: stadls.PlaybackProgramBuilder) -> None:
    builder.write_spikes([20, 10, 20], [3, 1, 4])
    expected = [ut.wait_until(10), ut.spike_pack([1]), ut.wait_until(20), ut.spike_pack([3, 4])]
    assert values(builder) == [int(word[0]) for word in expected]
    builder.write_spikes([], [])
    assert builder.empty()
    with pytest.raises(ValueError, match="1 event times but 2 spike labels"):
        builder.write_spikes([1], [1, 2])


def test_merge_moves_instructions_and_tickets() -> None:
    first, second = stadls.PlaybackProgramBuilder(), stadls.PlaybackProgramBuilder()
    a = first.read(halco.CapMemCellOnDLS(halco.Enum(1)))
    b = second.read(halco.CapMemCellOnDLS(halco.Enum(2)))
    c = second.read(halco.NullPayloadReadableOnFPGA())
    first.merge_back(second)
    assert second.empty() and second.is_write_only() and second.done().empty()
    d = first.read(halco.CapMemCellOnDLS(halco.Enum(3)))
    program = first.done()
    assert program.size_from_fpga() == 4
    from stadls._wire import encode_messages

    codes = [ut.FROM_FPGA_CODES[name] for name in ("omnibus_from_fpga::Data", "from_fpga_system::Loopback")]
    program.from_fpga = encode_messages([codes[0], codes[0], codes[1], codes[0]], [11, 22, 1, 33])
    assert program.tickets_valid()
    assert [int(t.get().value) for t in (a, b, d)] == [11, 22, 33]
    assert c.get() == haldls.NullPayloadReadable() and int(c.fpga_time) == 3
    assert b.get_coordinate() == halco.CapMemCellOnDLS(halco.Enum(2)) and int(d.fpga_time) == 4


def test_copy_back_needs_write_only() -> None:
    first, second = stadls.PlaybackProgramBuilder(), stadls.PlaybackProgramBuilder()
    second.write(halco.TimerOnDLS(), haldls.Timer())
    first.copy_back(second)
    first.copy_back(second)
    assert (first.size_to_fpga(), second.size_to_fpga()) == (2, 1)
    second.read(halco.TimerOnDLS())
    with pytest.raises(RuntimeError, match="cannot be copied"):
        first.copy_back(second)
    assert first.size_to_fpga() == 2


def test_long_programs_are_warned_about(
    builder: stadls.PlaybackProgramBuilder, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stadls.builder.PLAYBACK_MEMORY_SIZE", 10)
    builder.write(halco.NeuronConfigOnDLS(), haldls.NeuronConfig())
    assert builder.done().size_to_fpga() == 12
    assert "playback memory holds 10" in caplog.text


def test_tickets_before_execution(builder: stadls.PlaybackProgramBuilder) -> None:
    ticket = builder.read(halco.CapMemCellOnDLS())
    assert not ticket.valid()
    for access in (ticket.get, lambda: ticket.fpga_time):
        with pytest.raises(RuntimeError, match="Data not available"):
            access()
    with pytest.raises(RuntimeError, match="belongs to no program"):
        stadls.ContainerTicket().get()


def test_block_sizes_have_to_fit(builder: stadls.PlaybackProgramBuilder) -> None:
    coordinate = halco.PPUMemoryBlockOnDLS(halco.PPUMemoryBlockOnPPU(42, 44), halco.PPUOnDLS(1))
    with pytest.raises(RuntimeError, match="4 words written to a coordinate of 3"):
        builder.write(coordinate, haldls.PPUMemoryBlock(4))
    builder.write(coordinate, haldls.PPUMemoryBlock(3))
    assert values(builder) == written([0x0380002A, 0x0380002B, 0x0380002C], [0, 0, 0])


def test_words_as_they_are() -> None:
    """Programs that were built once are repeated, and their answers are found by their number."""
    once = stadls.PlaybackProgramBuilder()
    once.read(halco.CrossbarInputOnDLS(3))
    once.read(halco.NullPayloadReadableOnFPGA())
    assert once.expected_answers() == (1, 0, 1)
    program = once.done()
    assert program.answer_counts == (1, 0, 1)
    builder = stadls.PlaybackProgramBuilder()
    builder.write_words(np.tile(program.to_fpga, 3), (3, 0, 3))
    ticket = builder.read(halco.NullPayloadReadableOnFPGA())
    repeated = builder.done()
    assert repeated.answer_counts == (3, 0, 4)
    stadls.run(stadls.ZeroMockConnection(), repeated)
    assert len(repeated.omnibus_answers) == 3 and len(repeated.loopback_times) == 4
    assert int(ticket.fpga_time) == repeated.loopback_times[3]
