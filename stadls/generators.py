"""Generators of playback programs: bringing the system into a defined state."""

from __future__ import annotations

from typing import Any

import halco
from haldls import (
    ADPLL,
    AD5252ChannelConfig,
    Barrier,
    CommonPhyConfigChip,
    CommonPhyConfigFPGA,
    EventRecordingConfig,
    InstructionTimeoutConfig,
    JTAGClockScaler,
    PhyConfigChip,
    PhyConfigFPGA,
    PLLClockOutputBlock,
    ReferenceGeneratorConfig,
    ResetChip,
    ResetJTAGTap,
    ShiftRegister,
    SystimeSync,
    SystimeSyncBase,
    TCA9546ChannelConfig,
    TCA9554Config,
    Timer,
    chip_reset_high_duration,
    chip_reset_low_duration,
    jboa_dac_settling_duration,
    jboa_powerup_settling_duration,
    pll_and_omnibus_settling_duration,
    reference_generator_reset_duration,
    xboard_dac_settling_duration,
)
from haldls.backend import Backend
from lola import DACChannelBlock, DACControlBlock, MemoryTiming
from stadls.builder import PlaybackProgramBuilder
from stadls.hwdb import HXCubeSetupEntry, JboaSetupEntry, SimulationEntry, ZeroMockEntry

Generated = tuple[PlaybackProgramBuilder, Any]


class PlaybackGenerator:
    """Base of program generators; subclasses give `generate`."""

    def generate(self) -> Generated:
        """Builder with the program, and a result that depends on the generator."""
        raise NotImplementedError(f"{type(self).__name__} does not define generate()")


def generate(generator: PlaybackGenerator) -> Generated:
    """Program of a generator: `(builder, result)`."""
    return generator.generate()


def _wait(builder: PlaybackProgramBuilder, duration: Any, reset: bool = True) -> None:
    """Let `duration` (FPGA cycles) pass since now, or since the last timer reset."""
    if reset:
        builder.write(halco.TimerOnDLS(), Timer())
    builder.block_until(halco.TimerOnDLS(), duration)


def _array(container: Any, coordinate: Any, values: Any = None) -> halco.TypedArray[Any]:
    return halco.TypedArray(coordinate, [container() for _ in range(coordinate.size)] if values is None else values)


class ASICAdapterBoardInit(PlaybackGenerator):
    """Initialisation of a board without devices."""

    def generate(self) -> Generated:
        return PlaybackProgramBuilder(), None


class CubeASICAdapterBoardInit(ASICAdapterBoardInit):
    """Initialisation of the board of a cube: switches, supply voltages.

    Attributes
    ----------
    shift_register : ShiftRegister
    dac_channel_block : DACChannelBlock
    dac_control_block : DACControlBlock
    """

    def __init__(self) -> None:
        self.shift_register = ShiftRegister()
        self.dac_control_block = DACControlBlock()
        self.dac_control_block.enable.fill(True)
        self.dac_channel_block = DACChannelBlock.default_ldo_2.copy()

    def generate(self) -> Generated:
        builder = PlaybackProgramBuilder()
        builder.write(halco.ShiftRegisterOnBoard(), self.shift_register)
        builder.write(halco.DACChannelBlockOnBoard(), self.dac_channel_block)
        builder.write(halco.DACControlBlockOnBoard(), self.dac_control_block)
        _wait(builder, xboard_dac_settling_duration)
        return builder, None


# Supply potentiometers of the Jboa board, in the order of their coordinates.
_WIPERS = (0xA7, 0x93, 0xA8, 0xA8, 0xA8, 0xA7)


def _wiper(setting: int) -> AD5252ChannelConfig:
    config = AD5252ChannelConfig()
    config.value = setting
    return config


class JboaASICAdapterBoardInit(ASICAdapterBoardInit):
    """Initialisation of the board of a Jboa set-up.

    Attributes
    ----------
    multiplexer : TCA9546ChannelConfig
    digital_poti_array : array over AD5252ChannelConfigOnBoard of AD5252ChannelConfig
    io_expander : TCA9554Config
    """

    def __init__(self) -> None:
        self.multiplexer = TCA9546ChannelConfig.default_mux.copy()
        self.io_expander = TCA9554Config()
        self.digital_poti_array = _array(
            AD5252ChannelConfig, halco.AD5252ChannelConfigOnBoard, [_wiper(s) for s in _WIPERS]
        )

    @property
    def DigitalPotiArray(self) -> halco.TypedArray[AD5252ChannelConfig]:
        """Name of `digital_poti_array` on the real system."""
        return self.digital_poti_array

    def generate(self) -> Generated:
        builder = PlaybackProgramBuilder()
        builder.write(halco.TCA9546OnBoard(), self.multiplexer)
        for coordinate in halco.iter_all(halco.AD5252ChannelConfigOnBoard):
            builder.write(coordinate, self.digital_poti_array[coordinate])
        builder.write(halco.TCA9554ConfigOnBoard(), self.io_expander)
        builder.block_until(halco.BarrierOnFPGA(), Barrier.omnibus)
        _wait(builder, jboa_powerup_settling_duration)
        _wait(builder, jboa_dac_settling_duration)
        return builder, None


class HighspeedLink:
    """Settings of the links between FPGA and chip."""

    def __init__(self) -> None:
        self.common_phy_config_fpga = CommonPhyConfigFPGA()
        self.common_phy_config_chip = CommonPhyConfigChip()
        self.phy_configs_fpga = _array(PhyConfigFPGA, halco.PhyConfigFPGAOnDLS)
        self.phy_configs_chip = _array(PhyConfigChip, halco.PhyConfigChipOnDLS)
        self.systime_sync_base = SystimeSyncBase()
        self.enable_systime = True


class ChipInit(PlaybackGenerator):
    """Bring-up of the chip: reset, clocks, links, system time, references, SRAM timing.

    Parameters
    ----------
    hwdb_entry : hardware description, optional
        Element of `connection.get_hwdb_entry()`; measured SRAM settings are taken from it.
    """

    def __init__(self, hwdb_entry: Any = None) -> None:
        self.jtag_clock_scaler = JTAGClockScaler()
        self.pll_clock_output_block = PLLClockOutputBlock()
        self.adplls = _array(ADPLL, halco.ADPLLOnDLS)
        self.highspeed_link = HighspeedLink()
        self.enable_highspeed_link = True
        self.event_recording = EventRecordingConfig()
        self.event_recording.enable_event_recording = True
        self.memory_timing = MemoryTiming()
        self.enable_capmem = True
        self.reference_generator_config = ReferenceGeneratorConfig()
        chip = getattr(hwdb_entry, "chip", None)
        if chip is not None:
            self._set_synram_timing(chip)

    def _set_synram_timing(self, chip: Any) -> None:
        for hemisphere, synram in enumerate(self.memory_timing.synram):
            if chip.synram_timing_pcconf is not None:
                synram.pc_conf_west, synram.pc_conf_east = chip.synram_timing_pcconf[hemisphere]
            if chip.synram_timing_wconf is not None:
                synram.w_conf_west, synram.w_conf_east = chip.synram_timing_wconf[hemisphere]

    def generate(self) -> Generated:
        if self.enable_capmem and not self.enable_highspeed_link:
            raise RuntimeError("ChipInit: the CapMem is initialised over the highspeed link, which is disabled")
        builder = PlaybackProgramBuilder()
        self._reset(builder)
        self._clocks(builder)
        if self.enable_highspeed_link:
            self._links(builder)
        builder.write(halco.EventRecordingConfigOnFPGA(), self.event_recording)
        if self.enable_capmem:
            self._references(builder)
        backend = Backend.Omnibus if self.enable_highspeed_link else Backend.OmnibusChipOverJTAG
        builder.write(halco.MemoryTimingOnDLS(), self.memory_timing, backend)
        builder.block_until(
            halco.BarrierOnFPGA(), Barrier.omnibus if self.enable_highspeed_link else Barrier.jtag
        )
        return builder, None

    def _reset(self, builder: PlaybackProgramBuilder) -> None:
        builder.write(halco.ResetChipOnDLS(), ResetChip(True))
        _wait(builder, chip_reset_high_duration)
        builder.write(halco.ResetChipOnDLS(), ResetChip(False))
        _wait(builder, chip_reset_low_duration)

    def _clocks(self, builder: PlaybackProgramBuilder) -> None:
        builder.write(halco.JTAGClockScalerOnDLS(), self.jtag_clock_scaler)
        builder.write(halco.ResetJTAGTapOnDLS(), ResetJTAGTap())
        for coordinate in halco.iter_all(halco.ADPLLOnDLS):
            builder.write(coordinate, self.adplls[coordinate], Backend.JTAGPLLRegister)
        builder.write(halco.PLLClockOutputBlockOnDLS(), self.pll_clock_output_block, Backend.JTAGPLLRegister)

    def _links(self, builder: PlaybackProgramBuilder) -> None:
        link = self.highspeed_link
        for fpga in halco.iter_all(halco.PhyConfigFPGAOnDLS):
            builder.write(fpga, link.phy_configs_fpga[fpga])
        for chip in halco.iter_all(halco.PhyConfigChipOnDLS):
            builder.write(chip, link.phy_configs_chip[chip])
        # The time counts from the end of the chip reset.
        _wait(builder, pll_and_omnibus_settling_duration, reset=False)
        builder.write(halco.CommonPhyConfigFPGAOnDLS(), link.common_phy_config_fpga)
        builder.write(halco.CommonPhyConfigChipOnDLS(), link.common_phy_config_chip)
        if link.enable_systime:
            builder.write(halco.SystimeSyncBaseOnDLS(), link.systime_sync_base, Backend.Omnibus)
            builder.block_until(halco.BarrierOnFPGA(), Barrier.omnibus)
            builder.write(halco.SystimeSyncOnFPGA(), SystimeSync())
            builder.block_until(halco.BarrierOnFPGA(), Barrier.systime)

    def _references(self, builder: PlaybackProgramBuilder) -> None:
        in_reset = self.reference_generator_config.copy()
        in_reset.enable_reset = True
        builder.write(halco.ReferenceGeneratorConfigOnDLS(), in_reset)
        builder.block_until(halco.BarrierOnFPGA(), Barrier.omnibus)
        _wait(builder, reference_generator_reset_duration)
        builder.write(halco.ReferenceGeneratorConfigOnDLS(), self.reference_generator_config)


class SystemInit(PlaybackGenerator):
    """Initialisation of board and chip, the first thing to run.

    Parameters
    ----------
    hwdb_entry : hardware description, optional
        Element of `connection.get_hwdb_entry()`, default that of a simulated chip.

    Attributes
    ----------
    instruction_timeout : InstructionTimeoutConfig
    asic_adapter_board : ASICAdapterBoardInit
        Board sequence, by the kind of the hardware.
    enable_asic_adapter_board, enable_chip : bool
    chip : ChipInit
    """

    def __init__(self, hwdb_entry: Any = None) -> None:
        entry = SimulationEntry() if hwdb_entry is None else hwdb_entry
        self.instruction_timeout = InstructionTimeoutConfig()
        self.asic_adapter_board = self._board(entry)
        self.enable_asic_adapter_board = True
        self.chip = ChipInit(entry)
        self.enable_chip = True

    @staticmethod
    def _board(entry: Any) -> ASICAdapterBoardInit:
        if isinstance(entry, JboaSetupEntry):
            return JboaASICAdapterBoardInit()
        if isinstance(entry, (HXCubeSetupEntry, SimulationEntry, ZeroMockEntry)):
            return CubeASICAdapterBoardInit()
        raise TypeError(f"SystemInit takes an element of connection.get_hwdb_entry(), got {entry!r}")

    def generate(self) -> Generated:
        builder = PlaybackProgramBuilder()
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), self.instruction_timeout)
        if self.enable_asic_adapter_board:
            builder.merge_back(self.asic_adapter_board.generate()[0])
        if self.enable_chip:
            builder.merge_back(self.chip.generate()[0])
        return builder, None


class DigitalInit(SystemInit):
    """`SystemInit` without the CapMem, under the name that older scripts use."""

    def __init__(self, hwdb_entry: Any = None) -> None:
        super().__init__(hwdb_entry)
        self.chip.enable_capmem = False


class ExperimentInit(SystemInit):
    """`SystemInit` followed by a chip configuration, under the name that older scripts use.

    Attributes
    ----------
    chip_config : lola.Chip, optional
        Configuration that is written last; None writes none.
    """

    def __init__(self, hwdb_entry: Any = None) -> None:
        super().__init__(hwdb_entry)
        self.chip_config: Any = None

    def generate(self) -> Generated:
        builder, result = super().generate()
        if self.chip_config is not None:
            builder.write(halco.ChipOnDLS(), self.chip_config)
            builder.block_until(halco.BarrierOnFPGA(), Barrier.omnibus)
        return builder, result
