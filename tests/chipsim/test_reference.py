"""The reference of the analog chip against closed forms, and the firing patterns that its parameters are to show."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from chipsim import circuits as c
from tests.chipsim.accuracy_cases import CASES, CYCLES
from tests.chipsim.patterns import CAPACITANCE, make_parameters, pattern
from tests.chipsim.reference import Result, simulate

LINEAR = 1e6
"""Linear range with which an OTA is a resistor, V."""
G, TAU = 0.235, 10.0
"""Leak, µS, and time constant of the membrane, µs."""
TIMES = np.linspace(0.0, 50.0, 101)


def linear(circuits: Any = (0,), **overrides: Any) -> Any:
    """Circuits whose OTAs do not saturate."""
    ranges = dict.fromkeys(("range_leak", "range_reset", "exc_range", "inh_range"), LINEAR)
    return make_parameters(circuits, **{**ranges, "g_leak": G, **overrides})


def run(parameters: Any, events: Any = (), circuits: Any = (0,), v0: Any = None, times: Any = TIMES) -> Result:
    return simulate(parameters, circuits, events, times[-1], times, v0)


def near(expected: Any) -> Any:
    return pytest.approx(expected, rel=0, abs=1e-8)


def test_leak_decays_exponentially() -> None:
    assert run(linear(), v0=0.9).v[0] == near(0.6 + 0.3 * np.exp(-TIMES / TAU))


@pytest.mark.parametrize("y0", [-1.4, -0.5, 0.3, 1.49])
def test_saturating_leak(y0: float) -> None:
    v = run(make_parameters(g_leak=G, range_leak=0.25), v0=0.6 + 0.25 * y0).v[0]

    e = np.exp(-TIMES / TAU)
    assert v == near(0.6 + 0.25 * y0 * e / np.sqrt(1 - 4 / 27 * y0**2 * (1 - e**2)))


def test_saturated_leak_is_a_constant_current() -> None:
    v = run(make_parameters(g_leak=G, range_leak=0.1, e_leak=0.3), v0=1.0, times=np.linspace(0, 50, 11)).v[0]

    # From 0.7 V to 0.15 V above the leak potential, at 0.01 V/µs.
    assert v == near(1.0 - 0.01 * np.linspace(0, 50, 11))


@pytest.mark.parametrize(("which", "sign"), [("exc", 1), ("inh", -1)])
def test_postsynaptic_potential(which: Any, sign: int) -> None:
    gm, tau, charge = 1.5, 4.0, 2.4
    parameters = linear(**{f"{which}_gm": gm, f"{which}_tau": tau})
    result = run(parameters, [(5.0, 0, which, charge)])

    t = np.maximum(TIMES - 5.0, 0)
    x0 = charge / 200.0  # 0.2 pF
    psp = gm * x0 / CAPACITANCE * tau * TAU / (TAU - tau) * (np.exp(-t / TAU) - np.exp(-t / tau))
    assert result.v[0] == near(0.6 + sign * psp)
    line, other = (result.x_exc, result.x_inh)[::sign]
    assert line[0] == near(np.where(TIMES >= 5.0, x0 * np.exp(-t / tau), 0))
    assert not other.any()


def test_saturated_input_and_line_that_keeps_its_charge() -> None:
    parameters = linear(g_leak=0.0, exc_gm=2.0, exc_range=c.SYNIN_RANGE, exc_tau=math.inf)
    result = run(parameters, [(0.0, 0, "exc", 24.0)], times=np.array([0.0, 2.0]))

    assert result.x_exc[0] == near(0.12)
    assert result.v[0] == near([0.6, 0.6 + 2.0 * 2.0 * 0.067 / CAPACITANCE])


def test_input_offset() -> None:
    v = run(linear(exc_gm=1.0, inh_gm=1.0, exc_offset=0.02, inh_offset=-0.01), times=np.array([0.0, 400.0])).v[0, -1]

    assert v == near(0.6 + 0.03 / G)


def test_conductance_based_input_relaxes_to_its_reversal() -> None:
    # A constant input of 1 µA (1 - 2 (V - 0.5)) is a conductance of 2 µS to 1 V; the inhibitory one 1 µS to 0.3 V.
    both = {"exc_gm": 1.0, "exc_offset": 0.1, "exc_kappa": 2.0, "exc_e_rev": 0.5}
    both |= {"inh_gm": 1.0, "inh_offset": 0.1, "inh_kappa": 4.0, "inh_e_rev": 0.55}
    v = run(linear(g_leak=0.0, **both), v0=0.6).v[0]

    g, e = 0.2 + 0.4, (0.2 * 1.0 + 0.4 * 0.3) / 0.6
    assert v == near(e + (0.6 - e) * np.exp(-TIMES * g / CAPACITANCE))


def test_conductance_based_input_does_not_change_its_sign() -> None:
    both = {"exc_gm": 1.0, "exc_offset": 0.1, "exc_kappa": 2.0, "exc_e_rev": 0.2}

    assert run(linear(g_leak=0.0, **both), v0=0.8).v[0] == near(0.8)
    assert run(linear(g_leak=0.0, **both), v0=0.6).v[0] == near(0.7 - 0.1 * np.exp(-TIMES * 0.2 / CAPACITANCE))


def test_exponential_current() -> None:
    # C dV/dt = I exp((V - Vx) / D) reaches infinity at C D / I exp(-(V0 - Vx) / D).
    times = np.array([0.0, 200.0, 500.0])
    v = run(linear(g_leak=0.0, i_exp=1e-3, v_exp=0.6, delta_exp=0.02), v0=0.55, times=times).v[0]

    start = math.exp(0.05 / 0.02)
    assert v[1:] == near([0.6 - 0.02 * math.log(start - t * 1e-3 / CAPACITANCE / 0.02) for t in (200.0, 500.0)])


def test_exponential_current_is_limited() -> None:
    # Without limit it would be e^20 nA.
    v = run(linear(g_leak=0.0, i_exp=1e-3, v_exp=0.6, delta_exp=0.02), v0=1.0, times=np.array([0.0, 0.1, 0.2])).v[0]

    assert v == near(1.0 + np.array([0.0, 0.1, 0.2]) / CAPACITANCE)


def test_adaptation_current() -> None:
    a, tau_w = 0.1, 25.0
    result = run(linear(g_leak=0.0, a=a, tau_adapt=tau_w, v_adapt=0.5, capacitance=1e9))

    assert result.w[0] == near(a * 0.1 * (1 - np.exp(-TIMES / tau_w)))
    # The current is drawn from the membrane.
    assert run(linear(a=G, tau_adapt=1.0, v_adapt=0.5), times=np.array([0.0, 300.0])).v[0, -1] == near(0.55)


def test_membrane_stays_in_its_range_until_it_is_driven_back() -> None:
    # The line decays from 1 V with 10 µs; 0.5 µS of it hold the membrane above the range until 0.1175 V are left.
    parameters = linear(exc_gm=0.5)
    result = run(parameters, [(1.0, 0, "exc", 200.0)], times=np.array([0.0, 10.0, 20.0, 22.0, 25.0, 40.0]))
    release = 1.0 + 10.0 * math.log(0.5 / (G * 0.5))

    assert result.v[0, 1] == c.MEMBRANE_MAX and 10.0 < release < 20.0
    # With equal time constants: (V_0 + x_0 g / C s) exp(-s / tau) after the release.
    s = np.array([20.0, 22.0, 25.0, 40.0]) - release
    assert result.v[0, 2:] == near(0.6 + (0.5 + G * 0.5 * s / CAPACITANCE) * np.exp(-s / TAU))
    low = run(linear(i_offset=-1.0), times=np.array([0.0, 20.0]))
    assert low.v[0, 1] == c.MEMBRANE_MIN


def spike_times(g_reset: float = 10.0, **overrides: Any) -> Any:
    settings = {"threshold": 0.7, "i_offset": 0.05, "g_reset": g_reset, "e_reset": 0.5, "reset_time": 1.0}
    return run(linear(**{**settings, **overrides})).spikes[0]


def test_period_with_constant_current() -> None:
    v_inf, reset_inf = 0.6 + 0.05 / G, 0.5 + 0.05 / 10.0
    v_1 = reset_inf + (0.7 - reset_inf) * math.exp(-10.0 / CAPACITANCE)
    spikes = spike_times()

    assert spikes.size == 4
    assert spikes[0] == near(TAU * math.log((v_inf - 0.6) / (v_inf - 0.7)))
    assert np.diff(spikes) == near(1.0 + TAU * math.log((v_inf - v_1) / (v_inf - 0.7)))


def test_above_threshold_at_the_end_of_the_refractory_time() -> None:
    spikes = spike_times(g_reset=0.0, refractory=3.0)

    # Without leak in the reset the membrane keeps rising.
    assert spikes.size > 10
    assert np.diff(spikes) == near(3.0)


def test_above_threshold_at_the_start() -> None:
    assert spike_times(threshold=0.55)[0] == 0.0


def test_held_in_reset() -> None:
    result = run(linear(threshold=0.4, held=True), v0=0.6)

    assert result.spikes[0].size == 0
    assert result.v[0] == near(0.5 + 0.1 * np.exp(-10.0 * TIMES / CAPACITANCE))


def test_spikes_add_to_the_adaptation() -> None:
    parameters = linear(threshold=0.7, i_offset=0.05, b=0.001, tau_adapt=20.0)
    result = run(parameters)

    expected = sum(np.where(t <= TIMES, 0.001 * np.exp(-(TIMES - t) / 20.0), 0.0) for t in result.spikes[0])
    assert result.spikes[0].size > 2
    assert result.w[0] == near(expected)


@pytest.mark.parametrize("pause", [False, True])
def test_pause(pause: bool) -> None:
    # A start above the threshold resets from 0 to 5 µs.
    parameters = linear(
        threshold=0.59, exc_gm=1.0, exc_tau=math.inf, pause=pause, reset_time=5.0, refractory=100.0, g_reset=1.0)
    result = run(parameters, [(0.0, 0, "exc", 2.0)], times=np.array([0.0, 5.0, 6.0]))

    e = 0.5 if pause else 0.5 + 0.01 / 1.0
    v_reset = e + (0.6 - e) * math.exp(-5.0 / CAPACITANCE)
    e_after = 0.6 + 0.01 / G
    assert result.spikes[0].tolist() == [0.0]
    assert result.v[0, 1:] == near([v_reset, e_after + (v_reset - e_after) * math.exp(-1.0 / TAU)])
    assert result.x_exc[0] == near(0.01)


STEADY = np.array([0.0, 600.0])


def test_two_compartments_through_conductances() -> None:
    # In series the conductances are 0.15 µS.
    parameters = linear(
        (0, 1), i_offset=(0.05, 0.0), g_leak=(0.2, 0.3), g_icc=(0.2, 0.6), soma_right=(True, False))
    v = run(parameters, circuits=(0, 1), times=STEADY).v[:, -1]

    matrix = np.array([[0.2 + 0.15, -0.15], [-0.15, 0.3 + 0.15]])
    assert v == near(0.6 + np.linalg.solve(matrix, [0.05, 0.0]))


def test_floating_line_is_the_weighted_mean_of_its_members() -> None:
    # The line goes on beside a circuit that is not on it.
    circuits, g = (0, 1, 3), np.array([0.1, 0.2, 0.4])
    parameters = linear(circuits, i_offset=(0.05, 0.0, -0.02), g_icc=g)
    parameters.soma_right[:3] = True
    v = run(parameters, circuits=circuits, times=STEADY).v[:, -1]

    matrix = np.diag(G + g) - np.outer(g, g) / g.sum()
    assert v == near(0.6 + np.linalg.solve(matrix, [0.05, 0.0, -0.02]))


def test_dendrites_on_a_soma() -> None:
    circuits, g = (256, 257, 258), np.array([0.1, 0.0, 0.4])
    parameters = linear(
        circuits, i_offset=(0.05, 0.0, -0.02), g_icc=g, soma=(False, True, False), soma_right=(True, True, False))
    v = run(parameters, circuits=circuits, times=STEADY).v[:, -1]

    # What flows into the dendrites is missing on the soma.
    matrix = np.array([[G + 0.1, -0.1, 0.0], [-0.1, G + 0.5, -0.4], [0.0, -0.4, G + 0.4]])
    assert v == near(0.6 + np.linalg.solve(matrix, [0.05, 0.0, -0.02]))


@pytest.mark.parametrize(("circuits", "switches"), [
    ((3, 4), {"membrane_right": (True, False)}),
    ((3, 259), {"bottom": (True, False)}),
    ((3, 259), {"bottom": (False, True)}),
    ((3, 4), {"soma": True, "soma_right": (True, False)}),
])
def test_shorted_circuits(circuits: Any, switches: Any) -> None:
    parameters = linear(circuits, capacitance=(2.0, 1.0), g_leak=(0.1, 0.2), e_leak=(0.5, 0.8), g_icc=0.3, **switches)
    v = run(parameters, circuits=circuits, v0=0.5).v

    assert v[0] == near(0.7 - 0.2 * np.exp(-TIMES * 0.3 / 3.0))
    assert (v[0] == v[1]).all()


def test_only_the_circuit_that_fires_is_reset() -> None:
    parameters = linear((3, 4), membrane_right=(True, False), threshold=(math.inf, 0.55), g_reset=1.0, e_reset=0.4,
                        reset_time=1000.0, refractory=1000.0)
    result = run(parameters, circuits=(3, 4), times=STEADY)

    assert result.spikes[3].size == 0 and result.spikes[4].tolist() == [0.0]
    assert result.v[:, -1] == near((G * 0.6 + 1.0 * 0.4) / (G + 1.0))


def test_circuits_with_equal_thresholds_fire_together() -> None:
    parameters = linear((3, 4), membrane_right=(True, False), threshold=0.7, i_offset=0.05)
    result = run(parameters, circuits=(3, 4))

    assert result.spikes[3].size > 2
    assert (result.spikes[3] == result.spikes[4]).all()


@pytest.mark.parametrize("switches", [
    {"membrane_right": (True, False)}, {"soma": True, "soma_right": (True, False)},
    {"g_icc": 0.1, "soma_right": (True, False)},
    {"g_icc": (0.1, 0), "soma": (False, True), "soma_right": (True, False)},
])
def test_connected_circuits_have_to_be_simulated(switches: Any) -> None:
    parameters = make_parameters((0, 1), **switches)

    for circuits in ((0,), (1,)):
        with pytest.raises(ValueError):
            run(parameters, circuits=circuits)


# Firing patterns


@cache
def train(name: str, duration: float = 500.0, **changes: float) -> Any:
    """Spikes of a pattern, µs."""
    p = pattern(name, duration=duration)
    for field, value in changes.items():
        getattr(p.parameters, field)[0] = value
    return simulate(p.parameters, [0], [], p.duration, [], p.v0).spikes[0]


def bursts(spikes: Any, gap: float = 20.0) -> list[Any]:
    """Spikes that follow each other within a gap, µs."""
    return np.split(spikes, np.flatnonzero(np.diff(spikes) > gap) + 1)


def test_tonic_spiking() -> None:
    intervals = np.diff(train("tonic spiking", 300.0))

    assert intervals.size > 20
    assert np.ptp(intervals) < 0.1 * intervals.mean()
    assert np.ptp(intervals[-10:]) < 1e-3 * intervals.mean()


def test_adaptation() -> None:
    intervals = np.diff(train("adaptation"))

    assert (np.diff(intervals) > 0).all()
    assert intervals[-1] > 4 * intervals[0]


def test_initial_burst() -> None:
    first, *others = bursts(train("initial burst"))

    assert first.size >= 3
    assert all(burst.size == 1 for burst in others)
    intervals = np.diff(np.concatenate(others))
    assert intervals.size >= 5 and np.ptp(intervals) < 0.01 * intervals.mean()
    assert intervals.mean() > 5 * np.diff(first).max()


def test_regular_bursting() -> None:
    # The first burst is longer.
    _, *regular = bursts(train("regular bursting"))

    assert len(regular) >= 3
    assert len({burst.size for burst in regular}) == 1 and regular[0].size > 1
    periods = np.diff([burst[0] for burst in regular])
    assert np.ptp(periods) < 0.01 * periods.mean() and periods.mean() > 10 * np.diff(regular[0]).max()


def test_delayed_accelerating() -> None:
    spikes = train("delayed accelerating")
    intervals = np.diff(spikes)

    assert spikes[0] > 1.5 * intervals[0]
    assert intervals.size > 20 and (np.diff(intervals) < 0).all()
    assert intervals[-1] < 0.6 * intervals[0]


def test_delayed_regular_bursting() -> None:
    spikes = train("delayed regular bursting")
    regular = bursts(spikes)

    assert spikes[0] > 10 * np.diff(regular[0]).max()
    assert len(regular) >= 5
    assert len({burst.size for burst in regular}) == 1 and regular[0].size >= 3
    periods = np.diff([burst[0] for burst in regular])
    assert np.ptp(periods) < 0.05 * periods.mean()


def test_transient_spiking() -> None:
    spikes = train("transient spiking")

    # One spike, as with these parameters in the model itself.
    assert spikes.size >= 1 and spikes[-1] < 100.0
    # It is the adaptation that ends it.
    assert train("transient spiking", 100.0, a=0.0, b=0.0).size > 10


def test_irregular_spiking() -> None:
    intervals = np.diff(train("irregular spiking", 1000.0))

    assert intervals.size > 40
    # Intervals do not settle to a cycle of any length, and are not noise on a single one.
    tail = intervals[-30:]
    assert tail.std() > 0.3 * tail.mean()
    for length in range(1, 15):
        assert np.abs(tail[length:] - tail[:-length]).max() > 0.1 * tail.mean()


# Cases for comparisons


def test_events_of_the_cases_come_at_chip_cycles() -> None:
    for case in CASES.values():
        cycles = np.array([event[0] for event in case.events]) * CYCLES
        assert (np.abs(cycles - np.round(cycles)) < 1e-6).all()
        assert all(0 <= event[0] <= case.duration and event[1] in case.circuits for event in case.events)


def test_cases_are_deterministic() -> None:
    case = CASES["pair on a soma"]
    times = np.linspace(0.0, case.duration, 20)
    one, other = (
        simulate(case.parameters, case.circuits, case.events, case.duration, times, case.v0) for _ in range(2))

    assert (one.v == other.v).all() and one.spikes[0].size > 3
