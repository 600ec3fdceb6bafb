#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Bit 15 of MXCSR is flush-to-zero, bit 6 is denormals-are-zero (Intel SDM volume 1, section 10.2.3).
void vigil_flush_denormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040u); }

#elif defined(__aarch64__)

// Bit 24 of FPCR is flush-to-zero for inputs and results (Arm ARM, C5.2.8).
void vigil_flush_denormals(void) {
  unsigned long fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  fpcr |= 1ul << 24;
  __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
}

#else

void vigil_flush_denormals(void) {}

#endif
