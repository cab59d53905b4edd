"""Initialisation sequences, instruction by instruction."""

from __future__ import annotations

from typing import Any

import pytest

import halco
import haldls
import lola
import stadls
from haldls.backend import Backend
from stadls.hwdb import ChipEntry, HXCubeSetupEntry, JboaSetupEntry, SimulationEntry, ZeroMockEntry


class Sequence:
    """Builder of the expected instructions, in the words of the specification."""

    def __init__(self) -> None:
        self.builder = stadls.PlaybackProgramBuilder()

    def write(self, coordinate: Any, config: Any, *backend: Backend) -> Sequence:
        self.builder.write(coordinate, config, *backend)
        return self

    def wait(self, cycles: int, reset: bool = True) -> Sequence:
        if reset:
            self.builder.write(halco.TimerOnDLS(), haldls.Timer())
        self.builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(cycles))
        return self

    def barrier(self, kind: haldls.Barrier) -> Sequence:
        self.builder.block_until(halco.BarrierOnFPGA(), kind)
        return self

    def words(self) -> list[int]:
        return self.builder.done().to_fpga.tolist()


def generated(generator: stadls.PlaybackGenerator) -> list[int]:
    builder, result = stadls.generate(generator)
    assert result is None and builder.is_write_only()
    return builder.done().to_fpga.tolist()


def cube() -> Sequence:
    sequence = Sequence()
    sequence.write(halco.ShiftRegisterOnBoard(), haldls.ShiftRegister())
    sequence.write(halco.DACChannelBlockOnBoard(), lola.DACChannelBlock.default_ldo_2)
    return sequence.write(halco.DACControlBlockOnBoard(), lola.DACControlBlock()).wait(125000)


def chip(sequence: Sequence, links: bool = True, capmem: bool = True) -> Sequence:
    sequence.write(halco.ResetChipOnDLS(), haldls.ResetChip(True)).wait(10)
    sequence.write(halco.ResetChipOnDLS(), haldls.ResetChip(False)).wait(100)
    sequence.write(halco.JTAGClockScalerOnDLS(), haldls.JTAGClockScaler())
    sequence.write(halco.ResetJTAGTapOnDLS(), haldls.ResetJTAGTap())
    for i in range(2):
        sequence.write(halco.ADPLLOnDLS(i), haldls.ADPLL(), Backend.JTAGPLLRegister)
    sequence.write(halco.PLLClockOutputBlockOnDLS(), haldls.PLLClockOutputBlock(), Backend.JTAGPLLRegister)
    if links:
        for i in range(8):
            sequence.write(halco.PhyConfigFPGAOnDLS(i), haldls.PhyConfigFPGA())
        for i in range(8):
            sequence.write(halco.PhyConfigChipOnDLS(i), haldls.PhyConfigChip())
        sequence.wait(12500, reset=False)
        sequence.write(halco.CommonPhyConfigFPGAOnDLS(), haldls.CommonPhyConfigFPGA())
        sequence.write(halco.CommonPhyConfigChipOnDLS(), haldls.CommonPhyConfigChip())
        sequence.write(halco.SystimeSyncBaseOnDLS(), haldls.SystimeSyncBase()).barrier(haldls.Barrier.omnibus)
        sequence.write(halco.SystimeSyncOnFPGA(), haldls.SystimeSync()).barrier(haldls.Barrier.systime)
    recording = haldls.EventRecordingConfig()
    recording.enable_event_recording = True
    sequence.write(halco.EventRecordingConfigOnFPGA(), recording)
    if capmem:
        references = haldls.ReferenceGeneratorConfig()
        references.enable_reset = True
        sequence.write(halco.ReferenceGeneratorConfigOnDLS(), references).barrier(haldls.Barrier.omnibus)
        sequence.wait(1000).write(halco.ReferenceGeneratorConfigOnDLS(), haldls.ReferenceGeneratorConfig())
    backend = Backend.Omnibus if links else Backend.OmnibusChipOverJTAG
    sequence.write(halco.MemoryTimingOnDLS(), lola.MemoryTiming(), backend)
    return sequence.barrier(haldls.Barrier.omnibus if links else haldls.Barrier.jtag)


@pytest.mark.parametrize("entry", [None, ZeroMockEntry(), SimulationEntry(), HXCubeSetupEntry()])
def test_system_init_of_a_cube(entry: Any) -> None:
    expected = Sequence().write(halco.InstructionTimeoutConfigOnFPGA(), haldls.InstructionTimeoutConfig()).words()
    expected += cube().words() + chip(Sequence()).words()
    assert generated(stadls.SystemInit(entry)) == expected


def test_jboa_board() -> None:
    sequence = Sequence().write(halco.TCA9546OnBoard(), haldls.TCA9546ChannelConfig.default_mux)
    for i, setting in enumerate((0xA7, 0x93, 0xA8, 0xA8, 0xA8, 0xA7)):
        config = haldls.AD5252ChannelConfig()
        config.value = setting
        sequence.write(halco.AD5252ChannelConfigOnBoard(halco.Enum(i)), config)
    sequence.write(halco.TCA9554ConfigOnBoard(), haldls.TCA9554Config()).barrier(haldls.Barrier.omnibus)
    expected = sequence.wait(375000).wait(62500).words()
    assert generated(stadls.JboaASICAdapterBoardInit()) == expected
    assert isinstance(stadls.SystemInit(JboaSetupEntry()).asic_adapter_board, stadls.JboaASICAdapterBoardInit)


def test_without_links_memory_timing_goes_over_jtag() -> None:
    init = stadls.ChipInit()
    init.enable_highspeed_link = False
    with pytest.raises(RuntimeError, match="CapMem"):
        init.generate()
    init.enable_capmem = False
    assert generated(init) == chip(Sequence(), links=False, capmem=False).words()


def test_parts_can_be_left_out_and_changed() -> None:
    init = stadls.SystemInit()
    init.enable_asic_adapter_board = init.enable_chip = False
    init.instruction_timeout.value = 5
    assert [word & 0xFFFFFFFF for word in generated(init)] == [0x88000009, 5]
    changed = stadls.ChipInit()
    changed.jtag_clock_scaler.set(3)
    changed.adplls[1].loop_div_n = 11
    plain, other = generated(stadls.ChipInit()), generated(changed)
    assert sum(a != b for a, b in zip(plain, other, strict=True)) == 2


def test_older_names() -> None:
    digital = stadls.DigitalInit()
    assert not digital.chip.enable_capmem and isinstance(digital, stadls.SystemInit)
    experiment = stadls.ExperimentInit()
    experiment.chip_config = lola.Chip()
    assert len(generated(experiment)) == len(generated(stadls.SystemInit())) + 2 * 126842 + 1


def test_measured_sram_settings_are_used() -> None:
    entry = HXCubeSetupEntry(chip=ChipEntry(7, ((1, 2), (3, 4)), ((5, 6), (7, 8))))
    synram = stadls.ChipInit(entry).memory_timing.synram
    assert [(int(s.pc_conf_west), int(s.w_conf_east)) for s in synram] == [(1, 6), (3, 8)]


def test_own_generators() -> None:
    class Own(stadls.PlaybackGenerator):
        def generate(self) -> Any:
            return stadls.PlaybackProgramBuilder(), 42

    assert stadls.generate(Own())[1] == 42
    assert isinstance(stadls.SystemInit(), stadls.PlaybackGenerator)
    with pytest.raises(NotImplementedError):
        stadls.generate(stadls.PlaybackGenerator())
    with pytest.raises(TypeError, match="get_hwdb_entry"):
        stadls.SystemInit("a chip")
