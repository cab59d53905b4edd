/* Timers and special purpose registers. */
#include "core.h"
#include "operations.h"

uint32_t ppu_dec(Ppu *p)
{
    ppu_update_timers(p);
    return p->dec_at == NEVER ? 0 : (uint32_t)(p->dec_at - p->tick);
}

static int fit_bit(const Ppu *p)
{
    return 8 + 4 * (int)(p->tcr >> 24 & 3);
}

/* Cycle after `tick` at which the bit of the time base that is the interval timer rises. */
static int64_t next_fit(const Ppu *p, int64_t tick)
{
    int bit = fit_bit(p);
    int64_t half = (int64_t)1 << bit, time = tick - p->time_zero;
    return p->time_zero + ((time + half) >> (bit + 1) << (bit + 1)) + half;
}

/* Bring TSR and DEC up to now. */
void ppu_update_timers(Ppu *p)
{
    if (p->tick <= p->timers_at)
        return;
    if (next_fit(p, p->timers_at) <= p->tick)
        p->tsr |= TSR_FIS;
    if (p->dec_at <= p->tick) {
        p->tsr |= TSR_DIS;
        if (p->tcr & TCR_ARE && p->decar)
            p->dec_at += (1 + (p->tick - p->dec_at) / p->decar) * p->decar;
        else
            p->dec_at = NEVER;
    }
    p->timers_at = p->tick;
}

int ppu_timer_requested(const Ppu *p)
{
    return (p->tcr & TCR_FIE && p->tsr & TSR_FIS) || (p->tcr & TCR_DIE && p->tsr & TSR_DIS);
}

/* Cycle at which a timer asks for attention. */
int64_t ppu_wake_at(const Ppu *p)
{
    int64_t at = NEVER;
    if (ppu_timer_requested(p))
        return p->tick;
    if (p->tcr & TCR_FIE)
        at = next_fit(p, p->tick);
    if (p->tcr & TCR_DIE && p->dec_at < at)
        at = p->dec_at;
    return at;
}

/* -- special purpose registers ---------------------------------------------------------------------------------- */

uint32_t ppu_read_special(Ppu *p, int number)
{
    ppu_update_timers(p);
    switch (number) {
    case SPR_XER: return (uint32_t)p->so << 31 | (uint32_t)p->ov << 30 | (uint32_t)p->ca << 29;
    case SPR_LR: return p->lr;
    case SPR_CTR: return p->ctr;
    case SPR_DEC: return ppu_dec(p);
    case SPR_SRR0: return p->srr0;
    case SPR_SRR1: return p->srr1;
    case SPR_DECAR: return p->decar;
    case SPR_CSRR0: return p->csrr0;
    case SPR_CSRR1: return p->csrr1;
    case SPR_DEAR: return p->dear;
    case SPR_ESR: return p->esr;
    case SPR_GIN: return 0;
    case SPR_GOUT: return p->gout;
    case SPR_GOE: return p->goe;
    case SPR_TBL: return (uint32_t)(p->tick - p->time_zero);
    case SPR_TBU: return (uint32_t)((uint64_t)(p->tick - p->time_zero) >> 32);
    case SPR_TSR: return p->tsr;
    case SPR_TCR: return p->tcr;
    case SPR_MCSRR0: return p->mcsrr0;
    case SPR_MCSRR1: return p->mcsrr1;
    }
    ppu_report(p, REPORT_ILLEGAL, p->pc, p->pc, (uint32_t)number);
    return 0;
}

/* Write a special purpose register; whether an interrupt may follow from it. */
int ppu_write_special(Ppu *p, int number, uint32_t value)
{
    uint64_t time;
    ppu_update_timers(p);
    switch (number) {
    case SPR_XER: p->so = value >> 31, p->ov = value >> 30 & 1, p->ca = value >> 29 & 1; return 0;
    case SPR_LR: p->lr = value; return 0;
    case SPR_CTR: p->ctr = value; return 0;
    case SPR_SRR0: p->srr0 = value; return 0;
    case SPR_SRR1: p->srr1 = value; return 0;
    case SPR_DECAR: p->decar = value; return 0;
    case SPR_CSRR0: p->csrr0 = value; return 0;
    case SPR_CSRR1: p->csrr1 = value; return 0;
    case SPR_DEAR: p->dear = value; return 0;
    case SPR_ESR: p->esr = value & ESR_BITS; return 0;
    case SPR_GOUT: p->gout = value; return 0;
    case SPR_GOE: p->goe = value; return 0;
    case SPR_ICCR: p->iccr = value; return 0;
    case SPR_MCSRR0: p->mcsrr0 = value; return 0;
    case SPR_MCSRR1: p->mcsrr1 = value; return 0;
    case SPR_GIN: return 0;
    case SPR_DEC: p->dec_at = value ? p->tick + value : NEVER; return 1;
    case SPR_TSR: p->tsr &= ~value; return 1;
    case SPR_TCR: p->tcr = value; return 1;
    case SPR_TBL: case SPR_TBU:
        time = (uint64_t)(p->tick - p->time_zero);
        time = number == SPR_TBL ? (time & ~0xffffffffull) | value : (time & 0xffffffff) | (uint64_t)value << 32;
        p->time_zero = (int64_t)((uint64_t)p->tick - time);
        return 1;
    }
    ppu_report(p, REPORT_ILLEGAL, p->pc, p->pc, (uint32_t)number);
    return 0;
}
