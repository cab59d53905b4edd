"""Synapse drivers."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import NO_TARGET, SIMULATION
from haldls.codec import inverted, reversed_bits
from haldls.container import Container
from haldls.field import field, flag, split
from haldls.sram import SRAMTimingConfig

SYNAPSE_DRIVERS = (0x110400, 0x118400)


class SynapseDriverConfig(
    Container,
    coordinate=halco.SynapseDriverOnDLS,
    words=3,
    differential=True,
    unreadable_on=SIMULATION,
    address=lambda e: np.take(SYNAPSE_DRIVERS, e // 128) + 4 * (e % 128),
):
    """Settings of a synapse driver: event filter, row modes, short-term plasticity, MAC (hagen) mode."""

    class Utilization(RangedInt, max=15):
        """0..15."""

    class Offset(RangedInt, max=15):
        """0..15."""

    class Recovery(RangedInt, max=15):
        """0..15."""

    class HagenDACOffset(RangedInt, max=63):
        """0..63."""

    class TargetVoltages(RangedInt, max=1):
        """0..1."""

    class RowAddressCompareMask(RangedInt, max=31, default=31):
        """0..31."""

    class RowMode(IntEnum):
        """Selection for `SynapseDriverConfig`."""

        disabled = 0
        excitatory = 1
        inhibitory = 2
        excitatory_and_inhibitory = 3

    utilization = field(Utilization, 0, 0, 4, doc="STP utilization strength")
    offset = field(Offset, 0, 4, 4, doc="calibration of the output (dacen) pulse length; larger = shorter")
    enable_hagen_dac = flag(0, 8, doc="switch on the DAC which turns the 5-bit activation into an STP voltage")
    row_address_compare_mask = field(
        RowAddressCompareMask, 0, 9, 5,
        doc="1 bits take part in the comparison of the event's row select address with the driver index on "
        "its PADI bus; 0 = driver listens to all",
    )
    enable_address_out = flag(
        0, 14, True, codec=inverted(1),
        doc="forward label bits 4:0 to the synapses (bit 5 is always forwarded); must be off for hagen mode",
    )
    enable_receiver = flag(0, 15, doc="listen to the PADI bus")
    recovery = field(Recovery, 1, 0, 4, codec=reversed_bits(4), doc="STP recovery time constant setting")
    row_mode_bottom = split(
        RowMode, [(1, 4, 1, 0), (1, 6, 1, 1)],
        doc="which synaptic input line(s) the bottom row (even SynapseRowOnSynram 2d) drives",
    )
    row_mode_top = split(
        RowMode, [(1, 5, 1, 0), (1, 7, 1, 1)],
        doc="same for the top row (odd SynapseRowOnSynram 2d+1)",
    )
    hagen_dac_offset = field(HagenDACOffset, 1, 8, 6, codec=inverted(6), doc="voltage offset of the hagen DAC")
    select_target_voltages = field(
        TargetVoltages, 2, 0, 1,
        doc="which pair of STP target voltages (v_charge/v_recover _0 or _1 of the CapMem block) is used",
    )
    enable_readout = flag(
        2, 1,
        doc="connect the STP voltage to the readout line of the hemisphere (shared by all drivers of the half)",
    )
    enable_renewing = flag(2, 2, doc="synapse renewing for sampling; circuit broken")
    enable_hagen_modulation = flag(
        2, 3,
        doc="pulse length depends on the event's 5-bit activation; additionally needs enable_hagen_dac, "
        "enable_stp and enable_address_out=False",
    )
    enable_stp = flag(2, 4, doc="short-term plasticity circuit on")
    enable_charge_sharing = flag(
        2, 6, codec=inverted(1),
        doc="larger utilization through charge sharing; circuit broken",
    )
    enable_recovery = flag(2, 7, doc="STP recovery circuit on")


class SynapseDriverSRAMTimingConfig(
    SRAMTimingConfig,
    coordinate=halco.SynapseDriverSRAMTimingConfigOnDLS,
    words=2,
    address=lambda e: np.take(SYNAPSE_DRIVERS, e) + 0x202,
    unreadable_on=NO_TARGET,
):
    """SRAM timing of the synapse drivers of a hemisphere."""

    read_delay = field(SRAMTimingConfig.ReadDelay, 0, 0, 8, default=192, doc="cycles until read data is valid")
