"""Vertices for tests, made in a few words."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from grenade.signal_flow import vertices as v
from halco import Enum


def circuit(column: int, row: int = 0) -> halco.AtomicNeuronOnDLS:
    return halco.AtomicNeuronOnDLS(Enum(256 * row + column))


def node(y: int, x: int, **more: Any) -> v.CrossbarNode:
    return v.CrossbarNode(halco.CrossbarNodeOnDLS(y=y, x=x), **more)


def bus(number: int, **more: Any) -> v.PADIBus:
    return v.PADIBus(halco.PADIBusOnDLS(Enum(number)), **more)


def driver(number: int, **more: Any) -> v.SynapseDriver:
    return v.SynapseDriver(halco.SynapseDriverOnDLS(Enum(number)), **more)


def synapses(rows: Any, columns: Any, hemisphere: int = 0, weight: int = 0, **more: Any) -> v.SynapseArrayView:
    shape = (len(rows), len(columns))
    synram = halco.SynramOnDLS(hemisphere)
    return v.SynapseArrayView(synram, rows, columns, np.full(shape, weight), np.zeros(shape, int), **more)


def sparse(rows: Any, columns: Any, index: Any, hemisphere: int = 0, **more: Any) -> v.SynapseArrayViewSparse:
    n = len(index)
    row, column = np.asarray(index, dtype=int).reshape(n, 2).T
    zeros = np.zeros(n, int)
    return v.SynapseArrayViewSparse(halco.SynramOnDLS(hemisphere), rows, columns, row, column, zeros, zeros, **more)


def neurons(columns: Any, row: int = 0, **more: Any) -> v.NeuronView:
    n = len(columns)
    return v.NeuronView(halco.NeuronRowOnDLS(row), columns, [None] * n, [False] * n, **more)


def event_outputs(lists: dict[int, Any], **more: Any) -> v.NeuronEventOutputView:
    return v.NeuronEventOutputView({halco.NeuronRowOnDLS(row): each for row, each in lists.items()}, **more)


def cadc(lists: Any, hemisphere: int = 0, **more: Any) -> v.CADCMembraneReadoutView:
    return v.CADCMembraneReadoutView(lists, halco.SynramOnDLS(hemisphere), "periodic", **more)


def madc(first: int, second: int | None = None, row: int = 0, **more: Any) -> v.MADCReadoutView:
    source = v.MADCReadoutView.Source
    return v.MADCReadoutView(
        source(circuit(first, row)), None if second is None else source(circuit(second, row)), **more
    )
