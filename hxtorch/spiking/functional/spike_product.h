/* Products of matrices with few entries that are not zero (spikes) and others. All matrices are contiguous; those of the
 * weights have rows of `width` numbers, a multiple of LANES and at least `out`, of which the last ones are not used. */
#ifndef HXTORCH_SPIKE_PRODUCT_H
#define HXTORCH_SPIKE_PRODUCT_H

#include <stddef.h>

#define MOST_INPUTS 16384  /* length of a row of spikes */

#define LANES 16

/* sums (rows, out) = spikes (rows, in) times weights (in, width), plus bias (out), for the rows first to last - 1. */
void spikes_times_weights(
    const float *spikes, const float *weights, const float *bias, float *sums, ptrdiff_t first, ptrdiff_t last, int in,
    int out, int width);

/* weights (in, width) += transposed spikes (rows, in) times gradients (rows, out), for the rows first to last - 1. */
void spikes_times_gradients(
    const float *spikes, const float *gradients, float *weights, ptrdiff_t first, ptrdiff_t last, int in, int out,
    int width);

#endif
