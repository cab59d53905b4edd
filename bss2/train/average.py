"""Averages of weights over the steps of training.

The weights of a single step are those of the batches that came last; their mean over many steps generalises better.

References
----------
Polyak and Juditsky: Acceleration of stochastic approximation by averaging, 1992.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


class WeightAverage:
    """Exponentially weighted mean of all weights of a model.

    Parameters
    ----------
    model : torch.nn.Module
        Whose weights they are.
    keep : float
        Part of the mean that a step keeps, 0 to less than 1; with 0 the mean is the weights of the last step. The first
        steps keep less, so that the weights at the beginning are soon forgotten.
    """

    def __init__(self, model: torch.nn.Module, keep: float) -> None:
        self._weights = list(model.parameters()) if keep else []
        self._keep = keep
        self.restart()

    def restart(self) -> None:
        """Begin with the weights that the model has now."""
        self._steps = 0
        self._mean = self._copies()

    def update(self) -> None:
        """Take the weights of another step in."""
        self._steps += 1
        keep = min(self._keep, self._steps / (self._steps + 10))
        for mean, weights in zip(self._mean, self._weights, strict=True):
            mean.lerp_(weights.detach(), 1 - keep)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While the context lasts, the model has the mean weights."""
        last = self._copies()
        self._set(self._mean)
        try:
            yield
        finally:
            self._set(last)

    def _copies(self) -> list[torch.Tensor]:
        return [weights.detach().clone() for weights in self._weights]

    def _set(self, values: list[torch.Tensor]) -> None:
        with torch.no_grad():
            for weights, new in zip(self._weights, values, strict=True):
                weights.copy_(new)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs."""
        return {"steps": self._steps, "mean": self._mean}

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore what `state` gave."""
        self._steps = state["steps"]
        for mean, values in zip(self._mean, state["mean"], strict=True):
            mean.copy_(values)
