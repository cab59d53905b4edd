"""Convolution in one dimension as a vector-matrix multiplication."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

import lola
from grenade.common import Time
from grenade.compute.integers import integers
from grenade.compute.mac import MAC
from grenade.compute.operation import Executor, Operation
from grenade.signal_flow.transformations.arguments import checked_size


class Conv1d(Operation):
    """Convolution, unrolled into one `MAC`: all positions of the kernel are computed at once.

    Inputs are the values of the first channel, then those of the next one; results likewise.

    Parameters
    ----------
    weights : (out_channels, in_channels, kernel_size) array_like of int
        Kernels, -63 to 63.
    input_size : int
        Length of the input of a channel.
    stride : int
        Distance of the positions of the kernel.
    num_sends, wait_between_events, enable_loopback
        As for `MAC`.

    Raises
    ------
    RuntimeError
        Weights are empty or ragged, or the kernel is longer than the input.
    OverflowError
        A weight is out of range.
    ValueError
        The stride or `num_sends` is not positive.
    """

    def __init__(
        self, weights: Any, input_size: int, stride: int = 1, num_sends: int = 1,
        wait_between_events: Time | int = MAC.DEFAULT_WAIT, enable_loopback: bool = False,
    ) -> None:
        kernels = integers(weights, "Conv1d: weights", 3, MAC.Weight.min, MAC.Weight.max, np.int8)
        kernel_size = kernels.shape[2]
        self.stride, input_size = checked_size(stride, "Conv1d", "stride"), operator.index(input_size)
        if kernel_size > input_size:
            raise RuntimeError(f"Conv1d: a kernel of length {kernel_size} does not fit an input of length {input_size}")
        self.out_channels, self.in_channels, self.kernel_size = kernels.shape
        self.positions = (input_size - kernel_size) // self.stride + 1
        matrix = _unrolled(kernels, input_size, self.stride, self.positions)
        self._mac = MAC(matrix, num_sends, wait_between_events, enable_loopback)

    def input_size(self) -> int:
        """Number of values of an entry: channels times length."""
        return self._mac.input_size()

    def output_size(self) -> int:
        """Number of values of the result of an entry: channels times positions of the kernel."""
        return self._mac.output_size()

    def run(self, inputs: Any, chip: lola.Chip | None = None, executor: Executor | None = None) -> np.ndarray:
        return self._mac.run(inputs, chip, executor)

    def __repr__(self) -> str:
        return (f"Conv1d({self.out_channels}x{self.in_channels}x{self.kernel_size}, stride={self.stride}, "
                f"positions={self.positions})")


def _unrolled(kernels: np.ndarray, input_size: int, stride: int, positions: int) -> np.ndarray:
    """Matrix that does the same, (in_channels * input_size, out_channels * positions)."""
    outputs, inputs, size = kernels.shape
    matrix = np.zeros((inputs, input_size, outputs, positions), np.int8)
    position, tap = np.arange(positions), np.arange(size)[:, None]
    # The indexed axes come first in the selection: tap, position, in, out.
    matrix[:, tap + stride * position, :, position] = kernels.transpose(2, 1, 0)[:, None]
    return matrix.reshape(inputs * input_size, outputs * positions)
