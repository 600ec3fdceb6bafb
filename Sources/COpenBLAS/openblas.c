#define _GNU_SOURCE // RTLD_DEEPBIND
#include "COpenBLAS.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static __typeof__(cblas_sgemm) *sgemm;
static __typeof__(openblas_get_corename) *corename;

// OpenBLAS's AVX-512 kernels have an entry for small products, which packs nothing and is a quarter faster than the large one:
// up to this many multiplications. Larger products are cut there, by rows and, where those are long, by columns.
static long smallest_large_product;
static const long multiplications_at_once = 1000000;

static const char *load(const char *core) {
  // Else OpenBLAS would start a thread per core, which then waits for work that never comes.
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  if (core) setenv("OPENBLAS_CORETYPE", core, 1);
  else unsetenv("OPENBLAS_CORETYPE");
  // Its own names first, or each entry of its tables would be looked for in every library of the process.
  int how = RTLD_NOW | RTLD_LOCAL;
#if defined(RTLD_DEEPBIND)
  how |= RTLD_DEEPBIND;
#endif
  void *library = dlopen("libopenblas.so.0", how);
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

// Rows that the small kernel takes well, and two vectors of columns.
static const long rows_at_least = 16, column_step = 32;

static long least(long a, long b) { return a < b ? a : b; }

void vigil_sgemm(int transpose_a, int transpose_b, long rows, long columns, long inner, float alpha, const float *a,
                 long a_stride, const float *b, long b_stride, float beta, float *c, long c_stride) {
  long rows_at_once = rows, columns_at_once = columns;
  if (smallest_large_product && rows * columns * inner >= smallest_large_product) {
    long most = multiplications_at_once / (least(rows, rows_at_least) * inner);
    if (most < columns) most = most / column_step * column_step;
    if (most) {
      // Parts of nearly one width.
      const long parts = (columns + most - 1) / most, width = (columns + parts - 1) / parts;
      columns_at_once = (width + column_step - 1) / column_step * column_step;
      const long fitting = multiplications_at_once / (columns_at_once * inner);
      rows_at_once = fitting < rows_at_least ? fitting : fitting / rows_at_least * rows_at_least;
    }
  }
  // Some columns of B stay in a cache while all rows of A pass by.
  for (long column = 0; column < columns; column += columns_at_once) {
    const long width = least(columns - column, columns_at_once);
    const float *b_part = b + (transpose_b ? column * b_stride : column);
    for (long row = 0; row < rows; row += rows_at_once) {
      const float *a_part = a + (transpose_a ? row : row * a_stride);
      sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
            (int)least(rows - row, rows_at_once), (int)width, (int)inner, alpha, a_part, (int)a_stride, b_part,
            (int)b_stride, beta, c + row * c_stride + column, (int)c_stride);
    }
  }
}

void vigil_product(long rows, long columns, long inner, const float *a, long a_stride, const float *b, long b_stride,
                   float *c, long c_stride) {
  vigil_sgemm(0, 0, rows, columns, inner, 1, a, a_stride, b, b_stride, 0, c, c_stride);
}
