"""Membranes and spike times of the core against a general solver of the same equations, see docs/chip-model.md."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.chipsim.accuracy_cases import CASES
from tests.chipsim.core_runner import run_core
from tests.chipsim.reference import Result, simulate

CADC_LSB = 4.5e-3
SPIKE_RMS_US = 0.02
MEMBRANE_RMS = 0.2 * CADC_LSB
INTERVAL_US = 0.25
JUMP_US = 0.6
"""Samples this close behind a spike are left out: there a nanosecond is many LSB."""

LIMITED = {"membrane limits": 1.0}
"""Largest rms of the membrane in LSB, where the limit of its range cuts steps."""


@cache
def reference(name: str) -> Result:
    case = CASES[name]
    times = np.arange(0, case.duration - 1e-9, INTERVAL_US)
    return simulate(case.parameters, case.circuits, case.events, case.duration, times, case.v0)


@pytest.mark.parametrize("name", CASES)
def test_spikes_and_membranes(name: str) -> None:
    case, expected = CASES[name], reference(name)
    spikes, v = run_core(case, INTERVAL_US)
    n = min(v.shape[1], expected.v.shape[1])
    times = INTERVAL_US * np.arange(n)
    for index, circuit in enumerate(case.circuits):
        assert len(spikes[circuit]) == len(expected.spikes[circuit])
        if len(spikes[circuit]):
            error = np.sqrt(np.mean((spikes[circuit] - expected.spikes[circuit]) ** 2))
            assert error < SPIKE_RMS_US
        quiet = np.ones(n, dtype=bool)
        for other in case.circuits:
            for spike in expected.spikes[other]:
                quiet &= (times < spike - JUMP_US) | (times > spike + JUMP_US)
        error = v[index, :n][quiet] - expected.v[index, :n][quiet]
        assert np.sqrt(np.mean(error**2)) < LIMITED.get(name, 1) * (CADC_LSB if name in LIMITED else MEMBRANE_RMS)


@pytest.mark.parametrize("name", [name for name in CASES if name not in LIMITED])
def test_halving_the_step_changes_little(name: str) -> None:
    case = CASES[name]
    spikes, _ = run_core(case, 1e6)
    halved, _ = run_core(case, 1e6, limit=64)
    for circuit in case.circuits:
        assert len(spikes[circuit]) == len(halved[circuit])
        if len(spikes[circuit]):
            error = np.sqrt(np.mean((spikes[circuit] - halved[circuit]) ** 2))
            assert error < SPIKE_RMS_US


@pytest.mark.parametrize("name", ["dense with spikes", "conductance-based with spikes", "small capacitance"])
def test_short_steps_are_exact(name: str) -> None:
    """Errors come from the length of the steps alone."""
    case, expected = CASES[name], reference(name)
    spikes, _ = run_core(case, 1e6, limit=8)
    error = spikes[0] - expected.spikes[0]
    assert np.sqrt(np.mean(error**2)) < SPIKE_RMS_US / 10
