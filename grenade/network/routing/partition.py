"""Groups of sources that share the row select address of their events, and the synapse drivers that they need.

A group has at most 64 sources, told apart by the synapse label. All synapse drivers that accept its events belong to
the group, so each target circuit has one row per synapse from the group and receptor type, and the target with most
synapses says how many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grenade.network.routing.ragged import turns_of

MAX_SOURCES = 64
"""Sources of a group: numbers of synapse labels."""

DRIVERS_PER_BUS = 32

Groups = list[list[NDArray[np.int64]]]
"""Sources of each group on each PADI bus of a hemisphere."""


def rank_in_group(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of earlier elements with the same key, int64, shape (n,)."""
    if not key.size:
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    lengths = np.diff(np.append(starts, len(key)))
    rank = np.empty(len(key), dtype=np.int64)
    rank[order] = turns_of(lengths)
    return rank


def split_linearly(sources: ArrayLike, size: int = MAX_SOURCES) -> list[NDArray[np.int64]]:
    """Cut a list of sources into groups of at most `size`, in order."""
    sources = np.asarray(sources, dtype=np.int64)
    return [sources[start : start + size] for start in range(0, len(sources), size)]


def rows_of_groups(
    group: NDArray[np.int64], circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_], num_groups: int
) -> NDArray[np.int64]:
    """Rows that the synapses of groups of sources need.

    Parameters
    ----------
    group : ndarray of int64, shape (m,)
        Group of the source of each synapse.
    circuit : ndarray of int64, shape (m,)
        Target circuit (0..511) of each synapse.
    inhibitory : ndarray of bool, shape (m,)
        Receptor type of each synapse.
    num_groups : int
        Number of groups.

    Returns
    -------
    ndarray of int64, shape (num_groups, 2, 2)
        Rows by hemisphere (top, bottom) and receptor type (excitatory, inhibitory).
    """
    key = (group * 2 + inhibitory) * 512 + circuit
    in_degree = np.bincount(key, minlength=1024 * num_groups).reshape(num_groups, 2, 2, 256)
    return in_degree.max(axis=3).swapaxes(1, 2)


def num_rows(circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows that the synapses of one group of sources need, as `rows_of_groups`; int64, shape (2, 2)."""
    return rows_of_groups(np.zeros(len(circuit), dtype=np.int64), circuit, inhibitory, 1)[0]


def num_drivers(circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Synapse drivers that the synapses of one group of sources need on each hemisphere, int64, shape (2,)."""
    return drivers_of_rows(num_rows(circuit, inhibitory))


def drivers_of_rows(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drivers, two rows each, for rows of both receptor types in the last axis; int64, that axis less."""
    return (rows.sum(axis=-1) + 1) // 2


def distribute_in_order(
    source: NDArray[np.int64], circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_], free: Sequence[int]
) -> tuple[Groups, NDArray[np.int64]]:
    """Distribute sources from the host over the PADI buses of one hemisphere, in order of their numbers.

    The buses are filled one after the other. On a bus a group grows while its drivers fit into what is free; one with
    64 sources is closed and the next one begins.

    Parameters
    ----------
    source : ndarray of int64, shape (m,)
        Source of each synapse.
    circuit : ndarray of int64, shape (m,)
        Target circuit of each synapse, all of one hemisphere.
    inhibitory : ndarray of bool, shape (m,)
        Receptor type of each synapse.
    free : sequence of int, length 4
        Drivers that are free on each bus.

    Returns
    -------
    groups : list (buses) of list (groups) of ndarray of int64
        Sources of each group.
    rest : ndarray of int64
        Sources that found no place.
    """
    order = np.argsort(source, kind="stable")
    key = (circuit + 512 * inhibitory)[order]
    rank = rank_in_group(key)
    inhibits = inhibitory[order]
    ordered = source[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if ordered.size else np.zeros(0, int)
    names = ordered[starts]
    ends = np.append(starts[1:], len(ordered))
    before = np.zeros(1024, dtype=np.int64)
    groups: Groups = [[] for _ in free]
    first, bus, left = 0, 0, list(free)
    while first < len(names) and bus < len(left):
        last = min(first + MAX_SOURCES, len(names))
        window = slice(starts[first], ends[last - 1])
        in_degree = rank[window] - before[key[window]] + 1
        rows = [np.maximum.accumulate(np.where(inhibits[window] == sign, in_degree, 0)) for sign in (False, True)]
        drivers = (rows[0] + rows[1] + 1)[ends[first:last] - 1 - starts[first]] // 2
        fitting = int(np.searchsorted(drivers, left[bus], side="right"))
        if fitting:
            groups[bus].append(names[first : first + fitting])
            left[bus] -= int(drivers[fitting - 1])
            placed = slice(starts[first], ends[first + fitting - 1])
            before += np.bincount(key[placed], minlength=1024)
            first += fitting
        if first < last:  # the next source does not fit here
            bus += 1
    return groups, names[first:]


@dataclass
class _OpenGroup:
    """A group that still takes sources."""

    members: list[int]
    in_degree: NDArray[np.int64]
    drivers: int = 0

    def drivers_with(self, key: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
        grown = self.in_degree.copy()
        grown[key] += counts
        return int(grown[:512].max() + grown[512:].max() + 1) // 2


def distribute_best_fit(
    source: NDArray[np.int64], circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_], free: Sequence[int],
    order: NDArray[np.int64],
) -> tuple[Groups, NDArray[np.int64]]:
    """Distribute sources from the host over the PADI buses of one hemisphere, each where it costs least.

    Parameters
    ----------
    source, circuit, inhibitory, free
        As for `distribute_in_order`.
    order : ndarray of int64
        The sources in the order in which they are placed.

    Returns
    -------
    groups, rest
        As for `distribute_in_order`.
    """
    by_source = np.argsort(source, kind="stable")
    ordered = source[by_source]
    keys = (circuit + 512 * inhibitory)[by_source]
    starts, ends = np.searchsorted(ordered, order, "left"), np.searchsorted(ordered, order, "right")
    left = list(free)
    groups: list[list[_OpenGroup]] = [[] for _ in free]
    rest: list[int] = []
    for number, start, end in zip(order.tolist(), starts.tolist(), ends.tolist(), strict=True):
        key, counts = np.unique(keys[start:end], return_counts=True)
        best: tuple[int, int, _OpenGroup, bool, int] | None = None
        for bus, open_groups in enumerate(groups):
            last = open_groups[-1] if open_groups and len(open_groups[-1].members) < MAX_SOURCES else None
            group = last or _OpenGroup([], np.zeros(1024, dtype=np.int64))
            drivers = group.drivers_with(key, counts)
            cost = drivers - group.drivers
            if cost <= left[bus] and (best is None or cost < best[0]):
                best = (cost, bus, group, last is None, drivers)
        if best is None:
            rest.append(number)
            continue
        cost, bus, group, is_new, drivers = best
        if is_new:
            groups[bus].append(group)
        group.members.append(number)
        group.in_degree[key] += counts
        group.drivers = drivers
        left[bus] -= cost
    members = [[np.array(sorted(group.members), dtype=np.int64) for group in each] for each in groups]
    return members, np.array(rest, dtype=np.int64)


def place_without_targets(
    sources: NDArray[np.int64], groups: Groups, free: list[int]
) -> NDArray[np.int64]:
    """Add sources without a synapse to the groups of a hemisphere, as they need a label of their own all the same.

    They fill groups that are there, then new ones; a group without a synapse takes one driver out of service, as the
    driver whose number equals the row select address cannot keep its events away.

    Parameters
    ----------
    sources : ndarray of int64
        The sources.
    groups : list (buses) of list (groups) of ndarray of int64
        The groups, changed.
    free : list of int, length 4
        Drivers that are free on each bus beside those of `groups`, changed.

    Returns
    -------
    ndarray of int64
        The sources that found no place.
    """
    rest = sources
    for on_bus in groups:
        for number, group in enumerate(on_bus):
            room = MAX_SOURCES - len(group)
            on_bus[number], rest = np.concatenate([group, rest[:room]]), rest[room:]
    for bus, on_bus in enumerate(groups):
        while len(rest) and free[bus] > 0:
            on_bus.append(rest[:MAX_SOURCES])
            rest = rest[MAX_SOURCES:]
            free[bus] -= 1
    return rest
