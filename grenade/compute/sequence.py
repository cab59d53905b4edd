"""Operations one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import lola
from grenade.compute.operation import Executor, Operation


class Sequence(Operation):
    """Operations of which each gets the results of the one before.

    Parameters
    ----------
    data : iterable of Operation, optional
        The operations.

    Attributes
    ----------
    data : list of Operation
        The operations; may be changed at any time.
    """

    def __init__(self, data: Iterable[Operation] = ()) -> None:
        self.data: list[Operation] = list(data)

    def input_size(self) -> int:
        return self._operations()[0].input_size()

    def output_size(self) -> int:
        return self._operations()[-1].output_size()

    def run(self, inputs: Any, chip: lola.Chip | None = None, executor: Executor | None = None) -> np.ndarray:
        for operation in self._operations():
            inputs = operation.run(inputs, chip, executor)
        return np.asarray(inputs)

    def _operations(self) -> list[Operation]:
        if not self.data:
            raise RuntimeError("Sequence: there are no operations, expected at least one")
        return self.data

    def __repr__(self) -> str:
        return f"Sequence({self.data!r})"
