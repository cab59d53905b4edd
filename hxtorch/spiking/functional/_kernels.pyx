"""Time loops of the fused integrations, see integration.h."""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport uint8_t
from libc.stddef cimport ptrdiff_t


cdef extern from "pages.h":
    size_t LARGE_PAGE
    void* new_pages(size_t size)
    void free_pages(void* memory)


cdef extern from "spike_product.h" nogil:
    int _MOST_INPUTS "MOST_INPUTS", _LANES "LANES"
    void _spikes_times_weights "spikes_times_weights"(
        const float *spikes, const float *weights, const float *bias, float *sums, ptrdiff_t first, ptrdiff_t last,
        int n_in, int n_out, int width)
    void _spikes_times_gradients "spikes_times_gradients"(
        const float *spikes, const float *gradients, float *weights, ptrdiff_t first, ptrdiff_t last, int n_in, int n_out,
        int width)


cdef extern from "integration.h" nogil:
    int BLOCK
    int _FIRE "FIRE", _REFRACTORY "REFRACTORY", _EXPONENTIAL "EXPONENTIAL", _ADAPTS "ADAPTS"
    int _HW_VOLTAGE "HW_VOLTAGE", _HW_ADAPTATION "HW_ADAPTATION", _HW_SPIKES "HW_SPIKES"
    int _DECAY_SYN "DECAY_SYN", _STEP "STEP", _LEAK "LEAK", _THRESHOLD "THRESHOLD", _RESET "RESET", _START "START"
    int COEFFICIENTS

    ctypedef struct Rows:
        float *data
        ptrdiff_t stride

    ctypedef struct Marks:
        uint8_t *data
        ptrdiff_t stride

    ctypedef struct Integration:
        int steps, flags, period
        ptrdiff_t columns
        float alpha
        const float *coefficients
        Rows input, hw_voltage, hw_adaptation, hw_spikes
        Rows voltage, current, adaptation, spikes
        Marks refractory
        Rows d_voltage, d_current, d_adaptation, d_spikes, d_input

    void integrate_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)
    void adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last, double *d_coefficients)
    void eventprop_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)
    void eventprop_adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)


FIRE, REFRACTORY, EXPONENTIAL, ADAPTS = _FIRE, _REFRACTORY, _EXPONENTIAL, _ADAPTS
HW_VOLTAGE, HW_ADAPTATION, HW_SPIKES = _HW_VOLTAGE, _HW_ADAPTATION, _HW_SPIKES
DECAY_SYN, STEP, LEAK, THRESHOLD, RESET, START = _DECAY_SYN, _STEP, _LEAK, _THRESHOLD, _RESET, _START
COEFFICIENT_COUNT = COEFFICIENTS

MOST_INPUTS, LANES = _MOST_INPUTS, _LANES

cdef float[2048] ZEROS
cdef float[2048] SCRATCH
assert BLOCK <= 2048


cdef list SPARE = []  # memory (address, size) that nobody uses, the longest unused first
cdef size_t SPARE_SIZE = 0
MOST_SPARE = 1 << 29
"""Bytes that are kept for reuse at most."""


def spare_bytes():
    """Memory that is kept for reuse now."""
    return SPARE_SIZE


cdef class Memory:
    """Memory of a large array, as a buffer. It goes to the next one of its size: new memory is zeroed by the kernel, which
    takes longer than what is done with it."""

    cdef void* data
    cdef size_t size

    def __cinit__(self, size_t size):
        global SPARE_SIZE
        cdef Py_ssize_t k
        cdef size_t address
        self.size = (size + LARGE_PAGE - 1) // LARGE_PAGE * LARGE_PAGE
        for k in range(len(SPARE) - 1, -1, -1):
            if SPARE[k][1] == self.size:
                address = SPARE.pop(k)[0]
                SPARE_SIZE -= self.size
                self.data = <void*> address
                return
        self.data = new_pages(self.size)
        if self.data == NULL:
            raise MemoryError(f"{size} bytes")

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, self.data, self.size, 0, flags)

    def __dealloc__(self):
        global SPARE_SIZE
        cdef size_t address
        if self.data == NULL:
            return
        SPARE.append((<size_t> self.data, self.size))
        SPARE_SIZE += self.size
        while SPARE_SIZE > <size_t> MOST_SPARE:
            address, size = SPARE.pop(0)
            SPARE_SIZE -= size
            free_pages(<void*> address)


cdef Rows rows(tensor, float *otherwise=ZEROS) except *:
    """Rows of a contiguous float32 tensor (time, batch, neurons)."""
    cdef Rows result
    if tensor is None:
        result.data, result.stride = otherwise, 0
        return result
    if not tensor.is_contiguous() or tensor.element_size() != 4 or not tensor.is_floating_point():
        raise TypeError(f"{tensor.dtype} of strides {tensor.stride()}, expected contiguous float32")
    result.data = <float *><size_t>tensor.data_ptr()
    result.stride = tensor.shape[1] * tensor.shape[2]
    return result


def spikes_times_weights(spikes, weights, bias, sums, ptrdiff_t first, ptrdiff_t last):
    """sums (rows, out) = spikes (rows, in) times weights (in, width), plus bias (out,) or None, for some of the rows."""
    cdef float *x = matrix(spikes)
    cdef float *w = matrix(weights)
    cdef float *b = NULL if bias is None else matrix(bias.unsqueeze(0))
    cdef float *y = matrix(sums)
    cdef int n_in = weights.shape[0], n_out = sums.shape[1], width = weights.shape[1]
    with nogil:
        _spikes_times_weights(x, w, b, y, first, last, n_in, n_out, width)


def spikes_times_gradients(spikes, gradients, weights, ptrdiff_t first, ptrdiff_t last):
    """weights (in, width) += transposed spikes (rows, in) times gradients (rows, out), for some of the rows."""
    cdef float *x = matrix(spikes)
    cdef float *dy = matrix(gradients)
    cdef float *w = matrix(weights)
    cdef int n_in = weights.shape[0], n_out = gradients.shape[1], width = weights.shape[1]
    with nogil:
        _spikes_times_gradients(x, dy, w, first, last, n_in, n_out, width)


cdef float *matrix(tensor) except NULL:
    return rows(tensor.unsqueeze(0)).data


cdef class Job:
    """One integration over all columns; its methods work on a range of periods and may run in parallel.

    Parameters
    ----------
    steps, flags, alpha
        Number of time steps, which terms, steepness of the surrogate gradient.
    coefficients : tensor, float32, (COEFFICIENTS, period)
        Coefficients of column c are in column c % period.
    tensors
        By the names in `Integration`, float32 (time, batch, neurons); `refractory` is uint8. They are kept alive.
    """

    cdef Integration job
    cdef object kept

    def __init__(self, int steps, int flags, float alpha, coefficients, *, input=None, hw_voltage=None,
                 hw_adaptation=None, hw_spikes=None, voltage=None, current=None, adaptation=None, spikes=None,
                 refractory=None, d_voltage=None, d_current=None, d_adaptation=None, d_spikes=None, d_input=None):
        self.kept = (coefficients, input, hw_voltage, hw_adaptation, hw_spikes, voltage, current, adaptation, spikes,
                     refractory, d_voltage, d_current, d_adaptation, d_spikes, d_input)
        self.job.steps, self.job.flags, self.job.alpha = steps, flags, alpha
        self.job.period = coefficients.shape[1]
        self.job.coefficients = rows(coefficients.unsqueeze(0)).data
        self.job.input = rows(input)
        self.job.hw_voltage, self.job.hw_adaptation = rows(hw_voltage), rows(hw_adaptation)
        self.job.hw_spikes = rows(hw_spikes)
        self.job.voltage, self.job.current = rows(voltage), rows(current)
        self.job.adaptation, self.job.spikes = rows(adaptation, SCRATCH), rows(spikes, SCRATCH)
        self.job.d_voltage, self.job.d_current = rows(d_voltage), rows(d_current)
        self.job.d_adaptation, self.job.d_spikes = rows(d_adaptation), rows(d_spikes)
        self.job.d_input = rows(d_input)
        self.job.refractory.data, self.job.refractory.stride = <uint8_t *>SCRATCH, 0
        if refractory is not None:
            self.job.refractory.data = <uint8_t *><size_t>refractory.data_ptr()
            self.job.refractory.stride = refractory.shape[1] * refractory.shape[2]
        first = voltage if voltage is not None else d_input
        self.job.columns = first.shape[1] * first.shape[2]

    @property
    def periods(self):
        """Number of periods; the last one may be shorter."""
        return -(-self.job.columns // self.job.period)

    @property
    def work(self):
        """Steps times columns."""
        return self.job.columns * self.job.steps

    def integrate(self, ptrdiff_t first, ptrdiff_t last):
        """Fill voltage, current, adaptation, spikes and refractory."""
        with nogil:
            integrate_periods(&self.job, first, last)

    def adjoint(self, ptrdiff_t first, ptrdiff_t last, sums=None):
        """Fill d_input; add the gradient of the coefficients to `sums` (float64, COEFFICIENTS, period)."""
        cdef double *address = <double *><size_t>(0 if sums is None else sums.data_ptr())
        with nogil:
            adjoint_periods(&self.job, first, last, address)

    def eventprop(self, ptrdiff_t first, ptrdiff_t last):
        """Fill voltage, current and spikes."""
        with nogil:
            eventprop_periods(&self.job, first, last)

    def eventprop_adjoint(self, ptrdiff_t first, ptrdiff_t last):
        """Fill d_input with lambda_i and d_current with lambda_v - lambda_i."""
        with nogil:
            eventprop_adjoint_periods(&self.job, first, last)
