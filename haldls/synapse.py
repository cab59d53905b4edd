"""Synapse arrays: weights, labels, calibration bits, column switches."""

from __future__ import annotations

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import NO_TARGET
from haldls.codec import WEIGHT
from haldls.composite import struct_array
from haldls.container import Container, Struct
from haldls.field import array, field, unplaced
from haldls.location import ArrayLocation, Location, piece

SYNRAM_CONFIG = (0x02000000, 0x03000000)
SYNAPSES = (0x02C00000, 0x03C00000)
CORRELATION_RESET = (0x02C90000, 0x03C90000)


class CommonSynramConfig(
    Container,
    coordinate=halco.CommonSynramConfigOnDLS,
    words=3,
    differential=True,
    address=lambda e: np.take(SYNRAM_CONFIG, e),
):
    """SRAM timing of a synapse array."""

    class PCConf(RangedInt, max=15, default=8):
        """0..15."""

    class WConf(RangedInt, max=255, default=3):
        """0..255."""

    class WaitCtrClear(RangedInt, max=7, default=4):
        """0..7."""

    pc_conf_west = field(PCConf, 0, 0, 4, doc="SRAM precharge setting left half; larger = shorter")
    pc_conf_east = field(PCConf, 0, 4, 4, doc="same, right half")
    w_conf_west = field(WConf, 1, 0, 8, doc="word line delay left half; larger = shorter")
    w_conf_east = field(WConf, 1, 8, 8, doc="same, right half")
    wait_ctr_clear = field(
        WaitCtrClear, 2, 0, 3,
        doc="wait counter reload of the SRAM controller (upstream gives no text; unsure)",
    )


class SynapseBiasSelection(
    Container,
    coordinate=halco.SynapseBiasSelectionOnDLS,
    words=1,
    unreadable_on=NO_TARGET,
    address=lambda e: 0x100000 + 0 * e,
):
    """Choice between the bias cells of the CapMem and external biases, per quadrant."""

    enable_internal_dac_bias = array(
        bool, halco.CapMemBlockOnDLS, [(0, 7), (0, 3), (0, 15), (0, 11)], default=True,
        doc="synapse DAC bias from CapMem (internal) per quadrant",
    )
    enable_internal_ramp_bias = array(
        bool, halco.CapMemBlockOnDLS, [(0, 6), (0, 2), (0, 14), (0, 10)], default=True,
        doc="correlation ramp bias internal per quadrant",
    )
    enable_internal_store_bias = array(
        bool, halco.CapMemBlockOnDLS, [(0, 5), (0, 1), (0, 13), (0, 9)], default=True,
        doc="correlation store bias internal per quadrant",
    )
    enable_internal_output_bias = array(
        bool, halco.CapMemBlockOnDLS, [(0, 4), (0, 0), (0, 12), (0, 8)], default=True,
        doc="correlation output bias internal per quadrant",
    )


class SynapseWeightQuad(
    Container,
    coordinate=halco.SynapseWeightQuadOnDLS,
    words=1,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 16384) + e % 16384,
):
    """Weights of four synapses. Entry 0 is the most significant byte."""

    class Value(RangedInt, max=63):
        """0..63."""

    values = array(
        Value, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=6, codec=WEIGHT,
        doc="6-bit weights",
    )


class SynapseLabelQuad(
    Container,
    coordinate=halco.SynapseLabelQuadOnDLS,
    words=1,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 16384) + 0x40000 + e % 16384,
):
    """Labels of four synapses. Entry 0 is the most significant byte."""

    Value = halco.SynapseLabel

    values = array(
        Value, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=6,
        doc="6-bit synapse labels, not permuted",
    )


class SynapseCorrelationCalibQuad(
    Container,
    coordinate=halco.SynapseCorrelationCalibQuadOnDLS,
    words=2,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 16384) + e % 16384,
    offsets=(0x10000, 0x20000),
):
    """Calibration bits of the correlation sensors of four synapses."""

    class TimeCalib(RangedInt, max=3):
        """0..3."""

    class AmpCalib(RangedInt, max=3):
        """0..3."""

    time_calibs = array(
        TimeCalib, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=2,
        doc="time constant trim; more bits set = shorter",
    )
    amp_calibs = array(
        AmpCalib, halco.EntryOnQuad, [(1, 24), (1, 16), (1, 8), (1, 0)], width=2,
        doc="amplitude trim; more bits set = lower",
    )


class SynapseQuad(
    Container,
    coordinate=halco.SynapseQuadOnDLS,
    words=2,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 16384) + 0xF0000 + 128 * (e % 16384 // 64) + e % 64,
    offsets=(0, 64),
):
    """All settings of four synapses, through the raw view of the array: two raw rows per synapse row."""

    Weight = SynapseWeightQuad.Value
    Label = SynapseLabelQuad.Value
    TimeCalib = SynapseCorrelationCalibQuad.TimeCalib
    AmpCalib = SynapseCorrelationCalibQuad.AmpCalib

    weights = array(
        Weight, halco.EntryOnQuad, [(0, 24), (0, 16), (0, 8), (0, 0)], width=6, codec=WEIGHT,
        doc="6-bit weights",
    )
    time_calibs = array(
        TimeCalib, halco.EntryOnQuad, [(0, 30), (0, 22), (0, 14), (0, 6)], width=2,
        doc="correlation time constant trim",
    )
    labels = array(Label, halco.EntryOnQuad, [(1, 24), (1, 16), (1, 8), (1, 0)], width=6, doc="6-bit labels")
    amp_calibs = array(
        AmpCalib, halco.EntryOnQuad, [(1, 30), (1, 22), (1, 14), (1, 6)], width=2,
        doc="correlation amplitude trim",
    )


def _entries(word: int, bit: int) -> ArrayLocation:
    """One bit of each byte of a word; entry 0 is the most significant byte."""
    return ArrayLocation.of([Location([piece(word, 24 - 8 * i + bit, 1)]) for i in range(4)])


class ColumnCorrelationQuad(
    Container,
    coordinate=halco.ColumnCorrelationQuadOnDLS,
    words=4,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 64) + e % 64,
    # Raw rows 514 and 515, and the row behind the last one in the weight and in the label space.
    offsets=(0xF8080, 0xF80C0, 0x4000, 0x44000),
):
    """Connections of the correlation and neuron readout lines of four columns to the CADC and the debug lines.

    A neuron is read out either by the CADC or through the shared readout lines, not both.
    """

    class ColumnCorrelationSwitch(Struct):
        """Switches of one column."""

        enable_internal_causal = unplaced(bool, doc="connect the causal column line to its CADC channel")
        enable_internal_acausal = unplaced(bool, doc="connect the acausal column line to its CADC channel")
        enable_debug_causal = unplaced(bool, doc="connect the causal CADC channel to the debug line")
        enable_debug_acausal = unplaced(bool, doc="connect the acausal CADC channel to the debug line")
        enable_cadc_neuron_readout_causal = unplaced(bool, doc="connect the neuron to the causal column line")
        enable_cadc_neuron_readout_acausal = unplaced(bool, doc="connect the neuron to the acausal column line")

    switches = struct_array(
        ColumnCorrelationSwitch,
        halco.EntryOnQuad,
        doc="switches of the four columns",
        enable_internal_causal=_entries(0, 6),
        enable_internal_acausal=_entries(0, 7),
        enable_debug_causal=_entries(1, 6),
        enable_debug_acausal=_entries(1, 7),
        enable_cadc_neuron_readout_causal=_entries(2, 5),
        enable_cadc_neuron_readout_acausal=_entries(3, 5),
    )

    def get_switch(self, correlation_switch: halco.EntryOnQuad) -> ColumnCorrelationQuad.ColumnCorrelationSwitch:
        """Copy of the switches of one column."""
        return self.switches[correlation_switch].copy()

    def set_switch(
        self, correlation_switch: halco.EntryOnQuad, value: ColumnCorrelationQuad.ColumnCorrelationSwitch
    ) -> None:
        self.switches[correlation_switch] = value


class ColumnCurrentQuad(
    Container,
    coordinate=halco.ColumnCurrentQuadOnDLS,
    words=2,
    differential=True,
    address=lambda e: np.take(SYNAPSES, e // 64) + e % 64,
    offsets=(0x14000, 0x24000),
):
    """Connections of the synaptic currents of four columns to the neuron and to the debug lines."""

    class ColumnCurrentSwitch(Struct):
        """Switches of one column."""

        enable_synaptic_current_excitatory = unplaced(bool, doc="connect the excitatory line to the neuron")
        enable_synaptic_current_inhibitory = unplaced(bool, doc="connect the inhibitory line to the neuron")
        enable_debug_excitatory = unplaced(bool, doc="connect the excitatory line to the debug line")
        enable_debug_inhibitory = unplaced(bool, doc="connect the inhibitory line to the debug line")

    switches = struct_array(
        ColumnCurrentSwitch,
        halco.EntryOnQuad,
        doc="switches of the four columns",
        enable_synaptic_current_excitatory=_entries(0, 0),
        enable_synaptic_current_inhibitory=_entries(0, 1),
        enable_debug_excitatory=_entries(1, 0),
        enable_debug_inhibitory=_entries(1, 1),
    )

    def get_switch(self, current_switch: halco.EntryOnQuad) -> ColumnCurrentQuad.ColumnCurrentSwitch:
        """Copy of the switches of one column."""
        return self.switches[current_switch].copy()

    def set_switch(self, current_switch: halco.EntryOnQuad, value: ColumnCurrentQuad.ColumnCurrentSwitch) -> None:
        self.switches[current_switch] = value
