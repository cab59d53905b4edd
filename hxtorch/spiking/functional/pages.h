/* Memory of large arrays, in large pages: it is then mapped in 2 MiB at once, in place of one fault for each 4 KiB, which
 * would take longer than all that is done with the array. */
#ifndef HXTORCH_PAGES_H
#define HXTORCH_PAGES_H

#include <stddef.h>
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define LARGE_PAGE ((size_t)1 << 21)

/* Memory of a size that is a multiple of LARGE_PAGE, or NULL. */
static inline void *new_pages(size_t size)
{
    void *memory = NULL;
#if defined(_WIN32)
    memory = _aligned_malloc(size, LARGE_PAGE);
#else
    if (posix_memalign(&memory, LARGE_PAGE, size)) memory = NULL;
#endif
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (memory) (void)madvise(memory, size, MADV_HUGEPAGE);  /* only advice: where it is not taken, all works too */
#endif
    return memory;
}

static inline void free_pages(void *memory)
{
#if defined(_WIN32)
    _aligned_free(memory);
#else
    free(memory);
#endif
}

#endif
