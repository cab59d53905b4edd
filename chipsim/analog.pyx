# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, auto_pickle=False
"""The analog part of the chip: registers become parameters of circuits, events become charge, voltages become numbers.

Writes only mark what they change. The circuits first run up to the first write of a burst; new parameters are derived
once, when time next matters to anybody.
"""

from libc.math cimport expf
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from types import SimpleNamespace

import numpy as np

import halco
import haldls

from chipsim.core cimport Core
from chipsim.recorder cimport DRIVER, EventTap
from chipsim.registers cimport SYNAPSE_VIEW, Registers
from chipsim.sensors cimport Sensors
from chipsim.watch cimport REFRESH

from chipsim import circuits, timing
from chipsim.converters import cadc_lsb, cadc_start
from chipsim.capmem import CYCLE_TICKS, CapMem
from chipsim.die import Die
from chipsim.parameters import derive
from chipsim.cells import read_columns
from chipsim.correlation import derive_correlation, largest_amplitude
from chipsim.frontend import Frontend
from chipsim.readout import Channel, cadc_channels
from chipsim.stimulus import derive_stimuli
from chipsim.switches import by_column, read_switches
from chipsim.synapse_driver import Mode, derive_drivers
from haldls.capmem import CAPMEM as CAPMEM_BLOCKS
from haldls.codec import WEIGHT

cdef enum:
    CAPMEM = 0x00140000
    NEURON = 0x00160000
    NEURON_END = 0x00180000
    BACKEND = 0x001a0000
    BACKEND_END = 0x001b0000
    COMMON_BACKEND = 0x1800  # in the block of a half
    FORCE_RESET = 2
    PADI = 0x00110000       # top; the bottom hemisphere is 0x8000 further on
    PADI_END = 0x00120000
    RAW_SYNAPSES = 0x02cf0000
    RAW_SWITCHES = 0x02cf8000
    RAW_DEBUG = 0x02cf8040  # a quad a word; what follows are other switches
    RAW_DEBUG_END = 0x02cf8080
    RAW_END = 0x02cf8100
    SWITCH_BITS = 0x03030303  # excitatory and inhibitory switch of four columns, behind six other bits each

    READOUT_CHAIN = 0x000c0000  # membrane ADC, current DAC, multiplexers
    READOUT_CHAIN_END = 0x000c0012
    CURRENT_DAC = 0x000c000b
    CURRENT_DAC_ON = 0x80
    CORRELATION_CONFIGS = 0x02200000
    CADC_CONFIGS = 0x02401000

    # Modes of synapse drivers.
    STP = 1
    HAGEN = 2

    # What a channel of the CADC is connected to.
    NOTHING = 0
    READOUT = 1
    DEBUG = 2
    CORRELATION = 3

assert tuple(CAPMEM_BLOCKS) == tuple(CAPMEM + 0x8000 * k for k in range(4)), "the CapMem is somewhere else"

assert (NOTHING, READOUT, DEBUG, CORRELATION) == tuple(Channel), "the channels of the CADC have other numbers"
assert (STP, HAGEN) == (Mode.STP, Mode.HAGEN), "the modes of synapse drivers have other numbers"

cdef int64_t NEVER = (<int64_t> 1) << 62
LEAST_AMPLITUDE = 1e-6  # V per pair: below, correlation sensors are off
cdef int CADC_CYCLES = timing.CADC_CYCLES
cdef int64_t CYCLE = CYCLE_TICKS
TICK_US = 0.004
NS_PER_V = 6.0  # of the ramp of a driver at its usual current

cdef float LINE_REST = circuits.LINE_REST
cdef float ADAPT_READOUT = circuits.ADAPT_READOUT
cdef float READOUT_NOISE = circuits.READOUT_NOISE


def driver_die(die):
    """Deviations of the synapse drivers in the terms of their model: offsets as pulse lengths in ns."""
    return SimpleNamespace(
        stp_ramp=die.stp_block, driver_ramp=die.stp_ramp, driver_offset=NS_PER_V * die.stp_offset,
        hagen_offset=NS_PER_V * die.hagen_offset,
    )


def _cells(words):
    """Cells in the memory of the blocks, (4, 4160), by block, column and row: a view of the shape (4, 130, 24)."""
    return np.asarray(words).reshape(4, 130, 32)[:, :, :24]


cdef class Analog:
    """Everything behind the synapse drivers, and the column ADC.

    Parameters
    ----------
    registers : Registers
        Words of the chip.
    die : chipsim.die.Die
        Fixed deviations of the circuits.
    noise : bool
        Temporal noise on or off.
    noise_seed : int
        Seed of the temporal noise.
    real_cells : bool
        CapMem cells settle and disturb each other, see `chipsim.capmem`.
    """

    def __init__(self, Registers registers, die=None, bint noise=True, uint64_t noise_seed=0, bint real_cells=False):
        cdef int stored
        self.registers = registers
        self.die = Die.ideal() if die is None else die
        self.core = Core()
        self.tap = EventTap()
        self.noise, self.noise_seed = noise, noise_seed
        self.core.noise_seed = noise_seed
        self.core.threshold_noise = circuits.THRESHOLD_NOISE if noise else 0
        self.cadc_offset = np.ascontiguousarray(self.die.cadc_offset, dtype=np.float32)
        self.cadc_gain = np.ascontiguousarray(self.die.cadc_gain, dtype=np.float32)
        self.cadc_digital = np.zeros((2, 2, 256), dtype=np.int16)
        self.extra = ()
        self.shorted = ((), ())
        self.collect_at = NEVER
        self.real_cells = real_cells
        self.capmem = CapMem(self.die) if real_cells else None
        if real_cells:
            self.written = np.zeros((4, 4160), dtype=np.uint16)
            self.written_at = np.zeros((4, 4160), dtype=np.int64)
        self.front = Frontend(self)
        self.sensors = Sensors(self._derive_correlation)
        for stored in range(64):
            self.weight_of[stored] = WEIGHT.decode(stored)
        self.power_up()

    def power_up(self):
        """All registers have changed."""
        cdef int i, k
        for k in range(4):
            for i in range(4160):
                self.shadow[k][i] = 0
        self.cells_dirty, self.renew_at = False, NEVER
        for k in range(2):
            for i in range(2):
                self.common_backend[k][i] = self.registers.get(BACKEND + 0x8000 * k + COMMON_BACKEND + i)
        memset(self.debug_seen, 0, sizeof(self.debug_seen))
        self.stimuli, self.wiring_dirty = None, True
        if self.real_cells:
            self.capmem.power_up()
            self.written[:], self.written_at[:] = 0, -1
        for k in range(2):
            self.cadc_busy[k] = 0
            for i in range(256):
                self.row_dirty[k][i] = True
        self.dirty = self.neurons_dirty = self.drivers_dirty = self.cadc_dirty = self.readout_dirty = True
        self.collect_at = NEVER
        self.front.power_up()
        self.sensors.power_up()

    def copy_from(self, Analog other):
        """Take over the state of another chip with the same die."""
        self.core.copy_from(other.core)
        self.parameters, self.extra, self.conversions = other.parameters, other.extra, other.conversions
        self.dirty, self.neurons_dirty = other.dirty, other.neurons_dirty
        self.drivers_dirty, self.cadc_dirty = other.drivers_dirty, other.cadc_dirty
        memcpy(self.shadow, other.shadow, sizeof(self.shadow))
        if self.real_cells:
            self.capmem.copy_from(other.capmem)
            self.written[:], self.written_at[:] = other.written, other.written_at
        self.cells_dirty, self.renew_at = other.cells_dirty, other.renew_at
        memcpy(self.row_dirty, other.row_dirty, sizeof(self.row_dirty))
        memcpy(self.common_backend, other.common_backend, sizeof(self.common_backend))
        self.stimuli, self.wiring_dirty = other.stimuli, other.wiring_dirty
        memcpy(self.debug_seen, other.debug_seen, sizeof(self.debug_seen))
        memcpy(self.drivers, other.drivers, sizeof(self.drivers))
        memcpy(self.cadc_start, other.cadc_start, sizeof(self.cadc_start))
        memcpy(self.cadc_per_volt, other.cadc_per_volt, sizeof(self.cadc_per_volt))
        memcpy(self.cadc_source, other.cadc_source, sizeof(self.cadc_source))
        memcpy(self.cadc_takes, other.cadc_takes, sizeof(self.cadc_takes))
        memcpy(self.other_signals, other.other_signals, sizeof(self.other_signals))
        memcpy(self.codes, other.codes, sizeof(self.codes))
        memcpy(self.cadc_busy, other.cadc_busy, sizeof(self.cadc_busy))
        memcpy(self.readout_offset, other.readout_offset, sizeof(self.readout_offset))
        memcpy(self.readout_source, other.readout_source, sizeof(self.readout_source))
        memcpy(self.readout_enabled, other.readout_enabled, sizeof(self.readout_enabled))
        memcpy(self.adapt_reference, other.adapt_reference, sizeof(self.adapt_reference))
        self.cadc_digital[:] = other.cadc_digital
        memcpy(self.cadc_special, other.cadc_special, sizeof(self.cadc_special))
        self.shorted, self.readout_dirty, self.collect_at = other.shorted, other.readout_dirty, other.collect_at
        self.front.copy_from(other.front)
        self.sensors.copy_from(other.sensors)
        if self.collect_at != NEVER:
            self.collect_at = self.front.plan()

    # -- registers ---------------------------------------------------------------------------------------------

    cdef bint touch(self, uint32_t address, uint32_t word, int64_t tick) noexcept nogil:
        """A register is written; the core is at the time of the write already. Whether settings may have changed."""
        cdef uint32_t raw
        cdef int hemisphere
        self.readout_dirty = True
        if CAPMEM <= address < NEURON:
            if self.real_cells and address & 0x7fff < 4160:
                self.written[address >> 15 & 3, address & 0x7fff] = word & 0x3ff
                self.written_at[address >> 15 & 3, address & 0x7fff] = tick // CYCLE
                self.cells_dirty = True
            elif address & 0x7fff < 4160 and word & 0x3ff != 1023:
                self.shadow[address >> 15 & 3][address & 0x7fff] = word & 0x3ff
            self.neurons_dirty = self.drivers_dirty = self.cadc_dirty = self.sensors.outdated = True
        elif BACKEND <= address < BACKEND_END and self.only_holds(address, word):
            return False
        elif NEURON <= address < NEURON_END or BACKEND <= address < BACKEND_END:
            self.neurons_dirty = True
        elif PADI <= address < PADI_END:
            self.drivers_dirty = True
        elif READOUT_CHAIN <= address < READOUT_CHAIN_END:
            self.wiring_dirty = True
        elif address >= <uint32_t> 0x02000000 and address < <uint32_t> 0x04000000:
            hemisphere = address >> 24 & 1
            raw = address & <uint32_t> 0x02ffffff
            if raw >= RAW_SWITCHES and raw < RAW_END:
                self.neurons_dirty = self.cadc_dirty = True
                if raw >= RAW_DEBUG and raw < RAW_DEBUG_END:
                    self.debug_seen[hemisphere][raw - RAW_DEBUG] |= self.registers.get(address) >> 6 & SWITCH_BITS
            elif raw >= RAW_SYNAPSES and raw < RAW_SWITCHES:
                self.row_dirty[hemisphere][(raw - RAW_SYNAPSES) >> 7] = self.sensors.outdated = True
            elif (raw >= <uint32_t> 0x02400000 and raw < <uint32_t> 0x02402000) or raw == CORRELATION_CONFIGS + 3:
                self.cadc_dirty = True
            else:
                return True
        else:
            return True
        self.dirty = True
        return True

    cdef bint only_holds(self, uint32_t address, uint32_t word) noexcept nogil:
        """Whether a word of the back ends' common settings changes nothing but the forced reset, which is done then."""
        cdef int half = address >> 15 & 1, index = address & 0x7fff
        cdef uint32_t changed
        if index != COMMON_BACKEND and index != COMMON_BACKEND + 1:
            return False
        changed = self.common_backend[half][index - COMMON_BACKEND] ^ word
        self.common_backend[half][index - COMMON_BACKEND] = word
        if self.neurons_dirty or changed & ~(FORCE_RESET if index == COMMON_BACKEND else 0):
            return False
        if changed:
            self.core.hold(half, word & FORCE_RESET)
        return True

    def read(self, addresses):
        """Words at addresses, uint32; of a CapMem cell the code that it holds."""
        cdef const uint32_t[::1] at = np.ascontiguousarray(addresses, dtype=np.uint32)
        result = np.empty(at.shape[0], dtype=np.uint32)
        cdef uint32_t[::1] words = result
        cdef Py_ssize_t i
        for i in range(at.shape[0]):
            if CAPMEM <= at[i] < NEURON and at[i] & 0x7fff < 4160:
                words[i] = self.shadow[at[i] >> 15 & 3][at[i] & 0x7fff]
            else:
                words[i] = (self.registers.read_view(at[i]) if self.registers.access_of(at[i]) == SYNAPSE_VIEW
                            else self.registers.get(at[i]))
        return result

    cdef int settle(self, int64_t tick) except -1 nogil:
        """Bring parameters and circuits up to a chip cycle."""
        if self.dirty:
            self.refresh()
        return self.core.advance(tick)

    cdef int refresh(self) except -1 nogil:
        """Derive what has changed."""
        cdef int hemisphere, row
        if self.collect_at != NEVER:
            self.collect()
        with gil:
            if self.cells_dirty or self.renew_at <= self.core.now:
                self._refresh_cells()
            if self.wiring_dirty or self.neurons_dirty:
                self._refresh_stimuli()
            if self.neurons_dirty:
                self._refresh_neurons()
            if self.drivers_dirty:
                self._refresh_drivers()
            if self.cadc_dirty:
                self._refresh_cadc()
            if self.sensors.outdated:
                self._switch_sensors()
        for hemisphere in range(2):
            for row in range(256):
                if self.row_dirty[hemisphere][row]:
                    self.load_row(hemisphere, row)
                    self.row_dirty[hemisphere][row] = False
        self.dirty = self.neurons_dirty = self.drivers_dirty = self.cadc_dirty = False
        if self.readout_dirty:
            with gil:
                self._refresh_readout()
        return self.core.watch.work(REFRESH)

    def add_probe(self, int circuit, signal, double interval_us):
        """Record a signal of a circuit; gives the number of the probe, see `Core.add_probe`."""
        if self.dirty:
            self.refresh()
        if self.core.lane_of_circuit[circuit] < 0:
            self.extra = tuple(sorted({*self.extra, circuit}))
            self.neurons_dirty = self.dirty = True
            self.refresh()
        return self.core.add_probe(circuit, signal, interval_us)

    cdef int renew(self) except -1 nogil:
        """Let cells move that are due now; all spikes up to now have been collected."""
        self.note()
        return self.refresh()

    def _refresh_cells(self):
        """See which codes the circuits get from the cells now."""
        cdef int64_t cycle = self.core.now // CYCLE
        if self.cells_dirty:
            since = _cells(self.written_at)
            self.capmem.write(_cells(self.written), np.where(since < 0, cycle, since))
            since[:] = -1
            self.cells_dirty = False
        codes = self.capmem.codes(cycle)
        held = np.asarray(<uint16_t[:4, :4160]> &self.shadow[0][0])
        changed = codes != _cells(held)
        if changed.any():
            _cells(held)[:] = codes
            self.neurons_dirty = self.readout_dirty = True
            if changed[:, 128:].any():
                self.drivers_dirty = self.cadc_dirty = self.sensors.outdated = True
        self.renew_at = (cycle + 1) * CYCLE if cycle < self.capmem.settled_at else NEVER

    def _refresh_stimuli(self):
        """See what acts on circuits from outside."""
        cdef int h, quad
        before, self.stimuli, self.wiring_dirty = self.stimuli, None, False
        pads = self.front.driven_pads
        if pads != (None, None) or self.registers.get(CURRENT_DAC) & CURRENT_DAC_ON:
            words = np.asarray(<uint32_t[:2, :64]> &self.debug_seen[0][0])
            seen = words[:, :, None] >> np.array([24, 16, 8, 0], dtype=np.uint32)
            seen = np.stack([by_column(seen & 1), by_column(seen & 2)], axis=-1).reshape(512, 2) > 0
            self.stimuli = derive_stimuli(self.read, pads, seen)
        memset(self.debug_seen, 0, sizeof(self.debug_seen))
        if self.stimuli is not None or before is not None:
            self.neurons_dirty = True

    def _refresh_neurons(self):
        cdef int i, k, h
        p = self.parameters = derive(self.read, self.die)
        currents = read_switches(self.read).current.transpose(0, 2, 1).reshape(512, 2)
        extra = self.extra if self.stimuli is None else (*self.extra, *np.flatnonzero(self.stimuli.driven))
        self.core.configure(p, currents=currents, extra=extra, stimuli=self.stimuli)
        for i in range(512):
            self.readout_offset[i] = p.readout_offset[i]
            self.readout_source[i] = p.readout_source[i]
            self.readout_enabled[i] = p.readout_enabled[i]
            self.adapt_reference[i] = p.v_adapt_ref[i]
        for k in range(2):
            self.other_signals[k] = bool(np.any(p.readout_source[256 * k:256 * k + 256]))
        on_line = read_columns(haldls.NeuronConfig, self.read).enable_readout & p.readout_enabled
        lines = [np.flatnonzero(on_line[256 * h + k:256 * h + 256:2]) * 2 + k for h in range(2) for k in range(2)]
        self.shorted = tuple([line for line in lines[2 * h:2 * h + 2] if len(line) > 1] for h in range(2))
        for k in range(2):
            for i in range(256):
                self.row_dirty[k][i] = True
        self.cadc_dirty = True

    def _refresh_drivers(self):
        cdef int h, d
        cdef Driver* driver
        p = derive_drivers(self.read, driver_die(self.die))
        for h in range(2):
            for d in range(128):
                driver = &self.drivers[h][d]
                driver.mode, driver.forwards, driver.full = p.mode[h, d], p.forwards[h, d], p.full[h, d]
                driver.utilization, driver.recovery_rate = p.utilization[h, d], p.recovery_rate[h, d]
                driver.v_charge, driver.v_recover = p.v_charge[h, d], p.v_recover[h, d]
                driver.p0, driver.p1, driver.h0, driver.h1 = p.p0[h, d], p.p1[h, d], p.h0[h, d], p.h1[h, d]
        self.core.set_row_modes(p.row_modes)

    def _refresh_cadc(self):
        cdef int h, side, channel, column
        # The ramp is set by the cells of each quadrant.
        cells = [[halco.CapMemCellOnDLS(getattr(halco.CapMemCellOnCapMemBlock, name), block).toEnum().value()
                  for block in halco.iter_all(halco.CapMemBlockOnDLS)] for name in ("cadc_v_ramp_offset", "cadc_i_ramp_slope")]
        codes = read_columns(haldls.CapMemCell, self.read).value
        # A set bit means the ramp start of the other block of the hemisphere.
        other = np.array([[self.registers.get(CORRELATION_CONFIGS + 0x01000000 * h + 3) >> bit & 1 for bit in (2, 1)]
                          for h in range(2)]).ravel()
        offsets = codes[cells[0]][np.arange(4) ^ other]
        start, lsb = cadc_start(offsets, self.die), cadc_lsb(codes[cells[1]], self.die)
        for h in range(2):
            for side in range(2):
                self.cadc_start[h][side] = start[2 * h + side]
                self.cadc_per_volt[h][side] = 1 / lsb[2 * h + side] if lsb[2 * h + side] > 0 else 0
        np.asarray(self.cadc_digital)[:] = read_columns(haldls.CADCChannelConfig, self.read).offset.reshape(2, 2, 256)
        switches = read_switches(self.read)
        source = cadc_channels(switches)
        for h in range(2):
            for channel in range(2):
                for column in range(256):
                    self.cadc_source[h][channel][column] = source[h, channel, column]
                    self.cadc_takes[h][channel][column] = (
                        source[h, channel, column] == READOUT and self.readout_enabled[256 * h + column])
            self.cadc_special[h] = bool(np.any(source[h] >= DEBUG)) or len(self.shorted[h]) > 0

    def _derive_correlation(self):
        """Parameters of the correlation sensors now."""
        die = self.die
        sensors = SimpleNamespace(
            correlation_amplitude=np.stack([die.correlation_amplitude_causal, die.correlation_amplitude_acausal]),
            correlation_tau=np.stack([die.correlation_tau_causal, die.correlation_tau_acausal]),
        )
        board = self.front.board
        return derive_correlation(self.read, sensors, board.v_res_meas, board.v_reset)

    def _switch_sensors(self):
        """See whether the correlation sensors do anything."""
        cdef bint on = largest_amplitude(self.read, self.front.board.v_res_meas) > LEAST_AMPLITUDE
        cdef int h, row
        if on and not self.sensors.on:
            for h in range(2):
                for row in range(256):
                    self.row_dirty[h][row] = True
        self.sensors.switch(on)

    def _refresh_readout(self):
        self.front.outdated, self.readout_dirty = True, False
        if self.collect_at != NEVER:
            self.collect_at = self.front.plan()

    cdef void load_row(self, int hemisphere, int row) noexcept nogil:
        """Give the core the weights and labels of a row in the order of the columns."""
        cdef uint8_t weights[256]
        cdef uint8_t labels[256]
        cdef uint32_t base = RAW_SYNAPSES + 0x01000000 * hemisphere + 128 * row, weight, label
        cdef int quad, entry, column
        for quad in range(64):
            weight, label = self.registers.get(base + quad), self.registers.get(base + 64 + quad)
            for entry in range(4):
                column = ((quad & 31) * 4 + entry) * 2 + (quad >> 5)
                weights[column] = self.weight_of[weight >> (24 - 8 * entry) & 0x3f]
                labels[column] = label >> (24 - 8 * entry) & 0x3f
        self.core.set_row(hemisphere, row, weights, labels)
        if self.sensors.on:
            self.sensors.set_labels(hemisphere, row, labels)

    # -- events ------------------------------------------------------------------------------------------------

    cdef int receive(self, int hemisphere, int driver, uint32_t label, int64_t tick) except -1 nogil:
        """An event that a synapse driver has accepted."""
        cdef Driver* d = &self.drivers[hemisphere][driver]
        cdef float pulse = d.full
        if d.mode == STP:
            d.modulation *= expf(-d.recovery_rate * <float> (tick - d.last) * <float> 0.004)
            d.modulation += d.utilization * (1 - d.modulation)
            d.last = tick
            pulse = d.p0 - d.p1 * (d.v_recover + d.modulation * (d.v_charge - d.v_recover))
        elif d.mode == HAGEN:
            pulse = d.h0 + d.h1 * (32 - <int> (label & 0x1f))
        pulse = min(pulse, d.full)
        if self.tap.kinds >> DRIVER & 1:
            self.tap.put_pulse(128 * hemisphere + driver, label, tick, max(pulse, 0), d.modulation, d.recovery_rate)
        if not d.forwards:
            label &= 0x20
        if pulse <= 0:
            return 0
        if self.sensors.on:
            self.sensors.pre(128 * hemisphere + driver, (self.core.row_mode[hemisphere][2 * driver] != 0) | (
                self.core.row_mode[hemisphere][2 * driver + 1] != 0) << 1, label, tick,
                self.core.now if self.core.count else tick)
        if self.core.count == 0:
            return 0
        return self.core.arrive(tick, hemisphere, driver, label, pulse, pulse)

    def driver_states(self):
        """Of all drivers after their last event: modulation, tick of the event, recovery rate in 1/us; (3, 256)."""
        cdef int i
        cdef Driver* d
        result = np.empty((3, 256))
        for i in range(256):
            d = &self.drivers[i >> 7][i & 127]
            result[0, i], result[1, i], result[2, i] = d.modulation, d.last, d.recovery_rate
        return result

    def modulations(self):
        """State of the short-term plasticity of all drivers now, 0 recovered ... 1 charged: (256,)."""
        modulation, last, rate = self.driver_states()
        return modulation * np.exp(-rate * TICK_US * (self.core.now - last))

    # -- readout -----------------------------------------------------------------------------------------------

    def value(self, int circuit, int signal):
        """A signal of a circuit now, see `chipsim.core.SIGNALS`."""
        return self.core.value(circuit, signal)

    def readout_of(self, int circuit):
        """Readout amplifier of a circuit: number of the signal, offset in V, reference of the adaptation in V."""
        return int(self.readout_source[circuit]), self.readout_offset[circuit], self.adapt_reference[circuit]

    def driver_voltage(self, int number, modulation):
        """STP voltage of a driver with a modulation, V."""
        cdef Driver* d = &self.drivers[number >> 7][number & 127]
        return d.v_recover + modulation * (d.v_charge - d.v_recover)

    def control_madc(self, uint32_t word):
        """The control register of the membrane ADC is written now."""
        if self.collect_at != NEVER:
            self.front.collect()
        self.front.control(word)
        self.collect_at = self.front.plan()

    def set_board(self, board):
        """The voltages of the board change now."""
        if self.collect_at != NEVER:
            self.front.collect()
        self.note()
        self.front.board = board
        self.sensors.outdated = True
        self._switch_sensors()
        self.wiring_dirty = self.dirty = True

    def drive_pad(self, int pad, volts):
        """Drive a pad from outside from now on; None lets it go."""
        if self.collect_at != NEVER:
            self.front.collect()
        self.front.external[pad] = None if volts is None else float(volts)
        self.wiring_dirty = self.dirty = True

    cdef int collect(self) except -1 nogil:
        """Make codes of the samples of the membrane ADC so far, and plan those to come."""
        with gil:
            self.front.collect()
            self.collect_at = self.front.plan()
        return 0

    def take_samples(self):
        """Samples of the membrane ADC so far, taken out, see `Frontend.take`."""
        self.front.collect()
        samples = self.front.take()
        self.collect_at = self.front.plan()
        return samples

    cdef int note(self) except -1 nogil:
        """Let the correlation sensors see all pulses before now; what they depend on is about to change."""
        if self.sensors.log.size:
            self.sensors.replay(self.core.now)
        return 0

    def read_sensors(self, int hemisphere, int row):
        """Voltages of the correlation sensors of a row now, float32 (2, 256)."""
        self.note()
        return self.sensors.read(hemisphere, row)

    def reset_sensors(self, int hemisphere, int row, columns, branches=(0, 1)):
        """Reset correlation sensors of a row now."""
        self.note()
        targets = None
        if self.registers.get(CORRELATION_CONFIGS + 0x01000000 * hemisphere + 3) & 1:
            # Each capacitor is discharged until the comparator of its channel triggers.
            start = np.array([self.cadc_start[hemisphere][k] for k in range(2)])
            targets = np.repeat(start, 128) - np.asarray(self.cadc_offset)[hemisphere]
        self.sensors.reset(hemisphere, row, columns, targets, branches)

    cdef int add_special(self, int hemisphere, int row, float[:, ::1] volts) except -1:
        """Inputs of the channels that are not connected to a neuron alone."""
        cdef int channel, column
        array = np.asarray(volts)
        for line in self.shorted[hemisphere]:
            mean = np.mean([self.signal(256 * hemisphere + column) for column in line])
            for channel in range(2):
                for column in line:
                    if self.cadc_source[hemisphere][channel][column] == READOUT:
                        volts[channel, column] = mean
        source = np.array([[self.cadc_source[hemisphere][channel][column] for column in range(256)]
                           for channel in range(2)])
        if np.any(source == DEBUG):
            for channel, value in enumerate(self.front.debug_voltages()):
                array[channel, source[channel] == DEBUG] = value
        if np.any(source == CORRELATION):
            array[source == CORRELATION] = self.read_sensors(hemisphere, row)[source == CORRELATION]
        return 0

    cdef float signal(self, int circuit) noexcept nogil:
        """Voltage at the readout amplifier of a circuit."""
        cdef int source = self.readout_source[circuit]
        cdef float value
        if source == 0:
            value = self.core.value(circuit, 0)
        elif source == 3:
            value = self.adapt_reference[circuit] + self.core.value(circuit, 3) / ADAPT_READOUT
        else:
            value = LINE_REST - self.core.value(circuit, source)
        return value + self.readout_offset[circuit]

    cdef int convert(self, int hemisphere, int row, int64_t tick) except -1 nogil:
        """Convert all channels of a hemisphere; the results stay until the next conversion."""
        cdef float volts[2][256]
        cdef float membranes[256]
        cdef int column, channel, side
        cdef float noise = READOUT_NOISE if self.noise else 0
        cdef uint32_t config = self.registers.get(CADC_CONFIGS + 0x01000000 * hemisphere)
        cdef uint32_t sense_delay = self.registers.get(CORRELATION_CONFIGS + 0x01000000 * hemisphere) & 0xfff
        self.conversions += 1
        # The ramp, with what is waited before and behind it.
        self.cadc_busy[hemisphere] = max(tick, self.cadc_busy[hemisphere]) + CADC_CYCLES + (config >> 4 & 0xff) + (
            config >> 12 & 0xff) + sense_delay
        self.core.membranes(256 * hemisphere, 256, membranes)
        for column in range(256):
            membranes[column] += self.readout_offset[256 * hemisphere + column]
        if self.other_signals[hemisphere]:
            for column in range(256):
                if self.readout_source[256 * hemisphere + column]:
                    membranes[column] = self.signal(256 * hemisphere + column)
        for channel in range(2):
            for column in range(256):
                volts[channel][column] = membranes[column] * self.cadc_takes[hemisphere][channel][column]
        if self.cadc_special[hemisphere]:
            with gil:
                self.add_special(hemisphere, row, <float[:2, :256]> &volts[0][0])
        for channel in range(2):
            for side in range(2):
                self.core.convert(
                    &volts[channel][128 * side], &self.cadc_offset[hemisphere, channel, 128 * side],
                    &self.cadc_gain[hemisphere, channel, 128 * side], 128, self.cadc_start[hemisphere][side],
                    self.cadc_per_volt[hemisphere][side], &self.cadc_digital[hemisphere, channel, 128 * side], noise,
                    self.noise_seed * <uint64_t> 0x9e3779b97f4a7c15u + 8 * self.conversions + 4 * hemisphere + 2 * channel + side,
                    &self.codes[hemisphere][channel][128 * side],
                )
        return 0

    cdef uint32_t cadc_word(self, uint32_t address) noexcept nogil:
        """Four samples of the last conversion."""
        cdef int hemisphere = address >> 24 & 1, channel = address >> 18 & 1, quad = address & 0x3f, entry
        cdef uint32_t word = 0
        for entry in range(4):
            word = word << 8 | self.codes[hemisphere][channel][((quad & 31) * 4 + entry) * 2 + (quad >> 5)]
        return word
