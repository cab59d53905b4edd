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


cdef class Recorder:
    """Memory of one log; what it records, and what is recorded, is up to the subclass."""

    def __dealloc__(self):
        if self.log != NULL:
            free(self.log.ring.data)

    @property
    def count(self):
        """Records so far, with those that are lost."""
        return self.log.ring.count

    def records(self):
        """Records that are left, `EVENT` or `ACCESS`."""
        return ring_records(&self.log.ring, self.dtype)


cdef class Tap:
    """All recorders of one part of the chip."""

    def __init__(self):
        self.recorders = set()

    def attach(self, Recorder recorder):
        """Write to a recorder from now on."""
        if type(recorder) is not self.recorder_type:
            raise TypeError(f"expected {self.recorder_type.__name__}, got {type(recorder).__name__}")
        self.recorders.add(recorder)
        self.link()

    def detach(self, Recorder recorder):
        """No longer write to a recorder."""
        self.recorders.discard(recorder)
        self.link()

    cdef int link(self) except -1:
        cdef Recorder recorder
        self.first = NULL
        for recorder in self.recorders:
            recorder.log.next, self.first = self.first, recorder.log
        return 0


cdef class EventRecorder(Recorder):
    """Memory of one log of events.

    Parameters
    ----------
    wanted : ndarray of bool, (kinds, 512)
        Places of every kind that are recorded.
    limit : int
        Most records that are kept.
    """

    def __cinit__(self):
        self.log, self.dtype = &self.own.log, EVENT
        self.own.log.ring.item, self.own.log.ring.limit = sizeof(Event), 1

    def __init__(self, wanted, size_t limit):
        cdef const uint8_t[:, ::1] flags = np.ascontiguousarray(wanted, dtype=np.uint8)
        self.own.log.ring.limit = limit
        memcpy(self.own.wanted, &flags[0, 0], sizeof(self.own.wanted))


cdef class EventTap(Tap):
    """All recorders of the events of a chip."""

    recorder_type = EventRecorder

    cdef int link(self) except -1:
        cdef EventLog* own
        cdef int kind, place
        Tap.link(self)
        self.kinds = 0
        own = <EventLog*> self.first
        while own != NULL:
            for kind in range(N_KINDS):
                for place in range(PLACES):
                    self.kinds |= <unsigned> own.wanted[kind][place] << kind
            own = <EventLog*> own.log.next
        return 0

    cdef int put(self, int kind, int place, int32_t label, double tick) except -1 nogil:
        cdef EventLog* own = <EventLog*> self.first
        cdef Event* event
        while own != NULL:
            if own.wanted[kind][place]:
                event = <Event*> next_record(&own.log.ring)
                event.tick, event.kind, event.place, event.label = tick, kind, place, label
                event.pulse = event.modulation = event.recovery_rate = 0
            own = <EventLog*> own.log.next
        return 0

    cdef int put_pulse(self, int place, int32_t label, double tick, float pulse, float modulation, float rate) except -1 nogil:
        cdef EventLog* own = <EventLog*> self.first
        cdef Event* event
        while own != NULL:
            if own.wanted[DRIVER][place]:
                event = <Event*> next_record(&own.log.ring)
                event.tick, event.kind, event.place, event.label = tick, DRIVER, place, label
                event.pulse, event.modulation, event.recovery_rate = pulse, modulation, rate
            own = <EventLog*> own.log.next
        return 0


cdef class AccessRecorder(Recorder):
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

    def __cinit__(self):
        self.log, self.dtype = &self.own.log, ACCESS
        self.own.log.ring.item, self.own.log.ring.limit = sizeof(Access), 1

    def __init__(self, starts, ends, bint reads, bint writes, size_t limit):
        self.bounds = np.ascontiguousarray(np.concatenate([starts, ends]), dtype=np.int64)
        self.own.n_bounds = self.bounds.shape[0] // 2
        self.own.bounds = &self.bounds[0]
        self.own.wanted[0], self.own.wanted[1] = reads, writes
        self.own.log.ring.limit = limit


cdef class AccessTap(Tap):
    """All recorders of the register accesses of a board."""

    recorder_type = AccessRecorder

    cdef int put(self, int64_t cycle, uint32_t address, uint32_t word, bint writes, int origin, int enables,
                 bint answered) except -1 nogil:
        cdef AccessLog* own = <AccessLog*> self.first
        cdef Access* access
        while own != NULL:
            if own.wanted[writes] and inside(own, address):
                access = <Access*> next_record(&own.log.ring)
                access.cycle, access.address, access.word, access.writes = cycle, address, word, writes
                access.origin, access.enables, access.answered = origin, enables, answered
            own = <AccessLog*> own.log.next
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
