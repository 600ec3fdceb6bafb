#include "COpenBLAS.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static __typeof__(cblas_sgemm) *sgemm;
static __typeof__(openblas_get_corename) *corename;

// OpenBLAS's AVX-512 kernels have an entry for small products, which packs nothing and is a quarter faster than the large one:
// up to this many multiplications. Larger products are cut there, by rows.
static long smallest_large_product;
static const long multiplications_at_once = 1000000;

static const char *load(const char *core) {
  // Else OpenBLAS would start a thread per core, which then waits for work that never comes.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  if (core) setenv("OPENBLAS_CORETYPE", core, 1);
  else unsetenv("OPENBLAS_CORETYPE");
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  sgemm = (__typeof__(sgemm))dlsym(library, "cblas_sgemm");
  corename = (__typeof__(corename))dlsym(library, "openblas_get_corename");
  if (corename && !strcmp(corename(), "SkylakeX")) smallest_large_product = multiplications_at_once + 1;
  return sgemm && corename ? NULL : "libopenblas.so.0 lacks cblas_sgemm or openblas_get_corename";
}

const char *vigil_openblas_load(const char *core) {
  static int loaded;
  static const char *problem;
  if (!loaded) problem = load(core);
  loaded = 1;
  return problem;
}

const char *vigil_openblas_core(void) { return corename(); }

void vigil_sgemm(int transpose_a, int transpose_b, long rows, long columns, long inner, float alpha, const float *a,
                 long a_stride, const float *b, long b_stride, float beta, float *c, long c_stride) {
  long at_once = rows;
  if (smallest_large_product && rows * columns * inner >= smallest_large_product) {
    const long fitting = multiplications_at_once / (columns * inner) / 16 * 16;
    if (fitting) at_once = fitting;
  }
  for (long row = 0; row < rows; row += at_once) {
    const long count = rows - row < at_once ? rows - row : at_once;
    sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, (int)count,
          (int)columns, (int)inner, alpha, a + (transpose_a ? row : row * a_stride), (int)a_stride, b, (int)b_stride,
          beta, c + row * c_stride, (int)c_stride);
  }
}

void vigil_product(long rows, long columns, long inner, const float *a, long a_stride, const float *b, long b_stride,
                   float *c, long c_stride) {
  vigil_sgemm(0, 0, rows, columns, inner, 1, a, a_stride, b, b_stride, 0, c, c_stride);
}
