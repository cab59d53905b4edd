"""The loop over epochs and batches, which all set-ups share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from bss2.train import checkpoint
from bss2.train.task import Batch, Task

HISTORY_FILE = "history.json"


@dataclass
class Epoch:
    """Results of one epoch.

    Attributes
    ----------
    number : int
        From 1.
    loss, accuracy : float
        Means over the training samples, before the step that each of them led to.
    test_loss, test_accuracy : float
        Of the test samples, after the epoch.
    seconds : float
        Time of training and test.
    observables : dict of str to float
        Means over the training batches of what the task observes.
    """

    number: int
    loss: float
    accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    observables: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        more = "".join(f", {name} {value:.4g}" for name, value in self.observables.items())
        return (
            f"epoch {self.number}: loss {self.loss:.3f}, accuracy {self.accuracy:.1%}, test loss {self.test_loss:.3f}, "
            f"test accuracy {self.test_accuracy:.1%}{more} ({self.seconds:.1f} s)"
        )


class Progress:
    """What happens during training; this class ignores it."""

    def start(self, task: Task, first: int, last: int) -> None:
        """Epochs `first` to `last` are about to run."""

    def batch(self, phase: str, done: int, total: int, loss: float, accuracy: float) -> None:
        """`done` of `total` samples of a phase, training or test, are done."""

    def epoch(self, result: Epoch) -> None:
        """An epoch has ended."""


@dataclass
class _Sums:
    """Sums over samples."""

    count: int = 0
    loss: float = 0.0
    right: int = 0
    observables: dict[str, float] = field(default_factory=dict)

    def add(self, count: int, loss: float, right: int, observables: dict[str, float]) -> None:
        self.count += count
        self.loss += count * loss
        self.right += right
        for name, value in observables.items():
            self.observables[name] = self.observables.get(name, 0.0) + count * value

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.count, 1)

    @property
    def accuracy(self) -> float:
        return self.right / max(self.count, 1)


class Trainer:
    """Trains a task.

    Parameters
    ----------
    task : Task
        What to train.
    folder : Path, optional
        Where a checkpoint and the history are kept after every epoch.
    progress : Progress, optional
        Who is told about it.

    Attributes
    ----------
    history : list of Epoch
        All epochs so far.
    confusion : Tensor of int64, shape (classes, classes)
        Test samples of the last epoch, by label and answer.
    """

    def __init__(self, task: Task, folder: Path | None = None, progress: Progress | None = None) -> None:
        self.task = task
        self.folder = folder
        self.progress = progress if progress is not None else Progress()
        self.history: list[Epoch] = []
        self.confusion = torch.zeros((task.classes, task.classes), dtype=torch.int64)

    @property
    def checkpoint_file(self) -> Path | None:
        """Where the state is kept, if anywhere."""
        return None if self.folder is None else self.folder / checkpoint.FILE

    def resume(self) -> None:
        """Go on from the checkpoint in the folder.

        Raises
        ------
        checkpoint.CheckpointError
            There is none, or it belongs to another task or other settings.
        """
        if self.checkpoint_file is None:
            raise checkpoint.CheckpointError("there is no folder to go on from")
        self.history = [Epoch(**epoch) for epoch in checkpoint.load(self.checkpoint_file, self.task)]

    def run(self, epochs: int) -> list[Epoch]:
        """Train until there are `epochs` epochs in all.

        Raises
        ------
        RuntimeError
            The loss is not finite; the last checkpoint is that of the epoch before.
        """
        self.progress.start(self.task, len(self.history) + 1, epochs)
        for number in range(len(self.history) + 1, epochs + 1):
            begin = time.perf_counter()
            trained = self._train()
            tested = self.test()
            self.task.scheduler.step()
            result = Epoch(
                number, trained.mean_loss, trained.accuracy, tested.mean_loss, tested.accuracy,
                time.perf_counter() - begin,
                {name: value / max(trained.count, 1) for name, value in trained.observables.items()},
            )
            self.history.append(result)
            self._keep()
            self.progress.epoch(result)
        return self.history

    def _train(self) -> _Sums:
        task = self.task
        task.model.train()
        sums = _Sums()
        for inputs, labels in task.train_batches():
            task.optimizer.zero_grad()
            scores = task.scores(inputs)
            loss = task.loss(scores, labels)
            if not torch.isfinite(loss):
                raise RuntimeError(
                    f"{task.name}: the loss is {loss.item()} after {sums.count} samples of epoch "
                    f"{len(self.history) + 1}; a smaller learning rate may help"
                )
            loss.backward()
            task.optimizer.step()
            task.after_step()
            task.average.update()
            self._add(sums, "training", task.train_size, scores, labels, loss)
        return sums

    def test(self, samples: Iterable[Batch] | None = None) -> _Sums:
        """Loss and accuracy of test samples with the mean weights, by default all of the task; renews `confusion`."""
        self.task.model.eval()
        sums = _Sums()
        self.confusion.zero_()
        known = list(self.task.test_batches() if samples is None else samples)
        total = sum(len(labels) for _, labels in known)
        with torch.no_grad(), self.task.averaged():
            for inputs, labels in known:
                scores = self.task.scores(inputs)
                self._add(sums, "test", total, scores, labels, self.task.loss(scores, labels))
                cell = labels * self.task.classes + scores.argmax(dim=1)
                self.confusion += torch.bincount(cell, minlength=self.confusion.numel()).view_as(self.confusion)
        return sums

    def _add(
        self, sums: _Sums, phase: str, total: int, scores: torch.Tensor, labels: torch.Tensor, loss: torch.Tensor
    ) -> None:
        right = int((scores.detach().argmax(dim=1) == labels).sum())
        sums.add(len(labels), loss.item(), right, self.task.observables())
        self.progress.batch(phase, sums.count, total, sums.mean_loss, sums.accuracy)

    def _keep(self) -> None:
        if self.folder is None or self.checkpoint_file is None:
            return
        history: list[dict[str, Any]] = [asdict(epoch) for epoch in self.history]
        checkpoint.save(self.checkpoint_file, self.task, history)
        text = json.dumps({"task": self.task.name, "settings": asdict(self.task.settings), "epochs": history}, indent=1)
        checkpoint.write(self.folder / HISTORY_FILE, lambda file: file.write(text.encode()))
