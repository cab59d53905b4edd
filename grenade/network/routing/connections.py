"""From connections to synapses: which neuron circuits of the target compartment receive them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grenade.common import COMPARTMENTS
from grenade.network.population import BackgroundSourcePopulation
from grenade.network.routing.errors import UnsuccessfulRouting
from grenade.network.routing.ragged import Ragged, checked_column, offsets_of, turns_of
from grenade.network.routing.weight_split import num_circuits

NUM_CIRCUITS = 512
"""Neuron circuits of a chip."""

NUM_SYNAPSES = 2 * 256 * 256
"""Synapses of a chip."""


@dataclass
class RoutedConnection:
    """Circuits of the target compartment that one connection uses; the same one may be there several times."""

    atomic_neurons_on_target_compartment: list[int]


class ConnectionRouting(Ragged[int]):
    """Target circuits of all connections of a projection; `routing[i]` is a `RoutedConnection`.

    Parameters
    ----------
    offsets : array_like of int64, shape (n + 1,)
        Connection i uses the circuits `offsets[i]` to `offsets[i + 1]`.
    circuit : array_like of int64, shape (m,)
        Number of the circuit on the target compartment.
    """

    def __init__(self, offsets: ArrayLike = (0,), circuit: ArrayLike = ()) -> None:
        self.offsets = np.asarray(offsets, dtype=np.int64)
        self.circuit = checked_column("ConnectionRouting", "circuits", circuit, np.int64, NUM_CIRCUITS)
        self._check(circuit=self.circuit)

    @classmethod
    def coerce(cls, value: Any) -> ConnectionRouting:
        """A routing as it is, or one made of a list of `RoutedConnection` or of lists of circuit numbers."""
        if isinstance(value, cls):
            return value
        lists = [list(getattr(each, "atomic_neurons_on_target_compartment", each)) for each in value]
        return cls(offsets_of([len(each) for each in lists]), [int(circuit) for each in lists for circuit in each])

    def _entry(self, start: int, stop: int) -> Any:
        return RoutedConnection([int(circuit) for circuit in self.circuit[start:stop]])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConnectionRouting):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.circuit, other.circuit)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Circuits with a receptor, grouped by compartment.

    Attributes
    ----------
    key : ndarray of int64, shape (c,)
        Neuron and compartment as one number, ascending.
    circuit, atomic_neuron : ndarray of int64, shape (c,)
        Number on the compartment and on the chip.
    """

    key: NDArray[np.int64]
    circuit: NDArray[np.int64]
    atomic_neuron: NDArray[np.int64]


def _candidates(post: Any, receptor: Any, pre: Any) -> Candidates:
    circuits = post.circuits
    usable = post.has_receptor(receptor)
    if isinstance(pre, BackgroundSourcePopulation):
        hemispheres = [int(hemisphere) for hemisphere in pre.coordinate]
        usable = usable & np.isin(circuits[:, 3] // 256, hemispheres)
    circuits = circuits[usable]
    key = circuits[:, 0] * COMPARTMENTS + circuits[:, 1]
    order = np.argsort(key, kind="stable")
    return Candidates(key[order], circuits[order, 2], circuits[order, 3])


def _fewest_first(
    first: NDArray[np.int64], count: NDArray[np.int64], atomic_neuron: NDArray[np.int64], in_degree: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Candidates taken one after the other, each time the one of its compartment with the smallest in-degree.

    Taking the smallest again and again walks through pairs (in-degree before, number of the candidate) in ascending
    order, so the takers of a compartment get the first pairs of the sorted list.

    Parameters
    ----------
    first, count : ndarray of int64, shape (r,)
        Candidates `first` to `first + count` may be taken by each taker.
    atomic_neuron : ndarray of int64, shape (c,)
        Circuit of each candidate.
    in_degree : ndarray of int64, shape (512,)
        In-degrees before.

    Returns
    -------
    ndarray of int64, shape (r,)
        Number of the candidate for each taker.
    """
    compartments, owner, takers = np.unique(first, return_inverse=True, return_counts=True)
    sizes = np.zeros(len(compartments), dtype=np.int64)
    sizes[owner] = count
    member = np.repeat(compartments, sizes) + turns_of(sizes)
    steps = np.repeat(takers, sizes)
    candidate = np.repeat(member, steps)
    place = np.repeat(np.repeat(np.arange(len(compartments)), sizes), steps)
    order = np.lexsort((candidate, in_degree[atomic_neuron[candidate]] + turns_of(steps), place))
    taken = candidate[order][turns_of(sizes * takers) < np.repeat(takers, sizes * takers)]
    result = np.empty(len(first), dtype=np.int64)
    result[np.argsort(owner, kind="stable")] = taken
    return result


def choose_circuits(
    target: NDArray[np.int64], needed: NDArray[np.int64], candidates: Candidates, in_degree: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Choose a candidate for every synapse of a projection, and count them in `in_degree`.

    Every connection gets its first synapse before any gets its second, in order of the connections; each takes the
    circuit of its compartment with the smallest in-degree, the first one of equals.

    Parameters
    ----------
    target : ndarray of int64, shape (n,)
        Compartment of each connection, as in `Candidates.key`.
    needed : ndarray of int64, shape (n,)
        Synapses of each connection, at least one.
    candidates : Candidates
        The circuits to choose from.
    in_degree : ndarray of int64, shape (512,)
        Synapses of each circuit, updated.

    Returns
    -------
    ndarray of int64, shape (needed.sum(),)
        Numbers of candidates, in order of connection and synapse of the connection.

    Raises
    ------
    LookupError
        With the number of the first connection whose compartment has no candidate.
    """
    first = np.searchsorted(candidates.key, target, "left")
    count = np.searchsorted(candidates.key, target, "right") - first
    if target.size and not count.all():
        raise LookupError(int(np.argmin(count)))
    connection = np.repeat(np.arange(len(target)), needed)
    if (count == 1).all():
        chosen = first[connection]
    else:
        order = np.argsort(turns_of(needed), kind="stable")
        chosen = np.empty(len(order), dtype=np.int64)
        takers = connection[order]
        chosen[order] = _fewest_first(first[takers], count[takers], candidates.atomic_neuron, in_degree)
    in_degree += np.bincount(candidates.atomic_neuron[chosen], minlength=len(in_degree))
    return chosen


@dataclass(frozen=True, eq=False)
class ChosenCircuits:
    """Circuits of a projection's synapses.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n + 1,)
        Connection i has the synapses `offsets[i]` to `offsets[i + 1]`.
    circuit, atomic_neuron : ndarray of int64, shape (m,)
        Number on the compartment and on the chip.
    """

    offsets: NDArray[np.int64]
    circuit: NDArray[np.int64]
    atomic_neuron: NDArray[np.int64]


def choose_all_circuits(execution_instance: Any, execution_instance_id: Any = 0) -> dict[Any, ChosenCircuits]:
    """`build_connection_routing` with the numbers of the circuits on the chip."""
    in_degree = np.zeros(NUM_CIRCUITS, dtype=np.int64)
    candidates: dict[Any, Candidates] = {}
    chosen: dict[Any, ChosenCircuits] = {}
    for descriptor, projection in sorted(execution_instance.projections.items(), key=lambda item: int(item[0])):
        pre = execution_instance.populations[projection.population_pre]
        post = execution_instance.populations[projection.population_post]
        # Whether a circuit is a candidate depends on the generators only where there are any.
        generators = projection.population_pre if isinstance(pre, BackgroundSourcePopulation) else None
        kind = (projection.population_post, projection.receptor, generators)
        if kind not in candidates:
            candidates[kind] = _candidates(post, projection.receptor, pre)
        table = projection.table
        needed = num_circuits(table[:, 4])
        target = table[:, 2] * COMPARTMENTS + table[:, 3]
        if needed.size and needed.sum(dtype=float) > NUM_SYNAPSES:
            raise UnsuccessfulRouting(
                f"projection {int(descriptor)} of execution instance {int(execution_instance_id)} needs "
                f"{sum(needed.tolist())} synapses for its weights, the chip has {NUM_SYNAPSES}",
                resource="synapses", execution_instance=execution_instance_id, projection=descriptor,
            )
        try:
            taken = choose_circuits(target, needed, candidates[kind], in_degree)
        except LookupError as error:
            row = table[error.args[0]]
            raise UnsuccessfulRouting(
                f"projection {int(descriptor)} of execution instance {int(execution_instance_id)}: connection "
                f"{error.args[0]} needs a circuit with {projection.receptor!r} on compartment {int(row[3])} of neuron "
                f"{int(row[2])} of population {index(projection.population_post)}"
                f"{', on a hemisphere with a background generator' if generators is not None else ''}, there is none",
                resource="circuits", execution_instance=execution_instance_id, projection=descriptor,
                population=projection.population_post,
            ) from None
        found = candidates[kind]
        chosen[descriptor] = ChosenCircuits(offsets_of(needed), found.circuit[taken], found.atomic_neuron[taken])
    return chosen


def build_connection_routing(execution_instance: Any, execution_instance_id: Any = 0) -> dict[Any, ConnectionRouting]:
    """Choose the target circuits of all connections of an execution instance.

    A connection needs one circuit, or one for each full or started 63 of its weight. Projections are served in order of
    their descriptors; inside one, every connection gets its first circuit before any gets its second. Among the
    circuits of the target compartment with the projection's receptor (for background sources: on a hemisphere with a
    generator) the one with the smallest in-degree so far is taken, the first one of equals.

    Parameters
    ----------
    execution_instance : object with `populations` and `projections`
        As in `Network.execution_instances`.
    execution_instance_id : ExecutionInstanceID or int
        For error messages.

    Returns
    -------
    dict of ProjectionOnExecutionInstance to ConnectionRouting

    Raises
    ------
    UnsuccessfulRouting
        If a compartment has no such circuit.
    """
    chosen = choose_all_circuits(execution_instance, execution_instance_id)
    return {descriptor: ConnectionRouting(each.offsets, each.circuit) for descriptor, each in chosen.items()}
