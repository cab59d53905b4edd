"""Runs a case of `accuracy_cases` on the core of the chip."""

from __future__ import annotations

from typing import Any

import numpy as np

from chipsim.core import Core
from chipsim.topology import compartments
from tests.chipsim.accuracy_cases import CHARGE, CYCLES, Case

Array = np.ndarray[Any, np.dtype[Any]]
INHIBITORY = 64
"""Driver of the first inhibitory row: driver w has weight w in its bottom row, driver 64 + w too, but inhibitory."""


def run_core(case: Case, interval_us: float, limit: int | None = None) -> tuple[dict[int, Array], Array]:
    """Spike times (µs) by circuit, and membranes (V, circuits x samples).

    Parameters
    ----------
    case : Case
        What to run.
    interval_us : float
        Distance of the samples.
    limit : int, optional
        Longest step, in chip cycles.
    """
    core = Core()
    core.threshold_noise = 0
    core.configure(case.parameters, extra=case.circuits)
    if limit is not None:
        core.limit = limit
    state = core.state()
    state["v"][:] = case.parameters.e_leak if case.v0 is None else case.v0
    for group in compartments(case.parameters)[0]:
        state["v"][group] = state["v"][group[0]]
    core.restore(state)
    modes = np.zeros((2, 256), dtype=int)
    modes[:, 0:128:2], modes[:, 128:256:2] = 1, 2
    core.set_row_modes(modes)
    for hemisphere in range(2):
        weights, labels = np.zeros((2, 256, 256), dtype=np.uint8)
        for index, circuit in enumerate(case.circuits):
            if circuit // 256 == hemisphere:
                weights[::2, circuit % 256] = np.arange(128) % INHIBITORY
                labels[:, circuit % 256] = index
        core.set_rows(hemisphere, weights, labels)
    for time, circuit, which, charge in sorted(case.events):
        weight = round(charge / CHARGE * 63)
        driver = weight + (INHIBITORY if which == "inh" else 0)
        core.push([round(time * CYCLES)], circuit // 256, driver, case.circuits.index(circuit))
    probes = [core.add_probe(circuit, "membrane", interval_us) for circuit in case.circuits]
    core.run(round(case.duration * CYCLES))
    ticks, circuits = core.take_spikes()
    spikes = {circuit: ticks[circuits == circuit] / CYCLES for circuit in case.circuits}
    samples = [core.samples(probe) for probe in probes]
    return spikes, np.array([s[: min(map(len, samples))] for s in samples])
