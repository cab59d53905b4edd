"""New tensors for results."""

from __future__ import annotations

import math

import torch

from hxtorch.spiking.functional import _kernels

_LARGE = 1 << 22
"""Bytes from which on a tensor has memory that is kept for the next one."""


def empty(like: torch.Tensor, *shape: int) -> torch.Tensor:
    """A contiguous tensor of this shape, not initialised, of the type and on the device of another one."""
    count = math.prod(shape)
    if count * like.element_size() < _LARGE or like.device.type != "cpu":
        return like.new_empty(shape)
    memory = _kernels.Memory(count * like.element_size())
    return torch.frombuffer(memory, dtype=like.dtype, count=count).view(shape)


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers as a contiguous tensor of float32; the tensor itself if it is one."""
    if tensor.dtype == torch.float32 and tensor.is_contiguous():
        return tensor
    return empty(tensor.new_empty(0, dtype=torch.float32), *tensor.shape).copy_(tensor)
