# Correlation sensors of all synapses, for Cython code.

from libc.stdint cimport int64_t, uint8_t, uint32_t

from stadls._buffer cimport Buffer


cdef struct Pulse:
    # What the sensors see: an event at a driver, or a pulse at a column.
    double tick
    int place        # 128 * hemisphere + driver, or 256 * hemisphere + column
    uint8_t post
    uint8_t rows     # of the driver, bit 0 bottom, bit 1 top
    uint8_t label


cdef class Sensors:
    cdef readonly bint on       # sensors work, so pulses are kept
    cdef public bint outdated   # parameters have to be derived again
    cdef object derive
    cdef readonly object parameters
    cdef Buffer log
    cdef readonly object state  # arrays that the views below look into
    cdef float[:, :, :, ::1] level
    cdef uint8_t[:, :, ::1] last
    cdef double[:, :, ::1] pre_time
    cdef double[:, ::1] post_time
    cdef uint8_t[:, :, ::1] labels
    cdef const float[:, :, :, ::1] amplitude
    cdef const float[:, :, :, ::1] rate

    cdef int pre(self, int place, int rows, uint32_t label, int64_t tick, int64_t complete) except -1 nogil
    cdef int post(self, int circuit, double tick) except -1 nogil
    cdef int replay(self, int64_t until) except -1 nogil
    cdef int bound(self, int64_t complete) except -1 nogil
    cdef void set_labels(self, int hemisphere, int row, const uint8_t* labels) noexcept nogil
    cdef void apply_pre(self, int hemisphere, int row, int label, double time) noexcept nogil
    cdef void apply_post(self, int hemisphere, int column, double time) noexcept nogil
