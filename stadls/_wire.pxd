# FPGA -> host message stream for Cython code: records of the decoder, and an encoder to call without the GIL.

cimport cython
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from stadls._buffer cimport Buffer
from stadls._stream cimport BitBuffer, Message


cdef enum:
    # Headers of messages from the FPGA, the dictionary of stadls.words.
    JTAG_DATA = 0x00
    OMNIBUS_DATA = 0x01
    LOOPBACK = 0x02
    LINK_NOTIFICATION = 0x03
    TIMEOUT_NOTIFICATION = 0x04
    SYSTIME = 0x05
    SYSDELTA = 0x06
    MADC_PACK_1 = 0x07
    MADC_PACK_2 = 0x08
    MADC_PACK_3 = 0x09
    SPIKE_PACK_1 = 0x0a
    SPIKE_PACK_2 = 0x0b
    SPIKE_PACK_3 = 0x0c


# Records of the decoder, byte for byte the numpy types of its results.

cdef packed struct Spike:
    uint16_t label
    uint64_t fpga_time
    uint64_t chip_time


cdef packed struct MADCSample:
    uint16_t value
    uint8_t channel
    uint64_t fpga_time
    uint64_t chip_time


cdef packed struct Response8:
    uint8_t data
    uint64_t fpga_time


cdef packed struct Response32:
    uint32_t data
    uint64_t fpga_time


cdef packed struct Response64:
    uint64_t data
    uint64_t fpga_time


@cython.final
cdef class ResponseDecoder:
    cdef BitBuffer _bits
    cdef uint64_t _time
    cdef uint64_t _n_words
    cdef uint64_t _n_messages
    cdef bint _halted
    cdef uint64_t _spike_packs[3]
    cdef uint64_t _madc_packs[3]
    cdef Buffer _jtag
    cdef Buffer _omnibus
    cdef Buffer _loopback
    cdef Buffer _spikes
    cdef Buffer _samples
    cdef Buffer _links
    cdef Buffer _timeouts

    cdef int annotate(self, const Message* messages, Py_ssize_t n) except -1 nogil
    cdef int file(self, const Message* message) except -1 nogil
    cdef int push_spikes(self, const Message* message, int n) except -1 nogil
    cdef int push_samples(self, const Message* message, int n) except -1 nogil


@cython.final
cdef class ResponseEncoder:
    # Events are 24-bit values: timestamp << 16 | label or value field (from_fpga_event).
    cdef Buffer _words
    cdef uint64_t _partial
    cdef int _n_bits
    cdef readonly uint64_t n_messages

    cdef int append_word(self, uint64_t message) except -1 nogil
    cdef int append_half(self, uint64_t bits) except -1 nogil
    cdef int append_events(self, int code, const uint32_t* events, int n) except -1 nogil
    cdef int append_spikes(self, const uint32_t* events, int n) except -1 nogil
    cdef int append_samples(self, const uint32_t* events, int n) except -1 nogil
    cpdef int append_message(self, int code, uint64_t payload_hi, uint64_t payload_lo) except -1 nogil
    cpdef int append_jtag(self, uint64_t data) except -1 nogil
    cpdef int append_omnibus(self, uint32_t data) except -1 nogil
    cpdef int append_loopback(self, bint tick) except -1 nogil
    cpdef int append_link_notification(self, uint8_t payload) except -1 nogil
    cpdef int append_timeout_notification(self, uint64_t payload) except -1 nogil
    cpdef int append_systime(self, uint64_t time) except -1 nogil
    cpdef int append_sysdelta(self, uint8_t delta) except -1 nogil
    cpdef int flush(self) except -1 nogil


cdef inline uint32_t from_fpga_event(uint16_t value, uint8_t timestamp) noexcept nogil:
    # timestamp counts half FPGA cycles (4 ns)
    return (<uint32_t> timestamp << 16) | value


cdef inline uint32_t nth_event(const Message* message, int n) noexcept nogil:
    """24-bit element of a pack, n = 0 is the least significant."""
    if n == 2:
        return <uint32_t> (message.lo >> 48) | (<uint32_t> message.hi << 16)
    return <uint32_t> (message.lo >> (24 * n)) & 0xffffff


cdef inline uint64_t wrap_time(uint64_t time) noexcept nogil:
    """FPGA and chip times are 43 bit wide."""
    return time & ((<uint64_t> 1 << 43) - 1)


cdef inline uint64_t chip_time(uint64_t time, uint8_t timestamp) noexcept nogil:
    """Time of an event: the latest one up to `time` whose low 7 bits are those of the chip timestamp.

    The timestamp counts half cycles. Without a branch, as timestamps are as good as random.
    """
    return wrap_time(time - ((time - (timestamp >> 1)) & 0x7f))
