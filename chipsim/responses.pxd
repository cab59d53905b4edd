# Responses on their way to the host, for Cython code.

from libc.stdint cimport int64_t, uint64_t

from stadls._buffer cimport Buffer
from stadls._wire cimport ResponseEncoder

cdef enum:
    SPIKE = 0
    OMNIBUS = 1
    JTAG = 2
    LOOPBACK = 3
    TIMEOUT = 4
    SYSTIME = 5
    MADC = 6


cdef struct Response:
    int64_t time  # FPGA cycle at which it is at the FPGA
    uint64_t payload
    int kind


cdef class Queue:
    cdef Buffer data
    cdef size_t first

    cdef inline Response* begin(self) noexcept nogil:
        return <Response*> self.data.data + self.first

    cdef inline Py_ssize_t count(self) noexcept nogil:
        return <Py_ssize_t> (self.data.size // sizeof(Response) - self.first)

    cdef int put(self, int64_t time, int kind, uint64_t payload) except -1 nogil


cdef class Responses:
    cdef Queue from_chip, from_fpga
    cdef ResponseEncoder encoder
    cdef int64_t last_arrival
    cdef int64_t systime_zero
    cdef bint synced
    cdef uint64_t sent

    cdef uint64_t systime(self, int64_t cycle) noexcept nogil
    cdef int arrive(self, int64_t time, int kind, uint64_t payload) except -1 nogil
    cdef int send_until(self, int64_t limit) except -1 nogil
    cdef int send(self, int64_t time, int kind, uint64_t payload) except -1 nogil
    cdef int send_from_chip(self) except -1 nogil
    cdef int annotate(self, int64_t cycle) except -1 nogil
