# Records of events and register accesses, for Cython code.

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, realloc

cdef enum:
    # Kinds of events, see chipsim.events.
    INPUT = 0       # at a crossbar input
    NODE = 1        # has passed a node
    DROPPED = 2     # has passed a node and was lost behind it
    OUTPUT = 3      # leaves a crossbar output
    PADI = 4        # on a PADI bus
    DRIVER = 5      # accepted by a synapse driver
    FIRED = 6       # a neuron fires
    RECORDED = 7    # sent to the host
    N_KINDS = 8
    # Flags of kinds that are looked at together.
    ENTRY = 0x03    # INPUT, NODE
    EXIT = 0x98     # OUTPUT, PADI, RECORDED
    PLACES = 512    # most places of a kind

cdef enum:
    # Where a register access comes from.
    BY_OMNIBUS = 0
    BY_JTAG = 1
    BY_POLL = 2
    BY_PPU = 3      # of the top processor; 4 of the bottom one


cdef struct Ring:
    # The last `limit` records of those so far.
    char* data
    size_t item
    size_t room
    size_t limit
    int64_t count


cdef inline void* next_record(Ring* ring) except NULL nogil:
    """Place of the next record, counted as used."""
    cdef size_t place = <size_t> ring.count % ring.limit
    if place >= ring.room:
        enlarge_ring(ring)
    ring.count += 1
    return ring.data + place * ring.item


cdef int enlarge_ring(Ring* ring) except -1 nogil


cdef struct Log:
    # What the log of every kind of records begins with.
    Ring ring
    Log* next


cdef class Recorder:
    cdef Log* log           # own log of the subclass
    cdef object dtype       # of its records


cdef class Tap:
    cdef Log* first
    cdef set recorders

    cdef int link(self) except -1


cdef struct Event:
    double tick             # chip cycles of 4 ns
    int32_t label
    uint16_t place
    uint8_t kind
    float pulse             # ns; this and what follows: of a driver
    float modulation
    float recovery_rate     # 1/us


cdef struct EventLog:
    Log log
    uint8_t wanted[8][512]


cdef class EventRecorder(Recorder):
    cdef EventLog own


cdef class EventTap(Tap):
    cdef unsigned kinds     # that anybody wants

    cdef int put(self, int kind, int place, int32_t label, double tick) except -1 nogil
    cdef int put_pulse(self, int place, int32_t label, double tick, float pulse, float modulation, float rate) except -1 nogil


cdef struct Access:
    int64_t cycle           # of the FPGA
    uint32_t address
    uint32_t word
    uint8_t writes
    uint8_t origin
    uint8_t enables
    uint8_t answered


cdef struct AccessLog:
    Log log
    const int64_t* bounds   # n first addresses, n addresses behind the last ones
    int n_bounds
    bint wanted[2]          # reads, writes


cdef class AccessRecorder(Recorder):
    cdef AccessLog own
    cdef int64_t[::1] bounds


cdef class AccessTap(Tap):
    cdef int put(self, int64_t cycle, uint32_t address, uint32_t word, bint writes, int origin, int enables,
                 bint answered) except -1 nogil
