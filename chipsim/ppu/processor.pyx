# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, auto_pickle=False
"""The two plasticity processors of a chip, and processors on their own for tests and teaching."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from dataclasses import dataclass

import numpy as np

from chipsim.ppu.instructions import INSTRUCTIONS, OE_BIT
from chipsim.ppu.report import CAUSES, FATAL, Fault, Names, Report
from chipsim.ppu.state import EXTERNAL_BYTES, SRAM_BYTES, State
from haldls.external_memory import EXTERNAL_MEMORY
from haldls.ppu import PPU_CONTROL, PPU_MEMORY

cdef uint32_t STATUS = PPU_CONTROL[0] + 1
cdef int64_t NEVER = (<int64_t> 1) << 62
cdef int64_t NO_TIMER = 0x7fffffffffffffff
cdef int64_t QUANTUM = 256  # most cycles that one processor is ahead of the other where they share nothing but memory

cdef enum:
    # Control register.
    RUN = 1
    CLOCK_ON = 2
    CLOCK_OFF = 4

STEP = np.dtype([("tick", "i8"), ("pc", "u4"), ("word", "u4")])
PROFILE = np.dtype([("pc", "u4"), ("count", "u4"), ("cycles", "u8"), ("stalls", "u8")])


def _fill_tables():
    """Give the decoder the encodings of the instructions."""
    numbers = {ppu_instruction_names[i].decode(): i for i in range(1, ppu_instruction_count)}
    for instruction in INSTRUCTIONS:
        primary, number = instruction.match >> 26, numbers.pop(instruction.mnemonic, 0)
        if primary == 4:
            ppu_vector[instruction.match >> 2 & 0x1ff] = number
        elif primary in (19, 31):
            for option in {0, OE_BIT if instruction.form == "XO" else 0}:
                if primary == 19:
                    ppu_extended19[(instruction.match | option) >> 1 & 0x3ff] = number
                else:
                    ppu_extended31[(instruction.match | option) >> 1 & 0x3ff] = number
        else:
            ppu_primary[primary] = number
    assert not numbers, f"instructions without encoding: {sorted(numbers)}"


_fill_tables()
assert len(CAUSES) == N_REPORTS


cdef class Processor:
    """A plasticity processor; those of a chip are at `Chip.ppus`.

    Attributes
    ----------
    number : int or None
        0 top, 1 bottom, None on its own.
    symbols : dict of str to int, or None
        Addresses by name, for the reports; set them with `name_addresses`.
    """

    def __cinit__(self):
        ppu_init(&self.core)

    def __init__(self, number=None):
        self.number = number

    def __dealloc__(self):
        ppu_free(&self.core)

    # -- state -------------------------------------------------------------------------------------------------

    @property
    def pc(self):
        """Address of the next instruction."""
        return self.core.pc

    @property
    def running(self):
        """Out of reset, with its clock on, and not stuck in an access that nobody answers."""
        return bool(self.core.running)

    @property
    def asleep(self):
        """Stopped by `wait`."""
        return bool(self.core.asleep)

    @property
    def cycles(self):
        """Clock cycles since the reset: the time base."""
        return self.core.tick - self.core.time_zero

    @property
    def stall_cycles(self):
        """Clock cycles that vector instructions were waited for since the processor was made."""
        return self.core.stalled

    def state(self):
        """Registers and memories now, a `State`."""
        cdef int i, k
        s = State()
        ppu_update_timers(&self.core)
        for i in range(32):
            s.gpr[i] = self.core.gpr[i]
        s.lr, s.ctr, s.msr, s.pc = self.core.lr, self.core.ctr, self.core.msr, self.core.pc
        s.cr = sum(<int> self.core.cr[i] << (28 - 4 * i) for i in range(8))
        s.xer = <uint32_t> self.core.so << 31 | <uint32_t> self.core.ov << 30 | <uint32_t> self.core.ca << 29
        s.srr0, s.srr1, s.esr = self.core.srr0, self.core.srr1, self.core.esr
        s.dec, s.decar, s.tcr, s.tsr = ppu_dec(&self.core), self.core.decar, self.core.tcr, self.core.tsr
        s.time = self.core.tick - self.core.time_zero
        for i in range(32):
            s.vr[i] = _bytes([self.core.vr[i].words[k] for k in range(32)])
        acc = np.array([self.core.acc.words[i] for i in range(64)], dtype=np.uint32)
        s.acc[:] = acc[_halves()]
        for i in range(1, 4):
            flags = _bytes([self.core.flags[i].words[k] for k in range(32)])
            s.vcr[flags != 0] |= 1 << (i - 1)
        if self.core.sram != NULL:
            s.memory[:] = _bytes(np.asarray(<uint32_t[:PPU_SRAM_WORDS]> self.core.sram))
        if self.core.external != NULL:
            s.external[:] = _bytes(np.asarray(<uint32_t[:PPU_EXTERNAL_WORDS]> self.core.external))
        return s

    def load(self, state):
        """Take over registers and memories from a `State`."""
        cdef int i, k
        _check(state)
        for i in range(32):
            self.core.gpr[i] = state.gpr[i]
        self.core.lr, self.core.ctr, self.core.msr, self.core.pc = state.lr, state.ctr, state.msr, state.pc
        for i in range(8):
            self.core.cr[i] = state.cr >> (28 - 4 * i) & 15
        self.core.so, self.core.ov, self.core.ca = state.xer >> 31 & 1, state.xer >> 30 & 1, state.xer >> 29 & 1
        self.core.srr0, self.core.srr1, self.core.esr = state.srr0, state.srr1, state.esr
        self.core.decar, self.core.tcr, self.core.tsr = state.decar, state.tcr, state.tsr
        self.core.time_zero = self.core.tick - <int64_t> state.time
        self.core.timers_at = self.core.tick
        self.core.dec_at = self.core.tick + <int64_t> state.dec if state.dec else NO_TIMER
        for i in range(32):
            words = _words(state.vr[i])
            for k in range(32):
                self.core.vr[i].words[k] = words[k]
        acc = state.acc[_halves()]
        for i in range(64):
            self.core.acc.words[i] = acc[i]
        for i in range(1, 4):
            words = _words(np.where(state.vcr & 1 << (i - 1), 0xff, 0).astype(np.uint8))
            for k in range(32):
                self.core.flags[i].words[k] = words[k]
        if self.core.sram != NULL:
            np.asarray(<uint32_t[:PPU_SRAM_WORDS]> self.core.sram)[:] = _words(state.memory)
        if self.core.external != NULL:
            np.asarray(<uint32_t[:PPU_EXTERNAL_WORDS]> self.core.external)[:] = _words(state.external)
        ppu_forget(&self.core)

    # -- looking inside ----------------------------------------------------------------------------------------

    def name_addresses(self, symbols):
        """Names of addresses (a mapping to numbers) for reports and listings; None forgets them."""
        self.symbols = None if symbols is None else dict(symbols)

    @property
    def reports(self):
        """What the processor did since its reset that is hardly meant, a list of `Report`."""
        cdef int i
        names = Names(self.symbols)
        return [
            Report(CAUSES[i], self.core.reports[i].pc, self.core.reports[i].address, self.core.reports[i].word,
                   0.004 * self.core.reports[i].tick, self.core.reports[i].count, self.number,
                   names.place(self.core.reports[i].pc))
            for i in range(1, N_REPORTS) if self.core.reports[i].count
        ]

    def new_reports(self):
        """Those of `reports` which this has not given before."""
        cdef int i
        new = []
        for report in self.reports:
            i = CAUSES.index(report.cause)
            if not self.core.reports[i].told:
                self.core.reports[i].told = True
                new.append(report)
        return new

    def trace(self, Py_ssize_t limit=1_000_000):
        """Record instructions from now on, the last `limit` of them; 0 ends it.

        Raises
        ------
        ValueError
            A negative limit.
        """
        if limit < 0:
            raise ValueError(f"a trace of {limit} instructions, expected 0 or more")
        free(self.core.steps)
        self.core.steps, self.core.n_steps, self.core.max_steps = NULL, 0, 0
        if limit:
            self.core.steps = <Step*> calloc(limit, sizeof(Step))
            if self.core.steps == NULL:
                raise MemoryError(f"no memory for a trace of {limit} instructions")
            self.core.max_steps = limit
        self._set_stepping()

    def traced(self):
        """Instructions recorded so far: structured array of `tick` (4 ns), `pc` and `word`, in order."""
        cdef uint64_t count = min(self.core.n_steps, self.core.max_steps)
        steps = np.zeros(count, dtype=STEP)
        cdef unsigned char[::1] to
        if count:
            to = steps.view(np.uint8)
            memcpy(&to[0], self.core.steps, count * sizeof(Step))
            if self.core.n_steps > self.core.max_steps:
                steps = np.roll(steps, -<Py_ssize_t> (self.core.n_steps % self.core.max_steps))
        return steps

    def profile(self, bint on=True):
        """Count, from now on, how often and for how long each instruction is executed."""
        if ppu_profile(&self.core, on) < 0:
            raise MemoryError("no memory for a profile")
        self._set_stepping()

    def profiled(self):
        """Counts so far, by address: structured array of `pc`, `count`, `cycles` and of them `stalls`.

        The stalls are cycles that vector instructions were waited for.
        """
        cdef ProfileEntry* entry
        cdef uint32_t i
        ppu_profile_end(&self.core)
        rows = []
        for i in range(self.core.profile_size):
            entry = &self.core.profile[i]
            if entry.pc != 1:
                rows.append((entry.pc, entry.count, entry.cycles, entry.stalls))
        return np.array(sorted(rows), dtype=PROFILE)

    def _set_stepping(self):
        self.core.stepping = (
            self.core.max_steps > 0 or self.core.profile != NULL or self.core.steps_left != <uint64_t> -1)

    # -- on its own --------------------------------------------------------------------------------------------

    @classmethod
    def alone(cls, state=None, *, strict=False):
        """A processor with memories but without a chip, which begins in a `State`; see `execute` for `strict`."""
        return _alone(state, strict)

    def _limit(self, limit):
        """Stop after a number of instructions, None: never."""
        self.core.steps_left = <uint64_t> -1 if limit is None else <uint64_t> limit
        self._set_stepping()

    def _give(self, words, uint32_t origin):
        """Execute these instructions at an address, and nothing else."""
        cdef const uint32_t[::1] view = words
        self.given = words
        if ppu_give(&self.core, &view[0] if view.shape[0] else NULL, <uint32_t> view.shape[0], origin) < 0:
            raise MemoryError("no memory for the decoded instructions")

    def _memories(self, memory, external, pages=None):
        """Use arrays of words as memories."""
        cdef uint32_t[::1] sram = memory, outside = external
        cdef SparseMemory dram = pages
        self.keep = (memory, external, pages)
        self.core.sram, self.core.external = &sram[0], &outside[0]
        self.core.dram = NULL if dram is None else dram.pages

    def run(self, int64_t cycles=NEVER):
        """Run a processor on its own for some clock cycles, or until it sleeps; whether it sleeps.

        Raises
        ------
        Fault
            An access to nothing.
        RuntimeError
            The processor is part of a chip.
        """
        if self.number is not None:
            raise RuntimeError("the processors of a chip run with the chip")
        if self._run(cycles) == PPU_HALTED:
            raise _fault(self)
        return self.asleep

    def _run(self, int64_t cycles=NEVER):
        cdef int result
        cdef int64_t until = self.core.tick + cycles
        with nogil:
            result = ppu_run(&self.core, until)
            if result == PPU_REQUEST:
                ppu_unanswered(&self.core)
                result = PPU_HALTED
        return result


def _halves():
    """Places of the halfwords in words of the host; the permutation is its own inverse."""
    return np.arange(64) ^ (1 if np.little_endian else 0)


def _bytes(words):
    return np.ascontiguousarray(words, dtype=np.uint32).astype(">u4").view(np.uint8)


def _words(values):
    return np.ascontiguousarray(values, dtype=np.uint8).view(">u4").astype(np.uint32)


def _check(state):
    for name, shape in (("gpr", (32,)), ("vr", (32, 128)), ("acc", (64,)), ("vcr", (128,)),
                        ("memory", (SRAM_BYTES,)), ("external", (EXTERNAL_BYTES,))):
        got = np.shape(getattr(state, name))
        if got != shape:
            raise ValueError(f"State.{name} has the shape {got}, expected {shape}")
    for name in ("lr", "ctr", "cr", "xer", "msr", "pc", "srr0", "srr1", "esr", "dec", "decar", "tcr", "tsr"):
        value = getattr(state, name)
        if not 0 <= value < 1 << 32:
            raise ValueError(f"State.{name} is {value}, expected 0..0xffffffff")


cdef Processor _alone(state, bint strict):
    cdef Processor processor = Processor()
    processor.core.strict = strict
    processor._memories(np.zeros(PPU_SRAM_WORDS, dtype=np.uint32), np.zeros(PPU_EXTERNAL_WORDS, dtype=np.uint32),
                        SparseMemory())
    if state is not None:
        processor.load(state)
    return processor


def _fault(Processor processor, cause=None):
    reports = processor.reports
    if cause is None:
        state = processor.state()
        last = max((r for r in reports if r.cause in FATAL), key=lambda r: r.time_us)
        return Fault(Report(last.cause, last.pc, last.address, last.word, last.time_us, last.count), state)
    return Fault(Report(cause, processor.pc, processor.pc, 0, 0.004 * processor.core.tick, 1), processor.state())


def execute(words, state=None, *, origin=0x80000000, limit=1_000_000, strict=False):
    """Execute instruction words.

    The words are fetched from an instruction memory of their own. Execution begins with the first one and ends where the
    program counter leaves the list, or with `wait`.

    Parameters
    ----------
    words : array_like of uint32
        Instructions.
    state : State, optional
        Registers and memories at the beginning, but for `pc`; default zeros. It is not changed.
    origin : int
        Address of the first word.
    limit : int
        Most instructions that are executed.
    strict : bool
        With the deviations of the public RTL from the Power ISA: shifts use five bits of the amount, displacements of
        `lha` and immediates of `twi` are not sign extended.

    Returns
    -------
    State
        Registers and memories at the end; `pc` is the address of the next instruction.

    Raises
    ------
    Fault
        An access to nothing, or the limit is reached.
    ValueError
        An array of `state` has a wrong shape, or the origin is no address of a word.
    """
    if origin % 4 or not 0 <= origin < 1 << 32:
        raise ValueError(f"origin 0x{origin:x}, expected the address of a word")
    cdef Processor processor = _alone(state, strict)
    processor._give(np.array(words, dtype=np.uint32).ravel(), origin)
    processor.core.pc = origin
    processor._limit(limit)
    return _finish(processor, processor._run(), limit)


def _finish(Processor processor, int result, limit):
    if result == PPU_HALTED:
        raise _fault(processor)
    if result == PPU_STEPS:
        raise _fault(processor, f"not at the end after {limit} instructions")
    return processor.state()


def run_image(memory, *, limit=1_000_000, strict=False):
    """Run a program from internal memory, beginning at address 0, with no chip around.

    Parameters
    ----------
    memory : ndarray of uint8, (16384,)
        Contents of the memory.
    limit : int
        Most instructions that are executed.
    strict : bool
        See `execute`.

    Returns
    -------
    State
        When the processor sleeps, or has reached the limit.

    Raises
    ------
    Fault
        An access to nothing.
    """
    state = State()
    state.memory = np.asarray(memory, dtype=np.uint8)
    cdef Processor processor = _alone(state, strict)
    processor._limit(limit)
    processor.run()
    return processor.state()


@dataclass(frozen=True)
class Result:
    """What a program left behind.

    Attributes
    ----------
    exit_code : int
        Value that the program gave to `exit`, signed.
    mailbox : str
        Text in the mailbox.
    cycles : int
        Clock cycles of 4 ns that it took.
    state : State
        Registers and memories.
    """

    exit_code: int
    mailbox: str
    cycles: int
    state: object


def run_elf(elf, *, limit=50_000_000):
    """Run a program until it sleeps, with internal and external memory but no chip around.

    Parameters
    ----------
    elf : bytes or lola.PPUElfFile
        The program.
    limit : int
        Most clock cycles.

    Returns
    -------
    Result

    Raises
    ------
    Fault
        An access to nothing, or the program still runs after `limit` cycles.
    """
    from haldls.ppu import printable
    from lola import PPUElfFile

    file = elf if isinstance(elf, PPUElfFile) else PPUElfFile.from_bytes(elf)
    internal, external, dram = file.read_images()
    state = State()
    for target, data in ((state.memory, internal), (state.external, external)):
        target[:len(data)] = np.frombuffer(data, dtype=np.uint8)
    cdef Processor processor = _alone(state, False)
    cdef SparseMemory memory = processor.keep[2]
    for place, word in enumerate(_words(np.frombuffer(dram, dtype=np.uint8)) if dram else ()):
        memory.write(place, word, 15)
    if not processor.run(limit):
        raise _fault(processor, f"still running after {limit} cycles")
    state = processor.state()
    code = int(state.memory[0x2ffc:0x3000].view(">i4")[0])
    return Result(code, printable(state.memory[0x3000:].tobytes()), processor.core.tick, state)


# -- on a chip --------------------------------------------------------------------------------------------------------

cdef class Processors:
    """The two processors of a chip."""

    def __init__(self, Registers registers, SparseMemory dram):
        cdef uint32_t* external = registers.block(EXTERNAL_MEMORY, PPU_EXTERNAL_WORDS)
        cdef int i
        self.registers = registers
        self.top, self.bottom = Processor(0), Processor(1)
        self.cores[0], self.cores[1] = &self.top.core, &self.bottom.core
        for i in range(2):
            self.cores[i].sram = registers.block(PPU_MEMORY[i], PPU_SRAM_WORDS)
            self.cores[i].external, self.cores[i].dram = external, dram.pages

    def copy_from(self, Processors other):
        """Take over the state of other processors; the memories are copied by their owners."""
        cdef int i
        for i in range(2):
            if ppu_copy(self.cores[i], other.cores[i]) < 0:
                raise MemoryError("no memory for a processor")
        self.top.symbols, self.bottom.symbols = other.top.symbols, other.bottom.symbols
        self.top._set_stepping()
        self.bottom._set_stepping()
        self.busy = other.busy

    cdef void power_up(self, int64_t tick) noexcept nogil:
        cdef int i
        for i in range(2):
            self.control(i, 0, tick)

    cdef void control(self, int number, uint32_t word, int64_t tick) noexcept nogil:
        """The control register is written; the processor has come to this cycle."""
        cdef Ppu* p = self.cores[number]
        if not word & RUN:
            p.running = p.waiting = False
            memset(p.reports, 0, sizeof(p.reports))
            ppu_reset(p, tick)
        elif word & (CLOCK_ON | CLOCK_OFF) == CLOCK_OFF:
            p.running = False
        elif not p.running and not p.halted:
            # Time stands while the clock is off.
            ppu_sleep_through(p, tick)
            p.running = True
        self.look()

    cdef void written(self, int number, uint32_t word) noexcept nogil:
        """A word of the memory of a processor is written by others."""
        ppu_invalidate(self.cores[number], word)

    cdef void answer(self, int number, uint32_t value, int64_t tick) noexcept nogil:
        """The scalar access that a processor waits for is done at a cycle."""
        if self.cores[number].waiting:  # else it has put itself into reset
            self.cores[number].tick = tick
            self.cores[number].waiting = ppu_answer(self.cores[number], value)
            if self.cores[number].halted:
                self.cores[number].running = False

    cdef void finish(self, int number) noexcept nogil:
        """The vector access that a processor waits for has begun, and so it goes on."""
        if self.cores[number].waiting:
            self.cores[number].waiting = False
            ppu_finish(self.cores[number])

    cdef void unanswered(self, int number) noexcept nogil:
        """Nothing answers to the access that a processor waits for."""
        self.cores[number].waiting = self.cores[number].running = False
        ppu_unanswered(self.cores[number])

    cdef void note_timeout(self) noexcept nogil:
        """The host has waited for something in vain: say what the processors do."""
        cdef int i
        for i in range(2):
            if self.cores[i].running and not self.cores[i].asleep:
                ppu_report(self.cores[i], REPORT_STUCK, self.cores[i].pc, self.cores[i].pc, 0)

    cdef void look(self) noexcept nogil:
        """See who does something, and show who sleeps."""
        cdef Ppu* p
        cdef int i
        self.busy = False
        for i in range(2):
            p = self.cores[i]
            # In reset there is nothing that could be awake.
            self.registers.put(STATUS + <uint32_t> 0x01000000 * i, p.asleep or (not p.running and not p.halted))
            if p.running and not (p.asleep and ppu_wake_at(p) == NO_TIMER):
                self.busy = True

    cdef int run(self, int64_t until) noexcept nogil:
        """Run up to a cycle: the processor whose request has to be served now, -1 when both are there."""
        cdef Ppu* p
        cdef Ppu* other
        cdef int number, result
        cdef int64_t limit
        cdef bint asleep
        while True:
            number = not self.cores[0].running or (self.cores[1].running and self.cores[1].tick < self.cores[0].tick)
            p, other = self.cores[number], self.cores[1 - number]
            if not p.running or p.tick >= until:
                self.reached = until
                return -1
            if p.waiting:
                return number
            limit = until
            if other.running and not (other.asleep and ppu_wake_at(other) > until):
                limit = min(until, other.tick + QUANTUM)
            asleep = p.asleep
            result = ppu_run(p, limit)
            if result == PPU_REQUEST:
                p.waiting = True
            elif result == PPU_ASLEEP:
                p.tick = limit
            elif result == PPU_HALTED:
                p.running = False
            if p.asleep != asleep or not p.running:
                self.look()

