/* One body of a loop, compiled for several widths of vectors; the widest that the processor has is taken at run time. */
#ifndef CHIPSIM_TARGETS_H
#define CHIPSIM_TARGETS_H

#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#define SIMD _Pragma("omp simd")

/* `KERNELS(attributes, name)` for each width; `more` are further options of the widest one, a string that is empty or
 * begins with a comma. */
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define ALL_TARGETS(KERNELS, more) \
    KERNELS(, narrow) \
    KERNELS(__attribute__((target("avx2,fma"))), wide) \
    KERNELS(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma" more))), widest)
#define CHOSEN(name) (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") \
    && __builtin_cpu_supports("avx512bw") ? name##_widest : __builtin_cpu_supports("avx2") \
    && __builtin_cpu_supports("fma") ? name##_wide : name##_narrow)
#else
#define ALL_TARGETS(KERNELS, more) KERNELS(, narrow)
#define CHOSEN(name) name##_narrow
#endif

#endif
