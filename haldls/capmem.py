"""CapMem: the analog parameter storage."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import HARDWARE, SIMULATION
from haldls.codec import GRAY_WORD, one_hot
from haldls.composite import Composite, Part, values_at
from haldls.container import Container
from haldls.errors import DecodeError
from haldls.field import ValueType, array, field, flag
from haldls.location import ArrayLocation, ArrayPiece
from haldls.sram import SRAMTimingConfig

# Blocks top-left, top-right, bottom-left, bottom-right.
CAPMEM = (0x140000, 0x148000, 0x150000, 0x158000)
DISABLE_REFRESH = 1023

_ROW_SELECT = one_hot(24)


class _Word(RangedInt, max=0xFFFFFFFF):
    """Contents of a register."""


class Value(RangedInt, max=1022):
    """Target value of a CapMem cell."""


class DisableRefresh(RangedInt, min=1023, max=1023):
    """Value of a cell that is not refreshed: its analog value drifts."""


Value.__qualname__ = "CapMemCell.Value"
DisableRefresh.__qualname__ = "CapMemCell.DisableRefresh"


class AnalogType(ValueType[Any]):
    """A CapMem value: `CapMemCell.Value`, or `CapMemCell.DisableRefresh`. Ints mean a Value."""

    min, max = 0, DISABLE_REFRESH
    numpy_dtype = np.uint64

    def from_raw(self, raw: int) -> Value | DisableRefresh:
        return DisableRefresh() if raw == DISABLE_REFRESH else Value._from_enum(raw)

    def to_raw(self, value: Any) -> int:
        kind = type(value)
        if kind is Value or kind is DisableRefresh:
            return value._e
        if kind is int and 0 <= value < DISABLE_REFRESH:
            return value
        return Value.coerce(value)._e

    def check_raw(self, raw: np.ndarray) -> np.ndarray:
        return (raw < 0) | (raw > DISABLE_REFRESH)

    def expected(self) -> str:
        return "CapMemCell.Value (range 0..1022) or CapMemCell.DisableRefresh"


ANALOG = AnalogType()


class CapMemCell(
    Container,
    coordinate=halco.CapMemCellOnDLS,
    words=1,
    differential=True,
    address=lambda e: np.take(CAPMEM, e // 3120) + 32 * (e % 130) + e % 3120 // 130,
    init=("value",),
):
    """One cell of the CapMem. Rows 0..7 are voltages, rows 8..23 currents."""

    Value = Value
    DisableRefresh = DisableRefresh
    value_type = Value | DisableRefresh

    value = field(ANALOG, 0, 0, 10, doc="target value, or DisableRefresh")  # type: ignore[arg-type]


class CapMemBlock(
    Composite,
    coordinate=halco.CapMemBlockOnDLS,
    parts=[Part("cells", CapMemCell, lambda e: 3120 * e[:, None] + np.arange(3120), count=3120)],
    differential=True,
):
    """All cells of a block."""

    cells = values_at(
        ANALOG, halco.CapMemCellOnCapMemBlock, lambda cls: ArrayLocation([ArrayPiece(*_CELLS, 0x3FF, 0)]),
        doc="target values",
    )

    def get_cell(self, coord: halco.CapMemCellOnCapMemBlock) -> Value | DisableRefresh:
        return self.cells[_on_block(coord)]

    def set_cell(self, coord: halco.CapMemCellOnCapMemBlock, value: Value | DisableRefresh | int) -> None:
        self.cells[_on_block(coord)] = value


_CELLS = (np.arange(3120), np.zeros(3120, dtype=np.int64))


def _on_block(coord: halco.CapMemCellOnCapMemBlock) -> halco.CapMemCellOnCapMemBlock:
    # A cell of the chip is a cell of a block, too; which block it is does not matter here.
    return coord.toCapMemCellOnCapMemBlock() if isinstance(coord, halco.CapMemCellOnDLS) else coord


class CapMemBlockConfig(
    Container,
    coordinate=halco.CapMemBlockConfigOnDLS,
    words=10,
    differential=True,
    unreadable_on=HARDWARE,
    address=lambda e: np.take(CAPMEM, e) + 0x4000,
    undriven={2: 0xFF1F0000},
):
    """Refresh, debug output and reference settings of one CapMem block."""

    class VRefSelect(IntEnum):
        """Selection for `CapMemBlockConfig`."""

        disabled = 0
        v_ref_v = 1
        v_ref_i = 2

    class IOutSelect(IntEnum):
        """Selection for `CapMemBlockConfig`."""

        disabled = 0
        i_out_mux = 1
        i_out_ramp = 2

    class OutAmpBias(RangedInt, max=15):
        """0..15."""

    class SourceFollowerBias(RangedInt, max=15):
        """0..15."""

    class LevelShifterBias(RangedInt, max=15):
        """0..15."""

    class VGlobalBias(RangedInt, max=15):
        """0..15."""

    class CurrentCellRes(RangedInt, max=63):
        """0..63."""

    class BoostFactor(RangedInt, max=15):
        """0..15."""

    class PrescalePause(RangedInt, max=6):
        """0..6."""

    class PrescaleRamp(RangedInt, max=6):
        """0..6."""

    class SubCounter(RangedInt, max=65535):
        """0..65535."""

    class PauseCounter(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class PulseA(RangedInt, max=65535):
        """0..65535."""

    class PulseB(RangedInt, max=65535):
        """0..65535."""

    class BoostA(RangedInt, max=65535):
        """0..65535."""

    class BoostB(RangedInt, max=65535):
        """0..65535."""

    # Words 0 and 1 select the cell, one-hot by row and by column number; they are zero when the readout is off. The
    # coordinate then lives on in bits that do not leave the image.
    _select = field(_Word, 0, 0, 24, doc="one-hot row select, row 0 highest")
    _column = field(_Word, 1, 0, 32, doc="column select")
    _kept_row = field(_Word, 2, 16, 5, doc="row of debug_capmem_coord")
    _kept_column = field(_Word, 2, 24, 8, doc="column of debug_capmem_coord")

    @property
    def debug_readout_enable(self) -> bool:
        """Route one cell to the debug output."""
        return self._mem[0] != 0

    @debug_readout_enable.setter
    def debug_readout_enable(self, value: bool) -> None:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"CapMemBlockConfig.debug_readout_enable: {value!r} is not accepted, expected a bool")
        self._mem[0] = _ROW_SELECT.encode(int(self._kept_row)) if value else 0
        self._mem[1] = int(self._kept_column) if value else 0

    @property
    def debug_capmem_coord(self) -> halco.CapMemCellOnCapMemBlock:
        """Cell selected for the debug readout."""
        return halco.CapMemCellOnCapMemBlock(halco.X(int(self._kept_column)), halco.Y(int(self._kept_row)))

    @debug_capmem_coord.setter
    def debug_capmem_coord(self, value: halco.CapMemCellOnCapMemBlock) -> None:
        if not isinstance(value, halco.CapMemCellOnCapMemBlock):
            raise TypeError(
                f"CapMemBlockConfig.debug_capmem_coord: {value!r} is not accepted, expected CapMemCellOnCapMemBlock"
            )
        enabled = self.debug_readout_enable
        self._kept_row = int(value.y())
        self._kept_column = int(value.x())
        self.debug_readout_enable = enabled

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        super()._clean(images)
        row = _ROW_SELECT.decode(images[:, 0].astype(np.int64))
        on = images[:, 0] != 0
        images[:, 0] = np.where(on, _ROW_SELECT.encode(row), 0)
        images[:, 1] = np.where(on, images[:, 1], 0)
        kept = row << 16 | (images[:, 1].astype(np.int64) & 0xFF) << 24
        images[:, 2] |= np.where(on, kept, 0).astype(np.uint32)

    @classmethod
    def _check(cls, images: np.ndarray) -> None:
        super()._check(images)
        highest = halco.CapMemColumnOnCapMemBlock.max
        column = int(images[:, 1].max(initial=0))
        if column > highest:
            raise DecodeError(f"CapMemBlockConfig: read back debug column {column}, expected 0..{highest}")

    debug_v_ref_select = field(VRefSelect, 2, 0, 2, doc="reference voltage put on the debug output")
    v_global_bias = field(
        VGlobalBias, 3, 0, 4, default=7,
        doc="global bias of the block (meaning inferred from the name; unsure)",
    )
    debug_level_shifter_bias = field(LevelShifterBias, 3, 4, 4, default=3, doc="bias of the debug level shifter")
    debug_source_follower_bias = field(SourceFollowerBias, 3, 8, 4, default=3, doc="bias of the debug source follower")
    debug_out_amp_bias = field(OutAmpBias, 3, 12, 4, default=7, doc="bias of the debug output amplifier")
    current_cell_res = field(
        CurrentCellRes, 4, 0, 6, default=8,
        doc="resistor setting of the current cells (meaning inferred from the name; unsure)",
    )
    debug_i_out_select = field(IOutSelect, 5, 0, 2, doc="current put on the debug output")
    sub_counter = field(
        SubCounter, 6, 0, 16, default=16,
        doc="sub-counter of the ramp cycle (meaning inferred from the name; unsure)",
    )
    enable_capmem = flag(6, 16, True, doc="run the refresh controller of the block")
    enable_boost = flag(6, 17, doc="boost mode on (meaning inferred from the name; unsure)")
    enable_autoboost = flag(6, 18, doc="automatic boost mode on (meaning inferred from the name; unsure)")
    prescale_ramp = field(
        PrescaleRamp, 6, 20, 4, default=3,
        doc="clock prescaler during the ramp (meaning inferred from the name; unsure)",
    )
    prescale_pause = field(
        PrescalePause, 6, 24, 4, default=3,
        doc="clock prescaler during the pause (meaning inferred from the name; unsure)",
    )
    boost_factor = field(BoostFactor, 6, 28, 4, doc="boost strength (meaning inferred from the name; unsure)")
    pulse_b = field(
        PulseB, 7, 0, 16, default=7,
        doc="second time mark of the write pulse (meaning inferred from the name; unsure)",
    )
    pulse_a = field(
        PulseA, 7, 16, 16, default=4,
        doc="first time mark of the write pulse (meaning inferred from the name; unsure)",
    )
    boost_b = field(
        BoostB, 8, 0, 16,
        doc="second time mark of the boost pulse (meaning inferred from the name; unsure)",
    )
    boost_a = field(
        BoostA, 8, 16, 16,
        doc="first time mark of the boost pulse (meaning inferred from the name; unsure)",
    )
    pause_counter = field(
        PauseCounter, 9, 0, 32, default=8096,
        doc="length of the pause between two refresh cycles (meaning inferred from the name; unsure)",
    )


class ReferenceGeneratorConfig(
    Container,
    coordinate=halco.ReferenceGeneratorConfigOnDLS,
    words=9,
    address=lambda e: 0xC0012 + 0 * e,
):
    """Reference currents of the chip. After power-up it is written with `enable_reset`, then without."""

    class CapMemAmplifier(RangedInt, max=63, default=40):
        """0..63."""

    class CapMemOffset(RangedInt, max=63, default=1):
        """0..63."""

    class CapMemSlope(RangedInt, max=63, default=11):
        """0..63."""

    class ReferenceControl(RangedInt, max=63, default=10):
        """0..63."""

    class ResistorControl(RangedInt, max=63, default=40):
        """0..63."""

    enable_internal_reference = flag(0, 12, True, doc="use the on-chip reference current generator")
    enable_reference_output = flag(0, 13, doc="output the reference current at a pad")
    enable_reference_input = flag(0, 14, doc="take the reference current from a pad")
    enable_reset = flag(0, 15, doc="reset of the generator resistor control; pulse it after power-up")
    reference_control = field(ReferenceControl, 1, 6, 6, doc="DAC code of the reference current")
    resistor_control = field(ResistorControl, 2, 0, 6, doc="resistor code of the generator")
    capmem_amplifier = array(
        CapMemAmplifier, halco.CapMemBlockOnDLS, [(3, 0), (3, 6), (4, 0), (4, 6)], width=6, default=40,
        doc="CapMem amplifier bias current per quadrant",
    )
    capmem_offset = array(
        CapMemOffset, halco.CapMemBlockOnDLS, [(5, 0), (5, 6), (6, 0), (6, 6)], width=6, default=1,
        doc="CapMem offset current per quadrant",
    )
    capmem_slope = array(
        CapMemSlope, halco.CapMemBlockOnDLS, [(7, 0), (7, 6), (8, 0), (8, 6)], width=6, default=11,
        doc="CapMem ramp slope current per quadrant",
    )


class CapMemSRAMTimingConfig(
    SRAMTimingConfig,
    coordinate=halco.CapMemSRAMTimingConfigOnDLS,
    words=2,
    address=lambda e: np.take(CAPMEM, e) + 0x2800,
    unreadable_on=SIMULATION,
):
    """SRAM timing of a CapMem block. Its controller Gray-codes what it receives."""

    read_delay = field(
        SRAMTimingConfig.ReadDelay, 0, 0, 8, default=8, word_codec=GRAY_WORD, doc="cycles until read data is valid"
    )
    address_setup_time = field(
        SRAMTimingConfig.AddressSetupTime, 1, 0, 4, default=1, word_codec=GRAY_WORD,
        doc="cycles from address to access",
    )
    write_width = field(
        SRAMTimingConfig.WriteWidth, 1, 4, 4, default=1, word_codec=GRAY_WORD, doc="length of the write pulse in cycles"
    )
