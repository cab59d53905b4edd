"""Training, checkpoints, and going on from them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from bss2.datasets import mnist as digits
from bss2.train import checkpoint
from bss2.train.checkpoint import CheckpointError, start_from
from bss2.train.fast_and_deep import FastAndDeep, FirstSpikeSettings, published
from bss2.train.mac import Mac, MacSettings
from bss2.train.mnist import Mnist, MnistSettings
from bss2.train.partitioned import Partitioned, PartitionedSettings
from bss2.train.task import Settings, Task, batches
from bss2.train.trainer import Epoch, Progress, Trainer
from bss2.train.yin_yang import MOCK, YinYang, YinYangSettings

FEW = digits.embedded().first(60, 20)


SMALL = {"train_size": 60, "test_size": 30, "hidden": 20, "batch_size": 20}


def yin_yang(**changes) -> Task:
    return YinYang(YinYangSettings(**(MOCK | SMALL | changes)))


TASKS: dict[str, Callable[[], Task]] = {
    "yin-yang": yin_yang,
    "eventprop": lambda: yin_yang(gradient="eventprop"),
    "mnist": lambda: Mnist(MnistSettings(batch_size=20, hidden=30, rotation=15.0, dropout=0.3, sparse=0.01), FEW),
    "first spikes": lambda: FastAndDeep(
        FirstSpikeSettings(**(published("mnist", True) | {"hidden": 20, "batch_size": 20})), FEW
    ),
    "partitioned": lambda: Partitioned(PartitionedSettings(batch_size=20, hidden=20), FEW),
    "mac": lambda: Mac(MacSettings(batch_size=20, rotation=10.0, shift=1), FEW),
}


def numbers(history: list[Epoch]) -> list[dict]:
    """Everything but the times."""
    return [asdict(replace(epoch, seconds=0.0)) for epoch in history]


@pytest.mark.parametrize("name", TASKS)
def test_resumed_training_is_the_same_bit_by_bit(name: str, tmp_path: Path) -> None:
    whole = Trainer(TASKS[name](), tmp_path / "whole")
    whole.run(3)
    Trainer(TASKS[name](), tmp_path / "parts").run(1)
    torch.manual_seed(123)  # what happens in between does not matter
    second = Trainer(TASKS[name](), tmp_path / "parts")
    second.resume()
    second.run(3)
    assert numbers(second.history) == numbers(whole.history) and len(whole.history) == 3
    for (key, mine), theirs in zip(
        second.task.model.state_dict().items(), whole.task.model.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs), key
    assert torch.equal(second.confusion, whole.confusion) and int(whole.confusion.sum()) in (20, 30)


@pytest.mark.parametrize("name", TASKS)
def test_seeds(name: str) -> None:
    """The same seed gives the same, and training changes the weights."""
    task = TASKS[name]()
    before = [values.clone() for values in task.model.state_dict().values()]
    history = Trainer(task).run(1)
    assert numbers(history) == numbers(Trainer(TASKS[name]()).run(1))
    assert any(not torch.equal(a, b) for a, b in zip(before, task.model.state_dict().values(), strict=True))


def test_history_file(tmp_path: Path) -> None:
    trainer = Trainer(yin_yang(), tmp_path)
    trainer.run(1)
    content = json.loads((tmp_path / "history.json").read_text())
    assert content["task"] == "yin-yang" and content["settings"]["train_size"] == 60
    assert [Epoch(**epoch) for epoch in content["epochs"]] == trainer.history
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "history.json"]


def test_progress_is_told() -> None:
    seen = []

    class Notes(Progress):
        def start(self, task, first, last):
            seen.append((task.name, first, last))

        def batch(self, phase, done, total, loss, accuracy):
            seen.append((phase, done, total))

        def epoch(self, result):
            seen.append(result.number)

    Trainer(yin_yang(), progress=Notes()).run(1)
    assert seen[0] == ("yin-yang", 1, 1) and seen[-1] == 1
    assert seen[1:-1] == [*(("training", done, 60) for done in (20, 40, 60)), ("test", 30, 30)]


# -- checkpoints that do not fit -----------------------------------------------------------------------------------


def test_other_settings_are_named(tmp_path: Path) -> None:
    Trainer(yin_yang(), tmp_path).run(1)
    other = Trainer(yin_yang(learning_rate=0.5, seed=7), tmp_path)
    with pytest.raises(CheckpointError, match=r"learning_rate was 0.002 and is 0.5; seed was 0 and is 7"):
        other.resume()


def test_another_task(tmp_path: Path) -> None:
    Trainer(yin_yang(), tmp_path).run(1)
    with pytest.raises(CheckpointError, match="a checkpoint of yin-yang, not of mnist-mac"):
        Trainer(TASKS["mac"](), tmp_path).resume()


def test_starting_from_weights(tmp_path: Path) -> None:
    trained = Trainer(yin_yang(), tmp_path)
    trained.run(1)
    other = yin_yang(learning_rate=0.5, seed=7)
    start_from(tmp_path / checkpoint.FILE, other)
    with trained.task.averaged():
        for name, values in trained.task.model.state_dict().items():
            assert torch.equal(values, other.model.state_dict()[name])
    with pytest.raises(CheckpointError, match="a checkpoint of yin-yang, not of mnist-mac"):
        start_from(tmp_path / checkpoint.FILE, TASKS["mac"]())
    with pytest.raises(CheckpointError, match=r"does not fit the model \(.*size"):
        start_from(tmp_path / checkpoint.FILE, yin_yang(hidden=30))


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "there is no checkpoint"), (b"hello", "not a checkpoint"), (b"", "not a checkpoint")],
)
def test_damaged_checkpoints(content: bytes | None, text: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / checkpoint.FILE).write_bytes(content)
    with pytest.raises(CheckpointError, match=text):
        Trainer(yin_yang(), tmp_path).resume()
    with pytest.raises(CheckpointError, match="no folder"):
        Trainer(yin_yang()).resume()


def test_cut_checkpoints_and_foreign_ones(tmp_path: Path) -> None:
    Trainer(yin_yang(), tmp_path).run(1)
    file = tmp_path / checkpoint.FILE
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="damaged"):
        Trainer(yin_yang(), tmp_path).resume()
    torch.save({"weights": torch.zeros(3)}, file)
    with pytest.raises(CheckpointError, match="this version"):
        Trainer(yin_yang(), tmp_path).resume()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    checkpoint.write(file, lambda stream: stream.write(b"old"))

    def fails(stream):
        stream.write(b"new")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        checkpoint.write(file, fails)
    assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]


def test_a_loss_that_is_not_finite_ends_training(tmp_path: Path) -> None:
    task = yin_yang()
    trainer = Trainer(task, tmp_path)
    trainer.run(1)
    task.loss = lambda scores, labels: scores.sum() * math.nan  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match=r"yin-yang: the loss is nan after 0 samples of epoch 2"):
        trainer.run(2)
    fresh = Trainer(yin_yang(), tmp_path)
    fresh.resume()
    assert len(fresh.history) == 1


# -- settings and batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Settings(batch_size=0), "Settings: batch_size is 0, expected at least 1"),
        (lambda: Settings(chip="best"), "chip is 'best', expected a seed, 'ideal' or None"),
        (lambda: Settings(chip=True), "chip is True"),
        (lambda: Settings(learning_rate=0), "learning_rate is 0"),
        (lambda: Settings(decay=1.5), "decay is 1.5"),
        (lambda: MnistSettings(hidden=247), "MnistSettings: hidden is 247, expected 1 to 246"),
        (lambda: MnistSettings(dropout=1.0), "dropout is 1.0"),
        (lambda: MnistSettings(decalibration=0.6), "decalibration is 0.6"),
        (lambda: YinYangSettings(gradient="exact"), "gradient is 'exact', expected one of surrogate, eventprop"),
        (lambda: YinYangSettings(copies=26), "copies is 26"),
        (lambda: FirstSpikeSettings(data="digits"), "data is 'digits'"),
        (lambda: FirstSpikeSettings(late=0.1), "late is 0.1, expected more than early, 0.15"),
        (lambda: PartitionedSettings(rotated=2), "rotated is 2"),
        (lambda: MacSettings(gain=0), "gain is 0"),
        (lambda: MacSettings(rotation=-1), "rotation is -1"),
        (lambda: MacSettings(shift=-1), "shift is -1, expected 0 or more pixels"),
        (lambda: published("digits", True), "data is 'digits'"),
        (lambda: Mnist(MnistSettings(), FEW._replace(x_train=FEW.x_train[:, 1:])), r"images of \(15, 16\) pixels"),
        (lambda: Mac(MacSettings(), FEW._replace(x_train=FEW.x_train[:, 1:])), "images of 15 pixels"),
        (lambda: FastAndDeep(FirstSpikeSettings(data="mnist")), "needs its images"),
    ],
)
def test_wrong_settings(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


def test_batches() -> None:
    inputs, labels = torch.arange(10.0)[:, None], torch.arange(10)
    in_order = list(batches(inputs, labels, 4))
    assert [len(each) for _, each in in_order] == [4, 4, 2] and in_order[1][1].tolist() == [4, 5, 6, 7]
    shuffled = torch.cat([each for _, each in batches(inputs, labels, 4, torch.Generator().manual_seed(1))])
    assert sorted(shuffled.tolist()) == list(range(10)) and shuffled.tolist() != list(range(10))
