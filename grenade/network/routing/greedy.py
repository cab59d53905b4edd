"""The router that takes what fits first."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from operator import index
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat
from pydantic.dataclasses import dataclass

from grenade.coercion import DESCRIPTION
from grenade.network.network import Network
from grenade.network.routing.connections import ChosenCircuits, ConnectionRouting, choose_all_circuits
from grenade.network.routing.constraints import largest_share
from grenade.network.routing.crossbar import crossbar_nodes
from grenade.network.routing.driver_allocation import (
    AllocationPolicy,
    AllocationPolicyBacktracking,
    AllocationPolicyGreedy,
)
from grenade.network.routing.errors import HEMISPHERES, UnsuccessfulRouting, bus_text, counted
from grenade.network.routing.groups import (
    Membership,
    SourceGroup,
    allocation_requests,
    background_groups,
    group_rows,
    internal_groups,
    internal_targets,
)
from grenade.network.routing.label_allocation import Allocation, SynapseDriverAllocationManager
from grenade.network.routing.partition import (
    DRIVERS_PER_BUS,
    Groups,
    distribute_in_order,
    drivers_of_rows,
    num_drivers,
    place_without_targets,
)
from grenade.network.routing.result import PlacedConnections, RoutedExecutionInstance, RoutingResult
from grenade.network.routing.rows import allocate_rows, place_synapses
from grenade.network.routing.source_labels import (
    address_outs,
    background_labels,
    external_spike_labels,
    internal_neuron_labels,
)
from grenade.network.routing.sources import (
    SourceKind,
    Sources,
    Synapses,
    collect_sources,
    collect_synapses,
    sent_sources,
)
from grenade.network.routing.weight_split import split_weights

Distribution = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], list[int]], Any]
"""How sources from the host are spread over the PADI buses of a hemisphere: see `distribute_in_order`."""


@dataclass(config=DESCRIPTION)
class Options:
    """Options of the `GreedyRouter`.

    Attributes
    ----------
    synapse_driver_allocation_policy : AllocationPolicyGreedy or AllocationPolicyBacktracking
        How synapse drivers are shared out once the labels are chosen.
    synapse_driver_allocation_timeout : float, optional
        Milliseconds after which the search for labels is given up.
    """

    synapse_driver_allocation_policy: AllocationPolicy = Field(default_factory=AllocationPolicyGreedy)
    synapse_driver_allocation_timeout: NonNegativeFloat | None = None

    AllocationPolicyGreedy: ClassVar = AllocationPolicyGreedy
    AllocationPolicyBacktracking: ClassVar = AllocationPolicyBacktracking


_Options = Options


class GreedyRouter:
    """Places a network: circuits with few synapses first, buses in order, sources in order, labels in order.

    Parameters
    ----------
    options : GreedyRouter.Options, optional
        How synapse drivers are allocated.
    """

    Options = Options

    def __init__(self, options: _Options | None = None) -> None:
        self.options: _Options = _Options() if options is None else options

    def __call__(self, network: Network) -> RoutingResult:
        """Place a network.

        Raises
        ------
        UnsuccessfulRouting
            If it does not fit, or the search found no way to make it fit.
        """
        begin = time.perf_counter()
        sent = sent_sources(network)
        result = RoutingResult()
        for instance_id, instance in network.execution_instances.items():
            routing = _InstanceRouting(instance, instance_id, self.options, self._distribute)
            result.execution_instances[instance_id] = routing.route(sent.get(instance_id, {}))
        result.routing_duration = timedelta(seconds=time.perf_counter() - begin)
        return result

    def _distribute(
        self, source: NDArray[np.int64], circuit: NDArray[np.int64], inhibitory: NDArray[np.bool_], free: list[int]
    ) -> tuple[Groups, NDArray[np.int64]]:
        return distribute_in_order(source, circuit, inhibitory, free)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.options})"


class _InstanceRouting:
    """Routing of one execution instance, step by step."""

    def __init__(self, instance: Any, instance_id: Any, options: Options, distribute: Distribution) -> None:
        self._instance = instance
        self._id = instance_id
        self._options = options
        self._distribute = distribute
        self._sources: Sources
        self._synapses: Synapses

    def route(self, sent: dict[int, NDArray[np.int64]]) -> RoutedExecutionInstance:
        """All steps; `sent` as one value of `sent_sources`."""
        chosen = choose_all_circuits(self._instance, self._id)
        self._sources = collect_sources(self._instance, sent)
        self._synapses = collect_synapses(self._instance, self._id, self._sources, chosen)
        groups = self._fixed_groups()
        groups += self._external_groups(self._free_drivers(groups))
        rows = group_rows(groups, self._synapses, len(self._sources))
        allocations = self._allocate(groups, rows)
        return self._result(chosen, groups, allocations, rows)

    def _fixed_groups(self) -> list[SourceGroup]:
        """Groups of sources whose PADI bus is given."""
        populations = [self._instance.populations[descriptor] for descriptor in self._sources.descriptors]
        return internal_groups(self._sources, self._synapses) + background_groups(populations, self._sources)

    def _free_drivers(self, groups: list[SourceGroup]) -> NDArray[np.int64]:
        """Drivers that groups on given PADI buses leave free on each bus, int64, shape (8,)."""
        rows = group_rows(groups, self._synapses, len(self._sources))
        used = self._used_drivers(groups, rows)
        for bus in np.flatnonzero(used > DRIVERS_PER_BUS).tolist():
            self._fail_on_bus(bus, groups, rows, int(used[bus]))
        return DRIVERS_PER_BUS - used

    @staticmethod
    def _used_drivers(groups: list[SourceGroup], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Drivers in use on each PADI bus, int64, shape (8,); a group without synapses blocks one."""
        drivers = drivers_of_rows(rows)
        used = np.zeros(8, dtype=np.int64)
        for number, group in enumerate(groups):
            for bus in group.buses:
                used[bus] += max(1, int(drivers[number, bus // 4]))
        return used

    def _fail_on_bus(self, bus: int, groups: list[SourceGroup], rows: NDArray[np.int64], drivers: int) -> None:
        membership = Membership.of(groups, len(self._sources))
        group = membership.group[self._synapses.source, self._synapses.hemisphere]
        on_bus = np.array([bus in each.buses for each in groups] + [False])[group]
        on_bus &= self._synapses.hemisphere == bus // 4
        culprit = largest_share(self._synapses, self._sources, on_bus)
        own = self._synapses.select(on_bus)
        own = own.select(own.projection == self._synapses.descriptors.index(culprit.projection))
        its_rows = int(group_rows(groups, own, len(self._sources))[:, bus // 4].sum())
        total = int(rows[[n for n, each in enumerate(groups) if bus in each.buses], bus // 4].sum())
        raise UnsuccessfulRouting(
            f"projection {index(culprit.projection)} of execution instance {index(self._id)} needs "
            f"{counted(its_rows, 'row')} on {bus_text(bus)}, where {counted(total, 'row')} in "
            f"{counted(drivers, 'synapse driver')} are needed in all; there are {2 * DRIVERS_PER_BUS} rows in "
            f"{DRIVERS_PER_BUS} synapse drivers",
            resource="rows" if total > 2 * DRIVERS_PER_BUS else "drivers", execution_instance=self._id,
            projection=culprit.projection, population=culprit.population, hemisphere=bus // 4, bus=bus % 4,
        )

    def _external_groups(self, free_drivers: NDArray[np.int64]) -> list[SourceGroup]:
        """Groups of sources from the host, on both hemispheres; `free_drivers` on each PADI bus, shape (8,)."""
        external = self._sources.kind[self._synapses.source] == SourceKind.EXTERNAL
        has_targets = np.zeros(len(self._sources), dtype=bool)
        has_targets[self._synapses.source[external]] = True
        recorded = (self._sources.kind == SourceKind.EXTERNAL) & self._sources.recorded
        without_targets = np.flatnonzero(recorded & ~has_targets)
        groups = []
        for hemisphere in range(2):
            own = self._synapses.select(external & (self._synapses.hemisphere == hemisphere))
            buses = slice(4 * hemisphere, 4 * hemisphere + 4)
            free = free_drivers[buses].tolist()
            on_buses, rest = self._distribute(own.source, own.circuit, own.inhibitory, free)
            if rest.size:
                self._fail_to_distribute(hemisphere, own, rest, free)
            placed = _external_groups_of(on_buses, hemisphere)
            used = self._used_drivers(placed, group_rows(placed, own, len(self._sources)))
            left = (free_drivers - used)[buses].tolist()
            without_targets = place_without_targets(without_targets, on_buses, left)
            groups += _external_groups_of(on_buses, hemisphere)
        if without_targets.size:
            descriptor = self._sources.descriptors[self._sources.population[without_targets[0]]]
            raise UnsuccessfulRouting(
                f"population {index(descriptor)} of execution instance {index(self._id)}: no row select addresses are "
                f"left for {counted(without_targets.size, 'recorded source')} without connections",
                resource="labels", execution_instance=self._id, population=descriptor,
            )
        return groups

    def _fail_to_distribute(
        self, hemisphere: int, synapses: Synapses, rest: NDArray[np.int64], free: list[int]
    ) -> None:
        first = int(rest[0])
        culprit = largest_share(synapses, self._sources, synapses.source == first)
        needs = synapses.select(synapses.source == first)
        drivers = int(num_drivers(needs.circuit, needs.inhibitory)[hemisphere])
        raise UnsuccessfulRouting(
            f"projection {index(culprit.projection)} of execution instance {index(self._id)}: {rest.size} of "
            f"{np.unique(synapses.source).size} sources of the host find no place on the {HEMISPHERES[hemisphere]} "
            f"hemisphere. The first one, neuron {int(self._sources.neuron[first])} of population "
            f"{index(culprit.population)}, needs {counted(drivers, 'synapse driver')}; PADI buses 0 to 3 had {free} to "
            "share",
            resource="drivers", execution_instance=self._id, projection=culprit.projection,
            population=culprit.population, hemisphere=hemisphere,
        )

    def _allocate(self, groups: list[SourceGroup], rows: NDArray[np.int64]) -> list[Allocation]:
        """Row select addresses and drivers."""
        manager = SynapseDriverAllocationManager()
        allocations = manager.solve(
            allocation_requests(groups, rows), self._options.synapse_driver_allocation_policy,
            self._options.synapse_driver_allocation_timeout,
        )
        if allocations is not None:
            return allocations
        used = self._used_drivers(groups, rows)
        bus = max(manager.unsolved_buses, key=lambda each: int(used[each]))
        numbers = [number for number, group in enumerate(groups) if bus in group.buses]
        largest = max(numbers, key=lambda number: int(rows[number, bus // 4].sum()))
        descriptor = self._sources.descriptors[self._sources.population[groups[largest].sources[0]]]
        drivers = drivers_of_rows(rows)[numbers, bus // 4].tolist()
        raise UnsuccessfulRouting(
            f"execution instance {index(self._id)}: found no row select addresses that keep {len(numbers)} groups of "
            f"sources apart which need {drivers} synapse drivers on {bus_text(bus)}"
            f"{', before the search was given up' if manager.given_up else ''}; the largest group is of population "
            f"{index(descriptor)}",
            resource="labels", execution_instance=self._id, population=descriptor, hemisphere=bus // 4, bus=bus % 4,
        )

    def _result(
        self, chosen: dict[Any, ChosenCircuits], groups: list[SourceGroup], allocations: list[Allocation],
        count: NDArray[np.int64],
    ) -> RoutedExecutionInstance:
        """Everything that follows from the labels and drivers."""
        sources, synapses = self._sources, self._synapses
        membership = Membership.of(groups, len(sources))
        labels = np.array([allocation.label for allocation in allocations], dtype=np.int64)
        rows = allocate_rows(groups, allocations, count)
        address_out = address_outs(sources, synapses, membership, labels)
        recorded = np.zeros(8, dtype=bool)
        recorded[sources.event_output[(sources.kind == SourceKind.INTERNAL) & sources.recorded]] = True
        background = background_labels(self._instance.populations, sources, membership, labels)
        return RoutedExecutionInstance(
            connections=self._placed(chosen, *place_synapses(synapses, membership, rows)),
            connection_routing_result={
                descriptor: ConnectionRouting(each.offsets, each.circuit) for descriptor, each in chosen.items()
            },
            external_spike_labels=external_spike_labels(sources, groups, membership, labels),
            background_spike_source_labels=background[0],
            background_spike_source_masks=background[1],
            internal_neuron_labels=internal_neuron_labels(self._instance.populations, sources, address_out),
            synapse_driver_compare_masks=rows.compare_masks,
            synapse_row_modes=rows.modes,
            crossbar_nodes=crossbar_nodes(internal_targets(sources, synapses), recorded),
        )

    def _placed(
        self, chosen: dict[Any, ChosenCircuits], row: NDArray[np.int64], column: NDArray[np.int64],
        label: NDArray[np.int64],
    ) -> dict[Any, PlacedConnections]:
        """Synapses by projection, with their shares of the weights."""
        placed = {}
        start = 0
        for descriptor, circuits in chosen.items():
            own = slice(start, start + len(circuits.circuit))
            weights = split_weights(self._instance.projections[descriptor].table[:, 4], circuits.offsets)
            placed[descriptor] = PlacedConnections(circuits.offsets, weights, label[own], row[own], column[own])
            start = own.stop
        return placed


def _external_groups_of(on_buses: Groups, hemisphere: int) -> list[SourceGroup]:
    """Groups of sources from the host on the PADI buses of a hemisphere."""
    return [
        SourceGroup(SourceKind.EXTERNAL, members, (4 * hemisphere + bus,))
        for bus, of_bus in enumerate(on_buses) for members in of_bus
    ]
