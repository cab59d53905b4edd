"""Signal-flow graphs: what happens to values between the host and the chip, vertex by vertex."""

from __future__ import annotations

from grenade.signal_flow import transformations, vertices
from grenade.signal_flow.data import MADC_SAMPLE, Int8, TimedBatch, UInt5, UInt32
from grenade.signal_flow.edges import InvalidEdge
from grenade.signal_flow.graph import Graph, Input
from grenade.signal_flow.input_data import InputData, InputDataSnippet
from grenade.signal_flow.output_data import (
    ExecutionHealthInfo,
    ExecutionTimeInfo,
    OutputData,
    OutputDataSnippet,
)
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices import InvalidVertex

__all__ = [
    "MADC_SAMPLE",
    "ConnectionType",
    "ExecutionHealthInfo",
    "ExecutionTimeInfo",
    "Graph",
    "Input",
    "InputData",
    "InputDataSnippet",
    "Int8",
    "InvalidEdge",
    "InvalidVertex",
    "OutputData",
    "OutputDataSnippet",
    "Port",
    "PortRestriction",
    "TimedBatch",
    "UInt5",
    "UInt32",
    "transformations",
    "vertices",
]
