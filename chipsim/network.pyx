# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Event network of the chip: crossbar, outputs to the host, neuron back ends, background generators.

Times are chip cycles of 4 ns. An output of the crossbar takes one event per cycle; further ones wait, and beyond
`OUTPUT_QUEUE` cycles they are lost and counted.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from stadls._buffer cimport grow, release

import numpy as np

from chipsim.analog cimport Analog
from chipsim.core cimport Spike
from chipsim.registers cimport BACKEND, BACKGROUND, COUNTERS, COUNTS, CROSSBAR, DROPS, EVENT_RECORDING, NODES, Registers
from chipsim.responses cimport SPIKE, Queue, Response, Responses

from chipsim import timing

cdef int64_t LINK = timing.LINK_LATENCY
cdef int64_t SPIKE_DELAY = timing.SPIKE_DELAY
cdef int64_t RECURRENT_STEP = timing.SPIKE_DELAY
cdef int64_t LONGEST_STEP = 128
cdef int64_t QUEUE = timing.OUTPUT_QUEUE
cdef int64_t NEVER = (<int64_t> 1) << 62
cdef Py_ssize_t LONG_QUEUE = 4096
cdef uint32_t GOLDEN = <uint32_t> 0x9e3779b9u


cdef enum:
    PADI_CONFIG = 0x00110001  # top; the bottom hemisphere is 0x8000 further on


cdef class EventNetwork:
    """Crossbar with its nodes, generators and outputs; the settings are the registers."""

    def __init__(self, Registers registers, Responses responses, Analog analog):
        from halco import CrossbarNodeOnDLS, convert

        self.registers, self.responses, self.analog = registers, responses, analog
        self.padi = PADIBuses(registers, analog)
        numbers = np.arange(CrossbarNodeOnDLS.size)
        outputs = convert(CrossbarNodeOnDLS, "toCrossbarOutputOnDLS", numbers)
        inputs = convert(CrossbarNodeOnDLS, "toCrossbarInputOnDLS", numbers)
        for i in range(N_INPUTS):
            self.node_count[i] = 0
        for number, output, i in zip(numbers.tolist(), outputs.tolist(), inputs.tolist()):
            self.node_output[i][self.node_count[i]] = output
            self.node_number[i][self.node_count[i]] = number
            self.node_count[i] += 1
        for i in range(N_OUTPUTS):
            self.output_free[i] = 0
        self.power_up()

    def __dealloc__(self):
        release(&self.outgoing)

    def power_up(self):
        """All generators off, nothing on its way."""
        self.padi.fired, self.fired = Queue(), Queue()
        self.outgoing.size = 0
        self.padi.outdated = True
        for i in range(N_SOURCES):
            self.sources[i].next = NEVER
            self.sources[i].state = 0

    def copy_from(self, EventNetwork other):
        """Take over generators and what is on its way."""
        self.padi.fired.copy_from(other.padi.fired)
        self.fired.copy_from(other.fired)
        self.outgoing.size = 0
        if other.outgoing.size:
            memcpy(grow(&self.outgoing, other.outgoing.size), other.outgoing.data, other.outgoing.size)
        memcpy(self.sources, other.sources, sizeof(self.sources))
        memcpy(self.output_free, other.output_free, sizeof(self.output_free))
        self.padi.outdated = True

    cdef int route(self, int source, uint32_t label, int64_t tick) except -1 nogil:
        """Send an event from a crossbar input to all outputs whose node lets it pass. `tick`: chip cycles of 4 ns."""
        cdef int i, output
        cdef uint32_t node
        cdef Outgoing* item
        for i in range(self.node_count[source]):
            node = self.registers.get(NODES + self.node_number[source][i])
            if (label & node & 0x3fff) != (node >> 16 & 0x3fff):
                continue
            output = self.node_output[source][i]
            if output >= 8 and self.analog.core.count:
                # Spikes that are found later may be earlier.
                item = <Outgoing*> grow(&self.outgoing, sizeof(Outgoing))
                item.tick, item.source, item.output, item.counted, item.label = tick, source, output, node >> 31, label
                continue
            self.send(source, output, node >> 31, label, tick)
        return 0

    cdef int send(self, int source, int output, bint counted, uint32_t label, int64_t tick) except -1 nogil:
        """An event leaves through an output, as soon as that is free."""
        cdef int64_t out = max(tick, self.output_free[output])
        if out - tick > QUEUE:
            if counted:
                self.registers.put(DROPS + source, (self.registers.get(DROPS + source) + 1) & 0xffff)
            return 0
        self.output_free[output] = out + 1
        if self.registers.get(CROSSBAR) >> (4 + output) & 1:
            self.registers.put(COUNTS + output, (self.registers.get(COUNTS + output) + 1) & 0xffffff)
        if output >= 8:
            return self.to_host(output - 8, label, out)
        if self.registers.get(PADI_CONFIG + 0x8000 * (output >> 2)) >> (output & 3) & 1:
            return self.padi.receive(output, label >> 6 & 0x1f, label & 0x3f, out)
        return 0

    cdef int flush(self, int64_t tick) except -1 nogil:
        """Send what waits for the host, up to a chip cycle, in order of time."""
        cdef Outgoing* items = <Outgoing*> self.outgoing.data
        cdef Outgoing item
        cdef size_t count = self.outgoing.size // sizeof(Outgoing), i, j, done = 0
        for i in range(1, count):
            if items[i].tick < items[i - 1].tick:
                item = items[i]
                j = i
                while j > 0 and items[j - 1].tick > item.tick:
                    items[j] = items[j - 1]
                    j -= 1
                items[j] = item
        while done < count and items[done].tick <= tick:
            item = items[done]
            done += 1
            self.send(item.source, item.output, item.counted, item.label, item.tick)
        if done:
            memmove(items, items + done, (count - done) * sizeof(Outgoing))
            self.outgoing.size = (count - done) * sizeof(Outgoing)
        return 0

    cdef bint comes_back(self) noexcept nogil:
        """Whether spikes of neurons may reach a synapse driver."""
        cdef int source, i, output, row_select
        cdef uint32_t node
        if self.padi.outdated:
            self.padi.list_listeners()
        if self.recurrent_of != self.padi.listed:
            self.recurrent_of = self.padi.listed
            self.recurrent = False
            for source in range(8):
                for i in range(self.node_count[source]):
                    output = self.node_output[source][i]
                    node = self.registers.get(NODES + self.node_number[source][i])
                    # A target outside the mask lets nothing pass.
                    if output < 8 and (node >> 16 & 0x3fff) & ~(node & 0x3fff) == 0:
                        for row_select in range(32):
                            if self.padi.listeners[output][row_select]:
                                self.recurrent = True
        return self.recurrent

    cdef int to_host(self, int output, uint32_t label, int64_t tick) except -1 nogil:
        cdef uint64_t stamp
        if not self.registers.get(EVENT_RECORDING) & 1:
            return 0
        stamp = (2 * <uint64_t> (-self.responses.systime_zero) + <uint64_t> tick) & 0xff
        return self.responses.arrive(tick // 2 + LINK, SPIKE, stamp << 16 | <uint64_t> output << 14 | label)

    cdef int fire(self, int half, int neuron, int64_t tick) except -1 nogil:
        """A neuron fires at once: it counts, and sends its address."""
        self.count(half, neuron)
        return self.emit(half, neuron, tick)

    cdef void count(self, int half, int neuron) noexcept nogil:
        """The spike counter of a neuron counts."""
        cdef uint32_t counter = COUNTERS + 0x8000 * half + 4 * neuron, count = self.registers.get(counter)
        self.registers.put(counter, count & 0x100 | ((count & 0xff) == 0xff) << 8 | (count + 1) & 0xff)

    cdef int emit(self, int half, int neuron, int64_t tick) except -1 nogil:
        """The address of a neuron enters the crossbar, if the neuron sends it."""
        cdef uint32_t backend = BACKEND + 0x8000 * half + 4 * neuron
        cdef uint32_t address
        cdef int output
        if self.registers.get(backend + 3) >> 4 & 1:
            address = ~((self.registers.get(backend) & 0x3f) << 2 | self.registers.get(backend + 1) >> 4 & 3) & 0xff
            output = 4 * half + (neuron & 0x7f) // 32
            self.route(output, output << 8 | address, tick)
        return 0

    # -- background generators ---------------------------------------------------------------------------------

    cdef int padi_event(self, int hemisphere, uint32_t word, int64_t tick) except -1 nogil:
        """An event from the host on the buses of a hemisphere that do not listen to the crossbar."""
        cdef uint32_t from_crossbar = self.registers.get(PADI_CONFIG + 0x8000 * hemisphere)
        cdef int bus
        for bus in range(4):
            if word >> bus & 1 and not from_crossbar >> bus & 1:
                self.padi.receive(4 * hemisphere + bus, word >> 22 & 0x1f, word >> 16 & 0x3f, tick)
        return 0

    cdef int switch_source(self, int source, bint was_on, int64_t tick) except -1 nogil:
        """The control word of a generator has been written."""
        cdef uint32_t control = self.registers.get(BACKGROUND + 3 * source)
        if not control & 1:
            self.sources[source].next = NEVER
        elif not was_on:
            self.sources[source].state = self.registers.get(BACKGROUND + 3 * source + 1)
            self.sources[source].next = tick + (control >> 16) + 1
        return 0

    cdef int advance(self, int64_t tick, int64_t sendable) except -1 nogil:
        """Let the network run up to a chip cycle; what reaches the FPGA by cycle `sendable` may be sent.

        The circuits follow in whole steps: events of a step have to be known before it is made.
        """
        cdef int64_t soonest, limit, left, parts
        cdef int i, first, queue
        cdef int events = 0
        cdef Response spike
        cdef bint running
        if self.analog.dirty and not self.frozen:
            self.analog.refresh()
        running = self.analog.core.count > 0 and not self.frozen
        while True:
            limit = tick
            if running:
                self.analog.core.limit = RECURRENT_STEP if self.comes_back() else LONGEST_STEP
                left = tick - self.analog.core.now
                parts = max((left + self.analog.core.span() - 1) // self.analog.core.span(), 1)
                limit = min(tick, self.analog.core.now + (left + parts - 1) // parts if left > self.analog.core.span() else
                            self.analog.core.now + self.analog.core.span())
            while True:
                soonest, first, queue = limit, -1, 0
                for i in range(N_SOURCES):
                    if self.sources[i].next < soonest:
                        soonest, first = self.sources[i].next, i
                if self.padi.fired.count() and self.padi.fired.begin().time < soonest:
                    soonest, queue = self.padi.fired.begin().time, 1
                if self.fired.count() and self.fired.begin().time < soonest:
                    soonest, queue = self.fired.begin().time, 2
                if queue == 1:
                    spike = self.padi.fired.begin()[0]
                    self.padi.fired.first += 1
                elif queue == 2:
                    spike = self.fired.begin()[0]
                    self.fired.first += 1
                elif first >= 0:
                    self.generate(first, soonest)
                else:
                    break
                if queue == 1:
                    self.fire(<int> (spike.payload >> 8), <int> (spike.payload & 0xff), soonest)
                elif queue == 2:
                    self.emit(<int> (spike.payload >> 8), <int> (spike.payload & 0xff), soonest)
                events += 1
                if events & 0xffff == 0:
                    with gil:
                        PyErr_CheckSignals()
                if self.responses.from_chip.count() > LONG_QUEUE:
                    # Nothing can arrive any more before what this event may cause.
                    self.responses.send_until(min(sendable, soonest // 2 - LONGEST_STEP))
            if not running:
                if self.analog.core.count == 0:
                    self.analog.core.now = max(self.analog.core.now, tick)
                return 0
            if limit < self.analog.core.now + self.analog.core.span() and limit >= tick:
                # Less than a step is left: it waits until more is known, or until somebody wants to look.
                self.flush(self.analog.core.now + SPIKE_DELAY)
                return 0
            self.analog.settle(limit)
            self.collect()
            self.flush(self.analog.core.now + SPIKE_DELAY)

    cdef int settle(self, int64_t tick, int64_t sendable) except -1 nogil:
        """Let everything run up to exactly a chip cycle."""
        self.advance(tick, sendable)
        if self.analog.core.now < tick or self.analog.dirty:
            self.analog.settle(tick)
            self.collect()
            self.flush(tick + SPIKE_DELAY)
        return 0

    cdef int collect(self) except -1 nogil:
        """Take the spikes of the circuits."""
        cdef Spike spike
        cdef int column
        while self.analog.core.next_spike(&spike):
            column = spike.circuit & 0xff
            self.count(column >> 7, (spike.circuit >> 8) << 7 | column & 127)
            self.fired.put(<int64_t> spike.tick + SPIKE_DELAY, 0,
                           (column >> 7) << 8 | (spike.circuit >> 8) << 7 | column & 127)
        return 0

    cdef int generate(self, int source, int64_t tick) except -1 nogil:
        """A period of a generator has passed."""
        cdef uint32_t control = self.registers.get(BACKGROUND + 3 * source), settings = self.registers.get(BACKGROUND + 3 * source + 2)
        cdef uint32_t label = settings >> 16 & 0x3fff, mask = settings & 0xff, rate = settings >> 8 & 0xff, random
        self.sources[source].next = tick + (control >> 16) + 1
        if control & 2:
            random = next_random(&self.sources[source].state)
            if rate == 0 or (random & 0xff) > rate:
                return 0
            label = label & ~mask | (random >> 8) & mask
        return self.route(12 + source, label, tick)


cdef inline uint32_t next_random(uint32_t* state) noexcept nogil:
    """Step of a 32-bit xorshift generator; zero is a seed like any other."""
    cdef uint32_t x = state[0] ^ GOLDEN
    if x == 0:
        x = GOLDEN
    x ^= x << 13
    x ^= x >> 17
    x ^= x << 5
    state[0] = x ^ GOLDEN
    return x
