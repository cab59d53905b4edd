/* Large pages for large arrays: a new array is then zeroed by the kernel in 2 MiB at once, in place of one fault for each
 * 4 KiB, which would take longer than all that is done with the array. */
#ifndef HXTORCH_PAGES_H
#define HXTORCH_PAGES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

static inline void large_pages(uintptr_t address, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    uintptr_t first = (address + 4095) & ~(uintptr_t)4095, end = (address + size) & ~(uintptr_t)4095;
    if (end > first)
        (void)madvise((void *)first, end - first, MADV_HUGEPAGE);  /* only advice: where it is not taken, all works too */
#else
    (void)address;
    (void)size;
#endif
}

#endif
