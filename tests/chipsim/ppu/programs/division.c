/* Numbers of 64 bits: division by the operators and by shifts and subtractions, square roots, greatest divisors. */
#include <stdint.h>

enum { COUNT = 12 };

uint64_t quotients[COUNT], remainders[COUNT], by_shifts[COUNT], roots[COUNT], divisors[COUNT];
int64_t signed_quotients[COUNT], signed_remainders[COUNT], shifted[COUNT];

static uint64_t seed = 88172645463325252ull;

/* The halves have random lengths, so that both large and small operands come. */
static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed >> (seed & 63);
}

static uint64_t divide(uint64_t a, uint64_t b)
{
    uint64_t quotient = 0;
    int shift = 0;
    while (shift < 63 && !(b >> 63) && b << 1 <= a) {
        b <<= 1;
        shift++;
    }
    for (; shift >= 0; shift--, b >>= 1)
        if (a >= b) {
            a -= b;
            quotient |= 1ull << shift;
        }
    return quotient;
}

static uint64_t root(uint64_t x)
{
    uint64_t result = 0;
    for (int bit = 31; bit >= 0; bit--) {
        uint64_t trial = result | 1ull << bit;
        if (trial * trial <= x)
            result = trial;
    }
    return result;
}

int start(void)
{
    for (int i = 0; i < COUNT; i++) {
        uint64_t a = next(), b = next() >> (i & 31) | 1;
        quotients[i] = a / b;
        remainders[i] = a % b;
        by_shifts[i] = divide(a, b);
        signed_quotients[i] = (int64_t)(a ^ 0xffff000000000000ull) / (int64_t)b;
        signed_remainders[i] = (int64_t)(a ^ 0xffff000000000000ull) % (int64_t)b;
        shifted[i] = (int64_t)(a << 7 ^ 1ull << 63) >> (5 * i);
        roots[i] = root(a);
        while (b) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        divisors[i] = a;
    }
    return 0;
}
