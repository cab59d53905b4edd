/* Execution of scalar instructions, interrupts, timers and memory accesses. */
#include "core.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

enum { INTERRUPTED = -2, CHECK = -3 };

enum { /* clock cycles, see docs/model-decisions.md */
    MISPREDICTED = 4,
    INTERRUPT_ENTRY = 5,
    DRAIN = 2,
    READ_EXTERNAL = 330, /* over the links to the FPGA and back */
    LINE_MISS = 330
};

enum { /* interrupt vectors */
    VECTOR_ALIGNMENT = 0x18,
    VECTOR_PROGRAM = 0x1c,
    VECTOR_FIT = 0x2c,
    VECTOR_DEC = 0x30
};

#define MSR_BITS 0x00029230u
#define MSR_KEPT 0x00021200u /* by an interrupt: CE, ME, DE */
#define MSR_EE 0x00008000u
#define ESR_BITS 0x0f8f07e2u
#define ESR_TRAP 0x02000000u
#define TCR_DIE 0x04000000u
#define TCR_FIE 0x00800000u
#define TCR_ARE 0x00400000u
#define TSR_DIS 0x08000000u
#define TSR_FIS 0x04000000u
#define NEVER INT64_MAX

typedef struct { /* instructions at adjacent addresses */
    Decoded *entries;
    const uint32_t *words;
    uint32_t base, bytes;
} Region;

/* -- life ----------------------------------------------------------------------------------------------------- */

int ppu_init(Ppu *p)
{
    memset(p, 0, sizeof(*p));
    ppu_reset(p, 0);
    return 0;
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

/* -- looking inside --------------------------------------------------------------------------------------------- */

void ppu_report(Ppu *p, int cause, uint32_t pc, uint32_t address, uint32_t word)
{
    Report *report = &p->reports[cause];
    if (report->count++ == 0) {
        report->pc = pc;
        report->address = address;
        report->word = word;
        report->tick = p->tick;
    }
}

int ppu_profile(Ppu *p, int on)
{
    free(p->profile);
    p->profile = 0;
    p->profile_size = p->profile_used = 0;
    p->profile_pc = 1;
    if (!on)
        return 0;
    p->profile_size = 4096;
    p->profile = calloc(p->profile_size, sizeof(ProfileEntry));
    if (!p->profile)
        return -1;
    for (uint32_t i = 0; i < p->profile_size; i++)
        p->profile[i].pc = 1;
    return 0;
}

static ProfileEntry *profile_place(ProfileEntry *entries, uint32_t size, uint32_t pc)
{
    uint32_t i = (pc >> 2) * 0x9e3779b9u & (size - 1);
    while (entries[i].pc != 1 && entries[i].pc != pc)
        i = (i + 1) & (size - 1);
    return &entries[i];
}

static void profile(Ppu *p, int64_t tick, uint32_t pc)
{
    if (p->profile_pc != 1) {
        if (2 * p->profile_used >= p->profile_size) {
            uint32_t size = 2 * p->profile_size;
            ProfileEntry *larger = malloc(size * sizeof(ProfileEntry));
            if (!larger)
                return;
            for (uint32_t i = 0; i < size; i++)
                larger[i].pc = 1;
            for (uint32_t i = 0; i < p->profile_size; i++)
                if (p->profile[i].pc != 1)
                    *profile_place(larger, size, p->profile[i].pc) = p->profile[i];
            free(p->profile);
            p->profile = larger;
            p->profile_size = size;
        }
        ProfileEntry *entry = profile_place(p->profile, p->profile_size, p->profile_pc);
        if (entry->pc == 1) {
            memset(entry, 0, sizeof(*entry));
            entry->pc = p->profile_pc;
            p->profile_used++;
        }
        entry->count++;
        entry->cycles += (uint64_t)(tick - p->profile_tick);
        entry->stalls += (uint64_t)(p->stalled - p->profile_stalled);
    }
    p->profile_pc = pc;
    p->profile_tick = tick;
    p->profile_stalled = p->stalled;
}

/* Count the last instruction, too. */
void ppu_profile_end(Ppu *p)
{
    if (p->profile)
        profile(p, p->tick, 1);
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
        profile(p, *tick, pc);
    *tick += d->cost;
    return 1;
}

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

/* -- timers and interrupts -------------------------------------------------------------------------------------- */

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

static int timer_requested(const Ppu *p)
{
    return (p->tcr & TCR_FIE && p->tsr & TSR_FIS) || (p->tcr & TCR_DIE && p->tsr & TSR_DIS);
}

/* Cycle at which a timer asks for attention. */
int64_t ppu_wake_at(const Ppu *p)
{
    int64_t at = NEVER;
    if (timer_requested(p))
        return p->tick;
    if (p->tcr & TCR_FIE)
        at = next_fit(p, p->tick);
    if (p->tcr & TCR_DIE && p->dec_at < at)
        at = p->dec_at;
    return at;
}

static void interrupt(Ppu *p, uint32_t vector, uint32_t back)
{
    p->srr0 = back;
    p->srr1 = p->msr;
    p->msr &= MSR_KEPT;
    p->pc = vector;
    p->tick += INTERRUPT_ENTRY;
}

/* -- special purpose registers ---------------------------------------------------------------------------------- */

static uint32_t read_special(Ppu *p, int number)
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
static int write_special(Ppu *p, int number, uint32_t value)
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

/* -- memory ------------------------------------------------------------------------------------------------------ */

/* Word of the DRAM, null when there is no memory left for it. */
uint32_t *ppu_dram_word(Ppu *p, uint32_t place)
{
    uint32_t page = place / PPU_DRAM_PAGE_WORDS % PPU_DRAM_PAGES;
    if (!p->dram)
        return 0;
    if (!p->dram[page])
        p->dram[page] = calloc(PPU_DRAM_PAGE_WORDS, sizeof(uint32_t));
    return p->dram[page] ? &p->dram[page][place % PPU_DRAM_PAGE_WORDS] : 0;
}

/* Word of an external memory, by the address that data have. */
static uint32_t *external_word(Ppu *p, uint32_t ea)
{
    if (ea - 0x40000000u < 4 * PPU_EXTERNAL_WORDS)
        return p->external ? &p->external[(ea - 0x40000000u) >> 2] : 0;
    if (ea >> 28 == 5)
        return ppu_dram_word(p, (ea & 0x0fffffff) >> 2);
    return 0;
}

static uint32_t part_of(uint32_t word, uint32_t ea, int bytes, int extend)
{
    if (bytes == 4)
        return word;
    uint32_t part = word >> (32 - 8 * ((ea & 3) + (uint32_t)bytes));
    if (bytes == 1)
        return part & 0xff;
    return extend ? (uint32_t)(int16_t)part : part & 0xffff;
}

static void set_part(uint32_t *word, uint32_t ea, int bytes, uint32_t value)
{
    if (bytes == 4) {
        *word = value;
        return;
    }
    uint32_t shift = 32 - 8 * ((ea & 3) + (uint32_t)bytes), mask = (bytes == 1 ? 0xffu : 0xffffu) << shift;
    *word = (*word & ~mask) | (value << shift & mask);
}

static void register_done(Ppu *p, const Request *q)
{
    if (q->update != 32)
        p->gpr[q->update] = q->address;
    if (q->kind == REQUEST_READ)
        p->gpr[q->target] = part_of(q->value, q->address, q->bytes, q->extend);
}

/* Make an access, and of a multiple one those that follow; DONE, PPU_REQUEST or PPU_HALTED. */
static int make_access(Ppu *p, Request q)
{
    for (;;) {
        int internal = q.address < 4 * PPU_SRAM_WORDS;
        uint32_t *word = internal ? &p->sram[q.address >> 2] : external_word(p, q.address);
        if (q.kind == REQUEST_WRITE)
            q.value = p->gpr[q.target];
        if (!word) {
            p->request = q;
            if (q.address >= 0x60000000u)
                return PPU_REQUEST;
            ppu_unanswered(p);
            return PPU_HALTED;
        }
        if (q.kind == REQUEST_READ) {
            q.value = *word;
            if (!internal)
                p->tick += READ_EXTERNAL;
        } else {
            set_part(word, q.address, q.bytes, q.value);
            if (internal)
                ppu_invalidate(p, q.address >> 2);
        }
        register_done(p, &q);
        if (!q.multiple || q.target == 31)
            return DONE;
        q.target++;
        q.address += 4;
    }
}

/* Accesses that are not to an aligned place of the internal memory, and multiple ones. */
static int memory_access(Ppu *p, const Decoded *d, uint32_t ea, int kind, int bytes, int extend, int update)
{
    if (bytes == 4 ? ea & 3 : bytes == 2 && (ea & 3) == 3) {
        p->esr = 0;
        ppu_report(p, REPORT_ALIGNMENT, p->pc, ea, 0);
        interrupt(p, VECTOR_ALIGNMENT, p->pc);
        return INTERRUPTED;
    }
    return make_access(p, (Request){
        .kind = kind, .address = ea, .bytes = bytes, .target = d->t, .extend = extend, .update = update ? d->a : 32,
        .multiple = d->op == OP_LMW || d->op == OP_STMW,
    });
}

/* The access that was waited for has been made; whether a multiple one goes on with another one to wait for. */
int ppu_answer(Ppu *p, uint32_t value)
{
    Request q = p->request;
    q.value = value;
    register_done(p, &q);
    if (q.multiple && q.target < 31) {
        q.target++;
        q.address += 4;
        int result = make_access(p, q);
        if (result != DONE)
            return result == PPU_REQUEST;
    }
    p->pc += 4;
    return 0;
}

/* A vector access, done by others, has ended; the next instruction is issued at a cycle. */
void ppu_finish(Ppu *p, int64_t tick)
{
    p->tick = tick;
    p->pc += 4;
}

/* Nobody answers: the processor waits for ever. */
void ppu_unanswered(Ppu *p)
{
    ppu_report(p, REPORT_ACCESS, p->pc, p->request.address, 0);
    p->halted = 1;
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
            if (timer_requested(p))
                interrupt(p, p->tcr & TCR_FIE && p->tsr & TSR_FIS ? VECTOR_FIT : VECTOR_DEC, p->pc);
            else if (ppu_wake_at(p) < until)
                p->stop = ppu_wake_at(p);
        }
        int result = p->stepping || p->precise ? run_stepping(p) : run_fast(p);
        if (result != CHECK)
            return result;
    }
}
