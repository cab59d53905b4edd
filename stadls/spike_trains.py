"""Instruction words of timed spike trains.

A spike train is played by resetting the playback timer once and then alternating ``WaitUntil(t)`` with the spikes of
time t. A pack releases up to three spikes in one FPGA cycle; the executor takes one cycle per instruction, so times
closer together than their instructions make the later spikes late, never lost.
"""

import numpy as np
from numpy.typing import ArrayLike

from stadls._spike_words import spike_words
from stadls.words import FieldError, Words, as_field


def timed_events(times: ArrayLike, labels: ArrayLike) -> Words:
    """Build the instruction words of a spike train.

    Parameters
    ----------
    times : (n,) integers in 0 .. 2**32 - 1, playback timer values (FPGA cycles of 8 ns) in any order
    labels : (n,) integers in 0 .. 65535, spike labels

    Returns
    -------
    (m,) uint64: for each distinct time in ascending order one WaitUntil and the spikes of this time in the order
    given, three to a pack. The timer reset is not included.

    Raises
    ------
    stadls.words.FieldError
        The lengths differ, or a time or label is out of range (its index is named).
    """
    when, what = _fields(times, labels)
    when, what = _sorted_by_time(when, what)
    is_new_time = np.ones(when.size, dtype=bool)
    np.not_equal(when[1:], when[:-1], out=is_new_time[1:])
    words: Words = spike_words(when, what, is_new_time.view(np.uint8))[0]
    return words


def timed_event_batches(offsets: ArrayLike, times: ArrayLike, labels: ArrayLike) -> tuple[Words, np.ndarray]:
    """Build the instruction words of many spike trains at once.

    Parameters
    ----------
    offsets : (trains + 1,) integers
        Train b has the spikes `offsets[b]` to `offsets[b + 1]`.
    times, labels : (n,) integers
        As of `timed_events`; within a train in ascending order of time.

    Returns
    -------
    words : (m,) uint64
        Words of all trains, one behind the other.
    word_offsets : (trains + 1,) int64
        Train b has the words `word_offsets[b]` to `word_offsets[b + 1]`.

    Raises
    ------
    stadls.words.FieldError
        As of `timed_events`; or the times of a train are not in order.
    """
    when, what = _fields(times, labels)
    starts = np.asarray(offsets, dtype=np.int64)
    if starts[0] != 0 or starts[-1] != when.size or np.any(np.diff(starts) < 0):
        raise FieldError(f"the offsets of trains have to go from 0 to {when.size} and must not fall")
    begins_train = np.zeros(when.size, dtype=bool)
    begins_train[starts[:-1][starts[:-1] < when.size]] = True
    falls = np.flatnonzero((when[1:] < when[:-1]) & ~begins_train[1:])
    if falls.size:
        raise FieldError(f"event time at index {falls[0] + 1} is earlier than the one before it in its train")
    is_new_time = begins_train
    is_new_time[1:] |= when[1:] != when[:-1]
    words, first_words = spike_words(when, what, is_new_time.view(np.uint8))
    return words, np.append(first_words, len(words))[starts]


def _fields(times: ArrayLike, labels: ArrayLike) -> tuple[Words, Words]:
    when = as_field(times, 32, "event time")
    what = as_field(labels, 16, "spike label")
    if when.size != what.size:
        raise FieldError(f"{when.size} event times but {what.size} spike labels")
    return when, what


def _sorted_by_time(when: Words, what: Words) -> tuple[Words, Words]:
    """Stable sort of the events; time and index share one 64-bit key, which sorts faster than an argsort."""
    if np.all(when[1:] >= when[:-1]):
        return when, what
    keys = np.sort((when << 32) | np.arange(when.size, dtype=np.uint64))
    return keys >> 32, what[keys & 0xFFFFFFFF]
