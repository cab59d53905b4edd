/* Beginning, end, reset and copies of a processor, and what it is told about its memories. */
#include "core.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

void ppu_init(Ppu *p)
{
    memset(p, 0, sizeof(*p));
    ppu_reset(p, 0);
}

void ppu_free(Ppu *p)
{
    free(p->lines);
    free(p->line_words);
    free(p->given_decoded);
    free(p->steps);
    free(p->profile);
}

/* Take over the state of another processor, but not its memories and what looks inside. */
int ppu_copy(Ppu *p, const Ppu *other)
{
    Ppu old = *p;
    if (other->lines && !old.lines) {
        old.lines = malloc(PPU_LINES * sizeof(*old.lines));
        old.line_words = malloc(PPU_LINES * sizeof(*old.line_words));
        if (!old.lines || !old.line_words) {
            free(old.lines);
            free(old.line_words);
            return -1;
        }
    }
    memcpy(p, other, sizeof(*p));
    p->sram = old.sram;
    p->external = old.external;
    p->dram = old.dram;
    p->lines = old.lines;
    p->line_words = old.line_words;
    if (other->lines) {
        memcpy(p->lines, other->lines, PPU_LINES * sizeof(*p->lines));
        memcpy(p->line_words, other->line_words, PPU_LINES * sizeof(*p->line_words));
    }
    p->given = old.given;
    p->given_at = old.given_at;
    p->given_words = old.given_words;
    p->given_decoded = old.given_decoded;
    p->steps_left = old.steps_left;
    p->stepping = old.stepping;
    p->steps = old.steps;
    p->n_steps = old.n_steps;
    p->max_steps = old.max_steps;
    p->profile = old.profile;
    p->profile_size = old.profile_size;
    p->profile_used = old.profile_used;
    p->profile_pc = 1;
    return 0;
}

/* As reset leaves it; general purpose and vector registers keep what they have. */
void ppu_reset(Ppu *p, int64_t tick)
{
    p->lr = p->ctr = p->msr = p->pc = 0;
    memset(p->cr, 0, sizeof(p->cr));
    p->so = p->ov = p->ca = 0;
    p->srr0 = p->srr1 = p->csrr0 = p->csrr1 = p->mcsrr0 = p->mcsrr1 = p->dear = p->esr = 0;
    p->decar = p->tcr = p->tsr = p->iccr = p->gout = p->goe = 0;
    p->gpr[32] = 0;
    p->time_zero = p->timers_at = p->tick = tick;
    p->dec_at = NEVER;
    memset(&p->acc, 0, sizeof(p->acc));
    memset(p->flags, 0, sizeof(p->flags));
    memset(&p->flags[0], 0xff, sizeof(p->flags[0]));
    for (int i = 0; i < N_UNITS; i++)
        p->unit_free[i] = tick;
    for (int i = 0; i < 32; i++)
        p->vector_ready[i] = tick;
    p->acc_ready = p->flags_ready = tick;
    p->asleep = p->halted = 0;
    p->steps_left = UINT64_MAX;
    p->profile_pc = 1;
    for (int i = 0; i < PPU_LINES; i++)
        p->line_at[i] = 1;
    ppu_forget(p);
}

/* Instructions in the internal memory have to be decoded again. */
void ppu_forget(Ppu *p)
{
    memset(p->internal, 0, sizeof(p->internal));
    p->internal[PPU_SRAM_WORDS].op = OP_END;
    p->decoded_begin = PPU_SRAM_WORDS;
    p->decoded_end = 0;
}

/* A word of the internal memory has changed, and with it what the next ones may wait for. */
void ppu_invalidate(Ppu *p, uint32_t word)
{
    for (uint32_t i = word; i < word + 4 && i < PPU_SRAM_WORDS; i++)
        p->internal[i].op = OP_FETCH;
}

/* Up to a cycle, nothing has happened: the clock was off. */
void ppu_sleep_through(Ppu *p, int64_t tick)
{
    int64_t delay = tick - p->tick;
    p->tick = tick;
    p->time_zero += delay;
    p->timers_at += delay;
    if (p->dec_at != NEVER)
        p->dec_at += delay;
}

/* Execute given instructions at an address, and nothing else. */
int ppu_give(Ppu *p, const uint32_t *words, uint32_t count, uint32_t at)
{
    free(p->given_decoded);
    p->given_decoded = calloc(count + 1, sizeof(Decoded));
    if (!p->given_decoded)
        return -1;
    p->given_decoded[count].op = OP_END;
    p->given = words;
    p->given_words = count;
    p->given_at = at;
    return 0;
}
