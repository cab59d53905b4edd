"""What a network needs of the chip, and how long it took to place it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from grenade.common import ExecutionInstanceID
from grenade.network.graph import NetworkGraph
from grenade.network.network import Descriptors
from grenade.signal_flow.vertices import SynapseDriver

_NEURONS = 512
_SYNAPSES = 131072
_SYNAPSE_DRIVERS = 256


@dataclass(frozen=True)
class ExecutionInstanceStatistics:
    """Use of the chip by an execution instance.

    Attributes
    ----------
    num_populations, num_projections : int
        Parts of the description.
    num_neurons, num_synapses, num_synapse_drivers : int
        Neuron circuits, synapses and synapse drivers in use.
    """

    num_populations: int = 0
    num_projections: int = 0
    num_neurons: int = 0
    num_synapses: int = 0
    num_synapse_drivers: int = 0

    def get_num_populations(self) -> int:
        """Number of populations of all kinds."""
        return self.num_populations

    def get_num_projections(self) -> int:
        """Number of projections."""
        return self.num_projections

    def get_num_neurons(self) -> int:
        """Number of neuron circuits."""
        return self.num_neurons

    def get_num_synapses(self) -> int:
        """Number of synapses."""
        return self.num_synapses

    def get_num_synapse_drivers(self) -> int:
        """Number of synapse drivers."""
        return self.num_synapse_drivers

    def get_neuron_usage(self) -> float:
        """Part of the 512 neuron circuits of the chip."""
        return self.num_neurons / _NEURONS

    def get_synapse_usage(self) -> float:
        """Part of the 131072 synapses of the chip."""
        return self.num_synapses / _SYNAPSES

    def get_synapse_driver_usage(self) -> float:
        """Part of the 256 synapse drivers of the chip."""
        return self.num_synapse_drivers / _SYNAPSE_DRIVERS


@dataclass(frozen=True)
class NetworkGraphStatistics:
    """Use of the chip by a network.

    Attributes
    ----------
    execution_instances : dict of ExecutionInstanceID to ExecutionInstanceStatistics
        Use by each execution instance.
    abstract_network_construction_duration, routing_duration, hardware_network_construction_duration, \
verification_duration : datetime.timedelta
        Wall-clock time of the description of the network, its routing, its graph, and the check of the graph.
    """

    execution_instances: dict[ExecutionInstanceID, ExecutionInstanceStatistics] = field(default_factory=dict)
    abstract_network_construction_duration: timedelta = timedelta()
    routing_duration: timedelta = timedelta()
    hardware_network_construction_duration: timedelta = timedelta()
    verification_duration: timedelta = timedelta()

    def __str__(self) -> str:
        lines = [
            f"execution instance {int(instance)}: {each.num_populations} populations, {each.num_projections} "
            f"projections, {each.num_neurons} neuron circuits ({each.get_neuron_usage():.1%}), {each.num_synapses} "
            f"synapses ({each.get_synapse_usage():.1%}), {each.num_synapse_drivers} synapse drivers "
            f"({each.get_synapse_driver_usage():.1%})"
            for instance, each in self.execution_instances.items()
        ]
        durations: tuple[tuple[str, timedelta], ...] = (
            ("description", self.abstract_network_construction_duration), ("routing", self.routing_duration),
            ("graph", self.hardware_network_construction_duration), ("check", self.verification_duration),
        )
        lines.append(", ".join(f"{name} {duration.total_seconds() * 1e3:.1f} ms" for name, duration in durations))
        return "\n".join(lines)


def extract_statistics(graph: NetworkGraph) -> NetworkGraphStatistics:
    """Use of the chip by a network graph, and the time its construction took."""
    instances: Any = Descriptors(ExecutionInstanceID)
    for instance_id, instance in graph.network.execution_instances.items():
        translation = graph.graph_translation.execution_instances[instance_id]
        instances[instance_id] = ExecutionInstanceStatistics(
            len(instance.populations), len(instance.projections),
            sum(len(circuits.table) for circuits in translation.populations.values()),
            sum(len(placed.connection) for placed in translation.projections.values()),
            len(graph.graph.vertices_of(instance_id, SynapseDriver)),
        )
    durations = graph.durations
    return NetworkGraphStatistics(
        instances, durations.abstract_network_construction, durations.routing,
        durations.hardware_network_construction, durations.verification,
    )
