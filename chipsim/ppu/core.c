/* Execution of scalar instructions. */
#include "core.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK = -3 }; /* look for interrupts and the time */

enum { /* interrupt vectors */
    VECTOR_PROGRAM = 0x1c,
    VECTOR_FIT = 0x2c,
    VECTOR_DEC = 0x30
};

typedef struct { /* instructions at adjacent addresses */
    Decoded *entries;
    const uint32_t *words;
    uint32_t base, bytes;
} Region;

/* -- arithmetic ------------------------------------------------------------------------------------------------- */

static inline void record(Ppu *p, uint32_t value)
{
    p->cr[0] = (uint8_t)((value >> 31) << 3 | ((int32_t)value > 0) << 2 | (value == 0) << 1 | p->so);
}

static inline uint32_t rotate(uint32_t value, uint32_t n)
{
    return value << n | value >> (-n & 31);
}

static inline uint32_t add_carry(Ppu *p, uint32_t a, uint32_t b, uint32_t carry)
{
    uint64_t sum = (uint64_t)a + b + carry;
    p->ca = (uint8_t)(sum >> 32);
    return (uint32_t)sum;
}

static inline uint32_t shift_algebraic(Ppu *p, uint32_t value, uint32_t n)
{
    int32_t s = (int32_t)value;
    if (n > 31) {
        p->ca = s < 0;
        return s < 0 ? 0xffffffffu : 0;
    }
    p->ca = s < 0 && (value & ((1u << n) - 1)) != 0;
    return (uint32_t)(s >> n);
}

static inline uint32_t divide(uint32_t a, uint32_t b)
{
    if (b == 0)
        return a >> 31 ? 0 : 0xffffffffu;
    if (a == 0x80000000u && b == 0xffffffffu)
        return a;
    return (uint32_t)((int32_t)a / (int32_t)b);
}

static inline uint32_t count_bits(uint32_t value)
{
    value = value - (value >> 1 & 0x55555555u);
    value = (value & 0x33333333u) + (value >> 2 & 0x33333333u);
    return (value + (value >> 4)) & 0x0f0f0f0fu;
}

/* The forms that set SO and OV. */
static void overflow(Ppu *p, const Decoded *d)
{
    uint32_t a = p->gpr[d->a], b = p->gpr[d->b], carry = p->ca, result;
    int over;
    switch (d->x) {
    case I_SUBF: case I_SUBFC: a = ~a, carry = 1; break;
    case I_SUBFE: a = ~a; break;
    case I_SUBFME: a = ~a, b = 0xffffffffu; break;
    case I_SUBFZE: a = ~a, b = 0; break;
    case I_NEG: a = ~a, b = 0, carry = 1; break;
    case I_ADD: case I_ADDC: carry = 0; break;
    case I_ADDME: b = 0xffffffffu; break;
    case I_ADDZE: b = 0; break;
    }
    switch (d->x) {
    case I_MULLW:
        result = a * b;
        over = (int64_t)(int32_t)a * (int32_t)b != (int32_t)result;
        break;
    case I_DIVW:
        result = divide(a, b);
        over = b == 0 || (a == 0x80000000u && b == 0xffffffffu);
        break;
    case I_DIVWU:
        result = b ? a / b : 0xffffffffu;
        over = b == 0;
        break;
    default:
        result = a + b + carry;
        over = (~(a ^ b) & (a ^ result)) >> 31;
        if (d->x != I_ADD && d->x != I_SUBF && d->x != I_NEG)
            p->ca = (uint8_t)(((uint64_t)a + b + carry) >> 32);
    }
    p->gpr[d->t] = result;
    p->ov = (uint8_t)over;
    p->so |= (uint8_t)over;
    if (d->y)
        record(p, result);
}

static int trap_condition(int to, uint32_t a, uint32_t b)
{
    return (to & 16 && (int32_t)a < (int32_t)b) || (to & 8 && (int32_t)a > (int32_t)b) || (to & 4 && a == b) ||
           (to & 2 && a < b) || (to & 1 && a > b);
}

static int condition_holds(Ppu *p, const Decoded *d, int counting)
{
    int bo = d->t, holds = 1;
    if (!(bo & 4) && counting)
        holds = (--p->ctr != 0) == !(bo & 2);
    return holds && (bo & 16 || (p->cr[d->a] >> d->b & 1) == (bo >> 3 & 1));
}

static uint32_t condition_register(const Ppu *p)
{
    uint32_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 4 | p->cr[i];
    return value;
}

static uint32_t field_mask(int fields)
{
    uint32_t mask = 0;
    for (int i = 0; i < 8; i++)
        mask |= (uint32_t)(fields >> i & 1) * 15u << 4 * i;
    return mask;
}

/* -- order of events -------------------------------------------------------------------------------------------- */

void ppu_interrupt(Ppu *p, uint32_t vector, uint32_t back)
{
    p->srr0 = back;
    p->srr1 = p->msr;
    p->msr &= MSR_KEPT;
    p->pc = vector;
    p->tick += INTERRUPT_ENTRY;
}

/* Cycle at which everything that was started is done. */
static int64_t drained(Ppu *p, int64_t tick)
{
    int64_t last = tick;
    for (int i = 0; i < N_UNITS; i++)
        if (p->unit_free[i] > last)
            last = p->unit_free[i];
    for (int i = 0; i < 32; i++)
        if (p->vector_ready[i] > last)
            last = p->vector_ready[i];
    if (p->acc_ready > last)
        last = p->acc_ready;
    if (p->flags_ready > last)
        last = p->flags_ready;
    p->stalled += last - tick;
    return last + DRAIN;
}

/* Note an instruction that is about to be executed, unless there have been enough. */
static int step(Ppu *p, int64_t *tick, uint32_t pc, uint32_t word, const Decoded *d)
{
    if (p->steps_left == 0)
        return 0;
    if (p->steps_left != UINT64_MAX)
        p->steps_left--;
    if (p->max_steps) {
        Step *s = &p->steps[p->n_steps++ % p->max_steps];
        s->tick = *tick;
        s->pc = pc;
        s->word = word;
    }
    if (p->profile)
        ppu_profile_at(p, *tick, pc);
    *tick += d->cost;
    return 1;
}

/* -- instructions ------------------------------------------------------------------------------------------------- */

/* A line of external memory in the instruction cache; null where there is no memory. */
static const uint32_t *load_line(Ppu *p, uint32_t pc, int64_t *tick)
{
    uint32_t base = pc & ~(4u * PPU_LINE_WORDS - 1), i = base / (4 * PPU_LINE_WORDS) % PPU_LINES, place;
    if (pc - 0x80000000u >= 4 * PPU_EXTERNAL_WORDS && pc >> 28 != 9)
        return 0;
    if (!p->lines) {
        p->lines = malloc(PPU_LINES * sizeof(*p->lines));
        p->line_words = malloc(PPU_LINES * sizeof(*p->line_words));
        if (!p->lines || !p->line_words)
            return 0;
    }
    if (p->line_at[i] != base) {
        if (pc >> 28 == 9) {
            place = (base & 0x0fffffff) >> 2;
            uint32_t page = place / PPU_DRAM_PAGE_WORDS;
            if (p->dram && p->dram[page])
                memcpy(p->line_words[i], &p->dram[page][place % PPU_DRAM_PAGE_WORDS], sizeof(*p->line_words));
            else
                memset(p->line_words[i], 0, sizeof(*p->line_words));
        } else if (p->external) {
            memcpy(p->line_words[i], &p->external[(base - 0x80000000u) >> 2], sizeof(*p->line_words));
        } else {
            return 0;
        }
        memset(p->lines[i], 0, sizeof(*p->lines));
        p->lines[i][PPU_LINE_WORDS].op = OP_END;
        p->line_at[i] = base;
        *tick += LINE_MISS;
    }
    return p->line_words[i];
}

static int find_region(Ppu *p, uint32_t pc, Region *r, int64_t *tick)
{
    if (p->given) {
        *r = (Region){p->given_decoded, p->given, p->given_at, 4 * p->given_words};
        return pc - r->base < r->bytes;
    }
    if (pc < 4 * PPU_SRAM_WORDS) {
        *r = (Region){p->internal, p->sram, 0, 4 * PPU_SRAM_WORDS};
        return 1;
    }
    const uint32_t *words = load_line(p, pc, tick);
    if (!words)
        return 0;
    uint32_t base = pc & ~(4u * PPU_LINE_WORDS - 1);
    *r = (Region){p->lines[base / (4 * PPU_LINE_WORDS) % PPU_LINES], words, base, 4 * PPU_LINE_WORDS};
    return 1;
}

/* Decode an instruction of a region. */
static void decode(Ppu *p, const Region *r, Decoded *d)
{
    uint32_t word = (uint32_t)(d - r->entries);
    ppu_decode(p, r->words, word, d);
    if (r->entries == p->internal) {
        if (word < p->decoded_begin)
            p->decoded_begin = word;
        if (word >= p->decoded_end)
            p->decoded_end = word + 1;
    }
}

#include "idle.h"

#define STEPPING 0
#define LOOP run_fast
#include "loop.h"
#undef STEPPING
#undef LOOP
#define STEPPING 1
#define LOOP run_stepping
#include "loop.h"

/* Run up to a cycle, or to an instruction that others have to help with, see PPU_TIME and so on. */
int ppu_run(Ppu *p, int64_t until)
{
    for (;;) {
        if (p->halted)
            return PPU_HALTED;
        if (p->tick >= until)
            return PPU_TIME;
        if (p->asleep) {
            ppu_update_timers(p);
            int64_t wake = ppu_wake_at(p);
            if (wake > until)
                return PPU_ASLEEP;
            if (wake > p->tick)
                p->tick = wake;
            ppu_update_timers(p);
            p->asleep = 0;
            if (!(p->msr & MSR_EE))
                p->pc += 4;
        }
        p->stop = until;
        p->precise = p->msr & MSR_EE && p->tcr & (TCR_DIE | TCR_FIE);
        if (p->precise) {
            ppu_update_timers(p);
            if (ppu_timer_requested(p))
                ppu_interrupt(p, p->tcr & TCR_FIE && p->tsr & TSR_FIS ? VECTOR_FIT : VECTOR_DEC, p->pc);
            else if (ppu_wake_at(p) < until)
                p->stop = ppu_wake_at(p);
        }
        int result = p->stepping || p->precise ? run_stepping(p) : run_fast(p);
        if (result != CHECK)
            return result;
    }
}
