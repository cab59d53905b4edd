# Analog core: lanes of circuits that advance together.

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from chipsim.watch cimport Watch
from stadls._buffer cimport Buffer

cdef extern from "kernel.h":
    enum:
        WIDTH
        SLOTS
        SHARED
        GROUP

    const float SATURATION
    const float SATURATED
    const float MEMBRANE_MIN
    const float MEMBRANE_MAX

    ctypedef struct Block:
        float v[WIDTH]
        float v_new[WIDTH]
        float x_exc[WIDTH]
        float x_inh[WIDTH]
        float w[WIDTH]
        float e[WIDTH]
        float rate[WIDTH]
        float range_inv[WIDTH]
        float slew[WIDTH]
        float half[WIDTH]
        float sixth[WIDTH]
        float charge_exc[WIDTH]
        float charge_inh[WIDTH]
        float half_exc[WIDTH]
        float half_inh[WIDTH]
        float amp_exc[WIDTH]
        float k_exc[WIDTH]
        float o_exc[WIDTH]
        float amp_inh[WIDTH]
        float k_inh[WIDTH]
        float o_inh[WIDTH]
        float drive[WIDTH]
        float threshold[WIDTH]
        float tau_inv_exc[WIDTH]
        float tau_inv_inh[WIDTH]
        float kappa_exc[WIDTH]
        float rev_exc[WIDTH]
        float kappa_inh[WIDTH]
        float rev_inh[WIDTH]
        float exp_amp[WIDTH]
        float exp_v[WIDTH]
        float exp_k[WIDTH]
        float exp_max[WIDTH]
        float a[WIDTH]
        float v_adapt[WIDTH]
        float tau_inv_adapt[WIDTH]
        float half_adapt[WIDTH]
        float g_line[WIDTH]
        float linear[WIDTH]
        float scratch[8][WIDTH]

    ctypedef struct Mode:
        float e
        float rate
        float range_inv
        float slew
        float half
        float sixth
        float h

    ctypedef struct Run:
        int32_t satellite
        int32_t owner
        int32_t size

    ctypedef struct Lanes:
        int n
        Block* blocks
        Mode* modes
        int slots
        float slot_time[SLOTS]
        float* slot_exc[SLOTS]
        float* slot_inh[SLOTS]
        uint8_t slot_used[2][SLOTS][2]
        int shared
        float* rest[2]
        uint8_t rest_used[2][2]
        int first[2]
        int size[2]
        float* middle[2]
        float* last[2]
        float* end[2]
        float* help[3]
        int n_runs, n_loose
        const Run* runs
        const int32_t* partner

    ctypedef struct Turn:
        int lane
        float level
        float reset
        float refractory
        float fired

    ctypedef struct Coupling:
        int n_groups
        const int* group_start
        const int* group_lane
        const float* group_share
        int n_lines
        const int* line_start
        const int* line_lane
        const float* line_g

    float saturate(float y) nogil
    float kernel_sixth(float rate, float half, float h) nogil
    void kernel_decays(Lanes* lanes, int first, int last, float h, int adapts) nogil
    void kernel_mode(Mode* mode, float h) nogil
    void kernel_help(Lanes* lanes, float h) nogil
    void kernel_follow(Lanes* lanes) nogil
    int kernel_step(Lanes* lanes, int first, int last, float h, int* over) nogil
    int kernel_step_full(Lanes* lanes, int first, int last, float h, int parts, const Coupling* coupling, int* over) nogil
    void kernel_row(const uint8_t* weights, const uint8_t* labels, int label, int n, float factor, int add,
                    float* sum) nogil
    void kernel_row_twice(const uint8_t* weights, const uint8_t* labels, int label, int n, float factor, int add,
                          float* sum, float factor_rest, int add_rest, float* rest) nogil
    void kernel_turns(const Lanes* lanes, Turn* turns, int n, float h) nogil
    void kernel_cadc(const float* volts, const float* offset, const float* gain, int n, float start, float per_volt,
                     const int16_t* digital, float noise, uint64_t stream, uint8_t* codes) nogil
    unsigned kernel_enter() nogil
    void kernel_leave(unsigned mode) nogil


cdef struct Arrival:
    # An event at a synapse driver.
    int64_t tick
    float bottom     # ns of the pulses of both rows
    float top
    uint8_t hemisphere
    uint8_t driver
    uint8_t label


cdef struct OwnEvent:
    # What an event brings to one lane, V, at a time in the step, us.
    float time
    float exc
    float inh


cdef struct Spike:
    double tick
    int32_t circuit


cdef struct Probe:
    # Samples of one signal of a circuit at equal distances.
    int32_t circuit
    int32_t lane
    int32_t signal
    double next      # tick of the next sample
    double interval  # ticks
    double end
    Buffer samples   # float32


cdef enum:
    APPOINTMENTS = 8


cdef class Core:
    cdef public int64_t now
    cdef readonly int count         # lanes in use
    cdef public int limit           # longest step in ticks
    cdef readonly int longest       # what the circuits allow
    cdef readonly int longest_calm  # what they allow with empty synaptic lines
    cdef bint calm                  # the synaptic lines are empty
    cdef int since_event            # steps
    cdef int since_fired            # steps
    cdef bint deferring, stale      # decays of lanes that change their mode are computed later
    cdef Lanes lanes
    cdef Coupling coupling
    cdef int bounds[8]              # ends of: top simple, satellite, full, coupled, then bottom in the opposite order
    cdef Watch watch
    cdef object keep                # arrays that the pointers above look into
    cdef object fields
    cdef object parameters
    cdef readonly object lane_of_circuit
    cdef int32_t[::1] circuit_of
    cdef int32_t[::1] lane_of
    cdef double* reset_end          # in ticks
    cdef double* refractory_end
    cdef float* reset_us
    cdef float* refractory_us
    cdef float* threshold           # without noise
    cdef float* level               # with noise
    cdef float* capacitance
    cdef float* jump                # of the adaptation
    cdef float* pull_exc            # of currents from outside on the lines, V/us
    cdef float* pull_inh
    cdef int32_t* pulled            # lanes that have these
    cdef int n_pulled
    cdef float* pause_amp           # amplitudes of the inputs, for lanes that pause
    cdef uint8_t* in_reset
    cdef uint8_t* refractory
    cdef uint8_t* pauses
    cdef uint8_t* kind
    cdef uint8_t* listed
    cdef uint8_t* plain             # simple, with a reset that is strong and longer than a step
    cdef Turn turns[512 + GROUP]
    cdef int64_t* redone            # tick of the last step that was made in pieces
    cdef Block* before              # the connected lanes before a piece, or the synaptic lines before a leap
    cdef int* over
    cdef int32_t* waiting           # lanes that are refractory
    cdef int n_waiting
    cdef double waiting_until       # tick before which none of them ends anything, 0: not known
    cdef bint released              # a refractory time is over since the list was looked through
    cdef int64_t appointments[APPOINTMENTS]  # ticks at which a step has to end
    cdef int n_appointments
    cdef int parts_coupled
    cdef int32_t* satellites        # lanes, those of an owner together
    cdef int32_t* owner             # lane that integrates the membrane, for satellites
    cdef int32_t* first_satellite   # place of the first one in the list, and their number, for owners
    cdef int32_t* count_satellites
    cdef Mode* own_modes            # of every lane alone; those of owners are together with satellites in reset
    cdef float step_us              # length of the step
    cdef float decays_for           # step that the decays of the blocks are for, us
    cdef Buffer arrivals
    cdef size_t first_arrival
    cdef OwnEvent own[SLOTS]
    cdef Buffer spikes
    cdef size_t first_spike
    cdef Probe* probes
    cdef int n_probes
    cdef uint8_t* weights           # rows of a hemisphere: its lanes
    cdef uint8_t* labels
    cdef int16_t row_label[2][256]  # label that all synapses of the row have, -1 if different
    cdef uint8_t row_used[2][256]   # any weight
    cdef uint8_t row_mode[2][256]   # bit 0 excitatory, bit 1 inhibitory
    cdef public float threshold_noise
    cdef public uint64_t noise_seed
    cdef uint32_t* fired            # spikes per circuit, the counter of the noise
    cdef bint quiet
    cdef bint coupled_still         # no connected lane moved in the last step
    cdef float[512] rest_v
    cdef float[512] rest_exc
    cdef float[512] rest_inh
    cdef float[512] rest_w

    cdef int arrive(self, int64_t tick, int hemisphere, int driver, uint32_t label, float bottom, float top) except -1 nogil
    cdef int advance(self, int64_t tick) except -1 nogil
    cdef int leap(self, int64_t tick) except -1 nogil
    cdef int step(self, int ticks, bint silent) except -1 nogil
    cdef Block* block(self, int lane) noexcept nogil
    cdef bint deliver(self, double end, int ticks) noexcept nogil
    cdef void drive_row(self, int hemisphere, int row, int label, float pulse, int slot, float rest) noexcept nogil
    cdef int choose_slots(self, double end, int ticks) noexcept nogil
    cdef int turn(self, int n, float h) except -1 nogil
    cdef int replay(self, int lane, float h, float fired) except -1 nogil
    cdef void add_turn(self, int i, int lane) noexcept nogil
    cdef void hold(self, int half, bint on) noexcept nogil
    cdef void renew_decays(self) noexcept nogil
    cdef int strike_off(self) noexcept nogil
    cdef void appoint(self, double tick) noexcept nogil
    cdef void keep_appointments(self) noexcept nogil
    cdef int span(self) noexcept nogil
    cdef int next_step(self, int64_t tick) noexcept nogil
    cdef void look_at_lines(self, bint events) noexcept nogil
    cdef bint lines_are_empty(self) noexcept nogil
    cdef double next_switch(self, int lane) noexcept nogil
    cdef bint at_rest(self, float h) noexcept nogil
    cdef int rework(self, int lane, float h) except -1 nogil
    cdef int own_events(self, int lane) noexcept nogil
    cdef void charge_of(self, int first, int last, int slot) noexcept nogil
    cdef void start_of(self, int lane, float* xe, float* xi, float* w) noexcept nogil
    cdef void copy_lines(self, Block* to, const Block* source) noexcept nogil
    cdef int step_coupled(self, float h) except -1 nogil
    cdef int probed_lane(self, int circuit, int signal) noexcept nogil
    cdef void release_satellites(self, double end) noexcept nogil
    cdef void combine_modes(self, int owner) noexcept nogil
    cdef void wait_for(self, int lane) noexcept nogil
    cdef float help(self, int lane, float at) noexcept nogil
    cdef int run_coupled(self, int first, int last, float piece, float h) noexcept nogil
    cdef float linear_crossing(self, int lane, float piece) noexcept nogil
    cdef void pull_lines(self, float h) noexcept nogil
    cdef void drop_doubles(self) noexcept nogil
    cdef int spike(self, int lane, double tick) except -1 nogil
    cdef void release(self, int lane) noexcept nogil
    cdef void sort_spikes(self, size_t first) noexcept nogil
    cdef bint next_spike(self, Spike* spike) noexcept nogil
    cdef void convert(self, const float* volts, const float* offset, const float* gain, int n, float start,
                      float per_volt, const int16_t* digital, float noise, uint64_t stream, uint8_t* codes) noexcept nogil
    cdef float value(self, int circuit, int signal) noexcept nogil
    cdef void membranes(self, int first, int count, float* volts) noexcept nogil
    cdef int force(self, int circuit) except -1 nogil
    cdef int record_coupled(self, int lane, float s0, float s1) except -1 nogil
    cdef void set_mode(self, int lane, bint reset) noexcept nogil
    cdef float segment(self, int lane, float v, float* xe, float* xi, float* w, float at, float* dt, float level) noexcept nogil
    cdef float resolution(self, int lane, float v) noexcept nogil
    cdef float piece(self, int lane, float v, float* xe, float* xi, float* w, float at, float h) noexcept nogil
    cdef float slope(self, int lane, float v, float xe, float xi, float w, float at) noexcept nogil
    cdef int record(self, int lane, float s0, float s1, float v0, float v1, float d0, float d1, float xe, float xi, float w0, float w1) except -1 nogil
    cdef float* copy(self, float* to, float value) noexcept nogil
    cdef int record_span(self, int lane, float s0, float s1, float v, float v1, float xe, float xi, float w) except -1 nogil
    cdef int record_rest(self, int64_t tick) except -1 nogil
    cdef int record_all(self, float h) except -1 nogil
    cdef void set_row(self, int hemisphere, int row, const uint8_t* weights, const uint8_t* labels) noexcept nogil
