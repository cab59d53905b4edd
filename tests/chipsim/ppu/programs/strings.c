/* Strings: lengths, copies, reversal, words, numbers to and from text, comparison. */
#include <stdint.h>

static const char source[] = "  one two  three four five six seven  ";

#define AT_A_WORD __attribute__((aligned(4)))

char reversed[64] AT_A_WORD, upper[64] AT_A_WORD, numbers[96] AT_A_WORD, longest[16] AT_A_WORD,
    hexadecimal[9] AT_A_WORD;
uint32_t words, sum, order;
int32_t parsed;

static uint32_t length(const char *s)
{
    const char *p = s;
    while (*p)
        p++;
    return (uint32_t)(p - s);
}

static char *append(char *to, const char *from)
{
    while ((*to = *from++))
        to++;
    return to;
}

static char *decimal(char *to, int32_t value)
{
    char digits[12];
    int n = 0;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    do
        digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *to++ = '-';
    while (n)
        *to++ = digits[--n];
    *to = 0;
    return to;
}

static int32_t parse(const char *s)
{
    int negative = *s == '-';
    int32_t value = 0;
    for (s += negative; *s >= '0' && *s <= '9'; s++)
        value = 10 * value + (*s - '0');
    return negative ? -value : value;
}

static int compare(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

int start(void)
{
    static const int32_t values[] = {0, 7, -7, 1234567, -2147483647 - 1, 2147483647};
    uint32_t n = length(source), best = 0;

    for (uint32_t i = 0; i < n; i++) {
        char c = source[i];
        reversed[n - 1 - i] = c;
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        sum = sum * 31 + (uint8_t)c;
    }
    for (uint32_t i = 0; i < n;) {
        uint32_t first = i;
        while (i < n && source[i] != ' ')
            i++;
        if (i > first) {
            words++;
            if (i - first > best) {
                best = i - first;
                for (uint32_t k = 0; k < best; k++)
                    longest[k] = source[first + k];
                longest[best] = 0;
            }
        }
        i++;
    }
    char *end = numbers;
    for (uint32_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        end = decimal(end, values[i]);
        end = append(end, ",");
    }
    for (uint32_t i = 0; i < 8; i++)
        hexadecimal[i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
    parsed = parse("-86400");
    order = (compare("abc", "abd") < 0) | (compare("abc", "abc") == 0) << 1 | (compare("b", "abc") > 0) << 2
        | (compare("ab", "abc") < 0) << 3 | (compare("\xff", "a") > 0) << 4;
    return 0;
}
