# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Vector IO on the chip: synapse memory, column ADC, resets and random numbers of one hemisphere.

An address selects a region, a row and the parity of the columns; a vector has the 128 columns of that parity, byte k is
column 2 k + parity.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy

import numpy as np

from chipsim.ppu.processor cimport VECTOR_BYTES, VECTOR_WORDS

from chipsim.ppu.random_taps import TAPS

cdef enum:
    # Regions: bits 19 to 16 of an address.
    WEIGHTS = 0x0
    WEIGHT_CALIB = 0x1
    LABEL_CALIB = 0x2
    LABELS = 0x4
    CAUSAL = 0x8
    RESET = 0x9
    ACAUSAL = 0xc
    RANDOM = 0xe
    RAW = 0xf

    ROWS = 256      # the row behind the last one has switches
    RAW_ROWS = 516
    RAW_SYNAPSES = 0x02cf0000
    CORRELATION_RESETS = 0x02200003

    # Bits of a switch row that have nothing to do with the neurons: they connect channels of the column ADC.
    CHANNEL_SWITCHES = 0x3f

    # Clock cycles.
    ACCESS = 17
    AFTER_CONVERSION = 8

cdef int64_t NOT_THERE = -1
cdef int64_t NEVER = (<int64_t> 1) << 62


cdef inline uint32_t reversed_weight(uint32_t word) noexcept nogil:
    """Four weights as the Omnibus carries them: their low five bits are reversed."""
    cdef uint32_t four = <uint32_t> 0x01010101
    return word & 0xe4 * four | (word >> 4 & four) | (word & four) << 4 | (word >> 2 & 2 * four) | (word & 2 * four) << 2


cdef inline int byte_at(const Vector* v, int k) noexcept nogil:
    """Byte k of a vector, that with the k-th lowest address in memory."""
    return v.words[k >> 2] >> (24 - 8 * (k & 3)) & 0xff


cdef class VectorIO:
    """Vector IO of both processors."""

    def __init__(self, Registers registers, Analog analog, EventNetwork network):
        cdef int i
        self.registers, self.analog, self.network = registers, analog, network
        for i in range(256):
            self.taps[i] = TAPS[i]
        self.power_up()

    def power_up(self):
        """States of the random generators after power-up."""
        cdef int h, i
        for h in range(2):
            for i in range(256):
                self.random[h][i] = i + 1

    def copy_from(self, VectorIO other):
        """Take over the states of the random generators."""
        memcpy(self.random, other.random, sizeof(self.random))
        self.sendable = other.sendable

    cdef int settle(self, int64_t tick) except -1 nogil:
        self.network.frozen = False
        return self.network.settle(tick, self.sendable)

    cdef int64_t read(self, int hemisphere, uint32_t address, int64_t tick, Vector* to) except -2 nogil:
        """Read a vector: the cycle at which it is there, -1 if there is nothing."""
        cdef int region = address >> 16 & 0xf, place = (address & 0xffff) >> 1, parity = address & 1
        cdef uint32_t base = RAW_SYNAPSES + <uint32_t> 0x01000000 * hemisphere + 32 * parity, word
        cdef int i, column, channel, k
        cdef uint8_t* codes
        if region == WEIGHTS or region == LABELS or region == WEIGHT_CALIB or region == LABEL_CALIB:
            if place > ROWS:
                return NOT_THERE
            base += 64 * (2 * place + (region == LABELS or region == LABEL_CALIB))
            for i in range(VECTOR_WORDS):
                word = self.registers.get(base + i)
                if region == WEIGHTS:
                    word = reversed_weight(word)
                to.words[i] = word & <uint32_t> 0x3f3f3f3f if region == WEIGHTS or region == LABELS else (
                    word >> 6 & <uint32_t> 0x03030303)
            return tick + ACCESS
        if region == RAW:
            if place >= RAW_ROWS:
                return NOT_THERE
            for i in range(VECTOR_WORDS):
                to.words[i] = self.registers.get(base + 64 * place + i)
            return tick + ACCESS
        if region == CAUSAL or region == ACAUSAL:
            if place > ROWS:
                return NOT_THERE
            if not address >> 21 & 1:
                if self.registers.get(CORRELATION_RESETS + <uint32_t> 0x01000000 * hemisphere) & 1:
                    return NOT_THERE  # with auto-calibrating resets a conversion never ends
                self.network.frozen = False
                self.network.settle_about(tick, self.sendable)
                self.analog.convert(hemisphere, place, tick)
            channel = region == ACAUSAL
            codes = &self.analog.codes[hemisphere][channel][parity]
            for i in range(VECTOR_WORDS):
                to.words[i] = (<uint32_t> codes[0] << 24) | (<uint32_t> codes[2] << 16) | (<uint32_t> codes[4] << 8) | codes[6]
                codes += 8
            return max(tick + ACCESS, self.analog.cadc_busy[hemisphere] + AFTER_CONVERSION)
        if region == RANDOM and place == 0:
            for i in range(VECTOR_WORDS):
                word = 0
                for k in range(4):
                    column = 2 * (4 * i + k) + parity
                    word = word << 8 | self.random[hemisphere][column] & 0xff
                    self.random[hemisphere][column] = self.random[hemisphere][column] >> 1 ^ (
                        self.taps[column] if self.random[hemisphere][column] & 1 else 0)
                to.words[i] = word
            return tick + ACCESS
        return NOT_THERE

    cdef int64_t write(self, int hemisphere, uint32_t address, int64_t tick, const Vector* values,
                       const Vector* enabled) except -2 nogil:
        """Write the enabled bytes of a vector: the cycle at which that is done, -1 if there is nothing."""
        cdef int region = address >> 16 & 0xf, place = (address & 0xffff) >> 1, parity = address & 1
        cdef int i, k
        cdef Vector some
        if region == WEIGHTS or region == LABELS or region == WEIGHT_CALIB or region == LABEL_CALIB:
            if place > ROWS:
                return NOT_THERE
            i = 2 * place + (region == LABELS or region == LABEL_CALIB)
            if region == WEIGHTS or region == LABELS:
                self.change_row(hemisphere, i, parity, tick, values, enabled, <uint32_t> 0x3f3f3f3f, 0, region == WEIGHTS)
            else:
                self.change_row(hemisphere, i, parity, tick, values, enabled, <uint32_t> 0xc0c0c0c0, 6, False)
        elif region == RAW and place < RAW_ROWS:
            self.change_row(hemisphere, place, parity, tick, values, enabled, <uint32_t> 0xffffffff, 0, False)
        elif region == CAUSAL and place < ROWS:
            self.settle(tick)
            self.reset_correlation(hemisphere, place, parity, values, enabled)
        elif region == CAUSAL and place == ROWS:
            for i in range(VECTOR_WORDS):
                some.words[i] = (values.words[i] >> 1 & <uint32_t> 0x01010101) * 0xff & enabled.words[i]
            self.settle(tick)
            self.reset_neurons(hemisphere, parity, &some)
        elif region == RESET and place < ROWS:
            for i in range(VECTOR_WORDS):
                some.words[i] = <uint32_t> 0x03030303
            self.settle(tick)
            self.reset_correlation(hemisphere, place, parity, &some, enabled)
        elif region == RESET and place == ROWS:
            self.settle(tick)
            self.reset_neurons(hemisphere, parity, enabled)
        elif region == RANDOM and place == 0:
            for k in range(VECTOR_BYTES):
                if byte_at(enabled, k):
                    self.random[hemisphere][2 * k + parity] = byte_at(values, k)
        else:
            return NOT_THERE
        return tick + ACCESS

    cdef int change_row(self, int hemisphere, int place, int parity, int64_t tick, const Vector* values,
                        const Vector* enabled, uint32_t mask, int shift, bint permuted) except -1 nogil:
        """Change bits of a row of the synapse memory; what depends on them is derived when time moves on."""
        cdef uint32_t address = RAW_SYNAPSES + <uint32_t> 0x01000000 * hemisphere + 64 * place + 32 * parity
        cdef uint32_t word, change, changed = 0
        cdef int i
        for i in range(VECTOR_WORDS):
            word = values.words[i] << shift
            if permuted:
                word = reversed_weight(word)
            change = (word ^ self.registers.get(address + i)) & mask & enabled.words[i]
            if change and not changed and not self.analog.dirty:
                if self.analog.core.count or self.analog.collect_at != NEVER:
                    self.settle(tick)
                self.analog.note()
            changed |= change
            if change:
                self.registers.put(address + i, self.registers.get(address + i) ^ change)
        if not changed:
            return 0
        self.analog.dirty = True
        if place >= 2 * ROWS:
            if place <= 2 * ROWS + 1 and not changed & ~(<uint32_t> 0x01010101 * <uint32_t> CHANNEL_SWITCHES):
                self.analog.cadc_dirty = True
            else:
                for i in range(VECTOR_WORDS):
                    self.analog.touch(address + i, self.registers.get(address + i), tick)
        else:
            self.analog.row_dirty[hemisphere][place >> 1] = True
            if changed & <uint32_t> 0xc0c0c0c0:
                self.analog.sensors.outdated = True
        return 0

    cdef int reset_correlation(self, int hemisphere, int row, int parity, const Vector* values,
                               const Vector* enabled) except -1 nogil:
        """Reset sensors: bit 0 of a value is the causal one of its column, bit 1 the acausal one."""
        cdef int branch, k
        cdef uint8_t chosen[2][128]
        for k in range(VECTOR_BYTES):
            for branch in range(2):
                chosen[branch][k] = byte_at(enabled, k) and byte_at(values, k) >> branch & 1
        with gil:
            marks = np.asarray(<uint8_t[:2, :128]> &chosen[0][0])
            if np.array_equal(marks[0], marks[1]):
                if marks[0].any():
                    self.analog.reset_sensors(hemisphere, row, 2 * np.flatnonzero(marks[0]) + parity)
            else:
                for branch in range(2):
                    if marks[branch].any():
                        self.analog.reset_sensors(
                            hemisphere, row, 2 * np.flatnonzero(marks[branch]) + parity, (branch,))
        return 0

    cdef int reset_neurons(self, int hemisphere, int parity, const Vector* enabled) except -1 nogil:
        """Make neurons fire."""
        cdef int k
        for k in range(VECTOR_BYTES):
            if byte_at(enabled, k):
                self.analog.core.force(256 * hemisphere + 2 * k + parity)
        return self.network.collect()

