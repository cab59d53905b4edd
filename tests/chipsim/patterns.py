"""Parameters of circuits for tests, among them those of the AdEx firing patterns. Units: V, µs, pF, µS, µA."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chipsim import circuits as c
from chipsim.parameters import NeuronParameters, SynapticInput

CAPACITANCE = 2.35
"""Full membrane capacitance, pF."""

_OFF_INPUT: dict[str, Any] = {
    "tau": math.inf, "step": 1.0 / (1000.0 * c.LINE_CAPACITANCE), "gm": 0.0, "range": c.SYNIN_RANGE, "offset": 0.0,
    "kappa": 0.0, "e_rev": 0.6,
}
_OFF: dict[str, Any] = {
    "capacitance": CAPACITANCE, "g_leak": 0.0, "e_leak": 0.6, "range_leak": c.LEAK_RANGE,
    "g_reset": 0.0, "e_reset": 0.5, "range_reset": c.LEAK_RANGE, "threshold": math.inf, "i_offset": 0.0,
    "i_exp": 0.0, "v_exp": 0.8, "delta_exp": 0.02, "a": 0.0, "b": 0.0, "tau_adapt": math.inf, "v_adapt": 0.6,
    "v_adapt_ref": 0.6, "g_icc": 0.0, "refractory": 2.0, "reset_time": 1.0, "pause": False, "held": False,
    "membrane_right": False, "bottom": False, "soma": False, "soma_right": False, "readout_source": 0,
    "readout_enabled": False, "readout_offset": 0.0, "active": False,
}
_DEFAULTS: dict[str, Any] = {
    "g_leak": CAPACITANCE / 10.0, "g_reset": 10.0, "tau_adapt": 100.0, "exc_tau": 10.0, "inh_tau": 10.0,
    "readout_enabled": True, "active": True,
}
"""Of the circuits in use: a leak with a time constant of 10 µs, and nothing that acts on it."""


def make_parameters(circuits: Sequence[int] = (0,), i_dac: float = 0.6, **overrides: Any) -> NeuronParameters:
    """Parameters of a chip on which all circuits but some are off.

    Parameters
    ----------
    circuits : sequence of int
        The circuits in use, row * 256 + column.
    i_dac : float
        Current of a synapse with weight 63, µA.
    **overrides : float or sequence of float
        Fields of `NeuronParameters` for the circuits in use, one value or one per circuit; fields of the inputs have
        the prefix `exc_` or `inh_`, as in `exc_gm`. Without: a leak of 10 µs to 0.6 V, a strong reset to 0.5 V for
        1 µs, a refractory time of 2 µs, lines of 10 µs; no threshold, no input, no adaptation, no exponential term.
    """
    fields: dict[str, Any] = {name: np.full(512, value) for name, value in _OFF.items()}
    for prefix in ("exc_", "inh_"):
        fields.update({prefix + name: np.full(512, value) for name, value in _OFF_INPUT.items()})
    for name, value in {**_DEFAULTS, **overrides}.items():
        fields[name][list(circuits)] = value
    inputs = {
        prefix: SynapticInput(**{name: fields.pop(f"{prefix}_{name}") for name in _OFF_INPUT})
        for prefix in ("exc", "inh")
    }
    return NeuronParameters(**fields, **inputs, i_dac=np.full(4, i_dac))


@dataclass(frozen=True)
class AdEx:
    """Parameters of Naud et al. 2008, table 1, where they show what its figures show; pF, nS, mV, ms and pA."""

    c: float
    g_l: float
    e_l: float
    v_t: float
    delta_t: float
    a: float
    tau_w: float
    b: float
    v_r: float
    i: float


ADEX = {
    "tonic spiking": AdEx(200, 10, -70, -50, 2, 2, 30, 0, -58, 500),
    "adaptation": AdEx(200, 12, -70, -50, 2, 2, 300, 60, -58, 500),
    "initial burst": AdEx(130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
    "regular bursting": AdEx(200, 10, -58, -50, 2, 2, 120, 100, -46, 210),
    "delayed accelerating": AdEx(200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
    "delayed regular bursting": AdEx(100, 10, -65, -50, 2, -10, 90, 30, -47, 110),
    "transient spiking": AdEx(100, 10, -65, -50, 2, 10, 90, 100, -47, 180),
    "irregular spiking": AdEx(100, 12, -60, -50, 2, -11, 130, 30, -48, 160),
}

VOLTAGE_SCALE = 0.01
"""V of the circuit per mV of biology."""
V_T = 0.6
"""Where the circuit has V_T of -50 mV, V: rest is at 0.4 ... 0.52 V."""
THRESHOLD = 0.8
"""V: ten slope factors above V_T, where nothing but the upstroke leads to."""


@dataclass(frozen=True)
class Pattern:
    """A circuit that shows a firing pattern from the start of the experiment."""

    parameters: NeuronParameters
    v0: float
    """V, at rest."""
    duration: float
    """µs."""


def pattern(name: str, circuit: int = 0, duration: float = 500.0) -> Pattern:
    """A firing pattern of Naud et al. 2008, a thousand times faster.

    Time constants in µs are those of biology in ms, and differences of voltages are scaled by `VOLTAGE_SCALE`; currents
    and conductances follow from the capacitance of the circuit.

    Parameters
    ----------
    name : str
        A key of `ADEX`.
    circuit : int
        The circuit that shows it.
    duration : float
        µs.
    """
    n = ADEX[name]
    # pF / pF scales the membrane equation; nS / 1e3 is µS in biological, µS in a thousandfold faster time.
    conductance = CAPACITANCE / n.c
    current = conductance * VOLTAGE_SCALE

    def voltage(mv: float) -> float:
        return V_T + VOLTAGE_SCALE * (mv + 50.0)

    delta = VOLTAGE_SCALE * n.delta_t
    parameters = make_parameters(
        (circuit,),
        g_leak=conductance * n.g_l, e_leak=voltage(n.e_l), range_leak=c.LEAK_RANGE * c.DEGENERATION,
        # The strong reset comes within few mV of its target. AdEx has no refractory time, so none beyond the reset.
        g_reset=20.0, e_reset=voltage(n.v_r), range_reset=c.LEAK_RANGE * c.DEGENERATION, reset_time=0.6, refractory=0.6,
        threshold=THRESHOLD, i_offset=current * n.i,
        # The circuit has a fixed current at the onset, AdEx has g_L delta at V_T.
        i_exp=c.EXP_CURRENT, delta_exp=delta,
        v_exp=voltage(n.v_t) - delta * math.log(conductance * n.g_l * delta / c.EXP_CURRENT),
        a=conductance * n.a, b=current * n.b, tau_adapt=n.tau_w, v_adapt=voltage(n.e_l),
    )
    return Pattern(parameters, voltage(n.e_l), duration)
