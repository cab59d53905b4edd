"""Benchmarks: named measurements with goals. ``python -m benchmarks --list`` shows them."""

from __future__ import annotations

from benchmarks import chip, grenade, hxtorch_mock, hxtorch_perceptron, hxtorch_spiking, ppu, registers
from benchmarks.runner import REGISTRY, Benchmark, Goal, Peer, Result, benchmark, measure
