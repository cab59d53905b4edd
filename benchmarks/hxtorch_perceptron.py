"""Benchmarks of products in PyTorch."""

from __future__ import annotations

import time

from benchmarks.runner import Goal, Measurement, benchmark
from chipsim import Chip, SimConnection


@benchmark(
    "matmul", "hxtorch.perceptron.matmul: signed products of 128×256 (matrix of 256×256: two at a time)", "1/s",
    Goal(10_000, "at least"),
)
def matmul() -> Measurement:
    import torch  # an import that other benchmarks do not need

    import hxtorch

    chip = Chip(1)
    hxtorch.init_hardware_minimal(connection=SimConnection(chip), chip=chip.oracle.mac_chip())
    torch.manual_seed(1)
    weights, inputs = torch.rand(256, 256) * 126 - 63, torch.rand(2000, 256) * 31
    hxtorch.perceptron.matmul(inputs[:64], weights)

    def once() -> float:
        begin = time.perf_counter()
        hxtorch.perceptron.matmul(inputs, weights)
        return 2 * len(inputs) / (time.perf_counter() - begin)

    return once
