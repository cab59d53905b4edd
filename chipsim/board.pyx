# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The FPGA: executes instruction words in cycles of 8 ns and gives response words.

The order of things follows from one rule: whatever the FPGA sends to the chip takes `LINK_LATENCY`, register access and
event alike, and so does the way back. So the chip sees everything in program order, at program time plus the latency;
before each access its own clockwork (background generators) is advanced to that time.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

import copy
from functools import partial

import numpy as np

from chipsim.analog cimport Analog
from chipsim.dram cimport SparseMemory
from chipsim.monitors cimport Monitors
from chipsim.network cimport EventNetwork
from chipsim.ppu.processor cimport (
    READ_EXTERNAL, REQUEST_IN, REQUEST_OUT, REQUEST_VECTOR_LOAD, REQUEST_VECTOR_STORE, REQUEST_WRITE, UNIT_IO, UNIT_MEMORY,
    VECTOR_WORDS, Ppu, Processors, Request,
)
from chipsim.ppu.vector_io cimport VectorIO
from chipsim.recorder cimport BY_JTAG, BY_OMNIBUS, BY_POLL, BY_PPU, AccessTap
from chipsim.registers cimport (
    ARQ_COUNTS, BACKGROUND, BACKGROUND_CONTROL, CADC_SAMPLE, COUNTER_RESET, COUNTERS, DEVICE, DRAM, DROPS,
    EVENT_RECORDING, EXTERNAL_DRAM, FPGA_SIDE, INSTRUCTION_TIMEOUT, MEMORY, MONITOR, NEURON_RESET, NEURON_RESET_QUAD,
    NO_REGISTER, PADI_EVENT, PHY_CHIP, PHY_FPGA, PLL, POLL_ADDRESS, STATUS, SWITCH, SYNAPSE_VIEW, SYSTIME_BASE,
    SYSTIME_READ, SYSTIME_UNIT, TIMER, TRIGGER, Registers, raw_address,
)
from chipsim.responses cimport JTAG, LOOPBACK, OMNIBUS, SYSTIME, TIMEOUT, Responses
from chipsim.watch cimport EVENT, LOOK_AFTER, Watch

from chipsim import timing
from chipsim.board_voltages import board_voltages
from chipsim.devices import Devices
from chipsim.progress import Progress, asked_cycles

cdef enum:
    # Instructions, the dictionary of stadls.words.
    JTAG_INIT = 0x00
    JTAG_SCALER = 0x01
    JTAG_INS = 0x02
    JTAG_DATA = 0x03
    SETUP = 0x04
    WAIT_UNTIL = 0x05
    SYSTIME_INIT = 0x06
    BARRIER = 0x07
    POLL = 0x08
    RESET = 0x09
    LOOPBACK_INSTRUCTION = 0x0a
    OMNIBUS_ADDRESS = 0x0b
    OMNIBUS_DATA = 0x0c
    SPIKE_1 = 0x0d
    SPIKE_3 = 0x0f

cdef enum:
    # JTAG instructions.
    IDCODE = 1
    PLL_TARGET = 3
    PLL_SHIFT = 4
    SELECT_ADDRESS = 5
    SELECT_DATA = 6
    SELECT_REQUEST = 7
    BYPASS = 0x7f

cdef enum:
    # Registers of synapse drivers and neurons.
    ANALOG_CORE = 0x00110000
    ANALOG_CORE_END = 0x001b0000
    CROSSBAR = 0x00130000
    CROSSBAR_END = 0x00130100
    EXTERNAL_MEMORY = 0x80000000
    EXTERNAL_MEMORY_END = 0x80008000
    ANALOG_END = 0x04000000  # behind the synapses
    SYNAPSES = 0x02000000    # and what else the processors reach first
    COUNTERS_END = 0x0012b000
    EVENT_COUNTERS_END = 0x00130085
    MADC_CONTROL = 0x000c0000
    POST_PULSE = 0x00122400  # of the other half 0x8000 further on
    CORRELATION_CONFIGS = 0x02200000
    CORRELATION_RESET = 0x02c90000
    PPU_MEMORY = 0x02800000  # of the top processor; the bottom one is 0x01000000 further on
    PPU_CONTROL = 0x02a00000

US = 0.008
cdef int64_t LINK = timing.LINK_LATENCY
cdef int64_t FPGA_ACCESS = timing.FPGA_ACCESS
cdef int64_t SYNC = timing.SYSTIME_SYNC
cdef int JTAG_OVERHEAD = timing.JTAG_OVERHEAD_BITS
cdef int64_t NEVER = (<int64_t> 1) << 62
cdef uint64_t PAYLOAD = ((<uint64_t> 1) << 56) - 1
cdef uint64_t JTAG_BITS = ((<uint64_t> 1) << 33) - 1
cdef uint32_t ID_CODE = 0x348580af
cdef Py_ssize_t LONG_QUEUE = 4096
cdef int64_t SPIKES_AHEAD = 256  # chip cycles by which spikes of the host may be known before the processors get there
cdef int64_t CHIP_ACCESS = 16  # clock cycles of a processor, to a register of the chip and back
cdef int64_t LONG_RUN = 1 << 18  # clock cycles of the processors between two looks for an interrupt
cdef Py_ssize_t SPAN = 65536  # instructions between two looks for an interrupt


def quad_columns(quad):
    """Columns of the synapses of a quad."""
    return 8 * (quad & 31) + (quad >> 5) + 2 * np.arange(4)


cdef class Board:
    """A board with a chip.

    Parameters
    ----------
    serial : int
        Serial number of the chip, as the EEPROM of the board tells it.
    die : chipsim.die.Die, optional
        Fixed deviations of the circuits, default none.
    noise : bool
        Temporal noise.
    noise_seed : int
        Seed of the temporal noise.
    real_cells : bool
        CapMem cells settle and disturb each other.

    Attributes
    ----------
    devices : chipsim.devices.Devices
        Devices on the board.
    now : int
        FPGA cycles since power-up.
    analog : chipsim.analog.Analog
        Circuits.
    """

    cdef public object devices
    cdef readonly int64_t serial
    cdef Registers registers
    cdef Monitors monitors
    cdef SparseMemory dram
    cdef EventNetwork network
    cdef readonly Analog analog
    cdef readonly AccessTap tap
    cdef readonly Processors processors
    cdef VectorIO vector_io
    cdef Watch watch
    cdef Responses responses
    cdef readonly int64_t now
    cdef int64_t begin          # of the program
    cdef bint behind            # the chip follows to `now`
    cdef Py_ssize_t position
    cdef int64_t timer_zero, omnibus_done, jtag_done, sync_done
    cdef readonly bint in_reset
    cdef int jtag_instruction, jtag_scaler
    cdef uint64_t jtag_address, jtag_data
    cdef uint32_t pll_target

    def __init__(self, int64_t serial=1, die=None, bint noise=True, uint64_t noise_seed=0, bint real_cells=False):
        self.serial = serial
        self.devices = Devices(serial)
        self.registers, self.responses = Registers(), Responses()
        self.monitors, self.dram = Monitors(self.registers), SparseMemory()
        self.analog = Analog(self.registers, die, noise, noise_seed, real_cells)
        self.network = EventNetwork(self.registers, self.responses, self.analog)
        self.processors = Processors(self.registers, self.dram)
        self.vector_io = VectorIO(self.registers, self.analog, self.network)
        self.tap, self.watch = AccessTap(), self.analog.core.watch
        self.jtag_instruction = IDCODE

    def clone(self, noise_seed=None, Board spare=None):
        """A board in the same state, with a chip of the same die; with a seed the temporal noise is another one.

        An earlier clone that is not needed any more, `spare`, becomes the new one, which saves time.
        """
        self._deliver()
        cdef uint64_t seed = self.analog.noise_seed if noise_seed is None else noise_seed
        cdef Board other = spare
        if other is None:
            other = Board(self.serial, self.analog.die, self.analog.noise, seed, self.analog.real_cells)
        other.devices = copy.deepcopy(self.devices)
        other.registers.copy_from(self.registers)
        other.monitors.copy_from(self.monitors)
        other.dram.copy_from(self.dram)
        other.responses.copy_from(self.responses)
        other.analog.copy_from(self.analog)
        other.analog.noise_seed = other.analog.core.noise_seed = seed
        other.network.copy_from(self.network)
        other.processors.copy_from(self.processors)
        other.vector_io.copy_from(self.vector_io)
        other.now, other.timer_zero = self.now, self.timer_zero
        other.omnibus_done, other.jtag_done, other.sync_done = self.omnibus_done, self.jtag_done, self.sync_done
        other.in_reset, other.jtag_instruction = self.in_reset, self.jtag_instruction
        other.jtag_scaler, other.jtag_address, other.jtag_data = self.jtag_scaler, self.jtag_address, self.jtag_data
        other.pll_target = self.pll_target
        return other

    def pad_voltage(self, int pad):
        """Voltage of a readout pad now, V, None if nothing drives it."""
        self._look_at_chip()
        return self.analog.front.pad_voltage(pad)

    def drive_pad(self, int pad, volts):
        """Drive a readout pad from outside, None: let it go."""
        self._look_at_chip()
        self.analog.drive_pad(pad, volts)

    def link_fault(self):
        """Why the chip does not answer, empty if it does."""
        if self.in_reset:
            return "the chip is in reset"
        if self.registers.get(PHY_FPGA) == 0:
            return "the links are off on the side of the FPGA"
        if self.registers.get(PHY_CHIP) == 0:
            return "the links are off on the side of the chip"
        return "no link is on at both sides" if self.monitors.links == 0 else ""

    def peek(self, address):
        """Contents of a register, or None where there is nothing to read; takes no time."""
        cdef uint32_t word = 0
        return word if self._read_word(address, &word, self._tick()) else None

    # -- execution ---------------------------------------------------------------------------------------------

    def execute(self, words, progress=None):
        """Execute instruction words and give the response words.

        Parameters
        ----------
        words : ndarray of uint64
            Instructions. Execution ends with the first halt, or with the last word.
        progress : callable, optional
            Called with a `Progress` about every 0.1 s.

        Returns
        -------
        ndarray of uint64
            Packed response stream. The state of board and chip is kept for the next call.

        Raises
        ------
        KeyboardInterrupt
            When interrupted; the program ends there, as it does when `progress` raises.
        """
        cdef const uint64_t[::1] program = np.ascontiguousarray(words, dtype=np.uint64)
        cdef Py_ssize_t i, stop, size = program.shape[0]
        cdef Py_ssize_t at = 0
        self.responses.begin()
        self.begin, self.position = self.now, 0
        report = None
        if progress is not None:
            report = partial(self._report, progress, size, US * asked_cycles(np.asarray(program)))
        self.watch.begin(report)
        try:
            while at < size:
                self.position = at
                self.watch.look()
                stop = min(size, at + SPAN)
                with nogil:
                    at = self._span(program, at, stop)
        except BaseException:
            self.now, self.behind = self._here(), False
            raise
        finally:
            self.watch.end()
        self._deliver()
        self.responses.send_until(self.now)
        return self.responses.words()

    def _report(self, progress, total, asked_us):
        progress(Progress(self.position, total, US * (self._here() - self.begin), asked_us))

    cdef Py_ssize_t _span(self, const uint64_t[::1] program, Py_ssize_t at, Py_ssize_t stop) except -1 nogil:
        """Execute some instructions; the index of the next one, which is the end after a halt."""
        cdef uint64_t word, payload
        cdef int code
        cdef Py_ssize_t size = program.shape[0]
        while at < stop:
            word = program[at]
            code = <int> (word >> 56)
            payload = word & PAYLOAD
            if code == OMNIBUS_ADDRESS:
                if payload >> 36 & 1:
                    self._omnibus_read(<uint32_t> payload)
                elif at + 1 < size and program[at + 1] >> 56 == OMNIBUS_DATA:
                    at += 1
                    self.now += 1
                    self._omnibus_write(<uint32_t> payload, <uint32_t> program[at], <int> (payload >> 32 & 0xf))
            elif code == WAIT_UNTIL:
                self.position = at
                self._wait_until(<uint32_t> payload)
            elif SPIKE_1 <= code <= SPIKE_3:
                self._spikes(code - SPIKE_1 + 1, payload)
            elif code == LOOPBACK_INSTRUCTION:
                self._loopback(payload & 1)
                if not payload & 1:
                    return size
            else:
                self.position = at
                self._other(code, payload, at)
            self.now += 1
            at += 1
        return at

    cdef int _other(self, int code, uint64_t payload, Py_ssize_t index) except -1 nogil:
        if code == SETUP:
            # The timer is zero with the next instruction.
            self.timer_zero = self.now + 1
        elif code == BARRIER:
            self._barrier(<int> payload, index)
        elif code == SYSTIME_INIT:
            self._systime(payload & 1)
        elif code == POLL:
            self._poll(payload & 1, index)
        elif code == RESET:
            self._reset(payload & 1)
        elif code <= JTAG_DATA:
            self._jtag(code, payload)
        return 0

    cdef inline int64_t _tick(self) noexcept nogil:
        """Chip cycle, of 4 ns, at which the current instruction reaches the chip."""
        return 2 * (self.now + LINK)

    cdef int _advance(self, int64_t cycle) except -1 nogil:
        """Let the chip run up to a cycle (of chip time)."""
        if self.in_reset:
            return 0
        self.behind = True
        if self.processors.busy:
            self._run_processors(2 * cycle)
        self.network.frozen = False
        self.network.advance(2 * cycle, self.now)
        self.behind = False
        return 0

    cdef int64_t _here(self) noexcept nogil:
        """FPGA cycle that also the chip has come to."""
        return max(self.begin, min(self.now, (self.network.reached + 1) // 2 - LINK)) if self.behind else self.now

    cdef int _pass(self) except -1 nogil:
        """Time passes between instructions that do not let the circuits run when new settings wait for them."""
        if self.in_reset:
            return 0
        if self.processors.busy:
            self._run_processors(self._tick())
        self.network.frozen = self.analog.dirty and self.analog.collect_at == NEVER
        return self.network.advance(self._tick(), self.now)

    cdef int _deliver(self) except -1 nogil:
        """Send the samples of the membrane ADC so far."""
        if self.analog.collect_at != NEVER or self.network.samples.count():
            self.network.deliver(self.now)
        return 0

    cdef int _settle(self, int64_t tick) except -1 nogil:
        """Let circuits and events of the chip run up to exactly a chip cycle."""
        self.network.frozen = False
        return self.network.settle(tick, self.now)

    cdef int _look_at_chip(self) except -1:
        """Let the chip run up to now, for somebody who looks from outside."""
        if not self.in_reset:
            if self.processors.busy:
                self._run_processors(self._tick())
            self._settle(self._tick())
        return 0

    cdef int _wait_until(self, uint32_t value) except -1 nogil:
        cdef uint32_t timer = <uint32_t> (self.now - self.timer_zero)
        if timer < value:
            self.now += value - timer
            self._advance(self.now + LINK)
        return 0

    cdef int _reset(self, bint on) except -1 nogil:
        self.in_reset = on
        if on:
            with gil:
                self.registers.power_up_chip()
                self.monitors.reset_chip(self.now)
                self.analog.power_up()
                self.network.power_up()
                self.vector_io.power_up()
            self.processors.power_up(self._tick())
        return 0

    cdef int _loopback(self, bint tick) except -1 nogil:
        self._pass()
        self._deliver()
        self.responses.send_until(self.now)
        if not tick:
            self.responses.send(self.now, LOOPBACK, 0)
        else:
            self.responses.from_fpga.put(self.now, LOOPBACK, 1)
        return 0

    cdef int _barrier(self, int flags, Py_ssize_t index) except -1 nogil:
        cdef int64_t until = self.now
        if flags & 1:
            until = max(until, self.omnibus_done)
        if flags & 2:
            until = max(until, self.jtag_done)
        if flags & 4:
            until = max(until, self.sync_done)
        if until >= NEVER:
            self._time_out(index)
            self.omnibus_done = min(self.omnibus_done, self.now)
            self.jtag_done = min(self.jtag_done, self.now)
        else:
            self.now = until
        return self._pass()

    cdef int _time_out(self, Py_ssize_t index) except -1 nogil:
        self.now += self.registers.get(INSTRUCTION_TIMEOUT)
        self._advance(self.now + LINK)
        self.processors.note_timeout()
        self.responses.from_fpga.put(self.now, TIMEOUT, <uint32_t> index | <uint64_t> (self.omnibus_done >= NEVER) << 39)
        return 0

    cdef int _poll(self, bint equal, Py_ssize_t index) except -1 nogil:
        """Read the configured register again and again, until it compares as asked for."""
        cdef uint32_t address = self.registers.get(POLL_ADDRESS), target = self.registers.get(POLL_ADDRESS + 1)
        cdef uint32_t mask = self.registers.get(POLL_ADDRESS + 2), word = 0
        cdef int64_t end = self.now + self.registers.get(INSTRUCTION_TIMEOUT)
        cdef bint answered
        while self.now <= end:
            self.watch.work(EVENT)
            self._advance(self.now + LINK)
            answered = self._answered(address) and self._read_word(address, &word, self._tick())
            if self.tap.first != NULL:
                self.tap.put(self.now, address, word, False, BY_POLL, 0xf, answered)
            if not answered:
                break
            self.now += 2 * LINK if address < FPGA_SIDE else FPGA_ACCESS
            if ((word & mask) == target) == equal:
                return 0
        self.now = end - self.registers.get(INSTRUCTION_TIMEOUT)
        return self._time_out(index)

    # -- time --------------------------------------------------------------------------------------------------

    cdef int _systime(self, bint synchronise) except -1 nogil:
        cdef uint64_t base
        self._pass()
        self._deliver()
        self.responses.send_until(self.now)
        if synchronise and not self.in_reset:
            base = self.registers.get(SYSTIME_BASE) | <uint64_t> (self.registers.get(SYSTIME_BASE + 1) & 0x7ff) << 32
            self.responses.systime_zero = self.now - <int64_t> base
            self.sync_done = self.now + SYNC
            self.responses.synced = True
            self.registers.put(SYSTIME_UNIT + 2, <uint32_t> (2 * LINK))
            self.registers.put(SYSTIME_UNIT + 5, 1)
        self.responses.from_fpga.put(self.now, SYSTIME, 0)
        return 0

    # -- register accesses -------------------------------------------------------------------------------------

    cdef inline bint _answered(self, uint32_t address) noexcept nogil:
        """Whether the part with the address is there: chip registers need the chip out of reset and the links up."""
        if address >= FPGA_SIDE:
            return True
        return not self.in_reset and self.network.linked

    cdef int _omnibus_read(self, uint32_t address) except -1 nogil:
        cdef uint32_t word = 0
        cdef int64_t busy
        cdef bint answered
        self._pass()
        answered = self._answered(address) and self._read_word(address, &word, self._tick())
        if self.tap.first != NULL:
            self.tap.put(self.now, address, word, False, BY_OMNIBUS, 0xf, answered)
        if not answered:
            self.omnibus_done = NEVER
            return 0
        self._deliver()
        if address < FPGA_SIDE:
            busy = 0
            if self.registers.access_of(address) == CADC_SAMPLE:
                # The chip answers when the conversion has ended.
                busy = max((self.analog.cadc_busy[address >> 24 & 1] + 1) // 2 - self.now - LINK, 0)
            self.responses.arrive(self.now + 2 * LINK + busy, OMNIBUS, word)
            self.registers.put(ARQ_COUNTS, self.registers.get(ARQ_COUNTS) + 1)
            self.registers.put(ARQ_COUNTS + 3, self.registers.get(ARQ_COUNTS + 3) + 1)
        else:
            # Answers of the FPGA and of the chip come in the order of the requests.
            self.responses.arrive(self.now + FPGA_ACCESS, OMNIBUS, word)
        self.omnibus_done = max(self.omnibus_done, self.responses.last_arrival)
        self.responses.send_until(self.now)
        return 0

    cdef int _omnibus_write(self, uint32_t address, uint32_t word, int enables) except -1 nogil:
        cdef bint answered
        self._pass()
        answered = self._answered(address) and self._write_word(address, word, enables, self._tick())
        if self.tap.first != NULL:
            self.tap.put(self.now, address, word, True, BY_OMNIBUS, enables, answered)
        if not answered:
            self.omnibus_done = NEVER
            return 0
        self.omnibus_done = max(self.omnibus_done, self.now + (2 * LINK if address < FPGA_SIDE else FPGA_ACCESS))
        return 0

    cdef bint _read_word(self, uint32_t address, uint32_t* word, int64_t tick) except -1 nogil:
        """Read a register at a chip cycle; False where there is nothing to read."""
        cdef int access = self.registers.access_of(address)
        cdef int64_t now = tick // 2 - LINK
        if access == CADC_SAMPLE:
            if not address >> 21 & 1:
                if self.registers.get(CORRELATION_CONFIGS + (address & 0x01000000) + 3) & 1:
                    return False  # with auto-calibrating resets it never answers
                self.network.frozen = False
                self.network.settle_about(tick, self.now)
                self.analog.convert(address >> 24 & 1, address >> 6 & 0x1ff, tick)
            word[0] = self.analog.cadc_word(address)
            return True
        if access == STATUS and COUNTERS <= address < COUNTERS_END and self.analog.core.count:
            self._settle(tick)
        elif access == STATUS and DROPS <= address < EVENT_COUNTERS_END and (
            self.analog.core.count or self.analog.collect_at != NEVER
        ):
            self._settle(tick)
            self._deliver()
        if access == MEMORY or access == STATUS or access == SWITCH or access == BACKGROUND_CONTROL:
            word[0] = self.registers.get(address)
        elif access == SYNAPSE_VIEW:
            word[0] = self.registers.read_view(address)
        elif access == MONITOR:
            word[0] = self.monitors.read(address, now)
        elif access == DRAM:
            word[0] = self.dram.read(address - EXTERNAL_DRAM)
        elif access == TIMER:
            word[0] = <uint32_t> (now - self.timer_zero)
        elif access == SYSTIME_READ:
            # The high word is at the lower address.
            word[0] = <uint32_t> (self.responses.systime(now) >> (32 if address & 7 == 3 else 0))
        elif access == DEVICE:
            with gil:
                word[0] = self.devices.read(address)
        else:
            return False
        return True

    cdef bint _write_word(self, uint32_t address, uint32_t word, int enables, int64_t tick) except -1 nogil:
        """Write a register at a chip cycle; False where there is nothing to write."""
        cdef int access = self.registers.access_of(address)
        cdef uint32_t mask, old
        cdef bint crossbar
        cdef int entry
        if access == NO_REGISTER or access == STATUS or access == MONITOR or access == TIMER or access == SYSTIME_READ:
            return False
        mask = self.registers.mask_of(address, enables)
        if access == MEMORY and PPU_MEMORY <= address & ~<uint32_t> 0x01000000 <= PPU_CONTROL:
            self.registers.write(address, word, mask)
            if address & 0x00200000:
                self.processors.control(address >> 24 & 1, self.registers.get(address), tick)
            else:
                self.processors.written(address >> 24 & 1, address & 0xfff)
        elif access == MEMORY:
            crossbar = CROSSBAR <= address < CROSSBAR_END
            if crossbar:
                # What is on its way still finds the settings before the first write of several.
                if not self.network.rewired:
                    self._before_change(tick)
            elif address < ANALOG_END and not self.analog.dirty:
                self._before_change(tick)
            elif address == EVENT_RECORDING:
                self._deliver()
            self.registers.write(address, word, mask)
            if address < ANALOG_END and not crossbar:
                if self.analog.touch(address, self.registers.get(address), tick) and address < SYNAPSES:
                    self.network.rewired = True
                    if ANALOG_CORE <= address < ANALOG_CORE_END:
                        self.network.padi.outdated = self.network.relabelled = True
            elif address < SYNAPSES or (address >= FPGA_SIDE and not EXTERNAL_MEMORY <= address < EXTERNAL_MEMORY_END):
                self.network.rewired = True
        elif access == SWITCH:
            old = self.registers.get(address)
            self.registers.write(address, word, mask)
            self.monitors.changed(address, old, tick // 2 - LINK)
            self.network.linked = self.monitors.links != 0
        elif access == DRAM:
            self.dram.write(address - EXTERNAL_DRAM, word, enables)
        elif access == SYNAPSE_VIEW:
            if not self.analog.dirty:
                self._before_change(tick)
            self.registers.write_view(address, word, mask)
            self.analog.touch(raw_address(address), 0, tick)
        elif access == DEVICE:
            self._write_device(address, word, tick)
        elif access == TRIGGER:
            self._trigger(address, word, tick)
        elif access == BACKGROUND_CONTROL:
            old = self.registers.get(address)
            self.registers.write(address, word, mask)
            self.network.switch_source(<int> ((address - BACKGROUND) // 3), old & 1, tick)
        elif access == NEURON_RESET:
            self._fire(256 * (address >> 9 & 1) + 128 * (address >> 15 & 1) + (address >> 2 & 0x7f), tick)
        elif access == NEURON_RESET_QUAD:
            for entry in range(4):
                self._fire(256 * (address >> 24 & 1) + ((address & 0x1f) * 4 + entry) * 2 + (address >> 5 & 1), tick)
        elif access == PADI_EVENT:
            self.network.frozen = False
            self.network.advance(tick, self.now)
            self.network.padi_event((address >> 15) & 1, word, tick)
        elif access == COUNTER_RESET:
            self.registers.put(address - 0x400, 0)
        return True

    cdef int _before_change(self, int64_t tick) except -1 nogil:
        """The first of some writes that the circuits depend on."""
        if self.analog.core.count or self.analog.collect_at != NEVER:
            self._settle(tick)
        return self.analog.note()

    cdef int _write_device(self, uint32_t address, uint32_t word, int64_t tick) except -1 nogil:
        """Write to a device of the board, which may change voltages at the chip."""
        with gil:
            self.devices.write(address, word)
            voltages = board_voltages(self.devices)
            if voltages != self.analog.front.board:
                if not self.in_reset:
                    self._settle(tick)
                self.analog.set_board(voltages)
        return 0

    cdef int _trigger(self, uint32_t address, uint32_t word, int64_t tick) except -1 nogil:
        """Write to a register that only does something."""
        cdef uint32_t offset = address & ~<uint32_t> 0x01000000
        if address == MADC_CONTROL:
            self._settle(tick)
            with gil:
                self.analog.control_madc(word)
            self._deliver()
        elif address & ~<uint32_t> 0x8000 == POST_PULSE:
            self._settle(tick)
            self.network.post_pulse(address >> 15 & 1, tick)
        elif CORRELATION_RESET <= offset < CORRELATION_RESET + 0x4000:
            self._settle(tick)
            with gil:
                offset -= CORRELATION_RESET
                self.analog.reset_sensors(address >> 24 & 1, offset >> 6, quad_columns(offset & 0x3f))
        return 0

    cdef int _fire(self, int circuit, int64_t tick) except -1 nogil:
        """Make a neuron fire."""
        self._settle(tick)
        self.analog.core.force(circuit)
        return self.network.collect()

    # -- plasticity processors ---------------------------------------------------------------------------------

    cdef int _run_processors(self, int64_t tick) except -1 nogil:
        """Let the processors run up to a chip cycle; each of their accesses finds the chip at its own time."""
        cdef int number
        cdef int64_t first = min(self.processors.cores[0].tick, self.processors.cores[1].tick), until
        self.vector_io.sendable = self.now
        for number in range(2):
            if self.processors.cores[number].running:
                first = self.processors.cores[number].tick
        until = min(tick, first + LONG_RUN)
        while True:
            number = self.processors.run(until)
            if number >= 0:
                self._serve(number)
                self.watch.work(EVENT)
            else:
                self.network.reached = max(self.network.reached, until)
                if until == tick or not self.processors.busy:
                    return 0
                until = min(tick, until + LONG_RUN)
                self.watch.work(LOOK_AFTER)

    cdef int _serve(self, int number) except -1 nogil:
        """Make the access that a processor waits for."""
        cdef Ppu* p = self.processors.cores[number]
        cdef Request* q = &p.request
        cdef int64_t done
        cdef int i
        if q.kind == REQUEST_IN or q.kind == REQUEST_OUT:
            if q.kind == REQUEST_IN:
                done = self.vector_io.read(number, q.address, p.tick, &p.vr[q.vector])
                for i in range(VECTOR_WORDS):
                    p.vr[q.vector].words[i] &= p.flags[q.condition].words[i]
            else:
                done = self.vector_io.write(number, q.address, p.tick, &p.vr[q.vector], &p.flags[q.condition])
            if done >= 0:
                p.unit_free[UNIT_IO] = done
                if q.kind == REQUEST_IN:
                    p.vector_ready[q.vector] = done
                self.processors.finish(number)
        elif q.kind == REQUEST_VECTOR_LOAD or q.kind == REQUEST_VECTOR_STORE:
            done = p.tick
            for i in range(VECTOR_WORDS):
                if done >= 0:
                    done = self._access(p, q.address + 4 * i, q.kind == REQUEST_VECTOR_STORE, 4, &p.vr[q.vector].words[i])
            if done >= 0:
                p.unit_free[UNIT_MEMORY] = p.tick + VECTOR_WORDS * (done - p.tick)
                p.vector_ready[q.vector] = p.unit_free[UNIT_MEMORY]
                self.processors.finish(number)
        else:
            done = self._access(p, q.address, q.kind == REQUEST_WRITE, q.bytes, &q.value)
            if done >= 0:
                self.processors.answer(number, q.value, done)
        if done < 0:
            self.processors.unanswered(number)
        return 0

    cdef int64_t _access(self, Ppu* p, uint32_t place, bint writes, int count, uint32_t* value) except -2 nogil:
        """A word on the Omnibus, or part of it, by the address that a processor has for it: the cycle when it is done."""
        cdef bint on_chip = place >> 31
        cdef uint32_t address = (place & 0x7fffffff) >> 2 if on_chip else FPGA_SIDE + ((place & 0x3fffffff) >> 2)
        cdef uint32_t word = 0
        cdef int shift = 8 * (4 - (place & 3) - count)
        cdef bint answered = on_chip or self.network.linked
        if writes:
            word = value[0] << shift
            answered = answered and self._write_word(address, word, ((1 << count) - 1) << (4 - (place & 3) - count), p.tick)
        else:
            answered = answered and self._read_word(address, &word, p.tick)
            value[0] = word
        if self.tap.first != NULL:
            self.tap.put(p.tick // 2 - LINK, address, word, writes, BY_PPU + (p == self.processors.cores[1]),
                         ((1 << count) - 1) << (4 - (place & 3) - count), answered)
        if not answered:
            return -1
        if on_chip and not writes and self.registers.access_of(address) == CADC_SAMPLE:
            return max(p.tick + CHIP_ACCESS, self.analog.cadc_busy[address >> 24 & 1])
        return p.tick + (CHIP_ACCESS if on_chip or writes else READ_EXTERNAL)

    # -- JTAG --------------------------------------------------------------------------------------------------

    cdef int _jtag(self, int code, uint64_t payload) except -1 nogil:
        cdef uint64_t out = 0, data = payload & JTAG_BITS
        cdef int bits = <int> (payload >> 40 & 0xff)
        if code == JTAG_INIT:
            self.jtag_instruction = IDCODE
        elif code == JTAG_SCALER:
            self.jtag_scaler = <int> (payload & 0xff)
        elif code == JTAG_INS:
            self.jtag_instruction = <int> (payload & 0x7f)
        else:
            self._jtag_time(bits)
            out = self._jtag_shift(data, bits)
            if payload >> 48 & 1:
                self._deliver()
                self.responses.send_until(self.now)
                self.responses.from_fpga.put(self.now, JTAG, out & JTAG_BITS & (((<uint64_t> 1) << min(bits, 33)) - 1))
        return 0

    cdef int _jtag_time(self, int bits) except -1 nogil:
        self.now += (bits + JTAG_OVERHEAD) * (self.jtag_scaler + 2)
        self.jtag_done = self.now
        self._advance(self.now + LINK)
        return 0

    cdef uint64_t _jtag_shift(self, uint64_t data, int bits) except? 0xdeadbeef nogil:
        """Shift data through the selected register; what comes out."""
        cdef uint64_t out
        cdef bint answered
        if self.in_reset:
            return 0
        if self.jtag_instruction == IDCODE:
            return ID_CODE
        if self.jtag_instruction == SELECT_ADDRESS:
            self.jtag_address = data
        elif self.jtag_instruction == SELECT_DATA:
            out = self.jtag_data
            self.jtag_data = data
            return out
        elif self.jtag_instruction == SELECT_REQUEST:
            self._jtag_access(<uint32_t> self.jtag_address, self.jtag_address >> 32 & 1)
        elif self.jtag_instruction == PLL_TARGET:
            self.pll_target = <uint32_t> (data & 0xf)
        elif self.jtag_instruction == PLL_SHIFT:
            answered = self._write_word(PLL + self.pll_target, <uint32_t> data, 0xf, self._tick())
            if self.tap.first != NULL:
                self.tap.put(self.now, PLL + self.pll_target, <uint32_t> data, True, BY_JTAG, 0xf, answered)
        elif self.jtag_instruction == BYPASS:
            return data << 1
        return 0

    cdef int _jtag_access(self, uint32_t address, bint reads) except -1 nogil:
        """Read a register of the chip into the data register, or write it from there."""
        cdef uint32_t word = 0
        cdef bint answered = False
        if address < FPGA_SIDE and reads:
            answered = self._read_word(address, &word, self._tick())
            if answered:
                self.jtag_data = word
        elif address < FPGA_SIDE:
            word = <uint32_t> self.jtag_data
            answered = self._write_word(address, word, 0xf, self._tick())
        if self.tap.first != NULL:
            self.tap.put(self.now, address, word, not reads, BY_JTAG, 0xf, answered)
        return 0

    # -- events ------------------------------------------------------------------------------------------------

    cdef int _spikes(self, int count, uint64_t payload) except -1 nogil:
        """Send spikes to the chip; the first label is the most significant one."""
        cdef int i
        cdef uint16_t label
        cdef int64_t tick = 2 * (self.now + LINK)
        if tick >= self.network.quiet_until or self.analog.dirty or self.network.frozen or (
            self.responses.from_chip.count() > LONG_QUEUE
        ) or (self.processors.busy and tick > self.processors.reached + SPIKES_AHEAD):
            self._advance(self.now + LINK)
        if not self._answered(SYSTIME_BASE):
            return 0
        for i in range(count - 1, -1, -1):
            label = <uint16_t> (payload >> 16 * i)
            self.network.route(8 + (label >> 14), label & 0x3fff, tick)
        return 0
