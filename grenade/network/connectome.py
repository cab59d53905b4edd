"""Where the events of all sources of an execution instance arrive, read off its hardware graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grenade.common import COMPARTMENTS, ExecutionInstanceID
from grenade.network.network import ExecutionInstance
from grenade.network.population import BackgroundSourcePopulation, Population
from grenade.network.translation import NO_LABEL, ExecutionInstanceTranslation
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import CrossbarL2Output, CrossbarNode, PADIBus, SynapseDriver

SYNAPSE_LABELS = 64
_DRIVERS = 256
_AMBIGUOUS = -2


def origin(population: int, neuron: np.ndarray, compartment: np.ndarray) -> np.ndarray:
    """Number of a source among all sources of an execution instance, int64."""
    return (population << 40) + neuron * COMPARTMENTS + compartment


def origin_text(number: int) -> str:
    """Name of a source in messages."""
    neuron, compartment = divmod(number % (1 << 40), COMPARTMENTS)
    return f"compartment {compartment} of neuron {neuron} of population {number >> 40}"


@dataclass(frozen=True)
class Events:
    """Events, one of each kind that can occur.

    Attributes
    ----------
    origin : (n,) int64
        Source, see `origin`.
    line : (n,) int64
        Crossbar input.
    label : (n,) int64
        14 bit label there.
    """

    origin: np.ndarray
    line: np.ndarray
    label: np.ndarray

    @classmethod
    def of(cls, instance: ExecutionInstance, translation: ExecutionInstanceTranslation) -> Events:
        """All events of the sources of an execution instance."""
        origins, lines, labels = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for descriptor, population in instance.populations.items():
            own = translation.spike_labels[descriptor]
            there = own.label != NO_LABEL
            label = own.label[there]
            if isinstance(population, Population):
                line = label >> 8 & 7
                label = label & 0x7FF
            elif isinstance(population, BackgroundSourcePopulation):
                vertices = translation.background_spike_source_vertices[descriptor]
                used = [12 + 4 * int(h) + int(bus) for h, bus in sorted(population.coordinate.items()) if h in vertices]
                line = np.tile(np.array(used, np.int64), population.size)
            else:
                line = 8 + (label >> 14)
            origins.append(origin(int(descriptor), own.neuron[there], own.compartment[there]))
            lines.append(line)
            labels.append(label & 0x3FFF)
        return cls(np.concatenate(origins), np.concatenate(lines), np.concatenate(labels))

    def through(self, node: CrossbarNode) -> np.ndarray:
        """Numbers of the events that pass a crossbar node."""
        at_input = self.line == int(node.coordinate.toCrossbarInputOnDLS())
        mask, target = int(node.config.mask), int(node.config.target)
        return np.flatnonzero(at_input & (self.label & mask == target))


@dataclass(frozen=True)
class Arrivals:
    """Sources by the place where their events arrive.

    Attributes
    ----------
    at_synapses : (256 * 64,) int64
        Source whose events synapses with a label at a driver see, at ``64 * driver + label``; -1 for none.
    at_host : (65536,) int64
        Source whose events come to the host with a label; -1 for none. -2 in both: more than one event arrives.
    """

    at_synapses: np.ndarray
    at_host: np.ndarray

    @classmethod
    def of(cls, graph: Graph, instance_id: ExecutionInstanceID, events: Events) -> Arrivals:
        """Follow all events through the crossbar and the PADI buses of an execution instance."""
        drivers: dict[int, list[SynapseDriver]] = {}
        for descriptor, driver in graph.vertices_of(instance_id, SynapseDriver):
            drivers.setdefault(graph.inputs(descriptor)[0].descriptor, []).append(driver)
        places, sources = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for descriptor, _ in graph.vertices_of(instance_id, PADIBus):
            on_bus = drivers.get(descriptor, [])
            number = np.array([int(driver.coordinate.toEnum()) for driver in on_bus], np.int64)
            mask = np.array([driver.row_address_compare_mask for driver in on_bus], np.int64)
            for each in graph.inputs(descriptor):
                passed = events.through(_node(graph, each.descriptor))
                label = events.label[passed]
                event, target = np.nonzero((((label >> 6) & 31)[:, None] ^ (number % 128 // 4)) & mask == 0)
                places.append(number[target] * SYNAPSE_LABELS + label[event] % SYNAPSE_LABELS)
                sources.append(events.origin[passed[event]])
        labels, hosts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for descriptor, _ in graph.vertices_of(instance_id, CrossbarL2Output):
            for each in graph.inputs(descriptor):
                node = _node(graph, each.descriptor)
                passed = events.through(node)
                output = int(node.coordinate.toCrossbarOutputOnDLS()) - 8
                labels.append(output << 14 | events.label[passed])
                hosts.append(events.origin[passed])
        return cls(
            _table(_DRIVERS * SYNAPSE_LABELS, np.concatenate(places), np.concatenate(sources)),
            _table(1 << 16, np.concatenate(labels), np.concatenate(hosts)),
        )


def _node(graph: Graph, descriptor: int) -> CrossbarNode:
    node = graph.vertex(descriptor)
    assert isinstance(node, CrossbarNode)
    return node


def _table(size: int, place: np.ndarray, source: np.ndarray) -> np.ndarray:
    table = np.full(size, -1, np.int64)
    table[place] = source
    # Also an event of the same source that arrives twice is one too many.
    table[np.bincount(place, minlength=size) > 1] = _AMBIGUOUS
    return table


def arrival_text(source: int) -> str:
    """What arrives somewhere, with the verb, in messages."""
    if source == _AMBIGUOUS:
        return "several events reach"
    return "no event reaches" if source < 0 else f"events of {origin_text(source)} reach"
