"""Links between FPGA and chip."""

from __future__ import annotations

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.container import FPGA, Container
from haldls.field import array, bits, field, flag


class PhyConfigBase(Container):
    """Settings that both sides of a link have."""

    class ManualDelay(RangedInt, max=15):
        """Delay line setting."""

    class VBias(RangedInt, max=7):
        """LVDS bias."""

    class DebugOutputs(RangedInt, max=1):
        """Debug output selection."""

    enable_bit_slip = flag(0, 0, doc="bit slip")
    manual_delay = field(ManualDelay, 0, 1, 4, doc="manual delay line setting")
    enable_delay_cell_measurement = flag(0, 5, doc="measure the delay cells")
    enable_initialization_master_mode = flag(0, 6, True, doc="this side leads the link initialisation")
    enable_manual_tx_data_valid_for_init = flag(0, 7, doc="manual data-valid during initialisation")
    enable_force_lvds_power_up = flag(0, 8, doc="force LVDS drivers on")
    enable_force_start = flag(0, 9, doc="force start")
    enable_manual_training_mode = flag(0, 10, doc="manual training")
    enable_ber_loopback = flag(0, 11, doc="bit error rate loopback")
    vbias = field(VBias, 0, 12, 3, default=4, doc="LVDS bias")
    debug_outputs = field(DebugOutputs, 0, 15, 1, doc="debug output selection")
    enable_transmission_without_idls_pattern = flag(0, 17, doc="do not insert idle patterns")
    enable_clock_pre_alignment = flag(0, 18, doc="clock pre-alignment")
    enable_des_recal = flag(0, 19, doc="deserialiser recalibration")
    enable_loopback_en = flag(0, 20, doc="loopback")
    enable_auto_init = flag(0, 21, True, doc="automatic link initialisation")


class PhyConfigFPGA(
    PhyConfigBase,
    coordinate=halco.PhyConfigFPGAOnDLS,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88006000 + e,
):
    """Link settings on the side of the FPGA."""


class PhyConfigChip(
    PhyConfigBase,
    coordinate=halco.PhyConfigChipOnDLS,
    words=1,
    read=0,
    backends=(Backend.JTAGPhyRegister,),
    word_bits=22,
    address=lambda e: 7 - e,
):
    """Link settings on the side of the chip, write only over JTAG; link n is JTAG register 7 - n."""

    enable_initialization_master_mode = flag(0, 6, doc="this side leads the link initialisation")


class CommonPhyConfigFPGA(
    Container,
    coordinate=halco.CommonPhyConfigFPGAOnDLS,
    words=1,
    backends=FPGA,
    address=lambda e: 0x88004000 + 0 * e,
):
    """Links that the FPGA uses."""

    enable_phy = array(
        bool, halco.PhyConfigFPGAOnDLS, bits(0, 0, 8), default=True,
        doc="link n enabled on the FPGA side; only through the methods",
    )

    def get_enable_phy(self, coord: halco.PhyConfigFPGAOnDLS) -> bool:
        return self.enable_phy[coord]

    def set_enable_phy(self, coord: halco.PhyConfigFPGAOnDLS, value: bool) -> None:
        self.enable_phy[coord] = value


class CommonPhyConfigChip(
    Container,
    coordinate=halco.CommonPhyConfigChipOnDLS,
    words=1,
    backends=(Backend.OmnibusChipOverJTAG,),
    address=lambda e: 0x40000 + 0 * e,
):
    """Links that the chip uses; link n is bit 7 - n."""

    enable_phy = array(
        bool, halco.PhyConfigChipOnDLS, [(0, 7), (0, 6), (0, 5), (0, 4), (0, 3), (0, 2), (0, 1), (0, 0)], default=True,
        doc="link n enabled on the chip side; only through the methods",
    )

    def get_enable_phy(self, coord: halco.PhyConfigChipOnDLS) -> bool:
        return self.enable_phy[coord]

    def set_enable_phy(self, coord: halco.PhyConfigChipOnDLS, value: bool) -> None:
        self.enable_phy[coord] = value


class PhyStatus(
    Container,
    coordinate=halco.PhyStatusOnFPGA,
    words=5,
    write=0,
    backends=FPGA,
    address=lambda e: (
        np.array([0x88004004, 0x8800400C, 0x88004014, 0x8800C000, 0x8800C001]) + e[:, None] * np.array([1, 1, 1, 2, 2])
    ),
):
    """Counters of one link."""

    class CRCErrorCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class OnlineTime(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class RxDroppedCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class RxCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class TxCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    crc_error_count = field(CRCErrorCount, 0, 0, 32, doc="CRC errors since reset")
    online_time = field(OnlineTime, 1, 0, 32, doc="cycles the link is up since reset")
    rx_dropped_count = field(RxDroppedCount, 2, 0, 32, doc="received words dropped")
    tx_count = field(TxCount, 3, 0, 32, doc="words sent to the chip")
    rx_count = field(RxCount, 4, 0, 32, doc="words received from the chip")


class HicannARQStatus(
    Container,
    coordinate=halco.HicannARQStatusOnFPGA,
    words=4,
    write=0,
    backends=FPGA,
    address=lambda e: 0x8800C010 + 0 * e,
):
    """Counters of the transport protocol between FPGA and chip."""

    class ReadCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class WriteCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class RxCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    class TxCount(RangedInt, max=0xffffffff):
        """0..4294967295."""

    write_count = field(
        WriteCount, 0, 0, 32,
        doc="words given to the ARQ by the FPGA (upstream test: one per Omnibus word read)",
    )
    tx_count = field(TxCount, 1, 0, 32, doc="words the ARQ actually sent FPGA -> chip (>= write_count)")
    rx_count = field(RxCount, 2, 0, 32, doc="words the ARQ actually received chip -> FPGA (>= read_count)")
    read_count = field(ReadCount, 3, 0, 32, doc="words delivered by the ARQ from the chip (one per read response)")
