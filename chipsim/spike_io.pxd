# Serial spike interface of the FPGA, for Cython code.

from libc.stdint cimport int64_t, uint32_t

from chipsim.registers cimport Registers
from chipsim.responses cimport Queue


cdef class SpikeIO:
    cdef Registers registers
    cdef Queue queue
    cdef bint on            # events of the chip come back through the loopback
    cdef int64_t cycles     # of the FPGA, for one address
    cdef int64_t busy_until  # FPGA cycle
    cdef int64_t next       # chip cycle at which the next event reaches the chip

    cdef void read_settings(self) noexcept nogil
    cdef int transmit(self, uint32_t label, int64_t tick) except -1 nogil
    cdef uint32_t take(self) noexcept nogil
