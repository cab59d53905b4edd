"""Execution on the zero mock and on scripted executors; results; errors that the board reports."""

from __future__ import annotations

import numpy as np
import pytest

import halco
import haldls
import lola
import stadls
from haldls.backend import HARDWARE, SIMULATION
from stadls import words as ut
from stadls._wire import encode_messages
from stadls.connection import BaseConnection

BACK = ut.FROM_FPGA_CODES


class Scripted(BaseConnection):
    """Answers with given messages, whatever it is sent."""

    supported_targets = HARDWARE
    _identifier = "scripted"

    def __init__(self, messages: list[tuple[str, int]], targets: frozenset = HARDWARE) -> None:
        super().__init__()
        self.messages, self.supported_targets, self.sent = messages, targets, 0

    def _execute(self, words: np.ndarray) -> np.ndarray:
        self.sent += 1
        payloads = [payload for _, payload in self.messages]
        return encode_messages(
            [BACK[name] for name, _ in self.messages],
            [p & 0xFFFFFFFFFFFFFFFF for p in payloads], [p >> 64 for p in payloads],
        )


HALT = ("from_fpga_system::Loopback", 0)


def program_with_read() -> tuple[stadls.PlaybackProgram, stadls.ContainerTicket]:
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(halco.CapMemCellOnDLS())
    return builder.done(), ticket


def test_zero_mock_answers_every_read_with_zeros() -> None:
    builder = stadls.PlaybackProgramBuilder()
    tickets = [
        builder.read(halco.NeuronConfigOnDLS()),
        builder.read(halco.CapMemCellOnDLS(), haldls.Backend.OmnibusChipOverJTAG),
        builder.read(halco.NullPayloadReadableOnFPGA()), builder.read(halco.INA219StatusOnBoard()),
        builder.read(halco.ChipOnDLS()), builder.read(halco.CADCSamplesOnDLS()), builder.read(halco.TimerOnDLS()),
    ]
    program = builder.done()
    with stadls.ManagedZeroMockConnection() as connection:
        info = stadls.run(connection, [program])
    assert program.tickets_valid() and all(ticket.valid() for ticket in tickets)
    assert tickets[0].get() == haldls.NeuronConfig()
    assert not tickets[5].get().causal.to_numpy().any()
    assert isinstance(tickets[4].get(), lola.Chip)
    assert len(info.connection) == 1 and info.connection[0].execution_duration.total_seconds() > 0
    assert not len(program.spikes) and not len(program.madc_samples)


def test_single_program_is_accepted() -> None:
    program, ticket = program_with_read()
    stadls.run(stadls.ZeroMockConnection(), program)
    assert int(ticket.get().value) == 0


def test_tickets_follow_a_second_execution() -> None:
    program, ticket = program_with_read()
    for value in (5, 6):
        stadls.run(Scripted([("omnibus_from_fpga::Data", value), HALT]), program)
        assert int(ticket.get().value) == value


def test_id_code_without_its_constant_bit_is_an_error() -> None:
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(halco.JTAGIdCodeOnDLS())
    stadls.run(stadls.ZeroMockConnection(), builder.done())
    with pytest.raises(RuntimeError, match="JTAGIdCode: bit 0"):
        ticket.get()


def test_missing_acknowledge_is_an_error() -> None:
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(halco.TMP112StatusOnBoard())
    stadls.run(Scripted([("omnibus_from_fpga::Data", 1), ("omnibus_from_fpga::Data", 1 << 31), HALT]), builder.done())
    with pytest.raises(RuntimeError, match="did not acknowledge"):
        ticket.get()


def test_spikes_and_samples() -> None:
    spike = (0x20 << 16 | 0x8285) & 0xFFFFFF
    sample = 0x10 << 16 | 1 << 10 | 0x155
    program = stadls.PlaybackProgramBuilder().done()
    stadls.run(
        Scripted([
            ("timing_from_fpga::Systime", 1000), ("event_from_fpga::SpikePack<1>", spike),
            ("event_from_fpga::MADCSamplePack<1>", sample), ("event_from_fpga::SpikePack<2>", spike << 24 | spike),
            HALT,
        ]),
        program,
    )
    assert len(program.spikes) == 3
    first = program.spikes[0]
    assert isinstance(first, haldls.SpikeFromChip) and first.label == halco.SpikeLabel(0x8285)
    assert int(first.label.spl1_address) == 2 and int(first.fpga_time) == 1001
    # 0x20 counts of 4 ns are 16 cycles; 1001 is 7 * 128 + 105.
    assert int(first.chip_time) == 7 * 128 + 16
    assert program.spikes.to_numpy()["label"].tolist() == [0x8285] * 3
    assert program.spikes.to_numpy().dtype.itemsize == 18
    assert program.madc_samples[0] == haldls.MADCSampleFromChip(0x155, 1, 1002, 7 * 128 + 8)
    assert program.madc_samples.to_numpy().dtype.itemsize == 19
    assert [program.spikes_pack_counts[i] for i in (1, 2, 3)] == [1, 1, 0]
    assert list(program.madc_samples_pack_counts) == [1, 0, 0]
    assert [int(s.label.value()) for s in program.spikes[1:]] == [0x8285] * 2


def test_time_out_is_an_exception() -> None:
    program, _ = program_with_read()
    connection = Scripted([("from_fpga_system::TimeoutNotification", 3 << 39 | 7 << 32 | 0), HALT])
    with pytest.raises(RuntimeError, match=r"instruction 0 timed out \(trace stalls: 7, Omnibus reads in flight: 3\)"):
        stadls.run(connection, program)
    # The next execution is judged on its own.
    connection.messages = [("omnibus_from_fpga::Data", 1), HALT]
    stadls.run(connection, program)
    assert len(program.timeout_notifications) == 1


def test_missing_answers_are_an_exception() -> None:
    program, _ = program_with_read()
    with pytest.raises(RuntimeError, match="0 of 1 Omnibus answers.*end with a barrier"):
        stadls.run(Scripted([HALT]), program)
    with pytest.raises(RuntimeError, match="2 of 1 Omnibus answers"):
        stadls.run(Scripted([("omnibus_from_fpga::Data", 1)] * 2 + [HALT]), program)


def test_notifications_accumulate() -> None:
    program = stadls.PlaybackProgramBuilder().done()
    connection = Scripted([("from_fpga_system::HighspeedLinkNotification", 4 << 5 | 1 << 4 | 1 << 2), HALT])
    stadls.run(connection, program)
    stadls.run(connection, program)
    assert [str(n) for n in program.highspeed_link_notifications] == [
        "HighspeedLinkNotification(PhyStatusOnFPGA(4), FPGATime(1): link up, crc error)"
    ] * 2


def test_number_of_programs_has_to_match() -> None:
    program = stadls.PlaybackProgram()
    for programs, text in (([], "0 programs"), ([program, program], "2 programs"), ([None], "program 0 is None")):
        with pytest.raises(RuntimeError, match=text):
            stadls.run(stadls.ZeroMockConnection(), programs)


@pytest.mark.parametrize(
    ("coordinate", "hardware", "simulation"),
    [
        (halco.CapMemBlockConfigOnDLS(), False, True), (halco.CrossbarNodeOnDLS(), False, True),
        (halco.CrossbarOnDLS(), False, True), (halco.NeuronConfigOnDLS(), True, False),
        (halco.INA219ConfigOnBoard(), True, False), (halco.CommonSTPConfigOnDLS(), False, False),
        (halco.BackgroundSpikeSourceOnDLS(), False, False), (halco.ChipOnDLS(), True, True),
        (halco.CapMemCellOnDLS(), True, True),
    ],
)
def test_unsupported_targets_are_refused_before_anything_is_sent(
    coordinate: object, hardware: bool, simulation: bool
) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.read(coordinate)
    program = builder.done()
    for targets, accepted in ((HARDWARE, hardware), (SIMULATION, simulation)):
        answers = [("omnibus_from_fpga::Data", 0)] * program.size_from_fpga()
        connection = Scripted([*answers, HALT], targets)
        if accepted:
            stadls.run(connection, program)
        else:
            with pytest.raises(RuntimeError, match="unsupported target"):
                stadls.run(connection, program)
            assert connection.sent == 0


def test_recording_connection_keeps_what_was_exchanged() -> None:
    connection = stadls.RecordingConnection()
    program, ticket = program_with_read()
    stadls.run(connection, program)
    stadls.run(connection, stadls.PlaybackProgram())
    assert len(connection.exchanges) == 2
    assert connection.exchanges[0].to_fpga.tolist() == [*program.to_fpga.tolist(), int(ut.loopback(False)[0])]
    assert np.array_equal(connection.exchanges[0].from_fpga, program.from_fpga)
    assert connection.get_unique_identifier() == ["zeromock"] and ticket.valid()


def test_connections_are_protocol_instances_and_die_with_their_manager() -> None:
    manager = stadls.ManagedZeroMockConnection([(8,)])
    with manager as connection:
        assert isinstance(connection, stadls.Connection) and len(connection) == 1
        assert connection.get_unique_identifier() == ["zeromock"] and connection.bitfile_info == ["zeromock"]
        with pytest.warns(UserWarning, match="active connection"):
            again = manager.__enter__()
    for dead in (connection, again):
        with pytest.raises(RuntimeError, match="not allocated"):
            stadls.run(dead, stadls.PlaybackProgram())
    with pytest.raises(ValueError, match="one FPGA"):
        stadls.ManagedZeroMockConnection([(8,), (8,)])


def test_environment_selects_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "1")
    with stadls.ManagedConnection() as connection:
        assert connection.get_unique_identifier() == ["zeromock"]
    monkeypatch.setenv("HXCOMM_ENABLE_ZERO_MOCK", "0")
    monkeypatch.setenv("BSS2_CHIP_SEED", "5")
    with stadls.ManagedConnection() as connection:
        assert connection.get_unique_identifier() == ["chipsim-5"]
    monkeypatch.setenv("BSS2_CHIP_SEED", "five")
    with pytest.raises(ValueError, match="BSS2_CHIP_SEED is 'five', expected a number"), stadls.ManagedConnection():
        pass


def test_reinit_stack_entry_executes_its_request() -> None:
    connection = stadls.RecordingConnection()
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    entry = stadls.ReinitStackEntry(connection)
    entry.set([builder.done()])
    entry.set([stadls.PlaybackProgram()], enforce=False)
    assert len(connection.exchanges) == 1
    with pytest.raises(RuntimeError, match="contains reads"):
        entry.set([program_with_read()[0]])
    entry.pop()
    with pytest.raises(RuntimeError, match="removed"):
        entry.set([stadls.PlaybackProgram()])


def test_program_equality_and_text() -> None:
    first, _ = program_with_read()
    second, _ = program_with_read()
    assert first == second and first != stadls.PlaybackProgram()
    stadls.run(stadls.ZeroMockConnection(), first)
    assert first != second
    assert str(second).startswith("UTMessage(raw: 0b00001f00140000, hxcomm::vx::instruction::omnibus_to_fpga::Address(")
    assert "omnibus_from_fpga::Data(0)" in str(first)
    with pytest.raises(ValueError):
        first.to_fpga[0] = 0
