"""Projections: connections between two populations."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from grenade.coercion import DESCRIPTION, coerced, duplicate
from grenade.common import (
    FIRST_CHIP,
    ChipOnExecutor,
    EntityOnChip,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    Time,
)
from grenade.network.connection_list import Connection, ConnectionList, last_column
from grenade.network.receptor import Receptor
from halco.core import BaseInt

_Population = Annotated[PopulationOnExecutionInstance, coerced(PopulationOnExecutionInstance)]
_PopulationOnNetwork = Annotated[PopulationOnNetwork, coerced(PopulationOnNetwork)]


class _Weight(BaseInt, bits=63):
    """Sum of the weights of the synapses of a connection; above 63 it takes several synapses."""


class _WeightedConnection(Connection):
    """A connection with a weight.

    Parameters
    ----------
    index_pre, index_post : tuple of int and halco.CompartmentOnLogicalNeuron
        Neuron and compartment that send and receive.
    weight : Projection.Connection.Weight or int
        Sum of the weights of the synapses.
    """

    __slots__ = ()
    _last = "weight"
    Weight = _Weight

    def __init__(self, index_pre: Any = (0, 0), index_post: Any = (0, 0), weight: Any = 0) -> None:
        super().__init__(index_pre, index_post, weight)

    weight = last_column("weight", _Weight, "Sum of the weights of the synapses.")


class _DelayedConnection(Connection):
    """A connection with a delay.

    Parameters
    ----------
    index_pre, index_post : tuple of int and halco.CompartmentOnLogicalNeuron
        Neuron and compartment that send and receive.
    delay : Time or int
        Time from the spike that is sent to the one that is received.
    """

    __slots__ = ()
    _last = "delay"

    def __init__(self, index_pre: Any = (0, 0), index_post: Any = (0, 0), delay: Any = 0) -> None:
        super().__init__(index_pre, index_post, delay)

    delay = last_column("delay", Time, "Time from the spike that is sent to the one that is received.")


for _kind, _name in (
    (_WeightedConnection, "Projection.Connection"),
    (_Weight, "Projection.Connection.Weight"),
    (_DelayedConnection, "InterExecutionInstanceProjection.Connection"),
):
    _kind.__qualname__, _kind.__name__ = _name, _name.rsplit(".", 1)[1]


def _list_of(kind: type[Connection]) -> BeforeValidator:
    """Validator of a field that holds connections of a kind."""

    def convert(value: Any) -> Any:
        try:
            return ConnectionList(kind, value)
        except TypeError as error:
            raise ValueError(str(error)) from error

    return BeforeValidator(convert)


class _Connected:
    """What both kinds of projections share."""

    connections: ConnectionList[Any]

    @property
    def size(self) -> int:
        """Number of connections."""
        return len(self.connections)

    @property
    def table(self) -> np.ndarray:
        """Connections as they are stored, int64, shape (size, 5); writing to it changes the connections.

        The columns are pre neuron, pre compartment, post neuron, post compartment, and weight or delay.
        """
        return self.connections.table

    @table.setter
    def table(self, value: np.ndarray) -> None:
        self.connections = value  # type: ignore[assignment]  # the field turns the array into a list

    def copy(self) -> Self:
        """A projection of its own, with equal connections of its own."""
        return duplicate(self, connections=self.connections.__copy__())


@dataclass(config=DESCRIPTION)
class Projection(_Connected, EntityOnChip):
    """Connections between two populations of an execution instance, with synapses on the chip.

    Attributes
    ----------
    receptor : Receptor
        By which input the spikes reach the neurons.
    connections : list of Projection.Connection
        The connections; an array of integers of shape (n, 5) is accepted as well.
    population_pre, population_post : PopulationOnExecutionInstance
        The population that sends and the one that receives, which is on the chip.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    Connection = _WeightedConnection

    receptor: Receptor = Field(default_factory=Receptor)
    connections: Annotated[ConnectionList[_WeightedConnection], _list_of(_WeightedConnection)] = Field(
        default_factory=lambda: ConnectionList(_WeightedConnection)
    )
    population_pre: _Population = PopulationOnExecutionInstance()
    population_post: _Population = PopulationOnExecutionInstance()
    chip_on_executor: ChipOnExecutor = FIRST_CHIP

    def with_weights(self, weights: Any) -> Projection:
        """The same connections with other weights, as integers of shape (size,).

        Raises
        ------
        ValueError
            A wrong number of weights, or numbers that are not whole, negative or do not fit into 63 bits.
        """
        values = np.asarray(weights)
        if values.shape != (self.size,):
            raise ValueError(f"weights have shape {values.shape}, expected ({self.size},)")
        # Types of empty arrays mean nothing: numpy calls an empty list floats.
        if values.size and values.dtype.kind not in "iu":
            raise ValueError(f"weights are {values.dtype}, expected integers")
        stored = values.astype(np.int64)
        if stored.size and stored.min() < 0:
            first = int(stored.argmin())
            raise ValueError(f"weight of connection {first} is {values[first]}, expected 0 to {(1 << 63) - 1}")
        changed = self.copy()
        changed.table[:, 4] = stored
        return changed

    def from_numpy(
        self,
        receptor: Receptor,
        connections: np.ndarray,
        population_pre: PopulationOnExecutionInstance,
        population_post: PopulationOnExecutionInstance,
        chip_on_executor: Any = FIRST_CHIP,
    ) -> Self:
        """Replace all fields.

        Parameters
        ----------
        connections : numpy.ndarray of integers, shape (n, 5)
            Columns pre neuron, pre compartment, post neuron, post compartment, weight.

        Returns
        -------
        Projection
            This projection.

        Raises
        ------
        RuntimeError
            `connections` has another shape.
        ValueError
            A negative number.
        """
        # Checked before anything is written, so that a wrong array leaves the projection as it was.
        made = type(self)(receptor, np.asarray(connections), population_pre, population_post, chip_on_executor)  # type: ignore[arg-type]
        vars(self).update(vars(made))
        return self


@dataclass(config=DESCRIPTION)
class InterExecutionInstanceProjection(_Connected):
    """Connections between populations of two execution instances, which the host carries out between the runs.

    Attributes
    ----------
    connections : list of InterExecutionInstanceProjection.Connection
        The connections; an array of integers of shape (n, 5) is accepted as well.
    population_pre, population_post : PopulationOnNetwork
        The population whose recorded spikes are sent, and the external population that receives them.
    """

    Connection = _DelayedConnection

    connections: Annotated[ConnectionList[_DelayedConnection], _list_of(_DelayedConnection)] = Field(
        default_factory=lambda: ConnectionList(_DelayedConnection)
    )
    population_pre: _PopulationOnNetwork = PopulationOnNetwork()
    population_post: _PopulationOnNetwork = PopulationOnNetwork()

    def from_numpy(
        self, connections: np.ndarray, population_pre: PopulationOnNetwork, population_post: PopulationOnNetwork
    ) -> Self:
        """Replace all fields.

        Parameters
        ----------
        connections : numpy.ndarray of integers, shape (n, 5)
            Columns pre neuron, pre compartment, post neuron, post compartment, delay in FPGA cycles.

        Returns
        -------
        InterExecutionInstanceProjection
            This projection.

        Raises
        ------
        RuntimeError
            `connections` has another shape.
        ValueError
            A negative number.
        """
        made = type(self)(np.asarray(connections), population_pre, population_post)  # type: ignore[arg-type]
        vars(self).update(vars(made))
        return self
