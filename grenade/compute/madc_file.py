"""Samples of the MADC in a text file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.signal_flow import TimedBatch

HEADER = b"ExecutionIndex\tbatch\ttime\tvalue\n"


def append_samples(path: str | PathLike[str], samples: Mapping[ExecutionInstanceID, TimedBatch]) -> None:
    """Append samples to a file with one line per sample: execution instance, batch entry, time, value.

    A new or empty file gets a line with names first.

    Parameters
    ----------
    path : path-like
        The file.
    samples : mapping of ExecutionInstanceID to TimedBatch
        MADC samples, with times in FPGA cycles (8 ns).
    """
    with Path(path).open("ab") as file:
        if file.tell() == 0:
            file.write(HEADER)
        for instance in sorted(samples):
            file.write(_lines(int(instance), samples[instance]))


def _lines(instance: int, samples: TimedBatch) -> bytes:
    if not len(samples):
        return b""
    lines = np.full(len(samples), str(instance).encode())
    for column in (samples.entries(), samples.times, samples.values["value"]):
        lines = np.char.add(np.char.add(lines, b"\t"), column.astype(np.bytes_))
    return b"\n".join(lines.tolist()) + b"\n"
