"""Memory of large tensors: it is used again, and never by two tensors at a time."""

from __future__ import annotations

import gc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hxtorch.spiking.functional import _kernels
from hxtorch.spiking.functional.arrays import empty, plain

LARGE = (3, 1 << 20)
"""Shape of a tensor of 12 MiB of float32."""


def test_shape_and_type() -> None:
    for shape in ((3, 4), LARGE):
        for like in (torch.zeros(2), torch.zeros(1, dtype=torch.uint8)):
            tensor = empty(like, *shape)
            assert tensor.shape == shape
            assert tensor.dtype == like.dtype
            assert tensor.is_contiguous()
            tensor.fill_(1)
            assert bool((tensor == 1).all())


@pytest.mark.parametrize("shape", [(3, 4), LARGE])
def test_plain(shape: tuple[int, int]) -> None:
    numbers = torch.arange(12, dtype=torch.float64).repeat(shape[0] * shape[1] // 12).view(shape)
    for tensor in (numbers, numbers.float().t(), numbers.to(torch.uint8)):
        result = plain(tensor)
        assert result.dtype == torch.float32
        assert result.is_contiguous()
        assert torch.equal(result, tensor.float())
    assert plain(numbers.float().t()).data_ptr() != numbers.data_ptr()
    already = numbers.float()
    assert plain(already) is already


def test_memory_is_used_again() -> None:
    tensor = empty(torch.zeros(1), *LARGE)
    address = tensor.data_ptr()
    view = tensor[1:]
    del tensor
    assert empty(torch.zeros(1), *LARGE).data_ptr() != address, "a view still needs it"
    del view
    gc.collect()
    assert empty(torch.zeros(1), *LARGE).data_ptr() == address


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=12))
def test_tensors_do_not_share_memory(steps: list[tuple[int, bool]]) -> None:
    kept: list[tuple[int, torch.Tensor]] = []
    for number, (size, drops) in enumerate(steps):
        if drops and kept:
            kept.pop(len(kept) // 2)
        kept.append((number, empty(torch.zeros(1), size, 1 << 20).fill_(number)))
        for value, tensor in kept:
            assert bool((tensor == value).all())


def test_what_is_kept_is_limited() -> None:
    tensors = [empty(torch.zeros(1), 1 << 25) for _ in range(6)]  # 128 MiB each, not written
    tensors.clear()
    assert 0 < _kernels.spare_bytes() <= _kernels.MOST_SPARE
