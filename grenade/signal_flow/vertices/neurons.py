"""Vertices of neurons: their circuits in a row, and the events they send."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from grenade.coercion import coerced
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.vertex import (
    VERTEX,
    Array,
    ChipVertex,
    Columns,
    Vertex,
    array_field,
    column_lists,
    selected,
)
from halco import NeuronRowOnDLS

NO_LABEL = -1
"""In place of a label: the neuron sends no events."""

_COLUMNS_PER_EVENT_OUTPUT = 32


def _labels(values: Any) -> Any:
    """Labels with `NO_LABEL` in place of None."""
    if isinstance(values, np.ndarray):
        return values
    return [NO_LABEL if each is None else each for each in values]


def _switches(values: Any) -> Array:
    array = np.array(values)
    if array.ndim != 1 or (array.size and array.dtype != np.bool_):
        raise ValueError(f"expected a list of bool, got {array.dtype} of shape {array.shape}")
    array = array.astype(bool)  # an empty list has no type yet
    array.setflags(write=False)
    return array


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class NeuronView(ChipVertex):
    """Neuron circuits of a row.

    Attributes
    ----------
    row : halco.NeuronRowOnDLS
        The row, 0 top or 1 bottom.
    columns : (n,) int64
        Different columns, 0 to 255.
    labels : (n,) int64
        Address of the events of each circuit, 0 to 255, or -1: it sends none.
    enable_reset : (n,) bool
        Whether a circuit is reset before the realtime section.

    Raises
    ------
    ValueError
        Columns are empty, out of range or not different; an array has another length.
    """

    variadic_input = True
    accepted = ("SynapseArrayView", "SynapseArrayViewSparse")

    row: Annotated[NeuronRowOnDLS, coerced(NeuronRowOnDLS)]
    columns: Columns
    labels: Annotated[np.ndarray, array_field(NO_LABEL, 255, np.int64), BeforeValidator(_labels)]
    enable_reset: Annotated[np.ndarray, BeforeValidator(_switches)]

    def __post_init__(self) -> None:
        for name in ("labels", "enable_reset"):
            if len(getattr(self, name)) != len(self.columns):
                raise ValueError(
                    f"NeuronView: {len(getattr(self, name))} {name}, expected {len(self.columns)}, one for each column"
                )

    def inputs(self) -> tuple[Port, ...]:
        return (Port(len(self.columns), ConnectionType.SynapticInput),)

    def output(self) -> Port:
        return Port(len(self.columns), ConnectionType.MembraneVoltage)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        # Events go round: neurons, crossbar, synapses, neurons. So do these modules; the circle is opened here.
        from grenade.signal_flow.vertices.synapses import SynapseArrayView, SynapseArrayViewSparse

        if not isinstance(source, SynapseArrayView | SynapseArrayViewSparse):
            return f"a {type(source).__name__} is none"
        if int(source.synram) != int(self.row):
            return f"neuron row {int(self.row)} gets no input from the synapses in {source.synram!r}"
        if not np.array_equal(selected(source.columns, restriction), self.columns):
            return "the columns of neurons and synapses differ"
        return None

    def has_ports_of(self, other: Vertex) -> bool:
        return (
            isinstance(other, NeuronView)
            and (other.row, other.chip_on_executor) == (self.row, self.chip_on_executor)
            and np.array_equal(other.columns, self.columns)
        )


def _by_row(rows: Any) -> Any:
    if not isinstance(rows, Mapping):
        raise ValueError(f"expected a dict from NeuronRowOnDLS to lists of columns, got {rows!r}")
    try:
        typed = {NeuronRowOnDLS.coerce(row): column_lists(lists) for row, lists in rows.items()}
    except TypeError as error:
        raise ValueError(str(error)) from error
    return dict(sorted(typed.items(), key=lambda item: int(item[0])))


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class NeuronEventOutputView(ChipVertex):
    """Events of neuron circuits on their way to the crossbar.

    Attributes
    ----------
    neurons : dict of halco.NeuronRowOnDLS to tuple of (n,) int64
        Lists of columns by row. Each list is an input; they are ordered by row.
    """

    accepted = ("NeuronView",)

    neurons: Annotated[dict[NeuronRowOnDLS, tuple[np.ndarray, ...]], BeforeValidator(_by_row)]

    # Kept, since a graph asks for them once per input, of which there are as many as populations.
    @cached_property
    def _lists(self) -> tuple[tuple[int, Array], ...]:
        return tuple((int(row), columns) for row, lists in self.neurons.items() for columns in lists)

    @cached_property
    def _event_outputs(self) -> tuple[int, ...]:
        columns = np.concatenate([np.empty(0, np.int64), *(columns for _, columns in self._lists)])
        return tuple(np.unique(columns // _COLUMNS_PER_EVENT_OUTPUT).tolist())

    def lists(self) -> tuple[tuple[int, Array], ...]:
        """Row and columns of each input."""
        return self._lists

    def event_outputs(self) -> tuple[int, ...]:
        """Event outputs (0 to 7) that the circuits use, ascending; one port of the output for each."""
        return self._event_outputs

    def inputs(self) -> tuple[Port, ...]:
        return tuple(Port(len(columns), ConnectionType.MembraneVoltage) for _, columns in self._lists)

    def output(self) -> Port:
        return Port(len(self.event_outputs()), ConnectionType.CrossbarInputLabel)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        return refuses_neurons(source, restriction, *self.lists()[index])


def refuses_neurons(source: Vertex, restriction: PortRestriction | None, row: int, columns: Array) -> str | None:
    """Why a source is not the neurons of some columns of a row, or None if it is."""
    if not isinstance(source, NeuronView):
        return f"a {type(source).__name__} is none"
    if int(source.row) != row:
        return f"the neurons are in row {int(source.row)}, expected row {row}"
    if not np.array_equal(selected(source.columns, restriction), columns):
        return "the columns differ from those of the neurons"
    return None
