# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Instruction words of spikes in order of time."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

import numpy as np

from stadls.words import HEADER_LSB, TO_FPGA_CODES

SPIKES_PER_PACK = 3

cdef uint64_t WAIT = TO_FPGA_CODES["timing::WaitUntil"] << HEADER_LSB
cdef uint64_t PACK = TO_FPGA_CODES["event_to_fpga::SpikePack<1>"]  # headers of packs of more spikes follow
cdef int LARGEST = SPIKES_PER_PACK, SHIFT = HEADER_LSB


def spike_words(const uint64_t[::1] when, const uint64_t[::1] what, const uint8_t[::1] is_new_time):
    """Words of sorted events (uint64), and for each event that begins a time the index of its wait (int64).

    Parameters
    ----------
    when, what : (n,) uint64
        Times and labels, all in range.
    is_new_time : (n,) uint8
        Whether an event is the first one of its time; the very first one is.
    """
    cdef Py_ssize_t n = when.shape[0], i, first, last, at = 0
    cdef int rank = 0, size, k
    cdef uint64_t word
    for i in range(n):
        if is_new_time[i]:
            rank = 0
            at += 1
        if rank % LARGEST == 0:
            at += 1
        rank += 1
    words, waits = np.empty(at, dtype=np.uint64), np.zeros(n, dtype=np.int64)
    cdef uint64_t[::1] to = words
    cdef int64_t[::1] wait_of = waits
    first = at = 0
    while first < n:
        wait_of[first] = at
        to[at] = WAIT | when[first]
        at += 1
        last = first + 1
        while last < n and not is_new_time[last]:
            last += 1
        while first < last:
            size = <int> min(<Py_ssize_t> LARGEST, last - first)
            word = 0
            for k in range(size):  # the first label of a pack is the most significant
                word = word << 16 | what[first + k]
            to[at] = (PACK + <uint64_t> size - 1) << SHIFT | word
            at += 1
            first += size
    return words, waits
