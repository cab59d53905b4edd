"""Samples in files, and distances of events."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.compute.loopback import intervals
from grenade.compute.madc_file import append_samples
from grenade.signal_flow import MADC_SAMPLE, TimedBatch


def samples(*entries: list[tuple[int, int]]) -> TimedBatch:
    """Entries with pairs of time and value."""
    return TimedBatch.from_lists(
        [([time for time, _ in entry], [(value, 0) for _, value in entry]) for entry in entries], MADC_SAMPLE)


def test_lines_are_ordered_by_execution_instance(tmp_path: Path) -> None:
    path = tmp_path / "file"
    append_samples(path, {ExecutionInstanceID(2): samples([(5, 1023)]), ExecutionInstanceID(0): samples([], [(0, 7)])})
    assert path.read_bytes() == b"ExecutionIndex\tbatch\ttime\tvalue\n0\t1\t0\t7\n2\t0\t5\t1023\n"


def test_without_samples_there_are_names_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for _ in range(2):
        append_samples(path, {ExecutionInstanceID(): samples([])})
    assert path.read_bytes() == b"ExecutionIndex\tbatch\ttime\tvalue\n"


def test_numbers_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "file"
    times = [0, 9, 10, 99_999, 12_345_678_901]
    append_samples(path, {ExecutionInstanceID(11): samples([(time, 100 + i) for i, time in enumerate(times)])})
    read = np.loadtxt(path, dtype=int, skiprows=1)
    assert read[:, 2].tolist() == times
    assert (read[:, 0] == 11).all()


def test_intervals_are_within_entries() -> None:
    empty: list[int] = []
    entries = [[], [1, 4], [5], [2, 2, 9], [], [3]]
    events = TimedBatch.from_lists([(each, each) for each in entries])
    assert intervals(events).tolist() == [3, 0, 7]
    assert intervals(TimedBatch.from_lists([(empty, empty)])).tolist() == []
