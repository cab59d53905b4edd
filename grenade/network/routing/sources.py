"""All sources of an execution instance, and all synapses that they need, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grenade.common import COMPARTMENTS, ExecutionInstanceID
from grenade.network.network import Network
from grenade.network.population import BackgroundSourcePopulation, Population
from grenade.network.routing.connections import ChosenCircuits
from grenade.network.routing.errors import UnsuccessfulRouting


class SourceKind(IntEnum):
    """Where the events of a source come from."""

    INTERNAL = 0
    BACKGROUND = 1
    EXTERNAL = 2


def kind_of(population: Any) -> SourceKind:
    """Kind of the sources of a population; events of the serial spike interface enter like those of the host."""
    if isinstance(population, Population):
        return SourceKind.INTERNAL
    if isinstance(population, BackgroundSourcePopulation):
        return SourceKind.BACKGROUND
    return SourceKind.EXTERNAL


@dataclass(frozen=True, eq=False)
class Sources:
    """Sources of an execution instance in order of population, neuron, compartment.

    Attributes
    ----------
    descriptors : list of PopulationOnExecutionInstance
        The populations.
    kinds : list of SourceKind
        Kind of each population.
    kind : ndarray of int64, shape (s,)
        `SourceKind`.
    population : ndarray of int64, shape (s,)
        Position in `descriptors`.
    neuron, compartment : ndarray of int64, shape (s,)
        Neuron on the population, compartment on the neuron (0 for sources off the chip).
    atomic_neuron : ndarray of int64, shape (s,)
        Circuit (0..511) that emits the events of a neuron on the chip; -1 for other sources.
    recorded : ndarray of bool, shape (s,)
        Whether the events are to reach the host.
    """

    descriptors: list[Any]
    kinds: list[SourceKind]
    kind: NDArray[np.int64]
    population: NDArray[np.int64]
    neuron: NDArray[np.int64]
    compartment: NDArray[np.int64]
    atomic_neuron: NDArray[np.int64]
    recorded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def event_output(self) -> NDArray[np.int64]:
        """Event output (0..7) of neurons on the chip, int64, shape (s,); without meaning for other sources."""
        return self.atomic_neuron % 256 // 32

    def of_population(self, position: int) -> NDArray[np.int64]:
        """Numbers of the sources of the population `descriptors[position]`."""
        return np.flatnonzero(self.population == position)


def _table(kind: SourceKind, population: Any) -> NDArray[np.int64]:
    """Neuron, compartment, circuit, recorded of each source of a population, int64, shape (k, 4)."""
    if kind is SourceKind.INTERNAL:
        masters = population.spike_masters
        return masters[np.argsort(masters[:, 0] * COMPARTMENTS + masters[:, 1], kind="stable")]
    table = np.zeros((population.size, 4), dtype=np.int64)
    table[:, 0] = np.arange(population.size)
    table[:, 2] = -1
    table[:, 3] = population.recorded
    return table


def sent_sources(network: Network) -> dict[ExecutionInstanceID, dict[int, NDArray[np.int64]]]:
    """Sources whose spikes other execution instances need, by execution instance and number of the population.

    Returns
    -------
    dict of ExecutionInstanceID to dict of int to ndarray of int64, shape (n,)
        ``neuron * COMPARTMENTS + compartment``, ascending, each once.
    """
    sent: dict[ExecutionInstanceID, dict[int, list[NDArray[np.int64]]]] = {}
    for projection in network.inter_execution_instance_projections:
        descriptor = projection.population_pre
        of_instance = sent.setdefault(descriptor.toExecutionInstanceID(), {})
        keys = projection.table[:, 0] * COMPARTMENTS + projection.table[:, 1]
        of_instance.setdefault(index(descriptor), []).append(keys)
    return {
        instance: {population: np.unique(np.concatenate(keys)) for population, keys in populations.items()}
        for instance, populations in sent.items()
    }


def collect_sources(execution_instance: Any, sent: Mapping[int, NDArray[np.int64]]) -> Sources:
    """All possible sources of an execution instance.

    Parameters
    ----------
    execution_instance : object with `populations`
        As in `Network.execution_instances`.
    sent : dict of int to ndarray of int64, shape (n,)
        Sources that send to another execution instance, as one value of `sent_sources`: their events have to reach
        the host as if they were recorded.
    """
    populations = sorted(execution_instance.populations.items(), key=lambda item: int(item[0]))
    kinds = [kind_of(population) for _, population in populations]
    tables = [_table(kind, population) for kind, (_, population) in zip(kinds, populations, strict=True)]
    for table, (descriptor, _) in zip(tables, populations, strict=True):
        if (keys := sent.get(int(descriptor))) is not None:
            table[:, 3] |= np.isin(table[:, 0] * COMPARTMENTS + table[:, 1], keys)
    sizes = [len(table) for table in tables]
    flat = np.concatenate(tables) if tables else np.zeros((0, 4), dtype=np.int64)
    return Sources(
        descriptors=[descriptor for descriptor, _ in populations],
        kinds=kinds,
        kind=np.repeat(np.array([int(kind) for kind in kinds], dtype=np.int64), sizes),
        population=np.repeat(np.arange(len(populations)), sizes),
        neuron=flat[:, 0], compartment=flat[:, 1], atomic_neuron=flat[:, 2], recorded=flat[:, 3] != 0,
    )


@dataclass(frozen=True, eq=False)
class Synapses:
    """Synapses that an execution instance needs, in order of projection, connection, synapse of the connection.

    Attributes
    ----------
    descriptors : list of ProjectionOnExecutionInstance
        The projections.
    projection : ndarray of int64, shape (m,)
        Position in `descriptors`.
    source : ndarray of int64, shape (m,)
        Number in `Sources`.
    circuit : ndarray of int64, shape (m,)
        Target circuit on the chip (0..511).
    inhibitory : ndarray of bool, shape (m,)
        Sign of the receptor.
    """

    descriptors: list[Any]
    projection: NDArray[np.int64]
    source: NDArray[np.int64]
    circuit: NDArray[np.int64]
    inhibitory: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.source)

    @property
    def hemisphere(self) -> NDArray[np.int64]:
        """Hemisphere of the target (0 top, 1 bottom), int64, shape (m,)."""
        return self.circuit // 256

    def select(self, which: NDArray[Any]) -> Synapses:
        """Some of the synapses."""
        return Synapses(
            self.descriptors, self.projection[which], self.source[which], self.circuit[which], self.inhibitory[which]
        )


def _sources_of(projection: Any, position: int, sources: Sources) -> NDArray[np.int64]:
    """Source of each connection, int64, shape (n,).

    Raises
    ------
    LookupError
        With the number of the first connection whose source emits no events.
    """
    table = projection.table
    candidates = sources.of_population(position)
    key = sources.neuron[candidates] * COMPARTMENTS + sources.compartment[candidates]
    wanted = table[:, 0] * COMPARTMENTS + table[:, 1]
    place = np.searchsorted(key, wanted)
    found = np.zeros(len(wanted), dtype=bool)
    inside = place < len(key)
    found[inside] = key[place[inside]] == wanted[inside]
    if not found.all():
        raise LookupError(int(np.argmin(found)))
    return candidates[place]


def collect_synapses(
    execution_instance: Any, execution_instance_id: Any, sources: Sources, chosen: Mapping[Any, ChosenCircuits]
) -> Synapses:
    """All synapses of an execution instance.

    Raises
    ------
    UnsuccessfulRouting
        If a compartment without a spike master is a source.
    """
    position_of = {int(descriptor): position for position, descriptor in enumerate(sources.descriptors)}
    source, circuit, inhibitory, sizes = [], [], [], []
    for descriptor, circuits in chosen.items():
        projection = execution_instance.projections[descriptor]
        try:
            origin = _sources_of(projection, position_of[index(projection.population_pre)], sources)
        except LookupError as error:
            row = projection.table[error.args[0]]
            raise UnsuccessfulRouting(
                f"projection {int(descriptor)} of execution instance {int(execution_instance_id)}: connection "
                f"{error.args[0]} comes from compartment {int(row[1])} of neuron {int(row[0])} of population "
                f"{index(projection.population_pre)}, which has no spike master and so no events",
                resource="spike master", execution_instance=execution_instance_id, projection=descriptor,
                population=projection.population_pre,
            ) from None
        size = len(circuits.atomic_neuron)
        source.append(np.repeat(origin, np.diff(circuits.offsets)))
        circuit.append(circuits.atomic_neuron)
        inhibitory.append(np.full(size, int(projection.receptor.type) == 1))
        sizes.append(size)
    empty = np.zeros(0, dtype=np.int64)
    return Synapses(
        list(chosen), np.repeat(np.arange(len(chosen)), sizes), np.concatenate([empty, *source]),
        np.concatenate([empty, *circuit]), np.concatenate([np.zeros(0, dtype=bool), *inhibitory]),
    )
