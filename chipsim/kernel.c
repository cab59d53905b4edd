#include "kernel.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SIMD_ANY _Pragma("omp simd reduction(|:any)")

/* `saturate` for an argument that is never far below zero. */
INLINE float saturate_above(float y)
{
    float c = y > SATURATED ? SATURATED : y;
    return c * (1.0f - SATURATION * c * c);
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

INLINE void decays_body(Lanes *l, int first, int last, float h, int adapts)
{
    const float half = -0.5f * h;
    int k, i;
    for (k = first / WIDTH; k < last / WIDTH; k++) {
        Block *b = l->blocks + k;
        SIMD
        for (i = 0; i < WIDTH; i++) {
            b->half_exc[i] = fast_exp(half * b->tau_inv_exc[i]);
            b->half_inh[i] = fast_exp(half * b->tau_inv_inh[i]);
            b->half[i] = fast_exp(half * b->rate[i]);
            b->sixth[i] = kernel_sixth(b->rate[i], b->half[i], h);
        }
        if (adapts) {
            SIMD
            for (i = 0; i < WIDTH; i++)
                b->half_adapt[i] = fast_exp(half * b->tau_inv_adapt[i]);
        }
    }
}

/* Current / C of both inputs and the constant drive; lines are never above their rest, so one limit is enough. */
#define DRIVE(xe, xi) (b->drive[i] + b->amp_exc[i] * saturate_above((xe) * b->k_exc[i] + b->o_exc[i]) \
                       - b->amp_inh[i] * saturate_above((xi) * b->k_inh[i] + b->o_inh[i]))

/* The part of the leak's current / C that is missing because it saturates, for a distance y from the target. */
#define MISSING(y) ((((y) - CLAMP(y)) + (SATURATION * CLAMP(y)) * (CLAMP(y) * CLAMP(y))) * b->slew[i])
#define CLAMP(y) ((y) > SATURATED ? SATURATED : (y) < -SATURATED ? -SATURATED : (y))

/* Powers of the part of the step for which the charge of a slot is there, by hemisphere and input; zeros for a slot that
 * is not in use. */
typedef struct {
    float power[SLOTS][4];
} Lasting;

INLINE void lasting(const Lanes *l, int slots, float h, Lasting p[2][2])
{
    int hemisphere, input, s;
    for (hemisphere = 0; hemisphere < 2; hemisphere++)
        for (input = 0; input < 2; input++)
            for (s = 0; s < slots; s++) {
                const float u = 1.0f - l->slot_time[s] / h, used = l->slot_used[hemisphere][s][input] ? 1.0f : 0.0f;
                float *power = p[hemisphere][input].power[s];
                power[0] = used;
                power[1] = used * u;
                power[2] = used * u * u;
                power[3] = used * u * u * u;
            }
}

/* Effects on a line of charges that are there for the last part u of the step, under a decay of a in a whole step. The
 * mean of such a charge is u - a u^2 / 2 + ..., its first moment, before the end, u^2 / 2 - a u^3 / 6 + ... */
#define ADD_SLOT(slot, p, s)                                                                                           \
    if (slots > (s)) {                                                                                                 \
        float q = slot[s][lane + i];                                                                                   \
        q0 += q * p->power[s][0];                                                                                      \
        q1 += shared ? 0.0f : q * p->power[s][1];                                                                      \
        q2 += q * p->power[s][2];                                                                                      \
        q3 += q * p->power[s][3];                                                                                      \
    }
#define EFFECTS(slot, rest, any_rest, p, a, charge, middle, last, end)                                                 \
    do {                                                                                                               \
        float q0 = 0.0f, q1 = shared ? (any_rest) * rest[lane + i] : 0.0f, q2 = 0.0f, q3 = 0.0f;                       \
        ADD_SLOT(slot, p, 0)                                                                                           \
        ADD_SLOT(slot, p, 1)                                                                                           \
        ADD_SLOT(slot, p, 2)                                                                                           \
        ADD_SLOT(slot, p, 3)                                                                                           \
        middle = (charge) * (1.5f * q2 - 0.5f * (a) * q3);                                                             \
        last = (charge) * (6.0f * (q1 - q2) + (a) * (2.0f * q3 - 3.0f * q2 + (a) * q3));                               \
        end = (charge) * (q0 - (a) * (q1 - (a) * (0.5f * q2 - (a) * (1.0f / 6.0f) * q3)));                             \
    } while (0)

INLINE void collect_body(Lanes *l, int first, int last, float h, const int slots, const int shared)
{
    Lasting p[2][2];
    int k, i;
    lasting(l, slots, h, p);
    for (k = first / WIDTH; k < last / WIDTH; k++) {
        const Block *b = l->blocks + k;
        const int lane = k * WIDTH, hemisphere = lane >= l->first[1];
        const Lasting *p_exc = &p[hemisphere][0], *p_inh = &p[hemisphere][1];
        const float rest_exc = l->rest_used[hemisphere][0], rest_inh = l->rest_used[hemisphere][1];
        SIMD
        for (i = 0; i < WIDTH; i++) {
            float a_exc = h * b->tau_inv_exc[i], a_inh = h * b->tau_inv_inh[i];
            EFFECTS(l->slot_exc, l->rest[0], rest_exc, p_exc, a_exc, b->charge_exc[i], l->middle[0][lane + i],
                    l->last[0][lane + i], l->end[0][lane + i]);
            EFFECTS(l->slot_inh, l->rest[1], rest_inh, p_inh, a_inh, b->charge_inh[i], l->middle[1][lane + i],
                    l->last[1][lane + i], l->end[1][lane + i]);
        }
    }
}

/* Current / C of the inputs of a block at the start, in the middle and at the end of a step; the lines advance. */
INLINE void inputs(Lanes *l, Block *b, int lane, float h, Lasting p[2][2], const int slots, const int shared,
                   float *restrict i0, float *restrict i1, float *restrict i2)
{
    const int hemisphere = lane >= l->first[1];
    const Lasting *p_exc = &p[hemisphere][0], *p_inh = &p[hemisphere][1];
    const float rest_exc = l->rest_used[hemisphere][0], rest_inh = l->rest_used[hemisphere][1];
    int i;
    SIMD
    for (i = 0; i < WIDTH; i++) {
        float xe = b->x_exc[i], xi = b->x_inh[i], de = b->half_exc[i], di = b->half_inh[i];
        float m_exc = 0.0f, m_inh = 0.0f, l_exc = 0.0f, l_inh = 0.0f, e_exc = 0.0f, e_inh = 0.0f;
        if (slots) {
            float a_exc = h * b->tau_inv_exc[i], a_inh = h * b->tau_inv_inh[i];
            EFFECTS(l->slot_exc, l->rest[0], rest_exc, p_exc, a_exc, b->charge_exc[i], m_exc, l_exc, e_exc);
            EFFECTS(l->slot_inh, l->rest[1], rest_inh, p_inh, a_inh, b->charge_inh[i], m_inh, l_inh, e_inh);
            l->end[0][lane + i] = e_exc;
            l->end[1][lane + i] = e_inh;
        }
        i0[i] = DRIVE(xe, xi);
        xe *= de;
        xi *= di;
        i1[i] = DRIVE(xe + m_exc, xi + m_inh);
        xe *= de;
        xi *= di;
        i2[i] = DRIVE(xe + l_exc, xi + l_inh);
        b->x_exc[i] = xe + e_exc;
        b->x_inh[i] = xi + e_inh;
    }
}

/* Inputs of all satellites of a block that has no partner. */
INLINE void satellite_inputs(Lanes *l, int k, float h, Lasting p[2][2])
{
    Block *b = l->blocks + k;
    if (l->slots)
        inputs(l, b, k * WIDTH, h, p, l->slots, l->shared, b->scratch[0], b->scratch[1], b->scratch[2]);
    else
        inputs(l, b, k * WIDTH, h, p, 0, 0, b->scratch[0], b->scratch[1], b->scratch[2]);
}

INLINE void help_body(Lanes *l, float h)
{
    Lasting p[2][2];
    int part, k, i, done = -1;
    lasting(l, l->slots, h, p);
    for (part = 0; part < 3; part++) memset(l->help[part], 0, sizeof(float) * (size_t)l->n);
    for (k = 0; k < l->n_loose; k++) {
        const Run *run = l->runs + k;
        const int block = run->satellite / WIDTH;
        if (block != done) satellite_inputs(l, block, h, p);
        done = block;
        for (part = 0; part < 3; part++) {
            const float *own = l->blocks[block].scratch[part] + run->satellite % WIDTH;
            float *help = l->help[part] + run->owner;
            SIMD
            for (i = 0; i < run->size; i++) help[i] += own[i];
        }
    }
}

INLINE int step_body(Lanes *l, int first, int last, float h, const int slots, const int shared, int *over)
{
    const float h_half = 0.5f * h;
    Lasting p[2][2];
    int count = 0, k, i;
    lasting(l, slots, h, p);
    for (k = first / WIDTH; k < last / WIDTH; k++) {
        Block *b = l->blocks + k;
        const int lane = k * WIDTH;
        float i0[WIDTH], i1[WIDTH], i2[WIDTH];
        int any = 0;
        /* Two loops, so that the processor has several of the long chains of the second one at work at a time. */
        inputs(l, b, lane, h, p, slots, shared, i0, i1, i2);
        if (l->n_runs) {
            const int partner = l->partner[k];
            if (partner >= 0)
                inputs(l, l->blocks + partner, partner * WIDTH, h, p, slots, shared, l->help[0] + lane, l->help[1] + lane,
                       l->help[2] + lane);
            SIMD
            for (i = 0; i < WIDTH; i++) {
                i0[i] += l->help[0][lane + i];
                i1[i] += l->help[1][lane + i];
                i2[i] += l->help[2][lane + i];
            }
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
            u = u < MEMBRANE_MIN ? MEMBRANE_MIN : u;
            u = u > MEMBRANE_MAX ? MEMBRANE_MAX : u;
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

INLINE void row_body(const uint8_t *weights, const uint8_t *labels, int label, int n, float factor, int add, float *sum)
{
    int i;
    if (labels) {
        SIMD
        for (i = 0; i < n; i++) {
            int32_t w = weights[i], other = (int32_t)labels[i] ^ label;
            float f = other == 0 ? factor * (float)w : 0.0f;
            sum[i] = add ? sum[i] + f : f;
        }
    } else if (add) {
        SIMD
        for (i = 0; i < n; i++) sum[i] += factor * (float)weights[i];
    } else {
        SIMD
        for (i = 0; i < n; i++) sum[i] = factor * (float)weights[i];
    }
}

INLINE void row_twice_body(const uint8_t *weights, const uint8_t *labels, int label, int n, float factor, int add,
                           float *sum, float factor_rest, int add_rest, float *rest)
{
    const float keep = add ? 1.0f : 0.0f, keep_rest = add_rest ? 1.0f : 0.0f;
    int i;
    if (labels) {
        SIMD
        for (i = 0; i < n; i++) {
            int32_t w = weights[i], other = (int32_t)labels[i] ^ label;
            float f = other == 0 ? (float)w : 0.0f;
            sum[i] = keep * sum[i] + factor * f;
            rest[i] = keep_rest * rest[i] + factor_rest * f;
        }
    } else {
        SIMD
        for (i = 0; i < n; i++) {
            float f = (float)weights[i];
            sum[i] = keep * sum[i] + factor * f;
            rest[i] = keep_rest * rest[i] + factor_rest * f;
        }
    }
}

/* -- lanes that fire, or whose reset ends ------------------------------------------------------------------------ */

#define EACH _Pragma("omp simd") for (i = 0; i < GROUP; i++)
#define INPUT(xe, xi, t) (drive[i] + amp_exc[i] * saturate_above((xe) * k_exc[i] + o_exc[i]) \
                          - amp_inh[i] * saturate_above((xi) * k_inh[i] + o_inh[i]) + HELP(t))
/* Input of satellites after t us of the step: the parabola that Simpson's rule integrates. */
#define HELP(t) (helped ? help[0][i] + (t) * h_inv * (help[1][i] + (t) * h_inv * help[2][i]) : 0.0f)
#define LEAK_MISSING(y) ((((y) - CLAMP(y)) + (SATURATION * CLAMP(y)) * (CLAMP(y) * CLAMP(y))) * slew[i])

/* Membrane after t us of reset with a steady input: what a saturating conductance does alone has a closed form. */
INLINE float reset_for(float v, float input, float e, float rate, float range_inv, float slew, float t)
{
    float part = input / slew, target = e + input / rate * (1.0f + SATURATION * part * part), gap = v - target;
    float far = (gap < 0.0f ? -gap : gap) * range_inv, over = far - SATURATED, away, rest, left, f, a;
    over = over > 0.0f ? over : 0.0f;
    rest = t - over / rate;
    left = rest < 0.0f ? -rest * rate : 0.0f;          /* of the way on which the conductance gives all it can */
    rest = rest > 0.0f ? rest : 0.0f;
    away = over > 0.0f ? (SATURATED + left) / far : 1.0f;   /* part of the gap at the end of this way */
    a = far < SATURATED ? far : SATURATED;
    f = fast_exp(-rate * rest);
    return target + gap * away * f / sqrtf(1.0f - SATURATION * a * a * (1.0f - f * f));
}

/* When the cubic with values v0, v1 and slopes d0, d1 (both times the length) reaches a level, as part of the length. */
INLINE float crossing_at(float v0, float v1, float d0, float d1, float level)
{
    const float rise = v1 - v0, c0 = d0 - rise, c1 = d1 - rise;
    const float chord = rise > 1e-9f ? rise : 1e-9f;
    float y = (level - v0) / chord, z, f, g;
    /* Where the cubic is too flat to follow, the chord shows the way. */
#define NEWTON                                                                                                         \
    y = y < 0.0f ? 0.0f : y;                                                                                           \
    y = y > 1.0f ? 1.0f : y;                                                                                           \
    z = 1.0f - y;                                                                                                      \
    f = v0 - level + rise * y + y * z * (c0 * z - c1 * y);                                                             \
    g = rise + (z - y) * (c0 * z - c1 * y) - y * z * (c0 + c1);                                                        \
    y -= f / (g > 0.2f * rise ? g : chord);
    NEWTON NEWTON NEWTON NEWTON
    y = y < 0.0f ? 0.0f : y;
    return y > 1.0f ? 1.0f : y;
}

INLINE void turn_group(const Lanes *l, Turn *turns, float h, const int helped)
{
    float v[GROUP], xe[GROUP], xi[GROUP], xe_end[GROUP], xi_end[GROUP], te[GROUP], ti[GROUP];
    float drive[GROUP], amp_exc[GROUP], k_exc[GROUP], o_exc[GROUP], amp_inh[GROUP], k_inh[GROUP], o_inh[GROUP];
    float e[GROUP], rate[GROUP], range_inv[GROUP], slew[GROUP];
    float re[GROUP], rrate[GROUP], rrange[GROUP], rslew[GROUP];
    float level[GROUP], reset[GROUP], blind[GROUP], t[GROUP], fired[GROUP], until[GROUP];
    float v1[GROUP], xe1[GROUP], xi1[GROUP], d0[GROUP], d1[GROUP];
    float exc[SLOTS][GROUP], inh[SLOTS][GROUP], times[SLOTS], help[3][GROUP];
    const float h_inv = 1.0f / h;
    int32_t slot[GROUP];
    const int slots = l->slots;
    int i, k, busy = 1;
    for (k = 0; k < slots; k++) times[k] = l->slot_time[k];
    for (i = 0; i < GROUP; i++) {
        const int lane = turns[i].lane, j = lane % WIDTH, hemisphere = lane >= l->first[1];
        const Block *b = l->blocks + lane / WIDTH;
        const Mode *leak = l->modes + 2 * lane, *hold = leak + 1;
        const float ce = b->charge_exc[j], ci = b->charge_inh[j];
        v[i] = b->v[j];
        te[i] = b->tau_inv_exc[j], ti[i] = b->tau_inv_inh[j];
        xe_end[i] = b->x_exc[j], xi_end[i] = b->x_inh[j];
        /* What the step did to the lines can be undone. */
        xe[i] = (xe_end[i] - (slots ? l->end[0][lane] : 0.0f)) / (b->half_exc[j] * b->half_exc[j]);
        xi[i] = (xi_end[i] - (slots ? l->end[1][lane] : 0.0f)) / (b->half_inh[j] * b->half_inh[j]);
        drive[i] = b->drive[j];
        amp_exc[i] = b->amp_exc[j], k_exc[i] = b->k_exc[j], o_exc[i] = b->o_exc[j];
        amp_inh[i] = b->amp_inh[j], k_inh[i] = b->k_inh[j], o_inh[i] = b->o_inh[j];
        e[i] = leak->e, rate[i] = leak->rate, range_inv[i] = leak->range_inv, slew[i] = leak->slew;
        re[i] = hold->e, rrate[i] = hold->rate, rrange[i] = hold->range_inv, rslew[i] = hold->slew;
        if (helped) {
            const float a = l->help[0][lane], m = l->help[1][lane], z = l->help[2][lane];
            help[0][i] = a;
            help[1][i] = 4.0f * m - 3.0f * a - z;
            help[2][i] = 2.0f * (a + z) - 4.0f * m;
        }
        level[i] = turns[i].level, reset[i] = turns[i].reset, blind[i] = turns[i].refractory;
        for (k = 0; k < slots; k++) {
            exc[k][i] = l->slot_used[hemisphere][k][0] ? l->slot_exc[k][lane] * ce : 0.0f;
            inh[k][i] = l->slot_used[hemisphere][k][1] ? l->slot_inh[k][lane] * ci : 0.0f;
        }
    }
    /* A reset that ends: its target is followed closely, so that the input at its end is the one that counts. */
    EACH {
        float end = reset[i] < h ? reset[i] : h;
        t[i] = end > 0.0f ? end : 0.0f;
        slot[i] = 0;
        fired[i] = -1.0f;
        xe[i] *= fast_exp(-t[i] * te[i]);
        xi[i] *= fast_exp(-t[i] * ti[i]);
    }
    for (k = 0; k < slots; k++) {
        const float at = times[k];
        EACH {
            float gone = t[i] - at, passed = gone >= 0.0f ? 1.0f : 0.0f;
            xe[i] += passed * exc[k][i] * fast_exp(-gone * te[i]);
            xi[i] += passed * inh[k][i] * fast_exp(-gone * ti[i]);
            slot[i] += (int32_t)passed;
        }
    }
    EACH {
        v[i] = reset_for(v[i], INPUT(xe[i], xi[i], t[i]), re[i], rrate[i], rrange[i], rslew[i], t[i]);
        fired[i] = (blind[i] <= t[i]) & (v[i] >= level[i]) ? t[i] : fired[i];
    }
    while (busy) {
        int any = 0;
        EACH until[i] = h;
        for (k = slots - 1; k >= 0; k--) {
            const float at = times[k];
            EACH until[i] = slot[i] <= k ? at : until[i];
        }
        busy = 0;
        EACH {
            float len, half, he, hi, d, dd, u, u0, k0, k1, k2, y, w, z, sixth;
            until[i] = (blind[i] > t[i]) & (blind[i] < until[i]) ? blind[i] : until[i];
            until[i] = fired[i] >= 0.0f ? t[i] : until[i];
            len = until[i] - t[i];
            half = 0.5f * len;
            d = fast_exp(-half * rate[i]);
            he = fast_exp(-half * te[i]);
            hi = fast_exp(-half * ti[i]);
            dd = d * d;
            u0 = v[i] - e[i];
            y = u0 * range_inv[i];
            k0 = INPUT(xe[i], xi[i], t[i]) + LEAK_MISSING(y);
            d0[i] = (k0 - rate[i] * u0) * len;
            u = d * (u0 + half * k0);
            y = u * range_inv[i];
            k1 = INPUT(xe[i] * he, xi[i] * hi, t[i] + half) + LEAK_MISSING(y);
            u = dd * (u0 - len * k0) + 2.0f * len * d * k1;
            y = u * range_inv[i];
            xe1[i] = xe[i] * he * he;
            xi1[i] = xi[i] * hi * hi;
            k2 = INPUT(xe1[i], xi1[i], until[i]) + LEAK_MISSING(y);
            z = rate[i] * len;
            w = dd + 4.0f * d + 1.0f;
            sixth = z > 1e-2f ? (1.0f - dd) / (rate[i] * w + 1e-20f) : len * (1.0f - z * (0.5f - z * (1.0f / 6.0f))) / w;
            u = dd * u0 + sixth * (dd * k0 + 4.0f * d * k1 + k2);
            d1[i] = (k2 - rate[i] * u) * len;
            u += e[i];
            u = u < MEMBRANE_MIN ? MEMBRANE_MIN : u;
            v1[i] = u > MEMBRANE_MAX ? MEMBRANE_MAX : u;
            any |= (fired[i] < 0.0f) & (blind[i] <= t[i]) & (v1[i] >= level[i]);
        }
        if (any) {
            EACH {
                int crosses = (fired[i] < 0.0f) & (blind[i] <= t[i]) & (v1[i] >= level[i]);
                float at = crossing_at(v[i], v1[i], d0[i], d1[i], level[i]);
                fired[i] = crosses ? t[i] + at * (until[i] - t[i]) : fired[i];
                v1[i] = crosses ? level[i] : v1[i];
            }
        }
        EACH {
            int ends = (until[i] >= h) | (fired[i] >= 0.0f);
            v[i] = v1[i];
            t[i] = until[i];
            xe[i] = xe1[i];
            xi[i] = xi1[i];
            /* A refractory time that ends at a charge ends before it. */
            fired[i] = (fired[i] < 0.0f) & (blind[i] <= t[i]) & (v[i] >= level[i]) & !ends ? t[i] : fired[i];
            busy |= !ends;
        }
        for (k = 0; k < slots; k++) {
            const float at = times[k];
            EACH {
                float comes = (slot[i] == k) & (t[i] >= at) ? 1.0f : 0.0f;
                xe[i] += comes * exc[k][i];
                xi[i] += comes * inh[k][i];
                slot[i] += (int32_t)comes;
            }
        }
    }
    EACH {
        float rest = fired[i] >= 0.0f ? h - fired[i] : 0.0f;
        v[i] = reset_for(v[i], INPUT(xe_end[i], xi_end[i], h), re[i], rrate[i], rrange[i], rslew[i], rest);
    }
    for (i = 0; i < GROUP; i++) {
        l->blocks[turns[i].lane / WIDTH].v_new[turns[i].lane % WIDTH] = v[i];
        turns[i].fired = fired[i];
    }
}

INLINE void turns_body(const Lanes *l, Turn *turns, int n, float h)
{
    int first;
    for (first = 0; first < n; first += GROUP)
        if (l->n_runs) turn_group(l, turns + first, h, 1);
        else turn_group(l, turns + first, h, 0);
}

/* -- everything -------------------------------------------------------------------------------------------------- */

/* Slope of the membrane without its linear leak, and of the adaptation without its decay, for one lane. */
#define FULL_SLOPES(u, xe, xi, w_, dv, dw, ex)                                                                           \
    do {                                                                                                               \
        float v_ = (u) + b->e[i], ge, gi, y_, arg;                                                                     \
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
#define ARRIVES(part, input) (arrives ? l->part[input][lane + i] : 0.0f)
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

INLINE int step_full_part(Lanes *l, int first, int last, float h, int parts, const Coupling *coupling, const int arrives,
                          int *over)
{
    const int k_first = first / WIDTH, k_last = last / WIDTH;
    const float h_half = 0.5f * h, h_6 = h / 6.0f;
    const int coupled = coupling->n_groups + coupling->n_lines;
    int count = 0, part, k, i;
    Block *b;
    for (b = l->blocks + k_first; b < l->blocks + k_last; b++)
        for (i = 0; i < WIDTH; i++) {
            b->v_new[i] = b->v[i];
            b->scratch[7][i] = b->w[i];
        }
    for (part = 0; part < parts; part++) {
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float ex;
                U0[i] = b->v_new[i] - b->e[i];
                FULL_SLOPES(U0[i], b->x_exc[i], b->x_inh[i], b->w[i], K0[i], W0[i], ex);
            }
        }
        if (coupled) couple(coupling, l, 0, 1);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float w = b->half_adapt[i] * (b->w[i] + h_half * W0[i]), ex;
                float xe = b->x_exc[i] * b->half_exc[i] + ARRIVES(middle, 0);
                float xi = b->x_inh[i] * b->half_inh[i] + ARRIVES(middle, 1);
                U[i] = b->half[i] * (U0[i] + h_half * K0[i]);
                FULL_SLOPES(U[i], xe, xi, w, K1[i], W1[i], ex);
            }
        }
        if (coupled) couple(coupling, l, 4, 2);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            const int lane = (int)(b - l->blocks) * WIDTH;
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float d = b->half[i], dd = d * d, da = b->half_adapt[i], dw, w, ex;
                float xe = b->x_exc[i] * b->half_exc[i] * b->half_exc[i];
                float xi = b->x_inh[i] * b->half_inh[i] * b->half_inh[i];
                b->x_exc[i] = xe + ARRIVES(end, 0);
                b->x_inh[i] = xi + ARRIVES(end, 1);
                xe += ARRIVES(last, 0);
                xi += ARRIVES(last, 1);
                U[i] = dd * U0[i] + h * (2.0f * d * K1[i] - dd * K0[i]);
                w = da * da * b->w[i] + h * (2.0f * da * W1[i] - da * da * W0[i]);
                FULL_SLOPES(U[i], xe, xi, w, K2[i], dw, ex);
                b->w[i] = da * da * (b->w[i] + h_6 * W0[i]) + h_6 * (4.0f * da * W1[i] + dw);
                W0[i] = ex * b->exp_k[i] * h;
            }
        }
        if (coupled) couple(coupling, l, 4, 3);
        for (b = l->blocks + k_first; b < l->blocks + k_last; b++) {
            SIMD
            for (i = 0; i < WIDTH; i++) {
                float d = b->half[i], dd = d * d;
                float v = dd * U0[i] + b->sixth[i] * (dd * K0[i] + 4.0f * d * K1[i] + K2[i]) + b->e[i];
                v = v < MEMBRANE_MIN ? MEMBRANE_MIN : v;
                b->v_new[i] = v > MEMBRANE_MAX ? MEMBRANE_MAX : v;
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

INLINE int step_full_body(Lanes *l, int first, int last, float h, int parts, const Coupling *coupling, int *over)
{
    int count = 0, lane;
    if (coupling->n_groups + coupling->n_lines) return step_full_part(l, first, last, h, parts, coupling, 0, over);
    if (l->slots) collect_body(l, first, last, h, l->slots, l->shared);
    /* A block at a time stays in the cache. */
    for (lane = first; lane < last; lane += WIDTH)
        count += l->slots ? step_full_part(l, lane, lane + WIDTH, h, parts, coupling, 1, over + count)
                          : step_full_part(l, lane, lane + WIDTH, h, parts, coupling, 0, over + count);
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

/* -- dispatch: every body is compiled for several widths of vectors; the widest that the processor has is taken ------ */

#define KERNELS(target, width)                                                                                         \
    target static void decays_##width(Lanes *l, int first, int last, float h, int adapts)                              \
    { decays_body(l, first, last, h, adapts); }                                                                        \
    target static void help_##width(Lanes *l, float h) { help_body(l, h); }                                            \
    target static int step_##width(Lanes *l, int first, int last, float h, int *over)                                  \
    {                                                                                                                  \
        if (l->shared) return step_body(l, first, last, h, SHARED, 1, over);                                           \
        switch (l->slots) {                                                                                            \
        case 0: return step_body(l, first, last, h, 0, 0, over);                                                       \
        case 1: return step_body(l, first, last, h, 1, 0, over);                                                       \
        case 2: return step_body(l, first, last, h, 2, 0, over);                                                       \
        case 3: return step_body(l, first, last, h, 3, 0, over);                                                       \
        default: return step_body(l, first, last, h, SLOTS, 0, over);                                                  \
        }                                                                                                              \
    }                                                                                                                  \
    target static int step_full_##width(Lanes *l, int first, int last, float h, int parts, const Coupling *c, int *over) \
    { return step_full_body(l, first, last, h, parts, c, over); }                                                      \
    target static void row_##width(const uint8_t *w, const uint8_t *labels, int label, int n, float factor, int add,   \
                                   float *sum)                                                                         \
    { row_body(w, labels, label, n, factor, add, sum); }                                                               \
    target static void row_twice_##width(const uint8_t *w, const uint8_t *labels, int label, int n, float factor,      \
                                         int add, float *sum, float factor_rest, int add_rest, float *rest)            \
    { row_twice_body(w, labels, label, n, factor, add, sum, factor_rest, add_rest, rest); }                            \
    target static void turns_##width(const Lanes *l, Turn *turns, int n, float h) { turns_body(l, turns, n, h); }      \
    target static void cadc_##width(const float *v, const float *o, const float *g, int n, float s, float p,           \
                                    const int16_t *d, float noise, uint64_t stream, uint8_t *codes)                    \
    { cadc_body(v, o, g, n, s, p, d, noise, stream, codes); }

ALL_TARGETS(KERNELS, ",prefer-vector-width=512")

void kernel_decays(Lanes *l, int first, int last, float h, int adapts)
{
    CHOSEN(decays)(l, first, last, h, adapts);
}

void kernel_mode(Mode *mode, float h)
{
    mode->half = fast_exp(-0.5f * h * mode->rate);
    mode->sixth = kernel_sixth(mode->rate, mode->half, h);
    mode->h = h;
}

void kernel_help(Lanes *l, float h)
{
    if (l->n_loose > 0) CHOSEN(help)(l, h);
}

void kernel_follow(Lanes *l)
{
    int k;
    for (k = 0; k < l->n_runs; k++) {
        const Run *run = l->runs + k;
        memcpy(l->blocks[run->satellite / WIDTH].v_new + run->satellite % WIDTH,
               l->blocks[run->owner / WIDTH].v_new + run->owner % WIDTH, sizeof(float) * (size_t)run->size);
    }
}

int kernel_step(Lanes *l, int first, int last, float h, int *over)
{
    return first == last ? 0 : CHOSEN(step)(l, first, last, h, over);
}

int kernel_step_full(Lanes *l, int first, int last, float h, int parts, const Coupling *c, int *over)
{
    return first == last ? 0 : CHOSEN(step_full)(l, first, last, h, parts, c, over);
}

void kernel_row(const uint8_t *w, const uint8_t *labels, int label, int n, float factor, int add, float *sum)
{
    CHOSEN(row)(w, labels, label, n, factor, add, sum);
}

void kernel_row_twice(const uint8_t *w, const uint8_t *labels, int label, int n, float factor, int add, float *sum,
                      float factor_rest, int add_rest, float *rest)
{
    CHOSEN(row_twice)(w, labels, label, n, factor, add, sum, factor_rest, add_rest, rest);
}

void kernel_turns(const Lanes *l, Turn *turns, int n, float h)
{
    CHOSEN(turns)(l, turns, n, h);
}

void kernel_cadc(const float *volts, const float *offset, const float *gain, int n, float start, float per_volt,
                 const int16_t *digital, float noise, uint64_t stream, uint8_t *codes)
{
    CHOSEN(cadc)(volts, offset, gain, n, start, per_volt, digital, noise, stream, codes);
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
