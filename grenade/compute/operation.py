"""What all operations have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np

import lola
from grenade.signal_flow import Graph, InputData, OutputData


class Executor(Protocol):
    """What operations need of an executor."""

    def run_graph(self, graphs: Graph, chips: Any, inputs: InputData) -> OutputData:
        """Execute a graph with settings of the chip for each of its execution instances."""


class Operation(ABC):
    """A function of vectors of integers, applied to all entries of a batch."""

    @abstractmethod
    def input_size(self) -> int:
        """Number of values of an entry."""

    @abstractmethod
    def output_size(self) -> int:
        """Number of values of the result of an entry."""

    @abstractmethod
    def run(self, inputs: Any, chip: lola.Chip | None = None, executor: Executor | None = None) -> np.ndarray:
        """Results of a batch.

        Parameters
        ----------
        inputs : (batch, input_size) array_like of integers
            A batch; lists of lists are as good as arrays.
        chip : lola.Chip, optional
            Settings of the chip, for operations that use it.
        executor : JITGraphExecutor, optional
            What executes, for operations that use a chip.

        Returns
        -------
        (batch, output_size) array
            The results.

        Raises
        ------
        RuntimeError
            The batch is empty, or an entry has another number of values than `input_size`.
        OverflowError
            A value is out of range.
        TypeError
            A value is no integer, or the chip or the executor is missing.
        """
