#define _GNU_SOURCE
#include "CKernels.h"

#include <stdlib.h>
#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

// Huge pages (2 MiB) spare most page faults and TLB misses; a block of transformed tiles touches hundreds of pages.
static const unsigned long huge_page = 2ul << 20;

void *vigil_allocate(unsigned long bytes) {
  const unsigned long alignment = bytes >= huge_page / 4 ? huge_page : 64;
  if (bytes > (~0ul >> 1)) return NULL;
  const unsigned long rounded = (bytes + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, rounded ? rounded : alignment);
#if defined(MADV_HUGEPAGE)
  if (memory && alignment == huge_page) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  return memory;
}

void vigil_release(void *memory) { free(memory); }

void vigil_give_back(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
