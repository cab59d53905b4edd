#include "kernel.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <immintrin.h>
#define WIDE 1
#define TARGET_WIDE __attribute__((target("avx2,fma")))
#else
#define WIDE 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#define SIMD _Pragma("omp simd")
#define SIMD_ANY _Pragma("omp simd reduction(|:any)")

#define BETA (4.0f / 27.0f)
#define V_MIN 0.17f
#define V_MAX 1.10f

/* s(y), the saturation of an OTA. */
INLINE float saturate(float y)
{
    float c = y > 1.5f ? 1.5f : y;
    c = c < -1.5f ? -1.5f : c;
    return c * (1.0f - BETA * c * c);
}

/* The same for an argument that is never far below zero. */
INLINE float saturate_above(float y)
{
    float c = y > 1.5f ? 1.5f : y;
    return c * (1.0f - BETA * c * c);
}

/* exp(x) for x <= 80 with a relative error of 3e-7. */
INLINE float fast_exp(float x)
{
    float t, f, p;
    int32_t n;
    union { int32_t i; float f; } two;
    x = x < -87.0f ? -87.0f : x;
    t = x * 1.44269504f + 12582912.0f;
    n = (int32_t)(t - 12582912.0f);
    f = x - (float)n * 0.693145752f - (float)n * 1.42860677e-6f;
    p = 1.0f / 5040.0f;
    p = p * f + 1.0f / 720.0f;
    p = p * f + 1.0f / 120.0f;
    p = p * f + 1.0f / 24.0f;
    p = p * f + 1.0f / 6.0f;
    p = p * f + 0.5f;
    p = p * f + 1.0f;
    p = p * f + 1.0f;
    two.i = (n + 127) << 23;
    return p * two.f;
}

/* Sixth of a step for Simpson's rule under a decay: a constant is integrated exactly, however fast the decay. */
INLINE float kernel_sixth(float rate, float half, float h)
{
    float z = rate * h, whole = half * half;
    float integral = z > 1e-2f ? (1.0f - whole) / (rate + 1e-20f) : h * (1.0f - z * (0.5f - z * (1.0f / 6.0f)));
    return integral / (whole + 4.0f * half + 1.0f);
}

INLINE void decays_body(Lanes *l, int first, int last, float h)
{
    const float half = -0.5f * h;
    int k, i;
    for (k = first / WIDTH; k < last / WIDTH; k++) {
        Block *b = l->blocks + k;
        SIMD
        for (i = 0; i < WIDTH; i++) {
            b->half_exc[i] = fast_exp(half * b->tau_inv_exc[i]);
            b->half_inh[i] = fast_exp(half * b->tau_inv_inh[i]);
            b->half_adapt[i] = fast_exp(half * b->tau_inv_adapt[i]);
            b->half[i] = fast_exp(half * b->rate[i]);
            b->sixth[i] = kernel_sixth(b->rate[i], b->half[i], h);
        }
    }
}

/* Current / C of both inputs and the constant drive; lines are never above their rest, so one limit is enough. */
#define DRIVE(xe, xi) (b->drive[i] + b->amp_exc[i] * saturate_above((xe) * b->k_exc[i] + b->o_exc[i]) \
                       - b->amp_inh[i] * saturate_above((xi) * b->k_inh[i] + b->o_inh[i]))

/* The part of the leak's current / C that is missing because it saturates, for a distance y from the target. */
#define MISSING(y) ((((y) - CLAMP(y)) + (BETA * CLAMP(y)) * (CLAMP(y) * CLAMP(y))) * b->slew[i])
#define CLAMP(y) ((y) > 1.5f ? 1.5f : (y) < -1.5f ? -1.5f : (y))

/* Drop of a line in the middle and at the end of a step, with a decay d in half of it and a charge p of which r is the
 * late part. Simpson's rule over start, middle and end gives the right mean. */
#define MIDDLE(x, d, p, r) ((x) * (d) + (1.25f * (p) - 1.5f * (r)) * (0.5f + 0.5f * (d)))
#define END(x, d, p, r) ((d) * (d) * ((x) + (p) - (r)) + (r))

INLINE int step_body(Lanes *l, int first, int last, float h, int *over)
{
    const float h_half = 0.5f * h;
    int count = 0, k, i;
    for (k = first / WIDTH; k < last / WIDTH; k++) {
        Block *b = l->blocks + k;
        const float *sum_exc = l->sum_exc + k * WIDTH, *sum_inh = l->sum_inh + k * WIDTH;
        const float *late_exc = l->late_exc + k * WIDTH, *late_inh = l->late_inh + k * WIDTH;
        float i0[WIDTH], i1[WIDTH], i2[WIDTH];
        int any = 0;
        /* Two loops, so that the processor has several of the long chains of the second one at work at a time. */
        SIMD
        for (i = 0; i < WIDTH; i++) {
            float xe = b->x_exc[i], xi = b->x_inh[i], de = b->half_exc[i], di = b->half_inh[i];
            float pe = sum_exc[i] * b->charge_exc[i], pi = sum_inh[i] * b->charge_inh[i];
            float re = late_exc[i] * b->charge_exc[i], ri = late_inh[i] * b->charge_inh[i];
            i0[i] = DRIVE(xe, xi);
            i1[i] = DRIVE(MIDDLE(xe, de, pe, re), MIDDLE(xi, di, pi, ri));
            xe = END(xe, de, pe, re);
            xi = END(xi, di, pi, ri);
            i2[i] = DRIVE(xe, xi);
            b->x_exc[i] = xe;
            b->x_inh[i] = xi;
        }
        SIMD_ANY
        for (i = 0; i < WIDTH; i++) {
            float d = b->half[i], dd = d * d, u0 = b->v[i] - b->e[i], y, k0, k1, k2, u;
            y = u0 * b->range_inv[i];
            k0 = i0[i] + MISSING(y);
            u = d * (u0 + h_half * k0);
            y = u * b->range_inv[i];
            k1 = i1[i] + MISSING(y);
            u = dd * (u0 - h * k0) + (2.0f * h) * (d * k1);
            y = u * b->range_inv[i];
            k2 = i2[i] + MISSING(y);
            u = dd * u0 + b->sixth[i] * (dd * k0 + (4.0f * d) * k1 + k2) + b->e[i];
            u = u < V_MIN ? V_MIN : u;
            u = u > V_MAX ? V_MAX : u;
            b->v_new[i] = u;
            any |= u >= b->threshold[i];
        }
        if (any)
            for (i = 0; i < WIDTH; i++)
                if (b->v_new[i] >= b->threshold[i])
                    over[count++] = k * WIDTH + i;
    }
    return count;
}

INLINE void row_body(const uint8_t *weights, const uint8_t *labels, int label, int n, float factor_sum, float factor_late,
                     float *sum, float *late)
{
    int i;
    if (labels) {
        SIMD
        for (i = 0; i < n; i++) {
            int32_t w = weights[i], other = (int32_t)labels[i] ^ label;
            float f = other == 0 ? (float)w : 0.0f;
            sum[i] += factor_sum * f;
            late[i] += factor_late * f;
        }
    } else {
        SIMD
        for (i = 0; i < n; i++) {
            float f = (float)weights[i];
            sum[i] += factor_sum * f;
            late[i] += factor_late * f;
        }
    }
}

/* -- everything -------------------------------------------------------------------------------------------------- */

/* Slope of the membrane without its linear leak, and of the adaptation without its decay, for one lane. */
#define FULL_SLOPES(u, xe, xi, w_, dv, dw)                                                                             \
    do {                                                                                                               \
        float v_ = (u) + b->e[i], ge, gi, y_, arg, ex;                                                                 \
        ge = 1.0f - b->kappa_exc[i] * (v_ - b->rev_exc[i]);                                                            \
        ge = ge < 0.0f ? 0.0f : ge;                                                                                    \
        gi = 1.0f + b->kappa_inh[i] * (v_ - b->rev_inh[i]);                                                            \
        gi = gi < 0.0f ? 0.0f : gi;                                                                                    \
        y_ = (u) * b->range_inv[i];                                                                                    \
        arg = (v_ - b->exp_v[i]) * b->exp_k[i];                                                                        \
        arg = arg > 30.0f ? 30.0f : arg;                                                                               \
        ex = b->exp_amp[i] * fast_exp(arg);                                                                            \
        ex = ex > b->exp_max[i] ? b->exp_max[i] : ex;                                                                  \
        dv = b->drive[i] + ge * b->amp_exc[i] * saturate_above((xe) * b->k_exc[i] + b->o_exc[i])                       \
             - gi * b->amp_inh[i] * saturate_above((xi) * b->k_inh[i] + b->o_inh[i])                                   \
             + b->slew[i] * (b->linear[i] * y_ - saturate(y_)) + ex - (w_);                                                       \
        dw = b->a[i] * (v_ - b->v_adapt[i]) * b->tau_inv_adapt[i];                                                     \
    } while (0)

/* Growth of the exponential term in a step from which on the lane is computed again in finer ones. */
#define UPSTROKE 0.02f

#define U0 b->scratch[0]
#define K0 b->scratch[1]
#define K1 b->scratch[2]
#define K2 b->scratch[3]
#define U b->scratch[4]
#define W0 b->scratch[5]
#define W1 b->scratch[6]
#define PE (arrives * l->sum_exc[lane + i] * b->charge_exc[i])
#define PI (arrives * l->sum_inh[lane + i] * b->charge_inh[i])
#define RE (arrives * l->late_exc[lane + i] * b->charge_exc[i])
#define RI (arrives * l->late_inh[lane + i] * b->charge_inh[i])
#define LANE(field, lane) l->blocks[(lane) / WIDTH].field[(lane) % WIDTH]

/* Adds what flows through somatic lines to the slopes in scratch[slope], with potentials from scratch[u], and shares the
 * slopes of circuits with one membrane. Such circuits have `rate` 0, their leaks are part of the slope: see core.pyx. */
static void couple(const Coupling *c, const Lanes *l, int u, int slope)
{
    int g, j, lane;
    for (g = 0; g < c->n_lines; g++) {
        float num = 0.0f, den = 0.0f, line = 0.0f, drawn = 0.0f;
        int owner = -1;
        for (j = c->line_start[g]; j < c->line_start[g + 1]; j++) {
            float v;
            lane = c->line_lane[j];
            v = LANE(scratch[u], lane) + LANE(e, lane);
            if (c->line_g[j] < 0.0f) {
                line = v;
                owner = lane;
            } else {
                num += c->line_g[j] * v;
                den += c->line_g[j];
            }
        }
        if (owner < 0) {
            if (den <= 0.0f) continue;
            line = num / den;
        }
        for (j = c->line_start[g]; j < c->line_start[g + 1]; j++) {
            float gap;
            if (c->line_g[j] < 0.0f) continue;
            lane = c->line_lane[j];
            gap = line - LANE(scratch[u], lane) - LANE(e, lane);
            LANE(scratch[slope], lane) += LANE(g_line, lane) * gap;
            drawn += c->line_g[j] * gap;
        }
        /* What the others draw comes from the compartment that is on the line directly; its g_line is 1 / C. */
        if (owner >= 0) LANE(scratch[slope], owner) -= drawn * LANE(g_line, owner);
    }
    for (g = 0; g < c->n_groups; g++) {
        float mean = 0.0f;
        for (j = c->group_start[g]; j < c->group_start[g + 1]; j++)
            mean += c->group_share[j] * LANE(scratch[slope], c->group_lane[j]);
        for (j = c->group_start[g]; j < c->group_start[g + 1]; j++) LANE(scratch[slope], c->group_lane[j]) = mean;
    }
}

INLINE int step_full_body(Lanes *l, int first, int last, float h, int parts, const Coupling *coupling, int *over)
{
    const int k_first = first / WIDTH, k_last = last / WIDTH;
    const float h_half = 0.5f * h, h_6 = h / 6.0f;
    const int coupled = coupling->n_groups + coupling->n_lines;
    const float arrives = coupled ? 0.0f : 1.0f;
    int count = 0, part, k, i;
    Block *b;
    for (b = l->blocks + k_first; b < l->blocks + k_last; b++)
        for (i = 0; i < WIDTH; i++) {
            b->v_new[i] = b->v[i];
            b->scratch[7][i] = b->w[i];
        }
    for (part = 0; part < parts; part++) {
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                U0[i] = b->v_new[i] - b->e[i];
                FULL_SLOPES(U0[i], b->x_exc[i], b->x_inh[i], b->w[i], K0[i], W0[i]);
            }
        }
        if (coupled) couple(coupling, l, 0, 1);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float w = b->half_adapt[i] * (b->w[i] + h_half * W0[i]);
                float xe = MIDDLE(b->x_exc[i], b->half_exc[i], PE, RE), xi = MIDDLE(b->x_inh[i], b->half_inh[i], PI, RI);
                U[i] = b->half[i] * (U0[i] + h_half * K0[i]);
                FULL_SLOPES(U[i], xe, xi, w, K1[i], W1[i]);
            }
        }
        if (coupled) couple(coupling, l, 4, 2);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float d = b->half[i], dd = d * d, da = b->half_adapt[i], dw, w;
                b->x_exc[i] = END(b->x_exc[i], b->half_exc[i], PE, RE);
                b->x_inh[i] = END(b->x_inh[i], b->half_inh[i], PI, RI);
                U[i] = dd * U0[i] + h * (2.0f * d * K1[i] - dd * K0[i]);
                w = da * da * b->w[i] + h * (2.0f * da * W1[i] - da * da * W0[i]);
                FULL_SLOPES(U[i], b->x_exc[i], b->x_inh[i], w, K2[i], dw);
                b->w[i] = da * da * (b->w[i] + h_6 * W0[i]) + h_6 * (4.0f * da * W1[i] + dw);
                W0[i] = b->exp_amp[i] * fast_exp((U[i] + b->e[i] - b->exp_v[i]) * b->exp_k[i]) * b->exp_k[i] * h;
            }
        }
        if (coupled) couple(coupling, l, 4, 3);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float d = b->half[i], dd = d * d;
                float v = dd * U0[i] + b->sixth[i] * (dd * K0[i] + 4.0f * d * K1[i] + K2[i]) + b->e[i];
                v = v < V_MIN ? V_MIN : v;
                b->v_new[i] = v > V_MAX ? V_MAX : v;
            }
        }
    }
    for (k = k_first; k < k_last; k++) {
        b = l->blocks + k;
        for (i = 0; i < WIDTH; i++)
            if (b->v_new[i] >= b->threshold[i] || W0[i] > UPSTROKE) over[count++] = k * WIDTH + i;
    }
    return count;
}

/* -- CADC -------------------------------------------------------------------------------------------------------- */

INLINE uint32_t mix32(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

INLINE void cadc_body(const float *restrict volts, const float *restrict offset, const float *restrict gain, int n,
                      float start, float per_volt, const int16_t *restrict digital, float noise, uint64_t stream,
                      uint8_t *restrict codes)
{
    const uint32_t low = (uint32_t)stream, high = (uint32_t)(stream >> 32);
    int i;
    SIMD
    for (i = 0; i < n; i++) {
        /* The sum of eight uniform bytes is normal enough: sigma 209, no tail beyond five sigma. */
        uint32_t r = mix32(low + (uint32_t)i * 0x9e3779b9u), s = mix32(r ^ high);
        int32_t sum = (int32_t)((r & 0xff) + (r >> 8 & 0xff) + (r >> 16 & 0xff) + (r >> 24) + (s & 0xff) + (s >> 8 & 0xff)
                                + (s >> 16 & 0xff) + (s >> 24)) - 1020;
        float v = volts[i] + noise * (1.0f / 209.0f) * (float)sum;
        float count = (v + offset[i] - start) * (gain[i] * per_volt);
        int32_t code;
        count = count < 0.0f ? 0.0f : count > 255.0f ? 255.0f : count;
        code = (int32_t)count + digital[i];
        code = code < 0 ? 0 : code > 255 ? 255 : code;
        codes[i] = (uint8_t)code;
    }
}

/* -- dispatch ---------------------------------------------------------------------------------------------------- */

#if WIDE
TARGET_WIDE static void decays_wide(Lanes *l, int first, int last, float h) { decays_body(l, first, last, h); }
TARGET_WIDE static int step_wide(Lanes *l, int first, int last, float h, int *over) { return step_body(l, first, last, h, over); }
TARGET_WIDE static int step_full_wide(Lanes *l, int first, int last, float h, int parts, const Coupling *c, int *over)
{ return step_full_body(l, first, last, h, parts, c, over); }
TARGET_WIDE static void row_wide(const uint8_t *w, const uint8_t *lab, int label, int n, float f0, float f1, float *a, float *b)
{ row_body(w, lab, label, n, f0, f1, a, b); }
TARGET_WIDE static void cadc_wide(const float *v, const float *o, const float *g, int n, float s, float p, const int16_t *d,
                                  float noise, uint64_t stream, uint8_t *codes)
{ cadc_body(v, o, g, n, s, p, d, noise, stream, codes); }

static int wide(void)
{
    static int known = -1;
    if (known < 0) known = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return known;
}
#define DISPATCH(call_wide, call) return wide() ? call_wide : call
#define DISPATCH_VOID(call_wide, call) do { if (wide()) call_wide; else call; } while (0)
#else
#define DISPATCH(call_wide, call) return call
#define DISPATCH_VOID(call_wide, call) call
#endif

void kernel_decays(Lanes *l, int first, int last, float h)
{
    DISPATCH_VOID(decays_wide(l, first, last, h), decays_body(l, first, last, h));
}

int kernel_step(Lanes *l, int first, int last, float h, int *over)
{
    DISPATCH(step_wide(l, first, last, h, over), step_body(l, first, last, h, over));
}

int kernel_step_full(Lanes *l, int first, int last, float h, int parts, const Coupling *c, int *over)
{
    DISPATCH(step_full_wide(l, first, last, h, parts, c, over),
             step_full_body(l, first, last, h, parts, c, over));
}

void kernel_row(const uint8_t *w, const uint8_t *labels, int label, int n, float f0, float f1, float *now, float *next)
{
    DISPATCH_VOID(row_wide(w, labels, label, n, f0, f1, now, next), row_body(w, labels, label, n, f0, f1, now, next));
}

void kernel_cadc(const float *volts, const float *offset, const float *gain, int n, float start, float per_volt,
                 const int16_t *digital, float noise, uint64_t stream, uint8_t *codes)
{
    DISPATCH_VOID(cadc_wide(volts, offset, gain, n, start, per_volt, digital, noise, stream, codes),
                  cadc_body(volts, offset, gain, n, start, per_volt, digital, noise, stream, codes));
}

unsigned kernel_enter(void)
{
#if defined(__x86_64__)
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040);
    return mode;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1ull << 24)));
    return (unsigned)mode;
#else
    return 0;
#endif
}

void kernel_leave(unsigned mode)
{
#if defined(__x86_64__)
    _mm_setcsr(mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode));
#else
    (void)mode;
#endif
}
