/* A stack machine: a switch over its instructions, and once more with a table of functions. */
#include <stdint.h>

enum { PUSH, ADD, SUB, MUL, LESS, JUMP, JUMP_ZERO, LOAD, STORE, EMIT, DUP, DROP, HALT };

/* The primes below 60 by trial division: for n = 2..59, d = 2 while d * d <= n. */
static const int16_t program[] = {
    /*  0 */ PUSH, 2, STORE, 0,
    /*  4 */ LOAD, 0, PUSH, 60, LESS, JUMP_ZERO, 54,
    /* 11 */ PUSH, 2, STORE, 1,
    /* 15 */ LOAD, 0, LOAD, 1, DUP, MUL, LESS, JUMP_ZERO, 27,
    /* 24 */ LOAD, 0, EMIT,
    /* 27 */ LOAD, 0, LOAD, 1, DUP, MUL, LESS, JUMP_ZERO, 38,
    /* 36 */ JUMP, 45,
    /* 38 */ LOAD, 0, STORE, 2, JUMP, 56,
    /* 44 */ HALT,
    /* 45 */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 4,
    /* 54 */ HALT, HALT,
    /* 56 */ LOAD, 2, PUSH, 1, LESS, JUMP_ZERO, 65,
    /* 63 */ JUMP, 45,
    /* 65 */ LOAD, 2, LOAD, 1, LESS, JUMP_ZERO, 81,
    /* 72 */ LOAD, 1, PUSH, 1, ADD, STORE, 1, JUMP, 15,
    /* 81 */ LOAD, 2, LOAD, 1, SUB, STORE, 2, JUMP, 56,
};

int32_t primes[32], again[32];
uint32_t count, count_again, steps, steps_again;

struct machine {
    int32_t stack[16], variables[4];
    const int16_t *pc;
    int32_t *top, *out;
    uint32_t emitted, executed;
    int halted;
};

static void run(struct machine *m)
{
    for (;;) {
        int32_t *top = m->top;
        m->executed++;
        switch (*m->pc++) {
        case PUSH: *m->top++ = *m->pc++; break;
        case ADD: top[-2] += top[-1]; m->top--; break;
        case SUB: top[-2] -= top[-1]; m->top--; break;
        case MUL: top[-2] *= top[-1]; m->top--; break;
        case LESS: top[-2] = top[-2] < top[-1]; m->top--; break;
        case JUMP: m->pc = program + *m->pc; break;
        case JUMP_ZERO: m->pc = *--m->top ? m->pc + 1 : program + *m->pc; break;
        case LOAD: *m->top++ = m->variables[*m->pc++]; break;
        case STORE: m->variables[*m->pc++] = *--m->top; break;
        case EMIT: m->out[m->emitted++] = *--m->top; break;
        case DUP: *top = top[-1]; m->top++; break;
        case DROP: m->top--; break;
        default: return;
        }
    }
}

static void push(struct machine *m) { *m->top++ = *m->pc++; }
static void add(struct machine *m) { m->top--; m->top[-1] += *m->top; }
static void sub(struct machine *m) { m->top--; m->top[-1] -= *m->top; }
static void mul(struct machine *m) { m->top--; m->top[-1] *= *m->top; }
static void less(struct machine *m) { m->top--; m->top[-1] = m->top[-1] < *m->top; }
static void jump(struct machine *m) { m->pc = program + *m->pc; }
static void jump_zero(struct machine *m) { m->pc = *--m->top ? m->pc + 1 : program + *m->pc; }
static void load(struct machine *m) { *m->top++ = m->variables[*m->pc++]; }
static void store(struct machine *m) { m->variables[*m->pc++] = *--m->top; }
static void emit(struct machine *m) { m->out[m->emitted++] = *--m->top; }
static void dup(struct machine *m) { m->top[0] = m->top[-1]; m->top++; }
static void drop(struct machine *m) { m->top--; }
static void halt(struct machine *m) { m->halted = 1; }

static void (*const functions[])(struct machine *) = {
    push, add, sub, mul, less, jump, jump_zero, load, store, emit, dup, drop, halt,
};

static void prepare(struct machine *m, int32_t *out)
{
    m->pc = program;
    m->top = m->stack;
    m->out = out;
}

int start(void)
{
    static struct machine first, second;

    prepare(&first, primes);
    run(&first);
    count = first.emitted;
    steps = first.executed;

    prepare(&second, again);
    while (!second.halted) {
        second.executed++;
        functions[*second.pc++](&second);
    }
    count_again = second.emitted;
    steps_again = second.executed;
    return (int)count;
}
