"""What populations ask for is what the converters of the chip measure of their neurons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import curve_fit

import chipsim
import hxtorch
from calix.nightly import PATH_VARIABLE
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import LI, LIF, Synapse
from hxtorch.spiking.run import run
from hxtorch.spiking.utils.calib_helper import nightly_calib_path, nightly_calix_native_path

SIZE, STEPS, BATCH = 8, 80, 20
SPIKE = 20
BASELINE = slice(5, SPIKE - 2)


@pytest.fixture(params=[1, 4])
def seed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
    hxtorch.init_hardware(connection=chipsim.SimConnection(chipsim.Chip(request.param)))
    yield request.param
    hxtorch.release_hardware()


def observed(experiment: Experiment, population: LI | LIF, weight: float = 63, spikes: int = 1) -> LIFObservables:
    """Observables (steps, batch, neurons) with a number of input spikes at one step to all neurons."""
    stimulus = torch.zeros(STEPS, BATCH, spikes)
    stimulus[SPIKE] = 1
    synapse = Synapse(spikes, population.size, experiment)
    synapse.weight.data.fill_(weight)
    result = population(synapse(LIFObservables(spikes=stimulus)))
    with torch.no_grad():
        run(experiment, STEPS)
    return result


def test_leak_and_postsynaptic_potentials(seed: int) -> None:
    """CADC LSB: 128 is 0 for hxtorch. A weight of 63 gives 22 LSB with the default strength."""
    leak = torch.linspace(70, 90, SIZE)
    experiment = Experiment(dt=1e-6)
    trace = observed(experiment, LI(SIZE, experiment, leak=leak, reset=leak)).membrane_cadc.mean(1)
    baseline = trace[BASELINE].mean(0)
    assert np.abs((baseline - (leak - 128)).numpy()).max() < 1
    assert (trace.amax(0) - baseline).numpy() == pytest.approx(np.full(SIZE, 22.0), rel=0.15)


def test_signs_of_weights(seed: int) -> None:
    experiment = Experiment(dt=1e-6)
    trace = observed(experiment, LI(SIZE, experiment), weight=-63).membrane_cadc.mean(1)
    assert (trace.amin(0) - trace[BASELINE].mean(0)).numpy() == pytest.approx(np.full(SIZE, -20.0), rel=0.15)


def test_time_constants(seed: int) -> None:
    """The tail of an answer to a fast input is the membrane's."""
    tau = torch.tensor([6.0, 20.0]).repeat(SIZE // 2)
    experiment = Experiment(dt=1e-6)
    trace = observed(experiment, LI(SIZE, experiment, tau_mem=tau * 1e-6, tau_syn=1e-6), spikes=2).membrane_cadc
    tail = trace[SPIKE + 8 :].mean(1).numpy()

    def decay(time: np.ndarray, height: float, tau: float, base: float) -> np.ndarray:
        return base + height * np.exp(-time / tau)

    found = [curve_fit(decay, np.arange(len(tail)), each, p0=(10, 10, -48))[0][1] for each in tail.T]
    assert found == pytest.approx(tau.numpy(), rel=0.2)


def test_thresholds(seed: int) -> None:
    """Neurons with thresholds below the height of the answer fire, others do not."""
    threshold = torch.linspace(90, 111, SIZE)
    experiment = Experiment(dt=1e-6)
    spikes = observed(experiment, LIF(SIZE, experiment, threshold=threshold)).spikes.sum(0).mean(0)
    height = threshold - 80
    assert (spikes[height < 18] >= 1).all() and (spikes[height > 26] == 0).all()


@pytest.mark.parametrize(("name", "leak"), [("spiking", -48), ("spiking2", -48)])
def test_nightly_calibrations(seed: int, name: str, leak: float) -> None:
    for path in (nightly_calib_path(name), nightly_calix_native_path(name)):
        experiment = Experiment(dt=1e-6)
        experiment.default_execution_instance.load_calib(path)
        trace = observed(experiment, LI(SIZE, experiment), weight=0).membrane_cadc.mean(1)
        assert np.abs(trace[40:].mean(0).numpy() - leak).max() < 1
