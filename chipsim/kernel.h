/* Steps of the analog core over lanes: arrays with one entry per circuit. See core.pyx for the meaning of the arrays and
 * docs/chip-model.md for the equations.
 *
 * Between two events dV/dt = -a (V - E) + N(V, t) with a remainder N that is smooth: inputs, saturation of the leak,
 * offset current. The linear part is propagated exactly, the remainder with Kutta's third-order rule (a Lawson scheme),
 * the synaptic lines exactly. Charge that arrives inside a step appears at its middle and at its end such that its mean
 * and its first moment over the step are right. */
#ifndef CHIPSIM_KERNEL_H
#define CHIPSIM_KERNEL_H

#include <stdint.h>

#include "targets.h"

#define WIDTH 32  /* lanes in a block */
#define SLOTS 4   /* times in a step at which charge arrives */
#define SHARED 2  /* the same, if there are more events than slots */
#define GROUP 8  /* lanes that kernel_turns takes at a time: enough to keep the processor busy */

/* The same as in circuits.py; core.pyx compares them. */
#define SATURATION (4.0f / 27.0f)
#define SATURATED 1.5f
#define MEMBRANE_MIN 0.17f
#define MEMBRANE_MAX 1.10f

/* s(y), the saturation of an OTA. */
INLINE float saturate(float y)
{
    float c = y > SATURATED ? SATURATED : y;
    c = c < -SATURATED ? -SATURATED : c;
    return c * (1.0f - SATURATION * c * c);
}

/* Sixth of a step for Simpson's rule under a decay: a constant is integrated exactly, however fast the decay. */
INLINE float kernel_sixth(float rate, float half, float h)
{
    float z = rate * h, whole = half * half;
    float integral = z > 1e-2f ? (1.0f - whole) / (rate + 1e-20f) : h * (1.0f - z * (0.5f - z * (1.0f / 6.0f)));
    return integral / (whole + 4.0f * half + 1.0f);
}

/* State and parameters of WIDTH circuits. */
typedef struct {
    /* state */
    float v[WIDTH], v_new[WIDTH];          /* membrane before and after the step, V */
    float x_exc[WIDTH], x_inh[WIDTH];      /* drop of the lines, V */
    float w[WIDTH];                        /* adaptation current / capacitance, V/us */
    /* the leak, in the mode (leak or reset) that a lane is in */
    float e[WIDTH], rate[WIDTH], range_inv[WIDTH], slew[WIDTH]; /* target, 1/tau, 1/range, rate * range */
    float half[WIDTH];                     /* exp(-rate h / 2) */
    float sixth[WIDTH];                    /* h / 6, so that a constant remainder is integrated exactly */
    /* synaptic inputs */
    float charge_exc[WIDTH], charge_inh[WIDTH];                 /* V per weight and ns */
    float half_exc[WIDTH], half_inh[WIDTH];
    float amp_exc[WIDTH], k_exc[WIDTH], o_exc[WIDTH];           /* gm L / C, 1 / L, offset / L */
    float amp_inh[WIDTH], k_inh[WIDTH], o_inh[WIDTH];
    float drive[WIDTH];                    /* constant current / C */
    float threshold[WIDTH];                /* inf while refractory */
    float tau_inv_exc[WIDTH], tau_inv_inh[WIDTH];
    /* conductance-based inputs */
    float kappa_exc[WIDTH], rev_exc[WIDTH], kappa_inh[WIDTH], rev_inh[WIDTH];
    /* exponential term and adaptation */
    float exp_amp[WIDTH], exp_v[WIDTH], exp_k[WIDTH], exp_max[WIDTH]; /* current / C, onset, 1 / slope, limit / C */
    float a[WIDTH], v_adapt[WIDTH], tau_inv_adapt[WIDTH], half_adapt[WIDTH];
    float g_line[WIDTH];                   /* conductance to the somatic line / C */
    float linear[WIDTH];                   /* 1, or 0 for circuits with one membrane: rate is 0, the leak in the slope */
    float scratch[8][WIDTH];               /* the last one: w before the step */
} Block;

/* The leak, or the leak during the reset, with its decays for a step of h; see the fields of the block. */
typedef struct {
    float e, rate, range_inv, slew, half, sixth, h;
} Mode;

/* Satellites whose lanes and whose owners' lanes follow each other, in one block each. */
typedef struct {
    int32_t satellite, owner, size;        /* first lanes, and how many */
} Run;

typedef struct {
    int n;                                 /* lanes, a multiple of WIDTH */
    Block *blocks;
    Mode *modes;                           /* of every lane: leak, reset */
    /* weight * ns that arrives in this step, by time. Each of few events has its own slot; many share slots. */
    int slots;
    float slot_time[SLOTS];                /* us from the start of the step */
    float *slot_exc[SLOTS], *slot_inh[SLOTS];
    uint8_t slot_used[2][SLOTS][2];        /* hemisphere, slot, input: others hold no valid numbers */
    int shared;                            /* slots are for many events; these are at the mean of their times */
    float *rest[2];                        /* then: charge times the rest of the step behind its event, as a part of it */
    uint8_t rest_used[2][2];
    int first[2], size[2];                 /* lanes of the hemispheres */
    /* What the slots, if there are any, do to both lines, V. With the first one in the middle of the step, and the second
     * one at its end, Simpson's rule gives the mean and the first moment; the third one is what is there at the end. */
    float *middle[2], *last[2], *end[2];
    /* Input of satellites, circuits with the same membrane: current / C at the start, in the middle and at the end of the
     * step. */
    float *help[3];
    int n_runs, n_loose;
    const Run *runs;                       /* all satellites, first those in blocks that are no partners */
    const int32_t *partner;                /* of each block: that of its satellites, lane by lane, or -1 */
} Lanes;

/* Instants of lanes, us from the start of the step. */
typedef struct {
    int lane;
    float level;                           /* V at which it fires */
    float reset, refractory;               /* ends; negative if over */
    float fired;                           /* result: when it fires, negative if it does not */
} Turn;

/* Circuits that share a membrane or a somatic line. */
typedef struct {
    int n_groups;            /* compartments of several circuits */
    const int *group_start;  /* n_groups + 1, into group_lane */
    const int *group_lane;
    const float *group_share;    /* capacitance of the circuit / that of the compartment */
    int n_lines;
    const int *line_start;   /* n_lines + 1, into line_lane */
    const int *line_lane;
    const float *line_g;     /* conductance to the line, uS; negative: direct connection */
} Coupling;

/* Half-step decays of lanes first..last-1 for steps of h us, that of the adaptation only for lanes that may have one. */
void kernel_decays(Lanes *lanes, int first, int last, float h, int adapts);

/* The same of a mode. */
void kernel_mode(Mode *mode, float h);

/* Inputs of satellites that are no partner block in a step of h us, for their owners: current / C at its start, in its
 * middle and at its end into `help`; their lines advance. */
void kernel_help(Lanes *lanes, float h);

/* Satellites have the membrane of their owners. */
void kernel_follow(Lanes *lanes);

/* A step of h us of lanes first..last-1, which have neither exponential, adaptation, conductance-based inputs nor
 * coupling, and of the lines of their partners. Gives the number of lanes at or over their threshold and their list. */
int kernel_step(Lanes *lanes, int first, int last, float h, int *over);

/* The same for lanes with everything, in `parts` equal parts; h is the length of a part, for which the decays must be.
 * Arriving charge of coupled lanes is left to the caller; others have one part. */
int kernel_step_full(Lanes *lanes, int first, int last, float h, int parts, const Coupling *coupling, int *over);

/* Weights of n lanes, where the labels match (labels NULL: all), times a factor: added to `sum`, or put there. */
void kernel_row(const uint8_t *weights, const uint8_t *labels, int label, int n, float factor, int add, float *sum);

/* The same, and with another factor to `rest`. */
void kernel_row_twice(const uint8_t *weights, const uint8_t *labels, int label, int n, float factor, int add, float *sum,
                      float factor_rest, int add_rest, float *rest);

/* The step of h us that kernel_step has made, again, for lanes that fire or whose reset or refractory time ends in it.
 * They are simple ones with a strong reset that is longer than the step. The list goes on with any lanes of it to a multiple of
 * GROUP. Gives v_new and the times of the spikes. */
void kernel_turns(const Lanes *lanes, Turn *turns, int n, float h);

/* Conversion of n channels: counts with noise from a counter-based stream. */
void kernel_cadc(const float *volts, const float *offset, const float *gain, int n, float start, float per_volt,
                 const int16_t *digital, float noise, uint64_t stream, uint8_t *codes);

/* Treat denormal numbers as zero while the core runs; gives the mode to restore. */
unsigned kernel_enter(void);
void kernel_leave(unsigned mode);

#endif
