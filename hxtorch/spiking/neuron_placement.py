"""Where on the chip the neurons of an execution instance are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

import halco
from halco import AtomicNeuronOnDLS, LogicalNeuronCompartments, LogicalNeuronOnDLS

_ROWS, _COLUMNS, _HALF = 2, 256, 128


class NeuronPlacement:
    """Neurons, by numbers that their execution instance gives them, and their places."""

    def __init__(self) -> None:
        self._neurons: dict[int, LogicalNeuronOnDLS] = {}
        self._free = np.full((_ROWS, _COLUMNS), True)

    def register_id(
        self, neuron_id: int | Sequence[int], shape: LogicalNeuronCompartments,
        placement_constraint: LogicalNeuronOnDLS | Sequence[LogicalNeuronOnDLS] | None = None,
    ) -> None:
        """Find places for neurons.

        Parameters
        ----------
        neuron_id : int or sequence of int
            The neurons.
        shape : LogicalNeuronCompartments
            Circuits that each of them has.
        placement_constraint : LogicalNeuronOnDLS or sequence of LogicalNeuronOnDLS, optional
            Their places. Default: for one after the other the first place, in the order of `AtomicNeuronOnDLS`, where
            all circuits are free.

        Raises
        ------
        ValueError
            A neuron has a place already, there are too few free circuits, places overlap, or there are more or fewer
            places than neurons.
        """
        ids = [int(each) for each in np.atleast_1d(neuron_id)]
        for i, each in enumerate(ids):
            if each in self._neurons or each in ids[:i]:
                raise ValueError(f"neuron {each} is registered already")
        if placement_constraint is None:
            places = self._first_fits(ids, shape)
        else:
            if isinstance(placement_constraint, LogicalNeuronOnDLS):
                placement_constraint = [placement_constraint]
            places = self._checked(list(placement_constraint), ids, shape)
        for place in places:
            self._free[_indices(place)] = False
        self._neurons.update(zip(ids, places, strict=True))

    @overload
    def id2logicalneuron(self, neuron_id: int) -> LogicalNeuronOnDLS: ...

    @overload
    def id2logicalneuron(self, neuron_id: Sequence[int]) -> list[LogicalNeuronOnDLS]: ...

    def id2logicalneuron(self, neuron_id: Any) -> Any:
        """Place of a neuron, or of several.

        Raises
        ------
        ValueError
            A neuron is not registered.
        """
        if np.ndim(neuron_id):
            return [self._place(each) for each in neuron_id]
        return self._place(neuron_id)

    def occupied(self) -> np.ndarray:
        """Numbers of all circuits that belong to neurons, int64, ascending."""
        return np.flatnonzero(~self._free)

    def _place(self, neuron_id: Any) -> LogicalNeuronOnDLS:
        if int(neuron_id) not in self._neurons:
            raise ValueError(f"neuron {int(neuron_id)} is not registered")
        return self._neurons[int(neuron_id)]

    def _first_fits(self, ids: Sequence[int], shape: LogicalNeuronCompartments) -> list[LogicalNeuronOnDLS]:
        rows, columns = _relative(shape)
        free = self._free.copy()
        places: list[LogicalNeuronOnDLS] = []
        for number in range(_ROWS * _COLUMNS):
            if len(places) == len(ids):
                break
            row, column = divmod(number, _COLUMNS)
            if row + rows.max() >= _ROWS or column % _HALF + columns.max() >= _HALF:
                continue
            circuits = (row + rows, column + columns)
            if free[circuits].all():
                free[circuits] = False
                places.append(LogicalNeuronOnDLS(shape, AtomicNeuronOnDLS(halco.Enum(number))))
        if len(places) < len(ids):
            raise ValueError(
                f"{len(ids)} neurons of {len(rows)} circuits do not fit: there are places for {len(places)} of them "
                f"among {np.count_nonzero(self._free)} free circuits"
            )
        return places

    def _checked(
        self, places: list[LogicalNeuronOnDLS], ids: Sequence[int], shape: LogicalNeuronCompartments
    ) -> list[LogicalNeuronOnDLS]:
        if len(places) != len(ids):
            raise ValueError(f"placement_constraint has {len(places)} places for {len(ids)} neurons")
        free, size = self._free.copy(), len(_relative(shape)[0])
        for neuron, place in zip(ids, places, strict=True):
            circuits = _indices(place)
            if len(circuits[0]) != size:
                raise ValueError(
                    f"placement_constraint of neuron {neuron} has {len(circuits[0])} circuits, expected {size}"
                )
            if not free[circuits].all():
                taken = next(each for each in place.get_atomic_neurons() if not free[int(each.y()), int(each.x())])
                raise ValueError(f"placement_constraint of neuron {neuron}: {taken!r} belongs to another neuron")
            free[circuits] = False
        return places


def _indices(place: LogicalNeuronOnDLS) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the circuits of a neuron."""
    circuits = place.get_atomic_neurons()
    return np.array([int(c.y()) for c in circuits]), np.array([int(c.x()) for c in circuits])


def _relative(shape: LogicalNeuronCompartments) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the circuits of a shape, from its top left corner."""
    circuits = [circuit for members in shape.get_compartments().values() for circuit in members]
    if not circuits:
        raise ValueError("the shape of the neurons has no circuits")
    rows, columns = np.array([int(c.y()) for c in circuits]), np.array([int(c.x()) for c in circuits])
    return rows - rows.min(), columns - columns.min()
