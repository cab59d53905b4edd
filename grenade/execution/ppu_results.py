"""What the PPUs leave in their memories, from the words that the host reads: for all entries of a batch at once."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from grenade.ppu.periodic import sample_bytes

_LOGGER = logging.getLogger("grenade.execution")

_COLUMNS, _HALF = 256, 128
_TIME_WORDS = 2
_HEADER_WORDS = sample_bytes(0) // 4
_SAMPLE_WORDS = sample_bytes(1) // 4 - _HEADER_WORDS

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
    values : ndarray of uint8, (n, columns)
        Raw codes.
    columns : ndarray of int64, (columns,)
        The columns that were read, in ascending order.
    """

    offsets: np.ndarray
    times: np.ndarray
    values: np.ndarray
    columns: np.ndarray

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


class SampleMemory:
    """What the host reads of the memory with periodic samples of a hemisphere: only words that hold columns in use.

    Reading takes time on the link for each word, and a network often needs few columns.

    Parameters
    ----------
    columns : array_like of int
        Columns, in ascending order; without any nothing is read.
    num_samples : int
        Samples there may be.
    name : str
        Of the hemisphere, in messages.

    Attributes
    ----------
    words : ndarray of int64, (n,)
        The words that are read, counted from the begin of the memory.
    """

    def __init__(self, columns: Any, num_samples: int, name: str) -> None:
        self._columns = np.asarray(columns, np.int64)
        self._num_samples, self._name = num_samples if len(self._columns) else 0, name
        places = _byte_of_column()[self._columns]
        record = np.union1d(np.arange(_TIME_WORDS), places // 4)
        self._place_in_record = 4 * np.searchsorted(record, places // 4) + places % 4
        samples = _HEADER_WORDS + _SAMPLE_WORDS * np.arange(self._num_samples)[:, np.newaxis] + record
        self.words = np.append(0, samples) if len(self._columns) else np.empty(0, np.int64)

    def decode(self, words: np.ndarray) -> PeriodicSamples:
        """Samples from what was read, uint32 (batch, n); logs a warning if some were lost."""
        if not len(self.words):
            return PeriodicSamples(
                np.zeros(len(words) + 1, np.int64), np.empty(0, np.int64), np.empty((0, 0), np.uint8), self._columns
            )
        taken = words[:, 0].astype(np.int64)
        lost = taken > self._num_samples
        if lost.any():
            _LOGGER.warning(
                "CADC of the %s hemisphere: %d samples in batch entry %d, but memory for %d; the last ones are lost",
                self._name, taken[lost][0], np.flatnonzero(lost)[0], self._num_samples,
            )
        counts = np.minimum(taken, self._num_samples)
        records = words[:, 1:].reshape(len(words), self._num_samples, -1)
        records = records[np.arange(self._num_samples) < counts[:, np.newaxis]]
        ppu_cycles = records[:, 0].astype(np.int64) << 32 | records[:, 1]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        values = bytes_of(records).take(self._place_in_record, axis=1)
        return PeriodicSamples(offsets, ppu_cycles // 2 - _FIRST_SAMPLE, values, self._columns)


@cache
def _byte_of_column() -> np.ndarray:
    """Byte of a record that holds each column: behind the time those of even, then those of odd columns."""
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
