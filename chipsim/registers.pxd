# cython: boundscheck=False, wraparound=False
# Register words of board and chip for Cython code.

from libc.stdint cimport int32_t, uint8_t, uint32_t

cdef enum:
    # Access, see chipsim.register_table.
    NO_REGISTER = 0
    MEMORY = 1
    STATUS = 2
    SYNAPSE_VIEW = 3
    TIMER = 4
    BACKGROUND_CONTROL = 5
    NEURON_RESET = 6
    COUNTER_RESET = 7
    PADI_EVENT = 8
    DEVICE = 9
    TRIGGER = 10
    SYSTIME_READ = 11
    CADC_SAMPLE = 12
    NEURON_RESET_QUAD = 13
    MONITOR = 14
    SWITCH = 15
    DRAM = 16

cdef enum:
    # Registers that board and chip look at themselves.
    SYSTIME_BASE = 0x00000000
    PHY_CHIP = 0x00040000
    PLL = 0x00080000
    SELF_TEST = 0x00080005
    CROSSBAR = 0x00130000
    BACKGROUND = 0x00130001
    NODES = 0x00130019
    DROPS = 0x00130065
    COUNTS = 0x00130079
    BACKEND = 0x001a1000
    COUNTERS = 0x00122800

cdef uint32_t EVENT_RECORDING
cdef uint32_t POLL_ADDRESS
cdef uint32_t INSTRUCTION_TIMEOUT
cdef uint32_t PHY_FPGA
cdef uint32_t SYSTIME_UNIT
cdef uint32_t ARQ_COUNTS
cdef uint32_t PERF_TEST
cdef uint32_t EXTERNAL_DRAM
cdef uint32_t FPGA_SIDE


cdef class Registers:
    cdef int32_t[::1] page_of
    cdef uint32_t[:, ::1] words
    cdef uint32_t[:, ::1] masks
    cdef uint8_t[:, ::1] access

    cdef int access_of(self, uint32_t address) noexcept nogil
    cdef void write(self, uint32_t address, uint32_t word, uint32_t mask) noexcept nogil
    cdef uint32_t mask_of(self, uint32_t address, int enables) noexcept nogil
    cdef uint32_t* block(self, uint32_t address, Py_ssize_t count) except NULL
    cdef uint32_t read_view(self, uint32_t address) noexcept nogil
    cdef void write_view(self, uint32_t address, uint32_t word, uint32_t mask) noexcept nogil

    cdef inline uint32_t get(self, uint32_t address) noexcept nogil:
        return self.words[self.page_of[address >> 12], address & 0xfff]

    cdef inline void put(self, uint32_t address, uint32_t word) noexcept nogil:
        self.words[self.page_of[address >> 12], address & 0xfff] = word


cdef uint32_t raw_address(uint32_t address) noexcept nogil
