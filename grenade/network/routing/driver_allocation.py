"""Synapse drivers of one PADI bus, shared out among groups of sources with given row select addresses.

The driver with number k on its bus and compare mask m accepts an event with row select address L if L & m == k & m. A
driver may serve a group if some mask lets the group's address pass and keeps off all other addresses on the bus. The
mask may be as large as the bits in which L and k agree; more bits only keep off more. So the driver is lost for the
group exactly if another address differs from L only in bits in which k differs from L, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass as description

from grenade.coercion import DESCRIPTION

NUM_DRIVERS = 32
NUM_LABELS = 32
_ALL = (1 << 32) - 1


def _drivers_kept_off() -> list[list[int]]:
    """For two different addresses, the drivers (as bits) that cannot serve the first because of the second."""
    table = []
    for own in range(NUM_LABELS):
        row = []
        for other in range(NUM_LABELS):
            apart = own ^ other
            row.append(sum(1 << k for k in range(NUM_DRIVERS) if apart & ~(own ^ k) == 0))
        table.append(row)
    return table


_KEPT_OFF = _drivers_kept_off()

_MASKS_WITH_BIT_IN = [sum(1 << m for m in range(32) if m & bits) for bits in range(32)]
"""Masks (as bits) that tell addresses apart which differ in the given bits."""


def usable_drivers(label: int, others: Iterable[int], available: int = _ALL) -> int:
    """Drivers, as bits of a number, that can serve an address and keep other addresses off."""
    row = _KEPT_OFF[label]
    usable = available
    for other in others:
        usable &= ~row[other]
    return usable


def smallest_mask(label: int, driver: int, others: Iterable[int]) -> int:
    """Smallest compare mask with which a driver accepts an address and keeps other addresses off.

    Raises
    ------
    ValueError
        If there is none.
    """
    masks = ~_MASKS_WITH_BIT_IN[label ^ driver] & _ALL
    for other in others:
        masks &= _MASKS_WITH_BIT_IN[label ^ other]
    if not masks:
        raise ValueError(f"no mask lets driver {driver} accept address {label} alone")
    return (masks & -masks).bit_length() - 1


@dataclass(frozen=True)
class Shape:
    """A number of drivers that are needed together.

    Attributes
    ----------
    size : int
        Number of drivers.
    contiguous : bool
        Whether their numbers have to follow one another.
    """

    size: int
    contiguous: bool = False


@dataclass(frozen=True)
class BusRequest:
    """What one group of sources needs on one PADI bus.

    Attributes
    ----------
    shapes : tuple of Shape
        Drivers; none at all still means that the address occurs on the bus.
    label : int
        Row select address of the events, 0 to 31.
    """

    shapes: tuple[Shape, ...]
    label: int

    def __post_init__(self) -> None:
        if not 0 <= self.label < NUM_LABELS:
            raise ValueError(f"BusRequest: label is {self.label!r}, expected 0 to {NUM_LABELS - 1}")

    @property
    def size(self) -> int:
        """Number of drivers of all shapes."""
        return sum(shape.size for shape in self.shapes)


@dataclass(frozen=True)
class AllocatedDriver:
    """A driver with its number on the bus and its compare mask."""

    driver: int
    mask: int


BusAllocation = list[list[tuple[AllocatedDriver, ...]]]
"""Drivers of each shape of each request."""


@description(frozen=True, config=DESCRIPTION)
class AllocationPolicyGreedy:
    """First drivers that only one request can use, then the others; ascending drivers, requests in order.

    Attributes
    ----------
    enable_exclusive_first : bool
        Whether drivers of only one request are shared out first.
    """

    enable_exclusive_first: bool = True


@description(frozen=True, config=DESCRIPTION)
class AllocationPolicyBacktracking:
    """Revises earlier choices until everything fits or nothing is left to try.

    Attributes
    ----------
    max_duration : float, optional
        Milliseconds after which the search on a bus is given up.
    """

    max_duration: NonNegativeFloat | None = None


AllocationPolicy = AllocationPolicyGreedy | AllocationPolicyBacktracking


@dataclass
class _Assignment:
    """State of a search: what each request may use, what it still needs, and what is taken."""

    usable: list[int]
    available: int
    runs: list[tuple[int, int, int]]
    single: list[int]
    run_drivers: dict[tuple[int, int], int] = field(default_factory=dict)
    owner: list[int] = field(default_factory=lambda: [-1] * NUM_DRIVERS)


def _bits(drivers: int) -> Iterator[int]:
    while drivers:
        lowest = drivers & -drivers
        yield lowest.bit_length() - 1
        drivers ^= lowest


def _positions(usable: int, size: int) -> Iterator[int]:
    """First drivers of all runs of `size` usable drivers in a row, ascending."""
    starts = usable
    for step in range(1, size):
        starts &= usable >> step
    return _bits(starts)


def _place_runs_greedily(state: _Assignment) -> bool:
    for request, shape, size in state.runs:
        start = next(_positions(state.usable[request] & state.available, size), None)
        if start is None:
            return False
        state.run_drivers[request, shape] = start
        state.available &= ~(((1 << size) - 1) << start)
    return True


def _share_greedily(state: _Assignment, exclusive_first: bool) -> bool:
    for only_one in (True, False) if exclusive_first else (False,):
        for driver in _bits(state.available):
            if state.owner[driver] >= 0:
                continue
            users = [i for i, usable in enumerate(state.usable) if usable >> driver & 1]
            if only_one and len(users) != 1:
                continue
            taker = next((i for i in users if state.single[i] > 0), None)
            if taker is not None:
                state.owner[driver] = taker
                state.single[taker] -= 1
    return not any(state.single)


def _augment(state: _Assignment, request: int, seen: int) -> tuple[bool, int]:
    """Get one more driver for a request, moving drivers of others if needed; `seen` are drivers already asked for."""
    for driver in _bits(state.usable[request] & state.available):
        if seen >> driver & 1:
            continue
        seen |= 1 << driver
        holder = state.owner[driver]
        if holder < 0:
            state.owner[driver] = request
            return True, seen
        if holder != request:
            moved, seen = _augment(state, holder, seen)
            if moved:
                state.owner[driver] = request
                return True, seen
    return False, seen


def _share_exactly(state: _Assignment) -> bool:
    """Maximum matching of drivers and requests: finds a solution if there is one."""
    state.owner = [-1] * NUM_DRIVERS
    return all(_augment(state, i, 0)[0] for i, need in enumerate(state.single) for _ in range(need))


def _search_runs(state: _Assignment, position: int, deadline: float | None) -> bool:
    """Place runs from number `position` on at all their places in turn, and share out the rest."""
    if deadline is not None and time.monotonic() > deadline:
        return False
    if position == len(state.runs):
        return _share_exactly(state)
    request, shape, size = state.runs[position]
    available = state.available
    for start in _positions(state.usable[request] & available, size):
        state.run_drivers[request, shape] = start
        state.available = available & ~(((1 << size) - 1) << start)
        if _search_runs(state, position + 1, deadline):
            return True
    state.available = available
    return False


def _collect(state: _Assignment, requests: Sequence[BusRequest]) -> BusAllocation:
    singles: list[list[int]] = [[] for _ in requests]
    for driver, owner in enumerate(state.owner):
        if owner >= 0:
            singles[owner].append(driver)
    labels = [request.label for request in requests]
    allocation: BusAllocation = []
    for i, request in enumerate(requests):
        others = labels[:i] + labels[i + 1 :]
        left = iter(singles[i])
        drivers = []
        for j, shape in enumerate(request.shapes):
            start = state.run_drivers.get((i, j))
            chosen = [next(left) for _ in range(shape.size)] if start is None else range(start, start + shape.size)
            drivers.append(tuple(AllocatedDriver(k, smallest_mask(request.label, k, others)) for k in chosen))
        allocation.append(drivers)
    return allocation


def may_be_shared(usable: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether each request can have its number of drivers out of those it may use, given as bits, all at once."""
    if any(bits.bit_count() < size for bits, size in zip(usable, sizes, strict=True)):
        return False
    return _share_exactly(_Assignment(list(usable), _ALL, [], list(sizes)))


def allocate_bus(
    requests: Sequence[BusRequest], policy: AllocationPolicy | None = None, unavailable: Iterable[int] = ()
) -> BusAllocation | None:
    """Share out the drivers of a PADI bus.

    Parameters
    ----------
    requests : sequence of BusRequest
        What is needed.
    policy : AllocationPolicyGreedy or AllocationPolicyBacktracking, optional
        How drivers are chosen, greedily if not given.
    unavailable : iterable of int
        Numbers of drivers that are not to be used.

    Returns
    -------
    list (requests) of list (shapes) of tuple of AllocatedDriver, or None
        None if the policy found no solution.
    """
    policy = AllocationPolicyGreedy() if policy is None else policy
    available = _ALL & ~sum(1 << driver for driver in set(unavailable))
    labels = [request.label for request in requests]
    if len(set(labels)) < len(labels) or sum(request.size for request in requests) > available.bit_count():
        return None
    usable = [usable_drivers(label, labels[:i] + labels[i + 1 :], available) for i, label in enumerate(labels)]
    if any(bits.bit_count() < request.size for bits, request in zip(usable, requests, strict=True)):
        return None
    runs = [
        (i, j, shape.size)
        for i, request in enumerate(requests)
        for j, shape in enumerate(request.shapes)
        if shape.contiguous and shape.size > 1
    ]
    runs.sort(key=lambda run: -run[2])
    in_runs = [sum(size for request, _, size in runs if request == i) for i in range(len(requests))]
    single = [request.size - taken for request, taken in zip(requests, in_runs, strict=True)]
    state = _Assignment(usable, available, runs, single)
    if isinstance(policy, AllocationPolicyGreedy):
        found = _place_runs_greedily(state) and _share_greedily(state, policy.enable_exclusive_first)
    else:
        limit = policy.max_duration
        found = _search_runs(state, 0, None if limit is None else time.monotonic() + limit / 1000)
    return _collect(state, requests) if found else None
