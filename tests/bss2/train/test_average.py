"""Mean weights over the steps of training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bss2.train import checkpoint
from bss2.train.average import WeightAverage
from bss2.train.task import Settings
from bss2.train.trainer import Trainer
from bss2.train.yin_yang import MOCK, YinYang, YinYangSettings

SMALL = {"train_size": 60, "test_size": 30, "hidden": 20, "batch_size": 20}


def yin_yang(average: float) -> YinYang:
    return YinYang(YinYangSettings(**(MOCK | SMALL), average=average))


def weights_of(model: torch.nn.Module) -> list[torch.Tensor]:
    return [weights.detach().clone() for weights in model.parameters()]


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=40), st.floats(0.01, 0.999))
def test_the_mean_is_a_weighted_one_of_all_steps(values: list[float], keep: float) -> None:
    model = torch.nn.Linear(1, 1, bias=False).double()
    with torch.no_grad():
        model.weight.fill_(values[0])
    average = WeightAverage(model, keep)
    parts = torch.tensor([1.0], dtype=torch.float64)
    for step, value in enumerate(values[1:], 1):
        with torch.no_grad():
            model.weight.fill_(value)
        average.update()
        kept = min(keep, step / (step + 10))
        parts = torch.cat([parts * kept, torch.tensor([1 - kept], dtype=torch.float64)])
    assert parts.sum().item() == pytest.approx(1)
    with average.in_place():
        assert model.weight.item() == pytest.approx(float(parts @ torch.tensor(values).double()), abs=1e-9)
    assert model.weight.item() == values[-1]


def test_weights_come_back_after_an_error() -> None:
    model = torch.nn.Linear(3, 2)
    average = WeightAverage(model, 0.9)
    with torch.no_grad():
        model.weight += 1
    last = weights_of(model)
    with pytest.raises(KeyError), average.in_place():
        assert not torch.equal(model.weight, last[0])
        raise KeyError
    assert all(map(torch.equal, weights_of(model), last))


def test_without_a_mean_the_last_weights_are_tested() -> None:
    task = yin_yang(0.0)
    Trainer(task).run(1)
    last = weights_of(task.model)
    with task.averaged():
        assert all(map(torch.equal, weights_of(task.model), last))
    assert task.average.state()["mean"] == []


def test_training_is_the_same_and_tests_have_the_mean() -> None:
    tasks = yin_yang(0.0), yin_yang(0.9)
    plain, averaged = (Trainer(task) for task in tasks)
    assert [e.loss for e in plain.run(2)] == [e.loss for e in averaged.run(2)]
    assert plain.history[1].test_loss != averaged.history[1].test_loss
    with tasks[1].averaged():
        mean = {name: values.clone() for name, values in tasks[1].model.state_dict().items()}
    tasks[0].set_weights(mean)
    assert plain.test().mean_loss == pytest.approx(averaged.history[1].test_loss, rel=1e-6)


def test_a_start_takes_the_mean(tmp_path: Path) -> None:
    trained = yin_yang(0.9)
    Trainer(trained, tmp_path).run(1)
    other = yin_yang(0.5)
    checkpoint.start_from(tmp_path / checkpoint.FILE, other)
    with trained.averaged():
        assert all(map(torch.equal, weights_of(trained.model), weights_of(other.model)))
    with other.averaged():  # which has begun anew
        assert all(map(torch.equal, other.average.state()["mean"], weights_of(other.model)))


@pytest.mark.parametrize("average", [-0.1, 1.0])
def test_wrong_settings(average: float) -> None:
    with pytest.raises(ValueError, match=f"average is {average}, expected 0 to less than 1"):
        Settings(average=average)
