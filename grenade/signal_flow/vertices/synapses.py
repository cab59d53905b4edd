"""Vertices of synapse drivers and synapses."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from grenade.coercion import coerced, duplicate
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.events import PADIBus
from grenade.signal_flow.vertices.vertex import (
    VERTEX,
    Array,
    ChipVertex,
    Columns,
    Numbers,
    Vertex,
    array_field,
)
from halco import SynapseDriverOnDLS, SynramOnDLS
from haldls import SynapseDriverConfig

RowMode = SynapseDriverConfig.RowMode

_DRIVERS_PER_HEMISPHERE = 128
_PADI_BUSES_PER_HEMISPHERE = 4


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class SynapseDriver(ChipVertex):
    """A driver of two rows of synapses.

    Attributes
    ----------
    coordinate : halco.SynapseDriverOnDLS
        Which one.
    row_address_compare_mask : int
        5 bits: which bits of the row select address of an event have to agree with the position on the bus.
    row_mode_top, row_mode_bottom : haldls.SynapseDriverConfig.RowMode
        Sign of the synapses of the two rows.
    enable_address_out : bool
        Whether synapses compare labels; off in MAC mode.
    """

    accepted = ("PADIBus",)

    coordinate: Annotated[SynapseDriverOnDLS, coerced(SynapseDriverOnDLS)]
    row_address_compare_mask: Annotated[int, Field(ge=0, le=31)] = 31
    row_mode_top: RowMode = RowMode.disabled
    row_mode_bottom: RowMode = RowMode.disabled
    enable_address_out: bool = True

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.SynapseDriverInputLabel),)

    def output(self) -> Port:
        return Port(1, ConnectionType.SynapseInputLabel)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if not isinstance(source, PADIBus):
            return f"a {type(source).__name__} is none"
        hemisphere, driver = divmod(int(self.coordinate.toEnum()), _DRIVERS_PER_HEMISPHERE)
        wanted = _PADI_BUSES_PER_HEMISPHERE * hemisphere + driver % _PADI_BUSES_PER_HEMISPHERE
        bus = int(source.coordinate.toEnum())
        return None if bus == wanted else f"the driver is on PADI bus {wanted}, but the source is bus {bus}"


class _SynapseView(ChipVertex):
    """Ports and sources of both kinds of views of synapses."""

    accepted = ("SynapseDriver",)

    synram: SynramOnDLS
    rows: Array
    columns: Array

    @cached_property
    def drivers(self) -> frozenset[int]:
        """Drivers of the rows, numbered within the hemisphere."""
        return frozenset((self.rows >> 1).tolist())

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.SynapseInputLabel),) * len(self.drivers)

    def output(self) -> Port:
        return Port(len(self.columns), ConnectionType.SynapticInput)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if not isinstance(source, SynapseDriver):
            return f"a {type(source).__name__} is none"
        hemisphere, driver = divmod(int(source.coordinate.toEnum()), _DRIVERS_PER_HEMISPHERE)
        if hemisphere == int(self.synram) and driver in self.drivers:
            return None
        return f"none of the rows in {self.synram!r} belongs to driver {driver} of hemisphere {hemisphere}"

    def refuses_together(self, sources: list[Vertex]) -> str | None:
        drivers = [int(each.coordinate.toEnum()) for each in sources if isinstance(each, SynapseDriver)]
        if len(set(drivers)) == len(drivers):
            return None
        return f"synapse driver {next(each for each in drivers if drivers.count(each) > 1)} comes twice"

    def has_ports_of(self, other: Vertex) -> bool:
        return (
            isinstance(other, _SynapseView)
            and type(other) is type(self)
            and (other.synram, other.chip_on_executor) == (self.synram, self.chip_on_executor)
            and np.array_equal(other.rows, self.rows)
            and np.array_equal(other.columns, self.columns)
        )


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class SynapseArrayView(_SynapseView):
    """All synapses of some rows and columns.

    Attributes
    ----------
    synram : halco.SynramOnDLS
        Synapse array.
    rows : (n,) int64
        Different rows, 0 to 255.
    columns : (m,) int64
        Different columns, 0 to 255.
    weights, labels : (n, m) uint8
        6 bit weight and label of each synapse.

    Raises
    ------
    ValueError
        Rows or columns are empty, out of range or not different, or the shape of a matrix is wrong.
    """

    synram: Annotated[SynramOnDLS, coerced(SynramOnDLS)]
    rows: Columns
    columns: Columns
    weights: Annotated[np.ndarray, array_field(0, 63, np.uint8, 2)]
    labels: Annotated[np.ndarray, array_field(0, 63, np.uint8, 2)]

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        for name in ("weights", "labels"):
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"SynapseArrayView: {name} have shape {getattr(self, name).shape}, expected {shape} for "
                    f"{shape[0]} rows and {shape[1]} columns"
                )


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class SynapseArrayViewSparse(_SynapseView):
    """Some synapses of some rows and columns.

    Attributes
    ----------
    synram : halco.SynramOnDLS
        Synapse array.
    rows : (n,) int64
        Different rows, 0 to 255.
    columns : (m,) int64
        Different columns, 0 to 255.
    index_row, index_column : (k,) int64
        Place of each synapse in `rows` and `columns`; no two synapses at the same place.
    weights, labels : (k,) uint8
        6 bit weight and label of each synapse.

    Raises
    ------
    ValueError
        Rows or columns are empty, out of range or not different; the arrays differ in length; an index is out of
        range; two synapses are at the same place.
    """

    synram: Annotated[SynramOnDLS, coerced(SynramOnDLS)]
    rows: Columns
    columns: Columns
    index_row: Numbers
    index_column: Numbers
    weights: Annotated[np.ndarray, array_field(0, 63, np.uint8)]
    labels: Annotated[np.ndarray, array_field(0, 63, np.uint8)]

    def __post_init__(self) -> None:
        n = len(self.index_row)
        for name in ("index_column", "weights", "labels"):
            if len(getattr(self, name)) != n:
                raise ValueError(
                    f"SynapseArrayViewSparse: {len(getattr(self, name))} {name}, expected {n}, one for each index_row"
                )
        for name, lines in (("index_row", len(self.rows)), ("index_column", len(self.columns))):
            if n and getattr(self, name).max() >= lines:
                raise ValueError(
                    f"SynapseArrayViewSparse: {name} reaches {getattr(self, name).max()}, expected below {lines}"
                )
        places = self.index_row * len(self.columns) + self.index_column
        taken = np.zeros(len(self.rows) * len(self.columns), dtype=bool)
        taken[places] = True
        if int(taken.sum()) != n:
            place = int(np.bincount(places).argmax())
            row, column = divmod(place, len(self.columns))
            raise ValueError(
                f"SynapseArrayViewSparse: several synapses at row {self.rows[row]}, column {self.columns[column]}, "
                "expected at most one"
            )

    def with_weights(self, weights: Array) -> SynapseArrayViewSparse:
        """The same synapses with other weights. Nothing else is checked or copied again.

        Raises
        ------
        ValueError
            A weight is out of range, or there are more or fewer than synapses.
        """
        array = np.asarray(weights)
        if array.shape != self.weights.shape or array.dtype.kind not in "iu":
            raise ValueError(
                f"SynapseArrayViewSparse: weights are {array.dtype} of shape {array.shape}, "
                f"expected integers of shape {self.weights.shape}"
            )
        if array.size and (array.min() < 0 or array.max() > 63):
            raise ValueError(f"SynapseArrayViewSparse: weights reach {array.min()} to {array.max()}, expected 0 to 63")
        own = array.astype(np.uint8)
        own.setflags(write=False)
        return duplicate(self, weights=own)
