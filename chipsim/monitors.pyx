# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Status of the links, test of their speed, self test of the clocks.

All words are worked out when they are read; nothing runs in between.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy

from chipsim.registers cimport ARQ_COUNTS, PERF_TEST, PHY_CHIP, PHY_FPGA, PLL, SELF_TEST

import haldls
from chipsim import timing

cdef enum:
    N_LINKS = 8
    CLOCK_OUTPUTS = 4   # further registers behind that of the first generator
    TEST_STATUS = 7
    FINISHED = 1 << 20
    SUCCESS = 1 << 21
    LARGEST_COUNT = (1 << 20) - 1

cdef int64_t NEVER = (<int64_t> 1) << 62
cdef double REFERENCE = timing.PLL_REFERENCE_CYCLES


cdef class Monitors:
    """What status registers show; the settings are the registers."""

    def __init__(self, Registers registers):
        self.registers = registers
        words = haldls.encode(haldls.ADPLL(), haldls.ADPLL.coordinate_type(0))[1]
        self.default_clock[0], self.default_clock[1] = int(words[0]), int(words[1])
        self.perf_begin = NEVER
        self.reset_chip(0)

    def copy_from(self, Monitors other):
        """Take over the state of others."""
        self.links, self.counted = other.links, other.counted
        memcpy(self.online_since, other.online_since, sizeof(self.online_since))
        memcpy(self.words, other.words, sizeof(self.words))
        self.test_result, self.test_next, self.test_end = other.test_result, other.test_next, other.test_end
        self.perf_begin, self.perf_words = other.perf_begin, other.perf_words

    cdef void reset_chip(self, int64_t now) noexcept nogil:
        """The chip has been reset."""
        self.test_result = self.test_next = 0
        self.test_end = 0
        self.relink(now)

    cdef void changed(self, uint32_t address, uint32_t old, int64_t now) noexcept nogil:
        """A register that starts or stops something has been written."""
        cdef uint32_t word = self.registers.get(address)
        if address == PERF_TEST:
            if word & ~old & 1:
                self.perf_words = 0
            self.run_perf_test(word & 1 and self.links, now)
        elif address == SELF_TEST:
            if word & ~old & 1:
                if now >= self.test_end:
                    self.test_result = self.test_next
                self.test_next = self.test_clock(word)
                self.test_end = now + <int64_t> (REFERENCE * (4 << (word >> 1 & 0xf)))
        else:
            self.relink(now)

    cdef uint32_t read(self, uint32_t address, int64_t now) noexcept nogil:
        """A status word."""
        cdef int link
        if address == PLL + TEST_STATUS:
            return self.test_next if now >= self.test_end else self.test_result
        if address >= ARQ_COUNTS and address < ARQ_COUNTS + 4:
            # Nothing is sent twice.
            return self.registers.get(ARQ_COUNTS + (3 if address >= ARQ_COUNTS + 2 else 0))
        if address > PERF_TEST and address < PERF_TEST + 4:
            return self.perf_words + <uint32_t> (max(now - self.perf_begin, 0) if self.perf_begin != NEVER else 0)
        if address >= ARQ_COUNTS - 2 * N_LINKS and address < ARQ_COUNTS:
            link = (address & 0xf) >> 1
            return self.words[link] + (self.share(link) if self.links >> link & 1 else 0)
        link = (address & 0xff) - 0xc
        if 0 <= link < N_LINKS and self.links >> link & 1:
            return <uint32_t> (now - self.online_since[link])
        return 0  # errors

    # -- links -------------------------------------------------------------------------------------------------

    cdef void relink(self, int64_t now) noexcept nogil:
        """Find out which links are on: the chip has them in reversed order."""
        cdef uint32_t chip = self.registers.get(PHY_CHIP), fpga = self.registers.get(PHY_FPGA), links = 0
        cdef int i
        for i in range(N_LINKS):
            links |= (fpga >> i & chip >> (N_LINKS - 1 - i) & 1) << i
        for i in range(N_LINKS):
            if self.links >> i & 1:
                self.words[i] += self.share(i)
            if links & ~self.links & 1 << i:
                self.online_since[i] = now
        self.counted = self.registers.get(ARQ_COUNTS)
        self.links = links
        self.run_perf_test(links and self.registers.get(PERF_TEST) & 1, now)

    cdef uint32_t share(self, int link) noexcept nogil:
        """Words that a link has carried since the links changed: they take turns."""
        cdef uint32_t words = self.registers.get(ARQ_COUNTS) - self.counted
        cdef int i, rank = 0, count = 0
        for i in range(N_LINKS):
            if self.links >> i & 1:
                count += 1
                rank += i < link
        return words // count + (rank < <int> (words % count))

    cdef void run_perf_test(self, bint on, int64_t now) noexcept nogil:
        """Start or stop to send a word per FPGA cycle; all of them arrive."""
        if self.perf_begin != NEVER:
            self.perf_words += <uint32_t> (now - self.perf_begin)
        self.perf_begin = now if on else NEVER

    # -- clocks ------------------------------------------------------------------------------------------------

    cdef uint32_t test_clock(self, uint32_t settings) noexcept nogil:
        """Status word of a self test: cycles of a clock within 2**(p + 2) cycles of the reference."""
        cdef int64_t numerator, denominator, count, expected = settings >> 12
        self.clock(settings >> 5 & 3, &numerator, &denominator)
        count = min((numerator << 2 + (settings >> 1 & 0xf)) // denominator, <int64_t> LARGEST_COUNT)
        if max(count - expected, expected - count) <= <int64_t> (settings >> 8 & 0xf):
            return <uint32_t> count | FINISHED | SUCCESS
        return <uint32_t> count | FINISHED

    cdef void clock(self, int source, int64_t* numerator, int64_t* denominator) noexcept nogil:
        """Frequency of a clock output in units of the reference."""
        cdef uint32_t output = self.registers.get(PLL + CLOCK_OUTPUTS) >> 8 * source
        cdef uint32_t place = PLL + 2 * (output >> 2 & 1), first = self.registers.get(place)
        cdef uint32_t second = self.registers.get(place + 1)
        cdef int select = output >> 3 & 3
        numerator[0], denominator[0] = 0, 1
        if not output & 1:
            return
        if output & 2:
            numerator[0] = 1
            return
        if not second >> 31:
            first, second = self.default_clock[0], self.default_clock[1]
        if not second >> 30 & 1 or second >> 24 & 1:
            return
        numerator[0] = ((first >> 25 & 3) + 1) * (first >> 10 & 0x1f)
        if select == 2:
            denominator[0] = (first >> 29 & 3) + 1
        else:
            denominator[0] = ((first >> 27 & 3) + 1) * max(first >> (20 if select else 15) & 0x1f, 1)
