# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Serial spike interface of the FPGA: events of the chip become serial addresses, and these events for the chip.

Nothing is connected to the serial lines of the board, so that only the loopback inside the FPGA has an effect.
"""

from libc.stdint cimport int64_t, uint32_t

from chipsim.responses cimport SPIKE

from chipsim import timing

cdef uint32_t OUTPUT_ROUTES = 0x88020000u
cdef uint32_t INPUT_ROUTES = 0x88030000u
cdef uint32_t CONFIG = 0x88038000u
cdef uint32_t SILENT_OUTPUT = 0xff
cdef uint32_t SILENT_INPUT = 0xffff
cdef int64_t LINK = timing.LINK_LATENCY
cdef int64_t FRAME_BITS = timing.SERIAL_FRAME_BITS
cdef int64_t QUEUE = timing.SERIAL_QUEUE
cdef int64_t NEVER = (<int64_t> 1) << 62


cdef class SpikeIO:
    """State of the interface; the settings are the registers."""

    def __init__(self, Registers registers):
        self.registers = registers
        self.power_up()

    def power_up(self):
        """Nothing on its way."""
        self.queue, self.next, self.busy_until = Queue(), NEVER, 0
        self.read_settings()

    def copy_from(self, SpikeIO other):
        """Take over what is on its way."""
        self.queue.copy_from(other.queue)
        self.next, self.busy_until = other.next, other.busy_until
        self.read_settings()

    cdef void read_settings(self) noexcept nogil:
        cdef uint32_t word = self.registers.get(CONFIG)
        self.on = (word >> 16 & 7) == 7  # output, input, loopback
        self.cycles = FRAME_BITS * max(word & 0xffff, 1)

    cdef int transmit(self, uint32_t label, int64_t tick) except -1 nogil:
        """An event leaves the chip at a chip cycle; if both tables have an entry for it, it will come back."""
        cdef uint32_t address = self.registers.get(OUTPUT_ROUTES + label)
        cdef int64_t at_fpga = tick // 2 + LINK, start = max(at_fpga, self.busy_until)
        if address == SILENT_OUTPUT or start - at_fpga > QUEUE * self.cycles:
            return 0
        self.busy_until = start + self.cycles
        label = self.registers.get(INPUT_ROUTES + address)
        if label != SILENT_INPUT:
            self.queue.put(2 * (self.busy_until + LINK), SPIKE, label)
            self.next = self.queue.begin().time
        return 0

    cdef uint32_t take(self) noexcept nogil:
        """Label of the event that reaches the chip at `next`."""
        cdef uint32_t label = <uint32_t> self.queue.begin().payload
        self.queue.first += 1
        self.next = self.queue.begin().time if self.queue.count() else NEVER
        return label
