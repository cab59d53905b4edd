"""Who is connected to whom in the analog readout: membrane ADC, pads, debug lines, column ADC.

Everything follows from the registers. Signals that meet on a wire are listed; what voltage they make together is what
`line_voltage` says. Numbers of circuits are those of `AtomicNeuronOnDLS` (row * 256 + column).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

import halco
import haldls
from chipsim.cells import Reader, read_block_cells, read_columns, read_single_cells
from chipsim.die import QUADRANT_OF_CIRCUIT, Array
from chipsim.switches import ColumnSwitches, read_switches
from haldls.errors import DecodeError


class Kind(IntEnum):
    """What a signal is, and what the numbers of its members mean."""

    NEURON = 0
    """Readout amplifier of a circuit."""
    DRIVER = 1
    """STP voltage of a synapse driver, 128 * hemisphere + driver."""
    CAPMEM = 2
    """Voltage cell, number of a `CapMemCellOnDLS`."""
    PAD = 3
    """What the board drives at a pad."""
    CURRENT_DAC = 4
    """The current source; it has no voltage of its own."""
    MEMBRANE = 5
    """Membrane of a circuit without amplifier."""
    LINE_EXC = 6
    """Excitatory synaptic line of a circuit."""
    LINE_INH = 7


STRENGTH = {
    Kind.PAD: 2,  # a voltage source on the board
    Kind.NEURON: 1,  # amplifiers on the chip
    Kind.DRIVER: 1,
    Kind.CAPMEM: 1,
    Kind.CURRENT_DAC: 0,
    Kind.MEMBRANE: 0,  # capacitors
    Kind.LINE_EXC: 0,
    Kind.LINE_INH: 0,
}
"""Who wins on a wire. Equals are shorted: the wire has their mean."""


class Channel(IntEnum):
    """What a channel of the column ADC converts."""

    NOTHING = 0
    NEURON = 1
    DEBUG = 2
    CORRELATION = 3


@dataclass(frozen=True)
class Source:
    """Signals of one kind on a wire."""

    kind: Kind
    members: tuple[int, ...]


Wire = tuple[Source, ...]
"""All signals that meet on a wire; empty for one that floats."""


@dataclass(frozen=True)
class ReadoutState:
    """Connections of the analog readout."""

    madc: tuple[Wire, Wire]
    """Input of the membrane ADC while it listens to source multiplexer 0 or 1."""
    pads: tuple[Wire, Wire]
    """Both pads, `Kind.PAD` included."""
    cadc_debug: tuple[Wire, Wire]
    """Causal and acausal debug line of the column ADC."""
    synin_debug: tuple[Wire, Wire]
    """Debug lines of the excitatory and of the inhibitory synaptic lines."""
    neuron_lines: tuple[tuple[Wire, Wire], tuple[Wire, Wire]]
    """Shared readout lines: hemisphere, then even or odd columns. Circuits that share one are shorted, also for the
    column ADC."""
    synapse_lines: Array
    """bool (2, 2, 256): hemisphere, excitatory or inhibitory, column: the line is on its debug line."""
    cadc: Array
    """uint8 (2, 2, 256), `Channel`: hemisphere, causal or acausal, column."""


def line_voltage(wire: Wire, voltage: Callable[[Kind, int], float | None]) -> float | None:
    """Voltage of a wire.

    Parameters
    ----------
    wire : Wire
        Signals that meet there.
    voltage : callable
        V of a signal by its kind and number, None for one that is not driven.

    Returns
    -------
    float or None
        Mean of the strongest ones that are driven, V; None for a wire that floats.
    """
    strengths: dict[int, list[float]] = {}
    for source in wire:
        values = (voltage(source.kind, member) for member in source.members)
        strengths.setdefault(STRENGTH[source.kind], []).extend(v for v in values if v is not None)
    for strength in sorted(strengths, reverse=True):
        if strengths[strength]:
            return sum(strengths[strength]) / len(strengths[strength])
    return None


_PATH_BIASES = ("readout_ac_mux_i_bias", "readout_sc_amp_i_bias", "readout_madc_in_500na")
"""Cells that the way from the source multiplexers to the membrane ADC needs."""
_PAD_BIASES = ("readout_out_amp_i_bias_0", "readout_out_amp_i_bias_1")
_DRIVER_BIASES = ("stp_ibias_readout_top", "stp_ibias_readout_bottom")
_BIASES = _PATH_BIASES + _PAD_BIASES + _DRIVER_BIASES

_LAST_VOLTAGE_ROW = 7

_CAUSAL, _ACAUSAL, _EXC, _INH = "CADC causal", "CADC acausal", "synin exc", "synin inh"
_BLOCKS = ("cells 0", "cells 1", "cells 2", "cells 3")
STIMULI = ("stimulus 0", "stimulus 1")
"""Lines of the unbuffered access to membranes, one of each hemisphere."""
SYNIN_DEBUG = (_EXC, _INH)
"""Debug lines of the synaptic lines."""
_CURRENT_DAC = "current DAC"
_DEBUG_LINES = ("debug plus", "debug minus")

# Switches of a pad multiplexer: field, and what it connects; {p} is the number of the pad. The fields with a key have
# one switch for each of the wires on the left.
PAD_SWITCHES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("capmem_v_out_mux", _BLOCKS, "voltage {p}"),
    ("capmem_v_out_mux_to_capmem_intermediate_mux", ("voltage {p}",), "capmem {p}"),
    ("capmem_intermediate_mux_to_pad", ("capmem {p}",), "pad {p}"),
    ("cadc_debug_causal_to_synapse_intermediate_mux", (_CAUSAL,), "synapse {p}"),
    ("cadc_debug_acausal_to_synapse_intermediate_mux", (_ACAUSAL,), "synapse {p}"),
    ("synin_debug_excitatory_to_synapse_intermediate_mux", (_EXC,), "synapse {p}"),
    ("synin_debug_inhibitory_to_synapse_intermediate_mux", (_INH,), "synapse {p}"),
    ("synapse_intermediate_mux_to_pad", ("synapse {p}",), "pad {p}"),
    ("neuron_i_stim_mux", STIMULI, "stimulus of pad {p}"),
    ("neuron_i_stim_mux_to_pad", ("stimulus of pad {p}",), "pad {p}"),
)

# Inputs of a source multiplexer: field of `SourceMultiplexer`, wire; arrays have one wire per hemisphere.
MULTIPLEXER_INPUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("debug_plus", ("debug plus",)),
    ("debug_minus", ("debug minus",)),
    ("current_dac", (_CURRENT_DAC,)),
    ("synin_debug_inhibitory", (_INH,)),
    ("synin_debug_excitatory", (_EXC,)),
    ("cadc_debug_causal", (_CAUSAL,)),
    ("cadc_debug_acausal", (_ACAUSAL,)),
    ("synapse_driver_debug", ("drivers 0", "drivers 1")),
    ("neuron_odd", ("odd 0", "odd 1")),
    ("neuron_even", ("even 0", "even 1")),
)


class Wires:
    """Wires joined by closed switches, and the signals on them."""

    def __init__(self) -> None:
        self.neighbours: dict[str, set[str]] = {}
        self.sources: dict[str, set[tuple[Kind, int]]] = {}
        self.buffers: dict[str, list[int]] = {}  # source multiplexers that drive a wire through their buffer
        self.inputs: tuple[list[str], list[str]] = ([], [])

    def join(self, a: str, b: str) -> None:
        self.neighbours.setdefault(a, set()).add(b)
        self.neighbours.setdefault(b, set()).add(a)

    def drive(self, wire: str, kind: Kind, members: Iterable[int]) -> None:
        self.sources.setdefault(wire, set()).update((kind, int(m)) for m in members)

    def on(self, wires: Iterable[str], passed: frozenset[int] = frozenset()) -> set[tuple[Kind, int]]:
        """Signals on some wires that are joined; a buffer that feeds itself (`passed`) adds nothing."""
        found: set[tuple[Kind, int]] = set()
        reached, waiting = set(wires), list(wires)
        while waiting:
            wire = waiting.pop()
            found |= self.sources.get(wire, set())
            for m in self.buffers.get(wire, []):
                if m not in passed:
                    found |= self.on(self.inputs[m], passed | {m})
            new = self.neighbours.get(wire, set()) - reached
            reached |= new
            waiting.extend(new)
        return found

    def wire(self, *wires: str) -> Wire:
        found = self.on(wires)
        return tuple(
            Source(kind, tuple(sorted(m for k, m in found if k == kind))) for kind in sorted({k for k, _ in found})
        )


def derive_readout(read: Reader) -> ReadoutState:
    """Connections of the readout from the registers of the chip.

    Parameters
    ----------
    read : callable
        Gives words (uint32) at addresses (uint32); see `chipsim.cells.Reader`.
    """
    biases = read_single_cells(_BIASES, read)
    amplifier = read_block_cells(("neuron_i_bias_readout_amp",), read)["neuron_i_bias_readout_amp"]
    switches = read_switches(read)
    neurons = read_columns(haldls.NeuronConfig, read)
    readable = neurons.enable_readout_amplifier & (amplifier > 0)[QUADRANT_OF_CIRCUIT]
    wires = Wires()
    _add_neurons(wires, neurons, readable)
    _add_columns(wires, switches, readable)
    _add_drivers(wires, read, biases)
    _add_cells(wires, read)
    add_pads(wires, read)
    add_current_dac(wires, read)
    _add_multiplexers(wires, read, biases)
    return ReadoutState(
        madc=_madc_inputs(wires, read, biases),
        pads=(wires.wire("pad 0"), wires.wire("pad 1")),
        cadc_debug=(wires.wire(_CAUSAL), wires.wire(_ACAUSAL)),
        synin_debug=(wires.wire(_EXC), wires.wire(_INH)),
        neuron_lines=(
            (wires.wire("even 0"), wires.wire("odd 0")), (wires.wire("even 1"), wires.wire("odd 1")),
        ),
        synapse_lines=switches.current_debug,
        cadc=cadc_channels(switches),
    )


def cadc_channels(switches: ColumnSwitches) -> Array:
    """What the channels of the column ADC convert, uint8 (2, 2, 256), see `Channel`.

    The debug line is stronger than a column, so a channel on both reads the debug line.
    """
    column = np.where(switches.neuron_readout, Channel.NEURON, Channel.CORRELATION)
    inner = np.where(switches.internal, column, Channel.NOTHING)
    return np.ascontiguousarray(np.where(switches.debug, Channel.DEBUG, inner), dtype=np.uint8)


def _add_neurons(wires: Wires, neurons: Any, readable: Array) -> None:
    """Shared readout lines, and the lines of the unbuffered access."""
    shared, bare = neurons.enable_readout & readable, neurons.enable_unbuffered_access
    for h in range(2):
        for parity, name in enumerate(("even", "odd")):
            circuits = np.arange(256 * h + parity, 256 * h + 256, 2)
            wires.drive(f"{name} {h}", Kind.NEURON, circuits[shared[circuits]])
        wires.drive(STIMULI[h], Kind.MEMBRANE, np.flatnonzero(bare[256 * h : 256 * h + 256]) + 256 * h)


def _add_columns(wires: Wires, switches: ColumnSwitches, readable: Array) -> None:
    """Debug lines: neurons whose column line is on the debug line, and synaptic lines."""
    through = switches.internal & switches.debug & switches.neuron_readout & readable.reshape(2, 1, 256)
    for k, name in enumerate((_CAUSAL, _ACAUSAL)):
        wires.drive(name, Kind.NEURON, np.flatnonzero(through[:, k]))
    for k, (name, kind) in enumerate(zip(SYNIN_DEBUG, (Kind.LINE_EXC, Kind.LINE_INH), strict=True)):
        wires.drive(name, kind, np.flatnonzero(switches.current_debug[:, k]))


def _add_drivers(wires: Wires, read: Reader, biases: dict[str, int]) -> None:
    out = read_columns(haldls.SynapseDriverConfig, read).enable_readout.reshape(2, 128)
    for h in range(2):
        if biases[_DRIVER_BIASES[h]]:
            wires.drive(f"drivers {h}", Kind.DRIVER, np.flatnonzero(out[h]) + 128 * h)


def _add_cells(wires: Wires, read: Reader) -> None:
    """Debug output of the CapMem blocks; current cells do not appear at the voltage output."""
    for block in halco.iter_all(halco.CapMemBlockConfigOnDLS):
        number = block.toEnum().value()
        words = read(haldls.read_addresses(haldls.CapMemBlockConfig, block))
        try:
            config = haldls.decode(haldls.CapMemBlockConfig, block, words)
        except DecodeError:
            continue  # a column that is not there
        cell = config.debug_capmem_coord
        if config.debug_readout_enable and int(cell.y()) <= _LAST_VOLTAGE_ROW:
            on_chip = halco.CapMemCellOnDLS(cell, halco.CapMemBlockOnDLS(number)).toEnum().value()
            wires.drive(_BLOCKS[number], Kind.CAPMEM, [on_chip])


def add_pads(wires: Wires, read: Reader) -> None:
    """Pads and what connects them directly."""
    pads = read_columns(haldls.PadMultiplexerConfig, read)
    for p in range(2):
        wires.drive(f"pad {p}", Kind.PAD, [p])
        for field, starts, end in PAD_SWITCHES:
            for start, closed in zip(starts, np.atleast_1d(getattr(pads, field)[p]), strict=True):
                if closed:
                    wires.join(start.format(p=p), end.format(p=p))
        if pads.debug_to_pad[p]:
            wires.join(_DEBUG_LINES[p], f"pad {p}")


def add_current_dac(wires: Wires, read: Reader) -> None:
    """The current source and what its switches connect it to."""
    dac = read_columns(haldls.CurrentDAC, read)
    if dac.enable_current[0]:
        wires.drive(_CURRENT_DAC, Kind.CURRENT_DAC, [0])
    # The first switch to the synapses is called excitatory, but is that of the inhibitory line.
    for closed, name in zip([*dac.connect_neuron[0], *dac.connect_synapse[0]], [*STIMULI, _INH, _EXC], strict=True):
        if closed:
            wires.join(_CURRENT_DAC, name)


def _add_multiplexers(wires: Wires, read: Reader, biases: dict[str, int]) -> None:
    """Source multiplexers and their buffers to the pads."""
    selection = read_columns(haldls.ReadoutSourceSelection, read)
    pads = read_columns(haldls.PadMultiplexerConfig, read)
    for m in range(2):
        for field, names in MULTIPLEXER_INPUTS:
            selected = np.atleast_1d(getattr(selection.buffers, field)[0, m])
            wires.inputs[m].extend(name for name, on in zip(names, selected, strict=True) if on)
        if selection.enable_buffer_to_pad[0, m] and biases[_PAD_BIASES[m]]:
            for p in np.flatnonzero(pads.buffer_to_pad[:, m]):
                wires.buffers.setdefault(f"pad {p}", []).append(m)


def _madc_inputs(wires: Wires, read: Reader, biases: dict[str, int]) -> tuple[Wire, Wire]:
    """What reaches the membrane ADC over either source multiplexer, over the debug lines, or from the pads."""
    config = read_columns(haldls.MADCConfig, read)
    amplified = bool(config.signal_selection_connect_preamp[0] & config.connect_preamp_to_madc[0])
    amplified &= biases["readout_sc_amp_i_bias"] > 0
    multiplexed = bool(config.signal_selection_connect_active_mux[0] & config.enable_active_mux_amplifiers[0])
    multiplexed &= biases["readout_ac_mux_i_bias"] > 0
    always: list[str] = []
    if amplified and config.signal_selection_connect_debug[0]:
        always += _DEBUG_LINES
    if config.connect_pads_to_madc[0]:
        always += ["pad 0", "pad 1"]
    if not biases["readout_madc_in_500na"]:
        return (), ()

    def wire(m: int) -> Wire:
        return wires.wire(*always, *(wires.inputs[m] if amplified and multiplexed else ()))

    return wire(0), wire(1)
