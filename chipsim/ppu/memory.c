/* Accesses to memory other than aligned ones to the internal memory. */
#include "core.h"
#include "operations.h"

#include <stdlib.h>

enum { VECTOR_ALIGNMENT = 0x18 };

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
int ppu_memory_access(Ppu *p, const Decoded *d, uint32_t ea, int kind, int bytes, int extend, int update)
{
    if (bytes == 4 ? ea & 3 : bytes == 2 && (ea & 3) == 3) {
        p->esr = 0;
        ppu_report(p, REPORT_ALIGNMENT, p->pc, ea, 0);
        ppu_interrupt(p, VECTOR_ALIGNMENT, p->pc);
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

/* A vector access has been made by others: on with the next instruction. */
void ppu_finish(Ppu *p)
{
    p->pc += 4;
}

/* Nobody answers: the processor waits for ever. */
void ppu_unanswered(Ppu *p)
{
    ppu_report(p, REPORT_ACCESS, p->pc, p->request.address, 0);
    p->halted = 1;
}
