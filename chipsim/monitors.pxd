# Self tests and status words of board and chip, for Cython code.

from libc.stdint cimport int64_t, uint32_t

from chipsim.registers cimport Registers


cdef class Monitors:
    cdef Registers registers
    cdef readonly uint32_t links        # that are on, on both sides
    cdef int64_t online_since[8]
    cdef uint32_t words[8]              # that a link has carried when the links changed the last time
    cdef uint32_t counted               # words over all links at that time
    cdef uint32_t test_result           # of the clock test before the present one
    cdef uint32_t test_next
    cdef int64_t test_end
    cdef int64_t perf_begin
    cdef uint32_t perf_words
    cdef uint32_t default_clock[2]

    cdef void reset_chip(self, int64_t now) noexcept nogil
    cdef void changed(self, uint32_t address, uint32_t old, int64_t now) noexcept nogil
    cdef uint32_t read(self, uint32_t address, int64_t now) noexcept nogil
    cdef void relink(self, int64_t now) noexcept nogil
    cdef uint32_t share(self, int link) noexcept nogil
    cdef void run_perf_test(self, bint on, int64_t now) noexcept nogil
    cdef uint32_t test_clock(self, uint32_t settings) noexcept nogil
    cdef void clock(self, int source, int64_t* numerator, int64_t* denominator) noexcept nogil
