# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Recorders that parts of the chip write to while it runs, each with its own filter and its own memory.

A part asks first whether anybody listens (`EventTap.kinds`, `AccessTap.first`): one branch when nobody does.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

import numpy as np

EVENT = np.dtype([
    ("tick", np.float64), ("label", np.int32), ("place", np.uint16), ("kind", np.uint8),
    ("pulse_ns", np.float32), ("modulation", np.float32), ("recovery_rate", np.float32),
], align=True)
ACCESS = np.dtype([
    ("cycle", np.int64), ("address", np.uint32), ("word", np.uint32), ("write", np.bool_), ("origin", np.uint8),
    ("enables", np.uint8), ("answered", np.bool_),
], align=True)
assert EVENT.itemsize == sizeof(Event) and ACCESS.itemsize == sizeof(Access), "records have another size"
assert ENTRY == 1 << INPUT | 1 << NODE and EXIT == 1 << OUTPUT | 1 << PADI | 1 << RECORDED, "other kinds"
assert N_KINDS == 8 and PLACES == 512, "the filters have another size"


cdef int enlarge_ring(Ring* ring) except -1 nogil:
    cdef size_t room = min(max(2 * ring.room, <size_t> 256), ring.limit)
    cdef void* data = realloc(ring.data, room * ring.item)
    if data == NULL:
        with gil:
            raise MemoryError(f"no memory for {room} records")
    ring.data, ring.room = <char*> data, room
    return 0


cdef object ring_records(Ring* ring, object dtype):
    """The records that are left, oldest first."""
    cdef size_t kept = min(<size_t> ring.count, ring.limit)
    cdef size_t oldest = 0 if <size_t> ring.count <= ring.limit else <size_t> ring.count % ring.limit
    records = np.empty(kept, dtype=dtype)
    cdef char[::1] to
    if kept:
        to = records.view(np.int8)
        memcpy(&to[0], ring.data + oldest * ring.item, (kept - oldest) * ring.item)
        if oldest:
            memcpy(&to[(kept - oldest) * ring.item], ring.data, oldest * ring.item)
    return records


cdef class EventRecorder:
    """Memory of one log of events.

    Parameters
    ----------
    wanted : ndarray of bool, (kinds, 512)
        Places of every kind that are recorded.
    limit : int
        Most records that are kept.
    """

    def __init__(self, wanted, size_t limit):
        cdef const uint8_t[:, ::1] flags = np.ascontiguousarray(wanted, dtype=np.uint8)
        self.log.ring.item, self.log.ring.limit = sizeof(Event), limit
        memcpy(self.log.wanted, &flags[0, 0], sizeof(self.log.wanted))

    def __dealloc__(self):
        free(self.log.ring.data)

    @property
    def count(self):
        """Records so far, with those that are lost."""
        return self.log.ring.count

    def records(self):
        """Records that are left, `EVENT`."""
        return ring_records(&self.log.ring, EVENT)


cdef class EventTap:
    """All recorders of the events of a chip."""

    def __init__(self):
        self.recorders = set()

    def attach(self, EventRecorder recorder):
        """Write to a recorder from now on."""
        self.recorders.add(recorder)
        self._link()

    def detach(self, EventRecorder recorder):
        """No longer write to a recorder."""
        self.recorders.discard(recorder)
        self._link()

    def _link(self):
        cdef EventRecorder recorder
        cdef int kind, place
        self.first, self.kinds = NULL, 0
        for recorder in self.recorders:
            recorder.log.next, self.first = self.first, &recorder.log
            for kind in range(N_KINDS):
                for place in range(PLACES):
                    self.kinds |= <unsigned> recorder.log.wanted[kind][place] << kind

    cdef int put(self, int kind, int place, int32_t label, double tick) except -1 nogil:
        cdef EventLog* log = self.first
        cdef Event* event
        while log != NULL:
            if log.wanted[kind][place]:
                event = <Event*> next_record(&log.ring)
                event.tick, event.kind, event.place, event.label = tick, kind, place, label
                event.pulse = event.modulation = event.recovery_rate = 0
            log = log.next
        return 0

    cdef int put_pulse(self, int place, int32_t label, double tick, float pulse, float modulation, float rate) except -1 nogil:
        cdef EventLog* log = self.first
        cdef Event* event
        while log != NULL:
            if log.wanted[DRIVER][place]:
                event = <Event*> next_record(&log.ring)
                event.tick, event.kind, event.place, event.label = tick, DRIVER, place, label
                event.pulse, event.modulation, event.recovery_rate = pulse, modulation, rate
            log = log.next
        return 0


cdef class AccessRecorder:
    """Memory of one log of register accesses.

    Parameters
    ----------
    starts, ends : ndarray of int, (n,)
        First addresses, and addresses behind the last ones, of ranges in ascending order.
    reads, writes : bool
        What is recorded.
    limit : int
        Most records that are kept.
    """

    def __init__(self, starts, ends, bint reads, bint writes, size_t limit):
        self.bounds = np.ascontiguousarray(np.concatenate([starts, ends]), dtype=np.int64)
        self.log.n_bounds = self.bounds.shape[0] // 2
        self.log.bounds = &self.bounds[0]
        self.log.wanted[0], self.log.wanted[1] = reads, writes
        self.log.ring.item, self.log.ring.limit = sizeof(Access), limit

    def __dealloc__(self):
        free(self.log.ring.data)

    @property
    def count(self):
        """Records so far, with those that are lost."""
        return self.log.ring.count

    def records(self):
        """Records that are left, `ACCESS`."""
        return ring_records(&self.log.ring, ACCESS)


cdef class AccessTap:
    """All recorders of the register accesses of a board."""

    def __init__(self):
        self.recorders = set()

    def attach(self, AccessRecorder recorder):
        """Write to a recorder from now on."""
        self.recorders.add(recorder)
        self._link()

    def detach(self, AccessRecorder recorder):
        """No longer write to a recorder."""
        self.recorders.discard(recorder)
        self._link()

    def _link(self):
        cdef AccessRecorder recorder
        self.first = NULL
        for recorder in self.recorders:
            recorder.log.next, self.first = self.first, &recorder.log

    cdef int put(self, int64_t cycle, uint32_t address, uint32_t word, bint writes, int origin, int enables,
                 bint answered) except -1 nogil:
        cdef AccessLog* log = self.first
        cdef Access* access
        while log != NULL:
            if log.wanted[writes] and inside(log, address):
                access = <Access*> next_record(&log.ring)
                access.cycle, access.address, access.word, access.writes = cycle, address, word, writes
                access.origin, access.enables, access.answered = origin, enables, answered
            log = log.next
        return 0


cdef bint inside(AccessLog* log, int64_t address) noexcept nogil:
    """Whether an address is in one of the ranges."""
    cdef int low = 0, high = log.n_bounds, middle
    while low < high:
        middle = (low + high) // 2
        if log.bounds[middle] <= address:
            low = middle + 1
        else:
            high = middle
    return low > 0 and address < log.bounds[log.n_bounds + low - 1]
