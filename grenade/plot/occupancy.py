"""What of a chip is in use: synapses, drivers, crossbar nodes and neuron circuits, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

import halco
from grenade.network.routing.result import PlacedConnections

if TYPE_CHECKING:
    import lola

HEMISPHERES = 2
ROWS, COLUMNS = 256, 256
"""Synapse rows and columns of a hemisphere."""
DRIVERS = 128
"""Synapse drivers of a hemisphere; driver d drives rows 2d (bottom) and 2d + 1 (top) and hangs on PADI bus d mod 4."""
BUSES = 4
"""PADI buses of a hemisphere."""
OUTPUTS, INPUTS = 12, 20
"""Crossbar: PADI buses (top, bottom) and L2 outputs; neuron event outputs, L2 inputs and background generators."""


class NodeState(IntEnum):
    """What a crossbar node lets pass."""

    absent = 0
    drop_all = 1
    filter = 2
    pass_all = 3


class RowMode(IntEnum):
    """Lines that a synapse row drives, with the numbers of `haldls.SynapseDriverConfig.RowMode`."""

    disabled = 0
    excitatory = 1
    inhibitory = 2
    excitatory_and_inhibitory = 3


@dataclass(frozen=True, eq=False, repr=False)
class Occupancy:
    """What of a chip is in use.

    Attributes
    ----------
    weights : ndarray of int16, (512, 256)
        Weight of the synapse by `halco.SynapseRowOnDLS` number and column, LSB; -1 where none is used.
    row_modes : ndarray of uint8, (512,)
        `RowMode` of each synapse row.
    drivers : ndarray of bool, (256,)
        Which synapse drivers listen, by `halco.SynapseDriverOnDLS` number.
    compare_masks : ndarray of uint8, (256,)
        Row address compare mask of each driver; without meaning for unused ones.
    nodes : ndarray of uint8, (12, 20)
        `NodeState` of the crossbar node of each output and input.
    neurons : ndarray of int64, (512,)
        Population that a neuron circuit belongs to, by `halco.AtomicNeuronOnDLS` number; -1 for unused circuits.
    """

    weights: np.ndarray
    row_modes: np.ndarray
    drivers: np.ndarray
    compare_masks: np.ndarray
    nodes: np.ndarray
    neurons: np.ndarray

    @classmethod
    def empty(cls) -> Occupancy:
        """A chip of which nothing is in use."""
        nodes = np.zeros((OUTPUTS, INPUTS), dtype=np.uint8)
        nodes[_node_places()] = NodeState.drop_all
        return cls(
            np.full((HEMISPHERES * ROWS, COLUMNS), -1, dtype=np.int16),
            np.zeros(HEMISPHERES * ROWS, dtype=np.uint8),
            np.zeros(HEMISPHERES * DRIVERS, dtype=bool),
            np.zeros(HEMISPHERES * DRIVERS, dtype=np.uint8),
            nodes,
            np.full(HEMISPHERES * COLUMNS, -1, dtype=np.int64),
        )

    @classmethod
    def of_chip(cls, chip: lola.Chip) -> Occupancy:
        """What a configuration uses.

        A driver is in use if its receiver is on, a synapse if its weight is not zero, a circuit if its digital output
        or one of its synaptic inputs is on; which population a circuit belongs to is not known, they all get 0.
        """
        result = cls.empty()
        for number, block in enumerate(halco.iter_all(halco.SynapseDriverBlockOnDLS)):
            drivers = chip.synapse_driver_blocks[block].synapse_drivers.columns
            place = slice(DRIVERS * number, DRIVERS * (number + 1))
            result.drivers[place] = drivers.enable_receiver
            result.compare_masks[place] = drivers.row_address_compare_mask
            rows = result.row_modes[ROWS * number : ROWS * (number + 1)]
            rows[0::2], rows[1::2] = drivers.row_mode_bottom, drivers.row_mode_top
        for number, synapses in enumerate(halco.iter_all(halco.SynapseBlockOnDLS)):
            weights = chip.synapse_blocks[synapses].matrix.weights.to_numpy().astype(np.int16)
            result.weights[ROWS * number : ROWS * (number + 1)] = np.where(weights > 0, weights, -1)
        nodes = chip.crossbar.nodes.columns
        result.nodes[_node_places()] = _node_states(nodes.mask, nodes.target)
        neurons = chip.neuron_block.atomic_neurons.columns
        inputs = neurons.excitatory_input.enable | neurons.inhibitory_input.enable
        result.neurons[neurons.event_routing.enable_digital | inputs] = 0
        return result

    @classmethod
    def of_routing(cls, routing: Any, populations: Any = None) -> Occupancy:
        """What the routing result of one execution instance uses.

        Parameters
        ----------
        routing : network.routing.RoutingResult.ExecutionInstance
            Routing result of the instance.
        populations : dict of PopulationOnExecutionInstance to population, optional
            Populations of the instance in the network; without them, no neuron circuit counts as used.
        """
        result = cls.empty()
        for connections in routing.connections.values():
            placed = PlacedConnections.coerce(connections)
            result.weights[placed.synapse_row, placed.synapse_on_row] = placed.weight
        for row, mode in routing.synapse_row_modes.items():
            result.row_modes[row.toEnum().value()] = int(mode)
        for driver, mask in routing.synapse_driver_compare_masks.items():
            result.drivers[driver.toEnum().value()] = True
            result.compare_masks[driver.toEnum().value()] = int(mask)
        numbers = np.array([node.toEnum().value() for node in routing.crossbar_nodes], dtype=np.int64)
        masks = np.array([int(node.mask) for node in routing.crossbar_nodes.values()], dtype=np.uint64)
        targets = np.array([int(node.target) for node in routing.crossbar_nodes.values()], dtype=np.uint64)
        outputs, inputs = _node_places()
        result.nodes[outputs[numbers], inputs[numbers]] = _node_states(masks, targets)
        for descriptor, population in (populations or {}).items():
            if hasattr(population, "circuits"):
                result.neurons[population.circuits[:, 3]] = int(descriptor)
        return result

    def __repr__(self) -> str:
        return (
            f"Occupancy({self.num_neurons} of 512 neuron circuits, {self.num_synapses:,} of 131,072 synapses, "
            f"{int(self.drivers.sum())} of 256 synapse drivers)"
        )

    @property
    def num_synapses(self) -> int:
        """Number of synapses in use."""
        return int(np.count_nonzero(self.weights >= 0))

    @property
    def num_neurons(self) -> int:
        """Number of neuron circuits in use."""
        return int(np.count_nonzero(self.neurons >= 0))

    @property
    def drivers_per_bus(self) -> np.ndarray:
        """Drivers in use by hemisphere and PADI bus: ndarray of int64, (2, 4); each bus has 32."""
        return self.drivers.reshape(HEMISPHERES, DRIVERS // BUSES, BUSES).sum(axis=1)

    @property
    def synapses_per_bus(self) -> np.ndarray:
        """Synapses in use by hemisphere and PADI bus: ndarray of int64, (2, 4); each bus has 16,384."""
        shape = HEMISPHERES, DRIVERS // BUSES, BUSES, -1
        return (self.weights >= 0).reshape(shape).sum(axis=(1, 3))

    @property
    def rows_per_bus(self) -> np.ndarray:
        """Excitatory and inhibitory rows by hemisphere and PADI bus: ndarray of int64, (2, 4, 2)."""
        modes = self.row_modes.reshape(HEMISPHERES, DRIVERS // BUSES, BUSES, 2)
        lines = [np.count_nonzero(modes & mode, axis=(1, 3)) for mode in (RowMode.excitatory, RowMode.inhibitory)]
        return np.stack(lines, axis=-1)


def _node_places() -> tuple[np.ndarray, np.ndarray]:
    """Output and input of each crossbar node, in the order of their numbers."""
    nodes: Iterable[Any] = halco.iter_all(halco.CrossbarNodeOnDLS)
    pairs = [(node.toCrossbarOutputOnDLS().toEnum().value(), node.toCrossbarInputOnDLS().toEnum().value())
             for node in nodes]
    outputs, inputs = np.array(pairs).T
    return outputs, inputs


def _node_states(masks: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """State of nodes with these masks and targets; a target bit outside of the mask can never be met."""
    masks, targets = np.asarray(masks, dtype=np.uint64), np.asarray(targets, dtype=np.uint64)
    states = np.where(masks == 0, NodeState.pass_all, NodeState.filter)
    return np.where(targets & ~masks, NodeState.drop_all, states).astype(np.uint8)
