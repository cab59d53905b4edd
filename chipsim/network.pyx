# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Event network of the chip: crossbar, outputs to the host, neuron back ends, background generators.

Times are chip cycles of 4 ns. An output of the crossbar takes one event per cycle; further ones wait, and beyond
`OUTPUT_QUEUE` cycles they are lost and counted.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from stadls._buffer cimport grow, release

import numpy as np

from chipsim.analog cimport Analog
from chipsim.core cimport Spike
from chipsim.recorder cimport DROPPED, ENTRY, EXIT, FIRED, INPUT, NODE, OUTPUT, PADI, RECORDED
from chipsim.registers cimport BACKEND, BACKGROUND, COUNTERS, COUNTS, CROSSBAR, DROPS, EVENT_RECORDING, NODES, Registers
from chipsim.responses cimport MADC, SPIKE, Queue, Response, Responses
from chipsim.watch cimport EVENT

from chipsim import timing

cdef int64_t LINK = timing.LINK_LATENCY
cdef int64_t SPIKE_DELAY = timing.SPIKE_DELAY
cdef int64_t RECURRENT_STEP = timing.SPIKE_DELAY
cdef int64_t LONGEST_STEP = 128  # while events reach the host: it knows 256 ticks of their times
cdef int64_t UNSEEN_STEP = 512
cdef int64_t QUEUE = timing.OUTPUT_QUEUE
cdef int64_t NEVER = (<int64_t> 1) << 62
cdef int64_t SAME_MOMENT = 16  # chip cycles
cdef Py_ssize_t LONG_QUEUE = 4096
cdef uint32_t GOLDEN = <uint32_t> 0x9e3779b9u


cdef enum:
    PADI_CONFIG = 0x00110001  # top; the bottom hemisphere is 0x8000 further on


cdef class EventNetwork:
    """Crossbar with its nodes, generators and outputs; the settings are the registers."""

    def __init__(self, Registers registers, Responses responses, Analog analog):
        from halco import CrossbarNodeOnDLS, convert

        self.registers, self.responses, self.analog, self.tap = registers, responses, analog, analog.tap
        self.padi = PADIBuses(registers, analog)
        self.spike_io = SpikeIO(registers)
        numbers = np.arange(CrossbarNodeOnDLS.size)
        outputs = convert(CrossbarNodeOnDLS, "toCrossbarOutputOnDLS", numbers)
        inputs = convert(CrossbarNodeOnDLS, "toCrossbarInputOnDLS", numbers)
        for i in range(N_INPUTS):
            self.node_count[i] = 0
        for number, output, i in zip(numbers.tolist(), outputs.tolist(), inputs.tolist()):
            self.nodes[i][self.node_count[i]].output = output
            self.nodes[i][self.node_count[i]].number = number
            self.node_count[i] += 1
        for i in range(N_OUTPUTS):
            self.output_free[i] = 0
        self.power_up()

    def __dealloc__(self):
        release(&self.outgoing)

    def power_up(self):
        """All generators off, nothing on its way."""
        self.padi.fired, self.fired, self.samples = Queue(), Queue(), Queue()
        self.outgoing.size = 0
        self.linked = False
        self.spike_io.power_up()
        self.padi.outdated = self.rewired = self.relabelled = True
        for i in range(N_SOURCES):
            self.sources[i].next = NEVER
            self.sources[i].state = 0
        self.schedule()

    def copy_from(self, EventNetwork other):
        """Take over generators and what is on its way."""
        self.padi.fired.copy_from(other.padi.fired)
        self.fired.copy_from(other.fired)
        self.samples.copy_from(other.samples)
        self.outgoing.size = 0
        if other.outgoing.size:
            memcpy(grow(&self.outgoing, other.outgoing.size), other.outgoing.data, other.outgoing.size)
        self.linked, self.frozen, self.recurrent, self.reached = other.linked, other.frozen, other.recurrent, other.reached
        self.spike_io.copy_from(other.spike_io)
        memcpy(self.sources, other.sources, sizeof(self.sources))
        memcpy(self.output_free, other.output_free, sizeof(self.output_free))
        self.padi.outdated = self.rewired = self.relabelled = True
        self.schedule()

    cdef int route(self, int source, uint32_t label, int64_t tick) except -1 nogil:
        """Send an event from a crossbar input to all outputs whose node lets it pass. `tick`: chip cycles of 4 ns."""
        cdef Node* node
        cdef Node* last
        cdef Outgoing* item
        if self.rewired:
            self.read_settings()
        if self.tap.kinds & ENTRY:
            self.log_entry(source, label, tick)
        if self.spike_io.on:
            self.to_spike_io(source, label, tick)
        node, last = self.nodes[source], self.nodes[source] + self.node_count[source]
        while node < last:
            if label & node.mask == node.target:
                if node.output >= 8 and (
                    self.analog.core.count or self.analog.collect_at != NEVER or self.samples.count()
                ):
                    # Spikes that are found later may be earlier.
                    item = <Outgoing*> grow(&self.outgoing, sizeof(Outgoing))
                    item.tick, item.source, item.output, item.counted, item.label = (
                        tick, source, node.output, node.counted, label)
                else:
                    self.send(source, node.output, node.counted, label, tick)
            node += 1
        return 0

    cdef void read_settings(self) noexcept nogil:
        """Take over registers of crossbar, buses and recording."""
        cdef int source, i, row_select
        cdef uint32_t word
        cdef Node* node
        if self.padi.outdated:
            self.padi.list_listeners()
        self.recurrent = False
        for source in range(N_INPUTS):
            for i in range(self.node_count[source]):
                node = &self.nodes[source][i]
                word = self.registers.get(NODES + node.number)
                node.mask, node.target, node.counted = word & 0x3fff, word >> 16 & 0x3fff, word >> 31
                # A target outside the mask lets nothing pass.
                if source < 8 and node.output < 8 and node.target & ~node.mask == 0:
                    for row_select in range(32):
                        if self.padi.listeners[node.output][row_select]:
                            self.recurrent = True
        self.counting = self.registers.get(CROSSBAR) >> 4
        self.listening = self.registers.get(PADI_CONFIG) & 0xf | (self.registers.get(PADI_CONFIG + 0x8000) & 0xf) << 4
        self.recording = self.registers.get(EVENT_RECORDING) & 1
        if self.relabelled:
            for i in range(512):
                self.label[i] = self.label_of(i >> 8, i & 0xff)
        self.spike_io.read_settings()
        self.rewired = self.relabelled = False

    cdef int to_spike_io(self, int source, uint32_t label, int64_t tick) except -1 nogil:
        """An event may come back from the host side of the links, unless it is lost on its way out."""
        cdef Node* node = self.nodes[source]
        cdef Node* last = node + self.node_count[source]
        while self.linked and node < last:
            if node.output >= 8 and label & node.mask == node.target and self.output_free[node.output] - tick <= QUEUE:
                self.spike_io.transmit(<uint32_t> (node.output - 8) << 14 | label, tick)
                self.quiet_until = 0
            node += 1
        return 0

    cdef int send(self, int source, int output, bint counted, uint32_t label, int64_t tick) except -1 nogil:
        """An event leaves through an output, as soon as that is free."""
        cdef int64_t out = max(tick, self.output_free[output])
        if out - tick > QUEUE:
            if self.tap.kinds >> DROPPED & 1:
                self.tap.put(DROPPED, self.number_of(source, output), label, tick)
            if counted:
                self.registers.put(DROPS + source, (self.registers.get(DROPS + source) + 1) & 0xffff)
            return 0
        self.output_free[output] = out + 1
        if self.counting >> output & 1:
            self.registers.put(COUNTS + output, (self.registers.get(COUNTS + output) + 1) & 0xffffff)
        if self.tap.kinds & EXIT:
            self.log_exit(output, label, out)
        if output >= 8:
            return self.to_host(output - 8, label, out)
        if self.listening >> output & 1:
            self.padi.receive(output, label >> 6 & 0x1f, label & 0x3f, out)
            if self.padi.fired.count():
                self.quiet_until = 0
        return 0

    cdef int log_entry(self, int source, uint32_t label, int64_t tick) except -1 nogil:
        """Log an event at an input and at the nodes that it passes."""
        cdef int i
        self.tap.put(INPUT, source, label, tick)
        for i in range(self.node_count[source]):
            if label & self.nodes[source][i].mask == self.nodes[source][i].target:
                self.tap.put(NODE, self.nodes[source][i].number, label, tick)
        return 0

    cdef int log_exit(self, int output, uint32_t label, int64_t tick) except -1 nogil:
        """Log an event at an output, and at the bus or on the way to the host if they take it."""
        self.tap.put(OUTPUT, output, label, tick)
        if output < 8 and self.listening >> output & 1:
            self.tap.put(PADI, output, label & 0x7ff, tick)
        elif output >= 8 and self.linked and self.recording:
            self.tap.put(RECORDED, output - 8, (output - 8) << 14 | label, tick)
        return 0

    cdef int number_of(self, int source, int output) noexcept nogil:
        """Number of the node between an input and an output."""
        cdef int i
        for i in range(self.node_count[source]):
            if self.nodes[source][i].output == output:
                return self.nodes[source][i].number
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
            if self.samples.count():
                self.send_samples(item.tick)
            self.send(item.source, item.output, item.counted, item.label, item.tick)
        if done:
            memmove(items, items + done, (count - done) * sizeof(Outgoing))
            self.outgoing.size = (count - done) * sizeof(Outgoing)
        if self.samples.count():
            self.send_samples(tick)
        return 0

    cdef int send_samples(self, int64_t tick) except -1 nogil:
        """Send samples of the membrane ADC, up to a chip cycle."""
        cdef Response* item
        cdef uint64_t stamp
        while self.samples.count() and self.samples.begin().time <= tick:
            item = self.samples.begin()
            self.samples.first += 1
            if self.linked and self.registers.get(EVENT_RECORDING) & 1:
                stamp = (2 * <uint64_t> (-self.responses.systime_zero) + <uint64_t> (item.time - SPIKE_DELAY)) & 0xff
                self.responses.arrive(item.time // 2 + LINK, MADC, stamp << 16 | item.payload)
        return 0

    cdef int deliver(self, int64_t sendable) except -1 nogil:
        """Take the samples of the membrane ADC so far, and send what waits for the host."""
        cdef const int64_t[::1] ticks
        cdef const uint16_t[::1] values
        cdef Py_ssize_t i
        if self.analog.collect_at != NEVER:
            with gil:
                ticks, values = self.analog.take_samples()
            for i in range(ticks.shape[0]):
                self.samples.put(ticks[i] + SPIKE_DELAY, MADC, values[i])
        self.flush(self.analog.core.now + (SPIKE_DELAY if self.analog.core.count else 0))
        if self.responses.from_chip.count() > LONG_QUEUE:
            self.responses.send_until(min(sendable, self.analog.core.now // 2 - UNSEEN_STEP))
        return 0

    cdef int to_host(self, int output, uint32_t label, int64_t tick) except -1 nogil:
        cdef uint64_t stamp
        if not (self.linked and self.recording):
            return 0
        stamp = (2 * <uint64_t> (-self.responses.systime_zero) + <uint64_t> tick) & 0xff
        return self.responses.arrive(tick // 2 + LINK, SPIKE, stamp << 16 | <uint64_t> output << 14 | label)

    cdef int fire(self, int half, int neuron, int64_t tick) except -1 nogil:
        """A neuron fires at once: it counts, and sends its address."""
        if self.tap.kinds >> FIRED & 1:
            self.tap.put(FIRED, (neuron >> 7) * 256 + half * 128 + (neuron & 127), self.label_of(half, neuron), tick)
        if self.analog.sensors.on and not self.overwritten((neuron >> 7) << 8 | half << 7 | neuron & 127):
            self.analog.sensors.post((neuron >> 7) << 8 | half << 7 | neuron & 127, <double> tick)
        self.count(half, neuron)
        return self.emit(half, neuron, tick)

    cdef bint overwritten(self, int circuit) noexcept nogil:
        """Whether the column of a circuit gets the post pulses of its block instead of those of the neuron."""
        cdef int neuron = (circuit >> 8) << 7 | circuit & 127
        return self.registers.get(BACKEND + 0x8000 * (circuit >> 7 & 1) + 4 * neuron + 2) & 1

    cdef int post_pulse(self, int half, int64_t tick) except -1 nogil:
        """A post pulse at the columns of one chip half whose neurons do not give them."""
        cdef int neuron, circuit
        if self.analog.sensors.on:
            for neuron in range(256):
                circuit = (neuron >> 7) << 8 | half << 7 | neuron & 127
                if self.overwritten(circuit):
                    self.analog.sensors.post(circuit, <double> tick)
        return 0

    cdef void count(self, int half, int neuron) noexcept nogil:
        """The spike counter of a neuron counts."""
        cdef uint32_t counter = COUNTERS + 0x8000 * half + 4 * neuron, count = self.registers.get(counter)
        self.registers.put(counter, count & 0x100 | ((count & 0xff) == 0xff) << 8 | (count + 1) & 0xff)

    cdef int emit(self, int half, int neuron, int64_t tick) except -1 nogil:
        """The address of a neuron enters the crossbar, if the neuron sends it."""
        cdef int32_t label
        if self.rewired:
            self.read_settings()
        label = self.label[half << 8 | neuron]
        if label >= 0:
            self.route(label >> 8, label, tick)
        return 0

    cdef int32_t label_of(self, int half, int neuron) noexcept nogil:
        """Label that the back end of a neuron sends, -1 if it sends none."""
        cdef uint32_t backend = BACKEND + 0x8000 * half + 4 * neuron
        cdef uint32_t address
        if not self.registers.get(backend + 3) >> 4 & 1:
            return -1
        address = ~((self.registers.get(backend) & 0x3f) << 2 | self.registers.get(backend + 1) >> 4 & 3) & 0xff
        return (4 * half + (neuron & 0x7f) // 32) << 8 | address

    # -- background generators ---------------------------------------------------------------------------------

    cdef int padi_event(self, int hemisphere, uint32_t word, int64_t tick) except -1 nogil:
        """An event from the host on the buses of a hemisphere that do not listen to the crossbar."""
        cdef uint32_t from_crossbar = self.registers.get(PADI_CONFIG + 0x8000 * hemisphere)
        cdef int bus
        for bus in range(4):
            if word >> bus & 1 and not from_crossbar >> bus & 1:
                if self.tap.kinds >> PADI & 1:
                    self.tap.put(PADI, 4 * hemisphere + bus, word >> 16 & 0x7ff, tick)
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
        self.schedule()
        return 0

    cdef void schedule(self) noexcept nogil:
        """Find the generator that is the next one."""
        cdef int i
        self.next_source, self.next_time, self.quiet_until = 0, NEVER, 0
        for i in range(N_SOURCES):
            if self.sources[i].next < self.next_time:
                self.next_source, self.next_time = i, self.sources[i].next

    cdef int advance(self, int64_t tick, int64_t sendable) except -1 nogil:
        """Let the network run up to a chip cycle; what reaches the FPGA by cycle `sendable` may be sent.

        The circuits follow in whole steps: events of a step have to be known before it is made.
        """
        cdef int64_t soonest, limit, next_event
        cdef int queue
        cdef uint64_t payload
        cdef bint running, seen
        if self.analog.dirty and not self.frozen:
            self.analog.refresh()
        running = self.analog.core.count > 0 and not self.frozen
        while True:
            limit = tick
            if running:
                # Without a step, and without an event, nobody asks for settings.
                if self.rewired and tick - self.analog.core.now >= RECURRENT_STEP:
                    self.read_settings()
                if self.recurrent:
                    self.analog.core.limit = RECURRENT_STEP
                else:
                    seen = self.recording or self.analog.collect_at != NEVER or self.samples.count()
                    self.analog.core.limit = LONGEST_STEP if seen else UNSEEN_STEP
                limit = min(tick, self.analog.core.now + self.analog.core.span(), self.analog.collect_at)
            if not self.frozen:
                limit = min(limit, self.analog.renew_at)
            while True:
                soonest, queue = limit, 0
                if self.next_time < soonest:
                    soonest, queue = self.next_time, 1
                if self.padi.fired.count() and self.padi.fired.begin().time < soonest:
                    soonest, queue = self.padi.fired.begin().time, 2
                if self.fired.count() and self.fired.begin().time < soonest:
                    soonest, queue = self.fired.begin().time, 3
                if self.spike_io.next < soonest:
                    soonest, queue = self.spike_io.next, 4
                if queue == 0:
                    break
                if queue == 1:
                    self.generate(self.next_source, soonest)
                    self.schedule()
                elif queue == 2:
                    payload = self.padi.fired.begin().payload
                    self.padi.fired.first += 1
                    self.fire(<int> (payload >> 8), <int> (payload & 0xff), soonest)
                elif queue == 4:
                    payload = self.spike_io.take()
                    if self.linked:
                        self.route(8 + <int> (payload >> 14), payload & 0x3fff, soonest)
                else:
                    payload = self.fired.begin().payload
                    self.fired.first += 1
                    self.emit(<int> (payload >> 8), <int> (payload & 0xff), soonest)
                self.reached = soonest
                self.analog.core.watch.work(EVENT)
                if self.responses.from_chip.count() > LONG_QUEUE:
                    # Nothing can arrive any more before what this event may cause.
                    self.responses.send_until(min(sendable, soonest // 2 - UNSEEN_STEP))
            self.quiet_until = min(self.next_time, self.spike_io.next)
            if self.padi.fired.count():
                self.quiet_until = min(self.quiet_until, self.padi.fired.begin().time)
            if self.fired.count():
                self.quiet_until = min(self.quiet_until, self.fired.begin().time)
            next_event = self.quiet_until
            if not running:
                if self.analog.core.count == 0:
                    while self.analog.collect_at <= limit:
                        self.analog.core.now = max(self.analog.core.now, self.analog.collect_at)
                        self.deliver(sendable)
                    self.analog.core.now = max(self.analog.core.now, limit)
                    if self.outgoing.size and self.analog.collect_at == NEVER:
                        self.deliver(sendable)
                    if not self.frozen and self.analog.renew_at <= limit:
                        self.analog.renew()
                        running = self.analog.core.count > 0
                        continue
                    self.quiet_until = min(self.quiet_until, self.analog.renew_at)
                return 0
            self.quiet_until = min(self.quiet_until, self.analog.core.now + self.analog.core.span())
            if limit < self.analog.core.now + self.analog.core.span() and limit >= tick:
                # Less than a step is left: it waits until more is known, or until somebody wants to look.
                if self.analog.collect_at == NEVER:
                    self.flush(self.analog.core.now + SPIKE_DELAY)
                return 0
            if self.analog.core.leap(min(tick, next_event, self.analog.collect_at, self.analog.renew_at)):
                limit = self.analog.core.now
            self.reached = limit
            self.analog.settle(limit)
            self.collect()
            if self.analog.collect_at <= limit:
                self.deliver(sendable)
            elif self.analog.collect_at == NEVER:
                self.flush(self.analog.core.now + SPIKE_DELAY)
            if self.analog.renew_at <= limit:
                self.analog.renew()
                running = self.analog.core.count > 0

    cdef int settle(self, int64_t tick, int64_t sendable) except -1 nogil:
        """Let everything run up to exactly a chip cycle."""
        self.advance(tick, sendable)
        while self.analog.core.now < tick or self.analog.dirty:
            if self.analog.dirty:
                self.analog.refresh()
            self.reached = min(tick, self.analog.collect_at, self.analog.renew_at)
            self.analog.settle(self.reached)
            self.collect()
            if self.analog.collect_at == NEVER:
                self.flush(tick + SPIKE_DELAY)
            elif self.analog.collect_at <= self.reached:
                self.deliver(sendable)
            if self.analog.renew_at <= self.reached:
                self.analog.renew()
        return 0

    cdef int settle_about(self, int64_t tick, int64_t sendable) except -1 nogil:
        """Let everything run up to a chip cycle, unless that was done for one just before."""
        if self.analog.dirty or not 0 <= tick - self.analog.core.now <= SAME_MOMENT:
            return self.settle(tick, sendable)
        return 0

    cdef int collect(self) except -1 nogil:
        """Take the spikes of the circuits."""
        cdef Spike spike
        cdef int column, half, neuron
        cdef bint at_once
        self.quiet_until = 0
        if self.rewired:
            self.read_settings()
        # What only goes to the host is put in order there; the log shows events in order of time.
        at_once = not self.recurrent and not self.spike_io.on and self.tap.kinds == 0
        while self.analog.core.next_spike(&spike):
            column = spike.circuit & 0xff
            half, neuron = column >> 7, (spike.circuit >> 8) << 7 | column & 127
            if self.tap.kinds >> FIRED & 1:
                self.tap.put(FIRED, spike.circuit, self.label_of(half, neuron), spike.tick)
            if self.analog.sensors.on and not self.overwritten(spike.circuit):
                self.analog.sensors.post(spike.circuit, spike.tick)
            self.count(half, neuron)
            if at_once:
                self.emit(half, neuron, <int64_t> spike.tick + SPIKE_DELAY)
            else:
                self.fired.put(<int64_t> spike.tick + SPIKE_DELAY, 0, half << 8 | neuron)
        self.analog.sensors.bound(self.analog.core.now)
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
