# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, auto_pickle=False
"""Analog core: all circuits that are switched on, advancing together.

Circuits are *lanes*, in blocks of `WIDTH`: first the simple ones of the top hemisphere, then satellites, then those with
exponential term, adaptation or conductance-based inputs, then those that are connected to each other, then the bottom
hemisphere in the opposite order, so that a hemisphere is one range (which a synapse row drives) and the connected ones are
one range (which has to advance together).

Most neurons of several circuits need no coupling: only one of their circuits, the owner, has a leak and a threshold, and
the others, its satellites, only synaptic inputs. The owner integrates the membrane with the capacitance and the inputs of
all of them. Within a step the inputs of satellites are a parabola.

Time is in chip cycles of 4 ns ("ticks"). A step is at most `limit` ticks. Events inside a step are handed over by the
times at which they come, or, if there are many, by a few times for all of them: its slots, see kernel.h. A lane that
crosses its threshold, or ends its reset, inside a step is computed again in pieces between these times.
"""

from libc.math cimport expf, fabs, fabsf, floor
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

import numpy as np

from libc.stdlib cimport free, realloc

from chipsim.watch cimport CORE_STEP, Watch
from stadls._buffer cimport Buffer, grow, release

from chipsim import circuits
from chipsim.topology import compartments

cdef enum:
    # Kinds of lanes.
    SIMPLE = 0
    FULL = 1
    COUPLED = 2
    EMPTY = 3
    SATELLITE = 4

cdef double TICK_US = 0.004
cdef float US = 0.004
cdef int LONGEST = 128
cdef int LONGEST_CALM = 512  # while nothing is on the synaptic lines
cdef int SHORTEST = 4
cdef int HOPEFUL = 4  # steps in which nobody fired, before one is tried that counts only if nobody fires in it
cdef int REST_INTERVAL = 2048  # ticks between two looks whether everything rests
cdef float STILL = 2e-7  # V per step: less is rest
cdef int LINE_STEPS = 2  # steps in the time constant of the fastest line
cdef float DRAINED = 3e-6  # V
cdef int MANY = 32  # lanes
cdef double SAME_TICK = 1e-3  # ticks
PULLED = 8  # longest step, in ticks, with currents from outside on synaptic lines
cdef float LINE_SUPPLY = circuits.LINE_SUPPLY
SMALL = 0.5  # pF: less is charged so fast that a membrane may cross its threshold and return within a step
SETTLED = 10.0  # time constants of the reset after which nobody sees how it began
cdef double FAR = 1e30  # instead of an infinity

FIELDS = (
    "v", "v_new", "x_exc", "x_inh", "w", "e", "rate", "range_inv", "slew", "half", "sixth", "charge_exc", "charge_inh",
    "half_exc", "half_inh", "amp_exc", "k_exc", "o_exc", "amp_inh", "k_inh", "o_inh", "drive", "threshold",
    "tau_inv_exc", "tau_inv_inh", "kappa_exc", "rev_exc", "kappa_inh", "rev_inh", "exp_amp", "exp_v", "exp_k",
    "exp_max", "a", "v_adapt", "tau_inv_adapt", "half_adapt", "g_line", "linear",
)
"""Arrays of a block, in the order of the C struct; eight rows of scratch follow."""
cdef int N_FIELDS = len(FIELDS) + 8
assert N_FIELDS * WIDTH * sizeof(float) == sizeof(Block), "the block has other fields"
for _name, _value in (("SATURATION", SATURATION), ("SATURATED", SATURATED), ("MEMBRANE_MIN", MEMBRANE_MIN),
                      ("MEMBRANE_MAX", MEMBRANE_MAX)):
    assert np.float32(getattr(circuits, _name)) == _value, f"{_name} of the kernels is another one"
_AT = {name: i for i, name in enumerate(FIELDS)}

SIGNALS = ("membrane", "exc_synin", "inh_synin", "adaptation")
"""Signals of a circuit: membrane in V, drop of the two lines in V, adaptation current in µA."""


cdef inline uint32_t mix(uint32_t x) noexcept nogil:
    x ^= x >> 16
    x *= <uint32_t> 0x7feb352du
    x ^= x >> 15
    x *= <uint32_t> 0x846ca68bu
    return x ^ x >> 16


cdef float normal(uint64_t seed, uint32_t stream, uint32_t index) noexcept nogil:
    """Number of a counter-based stream with zero mean and unit variance: the sum of eight uniform bytes."""
    cdef uint32_t r = mix(<uint32_t> seed ^ mix(<uint32_t> (seed >> 32) ^ mix(stream << 20 ^ index)))
    cdef uint32_t s = mix(r + <uint32_t> 0x9e3779b9u)
    r = (r & 0xff) + (r >> 8 & 0xff) + (r >> 16 & 0xff) + (r >> 24)
    s = (s & 0xff) + (s >> 8 & 0xff) + (s >> 16 & 0xff) + (s >> 24)
    return (<float> (r + s) - 1020) * <float> (1 / 209.0229)


cdef bint unmoved(const Block* blocks, int count) noexcept nogil:
    """Whether no voltage changes in a step."""
    cdef int k, i
    for k in range(count):
        for i in range(WIDTH):
            if fabsf(blocks[k].v_new[i] - blocks[k].v[i]) > STILL:
                return False
    return True


cdef inline double ticks_of(float us) noexcept nogil:
    """Ticks of a duration: whole ones, unless it differs by more than the error of single precision."""
    cdef double ticks = us / TICK_US
    cdef double whole = floor(ticks + 0.5)
    return whole if fabs(ticks - whole) < SAME_TICK else ticks


def _power_of_two(us):
    """Ticks of a step that is not longer than a time: a power of two."""
    ticks = int(us / TICK_US)
    return max(SHORTEST, 1 << (ticks.bit_length() - 1)) if ticks else SHORTEST


def _owners(p, groups, lines, full):
    """Circuit that integrates the membrane of each circuit, int (512,): itself or another one; -1 for no such pair.

    A compartment has an owner if it is on no somatic line, and only one of its circuits has a leak or can fire.
    """
    result = np.full(512, -1)
    on_line = np.zeros(512, dtype=bool)
    for line in lines:
        on_line[[circuit for circuit, _ in line]] = True
    busy = (p.g_leak > 0) | np.isfinite(p.threshold)
    for members in groups:
        owners = members[busy[members]]
        if len(owners) <= 1 and not (full | on_line)[members].any():
            result[members] = owners[0] if len(owners) else members[0]
    return result


def _runs(satellites, owners):
    """Runs of satellites as the kernel wants them, (n, 3), from the lanes of all satellites and of their owners."""
    order = np.argsort(satellites)
    satellites, owners = satellites[order], owners[order]
    follows = (
        (np.diff(satellites) == 1) & (np.diff(owners) == 1) & (np.diff(satellites // WIDTH) == 0)
        & (np.diff(owners // WIDTH) == 0)
    )
    first = np.flatnonzero(np.r_[True, ~follows])
    return np.stack([satellites[first], owners[first], np.diff(np.r_[first, len(satellites)])], axis=1)


def _partners(runs, blocks):
    """Block of the satellites of each block, -1 where it is not that of one run that begins where both blocks do."""
    partner = np.full(blocks, -1)
    block = runs[:, :2] // WIDTH
    # No block has both satellites and owners.
    alone = (np.bincount(block.ravel(), minlength=blocks)[block] == 1).all(axis=1)
    alone &= (runs[:, :2] % WIDTH == 0).all(axis=1)
    partner[block[alone, 1]] = block[alone, 0]
    return partner


cdef class Core:
    """Circuits, their synaptic inputs and their spikes.

    Attributes
    ----------
    now : int
        Chip time of the state, in ticks.
    limit : int
        Longest step that is allowed, in ticks.
    longest : int
        Longest step that the circuits allow.
    threshold_noise : float
        Standard deviation of the threshold from spike to spike, V.
    """

    def __init__(self):
        self.limit = LONGEST_CALM
        self.longest = LONGEST
        self.fields = np.zeros((0, N_FIELDS, WIDTH), dtype=np.float32)
        self.keep = {}
        self.watch = Watch()
        cdef int i
        for i in range(512):
            self.rest_v[i] = 0.4
        self.allocate(0)
        self.keep["fired"] = np.zeros(512, dtype=np.uint32)
        cdef uint32_t[::1] fired = self.keep["fired"]
        self.fired = &fired[0]
        self.lanes.size[0] = self.lanes.size[1] = 0
        self.lane_of_circuit = np.full(512, -1, dtype=np.int32)
        self.lane_of = self.lane_of_circuit

    def __dealloc__(self):
        cdef int i
        release(&self.arrivals)
        release(&self.spikes)
        for i in range(self.n_probes):
            release(&self.probes[i].samples)
        free(self.probes)

    # -- configuration -----------------------------------------------------------------------------------------

    def allocate(self, int n):
        """New lanes, all empty."""
        cdef float[:, :, ::1] fields
        cdef float[:, ::1] slots
        cdef int i
        cdef float[::1] f
        cdef double[::1] d
        cdef uint8_t[::1] u
        cdef int32_t[::1] k
        cdef int64_t[::1] q
        cdef int[::1] c
        keep = self.keep
        size = max(n, WIDTH)
        self.fields = np.zeros((size // WIDTH, N_FIELDS, WIDTH), dtype=np.float32)
        fields = self.fields
        self.lanes.n = n
        self.lanes.blocks = <Block*> &fields[0, 0, 0]
        self.lanes.slots = 0
        keep["slots"] = np.zeros((2 * SLOTS + 11, size), dtype=np.float32)
        slots = keep["slots"]
        for i in range(SLOTS):
            self.lanes.slot_exc[i], self.lanes.slot_inh[i] = &slots[i, 0], &slots[SLOTS + i, 0]
        for i in range(2):
            self.lanes.middle[i], self.lanes.last[i] = &slots[2 * SLOTS + i, 0], &slots[2 * SLOTS + 2 + i, 0]
            self.lanes.end[i], self.lanes.rest[i] = &slots[2 * SLOTS + 4 + i, 0], &slots[2 * SLOTS + 6 + i, 0]
        for i in range(3):
            self.lanes.help[i] = &slots[2 * SLOTS + 8 + i, 0]
        self.lanes.n_runs = self.lanes.n_loose = 0
        for name in ("satellites", "owner", "first_satellite", "count_satellites"):
            keep[name] = np.zeros(size, dtype=np.int32)
        k = keep["satellites"]; self.satellites = &k[0]
        k = keep["owner"]; self.owner = &k[0]
        k = keep["first_satellite"]; self.first_satellite = &k[0]
        k = keep["count_satellites"]; self.count_satellites = &k[0]
        keep["runs"] = np.zeros(3 * size, dtype=np.int32)
        k = keep["runs"]; self.lanes.runs = <const Run*> &k[0]
        keep["partner"] = np.full(size // WIDTH, -1, dtype=np.int32)
        k = keep["partner"]; self.lanes.partner = &k[0]
        for name in ("reset_us", "refractory_us", "threshold", "jump", "level", "capacitance", "pull_exc", "pull_inh"):
            keep[name] = np.zeros(size, dtype=np.float32)
        keep["pause_amp"] = np.zeros(3 * size, dtype=np.float32)
        f = keep["reset_us"]; self.reset_us = &f[0]
        f = keep["refractory_us"]; self.refractory_us = &f[0]
        f = keep["threshold"]; self.threshold = &f[0]
        f = keep["jump"]; self.jump = &f[0]
        f = keep["level"]; self.level = &f[0]
        f = keep["capacitance"]; self.capacitance = &f[0]
        f = keep["pull_exc"]; self.pull_exc = &f[0]
        f = keep["pull_inh"]; self.pull_inh = &f[0]
        f = keep["pause_amp"]; self.pause_amp = &f[0]
        for name in ("reset_end", "refractory_end"):
            keep[name] = np.zeros(size, dtype=np.float64)
        d = keep["reset_end"]; self.reset_end = &d[0]
        d = keep["refractory_end"]; self.refractory_end = &d[0]
        for name in ("in_reset", "refractory", "pauses", "kind", "listed", "plain"):
            keep[name] = np.zeros(size, dtype=np.uint8)
        u = keep["in_reset"]; self.in_reset = &u[0]
        u = keep["refractory"]; self.refractory = &u[0]
        u = keep["pauses"]; self.pauses = &u[0]
        u = keep["kind"]; self.kind = &u[0]
        u = keep["listed"]; self.listed = &u[0]
        u = keep["plain"]; self.plain = &u[0]
        keep["redone"] = np.full(size, -1, dtype=np.int64)
        q = keep["redone"]; self.redone = &q[0]
        keep["before"] = np.zeros_like(self.fields)
        fields = keep["before"]
        self.before = <Block*> &fields[0, 0, 0]
        keep["over"] = np.zeros(size, dtype=np.intc)
        c = keep["over"]; self.over = &c[0]
        keep["waiting"] = np.zeros(2 * size, dtype=np.int32)
        k = keep["waiting"]; self.waiting = &k[0]
        keep["pulled"] = np.zeros(size, dtype=np.int32)
        k = keep["pulled"]; self.pulled = &k[0]
        keep["modes"] = np.zeros((size, 2, 7), dtype=np.float32)
        fields = keep["modes"]
        self.lanes.modes = <Mode*> &fields[0, 0, 0]
        keep["own_modes"] = np.zeros((size, 2, 7), dtype=np.float32)
        fields = keep["own_modes"]
        self.own_modes = <Mode*> &fields[0, 0, 0]
        keep["circuit_of"] = np.full(size, -1, dtype=np.int32)
        self.circuit_of = keep["circuit_of"]
        self.n_waiting = self.n_pulled = 0

    def column(self, name):
        """View of an array of all lanes, shape (blocks, WIDTH)."""
        return self.fields[:, _AT[name], :]

    def configure(self, parameters, currents=None, extra=(), stimuli=None):
        """Take over new parameters; the state of the circuits stays.

        Parameters
        ----------
        parameters : chipsim.parameters.NeuronParameters
            Physical parameters.
        currents : ndarray of bool, (512, 2), optional
            Which circuits get the currents of their synapses, excitatory and inhibitory. Default all.
        extra : iterable of int
            Circuits to simulate although nothing of them is switched on.
        stimuli : chipsim.stimulus.Stimuli, optional
            What acts on them from outside.
        """
        p = parameters
        state = self.state()
        held, injected = np.zeros((512, 2), dtype=bool), np.zeros(512)
        if stimuli is not None:
            held, injected = np.isfinite(stimuli.held), stimuli.membrane
            drop = np.clip(circuits.LINE_SUPPLY - stimuli.charged, 0, circuits.LINE_SUPPLY)
            for column, name in enumerate(("x_exc", "x_inh")):
                state[name] = np.where(np.isnan(drop[:, column]), state[name], drop[:, column])
        active = np.array(p.active, dtype=bool)
        active[list(extra)] = True
        groups, lines = compartments(p)
        for members in [*groups, *([lane for lane, _ in line] for line in lines)]:
            if active[members].any():
                active[members] = True
        full = (p.i_exp > 0) | (p.a != 0) | (p.b != 0) | (p.exc.kappa > 0) | (p.inh.kappa > 0)
        owner_of = _owners(p, groups, lines, full)
        all_groups, groups = groups, [members for members in groups if owner_of[members[0]] < 0]
        coupled = np.zeros(512, dtype=bool)
        for members in [*groups, *([lane for lane, _ in line] for line in lines)]:
            coupled[members] = True
        kinds = np.where(coupled, COUPLED, np.where(full, FULL, SIMPLE))
        kinds[(owner_of >= 0) & (owner_of != np.arange(512))] = SATELLITE
        order, bounds = [], []
        for hemisphere, sequence in ((0, (SIMPLE, SATELLITE, FULL, COUPLED)), (1, (COUPLED, FULL, SATELLITE, SIMPLE))):
            own = np.arange(512) // 256 == hemisphere
            for kind in sequence:
                members = np.flatnonzero(active & own & (kinds == kind))
                order.append(np.concatenate([members, np.full((WIDTH - len(members) % WIDTH) % WIDTH, -1)]))
                bounds.append(sum(map(len, order)))
        circuit_of = np.concatenate(order).astype(np.int32)
        cdef int n = len(circuit_of), i
        for i in range(8):
            self.bounds[i] = bounds[i]
        self.allocate(n)
        self.count = n
        self.parameters = parameters
        self.keep["circuit_of"][:n] = circuit_of
        used = np.flatnonzero(circuit_of >= 0)
        own = circuit_of[used]
        self.lane_of_circuit[:] = -1
        self.lane_of_circuit[own] = used
        self.allocate_synapses()
        self.lanes.first[0], self.lanes.size[0] = 0, bounds[3]
        self.lanes.first[1], self.lanes.size[1] = bounds[3], bounds[7] - bounds[3]
        self.keep["kind"][:] = EMPTY
        self.keep["kind"][used] = kinds[own]

        def put(name, values, empty=0.0):
            flat = np.full(max(n, WIDTH), empty, dtype=np.float32)
            flat[used] = np.broadcast_to(values, (512,))[own]
            self.column(name)[:] = flat.reshape(-1, WIDTH)

        def keep(name, values):
            self.keep[name][used] = np.broadcast_to(values, (512,))[own]

        alone = np.asarray(p.capacitance, dtype=np.float64)
        # The membrane of an owner has the capacitances of all circuits, and the current that flows into any of them.
        c, into = alone.copy(), np.array(injected)
        for members in (each for each in all_groups if owner_of[each[0]] >= 0):
            c[members] = alone[members].sum()
            into[owner_of[members[0]]] = np.abs(into[members]).sum()
        grouped = np.zeros(512, dtype=bool)
        for members in groups:
            grouped[members] = True
        connected = np.ones((512, 2), dtype=bool) if currents is None else currents
        i_dac = np.asarray(p.i_dac)[np.arange(512) // 256 * 2 + np.arange(512) % 256 // 128]
        for key, synin, column in (("exc", p.exc, 0), ("inh", p.inh, 1)):
            on = (synin.gm > 0) & (synin.range > 0)
            span = np.where(on, synin.range, 1)
            # µA times ns is fC.
            put(f"charge_{key}", np.where(connected[:, column] & ~held[:, column], i_dac / 63 * 1.0 * synin.step, 0))
            put(f"tau_inv_{key}", np.where(np.isfinite(synin.tau) & ~held[:, column], 1 / synin.tau, 0))
            put(f"amp_{key}", np.where(on, synin.gm * span / c, 0))
            put(f"k_{key}", np.where(on, 1 / span, 0))
            put(f"o_{key}", np.where(on, np.clip(synin.offset / span, -circuits.SATURATED, circuits.SATURATED), 0))
            put(f"kappa_{key}", synin.kappa)
            put(f"rev_{key}", synin.e_rev)
        for mode, (g, e, span) in enumerate(((p.g_leak, p.e_leak, p.range_leak), (p.g_reset, p.e_reset, p.range_reset))):
            values = np.stack([e, np.where(grouped, 0, g / c), 1 / span, g * span / c], axis=1)
            self.keep["own_modes"][used, mode, :4] = self.keep["modes"][used, mode, :4] = values[own]
        put("linear", ~grouped)
        put("drive", (p.i_offset + injected) / c)
        put("exp_amp", p.i_exp / c)
        put("exp_v", p.v_exp)
        put("exp_k", np.where(p.i_exp > 0, 1 / p.delta_exp, 0))
        put("exp_max", circuits.EXP_LIMIT / c)
        put("a", p.a / c)
        put("v_adapt", p.v_adapt)
        put("tau_inv_adapt", np.where(np.isfinite(p.tau_adapt), 1 / p.tau_adapt, 0))
        keep("jump", p.b / c)
        keep("capacitance", c)
        keep("reset_us", p.reset_time)
        keep("refractory_us", p.refractory)
        keep("threshold", np.minimum(p.threshold, FAR))
        self.keep["level"][:] = self.keep["threshold"]
        put("threshold", np.minimum(p.threshold, FAR), FAR)
        keep("pauses", p.pause)
        strong = np.asarray(p.reset_time) * p.g_reset / c > SETTLED
        # What it has to hold against must not be much of what it can do.
        strong &= 5 * np.abs(into) < p.g_reset * p.range_reset
        keep("plain", (kinds == SIMPLE) & strong & (np.asarray(p.reset_time) > LONGEST * TICK_US) & ~np.asarray(p.pause, dtype=bool))
        for k, name in enumerate(("amp_exc", "amp_inh", "exp_amp")):
            self.keep["pause_amp"][k * max(n, WIDTH):(k + 1) * max(n, WIDTH)] = self.column(name).ravel()
        self._couple(groups, lines, c, put)
        self._attach(owner_of)
        if stimuli is not None:
            for column, (name, synin) in enumerate((("pull_exc", p.exc), ("pull_inh", p.inh))):
                keep(name, -1000 * stimuli.line[:, column] * synin.step)
            lanes = used[stimuli.line[own].any(axis=1)]
            self.n_pulled = len(lanes)
            self.keep["pulled"][:len(lanes)] = lanes
        self._choose_steps(p, c, own, groups)
        self.keep["held"] = np.asarray(p.held)
        # Circuits that have been shorted share their charge.
        for members in all_groups:
            state["v"][members] = (state["v"][members] * alone[members]).sum() / alone[members].sum()
        self.restore(state)

    def _couple(self, groups, lines, c, put):
        """Tables of the connections between lanes."""
        cdef int[::1] k
        cdef float[::1] f
        lane = self.lane_of_circuit
        groups = [g for g in groups if lane[g[0]] >= 0]
        lines = [line for line in lines if lane[line[0][0]] >= 0]
        share = [c[g] / c[g].sum() for g in groups]
        g_line = np.zeros(512)
        for line in lines:
            for circuit, g in line:
                g_line[circuit] = (1 if g < 0 else g) / c[circuit]
        put("g_line", g_line)

        def table(name, values, dtype):
            self.keep[name] = np.ascontiguousarray(values if len(values) else [0], dtype=dtype)
            return self.keep[name]

        self.coupling.n_groups, self.coupling.n_lines = len(groups), len(lines)
        k = table("group_start", np.cumsum([0, *map(len, groups)]), np.intc); self.coupling.group_start = &k[0]
        k = table("group_lane", [lane[m] for g in groups for m in g], np.intc); self.coupling.group_lane = &k[0]
        f = table("group_share", [s for g in share for s in g], np.float32); self.coupling.group_share = &f[0]
        k = table("line_start", np.cumsum([0, *map(len, lines)]), np.intc); self.coupling.line_start = &k[0]
        k = table("line_lane", [lane[m] for line in lines for m, _ in line], np.intc); self.coupling.line_lane = &k[0]
        f = table("line_g", [g for line in lines for _, g in line], np.float32); self.coupling.line_g = &f[0]

    def _attach(self, owner_of):
        """Tables of satellites and their owners; `owner_of` by circuit, -1 for circuits that are neither."""
        lane = self.lane_of_circuit
        satellites = np.flatnonzero((owner_of >= 0) & (owner_of != np.arange(512)) & (lane >= 0))
        if not len(satellites):
            return
        owner = lane[owner_of[satellites]]
        self.keep["satellites"][:len(satellites)] = lane[satellites][np.argsort(owner, kind="stable")]
        self.keep["owner"][lane[satellites]] = owner
        owners, count = np.unique(owner, return_counts=True)
        self.keep["first_satellite"][owners], self.keep["count_satellites"][owners] = np.cumsum(count) - count, count
        runs = _runs(lane[satellites], owner)
        partner = self.keep["partner"]
        partner[:] = _partners(runs, len(partner))
        loose = partner[runs[:, 1] // WIDTH] < 0
        self.lanes.n_runs, self.lanes.n_loose = len(runs), np.count_nonzero(loose)
        self.keep["runs"][:runs.size] = np.concatenate([runs[loose], runs[~loose]]).reshape(-1)

    def _choose_steps(self, p, c, own, groups):
        """Steps that the fastest active circuit allows, and parts of them for what is integrated explicitly."""
        lines, others = [LONGEST * TICK_US], [LONGEST_CALM * TICK_US]
        for synin in (p.exc, p.inh):
            used = own[synin.gm[own] > 0]
            if len(used):
                lines.append(synin.tau[used].min() / LINE_STEPS)
        leaky = own[p.g_leak[own] > 0]
        if len(leaky):
            others.append((c / np.maximum(p.g_leak, 1e-12))[leaky].min() / 4)
        involved = bool(self.coupling.n_groups or self.coupling.n_lines or (c[own] < SMALL).any())
        if involved:
            others.append(LONGEST // 2 * TICK_US)
        if self.n_pulled:
            others.append(PULLED * TICK_US)
        plain = self.keep["plain"][self.lane_of_circuit[own]] > 0
        if (plain & np.isfinite(p.threshold[own])).any():
            # A reset does not end in the step in which it begins.
            others.append(np.asarray(p.reset_time)[own][plain].min())
        silent = not (np.isfinite(p.threshold[own]).any() or (p.a != 0)[own].any() or (p.i_exp > 0)[own].any())
        if involved or self.n_pulled:
            self.longest = self.longest_calm = _power_of_two(min(lines + others))
        elif silent:
            # Only the time constants count where nobody fires.
            self.longest = max(SHORTEST, int(min(lines + others) / TICK_US) // SHORTEST * SHORTEST)
            self.longest_calm = _power_of_two(min(others))
        else:
            self.longest, self.longest_calm = _power_of_two(min(lines + others)), _power_of_two(min(others))
        # What the circuits of a compartment have in common is the rate of all of them together.
        rate = (p.g_icc + p.g_leak + p.g_reset) / c
        for members in groups:
            rate[members] = (p.g_icc + p.g_leak + p.g_reset)[members].sum() / c[members].sum()
        linked = [lane for lane in np.flatnonzero(self.keep["kind"] == COUPLED)]
        fastest_rate = rate[self.keep["circuit_of"][linked]].max() if len(linked) else 0
        self.parts_coupled = int(np.clip(np.ceil(2 * fastest_rate * self.longest * TICK_US), 2, 256))

    def copy_from(self, Core other):
        """Take over lanes, state and events of another core; probes stay behind."""
        cdef int i
        self.allocate(other.lanes.n)
        self.allocate_synapses()
        self.fields[:] = other.fields
        for name, values in other.keep.items():
            if name in self.keep and isinstance(values, np.ndarray) and self.keep[name].shape == values.shape:
                self.keep[name][:] = values
            else:
                self.keep[name] = values  # tables that are never changed in place
        self.coupling = other.coupling
        self.parameters = other.parameters
        self.lane_of_circuit[:] = other.lane_of_circuit
        self.now, self.count, self.limit, self.longest = other.now, other.count, other.limit, other.longest
        self.parts_coupled, self.longest_calm = other.parts_coupled, other.longest_calm
        self.lanes.n_runs, self.lanes.n_loose = other.lanes.n_runs, other.lanes.n_loose
        self.calm, self.since_event, self.since_fired = other.calm, other.since_event, other.since_fired
        self.waiting_until, self.n_appointments, self.released = 0, other.n_appointments, other.released
        memcpy(self.appointments, other.appointments, sizeof(self.appointments))
        self.decays_for = other.decays_for
        self.n_waiting, self.n_pulled, self.quiet = other.n_waiting, other.n_pulled, other.quiet
        self.threshold_noise, self.noise_seed = other.threshold_noise, other.noise_seed
        memcpy(self.bounds, other.bounds, sizeof(self.bounds))
        memcpy(self.row_label, other.row_label, sizeof(self.row_label))
        memcpy(self.row_used, other.row_used, sizeof(self.row_used))
        memcpy(self.row_mode, other.row_mode, sizeof(self.row_mode))
        for i in range(2):
            self.lanes.first[i], self.lanes.size[i] = other.lanes.first[i], other.lanes.size[i]
        for i in range(512):
            self.rest_v[i], self.rest_exc[i] = other.rest_v[i], other.rest_exc[i]
            self.rest_inh[i], self.rest_w[i] = other.rest_inh[i], other.rest_w[i]
        self.arrivals.size = self.first_arrival = self.spikes.size = self.first_spike = 0
        if other.arrivals.size:
            memcpy(grow(&self.arrivals, other.arrivals.size), other.arrivals.data, other.arrivals.size)
            self.first_arrival = other.first_arrival
        if other.spikes.size:
            memcpy(grow(&self.spikes, other.spikes.size), other.spikes.data, other.spikes.size)
            self.first_spike = other.first_spike

    def state(self):
        """State of all circuits, arrays (512,): a dictionary."""
        cdef int i
        result = {
            "v": np.array(self.rest_v, dtype=np.float32), "x_exc": np.array(self.rest_exc, dtype=np.float32),
            "x_inh": np.array(self.rest_inh, dtype=np.float32), "w": np.array(self.rest_w, dtype=np.float32),
            "in_reset": np.zeros(512, dtype=np.uint8), "refractory": np.zeros(512, dtype=np.uint8),
            "reset_end": np.zeros(512), "refractory_end": np.zeros(512),
        }
        circuit_of = self.keep["circuit_of"]
        used = np.flatnonzero(circuit_of >= 0)
        own = circuit_of[used]
        for name in ("v", "x_exc", "x_inh", "w"):
            result[name][own] = self.column(name).ravel()[used]
        for name in ("in_reset", "refractory", "reset_end", "refractory_end"):
            result[name][own] = self.keep[name][used]
        if self.parameters is not None:
            # Adaptation is a current; it is stored relative to the capacitance.
            result["w"][own] *= self.parameters.capacitance[own]
        return result

    def restore(self, state):
        """Set the state of all circuits; the dictionary of `state`."""
        cdef int i, lane
        for i in range(512):
            self.rest_v[i], self.rest_exc[i] = state["v"][i], state["x_exc"][i]
            self.rest_inh[i], self.rest_w[i] = state["x_inh"][i], state["w"][i]
        circuit_of = self.keep["circuit_of"]
        used = np.flatnonzero(circuit_of >= 0)
        own = circuit_of[used]
        for name in ("v", "x_exc", "x_inh", "w"):
            flat = self.column(name).ravel()
            flat[used] = state[name][own]
            if name == "w":
                flat[used] /= self.parameters.capacitance[own]
            if name == "v":
                flat[used] = np.clip(flat[used], circuits.MEMBRANE_MIN, circuits.MEMBRANE_MAX)
            self.column(name)[:] = flat.reshape(-1, WIDTH)
        for name in ("in_reset", "refractory", "reset_end", "refractory_end"):
            self.keep[name][used] = state[name][own]
        if self.parameters is not None:
            held = np.asarray(self.parameters.held, dtype=bool)[own]
            self.keep["in_reset"][used[held]] = self.keep["refractory"][used[held]] = 1
            self.keep["reset_end"][used[held]] = self.keep["refractory_end"][used[held]] = FAR
            released = ~held & (self.keep["reset_end"][used] >= FAR)
            self.keep["reset_end"][used[released]] = self.keep["refractory_end"][used[released]] = self.now
        self.n_waiting = self.n_appointments = 0
        self.waiting_until = 0
        for lane in range(self.count):
            self.set_mode(lane, self.in_reset[lane])
            if self.refractory[lane]:
                self.block(lane).threshold[lane % WIDTH] = FAR
                self.waiting[self.n_waiting] = lane
                self.n_waiting += 1
        self.decays_for = -1
        self.quiet = self.calm = False
        for i in range(self.n_probes):
            self.probes[i].lane = self.probed_lane(self.probes[i].circuit, self.probes[i].signal)

    cdef int probed_lane(self, int circuit, int signal) noexcept nogil:
        """Lane that has a signal of a circuit: the membrane of a satellite is that of its owner."""
        cdef int lane = self.lane_of[circuit]
        return self.owner[lane] if lane >= 0 and signal == 0 and self.kind[lane] == SATELLITE else lane

    cdef void hold(self, int half, bint on) noexcept nogil:
        """Hold all circuits of a half of the chip in reset from now on, or let them go; see `parameters.held`."""
        cdef int lane
        self.deferring = True
        for lane in range(self.lanes.n):
            if self.circuit_of[lane] < 0 or self.circuit_of[lane] % 256 // 128 != half:
                continue
            if on:
                if not self.in_reset[lane]:
                    self.set_mode(lane, True)
                if not self.refractory[lane]:
                    self.refractory[lane] = True
                    self.block(lane).threshold[lane % WIDTH] = FAR
                    self.waiting[self.n_waiting] = lane
                    self.n_waiting += 1
                self.reset_end[lane] = self.refractory_end[lane] = FAR
            elif self.reset_end[lane] >= FAR:
                self.reset_end[lane] = self.refractory_end[lane] = <double> self.now
        self.deferring = self.quiet = False
        self.waiting_until = 0
        if not on:
            self.appoint(<double> self.now)
        self.renew_decays()

    cdef inline void renew_decays(self) noexcept nogil:
        """Let the next step compute the decays of all lanes if some have been put off."""
        if self.stale:
            self.decays_for = -1
            self.stale = False

    cdef inline Block* block(self, int lane) noexcept nogil:
        return self.lanes.blocks + lane // WIDTH

    # -- time --------------------------------------------------------------------------------------------------

    cdef int arrive(self, int64_t tick, int hemisphere, int driver, uint32_t label, float bottom, float top) except -1 nogil:
        """An event at a synapse driver; in order of time. `bottom`, `top`: pulse lengths of its rows, ns."""
        cdef Arrival* item
        if self.first_arrival and self.first_arrival * sizeof(Arrival) == self.arrivals.size:
            self.first_arrival = self.arrivals.size = 0
        item = <Arrival*> grow(&self.arrivals, sizeof(Arrival))
        item.tick, item.hemisphere, item.driver, item.label = tick, hemisphere, driver, label
        item.bottom, item.top = bottom, top
        return 0

    def push(self, ticks, hemispheres, drivers, labels, double bottom=4.0, double top=0.0):
        """Events at synapse drivers, in order of time; pulse lengths in ns for the rows of the drivers."""
        cdef const int64_t[::1] t = np.ascontiguousarray(ticks, dtype=np.int64)
        cdef const int64_t[::1] h = np.ascontiguousarray(np.broadcast_to(hemispheres, len(t)), dtype=np.int64)
        cdef const int64_t[::1] d = np.ascontiguousarray(np.broadcast_to(drivers, len(t)), dtype=np.int64)
        cdef const int64_t[::1] l = np.ascontiguousarray(np.broadcast_to(labels, len(t)), dtype=np.int64)
        cdef Py_ssize_t i
        for i in range(t.shape[0]):
            self.arrive(t[i], <int> h[i], <int> d[i], <uint32_t> l[i], bottom, top)

    def run(self, int64_t tick):
        """Let the circuits run up to a chip cycle."""
        with nogil:
            self.advance(tick)

    cdef int advance(self, int64_t tick) except -1 nogil:
        """Let the circuits run up to a chip cycle, in the longest steps."""
        cdef unsigned mode
        if self.count == 0:
            self.first_arrival = self.arrivals.size // sizeof(Arrival)
            self.now = max(self.now, tick)
            return 0
        mode = kernel_enter()
        try:
            while self.now < tick:
                if self.quiet and self.first_arrival * sizeof(Arrival) == self.arrivals.size:
                    self.record_rest(tick)
                    self.now = tick
                    break
                if self.n_appointments:
                    self.keep_appointments()
                self.step(self.next_step(tick), False)
                self.watch.work(CORE_STEP)
        finally:
            kernel_leave(mode)
        return 0

    cdef int leap(self, int64_t tick) except -1 nogil:
        """Try one step beyond `limit`, up to a tick at most, that counts only if nobody fires in it.

        For times at which no event is on its way to a driver: `limit` is there so that spikes can cause events, and be
        sent, before the next step. All events up to the tick have to be known. Says whether there was a step.
        """
        cdef bint calm = self.calm and self.first_arrival * sizeof(Arrival) == self.arrivals.size
        cdef int ticks = self.longest_calm if calm else self.longest, done
        cdef int* b = self.bounds
        cdef unsigned mode
        while ticks > self.limit and self.now + ticks > tick:
            ticks //= 2
        if (
            ticks <= self.limit or self.since_fired < HOPEFUL or self.n_appointments or self.n_pulled or self.quiet
            or b[5] > b[1] or (self.n_waiting and self.now + ticks > self.waiting_until)
        ):
            return False
        mode = kernel_enter()
        try:
            done = self.step(ticks, True)
            self.watch.work(CORE_STEP)
        finally:
            kernel_leave(mode)
        return done

    cdef int step(self, int ticks, bint silent) except -1 nogil:
        """A step of all lanes; if it is to be silent and is not, nothing has happened. Gives whether it was made."""
        cdef float h = ticks * US
        cdef int i, k, lane, n_over = 0, n_turns = 0, n_waiting = self.n_waiting, had_waiting = n_waiting, kept
        cdef size_t n_spikes = self.spikes.size, first_arrival = self.first_arrival
        cdef double end = self.now + ticks
        cdef int* b = self.bounds
        cdef Coupling alone
        cdef bint events = self.deliver(end, ticks), ends = False
        if silent:
            self.copy_lines(self.before, self.lanes.blocks)
        alone.n_groups = alone.n_lines = 0
        if h != self.decays_for:
            kernel_decays(&self.lanes, 0, b[1], h, False)
            kernel_decays(&self.lanes, b[1], b[5], h, True)
            kernel_decays(&self.lanes, b[5], b[7], h, False)
            self.decays_for = h
        self.step_us = h
        kernel_help(&self.lanes, h)
        n_over = kernel_step(&self.lanes, 0, b[0], h, self.over)
        n_over += kernel_step(&self.lanes, b[6], b[7], h, self.over + n_over)
        n_over += kernel_step_full(&self.lanes, b[1], b[2], h, 1, &alone, self.over + n_over)
        n_over += kernel_step_full(&self.lanes, b[4], b[5], h, 1, &alone, self.over + n_over)
        self.since_fired = 0 if n_over else self.since_fired + 1
        if silent and n_over:
            self.copy_lines(self.lanes.blocks, self.before)
            self.first_arrival = first_arrival
            return False
        if end <= self.waiting_until:
            n_waiting = 0  # nobody is at the end of anything
        else:
            self.waiting_until = FAR
        for i in range(n_waiting):
            lane = self.waiting[i]
            if self.kind[lane] == COUPLED:
                self.waiting_until = 0
                continue
            self.waiting_until = min(self.waiting_until, self.next_switch(lane))
            if self.kind[lane] == SATELLITE:
                ends = ends or self.next_switch(lane) < end
                continue
            if self.next_switch(lane) < end or (self.in_reset[lane] and self.kind[lane] == FULL):
                self.waiting_until = 0
                # Bursts depend on where exactly a reset ends; a strong reset is fast compared with a step.
                if self.plain[lane]:
                    self.add_turn(n_turns, lane)
                    n_turns += 1
                else:
                    self.rework(lane, h)
        for i in range(n_over):
            lane = self.over[i]
            if self.refractory[lane] or self.redone[lane] == self.now:
                continue  # cannot fire, or has been computed again already
            if self.plain[lane]:
                self.add_turn(n_turns, lane)
                n_turns += 1
                continue
            self.rework(lane, h)
            if self.refractory[lane]:
                self.waiting[self.n_waiting] = lane
                self.n_waiting += 1
        if n_turns:
            self.turn(n_turns, h)
        if ends:
            self.release_satellites(end)
        kernel_follow(&self.lanes)
        if b[4] > b[2]:
            self.step_coupled(h)
        if self.n_probes:
            self.record_all(h)
        if self.n_pulled:
            self.pull_lines(h)
        kept = self.strike_off()
        self.look_at_lines(events)
        self.quiet = (
            not events and n_over == 0 and kept == 0 and had_waiting == 0 and self.n_pulled == 0
            and self.now % REST_INTERVAL < ticks and self.at_rest(h)
        )
        for k in range(self.lanes.n // WIDTH):
            memcpy(self.lanes.blocks[k].v, self.lanes.blocks[k].v_new, sizeof(float) * WIDTH)
        self.now += ticks
        self.renew_decays()
        if self.spikes.size > n_spikes:
            self.sort_spikes(n_spikes // sizeof(Spike))
        return True

    cdef void copy_lines(self, Block* to, const Block* source) noexcept nogil:
        """Copy what a step of simple lanes overwrites, the drops of the synaptic lines."""
        cdef int k
        for k in range(self.lanes.n // WIDTH):
            memcpy(to[k].x_exc, source[k].x_exc, sizeof(float) * WIDTH)
            memcpy(to[k].x_inh, source[k].x_inh, sizeof(float) * WIDTH)

    cdef bint deliver(self, double end, int ticks) noexcept nogil:
        """Hand the events of a step over to the lanes."""
        cdef Arrival* item
        cdef int side, row, slot, k, count = self.choose_slots(end, ticks)
        cdef float pulse, part
        if count == 0:
            self.lanes.slots = self.lanes.shared = 0
            return False
        for k in range(count):
            item = <Arrival*> self.arrivals.data + self.first_arrival
            self.first_arrival += 1
            part = max(<float> (item.tick - self.now) / ticks, <float> 0)
            slot = <int> (part * SHARED) if self.lanes.shared else k
            for side in range(2):
                row = 2 * item.driver + side
                pulse = item.top if side else item.bottom
                if pulse > 0:
                    self.drive_row(item.hemisphere, row, item.label, pulse, slot, 1 - part)
        return True

    cdef int choose_slots(self, double end, int ticks) noexcept nogil:
        """When charge arrives in a step; gives the number of its events."""
        cdef Arrival* item = <Arrival*> self.arrivals.data + self.first_arrival
        cdef Arrival* last = <Arrival*> self.arrivals.data + self.arrivals.size // sizeof(Arrival)
        cdef int count = 0, k, slot
        cdef int members[SHARED]
        cdef float sums[SHARED]
        cdef float part
        while item + count < last and item[count].tick < end:
            count += 1
        if count == 0:
            return 0
        memset(self.lanes.slot_used, 0, sizeof(self.lanes.slot_used))
        self.lanes.shared = count > SLOTS
        if not self.lanes.shared:
            self.lanes.slots = count
            for k in range(count):
                self.lanes.slot_time[k] = max(<float> (item[k].tick - self.now) * US, <float> 0)
            return count
        self.lanes.slots = SHARED
        memset(self.lanes.rest_used, 0, sizeof(self.lanes.rest_used))
        for k in range(SHARED):
            members[k], sums[k] = 0, 0
        for k in range(count):
            part = max(<float> (item[k].tick - self.now) / ticks, <float> 0)
            slot = <int> (part * SHARED)
            members[slot] += 1
            sums[slot] += part
        for k in range(SHARED):
            self.lanes.slot_time[k] = (sums[k] / members[k] if members[k] else <float> k / SHARED) * ticks * US
        return count

    cdef void drive_row(self, int hemisphere, int row, int label, float pulse, int slot, float rest) noexcept nogil:
        """Weight times pulse length of the synapses of a row with the label, to the inputs that its mode selects.

        `rest` is the part of the step behind the event.
        """
        cdef int mode = self.row_mode[hemisphere][row], size = self.lanes.size[hemisphere]
        cdef int first = self.lanes.first[hemisphere], own = self.row_label[hemisphere][row], k
        cdef size_t at
        cdef const uint8_t* labels
        cdef float* sum
        cdef uint8_t* used = self.lanes.slot_used[hemisphere][slot]
        if mode == 0 or size == 0 or not self.row_used[hemisphere][row] or (own >= 0 and own != label):
            return
        at = <size_t> 256 * first + <size_t> row * size
        labels = NULL if own >= 0 else self.labels + at
        for k in range(2):
            if not mode >> k & 1:
                continue
            sum = (self.lanes.slot_inh[slot] if k else self.lanes.slot_exc[slot]) + first
            if self.lanes.shared:
                kernel_row_twice(self.weights + at, labels, label, size, pulse, used[k], sum, pulse * rest,
                                 self.lanes.rest_used[hemisphere][k], self.lanes.rest[k] + first)
                self.lanes.rest_used[hemisphere][k] = True
            else:
                kernel_row(self.weights + at, labels, label, size, pulse, used[k], sum)
            used[k] = True

    cdef inline int span(self) noexcept nogil:
        """Longest step now."""
        return min(self.limit, self.longest_calm if self.calm else self.longest)

    cdef inline int next_step(self, int64_t tick) noexcept nogil:
        """Length of the next step, which does not go beyond a tick: long ones while nothing is on the lines."""
        cdef int ticks = self.span(), i
        cdef Arrival* item = <Arrival*> self.arrivals.data + self.first_arrival
        if self.calm:
            # A long step ends with the first event at the latest.
            if self.first_arrival * sizeof(Arrival) < self.arrivals.size and item.tick < self.now + ticks:
                ticks = max(<int> (item.tick - self.now), min(self.limit, self.longest))
        for i in range(self.n_appointments):
            tick = min(tick, self.appointments[i])
        return <int> min(<int64_t> ticks, tick - self.now)

    cdef void look_at_lines(self, bint events) noexcept nogil:
        """See now and then whether what is left on the lines does nothing any more."""
        if events:
            self.calm = False
            self.since_event = 0
        elif not self.calm and self.longest_calm > self.longest:
            self.since_event += 1
            if self.since_event % LINE_STEPS == 0:
                self.calm = self.lines_are_empty()

    cdef bint lines_are_empty(self) noexcept nogil:
        """Whether the charge that is still on its way through the inputs moves no membrane by more than `DRAINED`."""
        cdef Block* b
        cdef int k, i, full
        for k in range(self.lanes.n // WIDTH):
            b = self.lanes.blocks + k
            full = 0
            for i in range(WIDTH):
                full |= b.amp_exc[i] * b.k_exc[i] * b.x_exc[i] > DRAINED * b.tau_inv_exc[i]
                full |= b.amp_inh[i] * b.k_inh[i] * b.x_inh[i] > DRAINED * b.tau_inv_inh[i]
            if full:
                return False
        return True

    cdef inline double next_switch(self, int lane) noexcept nogil:
        """Tick at which a refractory lane changes its state."""
        return min(self.reset_end[lane], self.refractory_end[lane]) if self.in_reset[lane] else self.refractory_end[lane]

    cdef bint at_rest(self, float h) noexcept nogil:
        """Whether nothing moves any more."""
        cdef Block* b
        cdef int k, i
        if self.bounds[4] > self.bounds[2] and not self.coupled_still:
            return False
        for k in range(self.lanes.n // WIDTH):
            b = self.lanes.blocks + k
            for i in range(WIDTH):
                if fabsf(b.v_new[i] - b.v[i]) > STILL or b.amp_exc[i] * b.x_exc[i] + b.amp_inh[i] * b.x_inh[i] > STILL:
                    return False
                # A line may be read without its input being on.
                if fabsf(b.x_exc[i]) * b.tau_inv_exc[i] * h > STILL or fabsf(b.x_inh[i]) * b.tau_inv_inh[i] * h > STILL:
                    return False
                if fabsf(b.a[i] * (b.v_new[i] - b.v_adapt[i]) - b.w[i]) * b.tau_inv_adapt[i] * h > STILL:
                    return False
        return True

    cdef void wait_for(self, int lane) noexcept nogil:
        """Look at waiting lanes again when this one changes its state; at once if that takes more than a look."""
        if self.kind[lane] == SIMPLE or self.kind[lane] == SATELLITE:
            self.waiting_until = min(self.waiting_until, self.next_switch(lane))
        else:
            self.waiting_until = 0

    # -- one lane ----------------------------------------------------------------------------------------------

    cdef void set_mode(self, int lane, bint reset) noexcept nogil:
        """Switch the leak of a lane between its two modes."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH, n = max(self.lanes.n, WIDTH)
        cdef Mode* mode = self.lanes.modes + 2 * lane + reset
        cdef bint off = reset and self.pauses[lane]
        self.in_reset[lane] = reset
        if self.pauses[lane]:
            b.amp_exc[i] = 0 if off else self.pause_amp[lane]
            b.amp_inh[i] = 0 if off else self.pause_amp[n + lane]
            b.exp_amp[i] = 0 if off else self.pause_amp[2 * n + lane]
        if self.kind[lane] == SATELLITE:
            self.combine_modes(self.owner[lane])
            return
        b.e[i], b.rate[i], b.range_inv[i], b.slew[i] = mode.e, mode.rate, mode.range_inv, mode.slew
        if mode.h != self.decays_for:
            if self.deferring:
                self.stale = True
                return
            kernel_mode(mode, self.decays_for)
        b.half[i], b.sixth[i] = mode.half, mode.sixth

    cdef void combine_modes(self, int owner) noexcept nogil:
        """Add the resets of satellites to both modes of their owner, as one conductance."""
        cdef int mode, k, lane
        cdef Mode* row
        cdef Mode* own
        cdef float drawn
        for mode in range(2):
            row, own = self.lanes.modes + 2 * owner + mode, self.own_modes + 2 * owner + mode
            row.rate, row.slew, drawn = own.rate, own.slew, own.rate * own.e
            for k in range(self.first_satellite[owner], self.first_satellite[owner] + self.count_satellites[owner]):
                lane = self.satellites[k]
                own = self.own_modes + 2 * lane + 1
                if self.in_reset[lane]:
                    row.rate += own.rate
                    row.slew += own.slew
                    drawn += own.rate * own.e
            if row.rate > 0:
                row.e, row.range_inv = drawn / row.rate, row.rate / row.slew
            row.h = 0
        self.set_mode(owner, self.in_reset[owner])

    cdef int spike(self, int lane, double tick) except -1 nogil:
        """The circuit of a lane fires: reset and refractory time begin."""
        cdef Spike* item = <Spike*> grow(&self.spikes, sizeof(Spike))
        cdef int circuit = self.circuit_of[lane]
        cdef Block* b = self.block(lane)
        item.tick, item.circuit = tick, circuit
        self.refractory[lane] = True
        self.reset_end[lane] = tick + ticks_of(self.reset_us[lane])
        self.refractory_end[lane] = tick + ticks_of(max(self.refractory_us[lane], self.reset_us[lane]))
        self.set_mode(lane, True)
        self.wait_for(lane)
        self.fired[circuit] += 1
        self.level[lane] = self.threshold[lane]
        if self.threshold_noise > 0 and self.level[lane] < FAR:
            self.level[lane] += self.threshold_noise * normal(self.noise_seed, circuit, self.fired[circuit])
        b.threshold[lane % WIDTH] = FAR
        return 0

    cdef int strike_off(self) noexcept nogil:
        """Take lanes whose refractory time is over off the list of those that wait; gives the number that is left."""
        cdef int i, kept = 0
        if not self.released:
            return self.n_waiting
        for i in range(self.n_waiting):
            if self.refractory[self.waiting[i]]:
                self.waiting[kept] = self.waiting[i]
                kept += 1
        self.n_waiting = kept
        self.released = False
        return kept

    cdef void appoint(self, double tick) noexcept nogil:
        """Let a step end at a tick, at which many lanes may end their reset or refractory time together."""
        cdef int i
        cdef int64_t whole
        if tick >= FAR:
            return
        whole = <int64_t> tick
        if whole != tick:
            return
        for i in range(self.n_appointments):
            if self.appointments[i] == whole:
                return
        if self.n_appointments < APPOINTMENTS:
            self.appointments[self.n_appointments] = whole
            self.n_appointments += 1

    cdef void keep_appointments(self) noexcept nogil:
        """Between two steps: let resets and refractory times end that end now."""
        cdef int i, lane, left = 0
        cdef bint due = False
        for i in range(self.n_appointments):
            if self.appointments[i] <= self.now:
                due = True
            else:
                self.appointments[left] = self.appointments[i]
                left += 1
        self.n_appointments = left
        if not due:
            return
        self.deferring = True
        self.waiting_until = FAR
        for i in range(self.n_waiting):
            lane = self.waiting[i]
            if self.kind[lane] != COUPLED:
                if self.in_reset[lane] and self.reset_end[lane] <= self.now:
                    self.set_mode(lane, False)
                if self.refractory[lane] and self.refractory_end[lane] <= self.now:
                    self.release(lane)
            if self.refractory[lane]:
                self.wait_for(lane)
        self.deferring = False
        self.strike_off()
        self.renew_decays()

    cdef void release(self, int lane) noexcept nogil:
        """End of the refractory time."""
        self.released = True
        self.refractory[lane] = False
        self.block(lane).threshold[lane % WIDTH] = self.level[lane]

    cdef void add_turn(self, int i, int lane) noexcept nogil:
        """List a lane for `turn`."""
        cdef Turn* turn = self.turns + i
        turn.lane, turn.level = lane, self.level[lane]
        turn.reset = <float> (self.reset_end[lane] - self.now) * US if self.in_reset[lane] else <float> -1
        turn.refractory = <float> (self.refractory_end[lane] - self.now) * US if self.refractory[lane] else <float> -1
        self.redone[lane] = self.now

    cdef int turn(self, int n, float h) except -1 nogil:
        """Compute a step of the lanes in `turns` again: they fire, or their reset or refractory time ends."""
        cdef int i, lane
        cdef double end = self.now + h / TICK_US
        for i in range(n, (n + GROUP - 1) // GROUP * GROUP):
            self.turns[i] = self.turns[n - 1]
        kernel_turns(&self.lanes, self.turns, n, h)
        for i in range(n):
            lane = self.turns[i].lane
            if self.n_probes:
                self.replay(lane, h, self.turns[i].fired)
            # For many lanes at a time it is faster to compute all decays anew.
            self.deferring = n > MANY
            if self.in_reset[lane] and self.reset_end[lane] < end:
                self.set_mode(lane, False)
            if self.refractory[lane] and self.refractory_end[lane] < end:
                self.release(lane)
            if self.turns[i].fired >= 0:
                if self.turns[i].refractory < 0:
                    self.waiting[self.n_waiting] = lane
                    self.n_waiting += 1
                self.spike(lane, self.now + self.turns[i].fired / TICK_US)
            self.deferring = False
        return 0

    cdef int replay(self, int lane, float h, float fired) except -1 nogil:
        """Record a step of a lane of which the times are known, if there are probes of it."""
        cdef int k, n_events, e = 0
        cdef float s = 0, end, v = self.block(lane).v[lane % WIDTH], v1, xe, xi, w, xe1, xi1, w1, passed
        cdef float switch = <float> (self.reset_end[lane] - self.now) * US
        cdef bint reset = self.in_reset[lane]
        for k in range(self.n_probes):
            if self.probes[k].lane == lane:
                break
        else:
            return 0
        n_events = self.own_events(lane)
        self.start_of(lane, &xe, &xi, &w)
        while s < h:
            while e < n_events and self.own[e].time <= s:
                xe += self.own[e].exc
                xi += self.own[e].inh
                e += 1
            if self.in_reset[lane] and s >= switch:
                self.set_mode(lane, False)
            if s == fired:
                v = self.level[lane]
                self.set_mode(lane, True)
                switch = <float> FAR
            end = min(h, self.own[e].time) if e < n_events else h
            if self.in_reset[lane]:
                end = min(end, switch)
            if fired > s:
                end = min(end, fired)
            xe1, xi1, w1, passed = xe, xi, w, end - s
            v1 = self.segment(lane, v, &xe1, &xi1, &w1, s, &passed, <float> FAR)
            self.record_span(lane, s, end, v, v1, xe, xi, w)
            v, xe, xi, w, s = v1, xe1, xi1, w1, end
        self.set_mode(lane, reset)
        return 0

    cdef int rework(self, int lane, float h) except -1 nogil:
        """Compute a step of a lane again, in pieces between its own events."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH, n_events = self.own_events(lane), e = 0, k
        cdef float s = 0, end, v = b.v[i], v1, xe, xi, w, xe1, xi1, w1, passed
        self.start_of(lane, &xe, &xi, &w)
        while True:
            while e < n_events and self.own[e].time <= s:
                xe += self.own[e].exc
                xi += self.own[e].inh
                e += 1
            if not self.refractory[lane] and v >= self.level[lane]:
                self.spike(lane, self.now + s / TICK_US)
                w += self.jump[lane]
            end = h
            if e < n_events:
                end = min(end, self.own[e].time)
            if self.refractory[lane]:
                end = min(end, max(s, <float> (self.next_switch(lane) - self.now) * US))
            if end > s:
                xe1, xi1, w1, passed = xe, xi, w, end - s
                v1 = self.segment(lane, v, &xe1, &xi1, &w1, s, &passed, <float> FAR if self.refractory[lane] else self.level[lane])
                if passed < end - s:
                    end = s + passed
                if self.n_probes:
                    self.record_span(lane, s, end, v, v1, xe, xi, w)
                v, xe, xi, w, s = v1, xe1, xi1, w1, end
                if not self.refractory[lane] and v >= self.level[lane]:
                    self.spike(lane, self.now + s / TICK_US)
                    w += self.jump[lane]
            if s >= h:
                break
            if self.in_reset[lane] and (self.reset_end[lane] - self.now) * TICK_US <= s + <float> 1e-6:
                self.set_mode(lane, False)
            if self.refractory[lane] and not self.in_reset[lane] and (
                self.refractory_end[lane] - self.now
            ) * TICK_US <= s + <float> 1e-6:
                self.release(lane)
                if v >= self.level[lane]:
                    self.spike(lane, self.now + s / TICK_US)
                    w += self.jump[lane]
        # The lines are right already.
        b.v_new[i], b.w[i] = v, w
        self.redone[lane] = self.now
        return 0

    cdef int own_events(self, int lane) noexcept nogil:
        """Charge that reaches a lane in this step, by time, into `own`."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH, hemisphere = lane >= self.lanes.first[1], count = 0, k
        cdef float exc, inh
        for k in range(self.lanes.slots):
            exc = self.lanes.slot_exc[k][lane] if self.lanes.slot_used[hemisphere][k][0] else 0
            inh = self.lanes.slot_inh[k][lane] if self.lanes.slot_used[hemisphere][k][1] else 0
            if exc > 0 or inh > 0:
                self.own[count].time = self.lanes.slot_time[k]
                self.own[count].exc, self.own[count].inh = exc * b.charge_exc[i], inh * b.charge_inh[i]
                count += 1
        return count

    cdef void start_of(self, int lane, float* xe, float* xi, float* w) noexcept nogil:
        """State of a lane at the start of the step that has just been made."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH
        cdef float de = b.half_exc[i] * b.half_exc[i], di = b.half_inh[i] * b.half_inh[i]
        cdef bint some = self.lanes.slots > 0
        # What the step did to the lines can be undone.
        xe[0] = (b.x_exc[i] - (self.lanes.end[0][lane] if some else 0)) / de
        xi[0] = (b.x_inh[i] - (self.lanes.end[1][lane] if some else 0)) / di
        w[0] = 0 if self.kind[lane] == SIMPLE else b.scratch[7][i]

    cdef float slope(self, int lane, float v, float xe, float xi, float w, float at) noexcept nogil:
        """dV/dt of a lane that is not coupled at a time in the step, V/us."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH
        cdef float exc = b.amp_exc[i] * saturate(xe * b.k_exc[i] + b.o_exc[i])
        cdef float inh = b.amp_inh[i] * saturate(xi * b.k_inh[i] + b.o_inh[i])
        cdef float total = b.drive[i] - b.slew[i] * saturate((v - b.e[i]) * b.range_inv[i])
        if self.kind[lane] != SIMPLE:
            exc *= max(<float> 0, 1 - b.kappa_exc[i] * (v - b.rev_exc[i]))
            inh *= max(<float> 0, 1 + b.kappa_inh[i] * (v - b.rev_inh[i]))
            total += min(b.exp_amp[i] * expf(min((v - b.exp_v[i]) * b.exp_k[i], <float> 30)), b.exp_max[i]) - w
        return total + exc - inh + self.help(lane, at)

    cdef float segment(self, int lane, float v, float* xe, float* xi, float* w, float at, float* dt, float level) noexcept nogil:
        """Propagate a lane that is not coupled by `dt` us, or until it reaches a level; `dt` becomes the time passed.

        It begins at a time in the step, us.
        """
        cdef float t = 0, h, v1, xe1, xi1, w1, d0, d1, passed
        while t < dt[0]:
            h = min(dt[0] - t, self.resolution(lane, v))
            if dt[0] - t - h < h / 4:
                h = dt[0] - t
            xe1, xi1, w1 = xe[0], xi[0], w[0]
            v1 = self.piece(lane, v, &xe1, &xi1, &w1, at + t, h)
            if v1 >= level and v < level:
                d0 = self.slope(lane, v, xe[0], xi[0], w[0], at + t)
                d1 = self.slope(lane, v1, xe1, xi1, w1, at + t + h)
                passed = crossing(v, v1, d0, d1, h, level)
                self.piece(lane, v, xe, xi, w, at + t, passed)
                dt[0] = t + passed
                return level
            v, xe[0], xi[0], w[0] = v1, xe1, xi1, w1
            t += h
            if v >= level:
                dt[0] = t
                return v
        return v

    cdef float resolution(self, int lane, float v) noexcept nogil:
        """Step that resolves what a lane does now, us."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH
        cdef float fastest = b.rate[i], grow
        if self.kind[lane] != SIMPLE:
            grow = min(b.exp_amp[i] * expf(min((v - b.exp_v[i]) * b.exp_k[i], <float> 30)), b.exp_max[i]) * b.exp_k[i]
            fastest = max(<float> 10 * grow, fastest + 8)
        return 1 / (fastest + <float> 1e-3)

    cdef float piece(self, int lane, float v, float* xe, float* xi, float* w, float at, float h) noexcept nogil:
        """Propagate a lane that is not coupled by one step of `h` us, which begins at a time in the whole step."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH
        cdef float rate = b.rate[i]
        cdef float d = expf(-rate * h / 2), de = expf(-b.tau_inv_exc[i] * h / 2), di = expf(-b.tau_inv_inh[i] * h / 2)
        cdef float u0 = v - b.e[i], u, k0, k1, k2, w0 = w[0], m0 = 0, m1 = 0, m2, wh = 0, wp = 0, da = 1
        cdef bint simple = self.kind[lane] == SIMPLE
        k0 = self.slope(lane, v, xe[0], xi[0], w0, at) + rate * u0
        if not simple:
            da = expf(-b.tau_inv_adapt[i] * h / 2)
            m0 = b.a[i] * (v - b.v_adapt[i]) * b.tau_inv_adapt[i]
            wh = da * (w0 + h / 2 * m0)
        xe[0] *= de
        xi[0] *= di
        u = d * (u0 + h / 2 * k0)
        k1 = self.slope(lane, u + b.e[i], xe[0], xi[0], wh, at + h / 2) + rate * u
        if not simple:
            m1 = b.a[i] * (u + b.e[i] - b.v_adapt[i]) * b.tau_inv_adapt[i]
            wp = da * da * (w0 - h * m0) + 2 * h * da * m1
        xe[0] *= de
        xi[0] *= di
        u = d * d * (u0 - h * k0) + 2 * h * d * k1
        k2 = self.slope(lane, u + b.e[i], xe[0], xi[0], wp, at + h) + rate * u
        if not simple:
            m2 = b.a[i] * (u + b.e[i] - b.v_adapt[i]) * b.tau_inv_adapt[i]
            w[0] = da * da * (w0 + h / 6 * m0) + h / 6 * (4 * da * m1 + m2)
        u = d * d * u0 + kernel_sixth(rate, d, h) * (d * d * k0 + 4 * d * k1 + k2)
        return min(max(u + b.e[i], MEMBRANE_MIN), MEMBRANE_MAX)

    # -- circuits with the membrane of another one -------------------------------------------------------------

    cdef inline float help(self, int lane, float at) noexcept nogil:
        """Input of satellites to their owner at a time in the step, us: the parabola that Simpson's rule integrates."""
        cdef float start, middle, end, y
        if not self.lanes.n_runs:
            return 0
        start, middle, end = self.lanes.help[0][lane], self.lanes.help[1][lane], self.lanes.help[2][lane]
        y = at / self.step_us
        return start + y * (4 * middle - 3 * start - end + y * 2 * (start + end - 2 * middle))

    cdef void release_satellites(self, double end) noexcept nogil:
        """Let resets and refractory times of satellites end that end in this step; its end is close enough."""
        cdef int i, lane
        for i in range(self.n_waiting):
            lane = self.waiting[i]
            if self.kind[lane] != SATELLITE:
                continue
            if self.in_reset[lane] and self.reset_end[lane] < end:
                self.set_mode(lane, False)
            if self.refractory[lane] and self.refractory_end[lane] < end:
                self.release(lane)

    # -- circuits that are connected ---------------------------------------------------------------------------

    cdef int step_coupled(self, float h) except -1 nogil:
        """A step of the connected lanes, in pieces between their spikes, ends of reset and of refractory time."""
        cdef int first = self.bounds[2], last = self.bounds[4], i, k, lane, n_over, parts
        cdef int n = last - first, n_old
        cdef float s = 0, piece, at, until
        cdef Block* blocks = self.lanes.blocks + first // WIDTH
        cdef int slot = 0
        while True:
            piece = h - s
            while slot < self.lanes.slots:
                until = self.lanes.slot_time[slot] - s
                if until > <float> 1e-6:
                    piece = min(piece, until)
                    break
                self.charge_of(first, last, slot)
                slot += 1
            for i in range(self.n_waiting):
                lane = self.waiting[i]
                if self.kind[lane] == COUPLED and self.refractory[lane]:
                    until = <float> ((self.next_switch(lane) - self.now) * TICK_US) - s
                    if until > <float> 1e-6:
                        piece = min(piece, until)
            memcpy(self.before, blocks, n // WIDTH * sizeof(Block))
            n_over = self.run_coupled(first, last, piece, h)
            at = piece
            for i in range(n_over):
                at = min(at, self.linear_crossing(self.over[i], piece))
            if at < piece * <float> 0.9999:
                memcpy(blocks, self.before, n // WIDTH * sizeof(Block))
                piece = max(at, <float> 1e-5)
                n_over = self.run_coupled(first, last, piece, h)
            if self.n_probes:
                for k in range(self.n_probes):
                    lane = self.probes[k].lane
                    if self.kind[lane] == COUPLED:
                        self.record_coupled(lane, s, s + piece)
            s += piece
            self.coupled_still = piece >= h and unmoved(blocks, n // WIDTH)
            for i in range(n // WIDTH):
                memcpy(blocks[i].v, blocks[i].v_new, sizeof(float) * WIDTH)
            n_old = self.n_waiting
            for lane in range(first, last):
                if not self.refractory[lane] and self.kind[lane] == COUPLED and (
                    self.block(lane).v[lane % WIDTH] >= self.level[lane] - <float> 2e-5
                ):
                    self.spike(lane, self.now + s / TICK_US)
                    self.block(lane).w[lane % WIDTH] += self.jump[lane]
                    self.waiting[self.n_waiting] = lane
                    self.n_waiting += 1
            for i in range(n_old):
                lane = self.waiting[i]
                if self.kind[lane] != COUPLED or not self.refractory[lane]:
                    continue
                if self.in_reset[lane] and (self.reset_end[lane] - self.now) * TICK_US <= s + <float> 1e-6:
                    self.set_mode(lane, False)
                if not self.in_reset[lane] and (self.refractory_end[lane] - self.now) * TICK_US <= s + <float> 1e-6:
                    self.release(lane)
                    if self.block(lane).v[lane % WIDTH] >= self.level[lane]:
                        self.spike(lane, self.now + s / TICK_US)
                        self.block(lane).w[lane % WIDTH] += self.jump[lane]
            # A lane that was released may have left a second entry behind when it fired again.
            self.drop_doubles()
            if s >= h - <float> 1e-6:
                break
        return 0

    cdef void charge_of(self, int first, int last, int slot) noexcept nogil:
        """Charge of a slot to the connected lanes."""
        cdef int lane, i, hemisphere
        cdef uint8_t* used
        cdef Block* b
        for lane in range(first, last):
            b, i, hemisphere = self.block(lane), lane % WIDTH, lane >= self.lanes.first[1]
            used = self.lanes.slot_used[hemisphere][slot]
            if used[0]:
                b.x_exc[i] += self.lanes.slot_exc[slot][lane] * b.charge_exc[i]
            if used[1]:
                b.x_inh[i] += self.lanes.slot_inh[slot][lane] * b.charge_inh[i]

    cdef int run_coupled(self, int first, int last, float piece, float h) noexcept nogil:
        cdef int parts = max(1, <int> (self.parts_coupled * piece / h + <float> 0.999))
        kernel_decays(&self.lanes, first, last, piece / parts, True)
        return kernel_step_full(&self.lanes, first, last, piece / parts, parts, &self.coupling, self.over)

    cdef float linear_crossing(self, int lane, float piece) noexcept nogil:
        """Time at which a lane crossed its threshold in a piece that is short compared with everything else."""
        cdef Block* b = self.block(lane)
        cdef float v0 = b.v[lane % WIDTH], v1 = b.v_new[lane % WIDTH]
        return 0 if v0 >= self.level[lane] else piece * (self.level[lane] - v0) / (v1 - v0)

    cdef void pull_lines(self, float h) noexcept nogil:
        """What currents from outside have done to the lines in a step; a line stays between its rest and 0 V."""
        cdef int k, i, lane
        cdef Block* b
        for k in range(self.n_pulled):
            lane = self.pulled[k]
            b, i = self.block(lane), lane % WIDTH
            b.x_exc[i] = within(b.x_exc[i] + pulled_by(self.pull_exc[lane], b.tau_inv_exc[i], h))
            b.x_inh[i] = within(b.x_inh[i] + pulled_by(self.pull_inh[lane], b.tau_inv_inh[i], h))

    cdef void drop_doubles(self) noexcept nogil:
        cdef int i, kept = 0, lane
        for i in range(self.n_waiting):
            self.listed[self.waiting[i]] = False
        for i in range(self.n_waiting):
            lane = self.waiting[i]
            if self.refractory[lane] and not self.listed[lane]:
                self.listed[lane] = True
                self.waiting[kept] = lane
                kept += 1
        self.n_waiting = kept

    # -- spikes ------------------------------------------------------------------------------------------------

    cdef void sort_spikes(self, size_t first) noexcept nogil:
        """Put the spikes of a step in order; they nearly are."""
        cdef Spike* list = <Spike*> self.spikes.data
        cdef Spike item
        cdef size_t i, j
        for i in range(first + 1, self.spikes.size // sizeof(Spike)):
            item = list[i]
            j = i
            while j > first and (list[j - 1].tick > item.tick or (
                list[j - 1].tick == item.tick and list[j - 1].circuit > item.circuit
            )):
                list[j] = list[j - 1]
                j -= 1
            list[j] = item

    cdef bint next_spike(self, Spike* spike) noexcept nogil:
        """Take a spike; False if there is none."""
        if self.first_spike * sizeof(Spike) == self.spikes.size:
            self.first_spike = self.spikes.size = 0
            return False
        spike[0] = (<Spike*> self.spikes.data)[self.first_spike]
        self.first_spike += 1
        return True

    cdef float value(self, int circuit, int signal) noexcept nogil:
        """A signal of a circuit, see `SIGNALS`."""
        cdef int lane = self.lane_of[circuit], i = lane % WIDTH
        cdef Block* b
        if lane < 0:
            if signal == 0:
                return self.rest_v[circuit]
            return self.rest_w[circuit] if signal == 3 else self.rest_exc[circuit] if signal == 1 else self.rest_inh[circuit]
        b = self.block(lane)
        if signal == 0:
            return b.v[i]
        if signal == 1:
            return b.x_exc[i]
        if signal == 2:
            return b.x_inh[i]
        return b.w[i] * self.capacitance[lane]

    cdef void membranes(self, int first, int count, float* volts) noexcept nogil:
        """Membranes of adjacent circuits, V."""
        cdef int i, lane
        for i in range(count):
            lane = self.lane_of[first + i]
            volts[i] = self.rest_v[first + i] if lane < 0 else self.lanes.blocks[lane // WIDTH].v[lane % WIDTH]

    cdef int force(self, int circuit) except -1 nogil:
        """Make a circuit fire now, whatever its membrane does."""
        cdef int lane = self.lane_of[circuit]
        cdef Spike* item
        if lane < 0:
            item = <Spike*> grow(&self.spikes, sizeof(Spike))
            item.tick, item.circuit = <double> self.now, circuit
            return 0
        if not self.refractory[lane]:
            self.waiting[self.n_waiting] = lane
            self.n_waiting += 1
        self.deferring = True
        self.spike(lane, <double> self.now)
        self.appoint(self.reset_end[lane])
        self.appoint(self.refractory_end[lane])
        self.block(lane).w[lane % WIDTH] += self.jump[lane]
        self.deferring = self.quiet = False
        self.renew_decays()
        return 0

    cdef void convert(self, const float* volts, const float* offset, const float* gain, int n, float start,
                      float per_volt, const int16_t* digital, float noise, uint64_t stream, uint8_t* codes) noexcept nogil:
        """Counts of a ramp; here, as only this module has the kernels."""
        kernel_cadc(volts, offset, gain, n, start, per_volt, digital, noise, stream, codes)

    def take_spikes(self):
        """Spikes so far, taken out: ticks (float64) and circuits (int32)."""
        cdef Spike spike
        ticks, circuits_ = [], []
        while self.next_spike(&spike):
            ticks.append(spike.tick)
            circuits_.append(spike.circuit)
        return np.array(ticks, dtype=np.float64), np.array(circuits_, dtype=np.int32)

    # -- synapses ----------------------------------------------------------------------------------------------

    def allocate_synapses(self):
        """Room for the weights and labels of the lanes; `set_row` fills it."""
        cdef uint8_t[::1] u
        for name in ("weights", "labels"):
            self.keep[name] = np.zeros(256 * max(self.lanes.n, WIDTH), dtype=np.uint8)
        u = self.keep["weights"]
        self.weights = &u[0]
        u = self.keep["labels"]
        self.labels = &u[0]

    cdef void set_row(self, int hemisphere, int row, const uint8_t* weights, const uint8_t* labels) noexcept nogil:
        """Weights and labels of a synapse row, 256 columns each."""
        cdef int first = self.lanes.first[hemisphere], size = self.lanes.size[hemisphere], i, column
        cdef int label = -2
        cdef size_t at = <size_t> 256 * first + <size_t> row * size
        self.row_used[hemisphere][row] = False
        for i in range(size):
            column = self.circuit_of[first + i]
            if column < 0:
                self.weights[at + i] = 0
                self.labels[at + i] = 0
                continue
            column &= 0xff
            self.weights[at + i], self.labels[at + i] = weights[column], labels[column]
            if weights[column]:
                self.row_used[hemisphere][row] = True
                label = labels[column] if label in (-2, labels[column]) else -1
        # Synapses with weight 0 have any label.
        self.row_label[hemisphere][row] = label if label >= 0 else -1

    def set_rows(self, int hemisphere, weights, labels):
        """Weights and labels of all rows, arrays (256, 256) of uint8: row, column."""
        cdef const uint8_t[:, ::1] w = np.ascontiguousarray(weights, dtype=np.uint8)
        cdef const uint8_t[:, ::1] l = np.ascontiguousarray(labels, dtype=np.uint8)
        cdef int row
        for row in range(256):
            self.set_row(hemisphere, row, &w[row, 0], &l[row, 0])

    def set_row_modes(self, modes):
        """Row modes, array (2, 256): bit 0 excitatory, bit 1 inhibitory."""
        cdef int hemisphere, row
        for hemisphere in range(2):
            for row in range(256):
                self.row_mode[hemisphere][row] = modes[hemisphere][row]

    # -- probes ------------------------------------------------------------------------------------------------

    def add_probe(self, int circuit, signal, double interval_us, double end_us=1e20):
        """Record a signal from now on; gives the number of the probe.

        Parameters
        ----------
        circuit : int
            A circuit that is simulated.
        signal : str
            One of `SIGNALS`.
        interval_us : float
            Distance of the samples, us.
        end_us : float
            Chip time of the end, us.
        """
        if self.lane_of_circuit[circuit] < 0:
            raise ValueError(f"circuit {circuit} is not simulated: nothing of it is switched on")
        cdef Probe* probes = <Probe*> realloc(self.probes, (self.n_probes + 1) * sizeof(Probe))
        if probes == NULL:
            raise MemoryError("no memory for a probe")
        self.probes = probes
        cdef Probe* probe = probes + self.n_probes
        memset(probe, 0, sizeof(Probe))
        probe.circuit, probe.signal = circuit, SIGNALS.index(signal)
        probe.lane = self.probed_lane(circuit, probe.signal)
        probe.next, probe.interval, probe.end = <double> self.now, interval_us / TICK_US, end_us / TICK_US
        self.n_probes += 1
        return self.n_probes - 1

    def samples(self, int number):
        """Samples of a probe so far, float32."""
        cdef Probe* probe = self.probes + number
        cdef Py_ssize_t count = probe.samples.size // sizeof(float)
        result = np.empty(count, dtype=np.float32)
        cdef float[::1] view = result
        if count:
            memcpy(&view[0], probe.samples.data, probe.samples.size)
        return result

    def aim_probe(self, int number, int circuit, int signal, double next_tick, double interval):
        """Let a probe begin anew, with another signal of a circuit; times are ticks."""
        if not 0 <= number < self.n_probes:
            raise IndexError(f"there is no probe {number}, only {self.n_probes}")
        cdef Probe* probe = self.probes + number
        probe.samples.size = 0
        probe.circuit, probe.lane, probe.signal = circuit, self.probed_lane(circuit, signal), signal
        probe.next, probe.interval, probe.end = next_tick, interval, FAR

    def take_samples(self, int number):
        """Samples of a probe so far, float32, taken out."""
        result = self.samples(number)
        self.probes[number].samples.size = 0
        return result

    def clear_probes(self):
        """Remove all probes."""
        cdef int i
        for i in range(self.n_probes):
            release(&self.probes[i].samples)
        self.n_probes = 0

    cdef int record(self, int lane, float s0, float s1, float v0, float v1, float d0, float d1, float xe, float xi,
                    float w0, float w1) except -1 nogil:
        """Samples of the probes of a lane from `s0` up to `s1` us of the step; states at both ends, lines at the start."""
        cdef Block* b = self.block(lane)
        cdef int i = lane % WIDTH, k
        cdef float length = s1 - s0, y, t, value
        cdef double first = self.now + s0 / TICK_US, last = self.now + s1 / TICK_US
        cdef Probe* probe
        for k in range(self.n_probes):
            probe = self.probes + k
            if probe.lane != lane:
                continue
            while probe.next < last and probe.next < probe.end:
                t = <float> ((probe.next - first) * TICK_US)
                y = t / length
                if probe.signal == 0:
                    value = hermite(v0, v1, d0 * length, d1 * length, y)
                elif probe.signal == 1:
                    value = xe * expf(-b.tau_inv_exc[i] * t)
                    if self.n_pulled:
                        value = within(value + pulled_by(self.pull_exc[lane], b.tau_inv_exc[i], s0 + t))
                elif probe.signal == 2:
                    value = xi * expf(-b.tau_inv_inh[i] * t)
                    if self.n_pulled:
                        value = within(value + pulled_by(self.pull_inh[lane], b.tau_inv_inh[i], s0 + t))
                else:
                    value = (w0 + (w1 - w0) * y) * self.capacitance[lane]
                (<float*> grow(&probe.samples, sizeof(float)))[0] = value
                probe.next += probe.interval
        return 0

    cdef int record_all(self, float h) except -1 nogil:
        """Samples of the lanes that made the step in one piece."""
        cdef int k, i, lane, n_events, e
        cdef float xe, xi, w, s, v, v1, passed, at_exc, at_inh, at_w
        cdef Block* b
        for k in range(self.n_probes):
            lane = self.probes[k].lane
            if lane < 0 or self.kind[lane] == COUPLED or self.redone[lane] == self.now:
                continue
            if self.probes[k].next > self.now + h / US + 1:
                continue
            b, i = self.block(lane), lane % WIDTH
            self.start_of(lane, &xe, &xi, &w)
            n_events, s, v = self.own_events(lane), 0, b.v[i]
            for e in range(n_events):
                if self.own[e].time > s:
                    v1, passed = v, self.own[e].time - s
                    v1 = self.segment(lane, v, self.copy(&at_exc, xe), self.copy(&at_inh, xi), self.copy(&at_w, w), s, &passed, <float> FAR)
                    self.record_span(lane, s, self.own[e].time, v, v1, xe, xi, w)
                    v, xe, xi, w, s = v1, at_exc, at_inh, at_w, self.own[e].time
                xe += self.own[e].exc
                xi += self.own[e].inh
            self.record_span(lane, s, h, v, b.v_new[i], xe, xi, w)
        return 0

    cdef float* copy(self, float* to, float value) noexcept nogil:
        to[0] = value
        return to

    cdef int record_span(self, int lane, float s0, float s1, float v, float v1, float xe, float xi, float w) except -1 nogil:
        """Samples between two times, in pieces that are short enough for a cubic; the last one ends at `v1`."""
        cdef float end, xe1, xi1, w1, v_end
        while s1 > s0:
            end = min(s1, s0 + self.resolution(lane, v) / 4)
            xe1, xi1, w1 = xe, xi, w
            v_end = self.piece(lane, v, &xe1, &xi1, &w1, s0, end - s0)
            if end == s1:
                v_end = v1
            self.record(lane, s0, end, v, v_end, self.slope(lane, v, xe, xi, w, s0),
                        self.slope(lane, v_end, xe1, xi1, w1, end), xe, xi, w, w1)
            v, xe, xi, w, s0 = v_end, xe1, xi1, w1, end
        return 0

    cdef int record_rest(self, int64_t tick) except -1 nogil:
        """Samples of circuits that are at rest until a chip cycle."""
        cdef int k
        cdef float value
        cdef Probe* probe
        for k in range(self.n_probes):
            probe = self.probes + k
            value = self.value(probe.circuit, probe.signal)
            while probe.next < tick and probe.next < probe.end:
                (<float*> grow(&probe.samples, sizeof(float)))[0] = value
                probe.next += probe.interval
        return 0

    cdef int record_coupled(self, int lane, float s0, float s1) except -1 nogil:
        cdef Block* b = self.block(lane)
        cdef Block* old = self.before + (lane - self.bounds[2]) // WIDTH
        cdef int i = lane % WIDTH
        cdef float slope = (b.v_new[i] - b.v[i]) / (s1 - s0)
        cdef float grown_exc = expf(b.tau_inv_exc[i] * (s1 - s0)), grown_inh = expf(b.tau_inv_inh[i] * (s1 - s0))
        return self.record(lane, s0, s1, b.v[i], b.v_new[i], slope, slope, b.x_exc[i] * grown_exc,
                           b.x_inh[i] * grown_inh, old.w[i], b.w[i])


cdef inline float within(float x) noexcept nogil:
    return min(max(x, <float> 0), LINE_SUPPLY)


cdef inline float pulled_by(float pull, float tau_inv, float t) noexcept nogil:
    """What a current has done to a line after a time."""
    cdef float z = tau_inv * t
    return pull * ((1 - expf(-z)) / tau_inv if z > <float> 1e-2 else t * (1 - z * (<float> 0.5 - z / 6)))


cdef inline float hermite(float v0, float v1, float d0, float d1, float y) noexcept nogil:
    """Cubic with the values and slopes at 0 and 1."""
    cdef float z = 1 - y
    return v0 * z + v1 * y + y * z * ((d0 - (v1 - v0)) * z - (d1 - (v1 - v0)) * y)


cdef float crossing(float v0, float v1, float d0, float d1, float dt, float level) noexcept nogil:
    """When the cubic through both ends reaches a level above the first and at most the second, us."""
    cdef float low = 0, high = 1, y, f, slope
    cdef int i
    if v0 >= level:
        return 0
    d0 *= dt
    d1 *= dt
    y = (level - v0) / (v1 - v0)
    for i in range(12):
        f = hermite(v0, v1, d0, d1, y) - level
        if f > 0:
            high = y
        else:
            low = y
        if fabsf(f) < <float> 1e-7:
            break
        slope = (hermite(v0, v1, d0, d1, y + <float> 1e-3) - level - f) * 1000
        y = y - f / slope if slope > 0 else (low + high) / 2
        if y <= low or y >= high:
            y = (low + high) / 2
    return y * dt
