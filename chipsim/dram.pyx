# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""DRAM of the FPGA: 256 MiB, of which the host only holds pages that were written."""

from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy


cdef class SparseMemory:
    """Words that are zero until they are written; places are taken modulo the size."""

    def __dealloc__(self):
        self.clear()

    cdef void clear(self) noexcept nogil:
        cdef int i
        for i in range(WORDS // PAGE_WORDS):
            free(self.pages[i])
            self.pages[i] = NULL

    def copy_from(self, SparseMemory other):
        """Take over the contents of another memory."""
        cdef int i
        for i in range(WORDS // PAGE_WORDS):
            if other.pages[i] != NULL:
                memcpy(self.page(i), other.pages[i], PAGE_WORDS * sizeof(uint32_t))
            elif self.pages[i] != NULL:
                free(self.pages[i])
                self.pages[i] = NULL

    cdef uint32_t* page(self, int i) except NULL nogil:
        """A page, which is made if it does not exist."""
        if self.pages[i] == NULL:
            self.pages[i] = <uint32_t*> calloc(PAGE_WORDS, sizeof(uint32_t))
            if self.pages[i] == NULL:
                with gil:
                    raise MemoryError("no memory left for the DRAM of the board")
        return self.pages[i]

    cdef uint32_t read(self, uint32_t place) noexcept nogil:
        cdef uint32_t* page = self.pages[place % WORDS // PAGE_WORDS]
        return 0 if page == NULL else page[place % PAGE_WORDS]

    cdef int write(self, uint32_t place, uint32_t word, int enables) except -1 nogil:
        """Write the bytes of a word that are enabled."""
        cdef uint32_t mask = 0
        cdef uint32_t* cell
        cdef int k
        for k in range(4):
            if enables >> k & 1:
                mask |= <uint32_t> 0xff << 8 * k
        if word & mask or self.pages[place % WORDS // PAGE_WORDS] != NULL:
            cell = self.page(place % WORDS // PAGE_WORDS) + place % PAGE_WORDS
            cell[0] = cell[0] & ~mask | word & mask
        return 0
