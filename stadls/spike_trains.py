"""Instruction words of timed spike trains.

A spike train is played by resetting the playback timer once and then alternating ``WaitUntil(t)`` with the spikes of
time t. A pack releases up to three spikes in one FPGA cycle; the executor takes one cycle per instruction, so times
closer together than their instructions make the later spikes late, never lost.
"""

import numpy as np
from numpy.typing import ArrayLike

from stadls.words import HEADER_LSB, TO_FPGA_CODES, FieldError, Words, as_field, wait_until

SPIKES_PER_PACK = 3


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
    return _words(when, what, is_new_time)[0]


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
    words, first_words = _words(when, what, is_new_time)
    return words, np.append(first_words, len(words))[starts]


def _fields(times: ArrayLike, labels: ArrayLike) -> tuple[Words, Words]:
    when = as_field(times, 32, "event time")
    what = as_field(labels, 16, "spike label")
    if when.size != what.size:
        raise FieldError(f"{when.size} event times but {what.size} spike labels")
    return when, what


def _words(when: Words, what: Words, is_new_time: np.ndarray) -> tuple[Words, np.ndarray]:
    """Words of sorted events, and for each event that begins a time the index of its wait."""
    if when.size == 0:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    # Position of each event within the run of events of equal time.
    runs = np.flatnonzero(is_new_time)
    rank = np.arange(when.size) - np.repeat(runs, np.diff(runs, append=when.size))

    packs = np.flatnonzero(rank % SPIKES_PER_PACK == 0)
    needs_wait = is_new_time[packs]
    slots = np.arange(packs.size) + np.cumsum(needs_wait)  # each wait takes the slot before the pack it is for
    words = np.empty(packs.size + runs.size, dtype=np.uint64)
    words[slots] = _pack_words(what, packs)
    waits = slots[needs_wait] - 1
    words[waits] = wait_until(when[runs])
    first_words = np.zeros(when.size, dtype=np.int64)
    first_words[runs] = waits
    return words, first_words


def _sorted_by_time(when: Words, what: Words) -> tuple[Words, Words]:
    """Stable sort of the events; time and index share one 64-bit key, which sorts faster than an argsort."""
    if np.all(when[1:] >= when[:-1]):
        return when, what
    keys = np.sort((when << 32) | np.arange(when.size, dtype=np.uint64))
    return keys >> 32, what[keys & 0xFFFFFFFF]


def _pack_words(labels: Words, starts: np.ndarray) -> Words:
    """Spike pack words of the label runs that begin at `starts` and end at the next start."""
    sizes = np.diff(starts, append=labels.size)
    words = labels[starts]
    for column in range(1, SPIKES_PER_PACK):  # the first label of a pack is the most significant
        longer = np.flatnonzero(sizes > column)
        words[longer] = (words[longer] << 16) | labels[starts[longer] + column]
    # The packs of one, two and three spikes have consecutive headers.
    headers = np.uint64(TO_FPGA_CODES["event_to_fpga::SpikePack<1>"]) + sizes.astype(np.uint64) - np.uint64(1)
    return words | (headers << HEADER_LSB)
