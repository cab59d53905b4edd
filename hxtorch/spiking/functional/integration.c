#include "integration.h"

#include "targets.h"

#define LIMIT 30.0f  /* of the argument of the exponential term, see step_code.limited */

typedef union { float f; int32_t i; uint32_t u; } Bits;

/* exp(x) with a relative error below 2e-7; -87 and LIMIT stand for all that is below and above. The bounds are taken of
 * the bits, which are in order for numbers of one sign: of a bound of the number the compiler would make a branch, as
 * everything that follows is a constant for it. */
INLINE float exponential(float x)
{
    const Bits low = {-87.0f}, high = {LIMIT};
    Bits b, two;
    float f, p;
    int32_t n;
    b.f = x;
    b.i = b.i > high.i ? high.i : b.i;
    b.u = b.u > low.u ? low.u : b.u;
    n = (int32_t)(b.f * 1.44269504f + 12582912.0f - 12582912.0f);
    f = (b.f - (float)n * 0.693145752f) - (float)n * 1.42860677e-6f;
    p = 1.0f / 5040.0f;
    p = p * f + 1.0f / 720.0f;
    p = p * f + 1.0f / 120.0f;
    p = p * f + 1.0f / 24.0f;
    p = p * f + 1.0f / 6.0f;
    p = p * f + 0.5f;
    p = p * f * f + f;
    two.i = (n + 127) << 23;
    return p * two.f + two.f;
}

/* `yes` if `on` (all bits or none), else `no`; with ?: the compiler would branch around the computation of `no`. */
INLINE float chosen(int32_t on, float yes, float no)
{
    Bits a = {yes}, b = {no};
    a.i = (a.i & on) | (b.i & ~on);
    return a.f;
}

/* Everything that flows into the membrane; the same operations in the same order as in the generated source. */
INLINE float drive(float i, float v, float w, float g, float leak, float gain, float e, const int flags, const int any)
{
    float sum = i + g * (leak - v);
    if (any || flags & EXPONENTIAL) sum = sum + gain * e;
    if (any || flags & ADAPTS) sum = sum - w;
    return sum;
}

#define ROW(rows, t) ((rows).data + (t) * (rows).stride + ((rows).stride ? column : 0))
#define COEFFICIENT(name) (s->coefficients + (name) * (ptrdiff_t)s->period + offset)

/* With `any`, the flags are known at run time only. Then all terms are computed, and the coefficients of those that are
 * not in use are zero: the loop over the columns must not have branches. */
INLINE void integrate_block(const Integration *s, ptrdiff_t column, int offset, int n, const int flags, const int any)
{
    const float *decay = COEFFICIENT(DECAY_SYN), *step = COEFFICIENT(STEP), *g = COEFFICIENT(G_LEAK);
    const float *leak = COEFFICIENT(LEAK), *threshold = COEFFICIENT(THRESHOLD), *reset = COEFFICIENT(RESET);
    const float *lasts = COEFFICIENT(REFRACTORY_STEPS), *gain = COEFFICIENT(EXP_GAIN);
    const float *e_threshold = COEFFICIENT(EXP_THRESHOLD), *e_slope = COEFFICIENT(EXP_SLOPE);
    const float *decay_w = COEFFICIENT(DECAY_ADAPTATION), *rise = COEFFICIENT(RISE_ADAPTATION);
    const float *increment = COEFFICIENT(INCREMENT), *start = COEFFICIENT(START);
    const float fires = flags & FIRE ? 1.0f : 0.0f;
    const int32_t measured_v = flags & HW_VOLTAGE ? -1 : 0, measured_z = flags & HW_SPIKES ? -1 : 0;
    const int32_t measured_w = flags & HW_ADAPTATION ? -1 : 0;
    float v[BLOCK], i[BLOCK], w[BLOCK], counter[BLOCK];
    int j, t;
    for (j = 0; j < n; j++) {
        v[j] = start[j];
        i[j] = w[j] = counter[j] = 0.0f;
    }
    for (t = 0; t < s->steps; t++) {
        const float *x = ROW(s->input, t), *hw_v = ROW(s->hw_voltage, t), *hw_w = ROW(s->hw_adaptation, t);
        const float *hw_z = ROW(s->hw_spikes, t);
        float *out_v = ROW(s->voltage, t), *out_i = ROW(s->current, t), *out_w = ROW(s->adaptation, t);
        float *out_z = ROW(s->spikes, t);
        uint8_t *out_m = ROW(s->refractory, t);
        SIMD
        for (j = 0; j < n; j++) {
            const float read_v = hw_v[j], read_w = hw_w[j], read_z = hw_z[j];
            float e = 0.0f, next, z, resets, m = 0.0f, a = w[j];
            if (any || flags & EXPONENTIAL) {
                e = (v[j] - e_threshold[j]) / e_slope[j];
                e = exponential(e);
            }
            next = v[j] + step[j] * drive(i[j], v[j], a, g[j], leak[j], gain[j], e, flags, any);
            next = chosen(measured_v, read_v, next);
            z = next - threshold[j] > 0.0f ? fires : 0.0f;
            z = chosen(measured_z, read_z, z);
            if (any || flags & ADAPTS) {
                a = a * decay_w[j] + rise[j] * (next - leak[j]) + increment[j] * z;
                a = chosen(measured_w, read_w, a);
                out_w[j] = w[j] = a;
            }
            resets = chosen(measured_v, 0.0f, z);
            next = (1.0f - resets) * next + resets * reset[j];
            if (any || flags & REFRACTORY) {
                float left = counter[j];
                m = left > 0.0f ? 1.0f : 0.0f;
                left = left - m > 0.0f ? left - m : 0.0f;
                resets = chosen(measured_v, 0.0f, m);
                next = (1.0f - resets) * next + resets * reset[j];
                z = chosen(measured_z, z, (1.0f - m) * z);
                counter[j] = (1.0f - z) * left + z * lasts[j];
                out_m[j] = (uint8_t)m;
            }
            out_i[j] = i[j] = i[j] * decay[j] + x[j];
            out_v[j] = v[j] = next;
            if (any || flags & FIRE) out_z[j] = z;
        }
    }
}

INLINE void adjoint_block(
    const Integration *s, ptrdiff_t column, int offset, int n, double *sums, const int flags, const int any,
    const int parameters)
{
    const float *decay = COEFFICIENT(DECAY_SYN), *step = COEFFICIENT(STEP), *g = COEFFICIENT(G_LEAK);
    const float *leak = COEFFICIENT(LEAK), *threshold = COEFFICIENT(THRESHOLD), *gain = COEFFICIENT(EXP_GAIN);
    const float *e_threshold = COEFFICIENT(EXP_THRESHOLD), *e_slope = COEFFICIENT(EXP_SLOPE);
    const float *decay_w = COEFFICIENT(DECAY_ADAPTATION), *rise = COEFFICIENT(RISE_ADAPTATION);
    const float *increment = COEFFICIENT(INCREMENT), *start = COEFFICIENT(START);
    static const float nothing[BLOCK];
    const float alpha = s->alpha, fires = flags & FIRE ? 1.0f : 0.0f, refracts = flags & REFRACTORY ? 1.0f : 0.0f;
    const int32_t measured_v = flags & HW_VOLTAGE ? -1 : 0, measured_z = flags & HW_SPIKES ? -1 : 0;
    float dv[BLOCK], di[BLOCK], dw[BLOCK], d[COEFFICIENTS][BLOCK];
    int j, t, c;
    for (j = 0; j < n; j++)
        dv[j] = di[j] = dw[j] = 0.0f;
    for (c = 0; parameters && c < COEFFICIENTS; c++)
        for (j = 0; j < n; j++)
            d[c][j] = 0.0f;
    for (t = s->steps - 1; t >= 0; t--) {
        const float *v = t ? ROW(s->voltage, t - 1) : start, *i = t ? ROW(s->current, t - 1) : nothing;
        const float *w = t ? ROW(s->adaptation, t - 1) : nothing;
        const float *hw_v = ROW(s->hw_voltage, t), *hw_z = ROW(s->hw_spikes, t);
        const float *from_v = ROW(s->d_voltage, t), *from_i = ROW(s->d_current, t);
        const float *from_w = ROW(s->d_adaptation, t), *from_z = ROW(s->d_spikes, t);
        const uint8_t *marks = ROW(s->refractory, t);
        float *to_x = ROW(s->d_input, t);
        SIMD
        for (j = 0; j < n; j++) {
            const float read_v = hw_v[j], read_z = hw_z[j], m = refracts * (float)marks[j];
            float to_v = dv[j] + from_v[j], to_i = di[j] + from_i[j], to_z = (1.0f - m) * from_z[j];
            float to_a = dw[j] + from_w[j], e = 0.0f, u = 0.0f, slope = 0.0f, next, z, resets, sum, into;
            if (any || flags & EXPONENTIAL) {
                u = (v[j] - e_threshold[j]) / e_slope[j];
                e = exponential(u);
                slope = u > LIMIT ? 0.0f : gain[j] * e / e_slope[j];
            }
            sum = drive(i[j], v[j], w[j], g[j], leak[j], gain[j], e, flags, any);
            next = v[j] + step[j] * sum;
            next = chosen(measured_v, read_v, next);
            z = next - threshold[j] > 0.0f ? fires : 0.0f;
            z = chosen(measured_z, read_z, z);
            resets = chosen(measured_v, 0.0f, z);
            if (parameters) d[RESET][j] += m * to_v + resets * (1.0f - m) * to_v;
            to_v = (1.0f - resets) * ((1.0f - m) * to_v);
            if (any || flags & ADAPTS) {
                to_v = to_v + to_a * rise[j];
                to_z = to_z + to_a * increment[j];
                if (parameters) {
                    d[DECAY_ADAPTATION][j] += to_a * w[j];
                    d[INCREMENT][j] += to_a * z;
                    d[RISE_ADAPTATION][j] += to_a * (next - leak[j]);
                    d[LEAK][j] -= to_a * rise[j];
                }
            }
            if (any || flags & FIRE) {
                float distance = next - threshold[j], wide, spike;
                distance = distance < 0.0f ? -distance : distance;
                wide = alpha * distance + 1.0f;
                spike = fires * (to_z / (wide * wide));
                to_v = to_v + spike;
                if (parameters) d[THRESHOLD][j] -= spike;
            }
            into = step[j] * to_v;
            if (parameters) {
                d[STEP][j] += sum * to_v;
                d[DECAY_SYN][j] += i[j] * to_i;
                d[LEAK][j] += g[j] * into;
                d[G_LEAK][j] += (leak[j] - v[j]) * into;
                if (any || flags & EXPONENTIAL) {
                    d[EXP_GAIN][j] += e * into;
                    d[EXP_THRESHOLD][j] -= slope * into;
                    d[EXP_SLOPE][j] -= slope * u * into;
                }
            }
            to_x[j] = to_i;
            di[j] = to_i * decay[j] + into;
            dv[j] = to_v + (slope - g[j]) * into;
            if (any || flags & ADAPTS) dw[j] = to_a * decay_w[j] - into;
        }
    }
    if (!parameters) return;
    for (j = 0; j < n; j++)
        d[START][j] = dv[j];
    for (c = 0; c < COEFFICIENTS; c++)
        for (j = 0; j < n; j++)
            sums[c * (ptrdiff_t)s->period + offset + j] += (double)d[c][j];
}

INLINE void eventprop_block(const Integration *s, ptrdiff_t column, int offset, int n)
{
    const float *decay = COEFFICIENT(DECAY_SYN), *step = COEFFICIENT(STEP), *leak = COEFFICIENT(LEAK);
    const float *threshold = COEFFICIENT(THRESHOLD), *reset = COEFFICIENT(RESET), *start = COEFFICIENT(START);
    float v[BLOCK], i[BLOCK];
    float *out_v = ROW(s->voltage, 0), *out_i = ROW(s->current, 0), *out_z = ROW(s->spikes, 0);
    int j, t;
    for (j = 0; j < n; j++) {
        out_v[j] = v[j] = start[j];
        out_i[j] = i[j] = out_z[j] = 0.0f;
    }
    for (t = 0; t < s->steps - 1; t++) {
        const float *x = ROW(s->input, t);
        out_v = ROW(s->voltage, t + 1), out_i = ROW(s->current, t + 1), out_z = ROW(s->spikes, t + 1);
        SIMD
        for (j = 0; j < n; j++) {
            float next, z;
            i[j] = i[j] * decay[j] + x[j];
            next = v[j] + step[j] * (leak[j] - v[j] + i[j]);
            z = next > threshold[j] ? 1.0f : 0.0f;
            v[j] = z > 0.0f ? reset[j] : next;
            out_v[j] = v[j];
            out_i[j] = i[j];
            out_z[j] = z;
        }
    }
}

INLINE float or_zero(float x)
{
    return x - x == 0.0f ? x : 0.0f;
}

INLINE void eventprop_adjoint_block(const Integration *s, ptrdiff_t column, int offset, int n)
{
    const float *decay = COEFFICIENT(DECAY_SYN), *step = COEFFICIENT(STEP), *leak = COEFFICIENT(LEAK);
    const float *threshold = COEFFICIENT(THRESHOLD), *reset = COEFFICIENT(RESET);
    float lambda_v[BLOCK], lambda_i[BLOCK];
    float *to_i = ROW(s->d_input, s->steps - 1), *to_v = ROW(s->d_current, s->steps - 1);
    int j, t;
    for (j = 0; j < n; j++)
        lambda_v[j] = lambda_i[j] = to_i[j] = to_v[j] = 0.0f;
    for (t = s->steps - 1; t > 0; t--) {
        const float *i = ROW(s->current, t - 1), *z = ROW(s->spikes, t), *from_z = ROW(s->d_spikes, t);
        to_i = ROW(s->d_input, t - 1), to_v = ROW(s->d_current, t - 1);
        SIMD
        for (j = 0; j < n; j++) {
            float before = leak[j] - threshold[j] + i[j], after = leak[j] - reset[j] + i[j], v;
            lambda_i[j] = lambda_i[j] + (1.0f - decay[j]) * (lambda_v[j] - lambda_i[j]);
            v = lambda_v[j] * (1.0f - step[j]);
            lambda_v[j] = (1.0f - z[j]) * v + or_zero(z[j] * (after / before) * v) + or_zero(z[j] / before * from_z[j]);
            to_i[j] = lambda_i[j];
            to_v[j] = lambda_v[j] - lambda_i[j];
        }
    }
}

/* The combinations of terms that are compiled for themselves. */
#define HOT(CASE) \
    CASE(0) CASE(HW_VOLTAGE) CASE(FIRE) CASE(FIRE | REFRACTORY) \
    CASE(FIRE | HW_VOLTAGE | HW_SPIKES) CASE(FIRE | REFRACTORY | HW_VOLTAGE | HW_SPIKES)

INLINE void integrate_any(const Integration *s, ptrdiff_t column, int offset, int n)
{
#define CASE(f) case f: integrate_block(s, column, offset, n, f, 0); return;
    switch (s->flags) {
    HOT(CASE)
    default: integrate_block(s, column, offset, n, s->flags, 1);
    }
#undef CASE
}

INLINE void adjoint_any(const Integration *s, ptrdiff_t column, int offset, int n, double *sums)
{
#define CASE(f) case f: adjoint_block(s, column, offset, n, NULL, f, 0, 0); return;
#define CASE_PARAMETERS(f) case f: adjoint_block(s, column, offset, n, sums, f, 0, 1); return;
    if (sums) {
        switch (s->flags) {
        HOT(CASE_PARAMETERS)
        default: adjoint_block(s, column, offset, n, sums, s->flags, 1, 1);
        }
    } else {
        switch (s->flags) {
        HOT(CASE)
        default: adjoint_block(s, column, offset, n, NULL, s->flags, 1, 0);
        }
    }
#undef CASE
#undef CASE_PARAMETERS
}

#define ARGUMENTS const Integration *s, ptrdiff_t column, int offset, int n, double *sums
#define KERNELS(target, suffix) \
    target static void integrate_##suffix(ARGUMENTS) { (void)sums; integrate_any(s, column, offset, n); } \
    target static void adjoint_##suffix(ARGUMENTS) { adjoint_any(s, column, offset, n, sums); } \
    target static void eventprop_##suffix(ARGUMENTS) { (void)sums; eventprop_block(s, column, offset, n); } \
    target static void eventprop_adjoint_##suffix(ARGUMENTS) { (void)sums; eventprop_adjoint_block(s, column, offset, n); }

ALL_TARGETS(KERNELS, "")

typedef void Kernel(ARGUMENTS);

static void over_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last, double *sums, Kernel *kernel)
{
    ptrdiff_t p;
    for (p = first; p < last; p++) {
        ptrdiff_t column = p * s->period;
        int offset, here = s->columns - column < s->period ? (int)(s->columns - column) : s->period;
        for (offset = 0; offset < here; offset += BLOCK)
            kernel(s, column + offset, offset, here - offset < BLOCK ? here - offset : BLOCK, sums);
    }
}

void integrate_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)
{ over_periods(s, first, last, NULL, CHOSEN(integrate)); }

void adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last, double *d_coefficients)
{ over_periods(s, first, last, d_coefficients, CHOSEN(adjoint)); }

void eventprop_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)
{ over_periods(s, first, last, NULL, CHOSEN(eventprop)); }

void eventprop_adjoint_periods(const Integration *s, ptrdiff_t first, ptrdiff_t last)
{ over_periods(s, first, last, NULL, CHOSEN(eventprop_adjoint)); }
