#include "CKernels.h"

#include <string.h>

extern const vigil_kernels vigil_kernels_portable;

#if defined(__x86_64__)
extern const vigil_kernels vigil_kernels_avx512;
extern const vigil_kernels vigil_kernels_avx2;

static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

const vigil_kernels *vigil_kernels_named(const char *name) {
  if (has_avx512() && has_avx2() && !strcmp(name, "avx512")) return &vigil_kernels_avx512;
  if (has_avx2() && !strcmp(name, "avx2")) return &vigil_kernels_avx2;
  return strcmp(name, "portable") ? NULL : &vigil_kernels_portable;
}
#else
const vigil_kernels *vigil_kernels_named(const char *name) {
  return strcmp(name, "portable") ? NULL : &vigil_kernels_portable;
}
#endif

const vigil_kernels *vigil_kernels_best(void) {
  const vigil_kernels *found = vigil_kernels_named("avx512");
  if (!found) found = vigil_kernels_named("avx2");
  return found ? found : &vigil_kernels_portable;
}
