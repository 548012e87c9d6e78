#pragma once
// Plain loops that are compiled for several instruction sets; the one that fits is chosen when the program starts.
// (Sanitizers cannot follow that.)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define WATTSTEIN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WATTSTEIN_CLONES
#endif
