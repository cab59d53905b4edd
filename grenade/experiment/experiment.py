"""Experiments as data: a network, the chips' settings, the input, and how long to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

import lola
from grenade.coercion import DESCRIPTION, Count, coerced
from grenade.common import ChipOnConnection, ExecutionInstanceID, PopulationOnNetwork, Time
from grenade.network.network import Network
from grenade.network.population import ExternalSourcePopulation
from grenade.network.spike_trains import SpikeTrains

if TYPE_CHECKING:
    from grenade.experiment.result import Result

INPUT_SPIKE = np.dtype([("batch", np.int32), ("neuron", np.int32), ("time", np.int64)])
"""A spike that is sent: entry of the batch, source, time in FPGA cycles."""

Progress = Callable[[str, float], None]
"""Is told what is going on, and which part of the whole (0 to 1) is behind."""

_Instance = Annotated[ExecutionInstanceID, coerced(ExecutionInstanceID)]
_Chip = Annotated[ChipOnConnection, coerced(ChipOnConnection)]
_Population = Annotated[PopulationOnNetwork, coerced(PopulationOnNetwork)]
_Time = Annotated[Time, coerced(Time)]


class ExperimentError(ValueError):
    """The parts of an experiment do not fit each other; the text says which."""


def _spikes(value: Any) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.dtype != INPUT_SPIKE or value.ndim != 1:
        raise ValueError(f"expected a flat array of {INPUT_SPIKE.names}, got {value!r:.80}")
    return value


def _runtimes(value: Any) -> np.ndarray:
    """FPGA cycles of all entries of a batch, or of each."""
    values = np.atleast_1d(np.asarray(int(value) if isinstance(value, Time) else value))
    fits = values.dtype.kind in "iu" and values.ndim == 1 and len(values) > 0
    if not fits or int(values.min()) < 0 or int(values.max()) >= 2**63:
        raise ValueError(f"expected FPGA cycles, one number or one for each entry of the batch, got {value!r:.80}")
    return values.astype(np.int64)


@dataclass(config=DESCRIPTION, eq=False, repr=False)
class Experiment:
    """Everything that is needed to run a network.

    Attributes
    ----------
    network : Network
        The network.
    chips : dict of ExecutionInstanceID to dict of ChipOnConnection to lola.Chip
        Settings of the chip of each execution instance, e.g. from a calibration. Instances that are left out run with
        the settings of a new `lola.Chip`.
    runtimes : dict of ExecutionInstanceID to ndarray of int64
        FPGA cycles that an instance runs, (batch_size,), or (1,) for all entries. Instances that are left out end with
        their last input spike.
    batch_size : int
        Number of entries of the batch.
    spikes : dict of PopulationOnNetwork to ndarray of dtype `INPUT_SPIKE`
        Spikes that are sent by external sources, in any order. See `stimulate`.
    inter_batch_entry_wait : dict of ExecutionInstanceID to Time
        Time between two entries of the batch, at least.
    inter_batch_entry_routing_disabled : dict of ExecutionInstanceID to bool
        Whether no events travel on the chip between two entries; by default they do not.
    router : str
        "portfolio" or "greedy".

    Raises
    ------
    ValueError
        A field has another type (pydantic.ValidationError).
    """

    network: Network
    chips: dict[_Instance, dict[_Chip, lola.Chip]] = Field(default_factory=dict)
    runtimes: dict[_Instance, Annotated[np.ndarray, BeforeValidator(_runtimes)]] = Field(default_factory=dict)
    batch_size: Annotated[Count, Field(ge=1)] = 1
    spikes: dict[_Population, Annotated[np.ndarray, BeforeValidator(_spikes)]] = Field(default_factory=dict)
    inter_batch_entry_wait: dict[_Instance, _Time] = Field(default_factory=dict)
    inter_batch_entry_routing_disabled: dict[_Instance, bool] = Field(default_factory=dict)
    router: Literal["portfolio", "greedy"] = "portfolio"

    def stimulate(self, population: PopulationOnNetwork, times: Any) -> None:
        """Add spikes of an external population.

        Parameters
        ----------
        population : PopulationOnNetwork
            Population of external sources.
        times : nested lists or arrays
            (spike,) is the same for all sources and entries of the batch, (source, spike) for all entries,
            (entry, source, spike) for none. Whole numbers are FPGA cycles, floats milliseconds.

        Raises
        ------
        ExperimentError
            No such population, or another number of sources or entries.
        """
        self._coerce_keys()
        descriptor = PopulationOnNetwork.coerce(population)
        size = self._sources(descriptor)
        trains = SpikeTrains.parse(times)
        if trains.dimensions > 1 and (trains.trains != size).any():
            raise ExperimentError(f"{descriptor!r} has {size} sources, but there are {trains.trains.tolist()} trains")
        if trains.dimensions == 3 and len(trains.trains) != self.batch_size:
            raise ExperimentError(f"{len(trains.trains)} entries of spike trains, expected {self.batch_size}")
        added = _flat(trains, size, self.batch_size)
        known = self.spikes.get(descriptor, np.empty(0, INPUT_SPIKE))
        self.spikes[descriptor] = np.concatenate([known, added])

    def check(self) -> None:
        """Check that all parts fit each other; `run` and `save` do.

        Raises
        ------
        ExperimentError
            They do not; the text names the part.
        ValueError
            Something of another type was put into a dict (pydantic.ValidationError).
        """
        self._coerce_keys()
        instances = self.network.execution_instances
        for name in ("chips", "runtimes", "inter_batch_entry_wait", "inter_batch_entry_routing_disabled"):
            for instance in getattr(self, name):
                if instance not in instances:
                    raise ExperimentError(f"{name}: the network has no {instance!r}")
        for instance, cycles in self.runtimes.items():
            if len(cycles) not in (1, self.batch_size):
                raise ExperimentError(
                    f"runtimes of {instance!r}: {len(cycles)} numbers for a batch of {self.batch_size}"
                )
        for population, spikes in self.spikes.items():
            _check_range(population, "source", spikes["neuron"], self._sources(population))
            _check_range(population, "entry of the batch", spikes["batch"], self.batch_size)
            _check_range(population, "time", spikes["time"], 2**63)

    def _coerce_keys(self) -> None:
        """Check what was put into dicts since they were assigned; keys that are numbers become descriptors."""
        for name in ("chips", "runtimes", "spikes", "inter_batch_entry_wait", "inter_batch_entry_routing_disabled"):
            given = getattr(self, name)
            setattr(self, name, given)
            if len(getattr(self, name)) != len(given):
                raise ExperimentError(f"{name}: a key is there twice, as a descriptor and as a number")

    def _sources(self, population: PopulationOnNetwork) -> int:
        """Number of sources of an external population."""
        instances = self.network.execution_instances
        instance = population.toExecutionInstanceID()
        local = population.toPopulationOnExecutionInstance()
        if instance not in instances or local not in instances[instance].populations:
            raise ExperimentError(f"spikes: the network has no {population!r}")
        found = instances[instance].populations[local]
        if not isinstance(found, ExternalSourcePopulation):
            raise ExperimentError(f"spikes: {population!r} is a {type(found).__name__}, expected external sources")
        return found.size

    def run(self, connection: Any = None, progress: Progress | None = None) -> Result:
        """Route the network, run it, and sort the results.

        Parameters
        ----------
        connection : connection or executor, optional
            Where to run it; by default what the environment asks for, which is a simulated chip unless told otherwise.
        progress : callable, optional
            Called with the name of a stage and the part of the whole that is behind.

        Returns
        -------
        Result
            What was recorded.

        Raises
        ------
        ExperimentError
            The parts of the experiment do not fit each other.
        UnsuccessfulRouting
            The network does not fit on the chip.
        """
        from grenade.experiment.run import run

        return run(self, connection, progress)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the experiment to a file; an existing one is replaced."""
        from grenade.experiment.files import save

        save(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Experiment:
        """Read an experiment from a file.

        Raises
        ------
        CheckedFileError
            Foreign, truncated, damaged or newer files, or files with something else; the text says which.
        OSError
            The file cannot be read.
        """
        from grenade.experiment.files import load_experiment

        return load_experiment(path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Experiment):
            return NotImplemented
        plain = ("network", "chips", "batch_size", "inter_batch_entry_wait", "inter_batch_entry_routing_disabled",
                 "router")
        return (
            all(getattr(self, name) == getattr(other, name) for name in plain)
            and _equal(self.runtimes, other.runtimes) and _equal(self.spikes, other.spikes)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        instances = self.network.execution_instances
        spikes = sum(map(len, self.spikes.values()))
        return f"Experiment({len(instances)} execution instances, batch of {self.batch_size}, {spikes:,} input spikes)"


def _equal(arrays: Mapping[Any, np.ndarray], others: Mapping[Any, np.ndarray]) -> bool:
    return arrays.keys() == others.keys() and all(np.array_equal(arrays[key], others[key]) for key in arrays)


def _flat(trains: SpikeTrains, size: int, batch_size: int) -> np.ndarray:
    """Spikes one by one of trains that may be shared by all sources or entries."""
    if trains.dimensions == 3:
        train = np.repeat(np.arange(batch_size * size), trains.counts)
        times = trains.times
    else:
        copies = batch_size * (size if trains.dimensions == 1 else 1)
        counts = np.tile(trains.counts, copies)
        train = np.repeat(np.arange(len(counts)), counts)
        times = np.tile(trains.times, copies)
    result = np.empty(len(times), INPUT_SPIKE)
    result["batch"], result["neuron"] = np.divmod(train, max(size, 1))
    result["time"] = times
    return result


def _check_range(population: PopulationOnNetwork, what: str, values: np.ndarray, stop: int) -> None:
    if len(values) and not (int(values.min()) >= 0 and int(values.max()) < stop):
        raise ExperimentError(
            f"spikes of {population!r}: {what} goes from {values.min()} to {values.max()}, expected 0 to {stop - 1}"
        )
