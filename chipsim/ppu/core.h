/* A plasticity processor: a 32-bit Power core with a vector unit of 32 registers of 128 bytes.

Words of memories and vector registers are kept as numbers of the host, so that byte k of memory is a shift of its word
and not a place in the host's memory; see BYTE_PLACE. Time is counted in clock cycles of 4 ns, which are those of the
chip. Instructions are decoded once; whatever changes an instruction word has to call `ppu_invalidate`. */
#ifndef CHIPSIM_PPU_CORE_H
#define CHIPSIM_PPU_CORE_H

#include <stdint.h>

enum {
    PPU_SRAM_WORDS = 4096,
    PPU_EXTERNAL_WORDS = 32768,
    PPU_DRAM_PAGES = 16384,
    PPU_DRAM_PAGE_WORDS = 4096,
    PPU_LINE_WORDS = 16, /* of the instruction cache */
    PPU_LINES = 128,
    VECTOR_WORDS = 32,
    VECTOR_BYTES = 128
};

/* Places of byte k and of halfword k in words of the host. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BYTE_PLACE(k) (k)
#define HALF_PLACE(k) (k)
#else
#define BYTE_PLACE(k) ((k) ^ 3)
#define HALF_PLACE(k) ((k) ^ 1)
#endif

typedef union {
    uint32_t words[VECTOR_WORDS];
    uint16_t halves[2 * VECTOR_WORDS];
    uint8_t bytes[VECTOR_BYTES];
} Vector;

typedef union { /* accumulator: of halfword lanes, or of byte lanes */
    uint32_t words[2 * VECTOR_WORDS];
    uint16_t halves[VECTOR_BYTES];
} Accumulator;

typedef struct {
    uint16_t op;  /* what to do, zero: not decoded yet */
    uint8_t cost; /* cycles, with stalls for what the instructions before give late */
    uint8_t t, a, b, x, y;
    int32_t imm;
} Decoded;

/* Why `ppu_run` came back. */
enum {
    PPU_TIME,    /* the time is over */
    PPU_REQUEST, /* an access to a bus waits to be made, see `request` */
    PPU_ASLEEP,
    PPU_HALTED,  /* an access that will never be answered */
    PPU_LEFT,    /* the end of the given instructions */
    PPU_STEPS,   /* the number of instructions is reached */
    DONE = -1,   /* an instruction is done */
    INTERRUPTED = -2
};

enum { /* clock cycles, see docs/model-decisions.md */
    MISPREDICTED = 4,
    INTERRUPT_ENTRY = 5,
    DRAIN = 2,
    READ_EXTERNAL = 330, /* over the links to the FPGA and back */
    LINE_MISS = 330
};

#define NEVER INT64_MAX

/* What is told to the host. */
enum {
    REPORT_NONE,
    REPORT_ILLEGAL,
    REPORT_ALIGNMENT,
    REPORT_TRAP,
    REPORT_FETCH,   /* no memory at the address of the instruction */
    REPORT_ACCESS,  /* no register or memory at the address */
    REPORT_STUCK,   /* the host has waited in vain */
    N_REPORTS
};

enum { REQUEST_READ, REQUEST_WRITE, REQUEST_VECTOR_LOAD, REQUEST_VECTOR_STORE, REQUEST_IN, REQUEST_OUT };

typedef struct {
    int kind;
    uint32_t address; /* of bytes, or of vector IO */
    uint32_t value;   /* to be written, or as read */
    int bytes;        /* 1, 2 or 4 */
    int vector;       /* number of the vector register */
    int condition;    /* COND: enabled bytes */
    int target;       /* general purpose register of a read */
    int extend;       /* the halfword is signed */
    int update;       /* register that gets the address, or 32 */
    int multiple;     /* the registers behind the target follow */
} Request;

typedef struct {
    uint64_t count;
    uint32_t pc, address, word;
    int64_t tick;
    int told; /* the host has seen it */
} Report;

typedef struct { /* an instruction that was executed, with tracing on */
    int64_t tick;
    uint32_t pc, word;
} Step;

typedef struct {
    uint32_t pc; /* odd: the place is free */
    uint32_t count;
    uint64_t cycles;
    uint64_t stalls; /* cycles that vector accesses were waited for */
} ProfileEntry;

enum { UNIT_MADD, UNIT_PERMUTE, UNIT_COMPARE, UNIT_MEMORY, UNIT_IO, N_UNITS };

typedef struct {
    /* architecture */
    uint32_t gpr[33]; /* the last one is the constant zero */
    uint32_t lr, ctr, msr, pc;
    uint8_t cr[8];
    uint8_t so, ov, ca;
    uint32_t srr0, srr1, csrr0, csrr1, mcsrr0, mcsrr1, dear, esr, decar, tcr, tsr, iccr, gout, goe;
    int64_t time_zero;  /* cycle at which the time base was zero */
    int64_t dec_at;     /* cycle at which the decrementer gets there */
    int64_t timers_at;  /* cycle up to which timers have been looked at */
    Vector vr[32];
    Accumulator acc;
    Vector flags[4]; /* by COND: all ones in bytes for which it holds */

    /* time */
    int64_t tick;
    int64_t stop; /* look for something else then */
    int64_t unit_free[N_UNITS];
    int64_t vector_ready[32];
    int64_t acc_ready, flags_ready;
    int64_t stalled; /* cycles that vector accesses were waited for, so far */

    /* state of execution */
    uint8_t running; /* out of reset, with the clock on, and not halted */
    uint8_t waiting; /* for an access that others make, see `request` */
    uint8_t asleep, halted;
    Request request;
    Report reports[N_REPORTS];

    /* memories */
    uint32_t *sram;
    uint32_t *external;
    uint32_t **dram;

    /* instructions */
    Decoded internal[PPU_SRAM_WORDS + 1];
    uint32_t decoded_begin, decoded_end; /* words of the internal memory that may have been decoded */
    uint32_t line_at[PPU_LINES]; /* byte address of the line, 1 for none */
    uint32_t (*line_words)[PPU_LINE_WORDS];
    Decoded (*lines)[PPU_LINE_WORDS + 1];
    const uint32_t *given; /* instructions from elsewhere */
    uint32_t given_at, given_words;
    Decoded *given_decoded;
    int strict; /* with the deviations of the public RTL from the Power ISA */

    /* looking inside */
    uint64_t steps_left; /* UINT64_MAX: no limit */
    uint8_t stepping;    /* limit, trace or profile */
    uint8_t precise;     /* a timer may interrupt anywhere */
    Step *steps;
    uint64_t n_steps, max_steps; /* ring */
    ProfileEntry *profile;
    uint32_t profile_size, profile_used; /* a power of two */
    uint32_t profile_pc;                 /* instruction that time is spent in, 1: none */
    int64_t profile_tick, profile_stalled;
} Ppu;

/* Tables of the decoder, filled by the module of instructions: number of an instruction, zero for none. */
extern uint8_t ppu_primary[64], ppu_extended19[1024], ppu_extended31[1024], ppu_vector[512];
extern const char *const ppu_instruction_names[];
extern const int ppu_instruction_count;

void ppu_init(Ppu *p);
void ppu_free(Ppu *p);
int ppu_copy(Ppu *p, const Ppu *other);
void ppu_reset(Ppu *p, int64_t tick);
int ppu_run(Ppu *p, int64_t until);
int ppu_answer(Ppu *p, uint32_t value);
void ppu_finish(Ppu *p);
void ppu_unanswered(Ppu *p);
void ppu_invalidate(Ppu *p, uint32_t word);
void ppu_forget(Ppu *p);
void ppu_sleep_through(Ppu *p, int64_t tick);
uint32_t ppu_dec(Ppu *p);
void ppu_update_timers(Ppu *p);
int64_t ppu_wake_at(const Ppu *p);
int ppu_give(Ppu *p, const uint32_t *words, uint32_t count, uint32_t at);
int ppu_profile(Ppu *p, int on);
void ppu_profile_end(Ppu *p);

/* For the other files of the processor. */
void ppu_decode(Ppu *p, const uint32_t *words, uint32_t index, Decoded *d);
int ppu_vector_op(Ppu *p, const Decoded *d);
void ppu_report(Ppu *p, int cause, uint32_t pc, uint32_t address, uint32_t word);
uint32_t *ppu_dram_word(Ppu *p, uint32_t place);
int ppu_memory_access(Ppu *p, const Decoded *d, uint32_t ea, int kind, int bytes, int extend, int update);
void ppu_interrupt(Ppu *p, uint32_t vector, uint32_t back);
uint32_t ppu_read_special(Ppu *p, int number);
int ppu_write_special(Ppu *p, int number, uint32_t value);
int ppu_timer_requested(const Ppu *p);
void ppu_profile_at(Ppu *p, int64_t tick, uint32_t pc);

#endif
