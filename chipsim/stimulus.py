"""What the readout chain does to circuits: the current source, and pads that hold synaptic lines.

Units: V, µA. Circuits are in the order of `AtomicNeuronOnDLS`, inputs are excitatory and inhibitory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import haldls
from chipsim import circuits as c
from chipsim.cells import Reader, read_columns, read_single_cells
from chipsim.die import Array
from chipsim.readout import STIMULI, SYNIN_DEBUG, Kind, Wires, add_current_dac, add_pads, line_voltage
from chipsim.switches import read_switches

Pads = tuple[float | None, float | None]


@dataclass(frozen=True)
class Stimuli:
    """Currents and voltages from outside."""

    membrane: Array
    """(512,), µA: current into the membrane."""
    line: Array
    """(512, 2), µA: current into the synaptic lines; a positive one pulls them up."""
    held: Array
    """(512, 2), V: voltage at which the lines are held, nan for those that are free."""
    charged: Array
    """(512, 2), V: voltage to which the lines have been charged just now, nan for others."""

    @property
    def driven(self) -> Array:
        """Circuits that get a current, bool (512,)."""
        return (self.membrane != 0) | (self.line != 0).any(axis=1)


def dac_current(read: Reader) -> float:
    """Current of the current DAC, µA; negative for a sink."""
    dac = read_columns(haldls.CurrentDAC, read)
    biases = read_single_cells(("readout_idac_i_bias", "readout_idac_i_bias_casc"), read)
    if not dac.enable_current[0] or not biases["readout_idac_i_bias_casc"]:
        return 0.0
    sign = -1.0 if dac.sign[0] == int(haldls.CurrentDAC.Sign.sink) else 1.0
    return sign * c.CURRENT_DAC_LSB * float(dac.current[0]) * biases["readout_idac_i_bias"]


def derive_stimuli(read: Reader, pads: Pads, seen: Array) -> Stimuli | None:
    """Stimuli from the registers of the chip.

    The current of the DAC flows into a pad that is driven, if one is on its wire, and else divides equally between all
    membranes and lines there.

    Parameters
    ----------
    read : callable
        Gives words (uint32) at addresses (uint32); see `chipsim.cells.Reader`.
    pads : tuple of float or None
        What the board drives at the pads, V.
    seen : ndarray of bool, (512, 2)
        Lines that have been on their debug lines since the last time.

    Returns
    -------
    Stimuli or None
        None if nothing from outside reaches a circuit.
    """
    wires = Wires()
    add_pads(wires, read)
    add_current_dac(wires, read)

    def pad_voltage(kind: Kind, member: int) -> float | None:
        return pads[member] if kind is Kind.PAD else None

    def voltage(name: str) -> float | None:
        return line_voltage(wires.wire(name), pad_voltage)

    def gets_current(name: str) -> bool:
        return voltage(name) is None and (Kind.CURRENT_DAC, 0) in wires.on([name])

    on_debug = read_switches(read).current_debug.transpose(0, 2, 1).reshape(512, 2)
    bare = read_columns(haldls.NeuronConfig, read).enable_unbuffered_access
    volts = np.array([v if (v := voltage(name)) is not None else np.nan for name in SYNIN_DEBUG])
    membrane = bare & np.repeat([gets_current(name) for name in STIMULI], 256)
    line = on_debug & np.array([gets_current(name) for name in SYNIN_DEBUG])
    current = dac_current(read) / max(np.count_nonzero(membrane) + np.count_nonzero(line), 1)
    stimuli = Stimuli(
        current * membrane, current * line, np.where(on_debug, volts, np.nan),
        np.where(on_debug | seen, volts, np.nan),
    )
    return stimuli if stimuli.driven.any() or np.isfinite(stimuli.charged).any() else None
