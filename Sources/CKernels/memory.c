#define _GNU_SOURCE
#include "CKernels.h"

#include <stdlib.h>
#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

// Huge pages (2 MiB) spare most page faults and TLB misses; a block of transformed tiles touches hundreds of pages.
static const unsigned long huge_page = 2ul << 20;

// Large memory is the system's own mapping and goes back whole: the C library keeps what it frees below a threshold that grows.
static int is_mapped(unsigned long bytes) { return bytes >= huge_page; }

static void *map_aligned(unsigned long rounded) {
  const unsigned long reserved = rounded + huge_page;
  if (reserved < rounded) return NULL;
  char *start = mmap(NULL, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  const unsigned long head = (huge_page - (unsigned long)start % huge_page) % huge_page;
  if (head) munmap(start, head);
  if (reserved - head > rounded) munmap(start + head + rounded, reserved - head - rounded);
#if defined(MADV_HUGEPAGE)
  madvise(start + head, rounded, MADV_HUGEPAGE);
#endif
  return start + head;
}

static unsigned long rounded_up(unsigned long bytes, unsigned long step) { return (bytes + step - 1) / step * step; }

void *vigil_allocate(unsigned long bytes) {
  if (bytes > (~0ul >> 1)) return NULL;
  if (is_mapped(bytes)) return map_aligned(rounded_up(bytes, huge_page));
  return aligned_alloc(64, rounded_up(bytes ? bytes : 1, 64));
}

void vigil_release(void *memory, unsigned long bytes) {
  if (is_mapped(bytes)) {
    munmap(memory, rounded_up(bytes, huge_page));
  } else {
    free(memory);
  }
}

void vigil_give_back(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
