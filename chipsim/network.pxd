# Event network of the chip, for Cython code.

from libc.stdint cimport int64_t, uint32_t

from chipsim.analog cimport Analog
from chipsim.padi cimport PADIBuses
from chipsim.registers cimport Registers
from chipsim.responses cimport Queue, Responses

from stadls._buffer cimport Buffer

cdef enum:
    N_INPUTS = 20
    N_OUTPUTS = 12
    N_SOURCES = 8


cdef struct Source:
    # Background generator; times are chip cycles of 4 ns.
    int64_t next
    uint32_t state


cdef struct Outgoing:
    # An event at an output to the host.
    int64_t tick
    uint32_t label
    int output
    int source
    bint counted


cdef class EventNetwork:
    cdef Analog analog
    cdef Queue fired            # spikes of the circuits, on their way to the crossbar
    cdef Buffer outgoing
    cdef bint frozen            # the circuits wait for the end of a burst of writes
    cdef bint recurrent         # spikes may come back to synapses, with the lists of the PADI buses of that number
    cdef int64_t recurrent_of
    cdef Registers registers
    cdef Responses responses
    cdef PADIBuses padi
    cdef Source sources[8]
    cdef int node_output[20][9]
    cdef int node_number[20][9]
    cdef int node_count[20]
    cdef int64_t output_free[12]

    cdef int route(self, int source, uint32_t label, int64_t tick) except -1 nogil
    cdef int send(self, int source, int output, bint counted, uint32_t label, int64_t tick) except -1 nogil
    cdef int flush(self, int64_t tick) except -1 nogil
    cdef bint comes_back(self) noexcept nogil
    cdef int settle(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int collect(self) except -1 nogil
    cdef int to_host(self, int output, uint32_t label, int64_t tick) except -1 nogil
    cdef void count(self, int half, int neuron) noexcept nogil
    cdef int emit(self, int half, int neuron, int64_t tick) except -1 nogil
    cdef int fire(self, int half, int neuron, int64_t tick) except -1 nogil
    cdef int switch_source(self, int source, bint was_on, int64_t tick) except -1 nogil
    cdef int advance(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int padi_event(self, int hemisphere, uint32_t word, int64_t tick) except -1 nogil
    cdef int generate(self, int source, int64_t tick) except -1 nogil
