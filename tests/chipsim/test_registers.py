"""Registers of the simulated board: what is written is read, where it should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import lola
import stadls
from haldls.backend import NO_TARGET, Backend
from tests.haldls.values import LEAVES, contents

OMNIBUS = halco.BarrierOnFPGA()


class Session:
    """An initialised board, and programs of one line."""

    def __init__(self) -> None:
        self.connection = chipsim.SimConnection()
        builder, _ = stadls.SystemInit().generate()
        self.run(builder)

    def run(self, builder: stadls.PlaybackProgramBuilder, barrier: haldls.Barrier = haldls.Barrier.omnibus) -> Any:
        builder.block_until(OMNIBUS, barrier)
        program = builder.done()
        stadls.run(self.connection, program)
        return program

    def write(self, coordinate: Any, config: Any, *backend: Backend) -> None:
        builder = stadls.PlaybackProgramBuilder()
        builder.write(coordinate, config, *backend)
        self.run(builder)

    def read(self, coordinate: Any, *backend: Backend) -> Any:
        builder = stadls.PlaybackProgramBuilder()
        ticket = builder.read(coordinate, *backend)
        self.run(builder)
        return ticket.get()


@pytest.fixture(scope="module")
def board() -> Session:
    return Session()


# Written values have an effect of their own, or are not kept by the register.
SPECIAL = {haldls.Timer, haldls.BackgroundSpikeSource, haldls.CommonPhyConfigChip, haldls.CommonPhyConfigFPGA,
           haldls.ExternalPPUMemoryQuad, haldls.ExternalPPUDRAMMemoryQuad,
           haldls.VectorGeneratorLUTEntry, haldls.VectorGeneratorNotificationAddress, haldls.PollingOmnibusBlockConfig,
           haldls.InstructionTimeoutConfig, haldls.EventRecordingConfig, haldls.SystimeSyncBase, haldls.CrossbarNode}
KEPT = [
    k for k in LEAVES
    if k._read and k._write and k not in SPECIAL and not k.back_ends[0].name.startswith("I2C")
    and k.unsupported_read_targets != NO_TARGET
]


@pytest.mark.filterwarnings("ignore::chipsim.ppu.PPUWarning")  # processors are started that have no program
@pytest.mark.parametrize("kind", KEPT, ids=lambda k: k.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read(board: Session, kind: Any, data: st.DataObject) -> None:
    config = data.draw(contents(kind))
    coordinate = kind.coordinate_type._from_enum(data.draw(st.integers(0, kind.coordinate_type.size - 1)))
    readable = next(b for b in kind.back_ends if b is not Backend.JTAGPLLRegister)
    board.write(coordinate, config)
    assert board.read(coordinate, readable) == config


def test_a_whole_chip_is_written_and_read(board: Session) -> None:
    rng = np.random.default_rng(1)
    chip = lola.Chip()
    for block in chip.synapse_blocks:
        block.matrix.weights.from_numpy(rng.integers(0, 64, (256, 256)))
        block.matrix.labels.from_numpy(rng.integers(0, 64, (256, 256)))
        block.matrix.time_calibs.from_numpy(rng.integers(0, 4, (256, 256)))
    chip.external_ppu_memory.bytes.from_numpy(rng.integers(0, 256, 131072))
    board.write(halco.ChipOnDLS(), chip)
    assert board.read(halco.ChipOnDLS()) == chip
    weights = board.read(halco.SynapseWeightMatrixOnDLS(1))
    assert np.array_equal(weights.values.to_numpy(), chip.synapse_blocks[1].matrix.weights.to_numpy())
    calibs = board.read(halco.SynapseCorrelationCalibMatrixOnDLS(0))
    assert np.array_equal(calibs.time_calibs.to_numpy(), chip.synapse_blocks[0].matrix.time_calibs.to_numpy())
    board.write(halco.ChipOnDLS(), lola.Chip())


def test_narrow_views_change_their_bits_only(board: Session) -> None:
    quad = halco.SynapseQuadOnDLS(halco.Enum(20000))
    whole = haldls.SynapseQuad()
    whole.weights, whole.labels, whole.time_calibs, whole.amp_calibs = [1, 2, 3, 4], [5, 6, 7, 8], [0, 1, 2, 3], [3] * 4
    board.write(quad, whole)
    weights = haldls.SynapseWeightQuad()
    weights.values = [60, 61, 62, 63]
    board.write(quad.toSynapseWeightQuadOnDLS(), weights)
    calibs = haldls.SynapseCorrelationCalibQuad()
    calibs.time_calibs = [3, 3, 0, 0]
    board.write(quad.toSynapseCorrelationCalibQuadOnDLS(), calibs)
    read = board.read(quad)
    assert [int(v) for v in read.weights] == [60, 61, 62, 63] and [int(v) for v in read.labels] == [5, 6, 7, 8]
    assert [int(v) for v in read.time_calibs] == [3, 3, 0, 0] and [int(v) for v in read.amp_calibs] == [0] * 4


def test_column_switches_and_current_switches_share_rows(board: Session) -> None:
    coordinate = halco.ColumnCurrentQuadOnDLS(halco.Enum(70))
    current, correlation = haldls.ColumnCurrentQuad(), haldls.ColumnCorrelationQuad()
    current.switches[1].enable_synaptic_current_excitatory = True
    correlation.switches[1].enable_cadc_neuron_readout_causal = True
    board.write(coordinate, current)
    board.write(halco.ColumnCorrelationQuadOnDLS(halco.Enum(70)), correlation)
    assert board.read(coordinate) == current
    assert board.read(halco.ColumnCorrelationQuadOnDLS(halco.Enum(70))) == correlation


def test_single_bytes_of_the_external_memory(board: Session) -> None:
    Byte = haldls.ExternalPPUMemoryByte
    for i, value in enumerate((0xAA, 0xBB, 0xCC, 0xDD)):
        board.write(halco.ExternalPPUMemoryByteOnFPGA(400 + i), Byte(Byte.Value(value)))
    board.write(halco.ExternalPPUMemoryByteOnFPGA(401), Byte(Byte.Value(0x11)))
    assert [int(v) for v in board.read(halco.ExternalPPUMemoryQuadOnFPGA(100)).quad] == [0xAA, 0x11, 0xCC, 0xDD]


def test_omnibus_over_jtag_reaches_the_same_registers(board: Session) -> None:
    cell = halco.CapMemCellOnDLS(halco.Enum(9))
    board.write(cell, haldls.CapMemCell(321), Backend.OmnibusChipOverJTAG)
    assert board.read(cell) == haldls.CapMemCell(321)
    board.write(cell, haldls.CapMemCell(322))
    assert board.read(cell, Backend.OmnibusChipOverJTAG) == haldls.CapMemCell(322)


def test_id_code_and_bypass(board: Session) -> None:
    assert board.read(halco.JTAGIdCodeOnDLS()).part_number == 0x4858
    from stadls import words as ut

    words = np.concatenate([ut.jtag_ins(127), ut.jtag_data(0b1011, 8, keep=True), ut.loopback(False)])
    program = stadls.PlaybackProgram()
    program.from_fpga = board.connection.execute(words)
    assert program._responses.queue(1)["data"].tolist() == [0b10110]


def test_clock_generators_are_written_over_jtag() -> None:
    board, pll = Session(), haldls.ADPLL()
    pll.tune = 99
    board.write(halco.ADPLLOnDLS(1), pll)
    assert board.read(halco.ADPLLOnDLS(1), Backend.OmnibusChipOverJTAG) == pll
    assert board.read(halco.ADPLLOnDLS(0), Backend.OmnibusChipOverJTAG) == haldls.ADPLL()


def test_board_devices(board: Session) -> None:
    devices = board.connection.chip.board.devices
    block = lola.DACChannelBlock.default_ldo_2
    for i, value in enumerate(block.value):
        assert devices.dac[i // 8, i % 8] == int(value)
    assert devices.dac[1, "power_down"] == 0 and devices.shift_register == 0xFF9C40
    wiper = haldls.AD5252ChannelConfig()
    wiper.value = 0x42
    board.write(halco.AD5252ChannelConfigOnBoard(halco.Enum(3)), wiper)
    assert board.read(halco.AD5252ChannelConfigOnBoard(halco.Enum(3))) == wiper
    dac = haldls.DAC6573ChannelConfig(777)
    board.write(halco.DAC6573ChannelOnBoard.v_res_meas, dac)
    assert board.read(halco.DAC6573ChannelOnBoard.v_res_meas) == dac
    assert board.read(halco.TCA9546OnBoard()) is not None
    assert board.read(halco.TMP112StatusOnBoard()).temperature.toUncalibratedTemperature() == 40.0
    status = board.read(halco.INA219StatusOnBoard.vdd25_analog)
    assert status.bus_voltage.toUncalibratedVoltage() == 2.5
    assert status.toUncalibratedPower().calculate() == pytest.approx(2.5 * 0.05)


def test_counters_of_accesses(board: Session) -> None:
    before = board.read(halco.HicannARQStatusOnFPGA())
    for _ in range(3):
        board.read(halco.CapMemCellOnDLS())
    after = board.read(halco.HicannARQStatusOnFPGA())
    assert int(after.read_count) - int(before.read_count) == 3 == int(after.write_count) - int(before.write_count)


def test_polling(board: Session) -> None:
    board.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(5))
    config = haldls.PollingOmnibusBlockConfig()
    config.address, config.mask, config.target = 0x140000, 0xF, 5
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
    builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock())
    board.run(builder)
    builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock(False))
    with pytest.raises(stadls.TimeoutNotificationError, match="instruction 0 timed out"):
        board.run(builder)


@pytest.mark.parametrize("address", [0x00003000, 0x80008000, 0x88007C03])
def test_what_is_not_there_times_out(address: int) -> None:
    session = Session()
    config = haldls.PollingOmnibusBlockConfig()
    config.address = address
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
    builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock())
    with pytest.raises(stadls.TimeoutNotificationError):
        session.run(builder)


def test_a_chip_that_is_not_initialised_does_not_answer() -> None:
    session = Session.__new__(Session)
    session.connection = chipsim.SimConnection()
    for coordinate, answers in ((halco.CapMemCellOnDLS(), False), (halco.EventRecordingConfigOnFPGA(), True)):
        builder = stadls.PlaybackProgramBuilder()
        builder.read(coordinate)
        if answers:
            session.run(builder)
        else:
            with pytest.raises(stadls.TimeoutNotificationError):
                session.run(builder)


def test_reset_clears_the_chip_and_not_the_fpga() -> None:
    session = Session()
    session.write(halco.CapMemCellOnDLS(), haldls.CapMemCell(5))
    session.write(halco.ExternalPPUMemoryQuadOnFPGA(3), _quad(7))
    builder, _ = stadls.ChipInit().generate()
    session.run(builder)
    assert session.read(halco.CapMemCellOnDLS()) == haldls.CapMemCell(0)
    assert session.read(halco.ExternalPPUMemoryQuadOnFPGA(3)) == _quad(7)
    builder.write(halco.ResetChipOnDLS(), haldls.ResetChip(True))
    builder.read(halco.CapMemCellOnDLS())
    with pytest.raises(stadls.TimeoutNotificationError):
        session.run(builder)


def _quad(value: int) -> haldls.ExternalPPUMemoryQuad:
    quad = haldls.ExternalPPUMemoryQuad()
    quad.quad[3] = haldls.ExternalPPUMemoryByte.Value(value)
    return quad
