/* Decoding of instruction words. */
#include "core.h"
#include "operations.h"

#include <string.h>

uint8_t ppu_primary[64], ppu_extended19[1024], ppu_extended31[1024], ppu_vector[512];

const char *const ppu_instruction_names[] = {
    "",
#define X(name, mnemonic) mnemonic,
    PPU_INSTRUCTIONS(X)
#undef X
};
const int ppu_instruction_count = N_INSTRUCTIONS;

/* Cycles after which a result can be used. */
enum { AFTER_ALU = 1, AFTER_LOAD = 3, AFTER_MULTIPLY = 4, DIVISION = 31 };

static int number_of(uint32_t word)
{
    switch (word >> 26) {
    case 4: return ppu_vector[word >> 2 & 0x1ff];
    case 19: return ppu_extended19[word >> 1 & 0x3ff];
    case 31: return ppu_extended31[word >> 1 & 0x3ff];
    default: return ppu_primary[word >> 26];
    }
}

static uint32_t rotate_mask(int begin, int end)
{
    uint32_t from = 0xffffffffu >> begin, to = 0xffffffffu << (31 - end);
    return begin <= end ? from & to : from | to;
}

/* General purpose registers that an instruction reads, and the one that it gives late. */
typedef struct {
    uint64_t reads;
    int late, after; /* register, cycles */
} Usage;

static Usage usage_of(uint32_t word)
{
    Usage u = {0, -1, AFTER_ALU};
    int n = number_of(word), t = word >> 21 & 31, a = word >> 16 & 31, b = word >> 11 & 31;
    uint64_t T = 1ull << t, A = 1ull << a, B = 1ull << b, A0 = a ? A : 0;
    if (n >= I_LWZ && n <= I_LHAU && (n - I_LWZ) % 2 == 0) {
        u.reads = A0;
    } else if (n >= I_LWZ && n <= I_LHAU) {
        u.reads = A;
    } else if (n >= I_STW && n <= I_STHU) {
        u.reads = A0 | T;
    } else if (n >= I_LWZX && n <= I_LHAUX) {
        u.reads = A0 | B;
    } else if (n >= I_STWX && n <= I_STHUX) {
        u.reads = A0 | B | T;
    } else if (n == I_LMW || n == I_STMW) {
        u.reads = A0;
    } else if (n == I_ADDI || n == I_ADDIS) {
        u.reads = A0;
    } else if ((n >= I_ADDIC && n <= I_MULLI) || n == I_CMPI || n == I_CMPLI || n == I_TWI) {
        u.reads = A;
    } else if ((n >= I_ADD && n <= I_DIVWU) || n == I_CMP || n == I_CMPL || n == I_TW) {
        u.reads = A | B;
    } else if (n >= I_ORI && n <= I_ANDIS_RC) {
        u.reads = T;
    } else if (n >= I_AND && n <= I_EQV) {
        u.reads = T | B;
    } else if ((n >= I_CNTLZW && n <= I_PRTYW) || n == I_RLWINM || n == I_SRAWI || n == I_MTCRF || n == I_MTSPR ||
               n == I_MTMSR) {
        u.reads = T;
    } else if (n == I_RLWIMI) {
        u.reads = T | A;
    } else if (n >= I_RLWNM && n <= I_SRAW) {
        u.reads = T | B;
    } else if (n == I_FXVINX || n == I_FXVOUTX || n == I_FXVLAX || n == I_FXVSTAX) {
        u.reads = A0 | B;
    } else if (n == I_FXVSPLATB || n == I_FXVSPLATH) {
        u.reads = A;
    }
    if ((n >= I_LWZ && n <= I_LHAU) || (n >= I_LWZX && n <= I_LHAUX)) {
        u.late = t;
        u.after = AFTER_LOAD;
    } else if (n == I_MULLI || (n >= I_MULLW && n <= I_MULHWU)) {
        u.late = t;
        u.after = AFTER_MULTIPLY;
    }
    return u;
}

/* Cycles that an instruction waits for results of the ones just before it, if those were not jumped over. */
static int stall(const uint32_t *words, uint32_t index)
{
    Usage u[4];
    int ready[32], time = 0, wait = 0;
    uint32_t first = index < 3 ? 0 : index - 3;
    memset(ready, 0, sizeof(ready));
    for (uint32_t i = first; i <= index; i++) {
        u[i - first] = usage_of(words[i]);
        int at = ++time;
        for (int r = 0; r < 32; r++)
            if (u[i - first].reads >> r & 1 && ready[r] > at)
                at = ready[r];
        wait = at - time;
        time = at;
        if (u[i - first].late >= 0)
            ready[u[i - first].late] = time + u[i - first].after;
    }
    return wait;
}

static int recorded(int op, uint32_t word)
{
    return op + (word & 1);
}

/* Operations of instructions that have nothing but registers; RS is in `t`. */
static int simple(int n)
{
    switch (n) {
#define X(name) case I_##name: return OP_##name;
    PPU_RECORDED(X)
#undef X
    default: return 0;
    }
}

static int conditional(uint32_t word)
{
    int bo = word >> 21 & 31;
    if (bo & 0x10)
        return bo & 4 ? OP_BRANCH : OP_BRANCH_COUNT;
    if (bo & 4)
        return bo & 8 ? OP_BRANCH_IF : OP_BRANCH_IF_NOT;
    return OP_BRANCH_ANY;
}

/* Whether the result of a vector instruction is in the accumulator. */
static int to_accumulator(int n)
{
    switch (n) {
    case I_FXVMTACB: case I_FXVMTACH: case I_FXVMTACBF: case I_FXVMTACHF: case I_FXVMATACHM: case I_FXVMATACBM:
    case I_FXVMATACHFS: case I_FXVMATACBFS: case I_FXVMULTACHM: case I_FXVMULTACBM: case I_FXVMULTACHFS:
    case I_FXVMULTACBFS: case I_FXVADDACTACHM: case I_FXVADDACTACBM: case I_FXVADDACTACHF: case I_FXVADDACTACBF:
    case I_FXVADDTACH: case I_FXVADDTACB: return 1;
    default: return 0;
    }
}

void ppu_decode(Ppu *p, const uint32_t *words, uint32_t index, Decoded *d)
{
    uint32_t word = words[index];
    int n = number_of(word), op, t = word >> 21 & 31, a = word >> 16 & 31, b = word >> 11 & 31;
    int32_t si = (int16_t)word;
    uint32_t ui = word & 0xffff;
    int waits = stall(words, index);
    Decoded r = {.op = OP_ILLEGAL, .cost = (uint8_t)(1 + waits), .t = (uint8_t)t, .a = (uint8_t)a, .b = (uint8_t)b};
    int a0 = a ? a : 32;
    if (word == 0x60000000) {
        r.op = OP_NOP; /* is fetched, but not issued */
    } else if (n == I_NONE) {
        r.imm = (int32_t)word;
    } else if ((op = simple(n)) && n != I_ADDIC) {
        r.op = (uint16_t)recorded(op, word);
        if (word & 0x400 && n >= I_ADD && n <= I_DIVWU && n != I_MULHW && n != I_MULHWU) {
            r.op = OP_OVERFLOW;
            r.x = (uint8_t)n;
            r.y = word & 1;
        }
        if (n == I_RLWINM || n == I_RLWIMI || n == I_RLWNM)
            r.imm = (int32_t)rotate_mask(word >> 6 & 31, word >> 1 & 31);
        else if (n == I_SLW || n == I_SRW || n == I_SRAW)
            r.imm = p->strict ? 31 : 63;
        if (n == I_DIVW || n == I_DIVWU)
            r.cost = (uint8_t)(DIVISION + waits);
    } else if (n >= I_LWZ && n <= I_STHU) {
        static const uint16_t ops[] = {
            OP_LWZ, OP_LWZU, OP_LBZ, OP_LBZU, OP_LHZ, OP_LHZU, OP_LHA, OP_LHAU,
            OP_STW, OP_STWU, OP_STB, OP_STBU, OP_STH, OP_STHU,
        };
        int update = (n - I_LWZ) & 1;
        r.op = ops[n - I_LWZ];
        r.a = (uint8_t)(update ? a : a0);
        r.imm = p->strict && (n == I_LHA || n == I_LHAU) ? (int32_t)ui : si;
        r.cost = (uint8_t)(r.cost + (update && n < I_STW));
    } else if (n >= I_LWZX && n <= I_STHUX) {
        static const uint16_t ops[] = {
            OP_LWZX, OP_LBZX, OP_LHZX, OP_LHAX, OP_LWZUX, OP_LBZUX, OP_LHZUX, OP_LHAUX,
            OP_STWX, OP_STBX, OP_STHX, OP_STWUX, OP_STBUX, OP_STHUX,
        };
        int update = (n >= I_LWZUX && n <= I_LHAUX) || n >= I_STWUX;
        r.op = ops[n - I_LWZX];
        r.a = (uint8_t)(update ? a : a0);
        r.cost = (uint8_t)(r.cost + (update && n < I_STWX));
    } else if (n >= I_FXVMAHM) {
        r.op = OP_VECTOR;
        r.imm = n;
        r.x = word & 3;
        r.y = to_accumulator(n);
    } else {
        switch (n) {
        case I_LMW: case I_STMW:
            r.op = n == I_LMW ? OP_LMW : OP_STMW, r.a = (uint8_t)a0, r.imm = si, r.cost = (uint8_t)(32 - t + waits);
            break;
        case I_ADDI: r.op = OP_ADDI, r.a = (uint8_t)a0, r.imm = si; break;
        case I_ADDIS: r.op = OP_ADDI, r.a = (uint8_t)a0, r.imm = (int32_t)(ui << 16); break;
        case I_ADDIC: r.op = OP_ADDIC, r.imm = si; break;
        case I_ADDIC_RC: r.op = OP_ADDIC_RC, r.imm = si; break;
        case I_SUBFIC: r.op = OP_SUBFIC, r.imm = si; break;
        case I_MULLI: r.op = OP_MULLI, r.imm = si; break;
        case I_CMPI: r.op = OP_CMPI, r.x = (uint8_t)(t >> 2), r.imm = si; break;
        case I_CMPLI: r.op = OP_CMPLI, r.x = (uint8_t)(t >> 2), r.imm = (int32_t)ui; break;
        case I_CMP: r.op = OP_CMP, r.x = (uint8_t)(t >> 2); break;
        case I_CMPL: r.op = OP_CMPL, r.x = (uint8_t)(t >> 2); break;
        case I_ORI: r.op = OP_ORI, r.imm = (int32_t)ui; break;
        case I_ORIS: r.op = OP_ORI, r.imm = (int32_t)(ui << 16); break;
        case I_XORI: r.op = OP_XORI, r.imm = (int32_t)ui; break;
        case I_XORIS: r.op = OP_XORI, r.imm = (int32_t)(ui << 16); break;
        case I_ANDI_RC: r.op = OP_ANDI, r.imm = (int32_t)ui; break;
        case I_ANDIS_RC: r.op = OP_ANDI, r.imm = (int32_t)(ui << 16); break;
        case I_POPCNTB: r.op = OP_POPCNTB; break;
        case I_PRTYW: r.op = OP_PRTYW; break;
        case I_B:
            r.op = word & 2 ? OP_BRANCH_FAR : OP_BRANCH;
            r.imm = (int32_t)((word & 0x03fffffc) ^ 0x02000000) - 0x02000000;
            r.y = word & 1;
            break;
        case I_BC:
            r.op = (uint16_t)conditional(word);
            r.imm = (int16_t)(word & 0xfffc);
            r.t = (uint8_t)t;       /* BO */
            r.a = (uint8_t)(a >> 2); /* field of the condition register */
            r.b = (uint8_t)(3 - (a & 3));
            r.y = word & 1;
            r.x = 1; /* all the rare ones are alike */
            if (word & 2 || (r.op == OP_BRANCH && r.y))
                r.op = OP_BRANCH_ANY, r.x = (word & 2) ? 2 : 1;
            break;
        case I_BCLR: case I_BCCTR:
            r.op = n == I_BCLR ? OP_BCLR : OP_BCCTR;
            r.a = (uint8_t)(a >> 2);
            r.b = (uint8_t)(3 - (a & 3));
            r.y = word & 1;
            break;
        case I_RFI: r.op = OP_RETURN, r.x = 0; break;
        case I_RFCI: r.op = OP_RETURN, r.x = 1; break;
        case I_RFMCI: r.op = OP_RETURN, r.x = 2; break;
        case I_CRAND: case I_CRANDC: case I_CROR: case I_CRORC:
        case I_CRNAND: case I_CRNOR: case I_CRXOR: case I_CREQV: {
            /* Result for (A, B) = 11, 10, 01, 00 in bits 3 to 0. */
            static const uint8_t truth[] = {0x8, 0x4, 0xe, 0xd, 0x7, 0x1, 0x6, 0x9};
            r.op = OP_CR_BITS, r.x = truth[n - I_CRAND];
            break;
        }
        case I_MCRF: r.op = OP_MCRF, r.t = (uint8_t)(t >> 2), r.a = (uint8_t)(a >> 2); break;
        case I_MFCR: r.op = OP_MFCR, r.y = word >> 20 & 1, r.x = word >> 12 & 0xff; break;
        case I_MTCRF: r.op = OP_MTCRF, r.x = word >> 12 & 0xff; break;
        case I_MFSPR: r.op = OP_MFSPR, r.imm = a | b << 5; break;
        case I_MTSPR: r.op = OP_MTSPR, r.imm = a | b << 5; break;
        case I_MFMSR: r.op = OP_MFMSR; break;
        case I_MTMSR: r.op = OP_MTMSR; break;
        case I_TW: r.op = OP_TRAP; break;
        case I_TWI: r.op = OP_TRAP_I, r.imm = p->strict ? (int32_t)ui : si; break;
        case I_SYNC: r.op = OP_SYNC; break;
        case I_WAIT: r.op = (word >> 21 & 3) ? OP_NOP : OP_WAIT; break;
        }
    }
    *d = r;
}
