/* Loops that wait: they read internal memory and compare until somebody else changes it. An iteration that leaves all
registers as they were will be followed by the same iterations up to the end of the time that a processor is given, for
nobody else writes its memory before. So that time is skipped. */

enum {
    MOST_IDLE_STEPS = 32, /* instructions of an iteration */
    IDLE_PAUSE = 63       /* jumps between two looks at a loop that did something else */
};

/* Value of a load from internal memory, or 0 if it is something else. */
static int idle_load(const Ppu *p, const Decoded *d, const uint32_t *gpr, uint32_t *value)
{
    uint32_t ea = gpr[d->a] + (uint32_t)d->imm;
    uint32_t misaligned = d->op == OP_LWZ ? 3 : d->op == OP_LHZ ? 1 : 0;
    if (ea & (~(4u * PPU_SRAM_WORDS - 1) | misaligned))
        return 0;
    if (d->op == OP_LWZ)
        *value = p->sram[ea >> 2];
    else if (d->op == OP_LHZ)
        *value = ((uint16_t *)p->sram)[HALF_PLACE(ea >> 1)];
    else
        *value = ((uint8_t *)p->sram)[BYTE_PLACE(ea)];
    return 1;
}

/* Cycles of an iteration from behind the jump at `from`, which has just been taken, up to the same place; 0 if it would
change anything, or is too long. Places are indices of the region. */
static int64_t idle_period(const Ppu *p, const Region *r, int64_t from)
{
    uint32_t gpr[33];
    uint8_t cr[8];
    int64_t cycles = 0, at = from + r->entries[from].imm / 4;
    memcpy(gpr, p->gpr, sizeof(gpr));
    memcpy(cr, p->cr, sizeof(cr));
    for (int i = 0; i < MOST_IDLE_STEPS; i++) {
        if (at < 0 || at >= r->bytes / 4)
            return 0;
        const Decoded *d = &r->entries[at];
        int taken = 0;
        uint32_t a, b;
        cycles += d->cost;
        switch (d->op) {
        case OP_NOP:
            break;
        case OP_LWZ: case OP_LHZ: case OP_LBZ:
            if (!idle_load(p, d, gpr, &gpr[d->t]))
                return 0;
            break;
        case OP_CMPI: case OP_CMP:
            a = gpr[d->a], b = d->op == OP_CMP ? gpr[d->b] : (uint32_t)d->imm;
            cr[d->x] = (uint8_t)(((int32_t)a < (int32_t)b) << 3 | ((int32_t)a > (int32_t)b) << 2 | (a == b) << 1 | p->so);
            break;
        case OP_CMPLI: case OP_CMPL:
            a = gpr[d->a], b = d->op == OP_CMPL ? gpr[d->b] : (uint32_t)d->imm;
            cr[d->x] = (uint8_t)((a < b) << 3 | (a > b) << 2 | (a == b) << 1 | p->so);
            break;
        case OP_BRANCH:
            taken = 1;
            break;
        case OP_BRANCH_IF: case OP_BRANCH_IF_NOT:
            taken = (cr[d->a] >> d->b & 1) == (d->op == OP_BRANCH_IF);
            if (taken != (d->imm <= 0))
                cycles += MISPREDICTED;
            break;
        default:
            return 0;
        }
        if (d->op >= OP_BRANCH && d->op <= OP_BRANCH_IF_NOT && d->y)
            return 0; /* it sets the link register */
        if (at == from)
            return !taken || memcmp(gpr, p->gpr, sizeof(gpr)) || memcmp(cr, p->cr, sizeof(cr)) ? 0 : cycles;
        at += taken ? d->imm / 4 : 1;
    }
    return 0;
}

/* Time after whole iterations of a loop that waits, still before `p->stop`. */
static int64_t skip_idle(const Ppu *p, const Region *r, Decoded *from, int64_t tick)
{
    if (from->x) {
        from->x--;
        return tick;
    }
    int64_t left = p->stop - 1 - tick;
    if (left <= 0)
        return tick;
    int64_t period = idle_period(p, r, from - r->entries);
    if (period)
        return tick + left / period * period;
    from->x = IDLE_PAUSE;
    return tick;
}
