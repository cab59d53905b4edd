"""Upper bounds that no placement of a network can exceed."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grenade.network.network import Network
from grenade.network.routing.connections import choose_all_circuits
from grenade.network.routing.errors import HEMISPHERES, UnsuccessfulRouting, bus_text
from grenade.network.routing.partition import rank_in_group
from grenade.network.routing.sources import (
    SourceKind,
    Sources,
    Synapses,
    collect_sources,
    collect_synapses,
    sent_sources,
)

MAX_IN_DEGREE = 256
"""Synapses of a circuit, one for each row of its hemisphere."""

MAX_IN_DEGREE_ON_BUS = 64
"""Synapses of a circuit in rows of one PADI bus."""

_SIGNS = ("excitatory", "inhibitory")


@dataclass(frozen=True, eq=False)
class Culprit:
    """Who is named in the message of a failed routing.

    Attributes
    ----------
    projection, population : descriptor
        A projection and the population that it comes from.
    """

    projection: Any
    population: Any


def largest_share(synapses: Synapses, sources: Sources, which: NDArray[np.bool_]) -> Culprit:
    """Projection with most of some synapses, and the population that it comes from."""
    selected = synapses.select(which)
    projection = int(np.bincount(selected.projection).argmax())
    source = selected.source[selected.projection == projection][0]
    return Culprit(synapses.descriptors[projection], sources.descriptors[sources.population[source]])


def fixed_buses(instance: Any, sources: Sources, synapses: Synapses) -> NDArray[np.int64]:
    """PADI bus of the chip (0..7) on which the events reach each synapse, int64, shape (m,); -1 if there is a choice.

    Neurons on the chip send to the bus of their event output, background generators to their own one. Events from the
    host may take any bus.
    """
    hemisphere = synapses.hemisphere
    bus = np.full(len(synapses), -1, dtype=np.int64)
    internal = sources.kind[synapses.source] == SourceKind.INTERNAL
    bus[internal] = (sources.event_output[synapses.source] % 4 + 4 * hemisphere)[internal]
    for position, descriptor in enumerate(sources.descriptors):
        if sources.kinds[position] is SourceKind.BACKGROUND:
            generators = np.full(2, -1, dtype=np.int64)
            for side, on_block in instance.populations[descriptor].coordinate.items():
                generators[int(side)] = 4 * int(side) + int(on_block)
            own = sources.population[synapses.source] == position
            bus[own] = generators[hemisphere[own]]
    return bus


def check_constraints(network: Network) -> None:
    """Check that no bound is exceeded which holds whatever the placement.

    These are the synapses of each circuit (256); the rows on one PADI bus (64, excitatory and inhibitory ones
    together) that the synapses of one source need; and the rows of each bus that neurons on the chip and background
    sources need, which have no choice among the buses.

    Parameters
    ----------
    network : Network
        The network; each of its execution instances is checked.

    Raises
    ------
    UnsuccessfulRouting
        With the first bound that is exceeded.
    """
    sent = sent_sources(network)
    for instance_id, instance in network.execution_instances.items():
        chosen = choose_all_circuits(instance, instance_id)
        sources = collect_sources(instance, sent.get(instance_id, {}))
        synapses = collect_synapses(instance, instance_id, sources, chosen)
        _check_in_degree(instance_id, sources, synapses)
        _check_sources(instance_id, sources, synapses)
        _check_rows(instance_id, sources, synapses, fixed_buses(instance, sources, synapses))


def _check_in_degree(instance_id: Any, sources: Sources, synapses: Synapses) -> None:
    in_degree = np.bincount(synapses.circuit, minlength=512)
    circuit = int(in_degree.argmax())
    if in_degree[circuit] <= MAX_IN_DEGREE:
        return
    culprit = largest_share(synapses, sources, synapses.circuit == circuit)
    raise UnsuccessfulRouting(
        f"projection {index(culprit.projection)} of execution instance {index(instance_id)}: neuron circuit {circuit} "
        f"needs {int(in_degree[circuit])} synapses in all, it has {MAX_IN_DEGREE}",
        resource="in-degree", execution_instance=instance_id, projection=culprit.projection,
        population=culprit.population, hemisphere=circuit // 256,
    )


def _check_sources(instance_id: Any, sources: Sources, synapses: Synapses) -> None:
    """All synapses that a source has on a hemisphere are in rows of one bus."""
    if not len(synapses):
        return
    turn = rank_in_group((synapses.source * 2 + synapses.inhibitory) * 512 + synapses.circuit)
    rows = np.zeros((len(sources), 2, 2), dtype=np.int64)
    np.maximum.at(rows, (synapses.source, synapses.hemisphere, synapses.inhibitory.astype(np.int64)), turn + 1)
    source, hemisphere = np.unravel_index(int(rows.sum(axis=2).argmax()), (len(sources), 2))
    if rows[source, hemisphere].sum() <= MAX_IN_DEGREE_ON_BUS:
        return
    culprit = largest_share(synapses, sources, (synapses.source == source) & (synapses.hemisphere == hemisphere))
    raise UnsuccessfulRouting(
        f"projection {index(culprit.projection)} of execution instance {index(instance_id)}: the events of neuron "
        f"{int(sources.neuron[source])} of population {index(culprit.population)} need "
        f"{_rows_text(rows[source, hemisphere])} of one PADI bus ({HEMISPHERES[hemisphere]}), which has "
        f"{MAX_IN_DEGREE_ON_BUS}",
        resource="in-degree", execution_instance=instance_id, projection=culprit.projection,
        population=culprit.population, hemisphere=int(hemisphere),
    )


def _rows_text(rows: NDArray[np.int64]) -> str:
    return " and ".join(f"{int(rows[sign])} {_SIGNS[sign]}" for sign in range(2) if rows[sign]) + " rows"


def _check_rows(instance_id: Any, sources: Sources, synapses: Synapses, bus: NDArray[np.int64]) -> None:
    known = bus >= 0
    key = (bus[known] * 2 + synapses.inhibitory[known]) * 512 + synapses.circuit[known]
    rows = np.bincount(key, minlength=8 * 1024).reshape(8, 2, 512).max(axis=2)
    for number in np.flatnonzero(rows.sum(axis=1) > MAX_IN_DEGREE_ON_BUS).tolist():
        culprit = largest_share(synapses, sources, bus == number)
        raise UnsuccessfulRouting(
            f"projection {index(culprit.projection)} of execution instance {index(instance_id)}, with others if there "
            f"are, needs {_rows_text(rows[number])} on {bus_text(number)}, which has {MAX_IN_DEGREE_ON_BUS}",
            resource="rows", execution_instance=instance_id, projection=culprit.projection,
            population=culprit.population, hemisphere=number // 4, bus=number % 4,
        )
