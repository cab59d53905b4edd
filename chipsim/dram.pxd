# cython: boundscheck=False, wraparound=False
# A large memory of which only the pages that were written exist, for Cython code.

from libc.stdint cimport uint32_t

cdef enum:
    WORDS = 1 << 26    # 256 MiB
    PAGE_WORDS = 4096


cdef class SparseMemory:
    cdef uint32_t* pages[16384]

    cdef void clear(self) noexcept nogil
    cdef uint32_t* page(self, int i) except NULL nogil
    cdef uint32_t read(self, uint32_t place) noexcept nogil
    cdef int write(self, uint32_t place, uint32_t word, int enables) except -1 nogil
