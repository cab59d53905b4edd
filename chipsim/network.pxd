# Event network of the chip, for Cython code.

from libc.stdint cimport int64_t, uint32_t

from chipsim.padi cimport PADIBuses
from chipsim.registers cimport Registers
from chipsim.responses cimport Responses

cdef enum:
    N_INPUTS = 20
    N_OUTPUTS = 12
    N_SOURCES = 8


cdef struct Source:
    # Background generator; times are chip cycles of 4 ns.
    int64_t next
    uint32_t state


cdef class EventNetwork:
    cdef Registers registers
    cdef Responses responses
    cdef PADIBuses padi
    cdef Source sources[8]
    cdef int node_output[20][9]
    cdef int node_number[20][9]
    cdef int node_count[20]
    cdef int64_t output_free[12]

    cdef int route(self, int source, uint32_t label, int64_t tick) except -1 nogil
    cdef int to_host(self, int output, uint32_t label, int64_t tick) except -1 nogil
    cdef int fire(self, int half, int neuron, int64_t tick) except -1 nogil
    cdef int switch_source(self, int source, bint was_on, int64_t tick) except -1 nogil
    cdef int advance(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int padi_event(self, int hemisphere, uint32_t word, int64_t tick) except -1 nogil
    cdef int generate(self, int source, int64_t tick) except -1 nogil
