"""Groups of sources of one execution instance and the row select addresses that they may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grenade.network.routing.driver_allocation import NUM_LABELS, Shape
from grenade.network.routing.label_allocation import AllocationRequest
from grenade.network.routing.partition import drivers_of_rows, rows_of_groups, split_linearly
from grenade.network.routing.sources import SourceKind, Sources, Synapses

ANY_LABEL = tuple(range(NUM_LABELS))


@dataclass(eq=False)
class SourceGroup:
    """At most 64 sources whose events have the same row select address.

    Attributes
    ----------
    kind : SourceKind
        Where the events come from.
    sources : ndarray of int64, shape (k,)
        Numbers of the sources; the position in it becomes the synapse label.
    buses : tuple of int
        PADI buses of the chip (0..7) that the events reach.
    labels : tuple of int
        Row select addresses that are possible.
    dependent : int or None
        Groups with the same number choose the same position in `labels`.
    """

    kind: SourceKind
    sources: NDArray[np.int64]
    buses: tuple[int, ...]
    labels: tuple[int, ...] = ANY_LABEL
    dependent: int | None = None


def active_sources(sources: Sources, synapses: Synapses) -> NDArray[np.bool_]:
    """Sources whose events are needed, by synapses or by the host, bool, shape (s,)."""
    active = sources.recorded.copy()
    active[synapses.source] = True
    return active


def internal_targets(sources: Sources, synapses: Synapses) -> NDArray[np.bool_]:
    """Whether each event output has synapses on each hemisphere, bool, shape (8, 2)."""
    targets = np.zeros((8, 2), dtype=bool)
    internal = sources.kind[synapses.source] == SourceKind.INTERNAL
    targets[sources.event_output[synapses.source[internal]], synapses.hemisphere[internal]] = True
    return targets


def internal_groups(sources: Sources, synapses: Synapses) -> list[SourceGroup]:
    """One group for each event output that has targets, with all its neurons that emit events.

    Neurons that are only recorded are members as well, since their events take the same way.
    """
    targets = internal_targets(sources, synapses)
    emits = active_sources(sources, synapses) & (sources.kind == SourceKind.INTERNAL)
    groups = []
    for event_output in range(8):
        buses = tuple(4 * hemisphere + event_output % 4 for hemisphere in range(2) if targets[event_output, hemisphere])
        if buses:
            members = np.flatnonzero(emits & (sources.event_output == event_output))
            members = members[np.argsort(sources.atomic_neuron[members], kind="stable")]
            # The event output gives the upper three bits of the address, the neurons choose the other two.
            labels = tuple(range(4 * event_output, 4 * event_output + 4))
            groups.append(SourceGroup(SourceKind.INTERNAL, members, buses, labels))
    return groups


def _aligned_labels(num_groups: int, num_hemispheres: int) -> list[list[list[int]]]:
    """Labels of the groups of a background population, by hemisphere and group: all possibilities.

    A generator draws the lower bits of the address at random, so its groups have addresses that differ in these alone.
    Equal generators on both hemispheres draw equal bits, so the order has to be the same on both.
    """
    starts = range(0, NUM_LABELS, num_groups)
    columns = [
        [start + place for start in chosen for place in order]
        for chosen in product(starts, repeat=num_hemispheres)
        for order in permutations(range(num_groups))
    ]
    return [
        [[column[hemisphere * num_groups + group] for column in columns] for group in range(num_groups)]
        for hemisphere in range(num_hemispheres)
    ]


def background_groups(populations: Sequence[Any], sources: Sources) -> list[SourceGroup]:
    """Groups of the members of background populations, for each of their generators.

    Parameters
    ----------
    populations : sequence of populations
        In the order of `sources.descriptors`.
    sources : Sources
        All sources.
    """
    groups = []
    for position, population in enumerate(populations):
        members = sources.of_population(position)
        if not members.size or sources.kinds[position] is not SourceKind.BACKGROUND:
            continue
        chunks = split_linearly(members)
        buses = sorted(4 * int(hemisphere) + int(bus) for hemisphere, bus in population.coordinate.items())
        labels = _aligned_labels(len(chunks), len(buses)) if len(chunks) > 1 else None
        for number, bus in enumerate(buses):
            for k, chunk in enumerate(chunks):
                if labels is None:
                    groups.append(SourceGroup(SourceKind.BACKGROUND, chunk, (bus,)))
                else:
                    groups.append(SourceGroup(SourceKind.BACKGROUND, chunk, (bus,), tuple(labels[number][k]), position))
    return groups


@dataclass(frozen=True, eq=False)
class Membership:
    """Where each source is found.

    Attributes
    ----------
    group, member : ndarray of int64, shape (s, 2)
        Group of each source for each hemisphere, and position in it; -1 for none.
    """

    group: NDArray[np.int64]
    member: NDArray[np.int64]

    @classmethod
    def of(cls, groups: Sequence[SourceGroup], num_sources: int) -> Membership:
        """Invert the lists of members."""
        group = np.full((num_sources, 2), -1, dtype=np.int64)
        member = np.full((num_sources, 2), -1, dtype=np.int64)
        for number, each in enumerate(groups):
            for hemisphere in {bus // 4 for bus in each.buses}:
                group[each.sources, hemisphere] = number
                member[each.sources, hemisphere] = np.arange(len(each.sources))
        return cls(group, member)


def group_rows(groups: Sequence[SourceGroup], synapses: Synapses, num_sources: int) -> NDArray[np.int64]:
    """Rows of each group by hemisphere and receptor type, int64, shape (len(groups), 2, 2).

    Synapses of sources that are in no group on the hemisphere of their target are left out.
    """
    group = Membership.of(groups, num_sources).group[synapses.source, synapses.hemisphere]
    inside = group >= 0
    return rows_of_groups(group[inside], synapses.circuit[inside], synapses.inhibitory[inside], len(groups))


def allocation_requests(groups: Sequence[SourceGroup], rows: NDArray[np.int64]) -> list[AllocationRequest]:
    """What the groups need of the synapse drivers; `rows` as of `group_rows`."""
    drivers = drivers_of_rows(rows)
    return [
        AllocationRequest(
            {bus: (Shape(int(needed)),) if (needed := drivers[number, bus // 4]) else () for bus in group.buses},
            group.labels, group.dependent,
        )
        for number, group in enumerate(groups)
    ]
