"""What all training set-ups have in common: settings, batches, scores, loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from bss2.train.average import WeightAverage

ChipName = int | Literal["ideal"] | None
"""Seed of a simulated chip with mismatch, the one without, or None for a model on the host."""

Batch = tuple[Tensor, Tensor]
"""Inputs and labels."""


@dataclass(frozen=True)
class Settings:
    """Settings of every set-up; each has its own class with the published values.

    Attributes
    ----------
    seed : int
        Seed of weights, order of the data, augmentation and dropout.
    chip : int, "ideal" or None
        Seed of the chip, or None to run the model on the host.
    batch_size : int
        Samples per step.
    learning_rate : float
        Of Adam.
    decay : float
        Factor of the learning rate after each `decay_epochs` epochs.
    average : float
        Part of the mean weights, with which tests run, that a step keeps; 0: they run with those of the last step.
    """

    seed: int = 0
    chip: ChipName = None
    batch_size: int = 100
    learning_rate: float = 1e-3
    decay: float = 1.0
    decay_epochs: int = 1
    average: float = 0.0

    @property
    def mock(self) -> bool:
        """Whether the model runs on the host."""
        return self.chip is None

    def __post_init__(self) -> None:
        if isinstance(self.chip, bool) or not (self.chip in (None, "ideal") or isinstance(self.chip, int)):
            raise ValueError(f"{type(self).__name__}: chip is {self.chip!r}, expected a seed, 'ideal' or None")
        for name in ("batch_size", "decay_epochs"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        self._check("learning_rate", self.learning_rate > 0, "more than 0")
        self._check("decay", 0 < self.decay <= 1, "more than 0, at most 1")
        self._check("average", 0 <= self.average < 1, "0 to less than 1")

    def _check(self, name: str, right: bool, expected: str) -> None:
        """Raise ValueError for a field with a wrong value."""
        if not right:
            raise ValueError(f"{type(self).__name__}: {name} is {getattr(self, name)!r}, expected {expected}")

    def differences(self, other: dict[str, Any]) -> list[str]:
        """What is different in the stored settings `other`, one text for each field."""
        mine = asdict(self)
        return [
            f"{name} was {other.get(name, 'missing')!r} and is {mine.get(name, 'missing')!r}"
            for name in sorted(mine.keys() | other.keys())
            if name not in mine or name not in other or plain(mine[name]) != plain(other[name])
        ]


def plain(value: Any) -> Any:
    """A value as files hold it: tuples become lists."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


class Task:
    """A network, its data, and how to train it.

    Parameters
    ----------
    settings : Settings
        Settings.
    model : torch.nn.Module
        All weights.
    train, test : Batch
        All training and test samples.
    test_batch : int, optional
        Test samples that are run together; default as many as training samples.

    Attributes
    ----------
    name : str
        Name in files and on the command line.
    classes : int
        Number of classes.
    settings, model
        As given.
    optimizer, scheduler : torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler
        Step of the weights, and of the learning rate after each epoch.
    generator : torch.Generator
        Source of the order of the data and of their augmentation.
    average : WeightAverage
        Mean of the weights over steps.
    """

    name: ClassVar[str]
    classes: ClassVar[int]

    def __init__(
        self, settings: Settings, model: torch.nn.Module, train: Batch, test: Batch, test_batch: int | None = None
    ) -> None:
        self.settings = settings
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, settings.decay_epochs, settings.decay)
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.average = WeightAverage(model, settings.average)
        self._train, self._test = train, test
        self._test_batch = settings.batch_size if test_batch is None else test_batch

    @property
    def train_size(self) -> int:
        """Number of training samples."""
        return len(self._train[1])

    def train_batches(self) -> Iterator[Batch]:
        """All training samples once, in random order."""
        yield from batches(*self._train, self.settings.batch_size, self.generator)

    def test_batches(self) -> Iterator[Batch]:
        """All test samples."""
        yield from batches(*self._test, self._test_batch)

    def scores(self, inputs: Tensor) -> Tensor:
        """Scores of all classes, (batch, classes); the largest one is the answer."""
        raise NotImplementedError(f"{type(self).__name__} has no scores")

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Loss of the batch that `scores` saw last, with all penalties, ()."""
        raise NotImplementedError(f"{type(self).__name__} has no loss")

    def after_step(self) -> None:
        """Called after each step of the optimizer, such as to keep weights in range."""

    def set_weights(self, weights: dict[str, Tensor]) -> None:
        """Give the model other weights, a state dictionary; their mean over steps begins anew."""
        self.model.load_state_dict(weights)
        self.load_state(self.state())
        self.average.restart()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """While the context lasts, the model has the mean weights."""
        try:
            with self.average.in_place():
                self.load_state(self.state())
                yield
        finally:
            self.load_state(self.state())

    def observables(self) -> dict[str, float]:
        """What else there is to know about the last batch, means over its samples, by name."""
        return {}

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs besides model, optimizer and random numbers: numbers, lists, tensors."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore what `state` gave."""


def batches(inputs: Tensor, labels: Tensor, size: int, generator: torch.Generator | None = None) -> Iterator[Batch]:
    """All samples once, in batches; the last one may be smaller.

    Parameters
    ----------
    inputs, labels : Tensor, shape (n, ...)
        Samples.
    size : int
        Samples of a batch.
    generator : torch.Generator, optional
        Source of a random order; without one they stay in order.
    """
    order = torch.arange(len(labels)) if generator is None else torch.randperm(len(labels), generator=generator)
    for chosen in order.split(size):
        yield inputs[chosen], labels[chosen]
