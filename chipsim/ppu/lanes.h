/* What the lanes of the vector unit do, included once for any processor and once for those with wide vectors.

Lanes are handled where they are in words of the host, see BYTE_PLACE: the order of lanes does not matter to most
instructions. An accumulator lane of a byte is the half of that of the halfword which is at the same place. */

#ifdef WIDE
#undef TARGET
#undef NAME
#define TARGET __attribute__((target("avx2")))
#define NAME(name) name##_wide
#else
#define TARGET
#define NAME(name) name##_plain

enum { BYTES = VECTOR_BYTES, HALVES = VECTOR_BYTES / 2 };

static inline int sat8(int x) { return x < -128 ? -128 : x > 127 ? 127 : x; }
static inline int sat16(int x) { return x < -32768 ? -32768 : x > 32767 ? 32767 : x; }

/* Saturating sum of 32 bits: a sum whose sign is neither of the two has overflown. */
static inline int32_t add32(int32_t a, int32_t b)
{
    uint32_t sum = (uint32_t)a + (uint32_t)b, limit = ((uint32_t)a >> 31) + 0x7fffffffu;
    return (int32_t)(((uint32_t)a ^ sum) & ((uint32_t)b ^ sum)) < 0 ? (int32_t)limit : (int32_t)sum;
}

/* Product of fractions, in twice the width. */
static inline int product8(int a, int b) { return a == -128 && b == -128 ? 0x7fff : 2 * a * b; }
static inline int32_t product16(int32_t a, int32_t b)
{
    return a == -32768 && b == -32768 ? 0x7fffffff : 2 * a * b;
}

/* Loops over lanes; A and B are signed lanes of the operands, ACC that of the accumulator. */
#define BYTE_LANES(out_, kind_, expression_) \
    for (int i = 0; i < BYTES; i++) { \
        int A = (int8_t)a->bytes[i], B = (int8_t)b->bytes[i], ACC = (int16_t)p->acc.halves[i]; \
        (void)A, (void)B, (void)ACC; \
        out_[i] = (kind_)(expression_); \
    }
#define HALF_LANES(out_, kind_, expression_) \
    for (int i = 0; i < HALVES; i++) { \
        int32_t A = (int16_t)a->halves[i], B = (int16_t)b->halves[i], ACC = (int32_t)p->acc.words[i]; \
        (void)A, (void)B, (void)ACC; \
        out_[i] = (kind_)(expression_); \
    }
#define TO_BYTES(expression_) do { BYTE_LANES(v.bytes, uint8_t, expression_) NAME(put_vector)(p, d, &v); } while (0)
#define TO_HALVES(expression_) do { HALF_LANES(v.halves, uint16_t, expression_) NAME(put_vector)(p, d, &v); } while (0)
#define TO_ACC_BYTES(expression_) \
    do { BYTE_LANES(acc.halves, uint16_t, expression_) NAME(put_accumulator)(p, d, &acc); } while (0)
#define TO_ACC_HALVES(expression_) \
    do { HALF_LANES(acc.words, uint32_t, expression_) NAME(put_accumulator)(p, d, &acc); } while (0)

/* Bytes and halfwords change places within 16-byte slices: k counts those of a slice. */
#define BYTE(v_, k_) (v_)->bytes[BYTE_PLACE(16 * s + (k_))]
#define HALF(v_, k_) (v_)->halves[HALF_PLACE(8 * s + (k_))]

#endif

static inline TARGET void NAME(put_vector)(Ppu *p, const Decoded *d, const Vector *result)
{
    Vector *out = &p->vr[d->t];
    if (d->x == 0) {
        *out = *result;
    } else {
        const Vector *mask = &p->flags[d->x];
        for (int i = 0; i < VECTOR_WORDS; i++)
            out->words[i] = MASKED(result->words[i], out->words[i], mask->words[i]);
    }
}

static inline TARGET void NAME(put_accumulator)(Ppu *p, const Decoded *d, const Accumulator *result)
{
    if (d->x == 0) {
        p->acc = *result;
    } else {
        const Vector *mask = &p->flags[d->x];
        for (int i = 0; i < BYTES; i++)
            p->acc.halves[i] =
                (uint16_t)MASKED(result->halves[i], p->acc.halves[i], (uint16_t)(int16_t)(int8_t)mask->bytes[i]);
    }
}

static TARGET void NAME(madd)(Ppu *p, const Decoded *d)
{
    const Vector *a = &p->vr[d->a], *b = &p->vr[d->b];
    Vector v;
    Accumulator acc;
    switch (d->imm) {
    case I_FXVADDBM: TO_BYTES(A + B); break;
    case I_FXVADDHM: TO_HALVES(A + B); break;
    case I_FXVADDBFS: TO_BYTES(sat8(A + B)); break;
    case I_FXVADDHFS: TO_HALVES(sat16(A + B)); break;
    case I_FXVSUBBM: TO_BYTES(A - B); break;
    case I_FXVSUBHM: TO_HALVES(A - B); break;
    case I_FXVSUBBFS: TO_BYTES(sat8(A - B)); break;
    case I_FXVSUBHFS: TO_HALVES(sat16(A - B)); break;
    case I_FXVMULBM: TO_BYTES(A * B); break;
    case I_FXVMULHM: TO_HALVES(A * B); break;
    case I_FXVMULBFS: TO_BYTES(product8(A, B) >> 8); break;
    case I_FXVMULHFS: TO_HALVES(product16(A, B) >> 16); break;
    case I_FXVMABM: TO_BYTES(A * B + ACC); break;
    case I_FXVMAHM: TO_HALVES((uint32_t)(A * B) + (uint32_t)ACC); break;
    case I_FXVMABFS: TO_BYTES(sat16(product8(A, B) + ACC) >> 8); break;
    case I_FXVMAHFS: TO_HALVES(add32(product16(A, B), ACC) >> 16); break;
    case I_FXVMTACB: TO_ACC_BYTES(A); break;
    case I_FXVMTACH: TO_ACC_HALVES(A); break;
    case I_FXVMTACBF: TO_ACC_BYTES((uint32_t)A << 8); break;
    case I_FXVMTACHF: TO_ACC_HALVES((uint32_t)A << 16); break;
    case I_FXVMATACBM: TO_ACC_BYTES(ACC + A * B); break;
    case I_FXVMATACHM: TO_ACC_HALVES((uint32_t)ACC + (uint32_t)(A * B)); break;
    case I_FXVMATACBFS: TO_ACC_BYTES(sat16(ACC + product8(A, B))); break;
    case I_FXVMATACHFS: TO_ACC_HALVES(add32(ACC, product16(A, B))); break;
    case I_FXVMULTACBM: TO_ACC_BYTES(A * B); break;
    case I_FXVMULTACHM: TO_ACC_HALVES(A * B); break;
    case I_FXVMULTACBFS: TO_ACC_BYTES(product8(A, B)); break;
    case I_FXVMULTACHFS: TO_ACC_HALVES(product16(A, B)); break;
    case I_FXVADDACTACBM: TO_ACC_BYTES(ACC + A); break;
    case I_FXVADDACTACHM: TO_ACC_HALVES((uint32_t)ACC + (uint32_t)A); break;
    case I_FXVADDACTACBF: TO_ACC_BYTES(sat16(ACC + A * 256)); break;
    case I_FXVADDACTACHF: TO_ACC_HALVES(add32(ACC, A * 65536)); break;
    case I_FXVADDACBM: TO_BYTES(A + ACC); break;
    case I_FXVADDACHM: TO_HALVES((uint32_t)A + (uint32_t)ACC); break;
    case I_FXVADDACBFS: TO_BYTES(sat16(A * 256 + ACC) >> 8); break;
    case I_FXVADDACHFS: TO_HALVES(add32(A * 65536, ACC) >> 16); break;
    case I_FXVADDTACB: TO_ACC_BYTES(A + B); break;
    case I_FXVADDTACH: TO_ACC_HALVES(A + B); break;
    }
}

/* Shift lanes left, or right if `n` is negative. */
static inline TARGET void NAME(shift_lanes)(Vector *v, const Vector *a, int n, int width)
{
    uint32_t all = width == 8 ? 0xffu : 0xffffu, each = width == 8 ? 0x01010101u : 0x00010001u;
    uint32_t left = n > 0 && n < width ? all << n & all : n == 0 ? all : 0, right = n < 0 && -n < width ? all >> -n : 0;
    if (n < 0)
        for (int i = 0; i < VECTOR_WORDS; i++)
            v->words[i] = a->words[i] >> (-n & 31) & each * right;
    else
        for (int i = 0; i < VECTOR_WORDS; i++)
            v->words[i] = a->words[i] << n & each * left;
}

static TARGET void NAME(permute)(Ppu *p, const Decoded *d)
{
    const Vector *a = &p->vr[d->a], *b = &p->vr[d->b], *flags = &p->flags[d->x];
    Vector v;
    int n = 8 - d->x, m = (1 << n) - 1, shift = d->b < 16 ? d->b : d->b - 32, down;
    uint32_t ra = p->gpr[d->a];
    switch (d->imm) {
    case I_FXVSEL:
        for (int i = 0; i < VECTOR_WORDS; i++)
            v.words[i] = MASKED(b->words[i], a->words[i], flags->words[i]);
        break;
    case I_FXVSPLATB: memset(v.bytes, (int)(ra & 0xff), BYTES); break;
    case I_FXVSPLATH:
        for (int i = 0; i < HALVES; i++)
            v.halves[i] = (uint16_t)ra;
        break;
    case I_FXVSHB:
        NAME(shift_lanes)(&v, a, shift, 8);
        break;
    case I_FXVSHH:
        NAME(shift_lanes)(&v, a, shift, 16);
        break;
    case I_FXVPCKBU: case I_FXVPCKBL:
        down = d->imm == I_FXVPCKBU ? 16 - n : 16 - 2 * n;
        for (int s = 0; s < 8; s++)
            for (int k = 0; k < 8; k++) {
                BYTE(&v, k) = (uint8_t)(HALF(a, k) >> down & m);
                BYTE(&v, 8 + k) = (uint8_t)(HALF(b, k) >> down & m);
            }
        break;
    case I_FXVUPCKBL: case I_FXVUPCKBR:
        for (int s = 0; s < 8; s++)
            for (int k = 0; k < 8; k++) {
                int from = d->imm == I_FXVUPCKBR ? 8 + k : k;
                HALF(&v, k) = (uint16_t)((BYTE(a, from) & m) << (16 - n) | (BYTE(b, from) & m) << (16 - 2 * n));
            }
        break;
    default: return;
    }
    p->vr[d->t] = v;
}

static TARGET void NAME(compare)(Ppu *p, const Decoded *d)
{
    const Vector *a = &p->vr[d->a];
    if (d->imm == I_FXVCMPB) {
        for (int i = 0; i < BYTES; i++) {
            int8_t value = (int8_t)a->bytes[i];
            p->flags[1].bytes[i] = (uint8_t)-(value > 0);
            p->flags[2].bytes[i] = (uint8_t)-(value < 0);
            p->flags[3].bytes[i] = (uint8_t)-(value == 0);
        }
    } else {
        for (int i = 0; i < HALVES; i++) {
            int16_t value = (int16_t)a->halves[i];
            p->flags[1].halves[i] = (uint16_t)-(value > 0);
            p->flags[2].halves[i] = (uint16_t)-(value < 0);
            p->flags[3].halves[i] = (uint16_t)-(value == 0);
        }
    }
}
