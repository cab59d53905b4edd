"""Readout: source multiplexers, pads, current source."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

import halco
from halco.core import RangedInt
from haldls.codec import CURRENT_DAC
from haldls.composite import struct_array
from haldls.container import Container, Struct
from haldls.field import array, field, flag, split, unplaced, unplaced_array
from haldls.location import ArrayLocation, ArrayPiece


class PadMultiplexerConfig(
    Container,
    coordinate=halco.PadMultiplexerConfigOnDLS,
    words=2,
    address=lambda e: 0xC000E + 2 * e,
):
    """Direct (unbuffered) paths from internal signals to one of the two pads."""

    cadc_v_ramp_mux = array(
        bool, halco.CapMemBlockOnDLS, [(0, 3), (0, 2), (0, 1), (0, 0)],
        doc="select CADC ramp voltage of quadrants",
    )
    cadc_v_ramp_mux_to_pad = flag(0, 4, doc="that multiplexer to the pad")
    capmem_i_out_mux = array(
        bool, halco.CapMemBlockOnDLS, [(0, 8), (0, 7), (0, 6), (0, 5)],
        doc="select CapMem current debug output of quadrants",
    )
    capmem_i_out_mux_to_capmem_intermediate_mux = flag(
        0, 9,
        doc="that multiplexer to the CapMem intermediate multiplexer",
    )
    capmem_intermediate_mux_to_pad = flag(0, 10, doc="CapMem intermediate multiplexer to the pad")
    capmem_v_out_mux = array(
        bool, halco.CapMemBlockOnDLS, [(0, 14), (0, 13), (0, 12), (0, 11)],
        doc="select CapMem voltage debug output of quadrants",
    )
    capmem_v_out_mux_to_capmem_intermediate_mux = flag(
        0, 15,
        doc="that multiplexer to the CapMem intermediate multiplexer",
    )
    capmem_v_ref_mux = array(
        bool, halco.CapMemBlockOnDLS, [(1, 3), (1, 2), (1, 1), (1, 0)],
        doc="select CapMem reference voltage of quadrants",
    )
    capmem_v_ref_mux_to_capmem_intermediate_mux = flag(
        1, 4,
        doc="that multiplexer to the CapMem intermediate multiplexer",
    )
    neuron_i_stim_mux = array(
        bool, halco.HemisphereOnDLS, [(1, 5), (1, 6)],
        doc="select the unbuffered membrane access line of a hemisphere",
    )
    cadc_debug_causal_to_synapse_intermediate_mux = flag(
        1, 7,
        doc="causal CADC debug line to the synapse intermediate multiplexer",
    )
    cadc_debug_acausal_to_synapse_intermediate_mux = flag(
        1, 8,
        doc="acausal CADC debug line to the synapse intermediate multiplexer",
    )
    synin_debug_inhibitory_to_synapse_intermediate_mux = flag(
        1, 9,
        doc="inhibitory synaptic input debug line to the synapse intermediate multiplexer",
    )
    synin_debug_excitatory_to_synapse_intermediate_mux = flag(
        1, 10,
        doc="excitatory synaptic input debug line to the synapse intermediate multiplexer",
    )
    synapse_intermediate_mux_to_pad = flag(1, 11, doc="synapse intermediate multiplexer to the pad")
    buffer_to_pad = array(
        bool, halco.SourceMultiplexerOnReadoutSourceSelection, [(1, 13), (1, 12)],
        doc="voltage readout buffer to the pad",
    )
    debug_to_pad = flag(1, 14, doc="debug line to the pad (debug_plus on pad 0, debug_minus on pad 1)")
    neuron_i_stim_mux_to_pad = flag(1, 15, doc="membrane access multiplexer to the pad")


class CurrentDAC(Container, coordinate=halco.CurrentDACOnDLS, words=1, address=lambda e: 0xC000B + 0 * e):
    """Current source that can be connected to neurons or to the synaptic input lines.

    `connect_synapse` is wired by number: entry 0 drives the line that the hardware calls inhibitory.
    """

    class Current(RangedInt, max=255):
        """0..255."""

    class Sign(IntEnum):
        """Selection for `CurrentDAC`."""

        source = 0
        sink = 1

    current = split(Current, [(0, 0, 6, 0), (0, 8, 3, 6)], codec=CURRENT_DAC, doc="DAC code")
    sign = field(Sign, 0, 6, 1, doc="source or sink current")
    enable_current = flag(0, 7, doc="current source on")
    connect_neuron = array(
        bool, halco.HemisphereOnDLS, [(0, 11), (0, 12)],
        doc="connect to the neuron stimulus line of the hemisphere",
    )
    connect_synapse = array(
        bool, halco.SynapticInputOnNeuron, [(0, 13), (0, 14)],
        doc="connect to a synaptic debug line; see notes on naming",
    )


def _mux(bit: int) -> ArrayLocation:
    """A bit of both words, one word per source multiplexer."""
    return ArrayLocation([ArrayPiece(np.array([0, 1]), np.array([bit, bit]), 1, 0)])


def _mux_hemispheres(top: int, bottom: int) -> ArrayLocation:
    return ArrayLocation([ArrayPiece(np.array([[0, 0], [1, 1]]), np.array([[top, bottom], [top, bottom]]), 1, 0)])


class ReadoutSourceSelection(
    Container, coordinate=halco.ReadoutSourceSelectionOnDLS, words=2, address=lambda e: 0xC000C + 0 * e
):
    """Signals that the two source multiplexers select, and their output buffers."""

    class SourceMultiplexer(Struct):
        """Inputs of one source multiplexer."""

        debug_plus = unplaced(bool, doc="debug line plus")
        debug_minus = unplaced(bool, doc="debug line minus")
        current_dac = unplaced(bool, doc="current source")
        synin_debug_inhibitory = unplaced(bool, doc="inhibitory synaptic debug line")
        synin_debug_excitatory = unplaced(bool, doc="excitatory synaptic debug line")
        cadc_debug_causal = unplaced(bool, doc="causal CADC debug line")
        cadc_debug_acausal = unplaced(bool, doc="acausal CADC debug line")
        synapse_driver_debug = unplaced_array(bool, halco.HemisphereOnDLS, doc="synapse driver readout line")
        neuron_odd = unplaced_array(bool, halco.HemisphereOnDLS, doc="readout line of the neurons in odd columns")
        neuron_even = unplaced_array(bool, halco.HemisphereOnDLS, doc="readout line of the neurons in even columns")

    buffers = struct_array(
        SourceMultiplexer,
        halco.SourceMultiplexerOnReadoutSourceSelection,
        doc="selections of the two multiplexers",
        debug_plus=_mux(0),
        debug_minus=_mux(1),
        current_dac=_mux(2),
        synin_debug_inhibitory=_mux(3),
        synin_debug_excitatory=_mux(4),
        cadc_debug_causal=_mux(5),
        cadc_debug_acausal=_mux(6),
        synapse_driver_debug=_mux_hemispheres(7, 8),
        neuron_odd=_mux_hemispheres(9, 11),
        neuron_even=_mux_hemispheres(10, 12),
    )
    enable_buffer_to_pad = array(
        bool, halco.SourceMultiplexerOnReadoutSourceSelection, [(1, 14), (1, 13)],
        doc="output buffer of the multiplexer towards the pads on",
    )

    def get_buffer(
        self, buffer: halco.SourceMultiplexerOnReadoutSourceSelection
    ) -> ReadoutSourceSelection.SourceMultiplexer:
        """Copy of the selection of one multiplexer."""
        return self.buffers[buffer].copy()

    def set_buffer(
        self,
        buffer: halco.SourceMultiplexerOnReadoutSourceSelection,
        value: ReadoutSourceSelection.SourceMultiplexer,
    ) -> None:
        self.buffers[buffer] = value
