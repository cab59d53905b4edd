/* Quicksort and heapsort of the same pseudo-random numbers, and a search in the result. */
#include <stdint.h>

enum { COUNT = 100 };

int32_t quick[COUNT], heap[COUNT];
uint32_t place_of_median, comparisons;

static int less(int32_t a, int32_t b)
{
    comparisons++;
    return a < b;
}

static void swap(int32_t *a, int32_t *b)
{
    int32_t t = *a;
    *a = *b;
    *b = t;
}

static void quicksort(int32_t *x, int n)
{
    int last = 0;
    if (n < 2)
        return;
    swap(x, x + n / 2);
    for (int i = 1; i < n; i++)
        if (less(x[i], x[0]))
            swap(x + ++last, x + i);
    swap(x, x + last);
    quicksort(x, last);
    quicksort(x + last + 1, n - last - 1);
}

static void sift(int32_t *x, int root, int n)
{
    for (int child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && less(x[child], x[child + 1]))
            child++;
        if (!less(x[root], x[child]))
            return;
        swap(x + root, x + child);
    }
}

static void heapsort(int32_t *x, int n)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift(x, i, n);
    while (--n > 0) {
        swap(x, x + n);
        sift(x, 0, n);
    }
}

int start(void)
{
    uint32_t seed = 1;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        quick[i] = heap[i] = (int32_t)seed >> (seed & 7);
    }
    quicksort(quick, COUNT);
    heapsort(heap, COUNT);

    int32_t wanted = quick[COUNT / 2];
    uint32_t low = 0, high = COUNT;
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (less(wanted, heap[middle]))
            high = middle;
        else
            low = middle;
    }
    place_of_median = low;
    return 0;
}
