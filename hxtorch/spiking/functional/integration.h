/* Time loops over the columns (batch times neurons) of tensors (time, batch, neurons): forward integration of
 * current-based neurons and its adjoint. See docs/hxtorch-numerics.md for the equations.
 *
 * All rows are contiguous. An array that is not in use has row stride zero and points to a row of zeros, or of what nobody
 * reads, so that there is always something to read and to write. */
#ifndef HXTORCH_INTEGRATION_H
#define HXTORCH_INTEGRATION_H

#include <stddef.h>
#include <stdint.h>

#define BLOCK 512  /* columns that are taken through all time steps at once: their state stays in the first cache */

/* Terms in use. There is always a leak, which may be zero, as may be both sources of the adaptation. */
enum { FIRE = 1, REFRACTORY = 2, EXPONENTIAL = 4, ADAPTS = 8, HW_VOLTAGE = 16, HW_ADAPTATION = 32, HW_SPIKES = 64 };

/* Rows of the table of coefficients, in the order of aelif_fused.COEFFICIENTS. */
enum {
    DECAY_SYN, STEP, G_LEAK, LEAK, THRESHOLD, RESET, REFRACTORY_STEPS, EXP_GAIN, EXP_THRESHOLD, EXP_SLOPE,
    DECAY_ADAPTATION, RISE_ADAPTATION, INCREMENT, START, COEFFICIENTS
};

/* Rows of a tensor: first element of step t is at data + t * stride. */
typedef struct { float *data; ptrdiff_t stride; } Rows;
typedef struct { uint8_t *data; ptrdiff_t stride; } Marks;

typedef struct {
    int steps, flags;
    int period;         /* coefficients of column c are in column c % period of their table */
    ptrdiff_t columns;
    float alpha;
    const float *coefficients;  /* (COEFFICIENTS, period) */
    Rows input, hw_voltage, hw_adaptation, hw_spikes;
    Rows voltage, current, adaptation, spikes;
    Marks refractory;   /* whether the neuron was refractory in this step */
    Rows d_voltage, d_current, d_adaptation, d_spikes, d_input;
} Integration;

/* Forward through all steps for the periods first to last - 1 of the columns. */
void integrate_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last);

/* Backward through all steps; adds to d_coefficients (COEFFICIENTS, period) unless it is NULL. */
void adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last, double *d_coefficients);

/* EventProp. The coefficients are DECAY_SYN, STEP (dt / tau_mem), LEAK, THRESHOLD, RESET and START. Row t of the outputs is
 * the state before input t. */
void eventprop_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last);

/* Adjoint of EventProp: lambda_i in d_input, lambda_v - lambda_i in d_current. */
void eventprop_adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last);

#endif
