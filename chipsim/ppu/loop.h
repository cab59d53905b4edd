/* The interpreter, included twice: with STEPPING, every instruction is counted, traced or profiled as asked for, and
timers interrupt in between; else time is only looked at in jumps. */

static int LOOP(Ppu *p)
{
#define X(name) [OP_##name] = &&do_##name, [OP_##name##_RC] = &&do_##name##_RC,
#define Y(name) [OP_##name] = &&do_##name,
    static const void *const places[N_OPS] = {[OP_FETCH] = &&do_FETCH, PPU_RECORDED(X) PPU_PLAIN(Y)};
#undef X
#undef Y
    uint32_t *const gpr = p->gpr;
    int64_t tick = p->tick;
    uint32_t pc = p->pc, ea, value;
    Region r;
    Decoded *d;

#define PC (r.base + 4 * (uint32_t)(d - r.entries))
#if STEPPING
#define GO \
    do { \
        if (d->op == OP_FETCH) \
            decode(p, &r, d); \
        if (p->precise && tick >= p->stop) { \
            pc = PC; \
            goto elsewhere; \
        } \
        if (d->op != OP_END && !step(p, &tick, PC, r.words[d - r.entries], d)) { \
            pc = PC; \
            goto steps_done; \
        } \
        goto *places[d->op]; \
    } while (0)
#else
#define GO \
    do { \
        tick += d->cost; \
        goto *places[d->op]; \
    } while (0)
#endif
#define NEXT \
    do { \
        d++; \
        GO; \
    } while (0)
/* To an instruction that may be elsewhere. Time is looked at here, as every loop has a jump. */
#define JUMP(address) \
    do { \
        uint32_t to_ = (address) & ~3u; \
        if (to_ - r.base >= r.bytes || tick >= p->stop) { \
            pc = to_; \
            goto elsewhere; \
        } \
        d = r.entries + ((to_ - r.base) >> 2); \
        GO; \
    } while (0)
/* A relative jump; what is predicted (backwards and taken, or forwards and not) costs nothing more. */
#define TAKEN(displacement, predicted) \
    do { \
        if (!(predicted)) \
            tick += MISPREDICTED; \
        uint32_t at_ = PC; \
        if (d->y) \
            p->lr = at_ + 4; \
        JUMP(at_ + (uint32_t)(displacement)); \
    } while (0)
#define NOT_TAKEN(predicted) \
    do { \
        if (!(predicted)) \
            tick += MISPREDICTED; \
        if (d->y) \
            p->lr = PC + 4; \
        NEXT; \
    } while (0)
#define SAVE \
    do { \
        p->pc = PC; \
        p->tick = tick; \
    } while (0)
/* An operation with a result in register `t` or `a`, and its form that records. */
#define RESULT(name, field, ...) \
    do_##name : { \
        gpr[d->field] = (uint32_t)(__VA_ARGS__); \
        NEXT; \
    } \
    do_##name##_RC : { \
        uint32_t result_ = (uint32_t)(__VA_ARGS__); \
        gpr[d->field] = result_; \
        record(p, result_); \
        NEXT; \
    }
#define A gpr[d->a]
#define B gpr[d->b]
#define S gpr[d->t]
#define IMM ((uint32_t)d->imm)

    if (tick >= p->stop)
        return CHECK;
    goto find;

elsewhere:
    if (tick >= p->stop) {
        p->pc = pc;
        p->tick = tick;
        return CHECK;
    }
find:
    if (!find_region(p, pc, &r, &tick)) {
        p->pc = pc;
        p->tick = tick;
        if (p->given)
            return PPU_LEFT;
        ppu_report(p, REPORT_FETCH, pc, pc, 0);
        p->halted = 1;
        return PPU_HALTED;
    }
    d = r.entries + ((pc - r.base) >> 2);
    GO;

do_FETCH:
    decode(p, &r, d);
    GO;
do_END:
    pc = r.base + r.bytes;
    goto find;
do_NOP:
    NEXT;
do_ILLEGAL:
    ppu_report(p, REPORT_ILLEGAL, PC, PC, r.words[d - r.entries]);
    NEXT;

    /* -- arithmetic -------------------------------------------------------------------------------------------- */

do_ADDI:
    gpr[d->t] = A + IMM;
    NEXT;
do_SUBFIC:
    gpr[d->t] = add_carry(p, ~A, IMM, 1);
    NEXT;
do_MULLI:
    gpr[d->t] = A * IMM;
    NEXT;
do_OVERFLOW:
    overflow(p, d);
    NEXT;
    RESULT(ADDIC, t, add_carry(p, A, IMM, 0))
    RESULT(ADD, t, A + B)
    RESULT(ADDC, t, add_carry(p, A, B, 0))
    RESULT(ADDE, t, add_carry(p, A, B, p->ca))
    RESULT(ADDME, t, add_carry(p, A, 0xffffffffu, p->ca))
    RESULT(ADDZE, t, add_carry(p, A, 0, p->ca))
    RESULT(SUBF, t, B - A)
    RESULT(SUBFC, t, add_carry(p, ~A, B, 1))
    RESULT(SUBFE, t, add_carry(p, ~A, B, p->ca))
    RESULT(SUBFME, t, add_carry(p, ~A, 0xffffffffu, p->ca))
    RESULT(SUBFZE, t, add_carry(p, ~A, 0, p->ca))
    RESULT(NEG, t, 0 - A)
    RESULT(MULLW, t, A * B)
    RESULT(MULHW, t, (uint64_t)((int64_t)(int32_t)A * (int32_t)B) >> 32)
    RESULT(MULHWU, t, (uint64_t)A * B >> 32)
    RESULT(DIVW, t, divide(A, B))
    RESULT(DIVWU, t, B ? A / B : 0xffffffffu)

    /* -- comparison and logic ---------------------------------------------------------------------------------- */

do_CMPI:
    p->cr[d->x] = (uint8_t)((((int32_t)A < d->imm) << 3 | ((int32_t)A > d->imm) << 2 | (A == IMM) << 1) | p->so);
    NEXT;
do_CMPLI:
    p->cr[d->x] = (uint8_t)(((A < IMM) << 3 | (A > IMM) << 2 | (A == IMM) << 1) | p->so);
    NEXT;
do_CMP:
    p->cr[d->x] =
        (uint8_t)((((int32_t)A < (int32_t)B) << 3 | ((int32_t)A > (int32_t)B) << 2 | (A == B) << 1) | p->so);
    NEXT;
do_CMPL:
    p->cr[d->x] = (uint8_t)(((A < B) << 3 | (A > B) << 2 | (A == B) << 1) | p->so);
    NEXT;
do_ORI:
    A = S | IMM;
    NEXT;
do_XORI:
    A = S ^ IMM;
    NEXT;
do_ANDI:
    A = S & IMM;
    record(p, A);
    NEXT;
    RESULT(AND, a, S & B)
    RESULT(ANDC, a, S & ~B)
    RESULT(OR, a, S | B)
    RESULT(ORC, a, S | ~B)
    RESULT(XOR, a, S ^ B)
    RESULT(NAND, a, ~(S & B))
    RESULT(NOR, a, ~(S | B))
    RESULT(EQV, a, ~(S ^ B))
    RESULT(CNTLZW, a, S ? __builtin_clz(S) : 32)
    RESULT(EXTSB, a, (int8_t)S)
    RESULT(EXTSH, a, (int16_t)S)
do_POPCNTB:
    A = count_bits(S);
    NEXT;
do_PRTYW:
    A = (S ^ S >> 8 ^ S >> 16 ^ S >> 24) & 1;
    NEXT;
    RESULT(RLWIMI, a, (rotate(S, d->b) & IMM) | (A & ~IMM))
    RESULT(RLWINM, a, rotate(S, d->b) & IMM)
    RESULT(RLWNM, a, rotate(S, B & 31) & IMM)
    RESULT(SLW, a, (B & IMM) > 31 ? 0 : S << (B & IMM))
    RESULT(SRW, a, (B & IMM) > 31 ? 0 : S >> (B & IMM))
    RESULT(SRAW, a, shift_algebraic(p, S, B & IMM))
    RESULT(SRAWI, a, shift_algebraic(p, S, d->b))

    /* -- memory ------------------------------------------------------------------------------------------------ */

/* Offset EA of the internal memory, or else the slow way. */
#define INTERNAL(misaligned) (!(ea & (~(4u * PPU_SRAM_WORDS - 1) | (misaligned))))
#define ELSEWHERE(kind_, bytes_, extend_, update_) \
    do { \
        SAVE; \
        int result_ = ppu_memory_access(p, d, ea, kind_, bytes_, extend_, update_); \
        tick = p->tick; \
        if (result_ == DONE) \
            NEXT; \
        if (result_ == INTERRUPTED) { \
            pc = p->pc; \
            goto elsewhere; \
        } \
        return result_; \
    } while (0)
#define LOAD_FORM(name, address, bytes, misaligned, extend, updates, ...) \
    do_##name : \
        ea = (address); \
        if (!INTERNAL(misaligned)) \
            ELSEWHERE(REQUEST_READ, bytes, extend, updates); \
        value = (uint32_t)(__VA_ARGS__); \
        if (updates) \
            A = ea; \
        gpr[d->t] = value; \
        NEXT;
#define STORE_FORM(name, address, bytes, misaligned, updates, ...) \
    do_##name : \
        ea = (address); \
        if (!INTERNAL(misaligned)) \
            ELSEWHERE(REQUEST_WRITE, bytes, 0, updates); \
        __VA_ARGS__; \
        if (updates) \
            A = ea; \
        if (p->internal[ea >> 2].op != OP_FETCH) \
            ppu_invalidate(p, ea >> 2); \
        NEXT;
/* With a displacement or an index, and both with update of the base. */
#define LOAD(name, bytes, misaligned, extend, ...) \
    LOAD_FORM(name, A + IMM, bytes, misaligned, extend, 0, __VA_ARGS__) \
    LOAD_FORM(name##X, A + B, bytes, misaligned, extend, 0, __VA_ARGS__) \
    LOAD_FORM(name##U, A + IMM, bytes, misaligned, extend, 1, __VA_ARGS__) \
    LOAD_FORM(name##UX, A + B, bytes, misaligned, extend, 1, __VA_ARGS__)
#define STORE(name, bytes, misaligned, ...) \
    STORE_FORM(name, A + IMM, bytes, misaligned, 0, __VA_ARGS__) \
    STORE_FORM(name##X, A + B, bytes, misaligned, 0, __VA_ARGS__) \
    STORE_FORM(name##U, A + IMM, bytes, misaligned, 1, __VA_ARGS__) \
    STORE_FORM(name##UX, A + B, bytes, misaligned, 1, __VA_ARGS__)

    LOAD(LWZ, 4, 3, 0, p->sram[ea >> 2])
    LOAD(LBZ, 1, 0, 0, ((uint8_t *)p->sram)[BYTE_PLACE(ea)])
    LOAD(LHZ, 2, 1, 0, ((uint16_t *)p->sram)[HALF_PLACE(ea >> 1)])
    LOAD(LHA, 2, 1, 1, (int16_t)((uint16_t *)p->sram)[HALF_PLACE(ea >> 1)])
    STORE(STW, 4, 3, p->sram[ea >> 2] = S)
    STORE(STB, 1, 0, ((uint8_t *)p->sram)[BYTE_PLACE(ea)] = (uint8_t)S)
    STORE(STH, 2, 1, ((uint16_t *)p->sram)[HALF_PLACE(ea >> 1)] = (uint16_t)S)

do_LMW:
do_STMW:
    ea = A + IMM;
    ELSEWHERE(d->op == OP_LMW ? REQUEST_READ : REQUEST_WRITE, 4, 0, 0);

    /* -- branches ---------------------------------------------------------------------------------------------- */

/* Backwards there may be a loop that waits. */
#if STEPPING
#define MAYBE_IDLE
#else
#define MAYBE_IDLE \
    do { \
        if (d->imm < 0) \
            tick = skip_idle(p, &r, d, tick); \
    } while (0)
#endif

do_BRANCH:
    MAYBE_IDLE;
    TAKEN(d->imm, 1);
do_BRANCH_FAR:
    if (d->y)
        p->lr = PC + 4;
    JUMP((uint32_t)d->imm);
do_BRANCH_IF:
    if (p->cr[d->a] >> d->b & 1) {
        MAYBE_IDLE;
        TAKEN(d->imm, d->imm <= 0);
    }
    NOT_TAKEN(d->imm > 0);
do_BRANCH_IF_NOT:
    if (!(p->cr[d->a] >> d->b & 1)) {
        MAYBE_IDLE;
        TAKEN(d->imm, d->imm <= 0);
    }
    NOT_TAKEN(d->imm > 0);
do_BRANCH_COUNT:
    p->ctr--;
    if ((p->ctr != 0) == !(d->t & 2))
        TAKEN(d->imm, d->imm <= 0);
    NOT_TAKEN(d->imm > 0);
do_BRANCH_ANY:
    if (condition_holds(p, d, 1)) {
        if (d->x == 2) {
            if (d->y)
                p->lr = PC + 4;
            JUMP((uint32_t)d->imm);
        }
        TAKEN(d->imm, d->imm <= 0);
    }
    NOT_TAKEN(d->imm > 0);
do_BCLR:
    if (condition_holds(p, d, 1)) {
        value = p->lr;
        if (d->y)
            p->lr = PC + 4;
        tick += MISPREDICTED;
        JUMP(value);
    }
    NOT_TAKEN(1);
do_BCCTR:
    if (condition_holds(p, d, 0)) {
        if (d->y)
            p->lr = PC + 4;
        tick += MISPREDICTED;
        JUMP(p->ctr);
    }
    NOT_TAKEN(1);
do_RETURN:
    pc = d->x == 0 ? p->srr0 : d->x == 1 ? p->csrr0 : p->mcsrr0;
    p->msr = (d->x == 0 ? p->srr1 : d->x == 1 ? p->csrr1 : p->mcsrr1) & MSR_BITS;
    tick += MISPREDICTED;
    p->pc = pc & ~3u;
    p->tick = tick;
    return CHECK;
do_TRAP:
    value = B;
    goto trap;
do_TRAP_I:
    value = IMM;
trap:
    if (trap_condition(d->t, A, value)) {
        SAVE;
        p->esr = ESR_TRAP;
        ppu_report(p, REPORT_TRAP, PC, PC, r.words[d - r.entries]);
        ppu_interrupt(p, VECTOR_PROGRAM, PC);
        tick = p->tick;
        pc = p->pc;
        goto elsewhere;
    }
    NEXT;

    /* -- condition and special registers ------------------------------------------------------------------------ */

do_CR_BITS: {
    int first = p->cr[d->a >> 2] >> (3 - (d->a & 3)) & 1, second = p->cr[d->b >> 2] >> (3 - (d->b & 3)) & 1;
    int bit = d->x >> (first << 1 | second) & 1, place = 3 - (d->t & 3);
    p->cr[d->t >> 2] = (uint8_t)((p->cr[d->t >> 2] & ~(1 << place)) | bit << place);
    NEXT;
}
do_MCRF:
    p->cr[d->t] = p->cr[d->a];
    NEXT;
do_MFCR:
    value = condition_register(p);
    if (d->y) {
        uint32_t fields = field_mask(d->x);
        value = (value & fields) | (S & ~fields);
    }
    S = value;
    NEXT;
do_MTCRF:
    for (int i = 0; i < 8; i++)
        if (d->x >> (7 - i) & 1)
            p->cr[i] = S >> (28 - 4 * i) & 15;
    NEXT;
do_MFSPR:
    SAVE;
    S = ppu_read_special(p, d->imm);
    NEXT;
do_MTSPR:
    SAVE;
    if (ppu_write_special(p, d->imm, S)) {
        p->pc += 4;
        return CHECK;
    }
    NEXT;
do_MFMSR:
    S = p->msr;
    NEXT;
do_MTMSR:
    tick = drained(p, tick);
    SAVE;
    p->msr = S & MSR_BITS;
    p->pc += 4;
    return CHECK;
do_SYNC:
    tick = drained(p, tick);
    NEXT;
do_WAIT:
    tick = drained(p, tick);
    SAVE;
    ppu_profile_end(p); /* sleep is nobody's time */
    p->asleep = 1;
    return CHECK;

    /* -- vector unit ------------------------------------------------------------------------------------------- */

do_VECTOR:
    SAVE;
    switch (ppu_vector_op(p, d)) {
    case DONE: tick = p->tick; NEXT;
    case PPU_HALTED: return PPU_HALTED;
    default: return PPU_REQUEST;
    }

#if STEPPING
steps_done:
    p->pc = pc;
    p->tick = tick;
    return PPU_STEPS;
#endif

#undef PC
#undef GO
#undef NEXT
#undef JUMP
#undef TAKEN
#undef NOT_TAKEN
#undef SAVE
#undef RESULT
#undef A
#undef B
#undef S
#undef IMM
#undef INTERNAL
#undef ELSEWHERE
#undef LOAD_FORM
#undef STORE_FORM
#undef LOAD
#undef STORE
#undef MAYBE_IDLE
}
