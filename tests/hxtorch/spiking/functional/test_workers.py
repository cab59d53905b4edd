"""Threads of the integrations."""

import multiprocessing

import pytest
import torch

from hxtorch.spiking.functional import workers


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("total, work, shares", [
    (100, 10**9, 3), (2, 10**9, 2), (100, 10, 1), (100, 120_000, 2), (1, 10**9, 1), (0, 10**9, 1)])
def test_every_item_is_in_one_share(total, work, shares):
    ranges = []
    workers.run_shares(total, work, lambda first, last: ranges.append((first, last)))
    assert len(ranges) == shares
    assert sorted(k for first, last in ranges for k in range(first, last)) == list(range(total))


@pytest.mark.parametrize("failing", [0, 99])
def test_errors_of_all_threads_are_raised(failing):
    def kernel(first, last):
        if first <= failing < last:
            raise ArithmeticError("wrong")

    with pytest.raises(ArithmeticError, match="wrong"):
        workers.run_shares(100, 10**9, kernel)


def _count(queue):
    ranges = []
    workers.run_shares(100, 10**9, lambda first, last: ranges.append(last - first))
    queue.put(sum(ranges))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    workers.run_shares(100, 10**9, lambda first, last: None)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_count, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 100
    child.join(60)
