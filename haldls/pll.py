"""Clock generation."""

from __future__ import annotations

from enum import IntEnum

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.codec import inverted, offset_by
from haldls.composite import struct_array
from haldls.constants import NOMINAL_PLL_F_REFERENCE
from haldls.container import Container, Struct
from haldls.errors import FieldValueError
from haldls.field import field, flag, unplaced
from haldls.location import ArrayLocation, Location, piece


class ADPLL(
    Container,
    coordinate=halco.ADPLLOnDLS,
    words=2,
    address={
        Backend.JTAGPLLRegister: lambda e: 2 * e,
        Backend.OmnibusChipOverJTAG: lambda e: 0x80000 + 2 * e,
    },
):
    """A phase-locked loop. The default back end is JTAG: safe while the Omnibus clock changes, but write only."""

    class LoopFilterInt(RangedInt, min=1, max=31, default=2):
        """1..31."""

    class LoopFilterProp(RangedInt, min=1, max=31, default=8):
        """1..31."""

    class LoopDivN(RangedInt, min=1, max=31, default=10):
        """1..31."""

    class CoreDivM0(RangedInt, min=1, max=31):
        """1..31."""

    class CoreDivM1(RangedInt, min=1, max=31, default=2):
        """1..31."""

    class PreDivP0(RangedInt, min=2, max=4):
        """2..4."""

    class PreDivP1(RangedInt, min=2, max=4):
        """2..4."""

    class PreDivP2(RangedInt, min=2, max=4):
        """2..4."""

    class Tune(RangedInt, max=4095, default=512):
        """0..4095."""

    class DcoPowerSwitch(RangedInt, max=63, default=63):
        """0..63."""

    class FilterShift(RangedInt, max=3, default=3):
        """0..3."""

    class Output(IntEnum):
        """Selection for `ADPLL`."""

        core_0 = 0
        core_1 = 1
        dco = 2

    loop_filter_int = field(LoopFilterInt, 0, 0, 5, doc="integral coefficient of the loop filter")
    loop_filter_prop = field(LoopFilterProp, 0, 5, 5, doc="proportional coefficient")
    loop_div_n = field(LoopDivN, 0, 10, 5, doc="N, loop divider")
    core_div_m0 = field(CoreDivM0, 0, 15, 5, doc="M0, divider of output core_0")
    core_div_m1 = field(CoreDivM1, 0, 20, 5, doc="M1, divider of output core_1")
    pre_div_p0 = field(PreDivP0, 0, 25, 2, codec=offset_by(-1, "minus one"), doc="P0, loop pre-divider")
    pre_div_p1 = field(PreDivP1, 0, 27, 2, codec=offset_by(-1, "minus one"), doc="P1, pre-divider of the core outputs")
    pre_div_p2 = field(PreDivP2, 0, 29, 2, codec=offset_by(-1, "minus one"), doc="P2, divider of output dco")
    tune = field(Tune, 1, 0, 12, doc="DCO tune value")
    dco_power_switch = field(DcoPowerSwitch, 1, 12, 6, doc="number of active DCO power switches")
    open_lock = flag(1, 18, doc="DCO open loop")
    enforce_lock = flag(1, 19, True, doc="treat as locked")
    pfd_select = flag(1, 20, doc="phase detector synchroniser selection")
    lock_window = flag(1, 21, doc="lock detection window, false long, true short")
    filter_shift = field(FilterShift, 1, 22, 2, doc="filter gain 2^n during lock-in")
    enable_output_clock = flag(1, 24, True, codec=inverted(1), doc="output clock on")
    enable = flag(1, 30, True, doc="ADPLL on")
    use_external_config = flag(
        1, 31, True,
        doc="use this register instead of the hard-wired default (no text upstream; inference from the name)",
    )

    def calculate_output_frequency(self, output: ADPLL.Output, f_ref: float = NOMINAL_PLL_F_REFERENCE) -> float:
        """Frequency of an output in Hz; `f_ref` is the reference frequency in Hz."""
        f_dco = int(self.pre_div_p0) * int(self.loop_div_n) * f_ref
        if output is ADPLL.Output.dco:
            return f_dco / int(self.pre_div_p2)
        divider = self.core_div_m0 if output is ADPLL.Output.core_0 else self.core_div_m1
        return f_dco / (int(self.pre_div_p1) * int(divider))


def _outputs(bit: int, width: int) -> ArrayLocation:
    """Bits of the four outputs, one byte each."""
    return ArrayLocation.of([Location([piece(0, 8 * i + bit, width)]) for i in range(4)])


class PLLClockOutputBlock(
    Container,
    coordinate=halco.PLLClockOutputBlockOnDLS,
    words=1,
    address={
        Backend.JTAGPLLRegister: lambda e: 4 + 0 * e,
        Backend.OmnibusChipOverJTAG: lambda e: 0x80004 + 0 * e,
    },
):
    """Sources of the clocks of the chip."""

    class ClockOutput(Struct):
        """Source of one clock."""

        enable_output = unplaced(bool, default=True, doc="clock on")
        enable_bypass = unplaced(bool, doc="reference clock instead of a PLL output")
        select_adpll = unplaced(halco.ADPLLOnDLS, doc="which PLL")
        select_adpll_output = unplaced(ADPLL.Output, default=ADPLL.Output.core_0, doc="which of its outputs")

    clock_outputs = struct_array(
        ClockOutput,
        halco.PLLClockOutputOnDLS,
        doc="sources of the four clocks",
        defaults={
            "select_adpll": [0, 0, 1, 0],
            "select_adpll_output": [0, 0, ADPLL.Output.core_1, ADPLL.Output.dco],
        },
        enable_output=_outputs(0, 1),
        enable_bypass=_outputs(1, 1),
        select_adpll=_outputs(2, 1),
        select_adpll_output=_outputs(3, 2),
    )
    _spl1_from_madc = flag(0, 31, doc="clock of the event network: false phy_ref_clk, true madc_clk")

    @property
    def spl1_source(self) -> halco.PLLClockOutputOnDLS:
        """Clock of the event network, phy_ref_clk or madc_clk; it runs at half the frequency."""
        output = halco.PLLClockOutputOnDLS
        return output.madc_clk if self._spl1_from_madc else output.phy_ref_clk

    @spl1_source.setter
    def spl1_source(self, value: halco.PLLClockOutputOnDLS) -> None:
        output = halco.PLLClockOutputOnDLS
        if value not in (output.phy_ref_clk, output.madc_clk):
            raise FieldValueError(
                f"PLLClockOutputBlock.spl1_source: {value!r} is not accepted, expected phy_ref_clk or madc_clk"
            )
        self._spl1_from_madc = value == output.madc_clk

    def get_clock_output(self, coord: halco.PLLClockOutputOnDLS) -> PLLClockOutputBlock.ClockOutput:
        """Copy of the source of one clock."""
        return self.clock_outputs[coord].copy()

    def set_clock_output(
        self, coord: halco.PLLClockOutputOnDLS, config: PLLClockOutputBlock.ClockOutput
    ) -> None:
        self.clock_outputs[coord] = config


class PLLSelfTest(
    Container,
    coordinate=halco.PLLSelfTestOnDLS,
    words=1,
    address={
        Backend.JTAGPLLRegister: lambda e: 5 + 0 * e,
        Backend.OmnibusChipOverJTAG: lambda e: 0x80005 + 0 * e,
    },
):
    """Comparison of a clock with the reference: counts to about f_clk / f_ref * 2**(p + 2)."""

    class PreScalerP(RangedInt, max=15):
        """0..15."""

    class CheckRange(RangedInt, max=15):
        """0..15."""

    class CheckValue(RangedInt, max=0xfffff):
        """0..1048575."""

    clock_enable = flag(
        0, 0,
        doc="true runs the self test; must have been written false before (so a false -> true change starts it)",
    )
    pre_scaler_p = field(PreScalerP, 0, 1, 4, doc="counting window 2^(p+2) reference cycles")
    select_source = field(halco.PLLClockOutputOnDLS, 0, 5, 2, doc="clock output under test")
    check_range = field(CheckRange, 0, 8, 4, doc="accepted deviation")
    check_value = field(CheckValue, 0, 12, 20, doc="expected count = f_clk/f_ref * 2^(p+2)")


class PLLSelfTestStatus(
    Container,
    coordinate=halco.PLLSelfTestStatusOnDLS,
    words=1,
    write=0,
    backends=(Backend.OmnibusChipOverJTAG,),
    address=lambda e: 0x80007 + 0 * e,
):
    """Result of the self test."""

    class CounterValue(RangedInt, max=0xfffff):
        """0..1048575."""

    counter_value = field(CounterValue, 0, 0, 20, doc="measured count")
    finished = flag(0, 20, doc="test done (reliable only for the first test after power-up)")
    success = flag(0, 21, doc="abs(count - check_value) <= check_range")
