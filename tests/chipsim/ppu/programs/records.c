/* Structures: bit fields, copies, a linked list, recursion, and functions with many arguments. */
#include <stdarg.h>
#include <stdint.h>

struct event {
    uint32_t time : 20, label : 7, on : 1;
    int32_t weight : 4;
    int16_t charge;
    uint8_t kind;
    int8_t sign;
};

struct node {
    struct event event;
    struct node *next;
};

static struct node nodes[24];
struct event merged;
uint32_t length, total_time, ackermann, mixed;
int32_t charge, varied;
struct event copies[24];

static uint32_t recursive(uint32_t m, uint32_t n)
{
    return m == 0 ? n + 1 : n == 0 ? recursive(m - 1, 1) : recursive(m - 1, recursive(m, n - 1));
}

static uint32_t many(uint32_t a, uint8_t b, int16_t c, uint64_t d, int8_t e, uint32_t f, uint32_t g, uint16_t h, int32_t i,
                     uint64_t j)
{
    return a + b * 3u + (uint32_t)c * 5u + (uint32_t)(d >> 32) * 7u + (uint32_t)d * 11u + (uint32_t)e * 13u + f * 17u
        + g * 19u + h * 23u + (uint32_t)i * 29u + (uint32_t)(j >> 32) * 31u + (uint32_t)j * 37u;
}

static int32_t sum(int count, ...)
{
    va_list arguments;
    int32_t result = 0;
    va_start(arguments, count);
    for (int i = 0; i < count; i++)
        result += i % 3 == 2 ? (int32_t)va_arg(arguments, long long) : va_arg(arguments, int);
    va_end(arguments);
    return result;
}

int start(void)
{
    struct node *head = 0;
    for (uint32_t i = 0; i < 24; i++) {
        struct node *node = &nodes[i * 7 % 24];
        node->event.time = i * i * 1999;
        node->event.label = i * 11;
        node->event.on = i & 1;
        node->event.weight = (int32_t)i - 8;
        node->event.charge = (int16_t)(i * 3001);
        node->event.kind = (uint8_t)(i * 37);
        node->event.sign = (int8_t)(i * 37);
        node->next = head;
        head = node;
    }
    for (struct node *node = head; node; node = node->next) {
        copies[length++] = node->event;
        total_time += node->event.time;
        charge += node->event.on ? node->event.charge * node->event.weight : node->event.sign;
    }
    merged = copies[3];
    merged.time += copies[4].time;
    merged.label = copies[5].label;
    ackermann = recursive(2, 6);
    mixed = many(1, 250, -3, 0x500000006ull, -7, 8, 9, 65535, -11, 0xfffffffe00000003ull);
    varied = sum(6, 1, -2, 3000000000ll, 4, -5, -6ll);
    return -1;
}
