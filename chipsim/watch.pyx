# cython: language_level=3
"""Interrupts and reports of progress during a long run. Whatever either raises ends the program."""

from cpython.exc cimport PyErr_CheckSignals

from time import monotonic

INTERVAL = 0.1
"""Least time between two reports, s."""


cdef class Watch:
    """Looks for signals, and reports if somebody listens."""

    def begin(self, report=None):
        """A run begins; `report` is called from time to time, without arguments."""
        self.report, self.done = report, 0
        self.due = monotonic() + INTERVAL

    def end(self):
        """The run is over."""
        self.report = None

    cdef int look(self) except -1 nogil:
        with gil:
            self.done = 0
            PyErr_CheckSignals()
            if self.report is not None and monotonic() >= self.due:
                self.report()
                self.due = monotonic() + INTERVAL
        return 0
