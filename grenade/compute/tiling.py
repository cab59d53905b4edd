"""Parts of a matrix, each on a hemisphere of a chip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.compute.range_split import Range, split_range
from grenade.compute.slots import ExecutionSlots
from halco import NeuronColumnOnDLS, SynapseDriverOnSynapseDriverBlock

MAX_INPUTS = SynapseDriverOnSynapseDriverBlock.size
"""Inputs of a hemisphere: each has a synapse driver, with a row for each sign."""

MAX_OUTPUTS = NeuronColumnOnDLS.size
"""Outputs of a hemisphere: each is a neuron."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a matrix.

    Attributes
    ----------
    execution_instance : ExecutionInstanceID
        When it is computed.
    hemisphere : int
        Where it is computed: 0 top, 1 bottom.
    inputs, outputs : Range
        Rows and columns of the matrix, which is indexed by input and output.
    """

    execution_instance: ExecutionInstanceID
    hemisphere: int
    inputs: Range
    outputs: Range

    def synapse_weights(self, weights: np.ndarray) -> np.ndarray:
        """Weights of the synapse rows, (2 * inputs, outputs) uint8, of those of the matrix, (inputs, outputs) int8.

        The bottom row of a driver, which is the first one, inhibits.
        """
        own = weights[self.inputs.slice, self.outputs.slice]
        rows = np.empty((self.inputs.size, 2, self.outputs.size), np.uint8)
        rows[:, 0] = np.maximum(-own, 0)
        rows[:, 1] = np.maximum(own, 0)
        return rows.reshape(2 * self.inputs.size, self.outputs.size)


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a matrix is split.

    Attributes
    ----------
    tiles : tuple of tuple of Tile
        For each range of outputs the tiles whose results are added.
    host_instance : ExecutionInstanceID
        A later execution instance, in which the host puts the results together.
    """

    tiles: tuple[tuple[Tile, ...], ...]
    host_instance: ExecutionInstanceID

    def by_instance(self) -> dict[ExecutionInstanceID, list[Tile]]:
        """Tiles of each execution instance, that of the top hemisphere first."""
        instances: dict[ExecutionInstanceID, list[Tile]] = {}
        for tile in self.all_tiles():
            instances.setdefault(tile.execution_instance, []).append(tile)
        return instances

    def all_tiles(self) -> list[Tile]:
        """All tiles in the order in which they take their slots."""
        return [tile for column in self.tiles for tile in column]


def split_matrix(input_size: int, output_size: int) -> Tiling:
    """Split a matrix: range of outputs by range of outputs, and within these the inputs."""
    slots = ExecutionSlots()

    def tile(inputs: Range, outputs: Range) -> Tile:
        slot = slots.take()
        return Tile(slot.execution_instance, int(slot.hemisphere), inputs, outputs)

    tiles = tuple(
        tuple(tile(inputs, outputs) for inputs in split_range(input_size, MAX_INPUTS))
        for outputs in split_range(output_size, MAX_OUTPUTS)
    )
    return Tiling(tiles, slots.take_in_new_instance().execution_instance)
