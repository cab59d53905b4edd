/* Fixed-point signal processing: a low pass of five taps, a recursive one of second order, and their energies. */
#include <stdint.h>

enum { COUNT = 128 };

#define AT_A_WORD __attribute__((aligned(4)))

int16_t input[COUNT] AT_A_WORD, smooth[COUNT] AT_A_WORD, recursive[COUNT] AT_A_WORD;
int64_t energy;
int8_t coarse[COUNT] AT_A_WORD;
uint32_t peak;

static int16_t saturated(int32_t x)
{
    return x > 32767 ? 32767 : x < -32768 ? -32768 : (int16_t)x;
}

int start(void)
{
    static const int16_t taps[5] = {2048, 8192, 14336, 8192, 2048};
    static const int16_t b[3] = {9000, 18000, 9000}, a[2] = {-12000, 5000};
    uint32_t noise = 12345;
    int32_t x1 = 0, x2 = 0, y1 = 0, y2 = 0;

    for (int i = 0; i < COUNT; i++) {
        noise = noise * 1103515245 + 12345;
        int32_t square = i / 16 % 2 ? 24000 : -24000;
        input[i] = saturated(square + (int16_t)(noise >> 16) / 2);
    }
    for (int i = 0; i < COUNT; i++) {
        int32_t sum = 1 << 14;
        for (int k = 0; k < 5; k++)
            if (i >= k)
                sum += taps[k] * input[i - k];
        smooth[i] = saturated(sum >> 15);
    }
    for (int i = 0; i < COUNT; i++) {
        int32_t x = input[i];
        int64_t y = (int64_t)b[0] * x + (int64_t)b[1] * x1 + (int64_t)b[2] * x2 - (int64_t)a[0] * y1
            - (int64_t)a[1] * y2;
        recursive[i] = saturated((int32_t)(y >> 14));
        x2 = x1, x1 = x, y2 = y1, y1 = recursive[i];
        energy += (int64_t)recursive[i] * smooth[i];
        coarse[i] = (int8_t)(recursive[i] >> 8);
        uint16_t size = (uint16_t)(recursive[i] < 0 ? -recursive[i] : recursive[i]);
        if (size > peak)
            peak = size;
    }
    return 0;
}
