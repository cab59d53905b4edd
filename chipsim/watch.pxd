# What looks after a long run, for Cython code.

from libc.stdint cimport int64_t

cdef enum:
    # Work of a piece of the simulation; a look follows on LOOK_AFTER of it.
    EVENT = 1
    CORE_STEP = 256
    REFRESH = 4096
    LOOK_AFTER = 65536


cdef class Watch:
    cdef int64_t done
    cdef object report
    cdef double due

    cdef int look(self) except -1 nogil

    cdef inline int work(self, int amount) except -1 nogil:
        """Some work has been done; now and then this looks for signals and reports."""
        self.done += amount
        if self.done < LOOK_AFTER:
            return 0
        return self.look()
