"""Short-term plasticity and the hagen mode of the synapse drivers, measured at the membrane."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
from tests.chipsim.experiment import Experiment
from tests.chipsim.test_chip import experiment


def driver_experiment(seed: int | None = None, **settings: Any) -> Experiment:
    """Driver 0 of the top hemisphere with usual STP cells; no recovery unless asked for."""
    e = experiment(seed, noise=False, leak=80, threshold=None, tau_mem=2, tau_syn=2, synapse_dac_bias=400)
    e.input_row(0, 0, "excitatory", 63)
    block = e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)]
    e.usual_stp_cells(0)
    driver = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(0)]
    driver.offset = 7
    for name, value in settings.items():
        setattr(driver, name, value)
    return e


def amplitudes(e: Experiment, times_us: Any, labels: Any, neuron: int = 3) -> np.ndarray:
    """Drop of the synaptic line that each event brings, V."""
    e.configure()
    e.run(100)
    probe = e.chip.probe(neuron, "exc_synin", interval_us=0.02)
    e.run(times_us[-1] + 20, times_us, labels)
    steps = np.diff(probe.values)
    return steps[steps > 1e-4]


TIMES = 20.0 + 20.0 * np.arange(6)


@pytest.mark.parametrize(("selection", "sign"), [(0, 1), (1, -1)], ids=["facilitating", "depressing"])
def test_short_term_plasticity(selection: int, sign: int) -> None:
    e = driver_experiment(enable_stp=True, utilization=4, select_target_voltages=selection, enable_recovery=False)
    steps = amplitudes(e, TIMES, np.zeros(6, dtype=int))
    assert len(steps) == 6 and np.all(sign * np.diff(steps) > 0)
    # The distance to the end value shrinks by 1 - U with every event.
    ratio = np.diff(steps)[1:] / np.diff(steps)[:-1]
    assert np.allclose(ratio, 1 - 5 / 24, atol=0.05)


def test_without_plasticity_all_events_are_equal() -> None:
    steps = amplitudes(driver_experiment(), TIMES, np.zeros(6, dtype=int))
    assert len(steps) == 6 and np.ptp(steps) < 0.02 * steps.mean()


def test_activations_of_the_hagen_mode() -> None:
    e = driver_experiment(
        enable_stp=True, enable_hagen_dac=True, enable_hagen_modulation=True, enable_address_out=False,
        hagen_dac_offset=31,
    )
    activations = np.array([31, 20, 10, 5, 2])
    steps = amplitudes(e, 20.0 + 20.0 * np.arange(5), 32 - activations)
    assert len(steps) == 5
    assert np.allclose(steps / steps[0], activations / 31, atol=0.03)
