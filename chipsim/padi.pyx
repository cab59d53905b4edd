# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""PADI buses: events on their way to the synapse drivers, and the bypass that turns them into spikes.

Without the analog part an event ends in the synapses, but for neurons in bypass mode: these fire at once when an event
brings enough charge, whatever their membrane does.
"""

from libc.stdint cimport int16_t, int64_t, uint32_t

from chipsim.analog cimport Analog
from chipsim.registers cimport Registers
from chipsim.responses cimport Queue

from chipsim import timing
from haldls.codec import WEIGHT
from haldls.synapse_driver import SYNAPSE_DRIVERS

cdef int64_t BYPASS_DELAY = timing.BYPASS_DELAY
cdef uint32_t BYPASS_CHARGE = timing.BYPASS_CHARGE

cdef enum:
    DRIVERS = 0x00110400  # top; the bottom hemisphere is 0x8000 further on
    NEURONS = 0x00160000  # quadrant stride 0x8000, slots of eight words, the first two unused
    RAW_SYNAPSES = 0x02cf0000
    SWITCH_ROW = 512

assert SYNAPSE_DRIVERS == (DRIVERS, DRIVERS + 0x8000), "the synapse drivers are somewhere else"


cdef class PADIBuses:
    """Synapse drivers, synapses and bypass circuits behind the eight buses; the settings are the registers."""

    def __init__(self, Registers registers, Analog analog):
        self.registers, self.analog = registers, analog
        self.fired = Queue()
        self.outdated = True
        for stored in range(64):
            self.weight_of[stored] = WEIGHT.decode(stored)

    cdef int receive(self, int bus, uint32_t row_select, uint32_t label, int64_t tick) except -1 nogil:
        """An event on a bus (0..3 top, 4..7 bottom), at a chip cycle of 4 ns."""
        cdef int i
        if self.outdated:
            self.list_listeners()
        for i in range(self.listeners[bus][row_select]):
            if self.n_bypassed[bus >> 2]:
                self.drive(bus >> 2, self.listener[bus][row_select][i], label, tick)
            self.analog.receive(bus >> 2, self.listener[bus][row_select][i], label, tick)
        return 0

    cdef void list_listeners(self) noexcept nogil:
        """Find out who accepts what; the lists hold until drivers or neurons are configured again."""
        cdef int bus, position, hemisphere, column, driver
        cdef uint32_t row_select, word, mask
        for bus in range(8):
            for row_select in range(32):
                self.listeners[bus][row_select] = 0
            for position in range(32):
                driver = 4 * position + (bus & 3)
                word = self.registers.get(DRIVERS + 0x8000 * (bus >> 2) + 4 * driver)
                mask = word >> 9 & 31
                for row_select in range(32):
                    if word >> 15 & 1 and (row_select & mask) == (position & mask):
                        self.listener[bus][row_select][self.listeners[bus][row_select]] = driver
                        self.listeners[bus][row_select] += 1
        for hemisphere in range(2):
            self.n_bypassed[hemisphere] = 0
            for column in range(256):
                word = self.registers.get(NEURONS + 0x10000 * hemisphere + 0x8000 * (column >> 7) + 8 * (column & 127) + 6)
                if word & 0xc0:
                    self.bypassed[hemisphere][self.n_bypassed[hemisphere]] = column
                    self.n_bypassed[hemisphere] += 1
        self.outdated = False
        self.listed += 1

    cdef int drive(self, int hemisphere, int driver, uint32_t label, int64_t tick) except -1 nogil:
        """Both rows of a driver get an event; neurons in bypass mode fire if it is enough for them."""
        cdef uint32_t base = RAW_SYNAPSES + 0x01000000 * hemisphere
        cdef uint32_t settings = DRIVERS + 0x8000 * hemisphere + 4 * driver
        cdef uint32_t modes = self.registers.get(settings + 1) >> 4, switches, bypass, charge
        cdef uint32_t excitatory, inhibitory
        cdef int i, column, row
        if self.registers.get(settings) >> 14 & 1:
            label &= 0x20  # without address forwarding only the highest label bit reaches the synapses
        for i in range(self.n_bypassed[hemisphere]):
            column = self.bypassed[hemisphere][i]
            excitatory = inhibitory = 0
            for row in range(2):
                charge = self.charge(base, 2 * driver + row, column, label)
                # Bits 0 and 1: bottom and top row excitatory, bits 2 and 3 inhibitory.
                excitatory += charge * (modes >> row & 1)
                inhibitory += charge * (modes >> (2 + row) & 1)
            switches = self.registers.get(base + 64 * SWITCH_ROW + quad_of(column)) >> shift_of(column) >> 6
            bypass = self.registers.get(NEURONS + 0x10000 * hemisphere + 0x8000 * (column >> 7) + 8 * (column & 127) + 6)
            if (bypass >> 7 & switches & 1 and excitatory >= BYPASS_CHARGE) or (
                bypass >> 6 & switches >> 1 & 1 and inhibitory >= BYPASS_CHARGE
            ):
                self.fired.put(tick + BYPASS_DELAY, 0, (column >> 7) << 8 | hemisphere << 7 | column & 127)
        return 0

    cdef uint32_t charge(self, uint32_t base, int row, int column, uint32_t label) noexcept nogil:
        """Weight of a synapse if it has the label, else 0."""
        cdef uint32_t weights = base + 128 * row + quad_of(column)
        cdef int shift = shift_of(column)
        if (self.registers.get(weights + 64) >> shift & 0x3f) != label:
            return 0
        return self.weight_of[self.registers.get(weights) >> shift & 0x3f]


cdef inline int quad_of(int column) noexcept nogil:
    """Even columns are in quads 0..31, odd ones in 32..63."""
    return (column & 1) * 32 + (column >> 3)


cdef inline int shift_of(int column) noexcept nogil:
    """Lowest bit of the byte of a column in the word of its quad; entry 0 is the most significant byte."""
    return 24 - 8 * (column >> 1 & 3)
