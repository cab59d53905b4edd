# PADI buses and what listens to them, for Cython code.

from libc.stdint cimport int16_t, int64_t, uint32_t

from chipsim.analog cimport Analog
from chipsim.registers cimport Registers
from chipsim.responses cimport Queue


cdef class PADIBuses:
    cdef Registers registers
    cdef Analog analog
    cdef Queue fired                # bypass spikes on their way: time in chip cycles, linear number of the back end
    cdef bint outdated
    cdef int64_t listed             # how often the lists were made
    cdef int listeners[8][32]       # drivers that accept a row select address, per bus
    cdef int16_t listener[8][32][32]
    cdef int n_bypassed[2]
    cdef int16_t bypassed[2][256]   # columns with a bypass
    cdef int weight_of[64]

    cdef int receive(self, int bus, uint32_t row_select, uint32_t label, int64_t tick) except -1 nogil
    cdef void list_listeners(self) noexcept nogil
    cdef int drive(self, int hemisphere, int driver, uint32_t label, int64_t tick) except -1 nogil
    cdef uint32_t charge(self, uint32_t base, int row, int column, uint32_t label) noexcept nogil
