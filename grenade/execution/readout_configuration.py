"""Configuration of the analog readout: CADC, MADC, pads, and what plasticity rules see of the neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import halco
import lola
from grenade.execution.requests import Requests

_COLUMNS, _CIRCUITS = 256, 512

_BUFFERED = 2
"""Signal at a pad besides the unbuffered lines of the hemispheres 0 and 1."""

Found = Sequence[tuple[int, Any]]
"""Descriptors and vertices of one type."""

FIXED_MADC_VALUES = {
    "dynamic_mux": {"i_bias": 500},
    "madc": {"in_500na": 500},
    "madc_preamp": {"i_bias": 500, "v_ref": 400},
    "pseudo_diff_converter": {"buffer_bias": 0, "v_ref": 400},
    "source_measure_unit": {"amp_v_ref": 400, "test_voltage": 400},
}
"""CapMem codes of the readout chain that recordings of the MADC need, by part of the chain."""

PAD_BUFFER_BIAS = 1022
"""CapMem code of the bias of the buffers towards the pads."""


class ReadoutConfiguration:
    """Settings of the readout, gathered from all vertices before they are written.

    A shared line connects the neurons in even, another one those in odd columns of a hemisphere with two source
    multiplexers. Only one neuron may be on a line, and a multiplexer has one source; both may have several users.

    Parameters
    ----------
    describe : callable
        Gives the name of a vertex, for messages, from its descriptor.
    """

    def __init__(self, describe: Callable[[int], str]) -> None:
        self._sources = Requests("readout sources of neuron circuit {}", describe)
        line = "(2 * hemisphere + parity of the column)"
        self._lines = Requests(f"neuron circuits on readout line {{}} {line}", describe)
        self._unbuffered = Requests("neuron circuits on the unbuffered readout line of hemisphere {}", describe)
        self._muxes = Requests(f"readout lines {line} at source multiplexer {{}}", describe)
        self._pads = Requests("signals at pad {} (0, 1: hemisphere, unbuffered; 2: buffered)", describe)
        self._amplified = np.zeros(_CIRCUITS, bool)
        self._madc: Any = None
        self._correlation = False

    def add_cadc(self, found: Found) -> None:
        """Neurons that the CADC reads: the source, and the amplifier on."""
        for descriptor, view in found:
            for columns, sources in zip(view.columns, view.sources, strict=True):
                self._read(descriptor, _COLUMNS * view.synram._e + columns, sources)

    def add_madc(self, found: Found) -> None:
        """Neurons that the MADC reads: the way through the source multiplexers, the first source at multiplexer 0."""
        for descriptor, view in found:
            self._madc = view
            for mux, source in enumerate((view.first, view.second)):
                if source is not None:
                    self._buffer(descriptor, source, mux)

    def add_pads(self, found: Found) -> None:
        """Neurons at the pads, behind the buffers of the source multiplexers or without a buffer."""
        for descriptor, view in found:
            pad = view.coordinate._e
            if view.source.enable_buffered:
                self._pads.add(descriptor, [pad], _BUFFERED)
                self._buffer(descriptor, view.source, pad)
            else:
                circuit = view.source.coordinate._e
                self._pads.add(descriptor, [pad], circuit // _COLUMNS)
                self._unbuffered.add(descriptor, [circuit // _COLUMNS], circuit)

    def add_plasticity_rules(self, found: Found) -> None:
        """Correlation sensors, and neurons for which a rule names a source."""
        for descriptor, rule in found:
            self._correlation = True
            for view in rule.neuron_views:
                named = [i for i, source in enumerate(view.readout_sources) if source is not None]
                if named:
                    circuits = _COLUMNS * view.row._e + view.columns[named]
                    self._read(descriptor, circuits, [view.readout_sources[i] for i in named])

    def apply(self, chip: lola.Chip) -> None:
        """Write the settings.

        Raises
        ------
        ConfigurationConflict
            Two vertices need different values of one setting.
        """
        self._apply_neurons(chip)
        self._apply_lines(chip)
        if self._madc is not None:
            self._apply_madc(chip.readout_chain)
        if self._pads:
            self._apply_pads(chip.readout_chain)
        if self._correlation:
            for chain in chip.cadc_readout_chains:
                for channels in (chain.channels_causal.columns, chain.channels_acausal.columns):
                    channels.enable_connect_correlation = True

    def _read(self, descriptor: int, circuits: Any, sources: Any) -> None:
        self._sources.add(descriptor, circuits, [int(source) for source in sources])
        self._amplified[circuits] = True

    def _buffer(self, descriptor: int, source: Any, mux: int) -> None:
        circuit = source.coordinate._e
        line = 2 * (circuit // _COLUMNS) + circuit % 2
        self._read(descriptor, [circuit], [source.type])
        self._lines.add(descriptor, [line], circuit)
        self._muxes.add(descriptor, [mux], line)

    def _apply_neurons(self, chip: lola.Chip) -> None:
        if not self._amplified.any() and not self._unbuffered:
            return
        readout = chip.neuron_block.atomic_neurons.columns.readout
        circuits, sources = self._sources.resolve()
        if len(circuits):
            source, amplifier = readout.source, readout.enable_amplifier
            source[circuits], amplifier[circuits] = sources, True
            readout.source, readout.enable_amplifier = source, amplifier
        for name, requests in (
            ("enable_buffered_access", self._lines), ("enable_unbuffered_access", self._unbuffered)
        ):
            _, circuits = requests.resolve()
            if len(circuits):
                access = getattr(readout, name)
                access[circuits] = True
                setattr(readout, name, access)

    def _apply_lines(self, chip: lola.Chip) -> None:
        chain = chip.readout_chain
        for mux, line in zip(*self._muxes.resolve(), strict=True):
            hemisphere, odd = divmod(int(line), 2)
            inputs = chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(int(mux))]
            for lines, selected in ((inputs.neuron_even, not odd), (inputs.neuron_odd, bool(odd))):
                lines.fill(False)
                lines[halco.HemisphereOnDLS(hemisphere)] = selected
            chain.buffer_to_pad[halco.SourceMultiplexerOnReadoutSourceSelection(int(mux))].enable = True

    def _apply_madc(self, chain: Any) -> None:
        chain.dynamic_mux.initially_selected_input = self._madc.initial
        chain.dynamic_mux.input_select_length = self._madc.period
        for part, values in FIXED_MADC_VALUES.items():
            for name, value in values.items():
                setattr(getattr(chain, part), name, value)

    def _apply_pads(self, chain: Any) -> None:
        for pad, signal in zip(*self._pads.resolve(), strict=True):
            switches = chain.pad_mux[halco.PadMultiplexerConfigOnDLS(int(pad))]
            if signal == _BUFFERED:
                switches.buffer_to_pad[halco.SourceMultiplexerOnReadoutSourceSelection(int(pad))] = True
            else:
                switches.neuron_i_stim_mux[halco.HemisphereOnDLS(int(signal))] = True
                switches.neuron_i_stim_mux_to_pad = True
        for buffer in chain.buffer_to_pad:
            buffer.amp_i_bias = PAD_BUFFER_BIAS
