/* CRC-32 with a table and bit by bit, CRC-16, Adler-32 and FNV-1a of the same text. */
#include <stdint.h>

static const char text[] = "The quick brown fox jumps over the lazy dog, 0123456789 times.";

uint32_t crc32, crc32_by_bits, crc16, adler32, fnv;

static uint32_t table[256];

int start(void)
{
    const uint32_t length = sizeof(text) - 1;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    uint32_t c = ~0u;
    for (uint32_t i = 0; i < length; i++)
        c = table[(c ^ (uint8_t)text[i]) & 0xff] ^ (c >> 8);
    crc32 = ~c;

    c = ~0u;
    for (uint32_t i = 0; i < length; i++) {
        c ^= (uint8_t)text[i];
        for (int k = 0; k < 8; k++)
            c = (c >> 1) ^ (0xedb88320u & -(c & 1));
    }
    crc32_by_bits = ~c;

    uint16_t d = 0;
    for (uint32_t i = 0; i < length; i++) {
        d ^= (uint16_t)((uint8_t)text[i] << 8);
        for (int k = 0; k < 8; k++)
            d = d & 0x8000 ? (uint16_t)(d << 1) ^ 0x1021 : (uint16_t)(d << 1);
    }
    crc16 = d;

    uint32_t a = 1, b = 0;
    fnv = 0x811c9dc5;
    for (uint32_t i = 0; i < length; i++) {
        a = (a + (uint8_t)text[i]) % 65521;
        b = (b + a) % 65521;
        fnv = (fnv ^ (uint8_t)text[i]) * 0x01000193;
    }
    adler32 = b << 16 | a;
    return 0;
}
