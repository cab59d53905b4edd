"""What the PPUs leave in their memories, from the words that the host reads: for all entries of a batch at once."""

from __future__ import annotations

import logging
from functools import cache
from typing import NamedTuple

import numpy as np

from grenade.ppu.periodic import sample_bytes

_LOGGER = logging.getLogger("grenade.execution")

_COLUMNS, _HALF = 256, 128
_HEADER_BYTES = sample_bytes(0)

_FIRST_SAMPLE = 1875
"""FPGA cycles (15 us) that the host waits between the command and its begin of time."""


class PeriodicSamples(NamedTuple):
    """Periodic CADC samples of a hemisphere. Entry b of the batch is `[offsets[b]:offsets[b + 1]]`.

    Attributes
    ----------
    offsets : ndarray of int64, (batch + 1,)
        Where entries begin and end.
    times : ndarray of int64, (n,)
        FPGA cycles since the end of the 15 us that follow the command; samples before have negative times.
    values : ndarray of uint8, (n, 256)
        Raw codes of the columns.
    """

    offsets: np.ndarray
    times: np.ndarray
    values: np.ndarray

    def counts(self) -> np.ndarray:
        """Number of samples of each entry, (batch,)."""
        return np.diff(self.offsets)


def bytes_of(words: np.ndarray, first: int = 0, size: int | None = None) -> np.ndarray:
    """Bytes in the order of the PPU's addresses.

    Parameters
    ----------
    words : ndarray of uint32, (batch, n)
        Words.
    first, size : int
        First byte, and number of bytes; default all.

    Returns
    -------
    ndarray of uint8, (batch, size)
    """
    data = np.ascontiguousarray(words).astype(">u4").view(np.uint8)
    return data[:, first:] if size is None else data[:, first:first + size]


def cadc_result(words: np.ndarray) -> np.ndarray:
    """Differences to the baseline of all columns.

    Parameters
    ----------
    words : ndarray of uint32, (batch, 128)
        Variable `cadc_result` of both PPUs.

    Returns
    -------
    ndarray of int8, (batch, 2, 256)
        By hemisphere and column.
    """
    halves = bytes_of(words).view(np.int8).reshape(len(words), 2, 2, _HALF)
    return np.swapaxes(halves, -1, -2).reshape(len(words), 2, _COLUMNS)


def periodic_samples(words: np.ndarray, num_samples: int) -> tuple[PeriodicSamples, PeriodicSamples]:
    """Periodic samples of the top and the bottom hemisphere; logs a warning if some were lost.

    Parameters
    ----------
    words : ndarray of uint32, (batch, 2 * n)
        Memory of both hemispheres, the header and so many samples each.
    num_samples : int
        Samples in the words of a hemisphere.
    """
    memory = bytes_of(words).reshape(len(words), 2, sample_bytes(num_samples))
    return _samples(memory[:, 0], num_samples, "top"), _samples(memory[:, 1], num_samples, "bottom")


def _samples(memory: np.ndarray, num_samples: int, hemisphere: str) -> PeriodicSamples:
    taken = np.ascontiguousarray(memory[:, :4]).view(">u4")[:, 0].astype(np.int64)
    lost = taken > num_samples
    if lost.any():
        _LOGGER.warning(
            "CADC of the %s hemisphere: %d samples in batch entry %d, but memory for %d; the last ones are lost",
            hemisphere, taken[lost][0], np.flatnonzero(lost)[0], num_samples,
        )
    counts = np.minimum(taken, num_samples)
    records = memory[:, _HEADER_BYTES:].reshape(len(memory), num_samples, 3 * _HALF)
    records = records[np.arange(num_samples) < counts[:, None]]
    ppu_cycles = np.ascontiguousarray(records[:, :8]).view(">u8")[:, 0].astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    return PeriodicSamples(offsets, ppu_cycles // 2 - _FIRST_SAMPLE, records.take(_byte_of_column(), axis=1))


@cache
def _byte_of_column() -> np.ndarray:
    """Where the value of each column is in a record: behind the time those of even, then those of odd columns."""
    half, parity = np.divmod(np.arange(_COLUMNS), 2)
    # The vector unit writes the 32 words of a vector to external memory in reversed order.
    return _HALF * (1 + parity) + 4 * (_HALF // 4 - 1 - half // 4) + half % 4


def log_entries(level: int, what: str, wrong: np.ndarray) -> None:
    """Log that something went wrong in some entries of a batch, once for all of them.

    Parameters
    ----------
    level : int
        Level of the message.
    what : str
        What went wrong.
    wrong : ndarray of bool, (batch,)
        Where it did.
    """
    if wrong.any():
        _LOGGER.log(
            level, "%s in %d of %d batch entries, first in entry %d",
            what, np.count_nonzero(wrong), len(wrong), np.flatnonzero(wrong)[0],
        )
