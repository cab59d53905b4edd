"""What the chip recorded of a module: spikes, and samples of CADC and MADC.

Times are FPGA cycles (125 per µs) since the realtime section began; runtimes and time steps are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from grenade.network.extract import CADCRows
from hxtorch.spiking.backend.dense import CYCLES_PER_S, dense_samples, dense_spikes, grid_length


class _Recorded:
    """Recorded numbers of a population, one row each."""

    _columns: tuple[str, ...]

    def __init__(self, data: Iterable[Sequence[int]] = (), batch_size: int = 0, population_size: int = 0) -> None:
        self.set_data(data, batch_size, population_size)

    def set_data(self, data: Iterable[Sequence[int]], batch_size: int, population_size: int) -> None:
        """Replace everything.

        Parameters
        ----------
        data : iterable of tuples, or (n, columns) array of integers
            What `get_data` gives.
        batch_size, population_size : int
            Number of entries and of neurons.

        Raises
        ------
        ValueError
            The rows have another length.
        IndexError
            There is no such entry or neuron.
        """
        rows = data if isinstance(data, np.ndarray) else list(data)
        table = np.asarray(rows, np.int64).reshape(len(rows), -1) if len(rows) else np.empty((0, len(self._columns)))
        if table.shape[1] != len(self._columns):
            raise ValueError(f"{type(self).__name__}: rows of {table.shape[1]} numbers, expected {self._columns}")
        self._set(dict(zip(self._columns, table.astype(np.int64).T, strict=True)), batch_size, population_size)

    def _set(self, columns: dict[str, np.ndarray], batch_size: int, population_size: int) -> None:
        for name, size in (("batch", batch_size), ("neuron", population_size)):
            column = columns[name]
            if column.size and not 0 <= column.min() <= column.max() < size:
                raise IndexError(
                    f"{type(self).__name__}: {name} is {column.min()} to {column.max()}, expected 0 to {size - 1}"
                )
        self._data, self._batch_size, self._population_size = columns, batch_size, population_size

    @property
    def batch_size(self) -> int:
        """Number of entries of the batch."""
        return self._batch_size

    @property
    def population_size(self) -> int:
        """Number of neurons."""
        return self._population_size

    def columns(self) -> dict[str, np.ndarray]:
        """The rows as arrays by name."""
        return self._data

    def get_data(self) -> list[tuple[int, ...]]:
        """All rows."""
        columns = self.columns()
        return list(zip(*(columns[name].tolist() for name in self._columns), strict=True))

    def __len__(self) -> int:
        return len(self.columns()[self._columns[0]])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} rows, {self.batch_size} entries, {self.population_size} neurons)"


class SpikeHandle(_Recorded):
    """Spikes of a population: rows of time, entry of the batch, neuron."""

    _columns = ("time", "batch", "neuron")

    @classmethod
    def of(cls, spikes: np.ndarray, batch_size: int, population_size: int) -> SpikeHandle:
        """From a structured array with these columns, as networks give it."""
        handle = cls.__new__(cls)
        handle._set({name: spikes[name] for name in cls._columns}, batch_size, population_size)
        return handle

    def to_dense(self, runtime: float, dt: float, /, dtype: torch.dtype = torch.uint8) -> torch.Tensor:
        """Spikes on a grid of time steps.

        Parameters
        ----------
        runtime, dt : float
            Length of the run and of a step, s.
        dtype : torch.dtype
            Type of the result.

        Returns
        -------
        torch.Tensor of shape (steps, batch, neurons)
            1 where there is a spike; several ones in a step count once. There is one step more than fit into the
            runtime.
        """
        shape = (grid_length(runtime, dt), self.batch_size, self.population_size)
        data = self._data
        return dense_spikes(data["time"], data["batch"], data["neuron"], shape, dt, dtype)


class CADCHandle(_Recorded):
    """CADC samples of a population: rows of value (-128 to 127), time, entry of the batch, neuron."""

    _columns = ("value", "time", "batch", "neuron")
    _blocks: list[CADCRows] | None = None

    @classmethod
    def of(cls, blocks: Sequence[CADCRows], batch_size: int, population_size: int) -> CADCHandle:
        """From blocks of circuits that are sampled together, which is what the chip gives; nothing is copied."""
        handle = cls((), batch_size, population_size)
        handle._blocks = list(blocks)
        return handle

    def set_data(self, data: Iterable[Sequence[int]], batch_size: int, population_size: int) -> None:
        self._blocks = None
        super().set_data(data, batch_size, population_size)

    def columns(self) -> dict[str, np.ndarray]:
        if self._blocks is None:
            return self._data
        parts: dict[str, list[np.ndarray]] = {name: [np.empty(0, np.int64)] for name in self._columns}
        for block in self._blocks:
            shape = block.values.shape
            entry = np.repeat(np.arange(self.batch_size), np.diff(block.offsets))
            for name, values in (
                ("value", block.values), ("time", block.times[:, None]), ("batch", entry[:, None]),
                ("neuron", block.neuron),
            ):
                parts[name].append(np.broadcast_to(values, shape).reshape(-1))
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def __len__(self) -> int:
        return len(self._data["value"]) if self._blocks is None else sum(block.values.size for block in self._blocks)

    def to_dense(
        self, runtime: float, dt: float | str = "linear", mode: str | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, float]:
        """Samples on a grid of time steps, see `hxtorch.spiking.backend.dense.dense_samples`.

        Parameters
        ----------
        runtime : float
            Length of the run, s.
        dt : float, optional
            Length of a step, s. Without it (the mode may be in its place) the mean distance of the samples is taken.
        mode : {"linear", "nn"}
            How values between two samples are found.

        Returns
        -------
        torch.Tensor of float32, shape (steps, batch, neurons)
            With `dt`; without it a tuple of this and the length of a step.

        Raises
        ------
        RuntimeError
            Another mode.
        ValueError
            Without `dt`: each neuron has one sample at most.
        """
        if not isinstance(dt, str):
            return self._dense(runtime, dt, "linear" if mode is None else mode)
        found = self._mean_distance()
        return self._dense(runtime, found, dt if mode is None else mode), found

    def _dense(self, runtime: float, dt: float, mode: str) -> torch.Tensor:
        steps = grid_length(runtime, dt)
        shape = (steps, self.batch_size, self.population_size)
        if self._blocks is None:
            times, offsets, values = self._trains()
            return torch.from_numpy(dense_samples(times, offsets, values, steps, dt, mode).reshape(shape))
        if len(self._blocks) == 1 and np.array_equal(self._blocks[0].neuron, np.arange(self.population_size)):
            block = self._blocks[0]
            return torch.from_numpy(dense_samples(block.times, block.offsets, block.values, steps, dt, mode))
        dense = np.zeros(shape, np.float32)
        for block in self._blocks:
            samples = dense_samples(block.times, block.offsets, block.values, steps, dt, mode)
            dense[:, :, _slice_of(block.neuron)] = samples
        return torch.from_numpy(dense)

    def _trains(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times, offsets and values of the samples of each (entry, neuron), in order of time."""
        data = self._data
        train = data["batch"] * self.population_size + data["neuron"]
        order = np.lexsort((data["time"], train))
        counts = np.bincount(train, minlength=self.batch_size * self.population_size)
        offsets = np.concatenate(([0], np.cumsum(counts)))
        return data["time"][order], offsets, data["value"][order, None]

    def _mean_distance(self) -> float:
        columns = self.columns()
        trains = self.batch_size * self.population_size
        intervals = len(columns["time"]) - trains
        if intervals <= 0:
            raise ValueError(f"{len(columns['time'])} samples of {trains} neurons in all entries, expected more to "
                             "find their distance")
        return float(columns["time"].max()) / CYCLES_PER_S * trains / intervals

    def to_raw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The samples as they are.

        Returns
        -------
        samples : torch.Tensor of float32, shape (T, batch, neurons)
        times : torch.Tensor of int32, shape (T, batch, neurons)
            FPGA cycles. T is the least number of samples that a neuron has in an entry.
        """
        if self._blocks is None:
            times, offsets, values = self._trains()
            blocks = [(times, offsets, values, np.zeros(1, np.int64))]
            shape = (self.batch_size * self.population_size, 1)
        else:
            blocks = [(block.times, block.offsets, block.values, block.neuron) for block in self._blocks]
            shape = (self.batch_size, self.population_size)
        length = min((int(np.diff(offsets).min(initial=2**62)) for _, offsets, _, _ in blocks), default=0)
        if sum(len(neuron) for *_, neuron in blocks) < shape[1] or not np.prod(shape):
            length = 0
        samples, when = np.zeros((length, *shape), np.float32), np.zeros((length, *shape), np.int32)
        for times, offsets, values, neuron in blocks:
            row = np.arange(length)[:, None] + offsets[:-1]
            samples[:, :, neuron] = values[row]
            when[:, :, neuron] = times[row][:, :, None]
        full = (length, self.batch_size, self.population_size)
        return torch.from_numpy(samples.reshape(full)), torch.from_numpy(when.reshape(full))


def _slice_of(numbers: np.ndarray) -> Any:
    """The same numbers as a slice, which is much quicker, if they follow each other."""
    begin, end = int(numbers[0]), int(numbers[0]) + len(numbers)
    return slice(begin, end) if np.array_equal(numbers, np.arange(begin, end)) else numbers


class MADCHandle(_Recorded):
    """MADC samples of a neuron: rows of value (10 bit), time, entry of the batch, neuron."""

    _columns = ("value", "time", "batch", "neuron")

    @classmethod
    def of(cls, samples: np.ndarray, batch_size: int, population_size: int) -> MADCHandle:
        """From a structured array with these columns, as networks give it."""
        handle = cls.__new__(cls)
        handle._set({name: samples[name] for name in cls._columns}, batch_size, population_size)
        return handle

    def to_raw(self) -> torch.Tensor:
        """The samples as they are.

        Returns
        -------
        torch.Tensor of float32, shape (2, T, batch)
            Index 0 of the first dimension is the time in FPGA cycles, 1 the value. T is the mean number of samples of
            an entry, rounded down; an entry that has fewer ends with NaN.
        """
        data = self._data
        length = len(data["time"]) // self.batch_size if self.batch_size else 0
        order = np.lexsort((data["time"], data["batch"]))
        entry = data["batch"][order]
        begins = np.searchsorted(entry, np.arange(self.batch_size))
        rank = np.arange(len(entry)) - begins[entry]
        kept = rank < length
        raw = np.full((2, length, self.batch_size), np.nan, np.float32)
        for i, name in enumerate(("time", "value")):
            raw[i, rank[kept], entry[kept]] = data[name][order][kept]
        return torch.from_numpy(raw)


@dataclass
class HardwareObservables:
    """What was recorded of a module; None where nothing was.

    Attributes
    ----------
    spikes : SpikeHandle or None
    cadc : CADCHandle or None
    madc : MADCHandle or None
    """

    spikes: Any = None
    cadc: Any = None
    madc: Any = None
