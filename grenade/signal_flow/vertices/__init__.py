"""Vertices of signal-flow graphs: parts of the chip, and what the host does."""

from __future__ import annotations

from grenade.signal_flow.vertices.data import DataInput, DataOutput, ExternalInput
from grenade.signal_flow.vertices.events import (
    BackgroundSpikeSource,
    CrossbarL2Input,
    CrossbarL2Output,
    CrossbarNode,
    PADIBus,
    SpikeIOSourcePopulation,
)
from grenade.signal_flow.vertices.neurons import NO_LABEL, NeuronEventOutputView, NeuronView
from grenade.signal_flow.vertices.plasticity import PlasticityRule
from grenade.signal_flow.vertices.readout import CADCMembraneReadoutView, MADCReadoutView, PadReadoutView
from grenade.signal_flow.vertices.synapses import SynapseArrayView, SynapseArrayViewSparse, SynapseDriver
from grenade.signal_flow.vertices.transformation import Function, Transformation
from grenade.signal_flow.vertices.vertex import ChipVertex, HostVertex, InvalidVertex, Vertex

__all__ = [
    "NO_LABEL",
    "BackgroundSpikeSource",
    "CADCMembraneReadoutView",
    "ChipVertex",
    "CrossbarL2Input",
    "CrossbarL2Output",
    "CrossbarNode",
    "DataInput",
    "DataOutput",
    "ExternalInput",
    "Function",
    "HostVertex",
    "InvalidVertex",
    "MADCReadoutView",
    "NeuronEventOutputView",
    "NeuronView",
    "PADIBus",
    "PadReadoutView",
    "PlasticityRule",
    "SpikeIOSourcePopulation",
    "SynapseArrayView",
    "SynapseArrayViewSparse",
    "SynapseDriver",
    "Transformation",
    "Vertex",
]
