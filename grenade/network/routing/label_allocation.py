"""Row select addresses of groups of sources on all PADI buses, together with their synapse drivers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grenade.network.routing.driver_allocation import (
    NUM_LABELS,
    AllocatedDriver,
    AllocationPolicy,
    BusAllocation,
    BusRequest,
    Shape,
    allocate_bus,
    may_be_shared,
    usable_drivers,
)

MAX_COMBINATIONS = 10_000
"""Partial combinations of labels looked at before a search without a time limit is given up."""

MAX_ALLOCATIONS = 300
"""Complete combinations for which the policy may fail before a search without a time limit is given up."""


@dataclass(frozen=True)
class AllocationRequest:
    """What one group of sources needs on the whole chip.

    Attributes
    ----------
    shapes : mapping of int to sequence of Shape
        Drivers on each PADI bus (0..7, `4 * hemisphere + bus`) that the events reach.
    labels : sequence of int
        Row select addresses from which one is to be chosen, best first.
    dependent_label_group : int, optional
        Requests of the same group use the same position of their lists of labels.
    """

    shapes: Mapping[int, Sequence[Shape]]
    labels: Sequence[int]
    dependent_label_group: int | None = None


@dataclass(frozen=True)
class Allocation:
    """Answer to an `AllocationRequest`.

    Attributes
    ----------
    label : int
        The row select address.
    drivers : dict of int to list of tuple of AllocatedDriver
        Drivers of each shape, by PADI bus.
    """

    label: int
    drivers: dict[int, list[tuple[AllocatedDriver, ...]]]

    def on_bus(self, bus: int) -> list[AllocatedDriver]:
        """Drivers of all shapes on a bus, ascending."""
        flat = [each for shape in self.drivers.get(bus, []) for each in shape]
        return sorted(flat, key=lambda each: each.driver)


@dataclass
class _Choice:
    """Requests whose labels are chosen at once: one request, or a group of dependent ones."""

    members: list[int]
    positions: int
    like: int | None = None


class _SearchGivenUp(Exception):
    """The limit of time or combinations was reached."""


@dataclass
class _BusState:
    """Requests on a bus whose labels are chosen so far."""

    labels: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def _components(requests: Sequence[AllocationRequest], choices: Sequence[_Choice]) -> list[list[int]]:
    """Choices that touch common buses, directly or through others, as lists of their numbers, in order."""
    components: list[tuple[set[int], list[int]]] = []
    for number, choice in enumerate(choices):
        buses = {bus for i in choice.members for bus in requests[i].shapes}
        touched = [component for component in components if component[0] & buses]
        merged = (buses.union(*(c[0] for c in touched)), sorted([number, *(n for c in touched for n in c[1])]))
        components = [c for c in components if not c[0] & buses] + [merged]
    return [numbers for _, numbers in components]


class SynapseDriverAllocationManager:
    """Finds row select addresses and synapse drivers for groups of sources on the whole chip.

    Parameters
    ----------
    unavailable : mapping of int to iterable of int, optional
        Numbers of drivers that are not to be used, by PADI bus (0..7).

    Attributes
    ----------
    unsolved_buses : list of int
        PADI buses on which the last call of `solve` found no solution.
    given_up : bool
        Whether that was for a limit of time or combinations, rather than because there is none.
    """

    def __init__(self, unavailable: Mapping[int, Iterable[int]] | None = None) -> None:
        self.unsolved_buses: list[int] = []
        self.given_up = False
        self._unavailable = {int(bus): frozenset(drivers) for bus, drivers in (unavailable or {}).items()}

    def solve(
        self, requests: Sequence[AllocationRequest], policy: AllocationPolicy | None = None,
        timeout: float | None = None,
    ) -> list[Allocation] | None:
        """Find labels and drivers.

        Combinations of labels are tried like the digits of an odometer, the last request fastest, with the requests
        that have least freedom first; a combination is left as soon as its first labels cannot work. Requests on buses
        that have nothing to do with one another are solved independently.

        Parameters
        ----------
        requests : sequence of AllocationRequest
            What is needed.
        policy : AllocationPolicyGreedy or AllocationPolicyBacktracking, optional
            How drivers are chosen for given labels, greedily if not given.
        timeout : float, optional
            Milliseconds after which the search is given up. Without it, it is given up after a fixed number of
            combinations.

        Returns
        -------
        list of Allocation, or None
            Answers in order of the requests; None if no solution was found.

        Raises
        ------
        RuntimeError
            If a request has no shape or no label, or dependent requests have lists of different lengths.
        """
        choices = self._choices(requests)
        search = _Search(
            requests, choices, policy, self._unavailable, None if timeout is None else time.monotonic() + timeout / 1000
        )
        self.unsolved_buses, self.given_up = [], False
        for component in _components(requests, choices):
            try:
                found = search.run(component)
            except _SearchGivenUp:
                found, self.given_up = False, True
            if not found:
                members = [i for number in component for i in choices[number].members]
                self.unsolved_buses = sorted({bus for i in members for bus in requests[i].shapes})
                return None
        return search.allocations()

    @staticmethod
    def _choices(requests: Sequence[AllocationRequest]) -> list[_Choice]:
        choices: list[_Choice] = []
        of_group: dict[int, _Choice] = {}
        first_like: dict[Any, int] = {}
        for i, request in enumerate(requests):
            if not request.shapes:
                raise RuntimeError(f"allocation request {i} has no shapes, expected at least one PADI bus")
            if not request.labels:
                raise RuntimeError(f"allocation request {i} has no labels to choose from")
            group = request.dependent_label_group
            if group is not None and group in of_group:
                if of_group[group].positions != len(request.labels):
                    raise RuntimeError(
                        f"allocation request {i} has {len(request.labels)} labels, the others of dependent label group "
                        f"{group} have {of_group[group].positions}"
                    )
                of_group[group].members.append(i)
                continue
            choices.append(_Choice([i], len(request.labels)))
            if group is not None:
                of_group[group] = choices[-1]
                continue
            # Equal requests can be exchanged, so only ascending labels among them need to be tried.
            kind = (tuple(request.labels), tuple((bus, tuple(s)) for bus, s in sorted(request.shapes.items())))
            choices[-1].like = first_like.get(kind)
            first_like[kind] = len(choices) - 1
        return choices


class _Search:
    """Depth-first search over the labels of all choices."""

    def __init__(
        self, requests: Sequence[AllocationRequest], choices: list[_Choice], policy: AllocationPolicy | None,
        unavailable: Mapping[int, frozenset[int]], deadline: float | None,
    ) -> None:
        self._requests = requests
        self._choices = choices
        self._policy = policy
        self._unavailable = unavailable
        self._available = [
            ((1 << 32) - 1) & ~sum(1 << driver for driver in unavailable.get(bus, ())) for bus in range(8)
        ]
        self._deadline = deadline
        self._left = MAX_COMBINATIONS
        self._allocations_left = MAX_ALLOCATIONS
        self._buses = [_BusState() for _ in range(8)]
        self._position = [-1] * len(choices)
        self._found: dict[int, BusAllocation] = {}
        self._of_bus: dict[int, list[int]] = {}

    def run(self, component: list[int]) -> bool:
        """Choose the labels of some choices that share buses."""
        buses = sorted({bus for n in component for i in self._choices[n].members for bus in self._requests[i].shapes})
        members = [i for number in component for i in self._choices[number].members]
        for bus in buses:
            on_bus = [self._requests[i].shapes[bus] for i in members if bus in self._requests[i].shapes]
            needed = sum(shape.size for shapes in on_bus for shape in shapes)
            if needed > self._available[bus].bit_count() or len(on_bus) > NUM_LABELS:
                return False
        return self._descend(sorted(component, key=self._urgency), 0, buses)

    def _urgency(self, number: int) -> tuple[int, int]:
        """Order of choices: those with least freedom first, that is few labels or many drivers."""
        choice = self._choices[number]
        on_buses = [shapes for i in choice.members for shapes in self._requests[i].shapes.values()]
        return min(choice.positions, NUM_LABELS), -max(sum(shape.size for shape in shapes) for shapes in on_buses)

    def allocations(self) -> list[Allocation]:
        """Answers, once all components are solved."""
        labels = [0] * len(self._requests)
        for choice, position in zip(self._choices, self._position, strict=True):
            for i in choice.members:
                labels[i] = int(self._requests[i].labels[position])
        drivers: list[dict[int, list[tuple[AllocatedDriver, ...]]]] = [{} for _ in self._requests]
        for bus, allocation in self._found.items():
            for i, shapes in zip(self._of_bus[bus], allocation, strict=True):
                drivers[i][bus] = shapes
        return [Allocation(label, each) for label, each in zip(labels, drivers, strict=True)]

    def _descend(self, component: list[int], depth: int, buses: list[int]) -> bool:
        if depth == len(component):
            return self._allocate(buses)
        number = component[depth]
        choice = self._choices[number]
        first = 0 if choice.like is None else self._position[choice.like] + 1
        for position in range(first, choice.positions):
            self._count()
            self._position[number] = position
            placed = self._place(choice, position)
            if placed and self._descend(component, depth + 1, buses):
                return True
            self._remove(choice)
        return False

    def _count(self) -> None:
        self._left -= 1
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise _SearchGivenUp
        if self._deadline is None and (self._left < 0 or self._allocations_left < 0):
            raise _SearchGivenUp

    def _place(self, choice: _Choice, position: int) -> bool:
        """Put the labels of a choice on the buses; whether each request there can still have enough drivers."""
        touched = set()
        works = True
        for i in choice.members:
            label = int(self._requests[i].labels[position])
            for bus, shapes in self._requests[i].shapes.items():
                state = self._buses[bus]
                works = works and label not in state.labels
                state.labels.append(label)
                state.sizes.append(sum(shape.size for shape in shapes))
                state.requests.append(i)
                touched.add(bus)
        return works and all(self._may_work(bus) for bus in touched)

    def _remove(self, choice: _Choice) -> None:
        """Take the labels of the choice placed last from the buses."""
        for i in choice.members:
            for bus in self._requests[i].shapes:
                state = self._buses[bus]
                del state.labels[-1], state.sizes[-1], state.requests[-1]

    def _may_work(self, bus: int) -> bool:
        state = self._buses[bus]
        usable = [
            usable_drivers(label, state.labels[:number] + state.labels[number + 1 :], self._available[bus])
            for number, label in enumerate(state.labels)
        ]
        return may_be_shared(usable, state.sizes)

    def _allocate(self, buses: list[int]) -> bool:
        for bus in buses:
            state = self._buses[bus]
            wanted = [
                BusRequest(tuple(self._requests[i].shapes[bus]), label)
                for i, label in zip(state.requests, state.labels, strict=True)
            ]
            allocation = allocate_bus(wanted, self._policy, self._unavailable.get(bus, ()))
            if allocation is None:
                self._allocations_left -= 1
                return False
            self._found[bus] = allocation
            self._of_bus[bus] = list(state.requests)
        return True
