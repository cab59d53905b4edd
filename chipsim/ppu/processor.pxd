# cython: boundscheck=False, wraparound=False
# Plasticity processors, for Cython code. See core.h.

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from chipsim.dram cimport SparseMemory
from chipsim.registers cimport Registers


cdef extern from "core.h" nogil:
    enum:
        PPU_SRAM_WORDS
        PPU_EXTERNAL_WORDS
        VECTOR_WORDS
        VECTOR_BYTES
        READ_EXTERNAL
        PPU_TIME
        PPU_REQUEST
        PPU_ASLEEP
        PPU_HALTED
        PPU_LEFT
        PPU_STEPS
        REPORT_STUCK
        N_REPORTS
        REQUEST_READ
        REQUEST_WRITE
        REQUEST_VECTOR_LOAD
        REQUEST_VECTOR_STORE
        REQUEST_IN
        REQUEST_OUT
        UNIT_MEMORY
        UNIT_IO

    ctypedef union Vector:
        uint32_t words[32]
        uint16_t halves[64]
        uint8_t bytes[128]

    ctypedef union Accumulator:
        uint32_t words[64]
        uint16_t halves[128]

    ctypedef struct Request:
        int kind
        uint32_t address
        uint32_t value
        int bytes
        int vector
        int condition

    ctypedef struct CReport "Report":
        uint64_t count
        uint32_t pc
        uint32_t address
        uint32_t word
        int64_t tick
        int told

    ctypedef struct Step:
        int64_t tick
        uint32_t pc
        uint32_t word

    ctypedef struct ProfileEntry:
        uint32_t pc
        uint32_t count
        uint64_t cycles
        uint64_t stalls

    ctypedef struct Ppu:
        uint32_t gpr[33]
        uint32_t lr, ctr, msr, pc
        uint8_t cr[8]
        uint8_t so, ov, ca
        uint32_t srr0, srr1, esr, decar, tcr, tsr
        int64_t time_zero, dec_at, timers_at
        Vector vr[32]
        Accumulator acc
        Vector flags[4]
        int64_t tick
        int64_t unit_free[5]
        int64_t vector_ready[32]
        int64_t stalled
        uint8_t running, waiting, asleep, halted
        Request request
        CReport reports[7]
        uint32_t *sram
        uint32_t *external
        uint32_t **dram
        int strict
        uint64_t steps_left
        uint8_t stepping
        Step *steps
        uint64_t n_steps, max_steps
        ProfileEntry *profile
        uint32_t profile_size

    uint8_t ppu_primary[64]
    uint8_t ppu_extended19[1024]
    uint8_t ppu_extended31[1024]
    uint8_t ppu_vector[512]
    const char *ppu_instruction_names[]
    int ppu_instruction_count

    void ppu_init(Ppu *p)
    void ppu_free(Ppu *p)
    int ppu_copy(Ppu *p, const Ppu *other)
    void ppu_reset(Ppu *p, int64_t tick)
    int ppu_run(Ppu *p, int64_t until)
    int ppu_answer(Ppu *p, uint32_t value)
    void ppu_finish(Ppu *p)
    void ppu_unanswered(Ppu *p)
    void ppu_invalidate(Ppu *p, uint32_t word)
    void ppu_forget(Ppu *p)
    void ppu_sleep_through(Ppu *p, int64_t tick)
    uint32_t ppu_dec(Ppu *p)
    void ppu_update_timers(Ppu *p)
    int64_t ppu_wake_at(const Ppu *p)
    int ppu_give(Ppu *p, const uint32_t *words, uint32_t count, uint32_t at)
    void ppu_report(Ppu *p, int cause, uint32_t pc, uint32_t address, uint32_t word)
    int ppu_profile(Ppu *p, int on)
    void ppu_profile_end(Ppu *p)


cdef class Processor:
    cdef Ppu core
    cdef readonly object number
    cdef object keep                # memories
    cdef object given
    cdef readonly object symbols


cdef class Processors:
    cdef readonly Processor top
    cdef readonly Processor bottom
    cdef Ppu* cores[2]
    cdef Registers registers
    cdef bint busy                  # somebody does something by himself
    cdef int64_t reached            # cycle up to which they have run

    cdef int run(self, int64_t until) noexcept nogil
    cdef void control(self, int number, uint32_t word, int64_t tick) noexcept nogil
    cdef void power_up(self, int64_t tick) noexcept nogil
    cdef void written(self, int number, uint32_t word) noexcept nogil
    cdef void answer(self, int number, uint32_t value, int64_t tick) noexcept nogil
    cdef void finish(self, int number) noexcept nogil
    cdef void unanswered(self, int number) noexcept nogil
    cdef void note_timeout(self) noexcept nogil
    cdef void look(self) noexcept nogil
