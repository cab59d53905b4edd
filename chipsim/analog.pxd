# The analog part of the chip and its registers.

from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from chipsim.core cimport Core
from chipsim.recorder cimport EventTap
from chipsim.registers cimport Registers
from chipsim.sensors cimport Sensors


cdef struct Driver:
    # Synapse driver, see chipsim.synapse_driver.
    uint8_t mode
    uint8_t forwards         # all label bits, not only the highest
    float full               # ns
    float utilization
    float recovery_rate      # 1/us
    float v_charge
    float v_recover
    float p0                 # pulse with short-term plasticity: p0 - p1 V
    float p1
    float h0                 # pulse of an activation: h0 + h1 a
    float h1
    float modulation         # 0 recovered ... 1 charged
    int64_t last             # tick of the last event


cdef class Analog:
    cdef Registers registers
    cdef readonly Core core
    cdef readonly EventTap tap
    cdef readonly object die
    cdef readonly object parameters
    cdef readonly object front      # see chipsim.frontend
    cdef readonly Sensors sensors
    cdef readonly int64_t collect_at  # tick at which to collect samples of the membrane ADC, NEVER if it is off
    cdef readonly bint readout_dirty
    cdef object shorted             # columns of each hemisphere that share a readout line
    cdef object extra               # circuits that are simulated on request
    cdef uint16_t shadow[4][4160]   # codes that the CapMem cells hold
    cdef readonly bint real_cells
    cdef object capmem              # see chipsim.capmem, None for ideal cells
    cdef uint16_t[:, ::1] written   # codes that they shall have, unless ideal
    cdef int64_t[:, ::1] written_at  # refresh cycles, -1 for codes that have been there before
    cdef bint cells_dirty           # they have got other codes
    cdef readonly int64_t renew_at  # tick at which the cells move, NEVER if they stay
    cdef bint dirty                 # anything below
    cdef bint neurons_dirty, drivers_dirty, cadc_dirty
    cdef uint8_t row_dirty[2][256]
    cdef readonly object stimuli    # what acts on circuits from outside, see chipsim.stimulus; None if nothing does
    cdef bint wiring_dirty          # the readout chain, or what the board drives at the pads
    cdef uint32_t debug_seen[2][64]  # switches of synaptic lines to debug lines that have been closed in this burst
    cdef Driver drivers[2][128]
    cdef uint8_t weight_of[64]
    cdef float cadc_start[2][2]
    cdef float cadc_per_volt[2][2]
    cdef float[:, :, ::1] cadc_offset
    cdef float[:, :, ::1] cadc_gain
    cdef int16_t[:, :, ::1] cadc_digital
    cdef uint8_t cadc_source[2][2][256]
    cdef float cadc_takes[2][2][256]  # 1 where a channel is connected to a readout that is on
    cdef uint8_t other_signals[2]   # a readout that shows something else than a membrane
    cdef uint8_t cadc_special[2]    # other sources than a neuron alone
    cdef uint8_t codes[2][2][256]
    cdef int64_t cadc_busy[2]
    cdef float readout_offset[512]
    cdef uint8_t readout_source[512]
    cdef uint8_t readout_enabled[512]
    cdef float adapt_reference[512]
    cdef uint64_t conversions
    cdef uint32_t common_backend[2][2]  # settings of the back ends as they were written
    cdef readonly uint64_t noise_seed
    cdef readonly bint noise

    cdef bint touch(self, uint32_t address, uint32_t word, int64_t tick) noexcept nogil
    cdef bint only_holds(self, uint32_t address, uint32_t word) noexcept nogil
    cdef int refresh(self) except -1 nogil
    cdef int settle(self, int64_t tick) except -1 nogil
    cdef int receive(self, int hemisphere, int driver, uint32_t label, int64_t tick) except -1 nogil
    cdef void load_row(self, int hemisphere, int row) noexcept nogil
    cdef float signal(self, int circuit) noexcept nogil
    cdef int convert(self, int hemisphere, int row, int64_t tick) except -1 nogil
    cdef int add_special(self, int hemisphere, int row, float[:, ::1] volts) except -1
    cdef int note(self) except -1 nogil
    cdef int renew(self) except -1 nogil
    cdef int collect(self) except -1 nogil
    cdef uint32_t cadc_word(self, uint32_t address) noexcept nogil
