"""Cases in which the integrator of the chip is compared with the reference. Units: V, µs, pF, µS, µA; charges are fC.

All settings are within what the registers of the chip can set, but for saturation that some cases leave out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chipsim.parameters import NeuronParameters
from tests.chipsim.patterns import ADEX, CAPACITANCE, make_parameters, pattern
from tests.chipsim.reference import Event

CYCLES = 250
"""Chip cycles per µs: events come at multiples of 4 ns."""
CHARGE = 2.4
"""Charge of an event with weight 63 at 0.6 µA, fC."""


@dataclass(frozen=True)
class Case:
    """An experiment with a few circuits."""

    parameters: NeuronParameters
    circuits: tuple[int, ...]
    events: tuple[Event, ...]
    duration: float
    """µs."""
    v0: float | None = None
    """V; None for the leak potentials."""


def poisson(
    seed: int, duration: float, circuits: Sequence[int] = (0,), exc: float = 0.0, inh: float = 0.0, weight: int = 63
) -> tuple[Event, ...]:
    """Poisson input with random weights.

    Parameters
    ----------
    seed : int
    duration : float
        µs.
    circuits : sequence of int
        Those that get input, each its own.
    exc, inh : float
        Rates at each circuit, 1/µs.
    weight : int
        Weights are 1 ... this one.
    """
    random = np.random.default_rng(seed)
    events: list[Event] = []
    for circuit in circuits:
        for which, rate in (("exc", exc), ("inh", inh)):
            n = random.poisson(rate * duration)
            cycles = random.integers(0, round(duration * CYCLES), n)
            charges = random.integers(1, weight + 1, n) / 63 * CHARGE
            events += [(int(k) / CYCLES, circuit, which, float(q)) for k, q in zip(cycles, charges, strict=True)]
    return tuple(sorted(events))


def _lif(circuits: Sequence[int] = (0,), **overrides: Any) -> NeuronParameters:
    """Circuits with both inputs, a leak of 10 µs to 0.6 V, a threshold of 0.75 V and a reset to 0.5 V."""
    settings: dict[str, Any] = {"exc_gm": 1.0, "inh_gm": 1.0, "threshold": 0.75}
    return make_parameters(circuits, **{**settings, **overrides})


def _single() -> dict[str, Case]:
    one = (0,)
    adaptation = {"a": 0.02, "b": 0.005, "tau_adapt": 50.0}
    coba = {"exc_kappa": 2.0, "exc_e_rev": 0.55, "inh_kappa": 2.5, "inh_e_rev": 0.65}
    both = poisson(2, 200.0, exc=1.0, inh=0.5)
    return {
        "leak": Case(make_parameters(range_leak=0.25), one, (), 60.0, v0=1.05),
        "sparse": Case(_lif(), one, poisson(1, 200.0, exc=0.05, inh=0.05), 200.0),
        "dense": Case(
            _lif(threshold=math.inf, exc_gm=3.0, inh_gm=2.5), one, poisson(3, 200.0, exc=1.0, inh=1.0), 200.0),
        "dense with spikes": Case(_lif(exc_gm=2.0), one, both, 200.0),
        # As many events as 256 sources at 100 Hz of biological time send.
        "full input": Case(
            _lif(exc_gm=3.0, inh_gm=1.5), one, poisson(30, 200.0, exc=15.0, inh=11.0, weight=24), 200.0),
        "saturating inputs": Case(_lif(exc_gm=3.0, inh_gm=2.0), one, poisson(4, 100.0, exc=5.0, inh=5.0), 100.0),
        "input offsets": Case(
            _lif(exc_offset=0.01, inh_offset=-0.012, i_offset=-0.005), one, poisson(5, 100.0, exc=0.3, inh=0.1), 100.0),
        "membrane limits": Case(
            _lif(threshold=math.inf, exc_gm=5.0, inh_gm=5.0), one,
            tuple(sorted(poisson(6, 50.0, exc=1.5) + tuple(
                (50.0 + t, i, which, q) for t, i, which, q in poisson(7, 50.0, inh=3.0)))), 150.0),
        "constant current": Case(_lif(i_offset=0.05, refractory=1.0), one, (), 200.0),
        "slow reset": Case(
            _lif(i_offset=0.05, g_reset=1.0, reset_time=3.0, refractory=5.0), one, poisson(8, 100.0, exc=0.3), 100.0),
        "pause": Case(
            _lif(exc_gm=2.0, pause=True, reset_time=5.0, refractory=5.1, i_exp=1e-3, v_exp=0.65, delta_exp=0.03),
            one, both, 200.0),
        "short reset": Case(
            _lif(exc_gm=2.0, reset_time=0.02, refractory=0.1), one, poisson(18, 100.0, exc=1.0, inh=0.5), 100.0),
        "fast synapse": Case(
            _lif(exc_tau=0.5, inh_tau=0.5, exc_gm=8.0, inh_gm=5.0), one, poisson(9, 100.0, exc=2.0, inh=1.0), 100.0),
        # Without a threshold steps are longer.
        "fast synapse, silent": Case(
            _lif(threshold=math.inf, exc_tau=0.5, inh_tau=0.5, exc_gm=8.0, inh_gm=5.0, g_leak=CAPACITANCE / 50), one,
            poisson(9, 100.0, exc=2.0, inh=3.0), 100.0),
        "sums of products": Case(
            _lif(threshold=math.inf, exc_tau=0.33, inh_tau=0.33, exc_gm=5.0, inh_gm=5.0, g_leak=CAPACITANCE / 60), one,
            tuple((20.0 + 0.04 * k, 0, ("exc", "inh")[k % 3 > 1], 0.3 * (k % 7)) for k in range(128)), 60.0),
        "fast membrane": Case(_lif(g_leak=CAPACITANCE, exc_gm=8.0, inh_gm=8.0), one,
                              poisson(10, 100.0, exc=1.0, inh=0.5), 100.0),
        "fast synapse and membrane": Case(
            _lif(g_leak=CAPACITANCE, exc_tau=0.5, inh_tau=0.5, exc_gm=25.0, inh_gm=15.0), one,
            poisson(11, 50.0, exc=4.0, inh=2.0), 50.0),
        "small capacitance": Case(
            _lif(capacitance=0.15, g_leak=0.03, exc_gm=0.3, inh_gm=0.2, exc_tau=5.0, inh_tau=5.0), one,
            poisson(12, 100.0, exc=0.8, inh=0.3), 100.0),
        "conductance-based": Case(_lif(**coba, threshold=math.inf), one, poisson(13, 200.0, exc=1.5, inh=1.5), 200.0),
        "conductance-based with spikes": Case(_lif(**coba, exc_gm=3.0), one, both, 200.0),
        "conductance-based beyond reversal": Case(
            # 1 - kappa (V - E) reaches 0 at 0.71 V and 0.55 V.
            _lif(exc_kappa=6.0, exc_e_rev=0.55, inh_kappa=10.0, inh_e_rev=0.65, exc_gm=3.0, inh_gm=3.0,
                 threshold=math.inf), one, poisson(14, 100.0, exc=1.0, inh=1.0), 100.0, v0=0.95),
        "line that keeps its charge": Case(
            _lif(exc_tau=math.inf, inh_tau=math.inf, exc_gm=4.0, inh_gm=2.0), one,
            poisson(15, 50.0, exc=0.2, inh=0.1, weight=8), 50.0),
        "leak over threshold": Case(_lif(e_leak=0.9), one, poisson(16, 100.0, exc=0.2, inh=0.2), 100.0),
        "threshold below reset": Case(_lif(e_leak=0.9, e_reset=0.8, refractory=3.0), one, (), 50.0),
        "held in reset": Case(_lif(held=True), one, poisson(19, 30.0, exc=1.0, inh=0.5), 30.0),
        "adaptation": Case(_lif(**adaptation, exc_gm=2.0), one, both, 200.0),
        "inverted adaptation": Case(_lif(a=-0.02, b=-0.001, tau_adapt=30.0, i_offset=0.03), one,
                                    poisson(17, 100.0, exc=0.2, inh=0.2), 100.0),
    }


def _compartments() -> dict[str, Case]:
    def inputs(seed: int, circuits: Sequence[int], duration: float = 100.0) -> tuple[Event, ...]:
        return poisson(seed, duration, circuits, exc=0.8, inh=0.3)

    quick = {"exc_gm": 2.0, "refractory": 2.0}
    # Three circuits on a line without direct connection; the first one's line is joined to the right twice.
    mean = (10, 11, 12)
    # Dendrites on a soma.
    star = (300, 301, 302, 303)
    # A chain of four compartments takes six circuits: each inner one has one circuit at either line.
    chain = (20, 21, 22, 23, 24, 25)
    many = (30, 31, 32, 33)
    return {
        "pair through conductances": Case(
            _lif((0, 1), **quick, soma_right=(True, False), g_icc=(0.3, 0.6), e_leak=(0.55, 0.6),
                 threshold=(0.7, 0.75)), (0, 1), inputs(20, (0, 1)), 100.0),
        "pair on a soma": Case(
            _lif((0, 1), **quick, soma_right=(True, False), soma=(True, False), g_icc=(0.0, 0.2),
                 threshold=(0.7, math.inf)), (0, 1), inputs(21, (0, 1)), 100.0),
        "three on a line": Case(
            _lif(mean, **quick, soma_right=(True, True, False), g_icc=(0.1, 0.3, 1.0), capacitance=(2.35, 1.0, 1.5),
                 threshold=(0.7, math.inf, 0.75)), mean, inputs(22, mean), 100.0),
        "star": Case(
            _lif(star, **quick, soma_right=(True, True, True, False), soma=(False, True, False, False),
                 g_icc=(0.1, 0.0, 0.3, 0.05), threshold=(math.inf, 0.7, 0.8, math.inf)), star, inputs(23, star), 100.0),
        "chain": Case(
            _lif(chain, **quick,
                 soma=(True, False, True, False, True, False), soma_right=(True, False, True, False, True, False),
                 g_icc=(0.0, 0.3, 0.0, 0.2, 0.0, 0.5), membrane_right=(False, True, False, True, False, False),
                 threshold=(0.7, 0.75, math.inf, 0.72, math.inf, 0.7)), chain, inputs(24, chain, 60.0), 60.0),
        "shorted pair": Case(
            _lif((5, 6), **quick, membrane_right=(True, False), capacitance=(2.35, 1.2), g_leak=(0.2, 0.1),
                 e_leak=(0.55, 0.65), threshold=(0.7, math.inf), g_reset=(20.0, 0.0)),
            (5, 6), inputs(25, (5, 6)), 100.0),
        "shorted pair in both rows": Case(
            # The first reset is too weak to keep the membrane from the threshold of the other circuit.
            _lif((7, 263), **quick, bottom=(True, False), threshold=(0.7, 0.71), g_reset=(0.05, 5.0),
                 e_reset=(0.5, 0.55), a=(0.02, -0.01), b=(0.004, 0.0), tau_adapt=(50.0, 30.0)),
            (7, 263), inputs(26, (7, 263)), 100.0),
        # One circuit has the leak and the threshold, the others only inputs.
        "satellite": Case(
            _lif((7, 263), **quick, bottom=(True, False), threshold=(0.7, math.inf), g_leak=(0.4, 0.0),
                 g_reset=(20.0, 0.0), capacitance=(2.35, 0.1)), (7, 263), inputs(27, (7, 263)), 100.0),
        "satellite with a weak reset": Case(
            _lif((7, 263), **quick, bottom=(True, False), threshold=(0.7, math.inf), g_leak=(0.4, 0.0),
                 g_reset=(0.3, 0.0), capacitance=(2.35, 1.0)), (7, 263), inputs(28, (7, 263)), 100.0),
        "satellites of a leaky integrator": Case(
            _lif(many, exc_gm=1.0, membrane_right=(True, True, True, False), threshold=math.inf,
                 g_leak=(0.0, 0.0, 0.4, 0.0), i_offset=(0.0, 0.02, 0.0, 0.0)), many, inputs(29, many), 100.0),
        "satellite held in reset": Case(
            _lif((7, 263), **quick, bottom=(True, False), threshold=(0.7, math.inf), g_leak=(0.4, 0.0),
                 g_reset=(20.0, 2.0), held=(False, True)), (7, 263), inputs(31, (7, 263), 50.0), 50.0),
        "owner and satellite held in reset": Case(
            _lif((7, 263), **quick, bottom=(True, False), threshold=(0.7, math.inf), g_leak=(0.4, 0.0),
                 g_reset=(3.0, 2.0), held=(True, True)), (7, 263), inputs(32, (7, 263), 50.0), 50.0),
        "satellites, dense": Case(
            _lif(many, exc_gm=2.0, refractory=1.0, membrane_right=(True, True, True, False),
                 threshold=(0.7, math.inf, math.inf, math.inf), g_leak=(0.6, 0.0, 0.0, 0.0),
                 g_reset=(20.0, 0.0, 0.0, 0.0), capacitance=(2.35, 0.1, 0.1, 0.1)), many,
            poisson(30, 100.0, many, exc=5.0, inh=3.0), 100.0),
    }


def _patterns() -> dict[str, Case]:
    cases = {}
    for name in ADEX:
        # The time that covers what is typical; chaos spoils any comparison after few bursts.
        p = pattern(name, duration=100.0 if name == "irregular spiking" else 300.0)
        cases[f"AdEx {name}"] = Case(p.parameters, (0,), (), p.duration, p.v0)
    return cases


CASES: dict[str, Case] = {**_single(), **_compartments(), **_patterns()}
