"""Rows of synapses and of column switches, in natural column order."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import (
    ColumnCorrelationQuad,
    ColumnCurrentQuad,
    CorrelationReset,
    SynapseCorrelationCalibQuad,
    SynapseLabelQuad,
    SynapseQuad,
    SynapseWeightQuad,
)
from haldls.composite import Composite, Part, StructView, values_at
from haldls.container import Container
from haldls.location import ArrayLocation, ArrayPiece

QUADS = 64
_COLUMNS = np.arange(256)
# Synapse columns alternate between the two halves of the quads: even columns in quads 0..31, odd ones in 32..63.
QUAD_OF_COLUMN = _COLUMNS % 2 * 32 + _COLUMNS // 8
ENTRY_OF_COLUMN = _COLUMNS // 2 % 4


def in_columns(quads: type[Container], of_quad: ArrayLocation, rows: int = 0, offset: int = 0) -> ArrayLocation:
    """Places of a value of every synapse, natural order, from those of the four in a quad.

    The quads lie one after the other, row by row. `rows` 0 gives one row, shape (256,), else (rows, 256).
    """
    pieces = []
    for p in of_quad.pieces:
        word = offset + QUAD_OF_COLUMN * quads._size + p.word[ENTRY_OF_COLUMN]
        lsb = p.lsb[ENTRY_OF_COLUMN]
        if rows:
            word = word + (np.arange(rows) * QUADS * quads._size)[:, None]
            lsb = np.broadcast_to(lsb, word.shape)
        pieces.append(ArrayPiece(word, lsb, p.mask, p.shift))
    return ArrayLocation(pieces, of_quad.codec)


def row_part(quads: type[Container]) -> Part:
    """The quads of a row; the linear number of the row counts over both hemispheres."""
    return Part("quads", quads, lambda e: QUADS * e[:, None] + np.arange(QUADS), count=QUADS)


def row_values(quads: type[Container], name: str, doc: str) -> Any:
    field = quads._fields[name]
    return values_at(field.kind, halco.SynapseOnSynapseRow, lambda cls: in_columns(quads, field.location), doc)


def switch_row(quads: type[Container], struct: Any, doc: str) -> StructView:
    """One struct of switches per column."""
    switches = quads._structs["switches"]
    paths = {
        name: in_columns(quads, location)
        for name, location in zip(struct._names, switches.positions, strict=True)
    }
    return StructView(struct, halco.SynapseOnSynapseRow, doc, paths)


class SynapseWeightRow(
    Composite, coordinate=halco.SynapseWeightRowOnDLS, parts=[row_part(SynapseWeightQuad)], differential=True
):
    """Weights of a synapse row."""

    Weight = SynapseWeightQuad.Value
    values = row_values(SynapseWeightQuad, "values", "weights, 0..63")


class SynapseLabelRow(
    Composite, coordinate=halco.SynapseLabelRowOnDLS, parts=[row_part(SynapseLabelQuad)], differential=True
):
    """Labels of a synapse row."""

    Label = SynapseLabelQuad.Value
    values = row_values(SynapseLabelQuad, "values", "labels, 0..63")


class SynapseCorrelationCalibRow(
    Composite,
    coordinate=halco.SynapseCorrelationCalibRowOnDLS,
    parts=[row_part(SynapseCorrelationCalibQuad)],
    differential=True,
):
    """Calibration bits of the correlation sensors of a synapse row."""

    TimeCalib = SynapseCorrelationCalibQuad.TimeCalib
    AmpCalib = SynapseCorrelationCalibQuad.AmpCalib
    time_calibs = row_values(SynapseCorrelationCalibQuad, "time_calibs", "time constant trims, 0..3")
    amp_calibs = row_values(SynapseCorrelationCalibQuad, "amp_calibs", "amplitude trims, 0..3")


class SynapseRow(Composite, coordinate=halco.SynapseRowOnDLS, parts=[row_part(SynapseQuad)], differential=True):
    """All settings of a synapse row."""

    Weight = SynapseQuad.Weight
    Label = SynapseQuad.Label
    TimeCalib = SynapseQuad.TimeCalib
    AmpCalib = SynapseQuad.AmpCalib
    weights = row_values(SynapseQuad, "weights", "weights, 0..63")
    labels = row_values(SynapseQuad, "labels", "labels, 0..63")
    time_calibs = row_values(SynapseQuad, "time_calibs", "time constant trims, 0..3")
    amp_calibs = row_values(SynapseQuad, "amp_calibs", "amplitude trims, 0..3")


class ColumnCorrelationRow(
    Composite,
    coordinate=halco.ColumnCorrelationRowOnDLS,
    parts=[row_part(ColumnCorrelationQuad)],
    differential=True,
):
    """Connections of the correlation and neuron readout lines of a hemisphere."""

    ColumnCorrelationSwitch = ColumnCorrelationQuad.ColumnCorrelationSwitch
    values = switch_row(ColumnCorrelationQuad, ColumnCorrelationSwitch, "switches of the columns")


class ColumnCurrentRow(
    Composite, coordinate=halco.ColumnCurrentRowOnDLS, parts=[row_part(ColumnCurrentQuad)], differential=True
):
    """Connections of the synaptic currents of a hemisphere."""

    ColumnCurrentSwitch = ColumnCurrentQuad.ColumnCurrentSwitch
    values = switch_row(ColumnCurrentQuad, ColumnCurrentSwitch, "switches of the columns")


class CorrelationResetRow(Composite, coordinate=halco.CorrelationResetRowOnDLS, parts=[row_part(CorrelationReset)]):
    """A write resets the correlation sensors of a synapse row."""
