# Event network of the chip, for Cython code.

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t

from chipsim.analog cimport Analog
from chipsim.padi cimport PADIBuses
from chipsim.recorder cimport EventTap
from chipsim.registers cimport Registers
from chipsim.responses cimport Queue, Responses
from chipsim.spike_io cimport SpikeIO

from stadls._buffer cimport Buffer

cdef enum:
    N_INPUTS = 20
    N_OUTPUTS = 12
    N_SOURCES = 8


cdef struct Source:
    # Background generator; times are chip cycles of 4 ns.
    int64_t next
    uint32_t state


cdef struct Node:
    # Node of the crossbar: lets labels pass whose bits under the mask are those of the target.
    uint16_t mask
    uint16_t target
    int output
    int number
    bint counted


cdef struct Outgoing:
    # An event at an output to the host.
    int64_t tick
    uint32_t label
    int output
    int source
    bint counted


cdef class EventNetwork:
    cdef Analog analog
    cdef EventTap tap
    cdef int64_t reached        # chip cycle that an advance has come to
    cdef Queue fired            # spikes of the circuits, on their way to the crossbar
    cdef Buffer outgoing
    cdef Queue samples          # of the membrane ADC, on their way to the FPGA
    cdef bint frozen            # the circuits wait for the end of a burst of writes
    cdef bint linked            # the links to the FPGA are on, on both sides
    cdef bint recurrent         # spikes may come back to synapses
    cdef Registers registers
    cdef Responses responses
    cdef PADIBuses padi
    cdef SpikeIO spike_io
    cdef Source sources[8]
    cdef bint rewired           # registers may differ from the settings below
    cdef bint relabelled        # those of the neurons, too
    cdef Node nodes[20][9]      # by input
    cdef int node_count[20]
    cdef uint32_t counting      # outputs that count their events, a bit each
    cdef uint32_t listening     # PADI buses that listen to the crossbar
    cdef bint recording         # spikes reach the host
    cdef int32_t label[512]     # of the neurons by back end, -1 for those that send none
    cdef int next_source        # generator that is the next one
    cdef int64_t next_time
    cdef int64_t quiet_until    # chip cycle before which nothing happens by itself
    cdef int64_t output_free[12]

    cdef int route(self, int source, uint32_t label, int64_t tick) except -1 nogil
    cdef int to_spike_io(self, int source, uint32_t label, int64_t tick) except -1 nogil
    cdef int send(self, int source, int output, bint counted, uint32_t label, int64_t tick) except -1 nogil
    cdef void read_settings(self) noexcept nogil
    cdef void schedule(self) noexcept nogil
    cdef int log_entry(self, int source, uint32_t label, int64_t tick) except -1 nogil
    cdef int log_exit(self, int output, uint32_t label, int64_t tick) except -1 nogil
    cdef int number_of(self, int source, int output) noexcept nogil
    cdef int flush(self, int64_t tick) except -1 nogil
    cdef int send_samples(self, int64_t tick) except -1 nogil
    cdef int deliver(self, int64_t sendable) except -1 nogil
    cdef int settle(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int settle_about(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int collect(self) except -1 nogil
    cdef int to_host(self, int output, uint32_t label, int64_t tick) except -1 nogil
    cdef bint overwritten(self, int circuit) noexcept nogil
    cdef int post_pulse(self, int half, int64_t tick) except -1 nogil
    cdef void count(self, int half, int neuron) noexcept nogil
    cdef int32_t label_of(self, int half, int neuron) noexcept nogil
    cdef int emit(self, int half, int neuron, int64_t tick) except -1 nogil
    cdef int fire(self, int half, int neuron, int64_t tick) except -1 nogil
    cdef int switch_source(self, int source, bint was_on, int64_t tick) except -1 nogil
    cdef int advance(self, int64_t tick, int64_t sendable) except -1 nogil
    cdef int padi_event(self, int hemisphere, uint32_t word, int64_t tick) except -1 nogil
    cdef int generate(self, int source, int64_t tick) except -1 nogil
