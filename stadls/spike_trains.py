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
    when = as_field(times, 32, "event time")
    what = as_field(labels, 16, "spike label")
    if when.size != what.size:
        raise FieldError(f"{when.size} event times but {what.size} spike labels")
    if when.size == 0:
        return np.zeros(0, dtype=np.uint64)
    when, what = _sorted_by_time(when, what)

    # Position of each event within the run of events of equal time.
    is_new_time = np.empty(when.size, dtype=bool)
    is_new_time[0] = True
    np.not_equal(when[1:], when[:-1], out=is_new_time[1:])
    runs = np.flatnonzero(is_new_time)
    rank = np.arange(when.size) - np.repeat(runs, np.diff(runs, append=when.size))

    packs = np.flatnonzero(rank % SPIKES_PER_PACK == 0)
    needs_wait = is_new_time[packs]
    slots = np.arange(packs.size) + np.cumsum(needs_wait)  # each wait takes the slot before the pack it is for
    words = np.empty(packs.size + runs.size, dtype=np.uint64)
    words[slots] = _pack_words(what, packs)
    words[slots[needs_wait] - 1] = wait_until(when[runs])
    return words


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
