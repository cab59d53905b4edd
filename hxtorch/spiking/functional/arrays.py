"""New tensors for results."""

from __future__ import annotations

import torch

from hxtorch.spiking.functional import _kernels

_LARGE = 1 << 22
"""Bytes from which on a tensor is worth large pages."""


def empty(like: torch.Tensor, *shape: int) -> torch.Tensor:
    """A contiguous tensor of this shape, not initialised, of the type and on the device of another one."""
    result = like.new_empty(shape)
    size = result.numel() * result.element_size()
    if size >= _LARGE and result.device.type == "cpu":
        _kernels.large_pages(result.data_ptr(), size)
    return result
