#include "spike_product.h"

#include <stdint.h>
#include <string.h>

#include "targets.h"

#define GROUP 16    /* entries that are looked at together */
#define COLUMNS 512 /* columns that are summed up in the first cache */
#define NOT_ZERO UINT64_C(0x7fffffff7fffffff)  /* bits of two numbers, without those of their signs */

/* Indices of the entries of a row that are not zero. */
INLINE int spiking(const float *row, int in, int *indices)
{
    int count = 0, j, k;
    for (j = 0; j + GROUP <= in; j += GROUP) {
        uint64_t bits[GROUP / 2], some = 0;
        memcpy(bits, row + j, sizeof bits);
        for (k = 0; k < GROUP / 2; k++)
            some |= bits[k];
        if (!(some & NOT_ZERO)) continue;
        for (k = 0; k < GROUP; k++) {
            indices[count] = j + k;
            count += row[j + k] != 0.0f;
        }
    }
    for (; j < in; j++) {
        indices[count] = j;
        count += row[j] != 0.0f;
    }
    return count;
}

/* sum (n) += values times the rows of the weights with these indices. */
INLINE void add_rows(float *sum, int n, const float *values, const int *indices, int count, const float *weights, int width)
{
    int j, k;
    for (j = 0; j + 4 <= count; j += 4) {
        const float a = values[indices[j]], b = values[indices[j + 1]];
        const float c = values[indices[j + 2]], d = values[indices[j + 3]];
        const float *p = weights + (ptrdiff_t)indices[j] * width, *q = weights + (ptrdiff_t)indices[j + 1] * width;
        const float *r = weights + (ptrdiff_t)indices[j + 2] * width, *s = weights + (ptrdiff_t)indices[j + 3] * width;
        SIMD
        for (k = 0; k < n; k++)
            sum[k] += (a * p[k] + b * q[k]) + (c * r[k] + d * s[k]);
    }
    for (; j < count; j++) {
        const float a = values[indices[j]], *p = weights + (ptrdiff_t)indices[j] * width;
        SIMD
        for (k = 0; k < n; k++)
            sum[k] += a * p[k];
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
    int indices[MOST_INPUTS + 1], begin, j, k;
    float gradient[COLUMNS] __attribute__((aligned(64))) = {0.0f};
    ptrdiff_t row;
    for (row = first; row < last; row++) {
        const float *x = spikes + row * in;
        const int count = spiking(x, in, indices);
        for (begin = 0; count && begin < out; begin += COLUMNS) {
            const int n = smaller(COLUMNS, width - begin);
            memcpy(gradient, gradients + row * out + begin, (size_t)smaller(COLUMNS, out - begin) * sizeof *gradient);
            for (j = 0; j < count; j++) {
                const float a = x[indices[j]];
                float *p = weights + (ptrdiff_t)indices[j] * width + begin;
                SIMD
                for (k = 0; k < n; k++)
                    p[k] += a * gradient[k];
            }
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

ALL_TARGETS(KERNELS)

void spikes_times_weights(
    const float *spikes, const float *weights, const float *bias, float *sums, ptrdiff_t first, ptrdiff_t last, int in,
    int out, int width)
{ CHOSEN(times_weights)(spikes, weights, bias, sums, first, last, in, out, width); }

void spikes_times_gradients(
    const float *spikes, const float *gradients, float *weights, ptrdiff_t first, ptrdiff_t last, int in, int out,
    int width)
{ CHOSEN(times_gradients)(spikes, gradients, weights, first, last, in, out, width); }
