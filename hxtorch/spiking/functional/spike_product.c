#include "spike_product.h"

#include <stdint.h>
#include <string.h>

#include "targets.h"

#define GROUP 64     /* entries that are looked at together */
#define COLUMNS 512  /* columns that are summed up in the first cache */

/* Bits of a group of entries, set where they are not zero. */
INLINE uint64_t spikes_of(const float *row)
{
    uint8_t set[GROUP];
    uint64_t bits = 0;
    int k;
    SIMD
    for (k = 0; k < GROUP; k++)
        set[k] = row[k] != 0.0f;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (k = 0; k < GROUP; k += 8) {
        uint64_t eight;
        memcpy(&eight, set + k, 8);
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << k;  /* gathers the lowest bits of eight bytes */
    }
#else
    for (k = 0; k < GROUP; k++)
        bits |= (uint64_t)set[k] << k;
#endif
    return bits;
}

/* Indices of the entries of a row that are not zero. */
INLINE int spiking(const float *row, int in, int *indices)
{
    int count = 0, j;
    for (j = 0; j + GROUP <= in; j += GROUP) {
        uint64_t bits;
        for (bits = spikes_of(row + j); bits; bits &= bits - 1)
            indices[count++] = j + __builtin_ctzll(bits);
    }
    for (; j < in; j++) {
        indices[count] = j;
        count += row[j] != 0.0f;
    }
    return count;
}

/* sum (n) += values times the rows of the weights with these indices; n is a multiple of LANES. */
INLINE void add_rows(float *sum, int n, const float *values, const int *indices, int count, const float *weights, int width)
{
    int j, k, l;
    for (j = 0; j + 4 <= count; j += 4) {
        const float a = values[indices[j]], b = values[indices[j + 1]];
        const float c = values[indices[j + 2]], d = values[indices[j + 3]];
        const float *p = weights + (ptrdiff_t)indices[j] * width, *q = weights + (ptrdiff_t)indices[j + 1] * width;
        const float *r = weights + (ptrdiff_t)indices[j + 2] * width, *s = weights + (ptrdiff_t)indices[j + 3] * width;
        for (k = 0; k < n; k += LANES) {
            SIMD
            for (l = k; l < k + LANES; l++)
                sum[l] += (a * p[l] + b * q[l]) + (c * r[l] + d * s[l]);
        }
    }
    for (; j < count; j++) {
        const float a = values[indices[j]], *p = weights + (ptrdiff_t)indices[j] * width;
        for (k = 0; k < n; k += LANES) {
            SIMD
            for (l = k; l < k + LANES; l++)
                sum[l] += a * p[l];
        }
    }
}

/* Rows of the weights with these indices += values times the gradient (n); n is a multiple of LANES. */
INLINE void add_to_rows(
    float *weights, int width, const float *values, const int *indices, int count, const float *gradient, int n)
{
    int j, k, l;
    for (j = 0; j + 2 <= count; j += 2) {
        const float a = values[indices[j]], b = values[indices[j + 1]];
        float *p = weights + (ptrdiff_t)indices[j] * width, *q = weights + (ptrdiff_t)indices[j + 1] * width;
        for (k = 0; k < n; k += LANES) {
            SIMD
            for (l = k; l < k + LANES; l++) {
                p[l] += a * gradient[l];
                q[l] += b * gradient[l];
            }
        }
    }
    for (; j < count; j++) {
        const float a = values[indices[j]];
        float *p = weights + (ptrdiff_t)indices[j] * width;
        for (k = 0; k < n; k += LANES) {
            SIMD
            for (l = k; l < k + LANES; l++)
                p[l] += a * gradient[l];
        }
    }
}

INLINE int smaller(int a, int b)
{
    return a < b ? a : b;
}

INLINE void times_weights(
    const float *spikes, const float *weights, const float *bias, float *sums, ptrdiff_t first, ptrdiff_t last, int in,
    int out, int width)
{
    int indices[MOST_INPUTS + 1], begin;
    float sum[COLUMNS] __attribute__((aligned(64)));
    ptrdiff_t row;
    for (row = first; row < last; row++) {
        const int count = spiking(spikes + row * in, in, indices);
        for (begin = 0; begin < out; begin += COLUMNS) {
            const int n = smaller(COLUMNS, width - begin), used = smaller(COLUMNS, out - begin);
            memset(sum, 0, (size_t)n * sizeof *sum);
            if (bias) memcpy(sum, bias + begin, (size_t)used * sizeof *sum);
            add_rows(sum, n, spikes + row * in, indices, count, weights + begin, width);
            memcpy(sums + row * out + begin, sum, (size_t)used * sizeof *sum);
        }
    }
}

INLINE void times_gradients(
    const float *spikes, const float *gradients, float *weights, ptrdiff_t first, ptrdiff_t last, int in, int out,
    int width)
{
    int indices[MOST_INPUTS + 1], begin;
    float gradient[COLUMNS] __attribute__((aligned(64))) = {0.0f};
    ptrdiff_t row;
    for (row = first; row < last; row++) {
        const float *x = spikes + row * in;
        const int count = spiking(x, in, indices);
        for (begin = 0; count && begin < out; begin += COLUMNS) {
            const int n = smaller(COLUMNS, width - begin);
            memcpy(gradient, gradients + row * out + begin, (size_t)smaller(COLUMNS, out - begin) * sizeof *gradient);
            add_to_rows(weights + begin, width, x, indices, count, gradient, n);
        }
    }
}

#define KERNELS(target, suffix) \
    target static void times_weights_##suffix( \
        const float *x, const float *w, const float *bias, float *y, ptrdiff_t first, ptrdiff_t last, int in, int out, \
        int width) \
    { times_weights(x, w, bias, y, first, last, in, out, width); } \
    target static void times_gradients_##suffix( \
        const float *x, const float *dy, float *dw, ptrdiff_t first, ptrdiff_t last, int in, int out, int width) \
    { times_gradients(x, dy, dw, first, last, in, out, width); }

ALL_TARGETS(KERNELS, "")

void spikes_times_weights(
    const float *spikes, const float *weights, const float *bias, float *sums, ptrdiff_t first, ptrdiff_t last, int in,
    int out, int width)
{ CHOSEN(times_weights)(spikes, weights, bias, sums, first, last, in, out, width); }

void spikes_times_gradients(
    const float *spikes, const float *gradients, float *weights, ptrdiff_t first, ptrdiff_t last, int in, int out,
    int width)
{ CHOSEN(times_gradients)(spikes, gradients, weights, first, last, in, out, width); }
