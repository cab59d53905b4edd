"""Result of routing: where each connection lies, and the labels and settings of everything on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import halco
import lola
from grenade.network.routing.connections import ConnectionRouting
from grenade.network.routing.ragged import Ragged, checked_column, offsets_of


def _number(value: Any) -> int:
    """Linear number of a coordinate, or the number itself."""
    return int(value.toEnum()) if hasattr(value, "toEnum") else int(value)


class PlacedConnection:
    """One synapse of a connection.

    Attributes
    ----------
    weight : lola.SynapseMatrix.Weight
        Weight of the synapse, 0 to 63.
    label : lola.SynapseMatrix.Label
        Synapse label, 0 to 63.
    synapse_row : halco.SynapseRowOnDLS
        Row, 0 to 511.
    synapse_on_row : halco.SynapseOnSynapseRow
        Column, 0 to 255.
    """

    __slots__ = ("label", "synapse_on_row", "synapse_row", "weight")

    def __init__(self, weight: Any = 0, label: Any = 0, synapse_row: Any = 0, synapse_on_row: Any = 0) -> None:
        self.weight = lola.SynapseMatrix.Weight(weight)
        self.label = lola.SynapseMatrix.Label(int(label))
        self.synapse_row = halco.SynapseRowOnDLS(halco.Enum(_number(synapse_row)))
        self.synapse_on_row = halco.SynapseOnSynapseRow(int(synapse_on_row))

    def _values(self) -> tuple[int, int, int, int]:
        return int(self.weight), int(self.label), _number(self.synapse_row), int(self.synapse_on_row)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, PlacedConnection) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return f"PlacedConnection({self.weight}, {self.label}, {self.synapse_row}, {self.synapse_on_row})"


class PlacedConnections(Ragged[PlacedConnection]):
    """Synapses of all connections of a projection; `placed[i]` is a list of `PlacedConnection`.

    Parameters
    ----------
    offsets : array_like of int64, shape (n + 1,)
        Connection i has the synapses `offsets[i]` to `offsets[i + 1]`.
    weight, label : array_like of uint8, shape (m,)
        Weight and synapse label, 0 to 63.
    synapse_row : array_like of int64, shape (m,)
        Number of the row on the chip, 0 to 511.
    synapse_on_row : array_like of int64, shape (m,)
        Column, 0 to 255.
    """

    def __init__(
        self, offsets: ArrayLike = (0,), weight: ArrayLike = (), label: ArrayLike = (), synapse_row: ArrayLike = (),
        synapse_on_row: ArrayLike = (),
    ) -> None:
        name = type(self).__name__
        self.offsets = np.asarray(offsets, dtype=np.int64)
        self.weight = checked_column(name, "weights", weight, np.uint8, 64)
        self.label = checked_column(name, "labels", label, np.uint8, 64)
        self.synapse_row = checked_column(name, "synapse rows", synapse_row, np.int64, 512)
        self.synapse_on_row = checked_column(name, "columns", synapse_on_row, np.int64, 256)
        self._check(
            weight=self.weight, label=self.label, synapse_row=self.synapse_row, synapse_on_row=self.synapse_on_row
        )

    @classmethod
    def coerce(cls, value: Any) -> PlacedConnections:
        """Placed connections as they are, or made of a list of lists of `PlacedConnection`."""
        if isinstance(value, cls):
            return value
        rows = [[placed._values() for placed in each] for each in value]
        flat = np.array([row for each in rows for row in each], dtype=np.int64).reshape(-1, 4)
        return cls(offsets_of([len(each) for each in rows]), *flat.T)

    def _entry(self, start: int, stop: int) -> list[PlacedConnection]:
        columns = (self.weight, self.label, self.synapse_row, self.synapse_on_row)
        return [PlacedConnection(*row) for row in zip(*(each[start:stop].tolist() for each in columns), strict=True)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlacedConnections):
            return NotImplemented
        names = ("offsets", "weight", "label", "synapse_row", "synapse_on_row")
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]


class ExternalSpikeLabels(Ragged[halco.SpikeLabel]):
    """Labels that are to be sent for a spike of each source of a population; `labels[i]` is a list of `SpikeLabel`.

    A source has one label for each hemisphere that its events have to reach, and none if nothing needs them.

    Parameters
    ----------
    offsets : array_like of int64, shape (n + 1,)
        Source i has the labels `offsets[i]` to `offsets[i + 1]`.
    value : array_like of uint16, shape (m,)
        The labels.
    """

    def __init__(self, offsets: ArrayLike = (0,), value: ArrayLike = ()) -> None:
        self.offsets = np.asarray(offsets, dtype=np.int64)
        self.value = checked_column(type(self).__name__, "labels", value, np.uint16, 1 << 16)
        self._check(value=self.value)

    @classmethod
    def coerce(cls, value: Any) -> ExternalSpikeLabels:
        """Labels as they are, or made of a list of lists of `SpikeLabel` or numbers."""
        if isinstance(value, cls):
            return value
        rows = [[int(label) for label in each] for each in value]
        return cls(offsets_of([len(each) for each in rows]), [label for each in rows for label in each])

    def _entry(self, start: int, stop: int) -> list[halco.SpikeLabel]:
        return [halco.SpikeLabel(label) for label in self.value[start:stop].tolist()]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExternalSpikeLabels):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.value, other.value)

    __hash__ = None  # type: ignore[assignment]


@dataclass
class RoutedExecutionInstance:
    """Routing of one execution instance.

    Attributes
    ----------
    connections : dict of ProjectionOnExecutionInstance to PlacedConnections
        Synapses of all connections.
    connection_routing_result : dict of ProjectionOnExecutionInstance to ConnectionRouting
        Circuits of the target compartment that the connections use.
    external_spike_labels : dict of PopulationOnExecutionInstance to ExternalSpikeLabels
        Labels to send for spikes of sources off the chip.
    background_spike_source_labels : dict of population to dict of halco.HemisphereOnDLS to list of halco.NeuronLabel
        Labels of the members of background populations on each hemisphere.
    background_spike_source_masks : dict of population to dict of hemisphere to haldls.BackgroundSpikeSource.Mask
        Bits of the label that a random generator draws.
    internal_neuron_labels : dict of population to list of dict of halco.CompartmentOnLogicalNeuron to list
        For each neuron, compartment and circuit the `halco.NeuronBackendAddressOut`, or None if it emits nothing.
    synapse_driver_compare_masks : dict of halco.SynapseDriverOnDLS to RowAddressCompareMask
        Compare masks of all drivers in use.
    synapse_row_modes : dict of halco.SynapseRowOnDLS to haldls.SynapseDriverConfig.RowMode
        Modes of both rows of all drivers in use.
    crossbar_nodes : dict of halco.CrossbarNodeOnDLS to haldls.CrossbarNode
        Settings of crossbar nodes; the others drop all events.
    """

    connections: dict[Any, PlacedConnections] = field(default_factory=dict)
    connection_routing_result: dict[Any, ConnectionRouting] = field(default_factory=dict)
    external_spike_labels: dict[Any, ExternalSpikeLabels] = field(default_factory=dict)
    background_spike_source_labels: dict[Any, dict[Any, list[Any]]] = field(default_factory=dict)
    background_spike_source_masks: dict[Any, dict[Any, Any]] = field(default_factory=dict)
    internal_neuron_labels: dict[Any, list[dict[Any, list[Any]]]] = field(default_factory=dict)
    synapse_driver_compare_masks: dict[Any, Any] = field(default_factory=dict)
    synapse_row_modes: dict[Any, Any] = field(default_factory=dict)
    crossbar_nodes: dict[Any, Any] = field(default_factory=dict)


@dataclass
class RoutingResult:
    """Routing of a network. It may also be made by hand.

    Attributes
    ----------
    execution_instances : dict of ExecutionInstanceID to RoutingResult.ExecutionInstance
        Routing of each execution instance.
    routing_duration : datetime.timedelta
        Time that the routing took; it is left out of comparisons.
    """

    execution_instances: dict[Any, RoutedExecutionInstance] = field(default_factory=dict)
    routing_duration: timedelta = field(default_factory=timedelta, compare=False)

    ExecutionInstance = RoutedExecutionInstance
