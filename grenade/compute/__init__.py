"""Analog vector-matrix multiplication, and the integer operations that go with it, as sequences of operations."""

from __future__ import annotations

from grenade.compute.conv1d import Conv1d
from grenade.compute.host import Addition, ArgMax, ConvertingReLU, ReLU
from grenade.compute.mac import MAC
from grenade.compute.operation import Operation
from grenade.compute.sequence import Sequence

__all__ = [
    "MAC",
    "Addition",
    "ArgMax",
    "Conv1d",
    "ConvertingReLU",
    "Operation",
    "ReLU",
    "Sequence",
]
