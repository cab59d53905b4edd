/* The vector unit: 128 lanes of 8 bits or 64 of 16 bits.

What the lanes do is in lanes.h; here is when they do it, and what goes in and out. */
#include "core.h"
#include "operations.h"

#include <string.h>

enum { /* clock cycles, see docs/model-decisions.md */
    MADD_TWO = 4, MADD_ONE = 3, MADD_RESULT = 10,
    PERMUTE = 2, COMPARE = 1,
    LOAD = 46, STORE = 44,
    STORE_EXTERNAL = 35, LOAD_EXTERNAL = 330,
    WAITING = 4 /* instructions that wait in front of a unit */
};

#define MASKED(new_, old_, mask_) (((new_) & (mask_)) | ((old_) & ~(mask_)))

#include "lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define WIDE
#include "lanes.h"

static int has_wide(void)
{
    static int known = -1;
    if (known < 0) {
        __builtin_cpu_init();
        known = __builtin_cpu_supports("avx2") ? 1 : 0;
    }
    return known;
}

#define CALL(name, p, d) (has_wide() ? name##_wide(p, d) : name##_plain(p, d))
#else
#define CALL(name, p, d) name##_plain(p, d)
#endif

/* -- time --------------------------------------------------------------------------------------------------------- */

static inline int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Cycle at which a unit begins; the processor goes on unless too many instructions wait for the unit. */
static int64_t begin(Ppu *p, int unit, int64_t ready, int busy)
{
    int64_t start = later(later(p->tick + 1, ready), p->unit_free[unit]);
    int64_t latest = start - (int64_t)WAITING * busy;
    if (latest > p->tick) {
        p->stalled += latest - p->tick;
        p->tick = latest;
    }
    p->unit_free[unit] = start + busy;
    return start;
}

/* -- memory and vector IO ------------------------------------------------------------------------------------------ */

/* Word of external memory, by its place from the beginning: SRAM or DRAM. */
static uint32_t *external_place(Ppu *p, int dram, uint32_t place)
{
    if (dram)
        return ppu_dram_word(p, place);
    return p->external && place < PPU_EXTERNAL_WORDS ? &p->external[place] : 0;
}

static int fault(Ppu *p, uint32_t address)
{
    ppu_report(p, REPORT_ACCESS, p->pc, address, 0);
    p->halted = 1;
    return PPU_HALTED;
}

/* Vectors to and from memory, a word per cycle. */
static int transfer(Ppu *p, const Decoded *d, uint32_t ea)
{
    int loads = d->imm == I_FXVLAX, external = 0;
    int64_t start = begin(p, UNIT_MEMORY, p->vector_ready[d->t], loads ? LOAD : STORE);
    uint32_t *words = p->vr[d->t].words;
    ea &= ~3u;
    if (ea < 4 * PPU_SRAM_WORDS && ea + VECTOR_BYTES <= 4 * PPU_SRAM_WORDS) {
        if (loads) {
            memcpy(words, &p->sram[ea >> 2], VECTOR_BYTES);
        } else {
            memcpy(&p->sram[ea >> 2], words, VECTOR_BYTES);
            uint32_t first = ea >> 2;
            if (first < p->decoded_end && first + VECTOR_WORDS > p->decoded_begin)
                for (uint32_t i = first; i < first + VECTOR_WORDS + 3 && i < PPU_SRAM_WORDS; i++)
                    p->internal[i].op = OP_FETCH;
        }
    } else if (ea >> 28 == 4 || ea >> 28 == 5) {
        external = 1;
        for (uint32_t i = 0; i < VECTOR_WORDS; i++) {
            uint32_t place = (ea & 0x0fffffff) + 4 * i;
            uint32_t *word = place >> 28 ? 0 : external_place(p, ea >> 28 == 5, place >> 2);
            if (!word)
                return fault(p, ea + 4 * i);
            if (loads)
                words[i] = *word;
            else
                *word = words[i];
        }
    } else if (ea >= 0x60000000u && ea <= 0xffffffffu - VECTOR_BYTES) {
        p->tick = start;
        p->request = (Request){
            .kind = loads ? REQUEST_VECTOR_LOAD : REQUEST_VECTOR_STORE, .address = ea, .vector = d->t, .update = 32,
        };
        return PPU_REQUEST;
    } else {
        return fault(p, ea);
    }
    if (external)
        p->unit_free[UNIT_MEMORY] = start + (loads ? LOAD_EXTERNAL : STORE_EXTERNAL);
    p->vector_ready[d->t] = p->unit_free[UNIT_MEMORY];
    return DONE;
}

/* Vectors to and from the synapse array and its like, or external memory. */
static int input_output(Ppu *p, const Decoded *d, uint32_t address)
{
    int reads = d->imm == I_FXVINX;
    int64_t ready = later(p->vector_ready[d->t], d->x ? p->flags_ready : 0);
    const Vector *enabled = &p->flags[d->x];
    if (!(address >> 31)) {
        /* Whoever makes this access does it when the processor gets there. */
        int64_t start = later(later(p->tick + 1, ready), p->unit_free[UNIT_IO]);
        p->stalled += start - p->tick - 1;
        p->tick = start;
        p->request = (Request){
            .kind = reads ? REQUEST_IN : REQUEST_OUT, .address = address, .vector = d->t, .condition = d->x,
            .update = 32,
        };
        return PPU_REQUEST;
    }
    int64_t start = begin(p, UNIT_IO, ready, reads ? LOAD_EXTERNAL : STORE_EXTERNAL);
    int dram = address >> 24 & 1;
    uint32_t place = (address & 0x00ffffff) << 2, size = dram ? PPU_DRAM_PAGE_WORDS : PPU_EXTERNAL_WORDS;
    uint32_t *block = place % size + VECTOR_WORDS <= size ? external_place(p, dram, place) : 0;
    for (uint32_t i = 0; i < VECTOR_WORDS; i++) {
        /* The words are in reverse order there. */
        uint32_t k = VECTOR_WORDS - 1 - i, *word = block ? block + k : external_place(p, dram, place + k);
        if (!word)
            return fault(p, address);
        if (reads)
            p->vr[d->t].words[i] = *word & enabled->words[i];
        else
            *word = MASKED(p->vr[d->t].words[i], *word, enabled->words[i]);
    }
    if (reads)
        p->vector_ready[d->t] = start + LOAD_EXTERNAL;
    return DONE;
}

/* Execute a vector instruction: DONE, PPU_REQUEST or PPU_HALTED. */
int ppu_vector_op(Ppu *p, const Decoded *d)
{
    int n = d->imm;
    uint32_t ea = (d->a ? p->gpr[d->a] : 0) + p->gpr[d->b];
    int64_t start, ready;
    if (n == I_FXVLAX || n == I_FXVSTAX)
        return transfer(p, d, ea);
    if (n == I_FXVINX || n == I_FXVOUTX)
        return input_output(p, d, ea);
    if (n == I_FXVCMPB || n == I_FXVCMPH) {
        start = begin(p, UNIT_COMPARE, p->vector_ready[d->a], COMPARE);
        CALL(compare, p, d);
        p->flags_ready = start + COMPARE;
        return DONE;
    }
    if (n == I_FXVSPLATB || n == I_FXVSPLATH || n == I_FXVSHB || n == I_FXVSHH || n == I_FXVSEL || n == I_FXVPCKBU ||
        n == I_FXVPCKBL || n == I_FXVUPCKBL || n == I_FXVUPCKBR) {
        ready = n == I_FXVSPLATB || n == I_FXVSPLATH ? 0 : p->vector_ready[d->a];
        if (n != I_FXVSHB && n != I_FXVSHH && ready)
            ready = later(ready, p->vector_ready[d->b]);
        if (n == I_FXVSEL)
            ready = later(ready, p->flags_ready);
        start = begin(p, UNIT_PERMUTE, ready, PERMUTE);
        CALL(permute, p, d);
        p->vector_ready[d->t] = start + PERMUTE;
        return DONE;
    }
    int one = n == I_FXVMTACB || n == I_FXVMTACH || n == I_FXVMTACBF || n == I_FXVMTACHF ||
              (n >= I_FXVADDACTACHM && n <= I_FXVADDACBFS);
    ready = later(p->vector_ready[d->a], one ? 0 : p->vector_ready[d->b]);
    if (d->x)
        ready = later(ready, p->flags_ready);
    start = begin(p, UNIT_MADD, ready, one ? MADD_ONE : MADD_TWO);
    CALL(madd, p, d);
    if (d->y)
        p->acc_ready = start + MADD_RESULT;
    else
        p->vector_ready[d->t] = start + MADD_RESULT;
    return DONE;
}
