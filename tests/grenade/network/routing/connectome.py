"""Which source reaches which synapse, from the settings of the chip alone.

Follows every event through crossbar, PADI buses, synapse drivers and synapses, by the geometry of the chip and not by
the way of thinking of any router.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

import halco
import haldls
from grenade.network.population import BackgroundSourcePopulation, Population
from grenade.network.routing import ConnectionRouting, ExternalSpikeLabels, PlacedConnections, RoutingResult

RowMode = haldls.SynapseDriverConfig.RowMode

Source = tuple[int, int, int]
"""Population, neuron, compartment."""

_BOUNDS = (64, 8192, 256, 64, 512, 256, 2)
"""Upper bounds of population, neuron, compartment of source and target, and of the sign."""


@dataclass(frozen=True)
class Event:
    """An event that a source brings to the crossbar."""

    source: Source
    crossbar_input: int
    label: int


def events(instance: Any, routing: RoutingResult.ExecutionInstance) -> list[Event]:
    """All events that a spike of each source causes at the crossbar; sources without any are left out."""
    found = []
    for descriptor, population in instance.populations.items():
        if isinstance(population, Population):
            found += _events_of_neurons(index(descriptor), population, routing.internal_neuron_labels[descriptor])
        elif isinstance(population, BackgroundSourcePopulation):
            found += _events_of_generators(
                index(descriptor), population, routing.background_spike_source_labels[descriptor],
                routing.background_spike_source_masks[descriptor],
            )
        else:
            labels = ExternalSpikeLabels.coerce(routing.external_spike_labels[descriptor])
            assert len(labels) == population.size
            found += [
                Event((index(descriptor), neuron, 0), 8 + (label >> 14), label & 0x3FFF)
                for neuron, of_neuron in enumerate(labels) for label in map(int, of_neuron)
            ]
    return found


def _events_of_neurons(descriptor: int, population: Population, labels: Any) -> Iterator[Event]:
    assert len(labels) == population.size
    for number, (neuron, of_neuron) in enumerate(zip(population.neurons, labels, strict=True)):
        for compartment, circuits in neuron.coordinate.get_placed_compartments().items():
            master = neuron.compartments[compartment].spike_master
            assert len(of_neuron[compartment]) == len(circuits)
            for place, (circuit, address) in enumerate(zip(circuits, of_neuron[compartment], strict=True)):
                if address is None:
                    continue
                assert master is not None and master.neuron_on_compartment == place, "only spike masters emit events"
                event_output = int(circuit.toNeuronColumnOnDLS()) // 32
                label = event_output << 8 | int(address)
                yield Event((descriptor, number, int(compartment)), event_output, label)


def _events_of_generators(descriptor: int, population: Any, labels: Any, masks: Any) -> Iterator[Event]:
    bits: set[tuple[int, ...]] = set()
    for hemisphere, bus in population.coordinate.items():
        of_members = [int(label) for label in labels[hemisphere]]
        mask = int(masks[hemisphere])
        assert len(of_members) == population.size
        drawn = tuple(label & mask for label in of_members)
        assert sorted(drawn) == list(range(population.size)), "random bits must select one member each"
        assert len({label & ~mask for label in of_members}) <= 1, "a generator has one label beside the random bits"
        bits.add(drawn)
        for member, label in enumerate(of_members):
            yield Event((descriptor, member, 0), 12 + 4 * int(hemisphere) + int(bus), label)
    assert len(bits) <= 1, "equal random bits must select the same member on both hemispheres"


Nodes = dict[int, list[tuple[int, int, int]]]
"""Crossbar output, mask and target of all nodes, by crossbar input."""


def nodes_by_input(routing: RoutingResult.ExecutionInstance) -> Nodes:
    """Nodes of the crossbar in plain numbers; those that are not set drop everything."""
    nodes: Nodes = {}
    for node, config in routing.crossbar_nodes.items():
        output, source = int(node.toCrossbarOutputOnDLS()), int(node.toCrossbarInputOnDLS())
        nodes.setdefault(source, []).append((output, int(config.mask), int(config.target)))
    return nodes


def outputs(nodes: Nodes, event: Event) -> list[int]:
    """Crossbar outputs that an event passes to: PADI buses 0..7, and 8..11 to the host."""
    return [out for out, mask, target in nodes.get(event.crossbar_input, ()) if event.label & mask == target]


def _placed_synapses(routing: RoutingResult.ExecutionInstance) -> np.ndarray:
    """Row, column, label, weight of all synapses, shape (n, 4)."""
    tables = [
        np.stack([p.synapse_row, p.synapse_on_row, p.label.astype(np.int64), p.weight.astype(np.int64)], axis=1)
        for p in map(PlacedConnections.coerce, routing.connections.values())
    ]
    table = np.concatenate([np.zeros((0, 4), np.int64), *tables])
    places = table[:, 0] * 256 + table[:, 1]
    assert len(np.unique(places)) == len(places), "two connections share a synapse"
    return table


def reached_synapses(instance: Any, routing: RoutingResult.ExecutionInstance) -> np.ndarray:
    """All pairs of a source and a synapse that its events reach.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 7)
        Population, neuron, compartment of the source; target circuit (0..511), sign (0 excitatory, 1 inhibitory), row
        (0..511), weight. A synapse reached twice is there twice.
    """
    table = _placed_synapses(routing)
    table = table[np.argsort(table[:, 0], kind="stable")]
    nodes = nodes_by_input(routing)
    by_bus: list[list[tuple[int, ...]]] = [[] for _ in range(12)]
    for event in events(instance, routing):
        for output in outputs(nodes, event):
            by_bus[output].append((*event.source, event.label >> 6 & 31, event.label & 63))
    on_bus = [np.array(each, dtype=np.int64).reshape(-1, 5) for each in by_bus]
    found = [np.zeros((0, 7), np.int64)]
    for coordinate, mask in routing.synapse_driver_compare_masks.items():
        driver = int(coordinate.toEnum())
        hemisphere, on_hemisphere = divmod(driver, 128)
        arriving = on_bus[4 * hemisphere + on_hemisphere % 4]
        accepted = arriving[(arriving[:, 3] & int(mask)) == (on_hemisphere // 4 & int(mask))]
        for row in (2 * driver, 2 * driver + 1):
            mode = routing.synapse_row_modes.get(halco.SynapseRowOnDLS(halco.Enum(row)), RowMode.disabled)
            assert mode is not RowMode.excitatory_and_inhibitory
            if mode is not RowMode.disabled:
                first, last = np.searchsorted(table[:, 0], [row, row + 1])
                found.append(_reached_in_row(accepted, table[first:last], mode is RowMode.inhibitory))
    return np.concatenate(found)


def _reached_in_row(accepted: np.ndarray, synapses: np.ndarray, inhibitory: bool) -> np.ndarray:
    event, synapse = np.nonzero(accepted[:, 4][:, None] == synapses[:, 2][None, :])
    row, column, weight = synapses[synapse, 0], synapses[synapse, 1], synapses[synapse, 3]
    circuit = row // 256 * 256 + column
    sign = np.full(len(event), int(inhibitory))
    return np.column_stack([accepted[event, :3], circuit, sign, row, weight]).astype(np.int64)


def _owner_of_circuits(instance: Any) -> np.ndarray:
    """Population, neuron and compartment of each circuit, shape (512, 3); -1 for circuits of nothing."""
    owner = np.full((512, 3), -1, np.int64)
    for descriptor, population in instance.populations.items():
        if isinstance(population, Population):
            circuits = population.circuits
            owner[circuits[:, 3], 0] = index(descriptor)
            owner[circuits[:, 3], 1:] = circuits[:, :2]
    return owner


@dataclass(frozen=True)
class Connectome:
    """Connections between compartments, those of all projections added up.

    Attributes
    ----------
    ends : numpy.ndarray of int64, shape (n,)
        Population, neuron, compartment of source and target, and sign, packed into one number; ascending.
    synapses, weight : numpy.ndarray of int64, shape (n,)
        Number of synapses, and sum of their weights.
    """

    ends: np.ndarray
    synapses: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, ends: np.ndarray, synapses: np.ndarray, weight: np.ndarray) -> Connectome:
        """Add up rows with equal ends, shape (m, 7)."""
        packed = np.ravel_multi_index(tuple(ends.T), _BOUNDS) if len(ends) else np.zeros(0, np.int64)
        unique, place = np.unique(packed, return_inverse=True)
        sums = [np.bincount(place, values, len(unique)).astype(np.int64) for values in (synapses, weight)]
        return cls(unique, *sums)

    def texts(self, which: np.ndarray) -> list[str]:
        """Some of the connections, to be read by people."""
        ends = np.stack(np.unravel_index(self.ends[which], _BOUNDS), axis=-1)
        return [
            f"{tuple(end[:3])} -> {tuple(end[3:6])}, {'inhibitory' if end[6] else 'excitatory'}: {count} x, {weight}"
            for end, count, weight in zip(ends.tolist(), self.synapses[which], self.weight[which], strict=True)
        ]


def assert_same_connectome(actual: Connectome, wanted: Connectome) -> None:
    """No connection is missing, and there is none more."""
    missing = ~np.isin(wanted.ends, actual.ends)
    more = ~np.isin(actual.ends, wanted.ends)
    assert not missing.any(), f"missing: {wanted.texts(missing)[:5]}"
    assert not more.any(), f"not wanted: {actual.texts(more)[:5]}"
    other = (actual.synapses != wanted.synapses) | (actual.weight != wanted.weight)
    assert not other.any(), f"got {actual.texts(other)[:5]}, wanted {wanted.texts(other)[:5]}"


def actual_connectome(instance: Any, reached: np.ndarray) -> Connectome:
    """Connections that the settings of the chip make; `reached` as of `reached_synapses`."""
    rows = np.column_stack([reached[:, :3], _owner_of_circuits(instance)[reached[:, 3]], reached[:, 4]])
    assert (rows[:, 3] >= 0).all(), "events reach a circuit that nobody owns"
    return Connectome.of(rows, np.ones(len(rows)), reached[:, 6])


def wanted_connectome(instance: Any) -> Connectome:
    """Connections that the projections ask for."""
    tables, weights = [np.zeros((0, 7), np.int64)], [np.zeros(0, np.int64)]
    for projection in instance.projections.values():
        table = projection.table
        ends = np.array([index(projection.population_pre), index(projection.population_post)])
        pre, post = np.broadcast_to(ends, (len(table), 2)).T
        sign = np.full(len(table), int(projection.receptor.type))
        tables.append(np.column_stack([pre, table[:, :2], post, table[:, 2:4], sign]))
        weights.append(table[:, 4])
    weight = np.concatenate(weights)
    return Connectome.of(np.concatenate(tables), np.maximum(1, (weight + 62) // 63), weight)


def _as_numbers(rows: np.ndarray) -> np.ndarray:
    """Neuron, compartment, circuit on compartment, circuit on chip as one number each."""
    return ((rows[:, 0] * 256 + rows[:, 1]) * 512 + rows[:, 2]) * 512 + rows[:, 3]


def assert_connections_in_place(instance: Any, routing: RoutingResult.ExecutionInstance, reached: np.ndarray) -> None:
    """Each connection has its own synapses, on circuits of its target with its receptor, in rows of its sign."""
    place = reached[:, 5] * 256 + reached[:, 3] % 256
    assert len(np.unique(place)) == len(place), "a synapse receives events of two sources"
    order = np.argsort(place)
    for descriptor, projection in instance.projections.items():
        placed = PlacedConnections.coerce(routing.connections[descriptor])
        chosen = ConnectionRouting.coerce(routing.connection_routing_result[descriptor])
        assert len(placed) == len(chosen) == len(projection.connections)
        assert np.array_equal(placed.offsets, chosen.offsets)
        if not len(placed):
            continue
        table = np.repeat(projection.table, np.diff(placed.offsets), axis=0)
        weight = np.add.reduceat(placed.weight.astype(np.int64), placed.offsets[:-1])
        assert np.array_equal(weight, projection.table[:, 4])
        population = instance.populations[projection.population_post]
        circuits = population.circuits[population.has_receptor(projection.receptor)]
        circuit = placed.synapse_row // 256 * 256 + placed.synapse_on_row
        used = np.column_stack([table[:, 2:4], chosen.circuit, circuit])
        assert np.isin(_as_numbers(used), _as_numbers(circuits)).all(), "a circuit outside the target compartment"
        wanted = placed.synapse_row * 256 + placed.synapse_on_row
        assert np.isin(wanted, place).all(), "no events reach a synapse"
        own = order[np.searchsorted(place[order], wanted)]
        assert (reached[own, 0] == index(projection.population_pre)).all()
        assert np.array_equal(reached[own, 1:3], table[:, :2])
        assert (reached[own, 4] == int(projection.receptor.type)).all()


def recorded_sources(instance: Any) -> set[Source]:
    """Sources whose spikes are to be recorded."""
    found: set[Source] = set()
    for descriptor, population in instance.populations.items():
        if isinstance(population, Population):
            masters = population.spike_masters
            found |= {(index(descriptor), neuron, compartment) for neuron, compartment, _, on in masters.tolist() if on}
        else:
            found |= {(index(descriptor), int(neuron), 0) for neuron in np.flatnonzero(population.recorded)}
    return found


def assert_recorded(instance: Any, routing: RoutingResult.ExecutionInstance, also: set[Source] | None = None) -> None:
    """Every recorded source has exactly one event that reaches the host, and no other source has the same."""
    reaching: dict[tuple[int, int], list[Source]] = {}
    nodes = nodes_by_input(routing)
    for event in events(instance, routing):
        for output in outputs(nodes, event):
            if output >= 8:
                reaching.setdefault((output, event.label), []).append(event.source)
    assert all(len(sources) == 1 for sources in reaching.values())
    count = Counter(sources[0] for sources in reaching.values())
    for source in recorded_sources(instance) | (also or set()):
        assert count[source] == 1, f"{source} reaches the host {count[source]} times"


def assert_routed(network: Any, result: RoutingResult) -> None:
    """A routing makes exactly the wanted connections, none missing and none more, and records what is wanted."""
    assert list(result.execution_instances) == list(network.execution_instances)
    for identifier, instance in network.execution_instances.items():
        routing = result.execution_instances[identifier]
        assert set(routing.connections) == set(instance.projections)
        reached = reached_synapses(instance, routing)
        assert_connections_in_place(instance, routing, reached)
        assert_same_connectome(actual_connectome(instance, reached), wanted_connectome(instance))
        consumed = {
            (index(p.population_pre), neuron, compartment)
            for p in network.inter_execution_instance_projections
            if p.population_pre.toExecutionInstanceID() == identifier
            for neuron, compartment in p.table[:, :2].tolist()
        }
        assert_recorded(instance, routing, consumed)
