"""Threads for the fused integrations, as many as PyTorch uses for its own operations."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol

import torch

_WORTH_A_THREAD = 50_000
"""Steps times columns; less is done before another thread has woken up."""


@lru_cache(maxsize=4)
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """The threads of a process: those of its parent do not live on after a fork."""
    return ThreadPoolExecutor(threads, thread_name_prefix="hxtorch-integration")


class Job(Protocol):
    """Work that can be divided into periods."""

    @property
    def periods(self) -> int: ...

    @property
    def work(self) -> int: ...


def run_periods(job: Job, kernel: Callable[[int, int], object]) -> None:
    """Call `kernel(first, last)`, which releases the interpreter lock, for all periods of the job.

    There are as many threads as are worth it.
    """
    count = max(1, min(torch.get_num_threads(), job.periods, job.work // _WORTH_A_THREAD))
    bounds = [job.periods * k // count for k in range(count + 1)]
    others = [
        _pool(os.getpid(), torch.get_num_threads()).submit(kernel, bounds[k], bounds[k + 1]) for k in range(1, count)]
    kernel(bounds[0], bounds[1])
    for other in others:
        other.result()
