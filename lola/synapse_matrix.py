"""Synapse arrays of a hemisphere, in natural row and column order."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import CapMemCell, SynapseCorrelationCalibQuad, SynapseLabelQuad, SynapseQuad, SynapseWeightQuad
from haldls.capmem import ANALOG
from haldls.composite import Composite, Part, child, values, values_at
from haldls.container import Container
from lola.synapse_rows import QUADS, in_columns

ROWS = 256
_QUADS = ROWS * QUADS
_KEYS = (halco.SynapseRowOnSynram, halco.SynapseOnSynapseRow)


def _part(quads: type[Container]) -> Part:
    return Part("quads", quads, lambda e: _QUADS * e[:, None] + np.arange(_QUADS), count=_QUADS)


def _values(quads: type[Container], name: str, doc: str) -> Any:
    field = quads._fields[name]
    return values_at(field.kind, _KEYS, lambda cls: in_columns(quads, field.location, ROWS), doc)


class SynapseWeightMatrix(
    Composite, coordinate=halco.SynapseWeightMatrixOnDLS, parts=[_part(SynapseWeightQuad)], differential=True
):
    """Weights of a hemisphere."""

    Weight = SynapseWeightQuad.Value
    values = _values(SynapseWeightQuad, "values", "weights, 0..63, (256, 256)")


class SynapseLabelMatrix(
    Composite, coordinate=halco.SynapseLabelMatrixOnDLS, parts=[_part(SynapseLabelQuad)], differential=True
):
    """Labels of a hemisphere."""

    Label = SynapseLabelQuad.Value
    values = _values(SynapseLabelQuad, "values", "labels, 0..63, (256, 256)")


class SynapseCorrelationCalibMatrix(
    Composite,
    coordinate=halco.SynapseCorrelationCalibMatrixOnDLS,
    parts=[_part(SynapseCorrelationCalibQuad)],
    differential=True,
):
    """Calibration bits of the correlation sensors of a hemisphere."""

    TimeCalib = SynapseCorrelationCalibQuad.TimeCalib
    AmpCalib = SynapseCorrelationCalibQuad.AmpCalib
    time_calibs = _values(SynapseCorrelationCalibQuad, "time_calibs", "time constant trims, 0..3, (256, 256)")
    amp_calibs = _values(SynapseCorrelationCalibQuad, "amp_calibs", "amplitude trims, 0..3, (256, 256)")


class SynapseMatrix(Composite, coordinate=halco.SynramOnDLS, parts=[_part(SynapseQuad)], differential=True):
    """All synapses of a hemisphere. Arrays are indexed by row and column, in natural order."""

    Weight = SynapseQuad.Weight
    Label = SynapseQuad.Label
    TimeCalib = SynapseQuad.TimeCalib
    AmpCalib = SynapseQuad.AmpCalib
    weights = _values(SynapseQuad, "weights", "weights, 0..63, (256, 256)")
    labels = _values(SynapseQuad, "labels", "labels, 0..63, (256, 256)")
    time_calibs = _values(SynapseQuad, "time_calibs", "time constant trims, 0..3, (256, 256)")
    amp_calibs = _values(SynapseQuad, "amp_calibs", "amplitude trims, 0..3, (256, 256)")


_BIAS_DAC = halco.CapMemCellOnCapMemBlock.syn_i_bias_dac.toEnum().value()


class SynapseBlock(
    Composite,
    coordinate=halco.SynapseBlockOnDLS,
    parts=[
        Part("matrix", SynapseMatrix, lambda e: e),
        Part("i_bias_dac", CapMemCell, lambda e: 3120 * (2 * e[:, None] + np.arange(2)) + _BIAS_DAC, count=2),
    ],
):
    """Synapses of a hemisphere and the biases of their DACs."""

    AnalogValue = CapMemCell.Value
    AnalogDisableRefresh = CapMemCell.DisableRefresh

    matrix = child("matrix", "all synapses")
    i_bias_dac = values(
        ANALOG, halco.CapMemBlockOnHemisphere, ["i_bias_dac[0]", "i_bias_dac[1]"], default=1022,
        doc="bias of the synapse DACs: scales the weights of a quadrant",
    )
