# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Correlation sensors of a running chip.

Pulses are kept until somebody looks at the sensors or changes what they depend on, and are then applied in order of
time. The law of a pair is that of `chipsim.correlation`.
"""

from libc.math cimport expf
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memmove

import numpy as np

from stadls._buffer cimport grow, release

from chipsim import correlation

cdef enum:
    PRE = 1
    POST = 2
    CAUSAL = 0
    ACAUSAL = 1

assert (PRE, POST, CAUSAL, ACAUSAL) == (correlation.PRE, correlation.POST, correlation.CAUSAL, correlation.ACAUSAL)

LONG_LOG = 1 << 15
"""Pulses that wait at most before they are applied."""
cdef size_t _LONG = LONG_LOG
cdef double TICK_US = 0.004


cdef class Sensors:
    """Sensors of all synapses.

    Parameters
    ----------
    derive : callable
        Gives `CorrelationParameters` as the registers and the board are now.

    Attributes
    ----------
    on : bool
        Whether any pair would leave something.
    state : dict
        Arrays `level`, `last`, `pre_time`, `post_time` as in `CorrelationSensors`, and `labels` (2, 256, 256) of the
        synapses; None until the sensors have been on.
    """

    def __init__(self, derive):
        self.derive = derive
        self.outdated = True

    def __dealloc__(self):
        release(&self.log)

    def power_up(self):
        """Capacitors charged, nothing remembered."""
        self.on = False
        self.log.size = 0
        self.state = None
        self.outdated = True

    def switch(self, bint on):
        """Begin or stop to take notice of pulses; whoever begins gives the labels of all rows."""
        if on:
            self._begin()
        self.on = on

    def _begin(self):
        if self.state is None:
            self._take({
                "level": np.zeros((2, 2, 256, 256), dtype=np.float32), "last": np.zeros((2, 256, 256), dtype=np.uint8),
                "pre_time": np.zeros((2, 256, 256)), "post_time": np.zeros((2, 256)),
                "labels": np.zeros((2, 256, 256), dtype=np.uint8),
            })

    def _take(self, state):
        self.state = state
        self.level, self.last, self.labels = state["level"], state["last"], state["labels"]
        self.pre_time, self.post_time = state["pre_time"], state["post_time"]

    def copy_from(self, Sensors other):
        """Take over the state of other sensors."""
        self.power_up()
        if other.state is not None:
            self._take({name: values.copy() for name, values in other.state.items()})
        self.on = other.on
        self.log.size = 0
        if other.log.size:
            memmove(grow(&self.log, other.log.size), other.log.data, other.log.size)

    @property
    def waiting(self):
        """Pulses that have not been applied yet."""
        return self.log.size // sizeof(Pulse)

    def read(self, int hemisphere, int row):
        """Voltages of a row on the column lines, V, float32 (2, 256): causal and acausal."""
        self._refresh()
        p = self.parameters
        level = np.zeros((2, 256)) if self.state is None else self.state["level"][:, hemisphere, row]
        volts = np.maximum(p.rest - level, correlation.OUTPUT_MIN)
        return np.where(p.output_on[hemisphere], volts, 0).astype(np.float32)

    def reset(self, int hemisphere, int row, columns, targets=None, branches=(CAUSAL, ACAUSAL)):
        """Charge the capacitors of some synapses of a row.

        Parameters
        ----------
        columns : array_like of int
        targets : ndarray, (2, 256), optional
            Voltages that are read afterwards. Default: those of a normal reset.
        """
        if self.state is None and targets is None:
            return
        self._begin()
        self._refresh()
        for branch in branches:
            left = 0 if targets is None else np.maximum(self.parameters.rest - targets[branch, columns], 0)
            self.state["level"][branch, hemisphere, row, columns] = left

    def _refresh(self):
        if self.outdated:
            self.parameters = self.derive()
            self.amplitude, self.rate = self.parameters.amplitude, self.parameters.rate
            self.outdated = False

    # -- pulses ------------------------------------------------------------------------------------------------

    cdef int pre(self, int place, int rows, uint32_t label, int64_t tick, int64_t complete) except -1 nogil:
        """An event at the rows of a driver; all pulses before the tick `complete` are known."""
        cdef Pulse* item
        self.bound(complete)
        item = <Pulse*> grow(&self.log, sizeof(Pulse))
        item.tick, item.place, item.post, item.rows, item.label = <double> tick, place, False, rows, label
        return 0

    cdef int post(self, int circuit, double tick) except -1 nogil:
        """A pulse at the column of a circuit."""
        cdef Pulse* item = <Pulse*> grow(&self.log, sizeof(Pulse))
        item.tick, item.place, item.post = tick, circuit, True
        return 0

    cdef int bound(self, int64_t complete) except -1 nogil:
        """Apply what is known when much of it waits."""
        if self.log.size > _LONG * sizeof(Pulse):
            self.replay(complete)
        return 0

    cdef int replay(self, int64_t until) except -1 nogil:
        """Apply all pulses up to a tick."""
        cdef Pulse* items = <Pulse*> self.log.data
        cdef Pulse item
        cdef size_t count = self.log.size // sizeof(Pulse), i, j, done = 0
        cdef int row
        if count == 0:
            return 0
        for i in range(1, count):
            item = items[i]
            j = i
            while j > 0 and items[j - 1].tick > item.tick:
                items[j] = items[j - 1]
                j -= 1
            items[j] = item
        if self.outdated:
            with gil:
                self._refresh()
        while done < count and items[done].tick <= until:
            item = items[done]
            done += 1
            if item.post:
                self.apply_post(item.place >> 8, item.place & 255, item.tick * TICK_US)
                continue
            for row in range(2):
                if item.rows >> row & 1:
                    self.apply_pre(item.place >> 7, 2 * (item.place & 127) + row, item.label, item.tick * TICK_US)
        memmove(items, items + done, (count - done) * sizeof(Pulse))
        self.log.size = (count - done) * sizeof(Pulse)
        return 0

    cdef void set_labels(self, int hemisphere, int row, const uint8_t* labels) noexcept nogil:
        """Labels of a row in the order of the columns."""
        cdef int column
        for column in range(256):
            self.labels[hemisphere, row, column] = labels[column]

    cdef void apply_pre(self, int hemisphere, int row, int label, double time) noexcept nogil:
        cdef int column
        cdef float dt
        for column in range(256):
            if self.labels[hemisphere, row, column] != label:
                continue
            if self.last[hemisphere, row, column] == POST:
                dt = time - self.post_time[hemisphere, column]
                self.level[ACAUSAL, hemisphere, row, column] += self.amplitude[ACAUSAL, hemisphere, row, column] * expf(
                    -dt * self.rate[ACAUSAL, hemisphere, row, column])
            self.last[hemisphere, row, column] = PRE
            self.pre_time[hemisphere, row, column] = time

    cdef void apply_post(self, int hemisphere, int column, double time) noexcept nogil:
        cdef int row
        cdef float dt
        for row in range(256):
            if self.last[hemisphere, row, column] == PRE:
                dt = time - self.pre_time[hemisphere, row, column]
                self.level[CAUSAL, hemisphere, row, column] += self.amplitude[CAUSAL, hemisphere, row, column] * expf(
                    -dt * self.rate[CAUSAL, hemisphere, row, column])
            self.last[hemisphere, row, column] = POST
        self.post_time[hemisphere, column] = time
