"""A router for networks of two layers that need all synapse rows of the chip.

Each synapse driver serves one source of the host and one neuron on the chip: the synapses of the columns of the hidden
layer listen to the label of the former, those of the readout to the label of the latter. So 256 signed inputs fit
together with 256 neurons of two circuits each, of which the first ones send to the last ones. The routers of
`grenade.network.routing` give a driver to sources of one kind only, and find no place for such a network.
"""

from __future__ import annotations

import time
from datetime import timedelta
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

import halco
import haldls
from grenade.network.network import Network
from grenade.network.population import ExternalSourcePopulation, Population
from grenade.network.receptor import Receptor
from grenade.network.routing import (
    ConnectionRouting,
    ExternalSpikeLabels,
    PlacedConnections,
    RoutingResult,
    UnsuccessfulRouting,
)
from grenade.network.routing.crossbar import BOTTOM_BIT, EXTERNAL_RECORDED_BIT, crossbar_nodes
from grenade.network.routing.result import RoutedExecutionInstance

DRIVERS = 256
COMPARE_MASK = 0b10011
"""Bits of the row select address that a driver looks at.

An event of a neuron on the chip has the half of the chip in bit 4, its PADI bus in bits 2 and 3, and two free bits.
Sources of the host use the same groups of four drivers.
"""
FIRST_INTERNAL_LABEL = 8
"""Synapse labels of neurons on the chip are 8 to 15; those of sources of the host, 0 to 3, say which driver of four."""

_Modes = haldls.SynapseDriverConfig.RowMode
_ROW_MODES = (_Modes.excitatory, _Modes.inhibitory)


class SharedDriverRouter:
    """Places networks of neurons with two circuits, one below the other.

    Source i of the host has synapse driver i of the chip. A neuron of the chip has one of the drivers on its PADI bus,
    by its column. Neurons that receive from both halves of the drivers need circuits on both hemispheres.
    """

    def __call__(self, network: Network) -> RoutingResult:
        """Place a network.

        Raises
        ------
        UnsuccessfulRouting
            There are sources of another kind, more than 256 of the host, two neurons that send from the same column,
            weights above 63, or a neuron without a circuit where a source arrives.
        """
        begin = time.perf_counter()
        if network.inter_execution_instance_projections:
            raise UnsuccessfulRouting(
                "networks of several execution instances need another router", resource="routers"
            )
        result = RoutingResult()
        for instance_id, instance in network.execution_instances.items():
            result.execution_instances[instance_id] = _InstanceRouting(instance, instance_id).route()
        result.routing_duration = timedelta(seconds=time.perf_counter() - begin)
        return result

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def internal_places(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Driver (0..255) and address output (0..255) of neurons that send from these columns (0..255)."""
    event_output, rank = column // 32, column % 32
    free_bits, member = rank // 8, rank % 8
    on_bus = event_output // 4 << 4 | member % 4 << 2 | free_bits
    return 128 * (member // 4) + 4 * on_bus + event_output % 4, free_bits << 6 | FIRST_INTERNAL_LABEL + member


class _InstanceRouting:
    """Routing of one execution instance."""

    def __init__(self, instance: Any, instance_id: Any) -> None:
        self._instance = instance
        self._id = instance_id
        self._driver: dict[Any, NDArray[np.int64]] = {}
        """Synapse driver (0..255) of each source, by population."""
        self._label: dict[Any, NDArray[np.int64]] = {}
        """Synapse label of each source, by population."""

    def route(self) -> RoutedExecutionInstance:
        result = RoutedExecutionInstance()
        sends, recorded = np.zeros((8, 2), dtype=bool), np.zeros(8, dtype=bool)
        taken: set[int] = set()
        first = 0
        for descriptor, population in sorted(self._instance.populations.items(), key=lambda item: int(item[0])):
            if isinstance(population, ExternalSourcePopulation):
                result.external_spike_labels[descriptor] = self._place_external(descriptor, population, first)
                first += population.size
            elif isinstance(population, Population):
                result.internal_neuron_labels[descriptor] = self._place_internal(
                    descriptor, population, taken, sends, recorded
                )
            else:
                raise self._unsuccessful(f"cannot place a {type(population).__name__}", "routers", descriptor)
        used: set[int] = set()
        for descriptor, projection in self._instance.projections.items():
            placed, routing = self._place_synapses(descriptor, projection, used)
            result.connections[descriptor], result.connection_routing_result[descriptor] = placed, routing
        self._set_drivers(result)
        result.crossbar_nodes = crossbar_nodes(sends, recorded)
        return result

    def _place_external(self, descriptor: Any, population: Any, first: int) -> ExternalSpikeLabels:
        driver = np.arange(first, first + population.size)
        if driver.size and driver[-1] >= DRIVERS:
            raise self._unsuccessful(
                f"{first + population.size} sources of the host, possible are {DRIVERS}", "drivers", descriptor
            )
        hemisphere, on_bus = driver // 128, driver % 128 // 4
        label = on_bus >> 2 & 3
        self._driver[descriptor], self._label[descriptor] = driver, label
        value = driver % 4 << 14 | hemisphere * BOTTOM_BIT | on_bus << 6 | label
        value |= np.where(population.recorded, EXTERNAL_RECORDED_BIT, 0)
        return ExternalSpikeLabels(np.arange(population.size + 1), value)

    def _place_internal(
        self, descriptor: Any, population: Any, taken: set[int], sends: NDArray[np.bool_],
        recorded: NDArray[np.bool_],
    ) -> list[dict[Any, list[Any]]]:
        """Addresses of all circuits; notes in `sends` and `recorded` what the crossbar has to let pass."""
        masters = population.spike_masters
        projects = any(each.population_pre == descriptor for each in self._instance.projections.values())
        masters = masters[(masters[:, 3] > 0) | projects]
        column = masters[:, 2] % 256
        both = sorted(taken & set(column.tolist()))
        if both or len(set(column.tolist())) < len(column):
            raise self._unsuccessful(
                f"two neurons send from the same column{f', {both[0]}' if both else ''}", "labels", descriptor
            )
        taken.update(column.tolist())
        driver, address = internal_places(column)
        self._driver[descriptor] = np.full(population.size, -1)
        self._label[descriptor] = np.full(population.size, -1)
        self._driver[descriptor][masters[:, 0]] = driver
        self._label[descriptor][masters[:, 0]] = address & 63
        recorded[column[masters[:, 3] > 0] // 32] = True
        if projects:
            sends[column // 32] = True
        of_circuit = dict(zip(masters[:, 2].tolist(), address.tolist(), strict=True))
        neurons: list[dict[Any, list[Any]]] = [{} for _ in range(population.size)]
        for neuron, compartment, _, circuit in population.circuits.tolist():
            on_compartment = neurons[neuron].setdefault(halco.CompartmentOnLogicalNeuron(compartment), [])
            known = circuit in of_circuit
            on_compartment.append(halco.NeuronBackendAddressOut(of_circuit[circuit]) if known else None)
        return neurons

    def _place_synapses(
        self, descriptor: Any, projection: Any, used: set[int]
    ) -> tuple[PlacedConnections, ConnectionRouting]:
        table = projection.table
        driver = self._driver[projection.population_pre][table[:, 0]]
        circuit, column = self._targets(descriptor, projection, table[:, 2], driver // 128)
        if table.size and table[:, 4].max() > 63:
            raise self._unsuccessful(f"a weight of {table[:, 4].max()}, possible are 0 to 63", "rows", descriptor)
        row = 2 * driver + (projection.receptor.type == Receptor.Type.inhibitory)
        places = set((row * 256 + column).tolist())
        if len(places) < len(table) or places & used:
            raise self._unsuccessful("needs the same synapse twice", "synapses", descriptor)
        used |= places
        offsets = np.arange(len(table) + 1)
        label = self._label[projection.population_pre][table[:, 0]]
        return PlacedConnections(offsets, table[:, 4], label, row, column), ConnectionRouting(offsets, circuit)

    def _targets(
        self, descriptor: Any, projection: Any, neuron: NDArray[np.int64], hemisphere: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Circuit on the compartment, and column, of the circuit of each neuron on a hemisphere."""
        population = self._instance.populations[projection.population_post]
        circuits = population.circuits
        found = np.full((population.size, 2, 2), -1)
        found[circuits[:, 0], circuits[:, 3] // 256] = np.stack([circuits[:, 2], circuits[:, 3] % 256], axis=1)
        result = found[neuron, hemisphere]
        if (result < 0).any():
            first = int(np.argmax((result < 0).any(axis=1)))
            raise self._unsuccessful(
                f"neuron {neuron[first]} of population {index(projection.population_post)} has no circuit on the "
                f"{('top', 'bottom')[hemisphere[first]]} hemisphere, where a source arrives", "circuits", descriptor,
            )
        return result[:, 0], result[:, 1]

    @staticmethod
    def _set_drivers(result: RoutedExecutionInstance) -> None:
        rows = [placed.synapse_row // 2 for placed in result.connections.values()]
        for driver in np.unique(np.concatenate([*rows, np.empty(0, dtype=np.int64)])).tolist():
            coordinate = halco.SynapseDriverOnDLS(halco.Enum(driver))
            mask = haldls.SynapseDriverConfig.RowAddressCompareMask(COMPARE_MASK)
            result.synapse_driver_compare_masks[coordinate] = mask
            for which, mode in enumerate(_ROW_MODES):
                result.synapse_row_modes[halco.SynapseRowOnDLS(halco.Enum(2 * driver + which))] = mode

    def _unsuccessful(self, text: str, resource: str, descriptor: Any) -> UnsuccessfulRouting:
        kind = "projection" if descriptor in self._instance.projections else "population"
        return UnsuccessfulRouting(
            f"{kind} {index(descriptor)} of execution instance {index(self._id)}: {text}",
            resource=resource, execution_instance=self._id, **{kind: descriptor},
        )
