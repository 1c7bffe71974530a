#pragma once
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Gives memory that was freed back to the system, where the C library can; Glibc's own module leaves it out.
static inline void return_freed_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
