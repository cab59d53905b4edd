"""Set-ups on the simulated chip: they run, record, and keep their weights in range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bss2.datasets import mnist as digits
from bss2.train.chip import hardware
from bss2.train.demo import configured_weights
from bss2.train.first_spike import first_spike_times
from bss2.train.first_spike_chip import RecordedLayers, shared_weights
from bss2.train.mnist import STEPS, Mnist, MnistSettings
from bss2.train.neurons import ALIKE, MAX_WEIGHT, NeuronSettings, Spread
from bss2.train.partitioned import Partitioned, PartitionedSettings
from bss2.train.robustness import Study, spreads_of, yin_yang_task
from bss2.train.trainer import Trainer
from bss2.train.yin_yang import YinYang, YinYangSettings

FEW = digits.embedded().first(40, 20)


@pytest.fixture
def ideal() -> Iterator[None]:
    with hardware("ideal"):
        yield


@pytest.mark.parametrize("gradient", ["surrogate", "eventprop"])
def test_yin_yang(gradient: str, ideal: None) -> None:
    task = YinYang(YinYangSettings(chip="ideal", gradient=gradient, train_size=40, test_size=20, batch_size=20))
    before = task.model.hidden_synapse.weight.detach().clone()
    (epoch,) = Trainer(task).run(1)
    assert np.isfinite(epoch.loss) and 1 < epoch.observables["hidden spikes"] < 100
    assert not torch.equal(before, task.model.hidden_synapse.weight)
    limit = MAX_WEIGHT / task.settings.weight_scale
    assert task.model.hidden_synapse.weight.abs().max() <= limit * 1.0001


def test_mnist_uses_the_whole_chip(ideal: None) -> None:
    task = Mnist(MnistSettings(chip="ideal", batch_size=20), FEW)
    (epoch,) = Trainer(task).run(1)
    assert np.isfinite(epoch.loss)
    assert task.model.readout_observables.membrane_cadc.shape[0] == STEPS
    weights = configured_weights(task.model.experiment)
    with task.averaged():  # the last run was the test
        expected = np.rint(task.model.hidden_synapse.hardware_weights().reshape(246, 256).T)
    # Source i of the host has driver i.
    np.testing.assert_array_equal(weights.reshape(256, 256)[:, :246], expected)


def test_partitioned(ideal: None) -> None:
    task = Partitioned(PartitionedSettings(chip="ideal", batch_size=20, hidden=260 - 4), FEW)
    assert len(task.model.hidden) == 1
    (epoch,) = Trainer(task).run(1)
    assert np.isfinite(epoch.loss)
    assert len(task.model.experiment.last_run_chip_configs) == 2


def test_first_spikes_are_those_of_the_model(ideal: None) -> None:
    random = torch.Generator().manual_seed(1)
    times = 0.15 + 1.85 * torch.rand(40, 5, generator=random)
    weights = [0.5 * torch.randn(60, 5, generator=random) + 1.2, 0.6 * torch.randn(3, 60, generator=random) + 0.4]
    neurons = [
        NeuronSettings(refractory_time=30e-6, threshold=threshold, i_synin_gm=ALIKE) for threshold in (115, 90)
    ]
    layers = RecordedLayers((5, 60, 3), neurons, (38.0, 11.0), 5.0, copies=5, delay=0.4e-6)
    hidden, output = layers(times, weights)
    for found, expected, typical, most in (
        (hidden, first_spike_times(times, weights[0]), 0.02, 0.1),
        (output, first_spike_times(hidden, weights[1]), 0.05, 0.3),
    ):
        fires = torch.isfinite(expected)
        assert (torch.isfinite(found) == fires).float().mean() > 0.95
        late = (found - expected)[torch.isfinite(found) & fires].abs()
        assert late.median() < typical
        assert late.quantile(0.95) < most


@given(arrays(np.float64, (3, 4), elements=st.floats(-315, 315)), st.integers(1, 5))
def test_copies_share_a_weight(weights: np.ndarray, copies: int) -> None:
    shares = shared_weights(torch.from_numpy(weights), copies).reshape(3, copies, 4)
    assert torch.equal(shares.sum(dim=1), torch.from_numpy(weights).round())
    assert (shares.amax(dim=1) - shares.amin(dim=1)).max() <= 1
    assert torch.equal(shares, shares.round())


def test_robustness(tmp_path) -> None:
    def task(**options):
        made = yin_yang_task(**options)
        made._train = tuple(each[:20] for each in made._train)
        made._test = tuple(each[:20] for each in made._test)
        return made

    with hardware(2):
        study = Study(lambda decalibration: task(seed=0, chip=2, decalibration=decalibration), [0.0, 0.4], 1, tmp_path)
        points = study.run()
        assert [point.spread for point in points] == [0.0, 0.4]
        assert study.draw(points).stat().st_size > 5000
        with pytest.raises(RuntimeError, match="exists: resume"):
            study.run()
        assert study.run(resume=True)[1].spread == 0.4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.00", "0.40", "robustness.json", "robustness.png"]


def test_spreads() -> None:
    assert Spread(0.0).around(5.0, 3) == 5.0
    drawn = Spread(0.3, seed=4).around(6e-6, 20_000)
    assert isinstance(drawn, torch.Tensor)
    assert drawn.mean().item() == pytest.approx(6e-6, rel=0.01)
    assert drawn.std().item() == pytest.approx(1.8e-6, rel=0.05) and drawn.min() > 0
    assert torch.equal(drawn, Spread(0.3, seed=4).around(6e-6, 20_000))
    assert spreads_of("0,10,50") == [0.0, 0.1, 0.5]
    with pytest.raises(ValueError, match="spread of 0.6"):
        Spread(0.6)
