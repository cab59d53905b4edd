# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Register words of board and chip: pages of words with the bits that exist and what an access does."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from functools import cache

import numpy as np

from chipsim.register_table import register_table, Access
from haldls.synapse import SYNAPSES

EVENT_RECORDING = 0x88000005u
POLL_ADDRESS = 0x88000006u
INSTRUCTION_TIMEOUT = 0x88000009u
PHY_FPGA = 0x88004000u
SYSTIME_UNIT = 0x88002000u
ARQ_COUNTS = 0x8800c010u
PERF_TEST = 0x88008000u
EXTERNAL_DRAM = 0x84000000u
FPGA_SIDE = 0x80000000u

# FPGA registers that are not zero after power-up: address, number of words, value.
_FPGA_POWER_UP = (
    (0x88000009, 1, 1250000),  # instruction time-out: 10 ms
    (0x88002000, 1, 3),  # attempts of the system-time synchronisation
    (0x88000003, 1, 0x155AA55),  # device DNA, high and low word
    (0x88000004, 1, 0x12345678),
    (0x88030000, 256, 0xFFFF),  # serial spike interface: everything is discarded
    (0x88020000, 65536, 0xFF),
)
_PPU_STATUS = (0x02A00001, 0x03A00001)

assert {a.name: int(a) for a in Access} == {
    "NONE": NO_REGISTER, "MEMORY": MEMORY, "STATUS": STATUS, "SYNAPSE_VIEW": SYNAPSE_VIEW, "TIMER": TIMER,
    "BACKGROUND_CONTROL": BACKGROUND_CONTROL, "NEURON_RESET": NEURON_RESET, "COUNTER_RESET": COUNTER_RESET,
    "PADI_EVENT": PADI_EVENT, "DEVICE": DEVICE, "TRIGGER": TRIGGER, "SYSTIME": SYSTIME_READ,
    "CADC": CADC_SAMPLE, "NEURON_RESET_QUAD": NEURON_RESET_QUAD, "MONITOR": MONITOR, "SWITCH": SWITCH, "DRAM": DRAM,
}, "the accesses of the register table have other numbers"
assert SYNAPSES == (0x02C00000, 0x03C00000), "the synapse views are somewhere else"


@cache
def _fpga_power_up():
    """Words of all registers when the board is switched on, those of the chip zero: (pages, 4096) of uint32."""
    table = register_table()
    words = np.zeros(table.masks.shape, dtype=np.uint32)
    for first, count, value in _FPGA_POWER_UP:
        addresses = np.arange(first, first + count)
        words[np.asarray(table.page_of)[addresses >> 12], addresses & 0xfff] = value
    return words


cdef class Registers:
    """Words of all registers, see `chipsim.register_table`."""

    def __init__(self):
        table = register_table()
        self.page_of, self.masks, self.access = table.page_of, table.masks, table.access
        self.words = _fpga_power_up().copy()
        self.power_up_chip()

    def copy_from(self, Registers other):
        """Take over the words of other registers."""
        self.words[:] = other.words

    def power_up_chip(self):
        """All chip registers at their power-up values: zeros, which let every event pass the crossbar."""
        chip_pages = np.asarray(self.page_of)[: 1 << 19]
        np.asarray(self.words)[chip_pages[chip_pages >= 0]] = 0
        for address in _PPU_STATUS:
            self.put(address, 1)

    cdef int access_of(self, uint32_t address) noexcept nogil:
        """What an access to an address does."""
        if self.page_of[address >> 12] < 0:
            return NO_REGISTER
        return self.access[self.page_of[address >> 12], address & 0xfff]

    cdef uint32_t mask_of(self, uint32_t address, int enables) noexcept nogil:
        """Bits that exist in a register, of the bytes that are enabled."""
        cdef uint32_t mask = 0
        cdef int k
        for k in range(4):
            if enables >> k & 1:
                mask |= <uint32_t> 0xff << 8 * k
        return mask & self.masks[self.page_of[address >> 12], address & 0xfff]

    cdef void write(self, uint32_t address, uint32_t word, uint32_t mask) noexcept nogil:
        """Change the bits of a register that `mask` has."""
        self.put(address, self.get(address) & ~mask | word & mask)

    cdef uint32_t* block(self, uint32_t address, Py_ssize_t count) except NULL:
        """Words of a memory that begins at a page; they stay where they are."""
        cdef Py_ssize_t i
        assert address & 0xfff == 0
        for i in range(0, count, 4096):
            assert self.page_of[(address + i) >> 12] == self.page_of[address >> 12] + i // 4096, "not one piece"
        return &self.words[self.page_of[address >> 12], 0]

    cdef uint32_t read_view(self, uint32_t address) noexcept nogil:
        """Bits of the synapse memory through one of its narrow views."""
        cdef int shift = view_shift(address)
        return self.get(raw_address(address)) >> shift & (0x03030303 if shift else 0x3f3f3f3f)

    cdef void write_view(self, uint32_t address, uint32_t word, uint32_t mask) noexcept nogil:
        """Write through a narrow view; the other bits of the cells stay."""
        cdef int shift = view_shift(address)
        self.write(raw_address(address), word << shift, mask << shift)


cdef inline int view_shift(uint32_t address) noexcept nogil:
    """The views of the calibration bits show the two upper bits of every byte."""
    cdef uint32_t space = address >> 16 & 0xf
    return 6 if space == 1 or space == 2 else 0


cdef uint32_t raw_address(uint32_t address) noexcept nogil:
    """Word that a view shows: raw row 2r for weights and time calibration, 2r + 1 for labels and amplitude."""
    cdef uint32_t space = address >> 16 & 0xf, row = (address & 0xffff) >> 6
    cdef uint32_t raw_row = 2 * row + (space == 2 or space == 4)
    return (address & 0xff000000u) + 0xcf0000 + (raw_row << 6) + (address & 0x3f)
