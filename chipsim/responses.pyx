# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Responses on their way to the host: put in order of time, joined to packs, annotated with times.

Two queues hold what is on its way, one from the chip and one from the FPGA itself, each in order of time; they are
merged when something is sent.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from stadls._buffer cimport Buffer, grow, release
from stadls._wire cimport ResponseEncoder

cdef size_t LONG = 4096
cdef uint64_t TIME_MASK = ((<uint64_t> 1) << 43) - 1


cdef class Queue:
    """Responses in order of time, taken from the front."""

    def __dealloc__(self):
        release(&self.data)

    def copy_from(self, Queue other):
        """Take over what waits in another queue."""
        cdef size_t n = other.data.size - other.first * sizeof(Response)
        self.data.size = self.first = 0
        if n:
            memcpy(grow(&self.data, n), other.begin(), n)

    cdef int put(self, int64_t time, int kind, uint64_t payload) except -1 nogil:
        cdef Response* item
        if self.first >= LONG and 2 * self.first * sizeof(Response) >= self.data.size:
            # What was taken would be there for ever if the queue were never empty.
            self.data.size -= self.first * sizeof(Response)
            memmove(self.data.data, self.begin(), self.data.size)
            self.first = 0
        if self.first and self.first * sizeof(Response) == self.data.size:
            self.first = self.data.size = 0
        item = <Response*> grow(&self.data, sizeof(Response))
        item.time, item.kind, item.payload = time, kind, payload
        return 0


cdef class Responses:
    """Response stream of one execution.

    The host follows the time by itself: every message is one cycle later than the one before, unless an annotation says
    otherwise. Without a synchronisation of the system time there are no annotations.
    """

    def __init__(self):
        self.begin()

    def begin(self):
        """Start a new stream. What was on its way is lost."""
        self.from_chip, self.from_fpga = Queue(), Queue()
        self.encoder = ResponseEncoder()
        self.sent = 0

    def words(self):
        """The packed stream so far, uint64."""
        self.encoder.flush()
        return self.encoder.words()

    def copy_from(self, Responses other):
        """Take over time and what is on its way; the stream is a new one."""
        self.from_chip.copy_from(other.from_chip)
        self.from_fpga.copy_from(other.from_fpga)
        self.last_arrival, self.systime_zero = other.last_arrival, other.systime_zero
        self.synced, self.sent = other.synced, other.sent
        self.encoder = ResponseEncoder()

    cdef uint64_t systime(self, int64_t cycle) noexcept nogil:
        """System time of an FPGA cycle."""
        return <uint64_t> (cycle - self.systime_zero) & TIME_MASK

    cdef int arrive(self, int64_t time, int kind, uint64_t payload) except -1 nogil:
        """Queue something that comes from the chip; the link keeps the order."""
        self.last_arrival = max(self.last_arrival, time)
        return self.from_chip.put(self.last_arrival, kind, payload)

    cdef int send_until(self, int64_t limit) except -1 nogil:
        """Send everything that has reached the FPGA by cycle `limit`, in order of time."""
        cdef Response* chip
        cdef Response* own
        while True:
            chip = self.from_chip.begin() if self.from_chip.count() else NULL
            own = self.from_fpga.begin() if self.from_fpga.count() else NULL
            if chip != NULL and chip.time <= limit and (own == NULL or chip.time <= own.time):
                self.send_from_chip()
            elif own != NULL and own.time <= limit:
                self.from_fpga.first += 1
                self.send(own.time, own.kind, own.payload)
            else:
                return 0

    cdef int send_from_chip(self) except -1 nogil:
        """Send the first response of the chip; up to three spikes, or samples, of one time share a message."""
        cdef Response* item = self.from_chip.begin()
        cdef Py_ssize_t left = self.from_chip.count()
        cdef uint32_t events[3]
        cdef int n = 1, kind = item.kind
        if kind != SPIKE and kind != MADC:
            self.from_chip.first += 1
            return self.send(item.time, item.kind, item.payload)
        events[0] = <uint32_t> item.payload
        while n < 3 and n < left and item[n].kind == kind and item[n].time == item.time:
            events[n] = <uint32_t> item[n].payload
            n += 1
        self.annotate(item.time)
        self.from_chip.first += n
        return self.encoder.append_spikes(events, n) if kind == SPIKE else self.encoder.append_samples(events, n)

    cdef int send(self, int64_t time, int kind, uint64_t payload) except -1 nogil:
        if kind == SYSTIME:
            self.sent = self.systime(time)
            return self.encoder.append_systime(self.sent)
        self.annotate(time)
        if kind == OMNIBUS:
            return self.encoder.append_omnibus(<uint32_t> payload)
        if kind == JTAG:
            return self.encoder.append_jtag(payload)
        if kind == LOOPBACK:
            return self.encoder.append_loopback(payload & 1)
        return self.encoder.append_timeout_notification(payload)

    cdef int annotate(self, int64_t cycle) except -1 nogil:
        """Tell the host the time of the next message, unless it is one cycle after the last one."""
        cdef uint64_t time = self.systime(cycle), next = (self.sent + 1) & TIME_MASK, gap
        if not self.synced:
            self.sent = next
            return 0
        gap = (time - next) & TIME_MASK
        if gap > TIME_MASK >> 1:
            gap = 0  # the last message went out later than this one arrived: it follows one cycle later
        if gap:
            # A message advances the time of the decoder by one, the annotation as well as what follows it.
            if gap <= 256:
                self.encoder.append_sysdelta(<uint8_t> (gap - 1))
            else:
                self.encoder.append_systime((time - 1) & TIME_MASK)
        self.sent = (next + gap) & TIME_MASK
        return 0
