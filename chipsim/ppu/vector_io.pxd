# What a plasticity processor reaches with fxvinx and fxvoutx on the chip, for Cython code.

from libc.stdint cimport int64_t, uint16_t, uint32_t

from chipsim.analog cimport Analog
from chipsim.network cimport EventNetwork
from chipsim.ppu.processor cimport Vector
from chipsim.registers cimport Registers


cdef class VectorIO:
    cdef Registers registers
    cdef Analog analog
    cdef EventNetwork network
    cdef int64_t sendable           # FPGA cycle up to which the host may get responses
    cdef uint16_t random[2][256]    # states of the random generators, by column
    cdef uint16_t taps[256]

    cdef int64_t read(self, int hemisphere, uint32_t address, int64_t tick, Vector* to) except -2 nogil
    cdef int64_t write(self, int hemisphere, uint32_t address, int64_t tick, const Vector* values, const Vector* enabled) except -2 nogil
    cdef int settle(self, int64_t tick) except -1 nogil
    cdef int change_row(self, int hemisphere, int place, int parity, int64_t tick, const Vector* values, const Vector* enabled, uint32_t mask, int shift, bint permuted) except -1 nogil
    cdef int reset_correlation(self, int hemisphere, int row, int parity, const Vector* values, const Vector* enabled) except -1 nogil
    cdef int reset_neurons(self, int hemisphere, int parity, const Vector* enabled) except -1 nogil
