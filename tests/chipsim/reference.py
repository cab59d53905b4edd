"""Reference for the analog chip: the equations of docs/chip-model.md for a few circuits, by a general ODE solver.

Written from the equations alone, clear and slow, so that the integrator of the chip can be checked against it. Units:
V, µs, pF, µS, µA; charges are fC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.integrate import solve_ivp

from chipsim import circuits as c
from chipsim.parameters import NeuronParameters, SynapticInput

Array = np.ndarray[Any, np.dtype[Any]]
Event = tuple[float, int, Literal["exc", "inh"], float]
"""Time, µs; circuit; input; charge, fC."""

RTOL, ATOL = 1e-12, 1e-14
"""Voltages are right to some nV then. Looser ones lose up to µV where the currents have kinks."""
MAX_STEP = 1.0
"""µs: a crossing is found if the membrane is above the threshold at the end of a step."""
AT_THRESHOLD = 1e-10
"""V: a membrane that the search for a crossing has left this far below its threshold has reached it."""
AT_LIMIT = 1e-13
"""V: the membrane leaves its range when it is further out than this, so that resting at a limit is not leaving."""
NO_CURRENT = 1e-12
"""µA: a membrane is held at a limit until this current drives it back."""
MAX_RESTARTS = 1000
"""Restarts without progress in time after which something is wrong."""


@dataclass
class Result:
    """What the circuits did; rows of the arrays are circuits in the order in which they were given.

    At a jump the values behind it are sampled.
    """

    spikes: dict[int, Array]
    """Times of the spikes, µs, by circuit."""
    v: Array
    """Membranes, V."""
    x_exc: Array
    x_inh: Array
    """Drop of the synaptic lines, V."""
    w: Array
    """Adaptation currents, µA."""


@dataclass
class Line:
    """Somatic line that no compartment is on directly: (compartment, conductance in µS) of its members."""

    members: list[tuple[int, float]]


@dataclass
class Network:
    """Which circuits are one compartment, and what flows between compartments."""

    compartment: list[int]
    """Compartment of each simulated circuit."""
    links: list[tuple[int, int, float]]
    """Compartments at the two ends of a conductance, and the conductance, µS."""
    lines: list[Line]

    @property
    def size(self) -> int:
        return max(self.compartment) + 1

    def currents(self, v: Sequence[float]) -> list[float]:
        """I_c into each compartment, µA; what flows into one flows out of others."""
        current = [0.0] * self.size
        for one, other, g in self.links:
            flow = g * (v[other] - v[one])
            current[one] += flow
            current[other] -= flow
        for line in self.lines:
            v_line = sum(g * v[k] for k, g in line.members) / sum(g for _, g in line.members)
            for k, g in line.members:
                current[k] += g * (v_line - v[k])
        return current


def network(p: NeuronParameters, circuits: Sequence[int]) -> Network:
    """Compartments and lines of some circuits.

    Raises
    ------
    ValueError
        If one of the circuits is connected to a circuit that is not among them.
    """
    # Nodes that are shorted have the same name: 0 ... 511 the membranes, 512 ... 1023 the line beside each circuit.
    name = list(range(1024))

    def short(one: int, other: int) -> None:
        old, new = name[one], name[other]
        name[:] = [new if n == old else n for n in name]

    for i in range(512):
        has_right = i % 256 < 255
        if p.membrane_right[i] and has_right:
            short(i, i + 1)
        if p.bottom[i]:
            short(i, (i + 256) % 512)
        if p.soma[i]:
            short(i, 512 + i)
        if p.soma_right[i] and has_right:
            short(512 + i, 512 + i + 1)

    names = list(dict.fromkeys(name[i] for i in circuits))
    links: list[tuple[int, int, float]] = []
    floating: dict[int, Line] = {}
    for i in range(512):
        g = float(p.g_icc[i])
        if i not in circuits:
            at_line = g > 0 and name[512 + i] in {name[512 + k] for k in circuits if p.g_icc[k] > 0 or p.soma[k]}
            if name[i] in names or at_line:
                raise ValueError(f"circuit {i} is connected to the simulated ones")
            continue
        if g == 0:
            continue
        line = name[512 + i]
        if line in names:
            links.append((names.index(name[i]), names.index(line), g))
        elif line in name[:512]:
            raise ValueError(f"the line of circuit {i} is that of a circuit that is not simulated")
        else:
            floating.setdefault(line, Line([])).members.append((names.index(name[i]), g))
    return Network([names.index(name[i]) for i in circuits], links, list(floating.values()))


def saturating(u: float, g: float, limit: float) -> float:
    """Current of an OTA, µA: input u and linear range `limit` in V, transconductance g in µS."""
    y = u / limit
    if y >= c.SATURATED:
        return g * limit
    if y <= -c.SATURATED:
        return -g * limit
    return g * limit * y * (1.0 - c.SATURATION * y * y)


@dataclass
class Circuit:
    """Equations of one circuit."""

    p: NeuronParameters
    index: int

    def __post_init__(self) -> None:
        # Plain floats: the solver asks for the derivatives often.
        i, p = self.index, self.p
        self.g_leak, self.e_leak, self.range_leak = float(p.g_leak[i]), float(p.e_leak[i]), float(p.range_leak[i])
        self.g_reset, self.e_reset, self.range_reset = float(p.g_reset[i]), float(p.e_reset[i]), float(p.range_reset[i])
        self.exc, self.inh = self._input(p.exc), self._input(p.inh)
        self.i_offset = float(p.i_offset[i])
        self.i_exp, self.v_exp, self.delta_exp = float(p.i_exp[i]), float(p.v_exp[i]), float(p.delta_exp[i])
        self.a, self.b, self.v_adapt = float(p.a[i]), float(p.b[i]), float(p.v_adapt[i])
        self.tau_exc, self.tau_inh = float(p.exc.tau[i]), float(p.inh.tau[i])
        self.tau_adapt = float(p.tau_adapt[i])
        self.threshold = math.inf if p.held[i] else float(p.threshold[i])
        self.refractory, self.reset_time = float(p.refractory[i]), float(p.reset_time[i])
        self.pause = bool(p.pause[i])
        self.held = bool(p.held[i])

    def _input(self, s: SynapticInput) -> tuple[float, ...]:
        return tuple(float(values[self.index]) for values in (s.gm, s.range, s.offset, s.kappa, s.e_rev))

    def membrane_current(self, v: float, x_exc: float, x_inh: float, w: float, in_reset: bool) -> float:
        """Current onto the membrane without that of other compartments, µA."""
        if in_reset:
            current = saturating(self.e_reset - v, self.g_reset, self.range_reset)
        else:
            current = saturating(self.e_leak - v, self.g_leak, self.range_leak)
        current += self.i_offset - w
        if in_reset and self.pause:
            return current
        gm, limit, offset, kappa, e_rev = self.exc
        current += saturating(x_exc + offset, gm, limit) * max(0.0, 1.0 - kappa * (v - e_rev))
        gm, limit, offset, kappa, e_rev = self.inh
        current -= saturating(x_inh + offset, gm, limit) * max(0.0, 1.0 + kappa * (v - e_rev))
        if self.i_exp > 0:
            # Bounded exponent: trial steps of the solver may go anywhere.
            current += min(self.i_exp * math.exp(min((v - self.v_exp) / self.delta_exp, 100.0)), c.EXP_LIMIT)
        return current

    def state_derivatives(self, v: float, x_exc: float, x_inh: float, w: float) -> tuple[float, float, float]:
        """Of both lines, V/µs, and of the adaptation, µA/µs; a time constant of inf gives 0."""
        return -x_exc / self.tau_exc, -x_inh / self.tau_inh, (self.a * (v - self.v_adapt) - w) / self.tau_adapt


class _Simulation:
    """State and modes; `state` is the membranes of the compartments, then x_exc, x_inh and w of each circuit."""

    def __init__(self, p: NeuronParameters, circuits: Sequence[int], v0: float | Sequence[float] | None) -> None:
        self.circuits = [Circuit(p, i) for i in circuits]
        self.network = network(p, circuits)
        self.step = {"exc": p.exc.step, "inh": p.inh.step}
        n, members = len(circuits), self.network.compartment
        self.capacitance = [0.0] * self.network.size
        for i, k in zip(circuits, members, strict=True):
            self.capacitance[k] += float(p.capacitance[i])
        start = p.e_leak[list(circuits)] if v0 is None else np.broadcast_to(np.asarray(v0, dtype=float), (n,))
        self.state = np.zeros(self.network.size + 3 * n)
        for k in range(self.network.size):
            self.state[k] = np.clip(start[members.index(k)], c.MEMBRANE_MIN, c.MEMBRANE_MAX)
        self.reset_until = [math.inf if circuit.held else -math.inf for circuit in self.circuits]
        self.refractory_until = [-math.inf] * n
        self.in_reset = [circuit.held for circuit in self.circuits]
        self.refractory = [False] * n
        self.limited = [0] * self.network.size
        """-1 and 1: held at the lower and the upper limit."""
        self.spikes: list[list[float]] = [[] for _ in circuits]

    def parts(self, y: Any) -> list[tuple[Circuit, int, tuple[float, float, float, float]]]:
        """Each circuit with its compartment, and V, x_exc, x_inh and w."""
        n = self.network.size
        values = y.tolist()
        return [
            (circuit, k, (values[k], *values[n + 3 * m:n + 3 * m + 3]))
            for m, (circuit, k) in enumerate(zip(self.circuits, self.network.compartment, strict=True))
        ]

    def currents(self, y: Any) -> list[float]:
        """Onto each compartment, µA, whether it is held at a limit or not."""
        current = self.network.currents(y[:self.network.size].tolist())
        for (circuit, k, values), in_reset in zip(self.parts(y), self.in_reset, strict=True):
            current[k] += circuit.membrane_current(*values, in_reset)
        return current

    def derivatives(self, _: float, y: Any) -> list[float]:
        rates = [
            0.0 if limited else current / capacitance
            for current, capacitance, limited in zip(self.currents(y), self.capacitance, self.limited, strict=True)
        ]
        for circuit, _k, values in self.parts(y):
            rates += circuit.state_derivatives(*values)
        return rates

    def inject(self, m: int, which: str, charge: float) -> None:
        line = self.network.size + 3 * m + ("exc", "inh").index(which)
        self.state[line] += charge * self.step[which][self.circuits[m].index]

    def update_modes(self, t: float) -> None:
        """Ends of resets and refractory times, spikes, and compartments held at a limit, all at time t."""
        for m, (circuit, _, values) in enumerate(self.parts(self.state)):
            self.refractory[m] = t < self.refractory_until[m]
            if not self.refractory[m] and values[0] >= circuit.threshold - AT_THRESHOLD:
                self.spikes[m].append(t)
                self.reset_until[m] = t + circuit.reset_time
                self.refractory_until[m] = t + circuit.refractory
                self.refractory[m] = True
                self.state[self.network.size + 3 * m + 2] += circuit.b
            self.in_reset[m] = t < self.reset_until[m]
        for k, current in enumerate(self.currents(self.state)):
            self.limited[k] = 0
            if self.state[k] >= c.MEMBRANE_MAX:
                self.state[k] = c.MEMBRANE_MAX
                self.limited[k] = int(current >= -NO_CURRENT)
            elif self.state[k] <= c.MEMBRANE_MIN:
                self.state[k] = c.MEMBRANE_MIN
                self.limited[k] = -int(current <= NO_CURRENT)

    def next_mode(self, t: float) -> float:
        """Time of the next end of a reset or of a refractory time, µs."""
        return min((end for end in self.reset_until + self.refractory_until if end > t), default=math.inf)

    def boundaries(self) -> list[Callable[[float, Any], float]]:
        """Functions that cross zero where the equations change."""
        found = []

        def add(function: Callable[[Any], float], direction: int) -> None:
            def boundary(_: float, y: Any) -> float:
                return function(y)

            boundary.terminal, boundary.direction = True, direction  # type: ignore[attr-defined]
            found.append(boundary)

        for m, (circuit, k) in enumerate(zip(self.circuits, self.network.compartment, strict=True)):
            if not self.refractory[m] and math.isfinite(circuit.threshold):
                add(lambda y, k=k, threshold=circuit.threshold: y[k] - threshold, 1)
        for k, limited in enumerate(self.limited):
            if limited:
                add(lambda y, k=k, limited=limited: limited * self.currents(y)[k] + 2 * NO_CURRENT, -1)
            else:
                add(lambda y, k=k: y[k] - c.MEMBRANE_MAX - AT_LIMIT, 1)
                add(lambda y, k=k: y[k] - c.MEMBRANE_MIN + AT_LIMIT, -1)
        return found


def simulate(
    parameters: NeuronParameters,
    circuits: Sequence[int],
    events: Sequence[Event],
    duration_us: float,
    sample_times_us: Any,
    v0: float | Sequence[float] | None = None,
) -> Result:
    """Integrate the equations of docs/chip-model.md.

    Parameters
    ----------
    parameters : NeuronParameters
        Of all 512 circuits.
    circuits : sequence of int
        The circuits to simulate: row * 256 + column.
    events : sequence of (float, int, str, float)
        Time in µs, circuit, "exc" or "inh", charge in fC.
    duration_us : float
        µs.
    sample_times_us : array_like
        Ascending, no time twice, within 0 and the duration, µs.
    v0 : float or sequence of float, optional
        Membranes at the start, V, by default the leak potentials. Lines and adaptations start at 0; of shorted
        circuits the first counts.

    Raises
    ------
    ValueError
        If a circuit is connected to one that is not simulated.
    """
    circuits = list(circuits)
    simulation = _Simulation(parameters, circuits, v0)
    inputs = sorted((event for event in events if event[0] <= duration_us), key=lambda event: event[0])
    sample_times = np.asarray(sample_times_us, dtype=float)
    samples = np.zeros((sample_times.size, simulation.state.size))

    t, position, restarts, last = 0.0, 0, 0, -1.0
    while True:
        while position < len(inputs) and inputs[position][0] <= t:
            _, circuit, which, charge = inputs[position]
            simulation.inject(circuits.index(circuit), which, charge)
            position += 1
        simulation.update_modes(t)
        samples[sample_times == t] = simulation.state
        if t >= duration_us:
            break
        restarts = restarts + 1 if t == last else 0
        last = t
        if restarts > MAX_RESTARTS:
            raise RuntimeError(f"no progress at {t} µs")

        stop = min(duration_us, simulation.next_mode(t), inputs[position][0] if position < len(inputs) else math.inf)
        wanted = (sample_times > t) & (sample_times < stop)
        solution = solve_ivp(
            simulation.derivatives, (t, stop), simulation.state, method="DOP853", rtol=RTOL, atol=ATOL,
            max_step=MAX_STEP, events=simulation.boundaries(), t_eval=np.append(sample_times[wanted], stop),
        )
        if solution.status < 0:
            raise RuntimeError(solution.message)
        crossed = [(times[0], states[0]) for times, states in zip(solution.t_events, solution.y_events, strict=True)
                   if times.size]
        t, simulation.state = min(crossed, key=lambda end: end[0]) if crossed else (stop, solution.y[:, -1].copy())
        t = float(t)
        # The solver may not reach all sample times; one at t is sampled after the jumps there.
        reached = np.flatnonzero(wanted & (sample_times < t))
        if reached.size:
            samples[reached] = solution.y.T[:reached.size]

    n, compartment = simulation.network.size, simulation.network.compartment
    return Result(
        spikes={i: np.array(times) for i, times in zip(circuits, simulation.spikes, strict=True)},
        v=samples[:, compartment].T,
        x_exc=samples[:, n::3].T,
        x_inh=samples[:, n + 1::3].T,
        w=samples[:, n + 2::3].T,
    )
