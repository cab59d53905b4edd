"""Threads for the fused integrations, as many as PyTorch uses for its own operations."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import torch

_WORTH_A_THREAD = 50_000
"""Numbers of a tensor; fewer are done before another thread has woken up."""


@lru_cache(maxsize=4)
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """The threads of a process: those of its parent do not live on after a fork."""
    return ThreadPoolExecutor(threads, thread_name_prefix="hxtorch-integration")


def run_shares(total: int, work: int, kernel: Callable[[int, int], object]) -> None:
    """Call `kernel(first, last)`, which releases the interpreter lock, so that it gets all of `total` items.

    There are as many threads as are worth it for this much work, which is counted in numbers of a tensor.
    """
    count = max(1, min(torch.get_num_threads(), total, work // _WORTH_A_THREAD))
    bounds = [total * k // count for k in range(count + 1)]
    others = [
        _pool(os.getpid(), torch.get_num_threads()).submit(kernel, bounds[k], bounds[k + 1]) for k in range(1, count)]
    kernel(bounds[0], bounds[1])
    for other in others:
        other.result()
