"""Records of projections: their tables of connections."""

from __future__ import annotations

import numpy as np

from grenade.common import PopulationOnExecutionInstance, PopulationOnNetwork
from grenade.experiment.arrays import array
from grenade.experiment.record import Number, Pair, Record, chip, numbers, on_network
from grenade.network.projection import InterExecutionInstanceProjection, Projection
from grenade.network.receptor import Receptor


class ProjectionRecord(Record):
    """Connections on the chip.

    Attributes
    ----------
    receptor : list of int
        Identifier and type.
    connections : ndarray of int64, (5, n)
        Pre neurons, pre compartments, post neurons, post compartments, weights; column by column, as it deflates to a
        fraction of what rows do.
    pre, post : int
        Populations of the execution instance.
    chip : list of int
        Chip on connection, connection on executor.
    """

    receptor: Pair
    connections: array(np.int64, 5, None)  # type: ignore[valid-type]
    pre: Number
    post: Number
    chip: Pair

    @classmethod
    def of(cls, projection: Projection) -> ProjectionRecord:
        """Record of a projection."""
        return cls(
            receptor=[int(projection.receptor.id), int(projection.receptor.type)], connections=projection.table.T,
            pre=int(projection.population_pre), post=int(projection.population_post),
            chip=numbers(projection.chip_on_executor),
        )

    def projection(self) -> Projection:
        """The projection."""
        receptor = Receptor(Receptor.ID(self.receptor[0]), Receptor.Type(self.receptor[1]))
        pre, post = PopulationOnExecutionInstance(self.pre), PopulationOnExecutionInstance(self.post)
        return Projection().from_numpy(receptor, self.connections.T, pre, post, chip(self.chip))


class InterProjectionRecord(Record):
    """Connections between execution instances.

    Attributes
    ----------
    connections : ndarray of int64, (5, n)
        Pre neurons, pre compartments, post neurons, post compartments, delays in FPGA cycles.
    pre, post : list of int
        Population and its execution instance.
    """

    connections: array(np.int64, 5, None)  # type: ignore[valid-type]
    pre: Pair
    post: Pair

    @classmethod
    def of(cls, projection: InterExecutionInstanceProjection) -> InterProjectionRecord:
        """Record of a projection."""
        return cls(
            connections=projection.table.T, pre=on_network(projection.population_pre),
            post=on_network(projection.population_post),
        )

    def projection(self) -> InterExecutionInstanceProjection:
        """The projection."""
        pre, post = PopulationOnNetwork(*self.pre), PopulationOnNetwork(*self.post)
        return InterExecutionInstanceProjection().from_numpy(self.connections.T, pre, post)
